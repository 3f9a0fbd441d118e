"""Small seeded video clips whose truth is known by construction.

:func:`film` writes a moving, textured film of several shots. With ``numbered=True`` every frame
carries its own number as a row of black and white blocks, which :func:`read_number` reads back from
a decoded picture, whatever the codec made of it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (height, width, 3) RGB

NUMBER_BITS = 12


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip and what is true of it."""

    path: Path
    size: tuple[int, int]
    """Displayed width and height in pixels."""
    rate: Fraction
    numbers: tuple[int, ...]
    """Number of each picture shown, in presentation order."""
    times_s: tuple[Fraction, ...]
    """When each picture comes on screen, in seconds as players count."""
    cuts: tuple[int, ...] = ()
    """First frame of every shot but the first."""


# --- pictures -----------------------------------------------------------------------------------


def _texture(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """(height, width, 3) cloud of five octaves in a palette of its own, 0 to 255."""
    cloud = np.zeros((height, width), np.float32)
    for octave in range(5):
        cells = 3 * 2**octave
        grid = rng.standard_normal((cells + 1, cells + 1)).astype(np.float32)
        y, x = np.linspace(0, cells, height), np.linspace(0, cells, width)
        iy, ix = np.minimum(y.astype(int), cells - 1), np.minimum(x.astype(int), cells - 1)
        fy, fx = (y - iy)[:, None], (x - ix)[None, :]
        rows = grid[iy] * (1 - fy) + grid[iy + 1] * fy
        cloud += (rows[:, ix] * (1 - fx) + rows[:, ix + 1] * fx) / 1.6**octave
    cloud = (cloud - cloud.mean()) / cloud.std()
    middle, spread = rng.uniform(70, 170, 3), rng.uniform(25, 60, 3) * rng.choice([-1, 1], 3)
    return np.clip(middle + cloud[:, :, None] * spread, 0, 255).astype(np.float32)


def shot(seed: Sequence[int], frames: int, size: tuple[int, int]) -> Iterator[Picture]:
    """A camera gliding over a textured set with two balls moving through it."""
    rng = np.random.default_rng(seed)
    width, height = size
    stage = _texture(rng, height * 3 // 2, width * 3 // 2)
    room = np.array([stage.shape[0] - height - 1, stage.shape[1] - width - 1], float)
    start, speed = rng.uniform(0.2, 0.8, 2) * room, rng.uniform(-0.9, 0.9, 2)
    balls = [(rng.uniform(0, 1, 2), rng.uniform(-0.02, 0.02, 2), rng.uniform(20, 235, 3))
             for _ in range(2)]  # fmt: skip
    rows, columns = np.mgrid[:height, :width]
    for number in range(frames):
        place = np.abs((start + speed * number + room) % (2 * room) - room)  # bounces at the edges
        (y, x), (fy, fx) = np.floor(place).astype(int), place % 1
        near = stage[y : y + height + 1, x : x + width + 1]
        near = near[:-1] * (1 - fy) + near[1:] * fy
        picture = near[:, :-1] * (1 - fx) + near[:, 1:] * fx
        for at, step, colour in balls:
            cy, cx = ((at + step * number) % 1) * (height, width)
            picture[(rows - cy) ** 2 + (columns - cx) ** 2 < (height / 7) ** 2] = colour
        yield picture.astype(np.uint8)


def shot_lengths(seed: int, shots: int, frames: int) -> list[int]:
    """Seeded lengths of ``shots`` shots that make ``frames`` in all."""
    shares = 0.4 + 0.6 * np.random.default_rng([seed, 7]).dirichlet(np.ones(shots)) * shots
    edges = np.rint(np.cumsum(shares) / shares.sum() * frames).astype(int)
    return np.diff(edges, prepend=0).tolist()


def pictures(seed: int, shots: int, frames: int, size: tuple[int, int]) -> Iterator[Picture]:
    """The pictures of a film; its shots have :func:`shot_lengths`."""
    for index, length in enumerate(shot_lengths(seed, shots, frames)):
        yield from shot([seed, index], length, size)


def number(picture: Picture, value: int) -> Picture:
    """Burn a number in along the top edge, as blocks an eighth of the picture's height."""
    picture = picture.copy()
    edges = np.rint(np.linspace(0, picture.shape[1], NUMBER_BITS + 1)).astype(int)
    for bit in range(NUMBER_BITS):
        picture[: picture.shape[0] // 8, edges[bit] : edges[bit + 1]] = 255 * (value >> bit & 1)
    return picture


def read_number(grey: NDArray[np.uint8]) -> int:
    """The number that :func:`number` burned into a picture of any size."""
    height, width = grey.shape
    block, strip = width / NUMBER_BITS, grey[: max(1, height // 10)].astype(float)
    middles = [int((bit + 0.5) * block) for bit in range(NUMBER_BITS)]
    return sum(int(strip[:, middle].mean() > 127) << bit for bit, middle in enumerate(middles))


def subtitle(picture: Picture, seed: int, *, bottom: float = 0.93) -> Picture:
    """Write a white line of seeded "letters" with dark edges near the bottom."""
    rng, picture = np.random.default_rng([seed, 99]), picture.copy()
    height, width = picture.shape[:2]
    tall, y = max(3, height // 14), int(height * bottom) - max(3, height // 14)
    x, end = int(width * rng.uniform(0.1, 0.25)), int(width * rng.uniform(0.7, 0.9))
    while x < end:
        wide = int(rng.integers(2, max(4, tall)))
        picture[y - 1 : y + tall + 1, x - 1 : x + wide + 1] = 0
        picture[y : y + tall, x : x + wide] = 255
        x += wide + max(2, tall // 3)
    return picture


def fit(picture: Picture, size: tuple[int, int]) -> Picture:
    """Resize by nearest neighbour."""
    rows = np.arange(size[1]) * picture.shape[0] // size[1]
    columns = np.arange(size[0]) * picture.shape[1] // size[0]
    return picture[rows][:, columns]


def with_bars(picture: Picture, *, top: int = 0, left: int = 0, level: int = 0) -> Picture:
    """Lay flat bars over the top and bottom, or over both sides."""
    picture = picture.copy()
    height, width = picture.shape[:2]
    picture[:top], picture[height - top :] = level, level
    picture[:, :left], picture[:, width - left :] = level, level
    return picture


def on_blur(picture: Picture, size: tuple[int, int]) -> tuple[Picture, tuple[int, int]]:
    """Place a picture in the middle of its own enlarged, blurred copy.

    Returns:
        The frame, and the first row of the sharp picture and the first row below it.
    """
    width, height = size
    big = fit(picture, (height * picture.shape[1] // picture.shape[0], height)).astype(float)
    left = (big.shape[1] - width) // 2
    back, reach = big[:, left : left + width], max(2, height // 24)
    for axis in (0, 1, 0, 1):
        pad = [(reach, reach) if a == axis else (0, 0) for a in range(3)]
        sums = np.cumsum(np.pad(back, pad, mode="edge"), axis=axis)
        sums = np.concatenate([np.zeros_like(np.take(sums, [0], axis)), sums], axis)
        span = 2 * reach + 1
        long = sums.shape[axis]
        back = (
            np.take(sums, range(span, long), axis) - np.take(sums, range(long - span), axis)
        ) / span
    middle = fit(picture, (width, width * picture.shape[0] // picture.shape[1]))
    top = (height - middle.shape[0]) // 2
    frame = back.astype(np.uint8)
    frame[top : top + middle.shape[0]] = middle
    return frame, (top, top + middle.shape[0])


# --- files --------------------------------------------------------------------------------------


def encode(
    path: Path,
    frames: Iterable[Picture],
    *,
    rate: Fraction | int = 24,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    pixel_format: str = "yuv420p",
    ticks: Sequence[int] | None = None,
    ticks_per_s: int | None = None,
    rotation: int = 0,
    container: str | None = None,
) -> int:
    """Write pictures to a video file.

    Args:
        path: The file.
        frames: RGB pictures of one even size.
        rate: Frames per second.
        codec: FFmpeg's encoder.
        options: The encoder's options; for x264 and x265 a fast preset is the default.
        pixel_format: FFmpeg's name.
        ticks: Timestamp of each frame for variable rates, in ``1 / ticks_per_s``.
        ticks_per_s: Unit of ``ticks``.
        rotation: Clockwise degrees that players must turn the picture by.
        container: FFmpeg's muxer where the suffix does not say.

    Returns:
        Frames written.
    """
    fast = {"preset": "ultrafast", "crf": "18"} if codec in ("libx264", "libx265") else {}
    unit = Fraction(1, ticks_per_s) if ticks_per_s else 1 / Fraction(rate)
    count = 0
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=Fraction(rate), options={**fast, **(options or {})})
        stream.pix_fmt = pixel_format
        stream.codec_context.time_base = unit
        stream.codec_context.thread_count = 1
        if rotation:
            stream.set_display_rotation(-rotation)
        for count, picture in enumerate(frames, 1):
            if count == 1:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts = ticks[count - 1] if ticks else count - 1
            frame.time_base = unit
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return count


def film(
    path: Path,
    *,
    seed: int = 1,
    shots: int = 6,
    seconds: float = 20,
    size: tuple[int, int] = (320, 180),
    rate: Fraction | int = 24,
    numbered: bool = False,
    change: Callable[[Picture, int], Picture] | None = None,
    **how: object,
) -> Clip:
    """Write a film of moving, textured shots.

    Args:
        path: The file; its suffix chooses the container.
        seed: Another seed, another film.
        shots: Number of shots.
        seconds: Length.
        size: Width and height in pixels, both even.
        rate: Frames per second.
        numbered: Burn every frame's number in.
        change: Called with each picture and its number, for subtitles, bars, flashes.
        how: Passed on to :func:`encode`.
    """
    frames = round(seconds * rate)
    made: Iterator[Picture] = pictures(seed, shots, frames, size)
    if change is not None:
        made = (change(picture, n) for n, picture in enumerate(made))
    if numbered:
        made = (number(picture, n) for n, picture in enumerate(made))
    encode(path, made, rate=rate, **how)  # type: ignore[arg-type]
    cuts = np.cumsum(shot_lengths(seed, shots, frames))[:-1]
    times = tuple(Fraction(n) / Fraction(rate) for n in range(frames))
    return Clip(path, size, Fraction(rate), tuple(range(frames)), times, tuple(cuts.tolist()))


def ffmpeg(*arguments: str | Path) -> None:
    """Run the ffmpeg program; raises with its own words where it fails."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")


def long_film(path: Path, *, times: int, **how: Any) -> Path:
    """Write a film that takes a while to read and none to make: the same seconds again and again.

    Args:
        path: The file; its suffix chooses the container.
        times: How often they come.
        how: Of what comes: passed on to :func:`film`.
    """
    once = path.with_name(f"once-{path.name}")
    film(once, **how)
    ffmpeg("-stream_loop", str(times - 1), "-i", once, "-c", "copy", path)
    once.unlink()
    return path


# --- clips that readers get wrong ---------------------------------------------------------------

_SMALL = {"seed": 3, "shots": 2, "seconds": 2.5, "size": (160, 90), "numbered": True}
_B_FRAMES = "bframes=3:keyint=12:min-keyint=12:scenecut=0"


def _small(path: Path, **how: object) -> Clip:
    return film(path, **{**_SMALL, **how})  # type: ignore[arg-type]


def _b_frames(folder: Path, name: str = "b_frames.mp4", **how: object) -> Clip:
    return _small(folder / name, options={"x264-params": _B_FRAMES}, **how)


def _open_gop(folder: Path) -> Clip:
    return _small(folder / "open_gop.mp4", options={"x264-params": _B_FRAMES + ":open-gop=1"})


def _hevc(folder: Path) -> Clip:
    options = {"x265-params": _B_FRAMES + ":open-gop=1:log-level=none"}
    return _small(folder / "hevc.mkv", codec="libx265", options=options)


def _ten_bit(folder: Path) -> Clip:
    return _small(folder / "ten_bit.mp4", pixel_format="yuv420p10le")


def _full_range(folder: Path) -> Clip:
    return _small(folder / "full_range.mp4", pixel_format="yuvj420p")


def _vp9(folder: Path) -> Clip:
    """Written by the ffmpeg program: with decord loaded, PyAV's own libvpx does not start."""
    whole, path = _b_frames(folder, "before_vp9.mp4"), folder / "vp9.webm"
    speed = ("-deadline", "realtime", "-cpu-used", "8", "-crf", "20", "-b:v", "0", "-g", "12")
    ffmpeg("-i", whole.path, "-c:v", "libvpx-vp9", *speed, path)
    return replace(whole, path=path)


def _av1(folder: Path) -> Clip:
    os.environ.setdefault("SVT_LOG", "1")  # errors only
    options = {"preset": "10", "crf": "25", "svtav1-params": "lp=1"}
    with _own_scheduling():
        return _small(folder / "av1.mp4", codec="libsvtav1", options=options)


@contextmanager
def _own_scheduling() -> Iterator[None]:
    """SVT-AV1 gives its process real-time priority where it may, and keeps it.

    What the tests start later would inherit it, and on two cores wait for threads of its own that
    never get their turn.
    """
    if not hasattr(os, "sched_getscheduler"):
        yield
        return
    policy, param = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, param)


def _variable_rate(folder: Path) -> Clip:
    steps = np.random.default_rng(5).integers(17, 90, 59)
    ticks = [0, *np.cumsum(steps).tolist()]
    clip = _small(folder / "variable.mkv", ticks=ticks, ticks_per_s=1000,
                  options={"x264-params": _B_FRAMES})  # fmt: skip
    return replace(clip, times_s=tuple(Fraction(tick, 1000) for tick in ticks))


def _late_start(folder: Path) -> Clip:
    ticks = [round(5000 + n * 1000 / 24) for n in range(60)]
    clip = _small(folder / "late_start.mkv", ticks=ticks, ticks_per_s=1000)
    return replace(clip, times_s=tuple(Fraction(tick - 5000, 1000) for tick in ticks))


def _edit_list(folder: Path) -> Clip:
    """The first 30 frames are in the file, but the edit list leaves them out."""
    whole = _b_frames(folder, "before_edit.mp4")
    path = folder / "edit_list.mp4"
    ffmpeg("-ss", "1.25", "-i", whole.path, "-c", "copy", path)
    times = tuple(time - whole.times_s[30] for time in whole.times_s[30:])
    return Clip(path, whole.size, whole.rate, whole.numbers[30:], times)


def _mpeg_ts(folder: Path) -> Clip:
    return _b_frames(folder, "stream.ts")


def _avi_b_frames(folder: Path) -> Clip:
    """AVI keeps no presentation times: players show the first frame one decoding delay late."""
    options = {"bf": "2", "g": "12", "qscale": "3", "flags": "+qscale"}
    clip = _small(folder / "b_frames.avi", codec="mpeg4", options=options)
    return replace(clip, times_s=tuple(time + 1 / clip.rate for time in clip.times_s))


def _avi(folder: Path) -> Clip:
    options = {"bf": "0", "g": "12", "qscale": "3", "flags": "+qscale"}
    return _small(folder / "plain.avi", codec="mpeg4", options=options)


def _rotated(folder: Path, clockwise: int) -> Clip:
    def lie(picture: Picture, n: int) -> Picture:
        return np.rot90(number(picture, n), clockwise // 90)

    size = (160, 90) if clockwise == 180 else (90, 160)
    path = folder / f"rotated_{clockwise}.mp4"
    return _small(path, size=size, numbered=False, change=lie, rotation=clockwise)


def _one_frame(folder: Path) -> Clip:
    return _small(folder / "one_frame.mp4", shots=1, seconds=1 / 24)


VARIANTS: dict[str, Callable[[Path], Clip]] = {
    "b_frames": _b_frames,
    "open_gop": _open_gop,
    "hevc": _hevc,
    "ten_bit": _ten_bit,
    "full_range": _full_range,
    "vp9": _vp9,
    "av1": _av1,
    "variable_rate": _variable_rate,
    "late_start": _late_start,
    "edit_list": _edit_list,
    "mpeg_ts": _mpeg_ts,
    "avi": _avi,
    "avi_b_frames": _avi_b_frames,
    "rotated_90": lambda folder: _rotated(folder, 90),
    "rotated_180": lambda folder: _rotated(folder, 180),
    "rotated_270": lambda folder: _rotated(folder, 270),
    "one_frame": _one_frame,
}
"""Clips by name; each function writes its clip into a folder and returns what is true of it."""


def damaged(source: Clip, path: Path, *, at: float = 0.5, share: float = 0.05) -> Path:
    """Copy a clip with a seeded stretch of its bytes overwritten."""
    data = bytearray(source.path.read_bytes())
    start, length = int(len(data) * at), int(len(data) * share)
    data[start : start + length] = np.random.default_rng(11).bytes(length)
    path.write_bytes(data)
    return path


def truncated(source: Clip, path: Path, *, keep: float = 0.6) -> Path:
    """Copy the first part of a clip's bytes."""
    data = source.path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    return path
