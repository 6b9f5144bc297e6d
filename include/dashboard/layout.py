"""The parts that pages are made of: figures with their definitions, charts with the table behind them, plain notes."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import streamlit as st

from include.dashboard.filters import Chosen
from include.dashboard.published import Published, Row
from include.dashboard.words import NOTHING, Words, all_words
from include.publishing.earlier_releases import NotInVersion


@dataclass(frozen=True)
class Link:
    """A cell that leads to another page of the dashboard."""

    words: str
    to: str


# Header of a table's column, and how a row's cell is written; a name alone writes the row's value as it is.
Column = tuple[str, Callable[[Row], object] | str]
_FIGURES_IN_A_LINE = 4


@dataclass
class Figure:
    """One number. `source` is a metric's name or `table.column`, whose description defines it.

    `change` is in words, `is_good` says whether it is welcome (None: neither); `trend` its course, oldest first.
    With `of_all` it tells of all customers, whatever was chosen.
    """

    label: str
    value: str
    source: str
    change: str | None = None
    is_good: bool | None = None
    trend: Sequence[float] = ()
    as_of: object = None
    of_all: bool = False


@dataclass
class Page:
    """What a page knows: the version, the words of the reader's language, what was chosen, and what it has defined."""

    published: Published
    words: Words
    chosen: Chosen
    defined: dict[str, tuple[str, str]] = field(default_factory=dict)

    def title(self, name: str) -> None:
        st.title(self.words(f"{name}.title"), anchor=False)
        st.caption(f"{self.words(f'{name}.about')} {self.told_of()}")

    def told_of(self) -> str:
        """What the figures of the page are of: the date, and what it is narrowed to."""
        kept = [
            f"{self.words(f'filter.{name}')}: {', '.join(self.words.value(value) for value in values)}"
            for name in ("tier", "region", "channel")
            if (values := getattr(self.chosen, name))
        ]
        return self.words("as_of", day=self.words.day(self.chosen.as_of)) + "".join(f" · {part}" for part in kept)

    def definition(self, source: str) -> str:
        """What a figure means: the Chinese words of words.yml, or the published description."""
        if self.words.language == "zh" and f"definition.{source}" in all_words():
            return self.words(f"definition.{source}")
        if "." not in source:
            return self.published.metrics.get(source) or self.words("definition.missing")
        table, column = source.split(".")
        return self.published.columns.get(table, {}).get(column) or self.words("definition.missing")

    def figures(self, *parts: Callable[[Page], Sequence[Figure]]) -> None:
        """The figures that each of `parts` makes of the page, in lines."""
        figures: list[Figure] = []
        for part in parts:
            with self.of_any_release():
                figures += part(self)
        for start in range(0, len(figures), _FIGURES_IN_A_LINE):
            line = figures[start : start + _FIGURES_IN_A_LINE]
            places = st.columns(_FIGURES_IN_A_LINE, gap="small")
            for place, figure in zip(places, line, strict=False):
                with place:
                    self._figure(figure)
        if self.narrows and (names := [figure.label for figure in figures if figure.of_all]):
            self.note("figures_of_all", names=", ".join(names))

    def _figure(self, figure: Figure) -> None:
        told = self.definition(figure.source)
        day = self.words.day(figure.as_of or self.chosen.as_of)
        self.defined[figure.label] = (f"{told} {self.words('as_of', day=day)}", figure.source)
        colour = "off" if figure.is_good is None else "green" if figure.is_good else "red"
        st.metric(
            figure.label,
            figure.value,
            figure.change,
            delta_color=colour,
            delta_arrow="up" if (figure.change or "").startswith("+") else "down" if figure.change else "off",
            delta_description=self.words("since", day=self.words.day(self.chosen.before, self.chosen.as_of.year))
            if figure.change
            else None,
            help=f"{told} {self.words('as_of', day=day)}",
            border=True,
            height="stretch",
            chart_data=[float(value) for value in figure.trend] if len(figure.trend) > 1 else None,
        )

    def rows(self, question: str, **values: object) -> list[Row]:
        """The answer to SQL about many customers, with the chosen date and filters at hand as `$named` values."""
        return self.published.rows(question, **(self.chosen.values | values))

    def row(self, question: str, **values: object) -> Row:
        return self.published.row(question, **(self.chosen.values | values))

    def money(self, value: object, places: int = 0) -> str:
        return self.words.money(value, self.published.currency, places)

    def change(self, now: object, before: object, told: Callable[[float], str] | None = None) -> str | None:
        """How a figure moved since the date before, in words; None where either is unknown or nothing moved."""
        if now is None or before is None:
            return None
        moved = float(now) - float(before)
        size = (told or self.words.number)(abs(moved))
        if not any(digit in size for digit in "123456789"):
            return None
        return ("+" if moved > 0 else "−" if moved < 0 else "± ") + size

    def missing(self, *tables: str) -> bool:
        """Whether a table is not in this version; then the page says so, and leaves its part out."""
        absent = [table for table in tables if not self.published.has(table)]
        if absent:
            self._lacks(", ".join(absent))
        return bool(absent)

    @contextmanager
    def of_any_release(self) -> Iterator[None]:
        """Around what a version of an earlier release may have no columns for: then that is said in its place."""
        try:
            yield
        except NotInVersion as problem:
            self._lacks(problem.what)

    def _lacks(self, what: str) -> None:
        st.info(self.words("not_in_version", what=what), icon=":material/info:")

    def empty(self, rows: Sequence[Row], what: str) -> bool:
        """Whether there is nothing to show; then the page says what the source would have to hold."""
        if not rows:
            st.info(self.words(f"empty.{what}"), icon=":material/info:")
        return not rows

    def group_by(self, kinds: Sequence[str], key: str, first: str | None = None) -> str:
        """The way of grouping that the reader chooses, the first one to begin with."""
        return st.segmented_control(
            self.words("group_by"),
            kinds,
            default=first or kinds[0],
            format_func=self.words.value,
            key=key,
            required=True,
        )

    @contextmanager
    def part(
        self, title: str, source: str | None = None, is_of_version: bool = False, of_all: bool = False
    ) -> Iterator[None]:
        """A part of the page under a heading of its own, with its definition at hand.

        A version of an earlier release may lack a column that it reads: the part says so, and the page goes on.

        `is_of_version` says that its table tells the version's own date alone, whatever date was chosen; `of_all`,
        that it tells of all customers, whatever was chosen.
        """
        with st.container(border=True, height="stretch"):
            told = self.definition(source) if source else None
            if told:
                day = self.words.day(self.published.as_of if is_of_version else self.chosen.as_of)
                told = f"{told} {self.words('as_of', day=day)}"
                self.defined[title] = (told, source)
            st.subheader(title, anchor=False, help=told)
            with self.of_any_release():
                yield
            if of_all:
                self.of_all_customers()

    def chart(self, spec: dict, tells: str, rows: Sequence[Row], columns: Sequence[Column]) -> None:
        """A chart, what it shows in words for those who do not see it, and its rows as a table."""
        behind = _table(tells, rows, columns, shown=False)
        st.vega_lite_chart(spec=spec, width="stretch", theme="streamlit", alt=tells)
        with st.expander(self.words("table_behind")):
            st.html(behind)

    def table(self, caption: str, rows: Sequence[Row], columns: Sequence[Column], shown: bool = False) -> None:
        """A table of plain HTML, which readers of screens walk cell by cell."""
        st.html(_table(caption, rows, columns, shown))

    def note(self, key: str, **fields: object) -> None:
        st.caption(self.words(key, **fields))

    @property
    def narrows(self) -> bool:
        """Whether figures counted from customers are of some: by a filter, or in a copy with some customers' rows."""
        return self.chosen.narrows or self.published.is_limited

    def of_all_customers(self) -> None:
        """Say of a table that it tells of all customers, where others beside it do not."""
        if self.narrows:
            self.note("all_customers")

    def definitions(self) -> None:
        if not self.defined:
            return
        with st.expander(self.words("definitions")):
            rows = [{"name": name, "told": told, "source": source} for name, (told, source) in self.defined.items()]
            headers = (self.words("figure"), self.words("meaning"), self.words("source"))
            columns = list(zip(headers, ("name", "told", "source"), strict=True))
            self.table(self.words("definitions"), rows, columns)


def _table(caption: str, rows: Sequence[Row], columns: Sequence[Column], shown: bool) -> str:
    lines = [[row[cell] if isinstance(cell, str) else cell(row) for _, cell in columns] for row in rows]
    # Numbers end under one another, words begin so.
    kinds = ["number" if all(_is_number(line[place]) for line in lines) else "words" for place in range(len(columns))]
    heads = "".join(
        f'<th scope="col" class="{kind}">{html.escape(head)}</th>'
        for (head, _), kind in zip(columns, kinds, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<{tag} class="{kind}">{_cell(value)}</{tag.split()[0]}>'
            for place, (value, kind) in enumerate(zip(line, kinds, strict=True))
            for tag in ['th scope="row"' if place == 0 else "td"]
        )
        + "</tr>"
        for line in lines
    )
    told = html.escape(caption)
    seen = "" if shown else ' class="unseen"'
    return (
        f'<div class="table" role="region" aria-label="{told}" tabindex="0"><table><caption{seen}>{told}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _is_number(value: object) -> bool:
    told = str(value)
    return told == NOTHING or (told.lstrip("+−-±≥ ")[:1].isdigit() and len(told) < 24)


def _cell(value: object) -> str:
    if isinstance(value, Link):
        return f'<a href="{html.escape(value.to)}" target="_self">{html.escape(value.words)}</a>'
    told = html.escape(str(value))
    return f'<span class="{"long" if len(told) > 18 else "short"}">{told}</span>'
