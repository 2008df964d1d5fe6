"""Reading a page of the report back: from its file, and in a browser where one is there."""

import base64
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import Shop
from playwright.sync_api import Page, sync_playwright
from take_pictures import BROWSERS, found_browser

MARKS = ".mark-rect path, .mark-symbol path, .mark-line path, .mark-area path, .mark-rule line"


def compiled_analyses(shop: Shop) -> Path:
    """The folder of the analyses as dbt compiles them for a shop."""
    run = shop.dbt("--quiet", "compile", "--select", "resource_type:analysis")
    assert run.code == 0, run.output
    return shop.folder / "target" / "compiled" / "customer_value" / "analyses"


class Figures(HTMLParser):
    """{id: {shows, finding, columns, data, picture}} of the figures of a page."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: dict[str, dict[str, Any]] = {}
        self.inside: tuple[str, str] | None = None
        self.figure = ""
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where the parser is."""
        named = {name: value or "" for name, value in attrs}
        if tag == "figure":
            self.figure = named["id"]
            columns = json.loads(named.get("data-columns", "{}"))
            self.found[self.figure] = {"shows": named["class"], "columns": columns, "finding": ""}
        elif tag == "h3":
            self.inside = ("h3", "finding")
        elif tag == "script" and named.get("class") in ("spec", "packed"):
            self.inside = ("script", named["class"])

    def handle_endtag(self, tag: str) -> None:
        """Leave what was entered."""
        if self.inside and self.inside[0] == tag:
            self.inside = None

    def handle_data(self, data: str) -> None:
        """Keep a finding's text, a picture, or a figure's data."""
        if not self.inside:
            return
        figure = self.found[self.figure]
        if self.inside[1] == "finding":
            figure["finding"] += data
        elif self.inside[1] == "spec":
            figure["picture"] = json.loads(data)
        else:
            figure["data"] = json.loads(gzip.decompress(base64.b64decode(data)))


@contextmanager
def opened(page: Path, width: int = 1440, scheme: str = "light") -> Iterator[Page]:
    """The page in a browser, drawn; what it says to the console or asks for fails the test."""
    browser_file = found_browser()
    if not browser_file:
        pytest.skip(f"No browser is there to draw the page: install one of {', '.join(BROWSERS)}")
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_file, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True
        )
        tab = context.new_page()
        tab.on("console", lambda message: faults.append(message.text))
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("dialog", lambda dialog: (faults.append("a dialog"), dialog.dismiss()))
        tab.on(
            "request",
            lambda request: (
                request.url.startswith(("file:", "data:", "blob:")) or faults.append(request.url)
            ),
        )
        tab.goto(page.as_uri())
        tab.wait_for_function("document.documentElement.dataset.ready === 'true'", timeout=60_000)
        try:
            yield tab
        finally:
            browser.close()
    assert faults == []


def drawn(tab: Page) -> dict[str, int]:
    """{id of a figure with a picture: how many marks are in it}."""
    return tab.evaluate(
        "marks => Object.fromEntries([...document.querySelectorAll('figure.chart')].map("
        "figure => [figure.id, figure.querySelector('.picture').querySelectorAll(marks).length]))",
        MARKS,
    )
