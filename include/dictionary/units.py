"""In what a column is counted, as its name and type say; a name that says nothing gets no unit."""

from __future__ import annotations

import re

MONEY = "workspace currency"
_BY_TYPE = {"date": "day", "timestamp": "moment, UTC", "boolean": "true or false"}
_TIMES = re.compile(r"(?:^|_)(seconds|minutes|hours|days|months)(?:_|$)")
_NO_TIME = re.compile(r"(?:^|_)(active|orders)_(days|months)(?:_|$)")
_SHARE = re.compile(r"(?:^|_)(share|rate|probability|retention|survival|accuracy|precision|recall|gini|auc)(?:_|$)")
_MONEY = re.compile(
    r"(?:^|_)(revenue|margin|cost|costs|amount|price|profit|spend|budget|currency|ltv|cac|clv|billed|reward|order_value)(?:_|$)"
)
_NO_MONEY = re.compile(
    r"(?:^|_)(points|score|trend|growth|share|rate|ratio|roi|driver)(?:_|$)|^ltv_cac|_per_cost|_cac$"
)
_PIECES = re.compile(r"(?:^|_)(points|units|quantity|buyers|retained)(?:_|$)")
_PLACE = re.compile(r"(?:^|_)(rank|level|position|place|no|sequence|tenth|step)$")
_NUMBER = re.compile(r"(?:^|_)(year|quarter|month|weekday|percent|day_of_month)$")
_SCORE = re.compile(r"(?:^|_)(score|rating|sentiment|csat|nps|index)(?:_|$)")


def unit_of(name: str, data_type: str) -> str:
    """The unit in words, `''` where neither name nor type says it.

    `data_type` is that of the warehouse, such as `DECIMAL(18,4)`. Money is decimal(18,4) by the rules of the project,
    but for points, units and counts that were estimated.
    """
    kind = data_type.lower()
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    if kind.startswith(("varchar", "json", "struct", "map")) or kind.endswith("[]"):
        return ""
    if name == "exchange_rate":
        return f"{MONEY} a unit"
    if name.startswith("original_"):
        return "original currency"
    pieces = _PIECES.search(name)
    if pieces and (kind.startswith("decimal") or pieces.group(1) == "points"):
        return {"quantity": "units", "retained": "customers", "buyers": "customers"}.get(pieces[1], pieces[1])
    if _SHARE.search(name):
        return "share, 1 is all"
    if kind.startswith("decimal(18,4)"):
        return MONEY
    if _PLACE.search(name):
        return (
            "place in an order" if not name.endswith(("year", "quarter", "month", "weekday", "percent")) else "number"
        )
    if (time := _TIMES.search(name)) and not (kind.startswith(("bigint", "integer")) and _NO_TIME.search(name)):
        return time[1]
    if kind in ("bigint", "integer", "hugeint", "ubigint"):
        return "points of a score" if _SCORE.search(name) else "count"
    if _MONEY.search(name) and not _NO_MONEY.search(name):
        return MONEY
    return ""
