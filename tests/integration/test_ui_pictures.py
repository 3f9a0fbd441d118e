"""A whole task on the demo in headless Chromium; its pictures are those of README and docs.

Done where ``SYNCCLIP_PICTURES`` names the folder that they are written to.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("gradio")

from syncclip.reports import read_result
from syncclip.result import Action
from tests import ui_page

pytestmark = [
    pytest.mark.skipif(
        not (ui_page.CHROMIUM and ui_page.CHROMEDRIVER),
        reason="needs chromium and chromedriver (Debian: chromium, chromium-driver)",
    ),
    pytest.mark.skipif(
        "SYNCCLIP_PICTURES" not in os.environ,
        reason="takes two minutes to do on the demo what test_ui_browser does on a smaller film",
    ),
]

COLOURS_KEPT = 128  # a palette keeps the files small enough for a repository
SIZE = (1240, 900)
RESULT = "demo-commentary_synced/proceed/results/visual_match_results.json"
PRESS_A = "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'a', bubbles: true}))"
UNDONE = "return !document.querySelector('.sr-undo').disabled"


@pytest.fixture(scope="module")
def pictures() -> Path:
    return Path(os.environ["SYNCCLIP_PICTURES"])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo's film and commentary, and nothing that was found yet."""
    folder, made = tmp_path_factory.mktemp("desk"), tmp_path_factory.mktemp("made")
    demo = [sys.executable, "-m", "syncclip", "demo", "-o", str(made), "--quiet"]
    subprocess.run(demo, check=True, stdout=subprocess.DEVNULL)
    for video in ("demo-film.mp4", "demo-commentary.mp4"):
        (made / video).rename(folder / video)
    return folder


def test_a_whole_task_on_the_demo_is_what_the_pictures_show(desk: Path, pictures: Path) -> None:
    with ui_page.app(desk) as address:
        with ui_page.browser() as driver:
            page = ui_page.Page(driver, address)
            driver.set_window_size(*SIZE)
            page.choose("#sc-index-movies", "demo-film.mp4")
            assert page.job("#sc-index") == "done"
            match(page, pictures)
            review(page, pictures / "ui-review.png", segment=3)
            assert page.job("#sc-export") == "done"
        with ui_page.browser(language="zh-CN") as driver:
            scheme = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
            review(ui_page.Page(driver, address), pictures / "ui-review-zh.png", segment=4)
    assert read_result(desk / RESULT).segments[0].corrected is Action.ACCEPT
    assert (desk / "demo-commentary_synced/proceed/final_output.mp4").is_file()
    assert list((desk / "demo-commentary_synced/proceed/timelines").glob("*.otio"))
    for name in ("ui-match", "ui-review", "ui-review-zh"):
        with Image.open(pictures / f"{name}.png") as shown:
            assert shown.width == SIZE[0]
            assert len(shown.convert("RGB").getcolors(1 << 24) or ()) > COLOURS_KEPT // 2


def match(page: ui_page.Page, pictures: Path) -> None:
    """Match and render, seen while it goes on."""
    page.tab(1)
    page.choose("#sc-match-commentary", "demo-commentary.mp4")
    page.begin("#sc-match")
    page.until(
        "return document.querySelectorAll('.sc-stages .sc-ended').length >= 3", ui_page.PATIENCE_S
    )
    picture(page, pictures / "ui-match.png")
    assert page.ended() == "done"


def review(page: ui_page.Page, to: Path, *, segment: int) -> None:
    """A segment in the review, the first one accepted."""
    page.open()
    page.driver.set_window_size(*SIZE)
    page.tab(2)
    page.choose("#sc-result", RESULT)
    page.until("return document.querySelectorAll('.sr-row').length > 3")
    page.driver.execute_script(PRESS_A)
    page.until(UNDONE)
    page.click(f".sr-row[data-n='{segment}']")
    page.until("return document.querySelectorAll('.sr-strips .there').length === 6")
    page.driver.execute_script("document.querySelector('#sc-result').scrollIntoView()")
    picture(page, to)


def picture(page: ui_page.Page, to: Path) -> None:
    """Take what the window shows."""
    time.sleep(1)  # what moves has come to rest
    shown = Image.open(BytesIO(page.driver.get_screenshot_as_png())).convert("RGB")
    shown.quantize(COLOURS_KEPT).save(to, optimize=True)
