"""Contact values in one form, and what each is worth."""

from __future__ import annotations

import pytest

from include.identity.emails import email_standardiser
from include.identity.names import name_standardiser
from include.identity.phones import country_codes, phone_standardiser
from include.policies.reader import read_policies
from include.workspace import Workspace
from tests.identity.people_file import DECLARATION, HEADER, person, sales

POLICY = read_policies(Workspace("any", ()))["standards"]


@pytest.mark.parametrize(
    "given, region, expected",
    [
        ("+44 (0)20 7946 0123", None, ("+442079460123", "valid")),
        ("020 7946 0123", "GB", ("+442079460123", "valid")),
        ("0044 20 7946 0123", None, ("+442079460123", "valid")),
        ("１３９ １２３４ ５６７０", "CN", ("+8613912345670", "valid")),
        ("13912345670", None, ("13912345670", "no_country")),
        ("12-34-5", "GB", (None, "placeholder")),
        ("00000000000", "CN", (None, "placeholder")),
        ("13800138000", "CN", (None, "placeholder")),
        ("020 7946", "GB", ("0207946", "invalid")),
        ("none", "GB", (None, "invalid")),
        ("139\ufffd1234567", "CN", (None, "garbled")),
    ],
)
def test_phones(given, region, expected):
    assert phone_standardiser(POLICY)(given, region) == expected


@pytest.mark.parametrize(
    "given, expected",
    [
        (" Ann.Lee@Mail.Example ", ("ann.lee@mail.example", "valid")),
        ("a.n.n+news@googlemail.com", ("ann@gmail.com", "valid")),
        ("a.n.n+news@mail.example", ("a.n.n+news@mail.example", "valid")),
        ("mailto:ann@mail.example", ("ann@mail.example", "valid")),
        ("王小明@例子.中国", ("王小明@例子.中国", "valid")),
        ("ann@@mail.example", ("ann@@mail.example", "invalid")),
        ("ann at mail.example", ("ann at mail.example", "invalid")),
        ("noreply@mail.example", (None, "placeholder")),
        ("ann@example.com", (None, "placeholder")),
        ("annÃ©@mail.example", (None, "garbled")),
    ],
)
def test_emails(given, expected):
    assert email_standardiser(POLICY)(given) == expected


@pytest.mark.parametrize(
    "given, name, given_name, family_name",
    [
        ("Dr. José  Ångström", "jose angstrom", "jose", "angstrom"),
        ("O'Brien, Mary-Ann", "mary ann obrien", "mary ann", "obrien"),
        ("Ludwig van der Rohe", "ludwig van der rohe", "ludwig", "van der rohe"),
        ("ＷＡＮＧ Ｌｉ", "wang li", "wang", "li"),
        ("王小明", "王小明", "小明", "王"),
        ("欧阳小明先生", "欧阳小明", "小明", "欧阳"),
        ("王 小明", "王 小明", "小明", "王"),
        ("김민준", "김민준", "민준", "김"),
        ("Cher", "cher", "cher", None),
    ],
)
def test_names(given, name, given_name, family_name):
    assert name_standardiser(POLICY)(given) == (name, given_name, family_name, "valid")


@pytest.mark.parametrize(
    "given, status",
    [("测试", "placeholder"), ("N/A", "placeholder"), ("12345", "placeholder"), ("çŽ‹å°æ˜Ž", "garbled")],
)
def test_names_that_name_nobody(given, status):
    assert name_standardiser(POLICY)(given) == (None, None, None, status)


def test_countries_by_their_names():
    codes = country_codes(POLICY)
    assert [codes[name] for name in ("china", "中国", "uk", "deutschland", "eire", "gb")] == [
        *("CN", "CN", "GB", "DE", "IE", "GB")
    ]


def test_only_new_values_are_parsed(company):
    shop = company("shop", DECLARATION, people=HEADER + person(1) + person(2), sales=sales(3))
    assert shop.run()[0] == "Identity: 2 new emails, 2 new phones, 2 new names brought into one form"
    (shop.workspace.data / "people_2.csv").write_text(HEADER + person(3) + person(1, "s"))
    assert shop.run()[0] == "Identity: 1 new emails, 1 new phones, 1 new names brought into one form"
    assert shop.rows("select count(*), count(*) filter (status = 'valid') from ops.standard_phones") == [(3, 3)]
