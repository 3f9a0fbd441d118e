"""Rendering real clips whose frames carry their number."""

from __future__ import annotations

import wave
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from syncclip._ffmpeg import file_url, find_ffmpeg, run_ffmpeg
from syncclip.config import RenderConfig
from syncclip.rendering import render_result
from syncclip.types import (
    FULL_FRAME,
    ColourFrame,
    FrameTimes,
    MatchResult,
    MovieRef,
    PixelRect,
    Rect,
    Segment,
    StreamInfo,
    Tier,
)

W, H = 160, 96
BITS = 8
RATE = 24


def numbered_frame(number: int, *, size: tuple[int, int] = (W, H), base: int = 0) -> np.ndarray:
    """(h, w) grey: a texture that moves, and a row of white or black blocks spelling the number."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    texture = 100 + 50 * np.sin((x + 3 * number + base) / 9.0) * np.cos((y - number) / 7.0)
    frame = texture.astype(np.uint8)
    block_w, block_h = width // BITS, height // 4
    for bit in range(BITS):
        value = 235 if number >> bit & 1 else 16
        frame[:block_h, bit * block_w : (bit + 1) * block_w] = value
    return frame


def read_number(grey: np.ndarray, *, mirrored: bool = False) -> int:
    if mirrored:
        grey = grey[:, ::-1]
    height, width = grey.shape
    row = grey[height // 8, width // (2 * BITS) :: width // BITS][:BITS]
    return sum(1 << bit for bit, value in enumerate(row) if value > 120)


def write_clip(
    path: Path,
    frames: Sequence[np.ndarray],
    *,
    rate: Fraction = Fraction(RATE),
    options: Sequence[str] = (),
    sound: Path | None = None,
) -> Path:
    height, width = frames[0].shape
    raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-video_size", f"{width}x{height}"]
    raw += ["-framerate", str(rate), "-i", "pipe:0"]
    extra = [] if sound is None else ["-i", file_url(sound), "-c:a", "aac", "-shortest"]
    encode = ["-c:v", "libx264", "-crf", "10", "-preset", "veryfast", "-pix_fmt", "yuv420p"]
    args = [*raw, *extra, *encode, *options, file_url(path)]
    run_ffmpeg(find_ffmpeg(), args, doing="clip", stdin=(frame.tobytes() for frame in frames))
    return path


def write_tone(path: Path, hz: float, seconds: float) -> Path:
    time_s = np.arange(int(seconds * 48000)) / 48000
    samples = (8000 * np.sin(2 * np.pi * hz * time_s)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(samples.tobytes())
    return path


class PlainReader:
    """The smallest reader that rendering needs: decodes everything each time."""

    name = "plain"
    gaps = ()

    def __init__(self, path: Path) -> None:
        self._path = path
        with av.open(file_url(path)) as source:
            stream = source.streams.video[0]
            self.info = StreamInfo(
                path=path,
                width_px=stream.width,
                height_px=stream.height,
                sample_aspect=stream.sample_aspect_ratio or Fraction(1),
                rotation_deg=0,
                frame_rate=stream.average_rate,
                time_base=stream.time_base,
                start_pts=0,
                duration_s_from_header=None,
                frames_from_header=None,
                codec="h264",
                pixel_format=stream.pix_fmt,
                has_audio=bool(source.streams.audio),
                color_range="tv",
                color_space="unknown",
            )

    def _decoded(self) -> Iterator[av.VideoFrame]:
        with av.open(file_url(self._path)) as source:
            yield from source.decode(video=0)

    def frames(self, pts: Sequence[int]) -> Iterator[ColourFrame]:
        wanted = set(pts)
        for frame in self._decoded():
            if frame.pts in wanted:
                data = frame.to_ndarray()
                yield ColourFrame(
                    frame.pts, (data.tobytes(),), frame.width, frame.height, frame.format.name
                )

    def times(self) -> FrameTimes:
        found = [(frame.pts, frame.duration) for frame in self._decoded()]
        pts = np.array([p for p, _ in found], np.int64)
        return FrameTimes(pts, self.info.time_base, 0, int(pts[-1] + found[-1][1]))

    def close(self) -> None:
        pass


def decoded(path: Path) -> list[np.ndarray]:
    with av.open(file_url(path)) as source:
        return [frame.to_ndarray(format="gray") for frame in source.decode(video=0)]


def segment(start: int, end: int, **fields: object) -> Segment:
    defaults = {"start_s": start / RATE, "end_s": end / RATE}
    if "movie" in fields:
        defaults["tier"] = Tier.EXACT
    return Segment(start_frame=start, end_frame=end, **{**defaults, **fields})


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A movie of 96 numbered frames at 24 fps and a commentary of 72 at the same rate."""
    folder = tmp_path_factory.mktemp("clips")
    tone = write_tone(folder / "low.wav", 300, 4.0)
    other = write_tone(folder / "high.wav", 2000, 4.0)
    movie = [numbered_frame(n) for n in range(96)]
    talk = [numbered_frame(n, base=50) for n in range(128, 128 + 72)]
    return SimpleNamespace(
        movie=write_clip(folder / "movie.mp4", movie, sound=tone),
        commentary=write_clip(folder / "talk.mp4", talk, sound=other),
        folder=folder,
    )


def result_of(
    commentary: Path, movies: dict[str, Path], segments: Sequence[Segment]
) -> MatchResult:
    info = PlainReader(commentary).info
    refs = []
    for name, path in movies.items():
        movie = PlainReader(path).info
        refs.append(
            MovieRef(
                name=name,
                path=str(path),
                index="x.idx",
                fingerprint=f"sha:{name}",
                duration_s=4.0,
                frame_rate=movie.frame_rate,
                width_px=movie.width_px,
                height_px=movie.height_px,
                content=PixelRect(0, 0, movie.width_px, movie.height_px),
            )
        )
    return MatchResult(
        commentary=str(commentary),
        commentary_fingerprint="sha:talk",
        duration_s=segments[-1].end_s,
        frame_rate=info.frame_rate,
        frames=segments[-1].end_frame,
        width_px=info.width_px,
        height_px=info.height_px,
        content=PixelRect(0, 0, info.width_px, info.height_px),
        segments=tuple(segments),
        movies=tuple(refs),
    )


def render(clips: SimpleNamespace, folder: Path, segments: Sequence[Segment], **options):
    extra = {key: options.pop(key) for key in ("output", "on_progress") if key in options}
    movies = {"movie.mp4": clips.movie}
    return render_result(
        result_of(clips.commentary, movies, segments),
        commentary=clips.commentary,
        movies=movies,
        commentary_times=PlainReader(clips.commentary).times(),
        movie_times={name: PlainReader(path).times() for name, path in movies.items()},
        output=extra.pop("output", folder / "out.mp4"),
        work_dir=folder / "work",
        config=RenderConfig(preset="ultrafast", **options),
        open_video=PlainReader,
        **extra,
    )


SEGMENTS = (
    segment(0, 20, movie="movie.mp4", movie_start_s=30 / RATE),
    segment(20, 30),
    segment(30, 60, movie="movie.mp4", movie_start_s=5 / RATE, speed=0.5, mirrored=True),
    segment(60, 72, movie="movie.mp4", movie_start_s=90 / RATE, speed=2.0),
)
SHOWN = [
    *range(30, 50),
    *range(148, 158),
    *(5 + n // 2 for n in range(30)),
    *(min(90 + 2 * n, 95) for n in range(12)),
]


def test_every_output_frame_is_the_planned_source_frame(clips, tmp_path):
    report = render(clips, tmp_path, SEGMENTS)
    frames = decoded(report.output)
    assert [read_number(frame) for frame in frames] == SHOWN
    assert report.frames == 72
    assert report.constant_rate
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4"]
