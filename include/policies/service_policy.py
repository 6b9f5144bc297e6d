"""The policy of service: working hours, clocks, targets, and what counts as one matter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING

from include.contract.positioned_yaml import Located, did_you_mean
from include.contract.reader import read_contract
from include.policies.shape import Choice, Day, Days, Flag, Items, Name, Names, Number, Several, Words

if TYPE_CHECKING:
    from include.policies.rules import Setting

STEM = "service"
SHIPPED = f"include/policies/{STEM}.yml"
ALWAYS = "always"
TICKET_MOMENTS = (
    *("opened", "accepted", "first_answered", "diagnosed", "solved", "called_back", "improved", "closed"),
)
CONTACT_MOMENTS = ("started", "answered", "handed_over", "ended")
_MOMENTS = {"ticket": TICKET_MOMENTS, "contact": CONTACT_MOMENTS}
_CONDITIONS = {"kinds": "kind", "priorities": "priority", "tiers": "tier", "channels": "channel"}
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_WITHIN = re.compile(r"([1-9]\d{0,5}) (s|min|h|d)")
_HOUR = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_SETTINGS = {
    "answer_seconds": Number(1, 86400, whole=True),
    "same_matter_days": Number(0, 365, whole=True),
    "path_contacts": Number(1, 20, whole=True),
    "repurchase_days": Number(1, 3650, whole=True),
}
SHAPE: dict[str, object] = {
    "calendars": Items(
        {
            "calendar": Name(),
            "weekdays": Days(1, 7, "ISO weekdays"),
            "from": Words(),
            "to": Words(),
            "holidays": Choice(("closed", "open")),
        },
        may_be_empty=True,
        may_repeat=True,
    ),
    "special_days": Items(
        {"day": Day(), "calendar": Name(), "as_weekday": Number(0, 7, whole=True)}, may_be_empty=True, may_repeat=True
    ),
    "clocks": Items(
        {
            "clock": Name(),
            "en": Words(),
            "zh": Words(),
            "of": Choice(tuple(_MOMENTS)),
            "starts": Choice(TICKET_MOMENTS + CONTACT_MOMENTS),
            "ends": Choice(TICKET_MOMENTS + CONTACT_MOMENTS),
            "pauses": Choice(("count", "stop")),
        }
    ),
    "targets": Items(
        {
            "rule": Name(),
            "clock": Name(),
            "within": Words(),
            "runs": Name(),
            **dict.fromkeys(_CONDITIONS, Names()),
            "team": Name(),
            "escalates": Flag(),
        },
        frozenset({*_CONDITIONS, "team", "escalates"}),
    ),
    "live_channels": Several(),
    "recovery_stages": Names(),
    "handled_by": Name(),
    **_SETTINGS,
}
TABLES = {
    "service_settings": ", ".join(f"{key} integer" for key in _SETTINGS) + ", handled_by varchar",
    "service_hours": "calendar varchar, weekday integer, from_second integer, to_second integer, "
    "is_closed_on_holidays boolean",
    "service_special_days": "calendar varchar, day_on date, as_weekday integer",
    "service_clocks": "position integer, clock varchar, clock_en varchar, clock_zh varchar, subject_kind varchar, "
    "starts varchar, ends varchar, stops_for_pauses boolean",
    "service_targets": "position integer, rule varchar, clock varchar, target_seconds bigint, runs varchar, "
    "kind varchar, priority varchar, tier varchar, channel varchar, conditions integer, team varchar, "
    "escalates boolean",
    "service_live_channels": "channel varchar",
    "service_recovery_stages": "clock varchar",
}


def table_rows(policy: dict) -> dict[str, list[Sequence]]:
    """Rows of `TABLES`, by table; of targets one a kind, priority, tier and channel, null for any."""
    return {
        "service_settings": [(*(policy[key] for key in _SETTINGS), policy["handled_by"])],
        "service_hours": [
            (one["calendar"], weekday, _second(one["from"]), _second(one["to"]), one["holidays"] == "closed")
            for one in policy["calendars"]
            for weekday in sorted(one["weekdays"])
        ],
        "service_special_days": [(one["calendar"], one["day"], one["as_weekday"]) for one in policy["special_days"]],
        "service_clocks": [
            (n, *(one[key] for key in ("clock", "en", "zh", "of", "starts", "ends")), one["pauses"] == "stop")
            for n, one in enumerate(policy["clocks"], 1)
        ],
        "service_targets": [row for n, one in enumerate(policy["targets"], 1) for row in _target_rows(n, one)],
        "service_live_channels": [(channel,) for channel in policy["live_channels"]],
        "service_recovery_stages": [(clock,) for clock in policy["recovery_stages"]],
    }


def _target_rows(position: int, target: dict) -> Iterator[Sequence]:
    named = (position, target["rule"], target["clock"], _within_seconds(target["within"]), target["runs"])
    conditions = sum(key in target for key in _CONDITIONS)
    for fitting in product(*(target.get(key, [None]) for key in _CONDITIONS)):
        yield (*named, *fitting, conditions, target.get("team"), target.get("escalates", False))


def _within_seconds(words: str) -> int:
    number, unit = _WITHIN.fullmatch(words).groups()
    return int(number) * _SECONDS[unit]


def _second(words: str) -> int:
    hour, minute = map(int, words.split(":"))
    return hour * 3600 + minute * 60


def _hours_are_hours(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["calendars"]
    taken: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for item in setting.located.value:
        calendar = item.value["calendar"].value
        begin, end = (item.value[key].value for key in ("from", "to"))
        where = f"rule {calendar}"
        if calendar == ALWAYS:
            yield setting.at(item, where, "always is the clock that never stops; call the calendar otherwise.")
        if not (_HOUR.fullmatch(begin) and _HOUR.fullmatch(end)) or not _second(begin) < _second(end) <= 86400:
            yield setting.at(item, where, 'from and to must be hours such as "09:00", from before to, "24:00" at most.')
            continue
        for weekday in item.value["weekdays"].plain():
            spans = taken.setdefault((calendar, weekday), [])
            if any(_second(begin) < to and frm < _second(end) for frm, to in spans):
                yield setting.at(item, where, f"weekday {weekday}: these hours meet those of a row above.")
            spans.append((_second(begin), _second(end)))


def _special_days_are_of_a_calendar(settings: dict[str, Setting]) -> Iterator[str]:
    setting, calendars, seen = settings["special_days"], _calendars(settings), set()
    for item in setting.located.value:
        calendar, day = item.value["calendar"], item.value["day"].value
        if calendar.value not in calendars:
            words = f"no calendar is called {calendar.value}.{did_you_mean(calendar.value, calendars)}"
            yield setting.at(calendar, f"rule {day}: calendar", words)
        if (calendar.value, day) in seen:
            yield setting.at(item, f"rule {day}", f"the day is given twice for {calendar.value}.")
        seen.add((calendar.value, day))


def _clocks_read_moments_of_their_kind(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["clocks"]
    for item in setting.located.value:
        kind = item.value["of"].value
        for key in ("starts", "ends"):
            moment = item.value[key]
            if moment.value not in _MOMENTS[kind]:
                words = f"a {kind} has no such moment (it has {', '.join(_MOMENTS[kind])})."
                yield setting.at(moment, f"rule {item.value['clock'].value}: {key}", words)


def _targets_are_sound(settings: dict[str, Setting]) -> Iterator[str]:
    setting = settings["targets"]
    clocks = {item.value["clock"].value: item.value["of"].value for item in settings["clocks"].located.value}
    runs = {ALWAYS, *_calendars(settings)}
    for item in setting.located.value:
        where = f"rule {item.value['rule'].value}"
        clock, within, calendar = (item.value[key] for key in ("clock", "within", "runs"))
        if clock.value not in clocks:
            words = f"no clock is called {clock.value}.{did_you_mean(clock.value, clocks)}"
            yield setting.at(clock, f"{where}: clock", words)
            continue
        if calendar.value not in runs:
            words = f"neither always nor a calendar.{did_you_mean(calendar.value, runs)}"
            yield setting.at(calendar, f"{where}: runs", words)
        if not (found := _WITHIN.fullmatch(within.value)):
            yield setting.at(within, f"{where}: within", "must be a number and s, min, h or d, such as 2 h.")
        elif found[2] == "d" and calendar.value != ALWAYS:
            words = "a day of working hours is not one of 24 h: say it in hours."
            yield setting.at(within, f"{where}: within", words)
        yield from _unknown_codes(setting, where, item, clocks[clock.value])


def _recovery_names_clocks_of_tickets(settings: dict[str, Setting]) -> Iterator[str]:
    clocks = [
        item.value["clock"].value for item in settings["clocks"].located.value if item.value["of"].value == "ticket"
    ]
    for key in ("recovery_stages", "handled_by"):
        located = settings[key].located
        for named in located.value if isinstance(located.value, list) else [located]:
            if named.value not in clocks:
                words = f"no clock of tickets is called {named.value}.{did_you_mean(named.value, clocks)}"
                yield settings[key].at(named, key, words)


def _unknown_codes(setting: Setting, where: str, item: Located, kind: str) -> Iterator[str]:
    codes = {
        "ticket": {"kinds": ("tickets", "kind"), "priorities": ("tickets", "priority")},
        "contact": {"kinds": ("contacts", "purpose"), "channels": ("contacts", "channel")},
    }[kind]
    if kind == "contact" and "priorities" in item.value:
        yield setting.at(item.value["priorities"], f"{where}: priorities", "a contact has no priority.")
    for key, (entity, column) in codes.items():
        known = next(one.codes for one in read_contract()[entity].columns if one.name == column)
        for code in item.value[key].value if key in item.value else ():
            if code.value not in known:
                words = f"{column} of {entity} is never {code.value}.{did_you_mean(code.value, known)}"
                yield setting.at(code, f"{where}: {key}", words)


def _calendars(settings: dict[str, Setting]) -> set[str]:
    return {item.value["calendar"].value for item in settings["calendars"].located.value}


BETWEEN = (
    _hours_are_hours,
    _special_days_are_of_a_calendar,
    _clocks_read_moments_of_their_kind,
    _targets_are_sound,
    _recovery_names_clocks_of_tickets,
)


def _tiers_are_known(policies: dict[str, dict[str, Setting]]) -> Iterator[str]:
    """A tier that a company's own file names; of the shipped file, names of tiers that it lacks are not used."""
    known = [item.value["name"].value for item in policies["tiers"]["tiers"].located.value]
    setting = policies[STEM]["targets"]
    for item in setting.located.value if setting.path != SHIPPED else ():
        for tier in item.value["tiers"].value if "tiers" in item.value else ():
            if tier.value not in known:
                words = f"no tier of tiers.yml is called {tier.value}.{did_you_mean(tier.value, known)}"
                yield setting.at(tier, f"rule {item.value['rule'].value}: tiers", words)


ACROSS = (_tiers_are_known,)
