"""Split screens: found pane by pane, reported, and rebuilt out of the movie."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import syncclip
from syncclip.config import RenderConfig
from syncclip.pipeline import MatchOutcome
from syncclip.reports import read_result
from syncclip.result import Segment, Tier
from syncclip.types import Rect
from syncclip.video import open_video
from tests import media
from tests.edits import FILM_RATE, RATE, SIZE, Cut, Film

FILM = Film(seed=1)
OTHER = Film(seed=77, shots=3, seconds=6)
STARTS = FILM.starts()
WHOLE = Cut(FILM, STARTS[3] + 6, 50)
LEFT = Cut(FILM, STARTS[1] + 4, 60)
RIGHT = Cut(FILM, STARTS[4] + 5, 60, mirrored=True)
ABOVE = Cut(FILM, STARTS[2] + 4, 60, speed=1.2)
BELOW = Cut(OTHER, 10, 60)
"""Of no movie that is searched."""
SIDE_BY_SIDE, STACKED = (50, 110), (110, 170)
DIVIDED_AT = 0.6
"""Of the height: no simple fraction."""


def stacked() -> list[media.Picture]:
    """The upper 60 % of one picture over the lower 40 % of another."""
    line = round(SIZE[1] * DIVIDED_AT)
    pairs = zip(ABOVE.pictures(), BELOW.pictures(), strict=True)
    return [np.concatenate([above[:line], below[line:]]) for above, below in pairs]


def side_by_side() -> list[media.Picture]:
    """The middle halves of two pictures."""
    quarter = SIZE[0] // 4
    pairs = zip(LEFT.pictures(), RIGHT.pictures(), strict=True)
    middle = np.s_[:, quarter : SIZE[0] - quarter]
    return [np.concatenate([left[middle], right[middle]], axis=1) for left, right in pairs]


@pytest.fixture(scope="module", params=["movie", "commentary"])
def framing(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def outcome(framing: str, tmp_path_factory: pytest.TempPathFactory) -> MatchOutcome:
    folder = tmp_path_factory.mktemp("split")
    frames = itertools.chain(WHOLE.pictures(), side_by_side(), stacked())
    recap = folder / "recap.mp4"
    media.encode(recap, frames, rate=RATE, options={"preset": "veryfast", "crf": "22"})
    index = syncclip.index_movie(FILM.write(folder / "film.mp4"), folder / "film.idx").path
    return syncclip.match(
        recap,
        index,
        output=folder / "out",
        render=RenderConfig(preset="ultrafast", framing=framing),
        workers=2,
    )


def shown_by(segment: Segment) -> np.ndarray:
    """(frames,) film frame on screen along a segment."""
    passed_s = np.arange(segment.end_frame - segment.start_frame) / RATE
    at_s = segment.movie_start_s + segment.speed * passed_s
    return np.floor(at_s * FILM_RATE + 1e-3)


def pictures(path: Path) -> np.ndarray:
    with open_video(path) as video:
        return np.concatenate([b.grey for b in video.thumbnails(size=(64, 36))]).astype(float)


def test_every_pane_is_found_to_the_frame(outcome: MatchOutcome) -> None:
    result = outcome.result
    assert [(s.start_frame, s.end_frame) for s in result.segments] == [
        (0, 50), SIDE_BY_SIDE, STACKED
    ]  # fmt: skip
    assert [(s.start_frame, s.end_frame) for s in result.pane_segments] == [SIDE_BY_SIDE]
    one, other = result.segments[1], result.pane_segments[0]
    left, right = sorted((one, other), key=lambda s: s.pane.x)
    assert (left.pane, right.pane) == (Rect(0.0, 0.0, 0.5, 1.0), Rect(0.5, 0.0, 0.5, 1.0))
    above = result.segments[2]
    assert above.pane.as_list() == pytest.approx([0, 0, 1, DIVIDED_AT], abs=0.01)
    for segment, cut in ((left, LEFT), (right, RIGHT), (above, ABOVE)):
        assert np.abs(shown_by(segment) - cut.source_frames()).max() <= 1
        assert segment.mirrored == cut.mirrored
    for segment in (left, right):
        assert segment.crop.as_list() == pytest.approx([0.25, 0, 0.5, 1], abs=0.02)
    assert above.crop.as_list() == pytest.approx([0, 0, 1, DIVIDED_AT], abs=0.02)


def test_the_result_is_read_back_as_it_was(outcome: MatchOutcome) -> None:
    assert read_result(outcome.files["result"]).pane_segments == outcome.result.pane_segments


def test_the_video_shows_every_pane_in_its_place(outcome: MatchOutcome, framing: str) -> None:
    assert outcome.selfcheck is not None
    assert outcome.selfcheck.passed
    assert [check.verdict for check in outcome.selfcheck.segments] == ["good"] * 3
    ours, theirs = pictures(outcome.files["video"]), pictures(Path(outcome.result.commentary))
    kept = ours[STACKED[0] : STACKED[1], 24:], theirs[STACKED[0] : STACKED[1], 24:]
    assert np.abs(kept[0] - kept[1]).mean() < 4  # in no movie: the commentary's own picture
    divided = np.s_[SIDE_BY_SIDE[0] : SIDE_BY_SIDE[1]]
    left, right = ours[divided, :, :32], ours[divided, :, 32:]
    if framing == "movie":  # as the movie has it
        right = right[:, :, ::-1]
    for half, wanted in ((left, theirs[divided, :, :32]), (right, theirs[divided, :, 32:])):
        assert np.corrcoef(half.ravel(), wanted.ravel())[0, 1] > 0.95


def test_a_pane_that_shows_something_else_wants_review(
    outcome: MatchOutcome, framing: str, tmp_path: Path
) -> None:
    folder = tmp_path / "wrong"
    shutil.copytree(outcome.folder, folder)
    path = folder / outcome.files["result"].relative_to(outcome.folder)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["pane_segments"][0]["movie_start"] = STARTS[0] / FILM_RATE
    path.write_text(json.dumps(document), encoding="utf-8")
    done = syncclip.render(path, config=RenderConfig(preset="ultrafast", framing=framing))
    assert [check.number for check in done.selfcheck.below_floor] == [1]
    result = read_result(path)
    assert [s.tier for s in result.segments] == [
        Tier.REVIEW if number == 1 else s.tier for number, s in enumerate(outcome.result.segments)
    ]
    assert [s.tier for s in result.pane_segments] == [Tier.REVIEW]
    quality = (folder / "quality_report.txt").read_text(encoding="utf-8")
    assert "  #2 00:00:01.667" in quality
    assert syncclip.Review(path).accept(1)  # of another segment: the video is what it was
    assert "  #2 00:00:01.667" in (folder / "quality_report.txt").read_text(encoding="utf-8")
    document = json.loads(path.read_text(encoding="utf-8"))
    right = outcome.result.pane_segments[0].movie_start_s
    document["pane_segments"][0]["movie_start"] = right
    path.write_text(json.dumps(document), encoding="utf-8")
    assert read_result(path).outdated
    again = syncclip.render(path, config=RenderConfig(preset="ultrafast", framing=framing))
    assert again.selfcheck.passed
    mended = read_result(path)
    assert not mended.outdated
    assert mended.segments[1].tier is outcome.result.segments[1].tier
    assert mended.pane_segments[0].tier is outcome.result.pane_segments[0].tier
