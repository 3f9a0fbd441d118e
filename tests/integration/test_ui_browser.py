"""The web app in real headless Chromium: a user's whole task, and how quick the review is."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gradio")

from syncclip.reports import read_result, write_reports
from syncclip.result import Action, Alternative, MatchResult, Segment, Tier
from syncclip.types import FULL_FRAME, Rect
from tests import media, ui_page
from tests.edits import Cut, Film, write_commentary
from tests.matched import a_match
from tests.measured import keep_times

pytestmark = pytest.mark.skipif(
    not (ui_page.CHROMIUM and ui_page.CHROMEDRIVER),
    reason="needs chromium and chromedriver (Debian: chromium, chromium-driver)",
)

FILM = Film(21, shots=4, seconds=8)
CUTS = (
    Cut(FILM, FILM.starts()[1] + 4, 40),
    Cut(FILM, FILM.starts()[3] + 2, 36, mirrored=True),
    Cut(FILM, FILM.starts()[0] + 6, 40, crop=(0.08, 0.08, 0.84, 0.84)),
)
RESULT = "recap_synced/proceed/results/visual_match_results.json"
SEGMENTS, LENGTH = 400, 45  # ten minutes at 30 frames per second


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film and a commentary; the commentary's sound is a tone."""
    folder = tmp_path_factory.mktemp("desk")
    FILM.write(folder / "film.mp4")
    write_commentary(folder / "recap.mp4", CUTS, sound=True)
    return folder


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def page(desk: Path, downloads: Path) -> Iterator[ui_page.Page]:
    with ui_page.app(desk) as address, ui_page.browser(downloads=downloads) as driver:
        yield ui_page.Page(driver, address)


def act(page: ui_page.Page, script: str) -> None:
    """Do something in the review, and wait until it is saved."""
    page.driver.execute_script(script)
    page.until("return document.querySelector('.sr-said').textContent === 'saved'")


def button(text: str) -> str:
    """Script that presses a button of the review."""
    buttons = "[...document.querySelectorAll('.sr button')]"
    return f"{buttons}.find((b) => b.textContent === {text!r}).click()"


def test_a_user_indexes_matches_corrects_renders_and_downloads(
    page: ui_page.Page, desk: Path, downloads: Path
) -> None:
    page.choose("#sc-index-movies", "film.mp4")
    assert page.job("#sc-index") == "done"
    page.until("return document.querySelector('#sc-library').textContent.includes('film.idx')")

    page.tab(1)
    page.choose("#sc-match-commentary", "recap.mp4")
    assert page.job("#sc-match") == "done"
    assert "100.0% found" in page.text(".sc-job")
    page.until("return document.querySelector('.sc-job video')?.readyState >= 1")
    before = read_result(desk / RESULT)
    assert [s.movie for s in before.segments] == ["film.mp4"] * len(CUTS)

    page.tab(2)
    page.until("return document.querySelectorAll('.sr-row').length === 3")
    page.until("return document.querySelectorAll('.sr-strips .there').length === 6")
    act(page, button("Accept"))
    page.driver.execute_script("document.querySelectorAll('.sr-row')[1].click()")
    act(page, "document.querySelectorAll('.sr-nudge')[2].querySelectorAll('button')[2].click()")
    after = read_result(desk / RESULT)
    assert [s.corrected for s in after.segments] == [Action.ACCEPT, Action.NUDGE, None]
    moved = after.segments[1].movie_start_s - before.segments[1].movie_start_s
    assert moved == pytest.approx(1 / 24, abs=1e-3)

    assert page.job("#sc-render") == "done"
    page.click('.sc-files a[data-file="video"]')
    video = downloads / "final_output.mp4"
    deadline = time.monotonic() + 30
    while not video.is_file() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert video.read_bytes() == (desk / "recap_synced/proceed/final_output.mp4").read_bytes()

    assert page.job("#sc-export") == "done"
    assert list((desk / "recap_synced/proceed/timelines").glob("*.otio"))
    assert page.wrong() == []


def test_every_change_of_the_review_is_saved_and_can_be_undone(
    page: ui_page.Page, desk: Path
) -> None:
    page.open()
    page.tab(2)
    page.choose("#sc-result", RESULT)
    page.until("return document.querySelectorAll('.sr-row').length === 3")
    before = read_result(desk / RESULT)
    page.driver.execute_script("document.querySelectorAll('.sr-row')[2].click()")
    act(page, "document.querySelector('.sr-hand').requestSubmit()")
    again = read_result(desk / RESULT).segments[2]
    assert (again.crop, again.mirrored) == (before.segments[2].crop, before.segments[2].mirrored)
    assert again.crop != FULL_FRAME
    page.driver.execute_script("document.querySelector('.sr-said').textContent = ''")
    act(page, button("Reject"))
    assert read_result(desk / RESULT).segments[2].movie is None
    fill = (
        "const f = document.querySelector('.sr-hand'); f.children[2].value = '0:00:01.5';"
        "f.children[3].value = '0.5'; f.querySelector('.sr-crop').value = '0.1, 0, 0.5, 0.5';"
        "f.requestSubmit()"
    )
    page.driver.execute_script("document.querySelector('.sr-said').textContent = ''")
    act(page, fill)
    placed = read_result(desk / RESULT).segments[2]
    assert (placed.movie_start_s, placed.speed, placed.corrected) == (1.5, 0.5, Action.SET)
    assert placed.crop == Rect(0.1, 0.0, 0.5, 0.5)
    for _ in range(3):
        page.driver.execute_script("document.querySelector('.sr-said').textContent = ''")
        act(page, "document.querySelector('.sr-undo').click()")
    assert read_result(desk / RESULT).segments == before.segments


def test_nothing_of_all_this_reached_another_machine(page: ui_page.Page) -> None:
    asked = page.asked()
    assert any(url.startswith(page.address) for url in asked)
    assert ui_page.elsewhere(asked, page.address) == set()


def test_a_file_that_is_dropped_on_the_page_goes_to_the_folder_and_replaces_none(
    page: ui_page.Page, desk: Path, tmp_path: Path
) -> None:
    page.open()
    other = tmp_path / "film.mp4"
    shutil.copy(desk / "recap.mp4", other)
    was = (desk / "film.mp4").read_bytes()
    page.one("#sc-index-movies-upload input[type=file]").send_keys(str(other))
    page.until("return document.querySelector('#sc-index-movies').textContent.includes('(2)')")
    assert (desk / "film (2).mp4").read_bytes() == other.read_bytes()
    assert (desk / "film.mp4").read_bytes() == was
    (desk / "film (2).mp4").unlink()


def test_a_path_outside_the_folders_is_refused_in_words(page: ui_page.Page, tmp_path: Path) -> None:
    page.open()
    media.film(tmp_path / "secret.mp4", seconds=1)
    page.choose("#sc-index-movies", str(tmp_path / "secret.mp4"))
    page.click("#sc-index")
    assert "outside the folders" in page.said()


def test_a_job_is_cancelled_and_gone_on_with(page: ui_page.Page, desk: Path) -> None:
    media.long_film(desk / "long.mp4", times=200, seed=5, seconds=2, size=(640, 360))
    page.open()
    page.choose("#sc-index-movies", "long.mp4")
    page.begin("#sc-index")
    page.until("return document.querySelector('.sc-stages progress[value]')?.value > 0", 60)
    page.one("#sc-cancel").click()  # it is there to be clicked
    assert page.ended() == "stopped"
    assert not (desk / "long.idx").exists()
    assert page.job("#sc-index") == "done"
    assert (desk / "long.idx").is_file()


def test_the_language_is_the_browsers_and_can_be_switched(page: ui_page.Page) -> None:
    with ui_page.browser(language="zh-CN") as driver:
        chinese = ui_page.Page(driver, page.address)
        tab = "return document.querySelector('button[role=tab]').textContent"
        chinese.until(f"{tab}.includes('建立索引')")
        assert chinese.text("#sc-index").strip() == "建立索引"
        chinese.click("#sc-language input[value=en]")
        chinese.until(f"{tab}.includes('Index')")
        chinese.open()
        chinese.until(f"{tab}.includes('Index')")  # remembered


def test_places_are_searched_where_a_model_is_there(tmp_path: Path) -> None:
    pytest.importorskip("open_clip")
    import syncclip
    from tests.tiny_models import tiny_clip

    FILM.write(tmp_path / "film.mp4")
    model = tiny_clip(tmp_path / "tiny")
    syncclip.index_movie(tmp_path / "film.mp4", tmp_path / "film.idx", clip_model=str(model))
    with ui_page.app(tmp_path) as address, ui_page.browser() as driver:
        page = ui_page.Page(driver, address)
        page.tab(3)
        page.one("#sc-words textarea, #sc-words input").send_keys("a yellow ball")
        time.sleep(ui_page.SETTLED_S)
        assert page.job("#sc-search") == "done"
        assert page.until("return document.querySelector('.sc-sheet')?.naturalWidth > 0")
        assert len(page.all(".sc-job .sc-table tr")) >= 2
        assert page.wrong() == []


BOXES = """
return [...document.querySelectorAll(".sr-strips .sr-frame")].map((figure) => {
  const box = figure.querySelector(".sr-box");
  if (!box) return null;
  const [outer, inner] = [figure, box].map((each) => each.getBoundingClientRect());
  return [(inner.x - outer.x) / outer.width, (inner.y - outer.y) / outer.height,
    inner.width / outer.width, inner.height / outer.height];
});
"""


def test_the_pane_of_a_split_screen_is_marked_in_the_commentarys_pictures(tmp_path: Path) -> None:
    result = read_result(a_match(tmp_path))
    pane, crop = Rect(0.5, 0.0, 0.5, 0.6), Rect(0.1, 0.2, 0.5, 0.6)
    first, *others = result.segments
    first = replace(first, pane=pane, crop=crop, mirrored=True)
    write_reports(replace(result, segments=(first, *others)), tmp_path / "proceed")
    with ui_page.app(tmp_path) as address, ui_page.browser() as driver:
        page = ui_page.Page(driver, address)
        page.tab(2)
        page.choose("#sc-result", "proceed/results/visual_match_results.json")
        page.until(f"return document.querySelector('.sr-frame') && {PICTURED}")
        boxes = driver.execute_script(BOXES)
        for box in boxes[:3]:
            assert box == pytest.approx(pane.as_list(), abs=0.01)
        for box in boxes[3:]:
            assert box == pytest.approx([0.4, 0.2, 0.5, 0.6], abs=0.01)  # as it is mirrored
        driver.execute_script(PRESS % "j")
        page.until(f"return {HEADED % 2} && {PICTURED}")
        assert driver.execute_script(BOXES) == [None] * 6
        driver.execute_script(PRESS % "k")
        act(page, PRESS % "x")
        assert driver.execute_script(BOXES) == boxes[:3]  # it is still a pane, of no movie
        assert page.wrong() == []


def a_long_result(folder: Path) -> Path:
    """Ten minutes in 400 segments over two small films, written as match writes it."""
    made = read_result(a_match(folder))
    rate = Fraction(30)
    segments = tuple(_segment(number, rate) for number in range(SEGMENTS))
    result: MatchResult = replace(
        made, segments=segments, frames=SEGMENTS * LENGTH, duration_s=600.0, frame_rate=rate
    )
    write_reports(result, folder / "proceed")
    return folder / "proceed/results/visual_match_results.json"


def _segment(number: int, rate: Fraction) -> Segment:
    start, end = number * LENGTH, (number + 1) * LENGTH
    edges = {"start_frame": start, "end_frame": end, "start_s": float(start / rate),
             "end_s": float(end / rate)}  # fmt: skip
    if number % 10 == 9:
        return Segment(**edges)
    place = {"movie": "film.mov", "movie_start_s": number % 7 * 1.0, "movie_start_frame": 0,
             "movie_end_s": number % 7 + 1.5, "mirrored": number % 3 == 1,
             "crop": Rect(0.1, 0.2, 0.75, 0.75) if number % 2 else FULL_FRAME,
             "speed": 1.0}  # fmt: skip
    doubtful = number % 5 == 1
    return Segment(**edges, **place, confidence=0.5 if doubtful else 0.99, similarity=0.9,
                   tier=Tier.REVIEW if doubtful else Tier.EXACT,
                   alternatives=(Alternative(**place, similarity=0.8),) * (number % 3))  # fmt: skip


MEASURED = """
const [act, ready, done] = arguments, start = performance.now();
new Function(act)();
const met = new Function("return " + ready);
const look = () => (met() ? requestAnimationFrame(() => done(performance.now() - start))
                          : requestAnimationFrame(look));
look();
"""
PRESS = "document.dispatchEvent(new KeyboardEvent('keydown', {key: '%s', bubbles: true}))"
CORRECTED = "document.querySelector('.chosen em').textContent === '✓'"
NOWHERE = "document.querySelectorAll('.sr-strips .sr-frame').length === 3"
SAVED = "document.querySelector('.sr-said').textContent === 'saved'"
PICTURED = "[...document.querySelectorAll('.sr-frame')].every((f) => f.classList.length > 1)"
HEADED = "document.querySelector('.sr-detail h3').textContent === 'Segment %d'"


def test_how_long_every_interaction_takes_with_400_segments_is_measured(
    tmp_path: Path, record_property: Any
) -> None:
    a_long_result(tmp_path)
    with ui_page.app(tmp_path) as address, ui_page.browser() as driver:
        page = ui_page.Page(driver, address)
        page.tab(2)
        started = time.monotonic()
        page.choose("#sc-result", "proceed/results/visual_match_results.json")
        page.until("return document.querySelectorAll('.sr-row').length === 400")
        took = {"open": 1000 * (time.monotonic() - started)}
        page.until(f"return {PICTURED}")
        click = "document.querySelector('.sr-row[data-n=\"%d\"]').click()"
        script = "const b = document.querySelectorAll('.sr-filter')[%d]; b.click()"
        for name, act, ready in (
            ("next", PRESS % "j", HEADED % 2),
            ("choose far away", click % 304, HEADED % 304),
            ("its pictures", click % 204, PICTURED),
            ("accept, shown", PRESS % "a", CORRECTED),
            ("accept, saved", PRESS % "a", SAVED),
            ("nudge, saved", PRESS % ".", SAVED),
            ("reject, shown", PRESS % "x", NOWHERE),
            ("undo, saved", PRESS % "u", SAVED),
            ("filter", script % 1, "document.querySelectorAll('.sr-row').length < 100"),
            ("all", script % 0, "document.querySelectorAll('.sr-row').length === 400"),
        ):
            driver.execute_script("document.querySelector('.sr-said').textContent = ''")
            took[name] = driver.execute_async_script(MEASURED, act, ready)
            if name.endswith("shown"):
                page.until(f"return {SAVED}")
            page.until(f"return {PICTURED}")
        assert page.wrong() == []
    keep_times(
        "interactions-app", f"web app, review of {SEGMENTS} segments", took, record_property,
        test="tests/integration/test_ui_browser.py -k interaction",
        unasked=("open", "its pictures"),
    )  # fmt: skip
    assert all(value > 0 for value in took.values())
