"""Takes the pictures of docs/webapp.md from the real page, in headless Chromium.

python -m docs.webapp_pictures

It makes the demo's film and commentary, starts the app over them and does a user's task. Run it
from the repository's root; it needs the packages chromium, chromium-driver and fonts-noto-cjk.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

from PIL import Image
from selenium.webdriver.remote.webdriver import WebDriver

from tests import ui_page

FOLDER = Path(__file__).parent / "images"
COLOURS_KEPT = 128  # a palette keeps the files small enough for a repository
SIZE = (1240, 900)
RESULT = "demo-commentary_synced/proceed/results/visual_match_results.json"


def main() -> None:
    """Take all of them."""
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as made:
        folder = Path(name)
        demo = [sys.executable, "-m", "syncclip", "demo", "-o", made, "--quiet"]
        subprocess.run(demo, check=True, stdout=subprocess.DEVNULL)
        for video in ("demo-film.mp4", "demo-commentary.mp4"):
            (Path(made) / video).rename(folder / video)
        with ui_page.app(folder) as address:
            with ui_page.browser() as driver:
                work(ui_page.Page(driver, address))
            with ui_page.browser(language="zh-CN") as driver:
                dark(driver)
                review(ui_page.Page(driver, address), "ui-review-zh", segment=4)


def work(page: ui_page.Page) -> None:
    """Index, match and review."""
    page.driver.set_window_size(*SIZE)
    page.choose("#sc-index-movies", "demo-film.mp4")
    page.job("#sc-index")
    page.tab(1)
    page.choose("#sc-match-commentary", "demo-commentary.mp4")
    page.begin("#sc-match")
    page.until(
        "return document.querySelectorAll('.sc-stages .sc-ended').length >= 3", ui_page.PATIENCE_S
    )
    picture(page, "ui-match")
    page.ended()
    review(page, "ui-review", segment=3)


def review(page: ui_page.Page, name: str, *, segment: int) -> None:
    """A segment in the review, one of them accepted."""
    page.open()
    page.driver.set_window_size(*SIZE)
    page.tab(2)
    page.choose("#sc-result", RESULT)
    page.until("return document.querySelectorAll('.sr-row').length > 3")
    press = "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'a', bubbles: true}))"
    page.driver.execute_script(press)
    page.until("return !document.querySelector('.sr-undo').disabled")
    page.click(f".sr-row[data-n='{segment}']")
    page.until("return document.querySelectorAll('.sr-strips .there').length === 6")
    page.driver.execute_script("document.querySelector('#sc-result').scrollIntoView()")
    picture(page, name)


def dark(driver: WebDriver) -> None:
    """Prefer dark colours."""
    scheme = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)


def picture(page: ui_page.Page, name: str) -> None:
    """Take what the window shows."""
    time.sleep(1)  # what moves has come to rest
    shown = Image.open(BytesIO(page.driver.get_screenshot_as_png())).convert("RGB")
    shown.quantize(COLOURS_KEPT).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
