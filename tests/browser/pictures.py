"""Make the README's picture from the published example paper: `make pictures`.

Two columns of the page as a reader sees it at desktop width, side by side: how it begins, and its first results.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from tests.conftest import ARGUMENTS, CHROMIUM

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "site" / "digits" / "index.html"
PICTURE = ROOT / "docs" / "images" / "digits.png"
HEIGHT = 1180


def picture(page: Page, anchor: str) -> Image.Image:
    """Give what the window shows with an element at its top."""
    page.evaluate("anchor => document.querySelector(anchor).scrollIntoView({behavior: 'instant'})", anchor)
    page.wait_for_timeout(800)
    return Image.open(io.BytesIO(page.screenshot()))


def main() -> None:
    """Write the picture.

    Raises
    ------
    SystemExit
        If the paper is not published yet.
    """
    if not PAGE.exists():
        sys.exit(f"{PAGE} is not there: make demo publishes it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, chromium_sandbox=False)
        context = browser.new_context(viewport={"width": 1180, "height": HEIGHT}, offline=True, color_scheme="light")
        page = context.new_page()
        page.goto(PAGE.as_uri())
        page.wait_for_timeout(500)
        # Panels come alive when they are near; the second picture must not shift because one above it does.
        for panel in page.locator(".pr-panel").all():
            panel.scroll_into_view_if_needed()
            page.wait_for_timeout(250)
        page.evaluate("document.querySelector('#pr-theme')?.remove()")
        parts = [picture(page, "body"), picture(page, "#sec-fewer")]
        # The second column begins after the sidebar, which the first one shows.
        text = page.locator("#sec-fewer").bounding_box()
        browser.close()
    assert text is not None
    left = int(text["x"]) - 40
    second = parts[1].crop((left, 0, parts[1].width, HEIGHT))
    whole = Image.new("RGB", (parts[0].width + second.width, HEIGHT), "white")
    whole.paste(parts[0], (0, 0))
    whole.paste(second, (parts[0].width, 0))
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    whole.save(PICTURE, optimize=True)
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}: {whole.width} × {whole.height}, {PICTURE.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
