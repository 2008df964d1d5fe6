"""The page on top of a shop's marts: pictures, each with what it shows in a sentence.

A page is a folder of pages/, a picture a file in it; both say in `place` where they stand.
"""

import base64
import gzip
import importlib
import json
import os
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import jinja2
import vl_convert
from publish import hidden_rows, read_marts
from report import pages
from report.figure import Figure, ask, made
from report.words import Words, as_number

FOLDER = Path(__file__).parent


class ReportError(Exception):
    """Why there is no new page, in one sentence."""


def write_report(marts: Path, page: Path, analyses: Path, schema_prefix: str = "") -> None:
    """Write the page of a published file, or leave the one that is there.

    Parameters
    ----------
    marts : Path
        A file that `publish` wrote.
    page : Path
        The file to write, replaced in one step.
    analyses : Path
        The folder of the compiled analyses, those that the page shows among them.
    schema_prefix : str
        The var of that name with which the build was made.

    Raises
    ------
    ReportError
        If there are no marts to draw, or a figure's query or sentence fails. The page that is there
        stays as it was, and so do the marts.
    """
    if not marts.exists():
        raise ReportError(f"{marts} is not there: run make build first.")
    with read_marts(marts, schema_prefix) as connection:
        text = render(connection, analyses)
    page.parent.mkdir(parents=True, exist_ok=True)
    unfinished = page.with_name(f".{page.name}.{os.getpid()}.new")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(page)
    finally:
        unfinished.unlink(missing_ok=True)


def render(connection: duckdb.DuckDBPyConnection, analyses: Path) -> str:
    """The page of the marts that are connected to, as HTML."""
    try:
        (shop,) = ask(connection, "select * from marts.rpt_shop", {})
    except duckdb.CatalogException as error:
        raise ReportError(
            "The marts are an earlier version's, without rpt_shop: run make build."
        ) from error
    words, hidden = Words(shop), hidden_rows(connection)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    return environment.get_template("page.html").render(
        shop=shop,
        words=words,
        pages=[
            {
                "id": module.__name__.rpartition(".")[2],
                "title": module.TITLE,
                "question": module.QUESTION,
                "figures": [
                    _figure(module, named, connection, shop, words, analyses, hidden)
                    for named in figures
                ],
            }
            for module, figures in found_pages()
        ],
        setting={"locale": words.tag, "currency": words.currency},
        style=(FOLDER / "page.css").read_text("utf-8"),
        script=(FOLDER / "page.js").read_text("utf-8"),
        library=vl_convert.javascript_bundle().replace("</script", "<\\/script"),
        packed=packed,
    )


def _figure(
    module: ModuleType,
    named: tuple[str, Figure],
    connection: duckdb.DuckDBPyConnection,
    shop: dict[str, Any],
    words: Words,
    analyses: Path,
    hidden: dict[str, int],
) -> dict[str, Any]:
    try:
        return made(named, connection, shop, words, analyses, hidden)
    except Exception as error:  # a figure may be anybody's
        raise ReportError(
            f"{module.__name__.replace('.', '/')}/{named[0]}.py failed: "
            f"{type(error).__name__}: {' '.join(str(error).split())}"
        ) from error


def found_pages() -> Iterator[tuple[ModuleType, list[tuple[str, Figure]]]]:
    """Every page with its figures by name, both by their places."""
    modules = [
        importlib.import_module(f"report.pages.{page.name}")
        for page in pkgutil.iter_modules(pages.__path__)
    ]
    for module in sorted(modules, key=lambda module: (module.PLACE, module.__name__)):
        figures = [
            (file.name, importlib.import_module(f"{module.__name__}.{file.name}").FIGURE)
            for file in pkgutil.iter_modules(module.__path__)
        ]
        yield module, sorted(figures, key=lambda named: (named[1].place, named[0]))


def packed(data: Any) -> str:
    """Data as JSON, compressed, in letters that HTML takes as they are."""
    text = json.dumps(data, default=as_number, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
