"""A figure: one query over a mart, the sentence that says what it shows, and a picture of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import duckdb
from report.words import Words, sentence

Rows = list[dict[str, Any]]

# how a column's values are written: (Vega's format of numbers, or of times)
KINDS = {
    "text": None,
    "name": None,
    "number": ",.3~f",
    "money": "$,.2~f",
    "share": ".1~%",
    "day": "%d %b %Y",
    "month": "%b %Y",
    "time": "%d %b %Y, %H:%M",
    "yes": None,
}
TIMES = ("day", "month", "time")
# a product by its name, with its id where others have the same name: a picture would merge them
NAMED_PRODUCTS = """
named_products as (
    select
        product_id,
        case
            when product_name is null then product_id
            when count(*) over (partition by product_name) > 1
                then product_name || ' (' || product_id || ')'
            else product_name
        end as product
    from marts.dim_products
)
"""


@dataclass(frozen=True)
class Column:
    """What a column is called on the page, and how its values are written (one of KINDS)."""

    label: str
    kind: str = "text"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A picture of the page.

    Parameters
    ----------
    place : int
        Where it stands on its page, from 1.
    query : str
        Over the published marts; `$as_of_date` is the shop's today.
    analysis : str
        In place of a query, the name of one of the project's analyses, as dbt compiled it.
    columns : dict of str to Column
        The query's columns in order; those that are not here are not shown.
    finding : callable
        From the rows and the shop's words, the sentence that says what the picture shows.
    nothing : str
        The sentence in the figure's place where there are no rows.
    draw : callable, optional
        From the rows, the picture of data named `rows`; without it the table is the picture.
    why : str
        A query for the marts' own sentence, in place of `nothing`.
    note : str
        How the picture is read.
    shows : str
        `chart`, `table`, `tiles`, or `customers`.
    pack : callable, optional
        From the rows, the data that the page holds, where it is no table.
    """

    place: int
    query: str = ""
    analysis: str = ""
    columns: dict[str, Column]
    finding: Callable[[Rows, Words], str]
    nothing: str
    draw: Callable[[Rows], alt.TopLevelMixin] | None = None
    why: str = ""
    note: str = ""
    shows: str = "chart"
    pack: Callable[[Rows], Any] | None = None


def made(
    named: tuple[str, Figure],
    connection: duckdb.DuckDBPyConnection,
    shop: dict[str, Any],
    words: Words,
    analyses: Path,
    hidden: dict[str, int],
) -> dict[str, Any]:
    """What the page's template shows of a figure; `hidden` is {table: rows that are left out}."""
    name, figure = named
    query = query_of(figure, analyses)
    rows = ask(connection, query, shop)
    note = " ".join(filter(None, [figure.note, hidden_note(query, hidden, words)]))
    told: dict[str, Any] = {"name": name, "shows": figure.shows, "note": note, "rows": rows}
    if not rows:
        reasons = ask(connection, figure.why, shop) if figure.why else []
        reason = next((value for row in reasons for value in row.values() if value), None)
        return told | {"shows": "nothing", "finding": sentence(reason or figure.nothing)}
    told["finding"] = figure.finding(rows, words)
    told["columns"] = {
        name: {"label": column.label, "kind": column.kind}
        for name, column in figure.columns.items()
    }
    table = [[row[name] for name in figure.columns] for row in rows]
    told["data"] = figure.pack(rows) if figure.pack else table
    if figure.draw:
        told["picture"] = completed(figure.draw(rows).to_dict(), figure.columns)
    return told


def hidden_note(query: str, hidden: dict[str, int], words: Words) -> str:
    """How many rows of what a query reads are left out, since so few customers are in them."""
    rows = sum(
        count for table, count in hidden.items() if re.search(rf"{re.escape(table)}\b", query)
    )
    if not rows:
        return ""
    return f"Left out, since so few customers are in them: {words.count(rows, 'row')}."


def query_of(figure: Figure, analyses: Path) -> str:
    """The figure's query; an analysis reads the published tables in place of the build's."""
    if not figure.analysis:
        return figure.query
    text = (analyses / f"{figure.analysis}.sql").read_text("utf-8")
    return re.sub(r'"[^"]+"\."(?:\w+_)?(core|marts)"\.', r"\1.", text)


def ask(connection: duckdb.DuckDBPyConnection, query: str, shop: dict[str, Any]) -> Rows:
    """The rows of a query."""
    known = {name: value for name, value in shop.items() if f"${name}" in query}
    cursor = connection.execute(query, known)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def picture() -> alt.Chart:
    """A chart of the figure's rows, to be drawn on."""
    return alt.Chart(alt.NamedData("rows"))


def paired_bars(
    rows: Rows, label: str, shares: dict[str, str], colors: tuple[str, str], step: int
) -> alt.Chart:
    """Two bars of shares for each row, in the order of the rows.

    Parameters
    ----------
    label : str
        The column that names a row.
    shares : dict of str to str
        The two columns, and what each is called in the legend.
    colors : tuple of str
        Of each.
    step : int
        Height of a row in pixels.
    """
    names = list(shares.values())
    return (
        picture()
        .transform_fold(list(shares), as_=["measure", "share"])
        .transform_calculate(
            measure=f"datum.measure === '{next(iter(shares))}' ? '{names[0]}' : '{names[1]}'"
        )
        .mark_bar()
        .encode(
            x=alt.X("share:Q", title="Share", axis=alt.Axis(format=".0%")),
            y=alt.Y(
                f"{label}:N",
                sort=[row[label] for row in rows],
                title=None,
                axis=alt.Axis(labelLimit=260),
            ),
            yOffset=alt.YOffset("measure:N", sort=names),
            color=alt.Color(
                "measure:N", title="Share", scale=alt.Scale(domain=names, range=list(colors))
            ),
        )
        .properties(height=step * len(rows))
    )


def completed(spec: dict[str, Any], columns: dict[str, Column]) -> dict[str, Any]:
    """A picture with what its columns say: titles and formats of axes, legends and tooltips."""
    spec.pop("config", None)  # the page has one of its own for all pictures
    for part in _parts(spec):
        encoding = part.get("encoding", {})
        for channel, value in encoding.items():
            if isinstance(value, dict) and value.get("field") in columns:
                _complete(channel, value, columns[value["field"]])
        if encoding and "mark" in part and "tooltip" not in encoding:
            encoding["tooltip"] = [_tip(name, column) for name, column in columns.items()]
    return spec


def _parts(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """A picture and the pictures in it."""
    found = [spec]
    for several in ("layer", "hconcat", "vconcat", "concat"):
        for one in spec.get(several, []):
            found += _parts(one)
    return found + (_parts(spec["spec"]) if "spec" in spec else [])


def _complete(channel: str, value: dict[str, Any], column: Column) -> None:
    form = KINDS[column.kind]
    if channel not in ("x2", "y2"):
        value.setdefault("title", column.label)
    if channel in ("x", "y") and form and value.get("axis", {}) is not None:
        axis = value.setdefault("axis", {})
        axis.setdefault("format", form)
        if column.kind in TIMES:
            axis.setdefault("formatType", "time")
    if channel in ("color", "size", "opacity") and form and value.get("legend", {}) is not None:
        value.setdefault("legend", {}).setdefault("format", form)
    if channel == "text" and form:
        value.setdefault("format", form)
        if column.kind in TIMES:
            value.setdefault("formatType", "time")


def _tip(name: str, column: Column) -> dict[str, Any]:
    numeric = column.kind in ("number", "money", "share")
    kind = "quantitative" if numeric else "temporal" if column.kind in TIMES else "nominal"
    form = {"format": KINDS[column.kind]} if KINDS[column.kind] else {}
    return {"field": name, "type": kind, "title": column.label, **form}
