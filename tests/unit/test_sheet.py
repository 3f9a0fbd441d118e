"""The review sheet without a browser: which frames, what stands in the page, and nothing unsafe."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from syncclip.result import MatchResult, Tier
from syncclip.sheet import data_uri, moments, picture_size, review_page
from syncclip.sheet.plots import HEIGHT, WIDTH, confidence_bars, match_plot
from syncclip.types import FULL_FRAME, Rect
from tests.unit.timelines_cases import CASES, a_result

CASE = CASES["24 in 30"]
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}&amp;.mov'


def page(result: MatchResult, **changes: object) -> str:
    facts: dict = {
        "parts": {movie.name: FULL_FRAME for movie in result.movies},
        "aspects": {"": 16 / 9, **{movie.name: 16 / 9 for movie in result.movies}},
        "result_name": "r.json",
    }
    pictures = {(0, "commentary-start"): "data:image/jpeg;base64,AAAA"}
    return review_page(result, pictures, **(facts | changes))


def block(html: str, name: str) -> object:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', html, re.S)
    return json.loads(found[1])


def test_three_frames_of_every_segment_and_one_of_every_alternative_are_shown() -> None:
    result = a_result(CASE)
    shown = list(moments(result.segments, np.arange(700) / 30))
    second = [(m.name, m.commentary_s, m.movie_s) for m in shown if m.segment == 1]
    start_s = result.segments[1].movie_start_s
    assert second == [
        ("start", pytest.approx(100 / 30), pytest.approx(start_s)),
        ("middle", pytest.approx(139 / 30), pytest.approx(start_s + 1.25 * 39 / 30)),
        ("end", pytest.approx(179 / 30), pytest.approx(start_s + 1.25 * 79 / 30)),
    ]
    assert [m.movie_s for m in shown if m.segment == 2] == [None, None, None]
    others = [m for m in shown if m.name.startswith("other")]
    assert [(m.segment, m.name, m.commentary_s) for m in others] == [
        (6, "other0", None),
        (6, "other1", None),
    ]
    assert others[0].movie_s == pytest.approx(500 / 24 + 112 / 30)


def test_pictures_have_about_the_same_area_whatever_their_shape() -> None:
    for aspect in (16 / 9, 9 / 16, 4 / 3, 2.4):
        width, height = picture_size(aspect)
        assert width % 2 == height % 2 == 0
        assert width / height == pytest.approx(aspect, rel=0.02)
        assert width * height == pytest.approx(256 * 144, rel=0.03)


def test_a_picture_survives_in_its_uri() -> None:
    picture = np.zeros((36, 64, 3), np.uint8)
    picture[:, :32] = (200, 30, 30)
    kind, _, data = data_uri(picture).partition(",")
    assert kind == "data:image/jpeg;base64"
    again = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    assert np.abs(again.astype(int) - picture).mean() < 4


def test_names_and_words_of_strangers_never_become_markup() -> None:
    result = a_result(CASE)
    movies = tuple(replace(movie, name=EVIL) for movie in result.movies)
    segments = tuple(
        replace(s, movie=None if s.movie is None else EVIL, alternatives=())
        for s in result.segments
    )
    lines = tuple(replace(line, text=EVIL) for line in result.transcript)
    evil = replace(result, commentary=f"/x/{EVIL.replace('/', '')}", movies=movies,
                   segments=segments, transcript=lines, notes=(EVIL,))  # fmt: skip
    html = page(evil, result_name=EVIL)
    assert html.count("<script") == page(result).count("<script")
    assert "<img" not in html
    assert "alert(1)</script>" not in html
    assert "49" not in re.sub(r"[\d.]{3,}", "", block(html, "segments")[0]["place"]["movie"])
    assert block(html, "segments")[0]["place"]["movie"] == EVIL
    assert block(html, "facts")["result"] == EVIL


def test_the_page_allows_its_own_script_and_nothing_else() -> None:
    html = page(a_result(CASE))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1]
    script = re.findall(r"<script>(.*?)</script>", html, re.S)
    assert len(script) == 1
    digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert policy == (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'"
    )
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", html)


def test_the_page_knows_crops_in_fractions_of_the_whole_picture() -> None:
    result = a_result(CASE)
    rows = block(page(result, parts={"film.mov": Rect(0, 0.1, 1, 0.8)}), "segments")
    assert rows[3]["place"]["crop"] == [0.1, 0.2, 0.75, 0.75]
    assert rows[3]["place"]["shown"] == pytest.approx([0.1, 0.1 + 0.16, 0.75, 0.6])
    assert rows[2]["place"] == {}
    assert [other["frame"] for other in rows[6]["others"]] == [500, 1500]
    assert rows[0]["spoken"] == "Once <upon> a time"


def test_the_page_knows_where_the_picture_stands_in_a_split_screen() -> None:
    result = a_result(CASE)
    segments = list(result.segments)
    for number in (1, 2):  # the latter is in no movie
        segments[number] = replace(segments[number], pane=Rect(0.5, 0, 0.5, 0.6))
    html = page(replace(result, segments=tuple(segments)))
    panes = [row["pane"] for row in block(html, "segments")]
    assert panes == [[0.5, 0, 0.5, 0.6] if n in (1, 2) else [0, 0, 1, 1] for n in range(8)]
    edits = re.findall(r'<span class="edits">(.*?)</span>', html)
    assert ["pane" in each for each in edits] == [n in (1, 2) for n in range(8)]


def test_pictures_stay_text_until_they_are_looked_at() -> None:
    html = page(a_result(CASE))
    blocks = re.findall(r'<script type="text/plain" class="pictures">(.*?)</script>', html, re.S)
    assert len(blocks) == 8
    assert blocks[0] == "commentary-start=data:image/jpeg;base64,AAAA"


def test_the_plot_runs_over_commentary_and_movie_time() -> None:
    result = a_result(CASE)
    plot = match_plot(result)
    assert [line.number for line in plot.lines] == [1, 2, 4, 5, 6, 7]
    assert [number for number, _, _ in plot.holes] == [3, 8]
    first, last = plot.lines[0], plot.lines[-1]
    assert (first.x1, last.x2) == (0, pytest.approx(WIDTH * 650 / 700, abs=0.02))
    assert first.y1 > last.y1  # later in the movie is higher up
    assert all(0 <= y <= HEIGHT for line in plot.lines for y in (line.y1, line.y2))
    assert (first.hue, last.hue) == (48, 112)
    bars = confidence_bars(result)
    assert len(bars) == 8
    assert bars[2].y1 == bars[2].y2  # what is in no movie has no confidence


def test_every_tier_is_counted_in_the_head() -> None:
    html = page(a_result(CASE))
    counts = dict(re.findall(r'<span class="tier (\w+)">(\d+) \1</span>', html))
    assert counts == {tier.value: n for tier, n in zip(Tier, "0512", strict=True)}
