"""The contract that every reader keeps on every clip, or refuses the clip."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from syncclip.contracts import VideoReader
from syncclip.errors import MissingDependencyError, SettingsError, VideoError
from syncclip.types import ColourWish, PixelRect
from syncclip.video import READERS, frame_times, open_video
from tests import media

DECORD_REFUSES = {"ten_bit", "av1", "edit_list", "mpeg_ts", "avi_b_frames"}
READ = [
    (reader, name)
    for reader in READERS
    for name in media.VARIANTS
    if reader == "pyav" or name not in DECORD_REFUSES
]
Clips = Callable[[str], media.Clip]


def everything(
    reader: VideoReader, size: tuple[int, int], **how: object
) -> tuple[np.ndarray, np.ndarray]:
    blocks = list(reader.thumbnails(size=size, **how))
    assert blocks, "no frames"
    return np.concatenate([b.pts for b in blocks]), np.concatenate([b.grey for b in blocks])


def luma(planes: bytes, width: int, height: int) -> np.ndarray:
    if len(planes) == width * height:
        return np.frombuffer(planes, np.uint8).reshape(height, width)
    return (np.frombuffer(planes, "<u2").reshape(height, width) >> 2).astype(np.uint8)  # 10 bits


@pytest.fixture(params=READ, ids=lambda p: f"{p[0]}-{p[1]}")
def opened(request: pytest.FixtureRequest, clip: Clips):
    kind, name = request.param
    if kind == "decord":
        pytest.importorskip("decord")
    made = clip(name)
    with open_video(made.path, reader=kind, threads=1) as reader:
        yield reader, made


def test_stream_facts(opened) -> None:
    reader, clip = opened
    info = reader.info
    assert (info.width_px, info.height_px) == clip.size
    assert info.path == clip.path
    assert info.sample_aspect == 1
    if "variable" not in clip.path.name:
        assert float(info.frame_rate) == pytest.approx(float(clip.rate), rel=0.02)
    assert not info.has_audio


def test_every_frame_comes_once_in_order(opened) -> None:
    reader, clip = opened
    _, grey = everything(reader, clip.size)
    assert tuple(media.read_number(picture) for picture in grey) == clip.numbers


def test_times_are_exact(opened) -> None:
    reader, clip = opened
    pts, _ = everything(reader, (16, 9))
    tick_s = float(reader.info.time_base)
    assert np.all(np.diff(pts) > 0)
    seconds = [reader.info.seconds(int(p)) for p in pts]
    assert seconds == pytest.approx([float(t) for t in clip.times_s], abs=tick_s)
    times = frame_times(reader.info, pts)
    assert times.end_s > seconds[-1]
    assert times.frame_at(np.array(seconds)).tolist() == list(range(len(pts)))


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_reading_from_the_middle_gives_the_same_pixels(opened, share: float) -> None:
    reader, _ = opened
    pts, grey = everything(reader, (32, 18))
    middle = int(share * len(pts))
    for start in {middle, min(middle + 1, len(pts) - 1)}:
        later_pts, later_grey = everything(reader, (32, 18), from_pts=int(pts[start]))
        assert np.array_equal(later_pts, pts[start:])
        assert np.array_equal(later_grey, grey[start:])


def test_blocks_hold_at_most_what_was_asked(opened) -> None:
    reader, clip = opened
    sizes = [len(block.pts) for block in reader.thumbnails(size=(16, 9), block=7)]
    assert sum(sizes) == len(clip.numbers)
    assert all(size == 7 for size in sizes[:-1])
    assert sizes[-1] <= 7


def test_frames_are_the_ones_asked_for(opened) -> None:
    reader, clip = opened
    pts, _ = everything(reader, (16, 9))
    wanted = sorted({0, len(pts) // 3, len(pts) // 3 + 1 if len(pts) > 2 else 0, len(pts) - 1})
    frames = list(reader.frames([int(pts[n]) for n in wanted]))
    assert [f.pts for f in frames] == [int(pts[n]) for n in wanted]
    for n, frame in zip(wanted, frames, strict=True):
        assert (frame.width_px, frame.height_px) == clip.size
        picture = luma(frame.planes[0], *clip.size)
        assert media.read_number(picture) == clip.numbers[n]


def test_frame_planes_have_no_padding(opened) -> None:
    reader, clip = opened
    pts, _ = everything(reader, (16, 9))
    frame = next(iter(reader.frames([int(pts[0])])))
    deep = 2 if "10" in frame.pixel_format else 1
    width, height = clip.size
    assert [len(plane) for plane in frame.planes] == [
        width * height * deep,
        (width // 2) * (height // 2) * deep,
        (width // 2) * (height // 2) * deep,
    ]


def test_a_timestamp_without_a_frame_is_an_error(opened) -> None:
    reader, _ = opened
    pts, _ = everything(reader, (16, 9))
    with pytest.raises(VideoError, match="no frame at timestamp"):
        list(reader.frames([int(pts[-1]) + 10_000_000]))


def test_samples_are_on_screen_at_the_times(opened) -> None:
    reader, clip = opened
    starts = [float(t) for t in clip.times_s]
    wanted = sorted({0, len(starts) // 2, len(starts) - 1})
    times = [starts[n] + 0.004 for n in wanted]
    for n, (_, rgb) in zip(wanted, reader.sample(times), strict=True):
        assert rgb.shape == (clip.size[1], clip.size[0], 3)
        assert media.read_number(rgb[..., 1]) == clip.numbers[n]


def test_thumbnails_are_the_box_mean_of_the_picture(opened) -> None:
    reader, clip = opened
    _, full = everything(reader, clip.size)
    _, small = everything(reader, (10, 10) if clip.size[0] < clip.size[1] else (20, 10))
    n, height, width = full.shape
    h, w = small.shape[1:]
    mean = full.reshape(n, h, height // h, w, width // w).mean((2, 4))
    # Below the number: its blocks ring over black and white, where the full size is clipped.
    assert np.abs(mean - small)[:, 2:].max() <= 1.1


def test_frames_that_are_wanted_come_in_colour_too(opened) -> None:
    reader, clip = opened
    asked: list[int] = []

    def wanted(pts: int, grey: np.ndarray) -> bool:
        assert grey.shape == (9, 16)
        asked.append(pts)
        return len(asked) % 3 == 1

    wish = ColourWish(size=clip.size, wanted=wanted)
    blocks = list(reader.thumbnails(size=(16, 9), block=7, colour=wish))
    assert asked == np.concatenate([block.pts for block in blocks]).tolist()
    assert sum(len(block.pts) for block in blocks) == len(clip.numbers)
    coloured = [block.colour for block in blocks if block.colour is not None]
    pts = np.concatenate([colour.pts for colour in coloured]).tolist()
    rgb = np.concatenate([colour.rgb for colour in coloured])
    assert pts == asked[::3]
    assert rgb.shape == (len(pts), clip.size[1], clip.size[0], 3)
    assert tuple(media.read_number(picture[..., 1]) for picture in rgb) == clip.numbers[::3]
    # The very pictures of a look at these times, within the rounding of two scalers.
    seconds = [reader.info.seconds(p) for p in pts]
    sampled = np.stack([picture for _, picture in reader.sample(seconds, size=clip.size)])
    assert np.abs(sampled.astype(int) - rgb).max() <= 2


def test_a_crop_is_the_part_of_the_picture_that_is_shown(opened) -> None:
    reader, clip = opened
    crop = PixelRect(13, 22, 51, 47)  # odd on purpose: chroma is subsampled
    _, full = everything(reader, clip.size)
    _, part = everything(reader, (crop.w, crop.h), crop=crop)
    expected = full[:, crop.y : crop.y + crop.h, crop.x : crop.x + crop.w]
    assert np.abs(part.astype(int) - expected).max() <= 1


def test_a_crop_of_everything_changes_nothing(opened) -> None:
    reader, clip = opened
    _, whole = everything(reader, (32, 18))
    _, same = everything(reader, (32, 18), crop=PixelRect(0, 0, *clip.size))
    assert np.array_equal(whole, same)


def test_a_crop_outside_the_picture_is_refused(opened) -> None:
    reader, clip = opened
    with pytest.raises(SettingsError, match="leaves the picture"):
        next(reader.thumbnails(size=(4, 4), crop=PixelRect(1, 0, *clip.size)))


@pytest.mark.parametrize("name", sorted(DECORD_REFUSES))
def test_decord_refuses_what_it_gets_wrong(clip: Clips, name: str) -> None:
    pytest.importorskip("decord")
    path = clip(name).path
    with pytest.raises(VideoError, match=r"use --reader pyav$") as caught:
        open_video(path, reader="decord", threads=1)
    assert path.name in str(caught.value)


def test_decord_refuses_a_damaged_file(clip: Clips, tmp_path) -> None:
    pytest.importorskip("decord")
    path = media.truncated(clip("late_start"), tmp_path / "cut.mkv", keep=0.5)
    with pytest.raises(VideoError, match="use --reader pyav"):
        for _ in open_video(path, reader="decord", threads=1).thumbnails(size=(16, 9)):
            pass


def test_a_missing_decord_names_the_extra(clip: Clips, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "decord", None)
    with pytest.raises(MissingDependencyError, match=r"syncclip\[decord\]"):
        open_video(clip("b_frames").path, reader="decord")


def test_an_unknown_reader_is_refused(clip: Clips) -> None:
    with pytest.raises(SettingsError, match="pyav, decord"):
        open_video(clip("b_frames").path, reader="opencv")


def test_both_readers_give_nearly_the_same_grey(clip: Clips) -> None:
    pytest.importorskip("decord")
    for name in ("b_frames", "full_range", "rotated_90"):
        path = clip(name).path
        with open_video(path) as one, open_video(path, reader="decord") as other:
            _, a = everything(one, (32, 18))
            _, b = everything(other, (32, 18))
        assert np.abs(a.astype(int) - b).mean() < 1.5, name
