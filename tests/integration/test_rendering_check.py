"""The self-check on commentaries that are cropped, mirrored, subtitled, dissolved or dark."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from syncclip.config import RenderConfig
from syncclip.rendering import check_render
from syncclip.types import Rect
from syncclip.video import open_video
from tests.integration.test_rendering import (
    RATE,
    clips,
    numbered_frame,
    render,
    result_of,
    segment,
    write_clip,
)

__all__ = ["clips"]

CROP = Rect(0.0, 0.25, 0.75, 0.75)


def edited(number: int) -> np.ndarray:
    """A movie frame as a commentary shows it: cropped, enlarged, mirrored, darker, subtitled."""
    crop = numbered_frame(number)[24:, :120]
    rows, columns = np.arange(96) * 72 // 96, np.arange(160) * 120 // 160
    shown = 20 + 0.7 * crop[rows][:, columns][:, ::-1]
    shown[84:90, 30:130:2] = 255
    return shown.astype(np.uint8)


def check(clips, tmp_path, commentary, segments, rendered_with=None, **options):
    there = SimpleNamespace(movie=clips.movie, commentary=commentary)
    report = render(there, tmp_path, rendered_with or segments, audio="none", **options)
    return check_render(
        result_of(commentary, {"movie.mp4": clips.movie}, segments),
        rendered=report.output,
        commentary=commentary,
        movies={"movie.mp4": clips.movie},
        config=RenderConfig(**options),
        open_video=open_video,
    )


@pytest.fixture(scope="module")
def commentary(clips):
    """Movie frames 10 to 57, edited; then 12 dark frames; then 12 from no movie."""
    frames = [edited(10 + n) for n in range(48)]
    frames += [np.full((96, 160), 18, np.uint8)] * 12
    frames += [numbered_frame(200 + n, base=77) for n in range(12)]
    return write_clip(clips.folder / "edited.mp4", frames)


def line(start: int, end: int, first: int, **fields):
    fields = {"crop": CROP, "mirrored": True, **fields}
    return segment(start, end, movie="movie.mp4", movie_start_s=first / RATE, **fields)


@pytest.mark.parametrize("framing", ["movie", "commentary"])
def test_crop_mirror_and_subtitles_are_allowed_for_in_both_framings(
    clips, commentary, tmp_path, framing
):
    segments = (line(0, 48, 10), line(48, 60, 0), segment(60, 72))
    found = check(clips, tmp_path, commentary, segments, framing=framing)
    assert [part.verdict for part in found.segments] == ["good", "unmeasurable", "gap"]
    assert found.segments[0].correlation > 0.97
    assert found.segments[0].frames_measured == 48
    assert found.mean_correlation == pytest.approx(found.segments[0].correlation)
    assert found.passed


@pytest.mark.parametrize(
    "wrong",
    [line(0, 48, 10, mirrored=False), line(0, 48, 10, crop=Rect(0.25, 0, 0.75, 0.75)),
     line(0, 48, 40)],
    ids=["mirror", "crop", "place"],
)  # fmt: skip
def test_a_wrong_mirror_crop_or_place_falls_below_the_floor(clips, commentary, tmp_path, wrong):
    found = check(clips, tmp_path, commentary, (wrong, segment(48, 72)), framing="commentary")
    assert [part.number for part in found.below_floor] == [0]
    assert not found.passed


def test_a_missing_frame_fails_the_check(clips, commentary, tmp_path):
    segments = (line(0, 48, 10), segment(48, 72))
    short = write_clip(tmp_path / "short.mp4", [numbered_frame(n) for n in range(10, 81)])
    found = check_render(
        result_of(commentary, {"movie.mp4": clips.movie}, segments),
        rendered=short,
        commentary=commentary,
        movies={"movie.mp4": clips.movie},
        config=RenderConfig(),
        open_video=open_video,
    )
    assert (found.frames, found.frames_expected) == (71, 72)
    assert not found.below_floor
    assert not found.passed


def test_frames_inside_a_dissolve_are_left_out(clips, commentary, tmp_path):
    segments = (line(0, 24, 10), line(24, 48, 34, dissolve_in_frames=10), segment(48, 72))
    found = check(clips, tmp_path, commentary, segments)
    assert [part.frames_measured for part in found.segments] == [19, 19, 0]


def test_segments_retimed_on_request_are_not_compared(clips, commentary, tmp_path):
    segments = (line(0, 24, 10), line(24, 48, 34, speed=1.2), segment(48, 72))
    found = check(clips, tmp_path, commentary, segments, retime="none")
    assert [part.verdict for part in found.segments] == ["good", "retimed", "gap"]
