"""Jumps over long holes, and borders found in real files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from syncclip.types import PixelRect
from syncclip.video import find_content, find_transitions, open_video
from syncclip.video._seek import seek_before
from syncclip.video._source import Source
from tests import media

OPEN_GOP = {"x264-params": "bframes=3:keyint=24:min-keyint=24:scenecut=0:open-gop=1"}


@pytest.fixture(scope="module", params=["long.mp4", "long.ts", "long.mkv"])
def long_clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("long") / request.param
    return media.film(
        path, seed=6, shots=4, seconds=40, rate=12, size=(96, 54), numbered=True, options=OPEN_GOP
    )


def test_frames_beyond_long_holes(long_clip: media.Clip) -> None:
    wanted = [5, 6, 200, 201, 330, 479]
    with open_video(long_clip.path, threads=1) as reader:
        pts = np.concatenate([b.pts for b in reader.thumbnails(size=(8, 8))])
        for n, frame in zip(wanted, reader.frames([int(pts[n]) for n in wanted]), strict=True):
            picture = np.frombuffer(frame.planes[0], np.uint8).reshape(54, 96)
            assert media.read_number(picture) == n
        assert tuple(reader.gaps) == ()


def test_samples_beyond_long_holes(long_clip: media.Clip) -> None:
    times = [0.0, 0.05, 9.99, 10.0, 25.04, 39.95, 100.0]
    with open_video(long_clip.path, threads=1) as reader:
        read = [media.read_number(rgb[..., 1]) for _, rgb in reader.sample(times)]
    assert read == [0, 0, 119, 120, 300, 479, 479]


def test_a_resumed_reading_equals_an_unbroken_one(long_clip: media.Clip) -> None:
    with open_video(long_clip.path, threads=1) as reader:
        blocks = list(reader.thumbnails(size=(16, 9)))
        pts = np.concatenate([b.pts for b in blocks])
        grey = np.concatenate([b.grey for b in blocks])
        for start in range(1, 480, 53):
            later = list(reader.thumbnails(size=(16, 9), from_pts=int(pts[start]), block=64))
            assert np.array_equal(np.concatenate([b.pts for b in later]), pts[start:])
            assert np.array_equal(np.concatenate([b.grey for b in later]), grey[start:])


@pytest.mark.parametrize(
    ("name", "codec", "gop", "afresh"),
    [
        ("a.mp4", "libx264", "open-gop=0", True),  # units after their lengths
        ("a.ts", "libx264", "open-gop=0", True),  # units after start codes
        ("a.mp4", "libx264", "open-gop=1", False),
        ("a.mp4", "libx265", "open-gop=0", True),
        ("a.mkv", "libx265", "open-gop=1", False),
        ("a.avi", "mpeg4", "", False),  # of other codecs it is not known
    ],
)
def test_a_reading_begins_at_the_last_key_frame_that_needs_none_before_it(
    tmp_path: Path, name: str, codec: str, gop: str, afresh: bool
) -> None:
    keys = f"bframes=3:keyint=24:min-keyint=24:scenecut=0:log-level=none:{gop}"
    options = {"libx264": {"x264-params": keys}, "libx265": {"x265-params": keys}}
    clip = media.film(
        tmp_path / name,
        shots=2,
        seconds=5,
        size=(96, 54),
        codec=codec,
        options=options.get(codec, {"g": "24"}),
    )
    with open_video(clip.path, threads=1) as reader:
        (whole,) = reader.thumbnails(size=(16, 9))
        middle = int(whole.pts[80])
        (later,) = reader.thumbnails(size=(16, 9), from_pts=middle)
    assert np.array_equal(later.grey, whole.grey[80:])
    with Source(clip.path) as source:
        trusted = seek_before(source, middle)
        assert trusted is None or trusted <= middle
        begun = next(p for p in source.container.demux(source.stream) if p.is_keyframe)
    assert (begun.pts == trusted) == afresh


def test_cuts_of_an_encoded_film_are_found(long_clip: media.Clip) -> None:
    with open_video(long_clip.path, threads=1) as reader:
        grey = np.concatenate([b.grey for b in reader.thumbnails(size=(64, 36))])
    found = [t.frame for t in find_transitions(grey) if t.kind == "cut"]
    assert set(long_clip.cuts) <= set(found)
    assert len(found) <= len(long_clip.cuts) + 1


@pytest.mark.parametrize("keyint", ["12", "250"])  # many key frames, one key frame
def test_a_letterbox_is_found_in_a_file(tmp_path: Path, keyint: str) -> None:
    clip = media.film(
        tmp_path / "letterbox.mp4",
        shots=10,
        seconds=10,
        size=(160, 90),
        change=lambda picture, _: media.with_bars(picture, top=11),
        options={"x264-params": f"keyint={keyint}:scenecut=0"},
    )
    with open_video(clip.path, threads=1) as reader:
        rect = find_content(reader)
    assert (rect.x, rect.w) == (0, 160)
    assert abs(rect.y - 11) <= 1
    assert abs(rect.y + rect.h - 79) <= 1


def test_blurred_bars_are_found_where_the_key_frames_are_few(tmp_path: Path) -> None:
    """Of eight key frames three are foreign: of the whole video hardly any picture is."""
    keys = tuple(range(0, 192, 24))
    foreign = set(keys[:3])

    def change(picture: media.Picture, number: int) -> media.Picture:
        if number in foreign:
            return np.full((320, 180, 3), 128, np.uint8)
        return media.on_blur(picture, (180, 320))[0]

    clip = media.film(
        tmp_path / "vertical.mp4",
        shots=8,
        seconds=8,
        size=(320, 180),
        change=change,
        options={"x264-params": "keyint=24:min-keyint=24:scenecut=0"},
    )
    with open_video(clip.path, threads=1) as reader:
        rect = find_content(reader)
    assert (rect.x, rect.w) == (0, 180)
    assert abs(rect.h - 101) <= 4
    assert abs(rect.y - 110) <= 3


def test_the_borders_of_a_turned_film_are_in_displayed_pixels(tmp_path: Path) -> None:
    clip = media.film(
        tmp_path / "turned.mp4",
        shots=10,
        seconds=10,
        size=(160, 90),
        change=lambda picture, _: np.rot90(media.with_bars(picture, left=20), 1),
        rotation=90,
        options={"x264-params": "keyint=12"},
    )
    with open_video(clip.path, threads=1) as reader:
        rect = find_content(reader)
    assert (rect.y, rect.h) == (0, 90)
    assert abs(rect.x - 20) <= 1
    assert abs(rect.x + rect.w - 140) <= 1


def test_the_borders_of_one_frame_are_not_guessed(clip) -> None:
    with open_video(clip("one_frame").path) as reader:
        assert find_content(reader) == PixelRect(0, 0, 160, 90)
