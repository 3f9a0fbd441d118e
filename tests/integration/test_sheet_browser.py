"""The review sheet in real headless Chromium: what its keys do, and how long they take."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from syncclip.result import MatchResult, Tier
from syncclip.sheet import data_uri, review_page
from syncclip.types import FULL_FRAME, Rect
from tests.measured import keep_times
from tests.unit.timelines_cases import CASES, CROP, Expected, a_cut, a_result, other_place

CASE = CASES["24 in 30"]
SEGMENTS = 400
LENGTH = 45  # frames: 400 of them make ten minutes at 30 frames per second
EVIL = "<img src=x onerror=document.title='broken'>.mov"

pytestmark = pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")),
    reason="needs chromium and chromedriver (Debian: chromium, chromium-driver)",
)


def a_long_result() -> MatchResult:
    """Ten minutes in 400 segments: every fifth doubtful, every tenth in no movie."""
    segments = []
    for number in range(SEGMENTS):
        frame = None if number % 10 == 9 else 30 * number
        place = Expected(number * LENGTH, (number + 1) * LENGTH, frame)
        segment = a_cut(CASE, place)
        if frame is not None:
            doubtful = number % 5 == 1
            segment = replace(
                segment,
                movie=EVIL,
                tier=Tier.REVIEW if doubtful else Tier.EXACT,
                confidence=0.5 if doubtful else 0.99,
                mirrored=number % 3 == 1,
                crop=CROP if number % 2 else FULL_FRAME,
                alternatives=tuple(
                    other_place(CASE, 100 + r, movie=EVIL) for r in range(number % 3)
                ),
            )
        segments.append(segment)
    movies = tuple(replace(movie, name=EVIL) for movie in a_result(CASE).movies)
    return replace(a_result(CASE), frames=SEGMENTS * LENGTH, duration_s=600.0, movies=movies,
                   segments=tuple(segments), transcript=())  # fmt: skip


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    result = a_long_result()
    noise = np.random.default_rng(1).integers(0, 255, (8, 18, 32, 3), np.uint8)
    uris = [data_uri(np.kron(n, np.ones((8, 8, 1), np.uint8))) for n in noise]
    names = [f"{side}-{n}" for side in ("commentary", "movie") for n in ("start", "middle", "end")]
    names += ["movie-other0", "movie-other1"]
    pictures = {
        (number, name): uris[(number + at) % len(uris)]
        for number in range(SEGMENTS)
        for at, name in enumerate(names)
    }
    page = review_page(
        result,
        pictures,
        parts={EVIL: Rect(0, 0, 1, 1)},
        aspects={"": 16 / 9, EVIL: 16 / 9},
        result_name="'a result.json'",
    )
    path = tmp_path_factory.mktemp("sheet") / "review.html"
    path.write_text(page, "utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = _started(options)
    driver.set_window_size(1400, 1000)
    driver.set_script_timeout(60)
    yield driver
    driver.quit()


def _started(options: Any) -> Any:
    """A browser; on a machine that is busy it may not come up in time, and is started again."""
    from selenium import webdriver
    from selenium.common.exceptions import SessionNotCreatedException

    program = str(shutil.which("chromedriver"))
    for _ in range(2):
        with suppress(SessionNotCreatedException):
            return webdriver.Chrome(options=options, service=webdriver.ChromeService(program))
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(program))


@pytest.fixture
def page(browser: Any, sheet: Path) -> Any:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get(sheet.as_uri())
    # On a busy machine the page may be loaded before its script has shown anything.
    WebDriverWait(browser, 30).until(lambda b: b.find_elements(By.CSS_SELECTOR, "li.chosen"))
    return browser


PRESS = """
const [key, done] = arguments, start = performance.now();
document.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
const drawn = [...document.querySelectorAll("#detail img")].map((i) => i.decode().catch(() => 0));
Promise.all(drawn).then(() => requestAnimationFrame(() => requestAnimationFrame(
  () => done(performance.now() - start))));
"""


def press(page: Any, *keys: str) -> float:
    """Press keys one after the other; milliseconds until the last one is drawn."""
    return [page.execute_async_script(PRESS, key) for key in keys][-1]


def chosen(page: Any) -> int:
    return int(page.execute_script("return document.querySelector('li.chosen').dataset.n"))


def shown(page: Any) -> int:
    return page.execute_script("return document.querySelectorAll('#list li:not([hidden])').length")


def text(page: Any, selector: str) -> str:
    return page.execute_script("return document.querySelector(arguments[0]).textContent", selector)


def test_a_sheet_of_400_segments_sends_nothing_and_logs_no_error(page: Any, sheet: Path) -> None:
    events = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = {
        e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"
    }
    assert {url for url in asked if not url.startswith("data:")} <= {sheet.as_uri()}
    assert page.get_log("browser") == []
    assert page.title == "recap.mp4 – SyncClip review"
    assert (shown(page), chosen(page)) == (SEGMENTS, 1)


def test_keys_walk_through_segments_and_to_those_that_want_a_look(page: Any) -> None:
    press(page, "j", "ArrowDown")
    assert chosen(page) == 3
    press(page, "k")
    assert chosen(page) == 2
    press(page, "n")
    assert chosen(page) == 7
    press(page, "n")
    assert chosen(page) == 10  # in no movie
    press(page, "p")
    assert chosen(page) == 7
    press(page, "End")
    assert chosen(page) == SEGMENTS
    press(page, "j")
    assert chosen(page) == SEGMENTS
    press(page, "Home")
    assert chosen(page) == 1


def test_filters_show_what_they_say(page: Any) -> None:
    for key, name, count in (("2", "review", 80), ("3", "unmatched", 40), ("4", "low", 80)):
        press(page, key)
        assert shown(page) == count
        button = f"[data-filter={name}][aria-pressed=true]"
        assert page.execute_script("return !!document.querySelector(arguments[0])", button)
        assert text(page, "#count") == f"{count} of {SEGMENTS} segments"
    press(page, "3")
    assert chosen(page) == 10
    press(page, "j")
    assert chosen(page) == 20  # walks through what is shown
    press(page, "1")
    assert shown(page) == SEGMENTS


def test_a_segment_shows_three_moments_side_by_side_with_its_crop(page: Any) -> None:
    press(page, "j")
    assert text(page, "#detail h2").startswith("Segment 2 review 50 %")
    cells = page.execute_script("return document.querySelectorAll('.moments .frame').length")
    assert cells == 9
    box = page.execute_script(
        "const b = document.querySelector('.moments .box'), f = b.parentElement;"
        "const s = (v) => parseFloat(v); return [s(b.style.left), s(b.style.top),"
        "s(b.style.width), s(b.style.height)]"
    )
    assert box == pytest.approx([10, 20, 75, 75])
    flipped = page.execute_script("return !!document.querySelector('.difference .fit.mirror')")
    assert flipped
    facts = text(page, ".facts")
    for fact in ("mirror yes", "crop 75.0 × 75.0 % at 10.0, 20.0", "frames 45 – 90", EVIL):
        assert fact in facts
    press(page, "d")
    assert not page.execute_script("return !!document.querySelector('.difference')")


def test_the_difference_of_equal_pictures_is_black(page: Any) -> None:
    script = """
    const done = arguments[0], uri = picturesOf(0).get("commentary-start");
    const names = ["commentary-start", "movie-start"];
    stored[0].textContent = names.map((name) => `${name}=${uri}`).join("\\n");
    choose(0);
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const box = document.querySelector(".difference").getBoundingClientRect();
      done([box.x, box.y, box.width, box.height]);
    }));
    """
    x, y, width, height = page.execute_async_script(script)
    picture = screen(page)
    inside = picture[round(y) + 4 : round(y + height) - 4, round(x) + 4 : round(x + width) - 4]
    assert inside.max() <= 8


def screen(page: Any) -> np.ndarray:
    """What the window shows, in grey."""
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(page.get_screenshot_as_png())).convert("L"))


def a_scene(width: int, height: int, turned: float) -> np.ndarray:
    """Soft waves: they survive being scaled and made JPEG."""
    y, x = np.mgrid[:height, :width] / height
    waves = [127 + 100 * np.sin(3 * x + k * y + turned + k) for k in (2, 5, 7)]
    return np.stack(waves, axis=-1).astype(np.uint8)


def box_of(page: Any, selector: str) -> tuple[float, ...]:
    """Left, top, width and height in the window."""
    script = (
        "const b = document.querySelector(arguments[0]).getBoundingClientRect();"
        "return [b.x, b.y, b.width, b.height]"
    )
    return tuple(page.execute_script(script, selector))


def within(box: tuple[float, ...], frame: tuple[float, ...]) -> list[float]:
    """A box in fractions of another."""
    (x, y, w, h), (left, top, width, height) = box, frame
    return [(x - left) / width, (y - top) / height, w / width, h / height]


def pixels(box: tuple[float, ...], margin: int) -> tuple[slice, slice]:
    """A box in a screenshot, smaller by a margin."""
    x, y, w, h = box
    return (
        slice(round(y) + margin, round(y + h) - margin),
        slice(round(x) + margin, round(x + w) - margin),
    )


def a_split_sheet(path: Path, pane: Rect, crop: Rect, *, mirrored: bool) -> Path:
    """One segment whose pane shows the crop of a film as it is, and one of the whole picture."""
    film, recap = a_scene(256, 144, 0), a_scene(256, 144, 2)
    shown, into = (pixels((256 * r.x, 144 * r.y, 256 * r.w, 144 * r.h), 0) for r in (crop, pane))
    recap[into] = film[shown][:, ::-1] if mirrored else film[shown]
    result = a_result(CASE)
    segment = replace(result.segments[1], pane=pane, crop=crop, mirrored=mirrored)
    uris = {"commentary": data_uri(recap), "movie": data_uri(film)}
    html = review_page(
        replace(result, segments=(segment, replace(segment, pane=FULL_FRAME, crop=FULL_FRAME))),
        {(n, f"{side}-start"): uri for side, uri in uris.items() for n in (0, 1)},
        parts={"film.mov": FULL_FRAME},
        aspects={"": 16 / 9, "film.mov": 16 / 9},
        result_name="r.json",
    )
    path.write_text(html, "utf-8")
    return path


MIDDLE, BAND = Rect(0.25, 0, 0.5, 1), Rect(0, 0.25, 1, 0.5)


@pytest.mark.parametrize(
    ("pane", "crop", "mirrored"),
    [
        (Rect(0.5, 0, 0.5, 1), MIDDLE, True),
        (Rect(0.25, 0, 0.5, 1), MIDDLE, False),
        (Rect(0, 0.5, 1, 0.5), BAND, False),
    ],
)
def test_a_pane_of_a_split_screen_is_compared_in_its_place(
    browser: Any, tmp_path: Path, pane: Rect, crop: Rect, mirrored: bool
) -> None:
    browser.get(a_split_sheet(tmp_path / "r.html", pane, crop, mirrored=mirrored).as_uri())
    press(browser, "Home")
    still, marked = box_of(browser, ".moments .frame"), box_of(browser, ".moments .frame .box")
    frame, inside = box_of(browser, ".split"), box_of(browser, ".pane.difference")
    assert within(marked, still) == pytest.approx(pane.as_list(), abs=0.01)
    assert within(inside, frame) == pytest.approx(pane.as_list(), abs=0.01)
    assert "pane of a split screen" in text(browser, ".facts")
    shown = screen(browser)
    # Equal but for JPEG; it is drawn 2.2 times as bright.
    assert np.percentile(shown[pixels(inside, 3)], 99) <= 40
    rest = np.zeros(shown.shape, bool)
    rest[pixels(frame, 3)] = True
    rest[pixels(inside, -3)] = False
    assert np.unique(shown[rest]).size == 1  # nothing is compared there: the page's own ground
    press(browser, "d")
    again = screen(browser)
    down, right = (round(a - b) for a, b in zip(frame[1::-1], still[1::-1], strict=True))
    commentary = np.roll(again, (down, right), (0, 1))[pixels(inside, 3)]
    assert np.corrcoef(again[pixels(inside, 3)].ravel(), commentary.ravel())[0, 1] > 0.95


def test_the_whole_picture_is_compared_without_a_pane(browser: Any, tmp_path: Path) -> None:
    pane = Rect(0.5, 0, 0.5, 1)
    browser.get(a_split_sheet(tmp_path / "r.html", pane, MIDDLE, mirrored=False).as_uri())
    for keys in ("End",), ("d",):
        press(browser, *keys)
        found = browser.execute_script("return document.querySelector('.pane, .split, .box')")
        assert found is None
        fit, frame = box_of(browser, ".moments .fit"), box_of(browser, ".frame:has(> .fit)")
        assert within(fit, frame) == pytest.approx([0, 0, 1, 1])
    assert "pane" not in text(browser, ".facts")


def test_alternatives_are_compared_one_after_the_other(page: Any) -> None:
    press(page, "j", "j")
    assert text(page, "#detail h2").startswith("Segment 3")
    assert page.execute_script("return document.querySelectorAll('.others button').length") == 2
    press(page, "a")
    assert "compared with alternative 1" in text(page, "#detail h2")
    press(page, "a")
    assert "compared with alternative 2" in text(page, "#detail h2")
    assert "syncclip review 'a result.json' swap 3 --to 2" in text(page, ".commands")
    press(page, "a")
    assert "compared" not in text(page, "#detail h2")


def test_what_is_in_no_movie_shows_the_commentary_alone(page: Any) -> None:
    press(page, "3")
    assert page.execute_script("return document.querySelectorAll('.moments .frame').length") == 3
    assert "set 10 --movie MOVIE --start SECONDS" in text(page, ".commands")


def test_clicks_on_rows_and_plots_choose_segments(page: Any) -> None:
    page.execute_script("document.querySelectorAll('#list li')[41].click()")
    assert chosen(page) == 42
    line = "document.querySelector('#match line[data-n=\"17\"]')"
    page.execute_script(f"{line}.dispatchEvent(new MouseEvent('click', {{bubbles: true}}))")
    assert chosen(page) == 17


def test_help_lists_the_keys_and_closes_again(page: Any) -> None:
    press(page, "?")
    assert page.execute_script("return document.getElementById('help').open")
    press(page, "j")
    assert chosen(page) == 1  # keys wait while it is open
    press(page, "?")
    assert not page.execute_script("return document.getElementById('help').open")


CONTRAST = """
const lightness = (colour) => {
  const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const clear = /, 0\\)|transparent/;
return arguments[0].map((selector) => {
  const element = document.querySelector(selector);
  let behind = element;
  while (clear.test(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
  const colours = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
  const pair = colours.map(lightness);
  return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
});
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_light_and_dark(page: Any, scheme: str) -> None:
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    names = ["h1", "#count", ".facts span", ".tier.exact", ".tier.review", ".tier.unmatched",
             "li.chosen .times", "[data-filter=all]", "figcaption", ".commands code"]  # fmt: skip
    ratios = dict(zip(names, page.execute_script(CONTRAST, names), strict=True))
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert {name: ratio for name, ratio in ratios.items() if ratio < 4.5} == {}  # WCAG 2.2 AA


KEYS = {
    "j": "next", "k": "previous", "n": "next to review", "p": "previous to review",
    "End": "last", "Home": "first", "1": "all", "2": "only to review", "3": "only in no movie",
    "4": "only doubtful", "a": "compare", "d": "difference", "?": "help",
}  # fmt: skip


def test_how_long_every_interaction_takes_is_measured(
    page: Any, sheet: Path, record_property: Any
) -> None:
    timing = "const n = performance.getEntriesByType('navigation')[0]; return n.loadEventEnd"
    took = {"load": page.execute_script(timing)}
    for key in ("j", "k", "n", "p", "End", "Home", "2", "3", "4", "1", "n", "a", "d", "?"):
        took[key] = max(took.get(key, 0.0), press(page, key))
    size = sheet.stat().st_size / 1e6
    named = {KEYS.get(key, key): milliseconds for key, milliseconds in took.items()}
    keep_times(
        "interactions-sheet", f"review sheet of {SEGMENTS} segments, {size:.1f} MB", named,
        record_property, test="tests/integration/test_sheet_browser.py -k interaction",
        unasked=("load",),
    )  # fmt: skip
    assert all(value > 0 for value in took.values())
