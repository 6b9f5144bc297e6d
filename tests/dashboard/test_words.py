"""Every word is there in both languages, is used, and can be read."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

import include.dashboard
from include.dashboard.words import LANGUAGES, NOTHING, Words, all_words

ROOM = Path(include.dashboard.__file__).parent
CODE = "\n".join(path.read_text(encoding="utf-8") for path in ROOM.rglob("*.py"))
# Keys that are put together from a name at hand.
_BUILT = ("code.", "definition.", "filter.", "figure.", "role.", "empty.", "customer.")


def test_each_word_is_there_in_both_languages_with_the_same_fields():
    for key, words in all_words().items():
        if key.startswith("definition.") and not words["en"]:
            assert words["zh"], key  # in English the published description defines it
            continue
        assert all(words[language].strip() for language in LANGUAGES), key
        fields = [sorted(re.findall(r"{(\w+)}", words[language])) for language in LANGUAGES]
        assert fields[0] == fields[1], key
        assert re.search(r"[\u4e00-\u9fff]", words["zh"]) or key.startswith(("unit.", "between", "value.ltv")), key


def test_each_word_is_used_and_each_used_word_is_there():
    asked = set(re.findall(r"""(?:words|self)\(\s*["']([a-z0-9_.]+)["']""", CODE))
    asked |= set(re.findall(r"""\.note\(\s*["']([a-z0-9_.]+)["']""", CODE))
    asked |= {f"empty.{what}" for what in re.findall(r"""\.empty\(\w+, ["'](\w+)["']\)""", CODE)}
    assert asked - all_words().keys() == set()
    built = {key for key in all_words() if key.startswith(_BUILT) or key.endswith((".title", ".about"))}
    named = {key for key in all_words() if f'"{key}"' in CODE}
    assert all_words().keys() - asked - built - named == set()


def test_each_definition_belongs_to_a_figure_of_the_pages():
    for key in all_words():
        if key.startswith("definition.") and key != "definition.missing":
            source = key.removeprefix("definition.")
            assert f'"{source}"' in CODE or f"'{source}'" in CODE, key


def test_each_figure_is_defined_in_chinese():
    sources = set(re.findall(r"""["']([a-z_0-9]+\.[a-z_0-9]+)["']""", CODE)) - all_words().keys()
    sources = {source for source in sources if Path(source).suffix not in (".css", ".svg", ".yml", ".py", ".duckdb")}
    assert len(sources) > 50
    assert sorted(source for source in sources if f"definition.{source}" not in all_words()) == []


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [(None, NOTHING, NOTHING), (0, "0", "0"), (1234.5, "1,234", "1,234"), (2_500_000, "2.50 M", "250.0万"),
     (3.2e9, "3.20 bn", "32.00亿"), (-1_200_000, "-1.20 M", "-120.0万"), (-0.2, "0", "0")],
)  # fmt: skip
def test_numbers_are_written_as_the_language_does(value, english, chinese):
    assert (Words("en").number(value), Words("zh").number(value)) == (english, chinese)


def test_what_rounds_to_nothing_has_no_sign():
    words = Words("en")
    assert (words.share(-0.002, 0), words.share(-0.002), words.signed(-0.01)) == ("0%", "-0.2%", "+0.0")


def test_codes_become_words_and_names_of_sources_stay():
    words = Words("en")
    assert words.value("not_used") == "Not used" and words.value("simulated:M0004") == "simulated:M0004"
    assert words.value("East") == "East" and Words("zh").value("gold") == "黄金"
    assert words.of({"stage": "lost", "stage_en": "Gone", "stage_zh": "流失"}, "stage") == "Gone"
    assert words.of({"owner": None}, "owner") == NOTHING
    own = {"risk_tier": "burning", "risk_tier_zh": "紧急"}
    assert (words.risk(own), Words("zh").risk(own)) == ("Burning", "紧急")
    assert words.between(1, 2, words.number) == "1 to 2" and words.between(1, None, words.number) == NOTHING
    assert (words.signed(0.25, 2), words.signed(None)) == ("+0.25", NOTHING)
    assert Words("zh").day(date(2024, 3, 1)) == "2024年3月1日" and words.day(date(2024, 3, 1)) == "1 Mar 2024"
    assert words.day(date(2024, 3, 1), 2024) == "1 Mar" and words.day(date(2023, 3, 1), 2024) == "1 Mar 2023"


def _light(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it."""
    lighter, darker = sorted((_light(one), _light(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_text_stands_out_from_its_ground():
    theme = tomllib.loads((ROOM / ".streamlit" / "config.toml").read_text())["theme"]
    grounds = [theme["backgroundColor"], theme["secondaryBackgroundColor"], theme["sidebar"]["backgroundColor"]]
    inks = [theme["textColor"], theme["linkColor"], theme["primaryColor"], theme["greenColor"], theme["redColor"]]
    inks += re.findall(r"(?<![-\w])color: (#\w{6})", (ROOM / "style.css").read_text())
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    for ground in grounds:
        for ink in inks:
            assert contrast(ink, ground) >= 4.5, (ink, ground)
