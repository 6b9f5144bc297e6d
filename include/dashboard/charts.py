"""The charts as Vega-Lite, drawn in the browser from what Streamlit carries with it; rows hold what is to be seen."""

from __future__ import annotations

from collections.abc import Sequence

INK, SOFT, ACCENT = "#22303c", "#8296a5", "#1b5a7a"
LINES = ("#1b5a7a", "#c9a227", "#6f8fa6", "#b0703c", "#4f8f6f", "#8a5a83", "#50606e", "#c26b5a")
# Best first: the metals of their names, told apart in greys too.
TIERS = ("#1b4965", "#c9a227", "#8d99ae", "#b08968", "#6c757d", "#adb5bd")
SHADES = ("#eef4f8", "#1b5a7a")
_AXIS = {"labelColor": INK, "titleColor": INK, "titleFontWeight": 500, "labelLimit": 190, "domainColor": "#c5d0d8"}
_PLAIN = {"labelAngle": 0, "labelFlush": False, "domain": False, "ticks": False}
_CONFIG = {
    "axis": _AXIS,
    "legend": {"labelColor": INK, "titleColor": INK, "orient": "bottom", "columns": 4, "labelLimit": 150},
    "view": {"stroke": None},
}
Row = dict[str, object]


def bars(
    rows: Sequence[Row],
    name: str,
    value: str,
    told: str,
    axis: str,
    colours: Sequence[str] | None = None,
    share: bool = False,
) -> dict:
    """Horizontal bars in the rows' order, each with its value in words (`told`) at its end."""
    order = [row[name] for row in rows]
    colour = {"value": ACCENT}
    if colours:
        scale = {"domain": order, "range": list(colours)[: len(order)]}
        colour = {"field": name, "type": "nominal", "scale": scale, "legend": None}
    place = {"field": name, "type": "nominal", "sort": order, "title": None, "axis": {"ticks": False, "domain": False}}
    length = {"field": value, "type": "quantitative", "title": axis, "axis": {"grid": False, "tickCount": 4}}
    length["axis"]["format"] = "%" if share else "~s"
    length["scale"] = {"domainMax": 1.18 * max([float(row[value] or 0) for row in rows], default=1) or 1}
    return _chart(
        rows,
        [
            {"mark": {"type": "bar", "cornerRadiusEnd": 2, "height": {"band": 0.66}}, "encoding": {"color": colour}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "color": INK, "fontSize": 11},
                "encoding": {"text": {"field": told}},
            },
        ],
        {"y": place, "x": length, "tooltip": _tooltip((name, None), (told, axis))},
        height=max(30 * len(rows) + 60, 130),
    )


def columns(rows: Sequence[Row], at: str, value: str, told: str, axis: str, dated: bool = True) -> dict:
    """Vertical bars along time, or along groups in the rows' order."""
    kind = {"field": at, "title": None, "axis": {"grid": False, "labelAngle": 0, "labelOverlap": True}}
    if dated:
        # A month is a band: on a scale of time its name would stand at the edge, and the last one's be the next month.
        kind |= {"type": "ordinal", "timeUnit": "yearmonth"}
        kind["axis"] |= {"format": "%Y-%m", "formatType": "time"}
    else:
        kind |= {"type": "ordinal", "sort": [row[at] for row in rows]}
    return _chart(
        rows,
        [{"mark": {"type": "bar", "color": ACCENT, "width": {"band": 0.7}}}],
        {"x": kind, "y": _amount(value, axis), "tooltip": _tooltip((at, None), (told, axis))},
    )


def lines(
    rows: Sequence[Row],
    at: str,
    value: str,
    told: str,
    series: str | None,
    axis: str,
    at_axis: str | None = None,
    dated: bool = True,
    between: tuple[str, str] | None = None,
    share: bool = False,
    colours: Sequence[str] = LINES,
    least: float | None = None,
) -> dict:
    """Lines over time or over a count of months; `between` names the lower and upper bounds of a band around each."""
    order = list(dict.fromkeys(row[series] for row in rows)) if series else []
    colour = {"value": ACCENT}
    if series:
        scale = {"domain": order, "range": list(colours)[: len(order)]}
        told_by = {"title": None} if len(order) > 1 else {"legend": None}
        colour = {"field": series, "type": "nominal", "scale": scale} | told_by
    place = {"field": at, "type": "quantitative", "title": at_axis, "axis": {"grid": False, "tickMinStep": 1}}
    if dated:
        place |= {"type": "temporal", "axis": {"grid": False, "format": "%Y-%m", "tickCount": 6, "labelOverlap": True}}
    height = _amount(value, axis, share, zero=least is None)
    if least is not None:
        height["scale"] = {"domainMin": least}
    layers = [{"mark": {"type": "line", "strokeWidth": 2, "point": {"size": 22, "filled": True}}}]
    if between:
        lower, upper = between
        band = {"y": _amount(lower, axis, share), "y2": {"field": upper}}
        layers.insert(0, {"mark": {"type": "area", "opacity": 0.16}, "encoding": band})
    tips = [(at, at_axis), (told, axis)] + ([(series, None)] if series else [])
    return _chart(rows, layers, {"x": place, "y": height, "color": colour, "tooltip": _tooltip(*tips)})


def stacked(rows: Sequence[Row], at: str, value: str, told: str, series: str, axis: str, colours=TIERS) -> dict:
    """Areas that add up to all, over time, the first series lowest."""
    order = list(dict.fromkeys(row[series] for row in rows))
    place = {row_series: number for number, row_series in enumerate(order)}
    rows = [row | {"_place": place[row[series]]} for row in rows]
    height = _amount(value, axis) | {"stack": "zero"}
    return _chart(
        rows,
        [{"mark": {"type": "area", "opacity": 0.92}}],
        {
            "x": {
                "field": at,
                "type": "temporal",
                "title": None,
                "axis": {"grid": False, "format": "%Y-%m", "tickCount": 6},
            },
            "y": height,
            "order": {"field": "_place"},
            "color": {
                "field": series,
                "type": "nominal",
                "title": None,
                "scale": {"domain": order, "range": list(colours)[: len(order)]},
            },
            "tooltip": _tooltip((at, None), (series, None), (told, axis)),
        },
    )


def grid(
    rows: Sequence[Row], across: str, down: str, value: str, told: str, axes: tuple[str, str], step: int = 44
) -> dict:
    """A table of shades, each cell with its words; values are shares from 0 to 1."""
    across_order = list(dict.fromkeys(row[across] for row in rows))
    down_order = list(dict.fromkeys(row[down] for row in rows))
    ink = {"condition": {"test": f"datum['{value}'] > 0.55", "value": "#ffffff"}, "value": INK}
    return _chart(
        rows,
        [
            {
                "mark": {"type": "rect", "stroke": "#ffffff", "strokeWidth": 2},
                "encoding": {
                    "color": {
                        "field": value,
                        "type": "quantitative",
                        "scale": {"domain": [0, 1], "range": list(SHADES)},
                        "legend": None,
                    }
                },
            },
            {"mark": {"type": "text", "fontSize": 11}, "encoding": {"text": {"field": told}, "color": ink}},
        ],
        {
            "x": _places(across, across_order, axes[0]) | {"axis": _PLAIN | {"orient": "top", "labelOverlap": True}},
            "y": _places(down, down_order, axes[1]) | {"axis": _PLAIN},
            "tooltip": _tooltip((down, axes[1]), (across, axes[0]), (told, None)),
        },
        height=step * len(down_order) + 50,
    )


def with_rule(spec: dict, value: float, words: str) -> dict:
    """The bars with a broken line at a value, such as the least that is asked for, and its words."""
    rule = {
        "data": {"values": [{"at": value, "words": words}]},
        "mark": {"type": "rule", "color": "#b3402a", "strokeDash": [4, 3], "strokeWidth": 1.5},
        "encoding": {"x": {"field": "at", "type": "quantitative"}, "y": None, "tooltip": _tooltip(("words", None))},
    }
    return spec | {"layer": [*spec["layer"], rule]}


def _places(name: str, order: Sequence[object], title: str) -> dict:
    return {"field": name, "type": "nominal", "sort": list(order), "title": title}


def _amount(value: str, axis: str, share: bool = False, zero: bool = True) -> dict:
    told = {"grid": True, "gridColor": "#e6ecf0", "domain": False, "ticks": False, "tickCount": 5}
    told["format"] = "%" if share else "~s"
    return {"field": value, "type": "quantitative", "title": axis, "axis": told, "scale": {"zero": zero}}


def _tooltip(*fields: tuple[str, str | None]) -> list[dict]:
    return [{"field": name, "type": "nominal", "title": title or " "} for name, title in fields]


def _chart(rows: Sequence[Row], layers: list[dict], encoding: dict, height: object = 280) -> dict:
    return {
        "data": {"values": [{key: _plain(value) for key, value in row.items()} for row in rows]},
        "encoding": encoding,
        "layer": layers,
        "height": height,
        "config": _CONFIG,
    }


def _plain(value: object) -> object:
    """As JSON knows it: decimals as numbers, dates as text."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else float(value)
