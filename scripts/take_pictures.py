"""Take the README's pictures of the page: python scripts/take_pictures.py, after make build.

Needs what the tests need (make lint installs it) and a browser, Debian's chromium for example.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "reports" / "sample_shop.html"
PICTURES = PROJECT / "docs" / "pictures"
SHOWN = {"today": (0, 0, 1080, 900), "segments-map": None}  # a part of the window, or a figure
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def found_browser() -> str | None:
    """The path of a browser of BROWSERS that is there."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def main() -> int:
    """Write docs/pictures/page_<what>.png; return the exit code."""
    browser_file = found_browser()
    if not browser_file or not PAGE.exists():
        print(f"Needed: {PAGE} (make build), and one of {', '.join(BROWSERS)}", file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_file, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1080, "height": 900}, color_scheme="light")
        tab.goto(PAGE.as_uri())
        tab.wait_for_function("document.documentElement.dataset.ready === 'true'")
        for name, part in SHOWN.items():
            file = PICTURES / f"page_{name.replace('-', '_')}.png"
            if part:
                x, y, width, height = part
                clip = {"x": x, "y": y, "width": width, "height": height}
                tab.screenshot(path=file, clip=clip)
            else:
                tab.locator(f"#{name}").screenshot(path=file)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
