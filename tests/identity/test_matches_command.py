"""`tierworks matches`: a steward sees the queue without personal data, decides, and the next run obeys."""

from __future__ import annotations

import pytest

from include.cli.main import main
from tests.identity.people_file import DECLARATION, HEADER, people, person, sales


@pytest.fixture
def doubtful(company):
    """Two records with one name, birthdays a digit apart and nothing else to compare."""
    made = company("shop", DECLARATION, people=people(30), sales=sales(30))
    line = person(7, "x", birth="1957-08-09", email="", phone="", city="", since="2024-09-01")
    (made.workspace.data / "people_2.csv").write_text(HEADER + line)
    made.workspace.register()
    made.run()
    return made


def test_look_decide_and_look_again(doubtful, capsys):
    (pair,) = doubtful.rows("select pair_id, customer_key_a, customer_key_b from core.match_review")
    assert pair[1:] == ("w7", "x7")
    assert main(["matches", "--workspace", "shop"]) == 0
    shown = capsys.readouterr().out
    assert "1 pairs to decide" in shown and pair[0] in shown and "bits" in shown
    assert "hugo" not in shown and "1957-" in shown and "1957-08-08" not in shown
    assert main(["matches", "--workspace", "shop", "--reveal"]) == 0
    assert "hugo miller" in capsys.readouterr().out
    decide = ["matches", "--workspace", "shop", "decide", pair[0], "same", "--by", "Ann", "--reason", "called them"]
    assert main(decide) == 0
    assert "after the next run" in capsys.readouterr().out
    assert main(["matches", "--workspace", "shop"]) == 0
    assert "0 pairs to decide, 1 decided" in capsys.readouterr().out
    doubtful.run()
    assert doubtful.ids()["w7"] == doubtful.ids()["x7"]
    assert doubtful.rows("select count(*) from core.match_review") == [(0,)]


def test_two_records_of_one_customer_can_be_told_apart(doubtful, capsys):
    ids = doubtful.ids()
    assert main(["matches", "--workspace", "shop", "--customer", ids["w3"]]) == 0
    first = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  c")]
    assert len(first) == 2 and first[0] == ids["w3"]
    decide = [
        "matches",
        "--workspace",
        "shop",
        "decide",
        "/".join(first),
        "not-same",
        "--by",
        "Ann",
        "--reason",
        "twins",
    ]
    assert main(decide) == 0
    doubtful.run()
    assert doubtful.ids()["w3"] != doubtful.ids()["s3"]


def test_records_that_the_queue_does_not_hold_are_named_by_source_and_key(doubtful, capsys):
    ids, (source,) = doubtful.ids(), doubtful.rows("select distinct source from core.customer_xref")[0]
    assert ids["w1"] != ids["w2"]
    pair = f"{source}:w1/{source}:w2"
    assert main(["matches", "--workspace", "shop", "--customer", f"{source}:w1"]) == 0
    assert ids["w1"] in capsys.readouterr().out
    assert main(["matches", "--workspace", "shop", "decide", pair, "same", "--by", "Ann", "--reason", "moved"]) == 0
    doubtful.run()
    assert doubtful.ids()["w1"] == doubtful.ids()["w2"]


def test_an_unknown_pair_is_told(doubtful, capsys):
    assert main(["matches", "--workspace", "shop", "decide", "m0", "same", "--by", "Ann", "--reason", "x"]) == 1
    assert "not in the queue" in capsys.readouterr().err
    unknown = "shop:nobody/shop:w1"
    assert main(["matches", "--workspace", "shop", "decide", unknown, "same", "--by", "Ann", "--reason", "x"]) == 1
    assert "source:key" in capsys.readouterr().err
