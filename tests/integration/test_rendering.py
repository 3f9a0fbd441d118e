"""Rendering real clips whose frames carry their number."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from syncclip._ffmpeg import file_url, find_ffmpeg, run_ffmpeg
from syncclip.config import RenderConfig
from syncclip.rendering import check_render, render_result
from syncclip.result import MatchResult, MovieRef, Segment, Tier
from syncclip.types import FrameTimes, PixelRect, Rect
from syncclip.video import frame_times, open_video, probe

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


def times_of(path: Path) -> FrameTimes:
    with open_video(path) as reader:
        blocks = list(reader.thumbnails(size=(16, 9)))
        return frame_times(reader.info, np.concatenate([block.pts for block in blocks]))


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
    info = probe(commentary)
    refs = []
    for name, path in movies.items():
        movie = probe(path)
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
    names = ("output", "on_progress", "movies", "movie_times", "open_video")
    extra = {key: options.pop(key) for key in names if key in options}
    movies = extra.pop("movies", {"movie.mp4": clips.movie})
    return render_result(
        result_of(clips.commentary, movies, segments),
        commentary=clips.commentary,
        movies=movies,
        commentary_times=times_of(clips.commentary),
        movie_times=extra.pop("movie_times", None)
        or {name: times_of(path) for name, path in movies.items()},
        output=extra.pop("output", folder / "out.mp4"),
        work_dir=folder / "work",
        config=RenderConfig(preset="ultrafast", **options),
        open_video=extra.pop("open_video", open_video),
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


def test_the_self_check_finds_the_segment_that_shows_something_else(clips, tmp_path):
    """The commentary's frames 0 to 71 are the movie's 20 to 91; one segment is cut elsewhere."""
    folder = tmp_path
    same = write_clip(folder / "same.mp4", [numbered_frame(n) for n in range(20, 92)])
    there = SimpleNamespace(movie=clips.movie, commentary=same)
    right = segment(0, 40, movie="movie.mp4", movie_start_s=20 / RATE)
    wrong = segment(40, 72, movie="movie.mp4", movie_start_s=2 / RATE)
    report = render(there, tmp_path, (right, wrong))
    check = check_render(
        result_of(same, {"movie.mp4": clips.movie}, (right, wrong)),
        rendered=report.output,
        commentary=same,
        movies={"movie.mp4": clips.movie},
        config=RenderConfig(),
        open_video=open_video,
    )
    assert (check.frames, check.frames_expected) == (72, 72)
    assert [part.verdict for part in check.segments] == ["good", "below"]
    assert check.segments[0].correlation > 0.99
    assert [part.number for part in check.below_floor] == [1]
    assert not check.passed


# --- geometry


def test_the_commentary_framing_reapplies_crop_and_mirror(clips, tmp_path):
    """The crop keeps the lower left of the movie; the result shows it flipped and as large."""
    shown = Rect(0.0, 0.25, 0.75, 0.75)
    part = segment(0, 72, movie="movie.mp4", movie_start_s=10 / RATE, crop=shown, mirrored=True)
    report = render(clips, tmp_path, (part,), framing="commentary", audio="none")
    assert (report.width_px, report.height_px) == (W, H)
    for number, frame in enumerate(decoded(report.output)[::10]):
        whole = decoded(clips.movie)[10 + 10 * number]
        wanted = whole[24:, :120][:, ::-1].astype(float)
        small = np.array(
            [
                frame[round(y * 96 / 72), :][[round(x * 160 / 120) for x in range(120)]]
                for y in range(72)
            ],
            float,
        )
        assert np.corrcoef(small.ravel(), wanted.ravel())[0, 1] > 0.98


def test_a_vertical_commentary_gives_a_vertical_result_in_commentary_framing(tmp_path, clips):
    talk = [numbered_frame(n)[:, 53:107] for n in range(24)]
    vertical = write_clip(tmp_path / "tall.mp4", [np.ascontiguousarray(f) for f in talk])
    there = SimpleNamespace(movie=clips.movie, commentary=vertical)
    part = segment(0, 24, movie="movie.mp4", movie_start_s=0.0, crop=Rect(53 / 160, 0, 54 / 160, 1))
    report = render(there, tmp_path, (part,), framing="commentary", audio="none")
    assert (report.width_px, report.height_px) == (54, 96)
    got, source = decoded(report.output)[7], decoded(clips.movie)[7]
    assert np.abs(got.astype(int) - source[:, 53:107]).mean() < 3


def test_a_movie_of_another_shape_is_fitted_between_bars(clips, tmp_path):
    tall = [numbered_frame(n, size=(96, 96)) for n in range(48)]
    square = write_clip(tmp_path / "square.mp4", tall)
    movies = {"movie.mp4": clips.movie, "square.mp4": square}
    segments = (
        segment(0, 40, movie="movie.mp4", movie_start_s=0.0),
        segment(40, 72, movie="square.mp4", movie_start_s=4 / RATE),
    )
    report = render(clips, tmp_path, segments, movies=movies, audio="none")
    frame = decoded(report.output)[50]
    assert frame.shape == (H, W)
    assert frame[:, :30].max() < 20
    assert frame[:, 130:].max() < 20
    assert read_number(frame[:, 32:128]) == 14


def test_anamorphic_and_odd_sized_movies_get_square_pixels_and_even_sides(clips, tmp_path):
    frames = [numbered_frame(n, size=(120, 97))[:, :119] for n in range(96)]
    wide = write_clip(
        tmp_path / "wide.mp4",
        [np.ascontiguousarray(f) for f in frames],
        options=["-vf", "setsar=4/3", "-pix_fmt", "yuv444p"],
    )
    there = SimpleNamespace(movie=wide, commentary=clips.commentary)
    part = segment(0, 72, movie="movie.mp4", movie_start_s=0.0)
    report = render(there, tmp_path, (part,), audio="none")
    assert (report.width_px, report.height_px) == (158, 96)
    info = probe(report.output)
    assert (info.width_px, info.height_px, info.sample_aspect) == (158, 96, 1)
    assert info.pixel_format == "yuv420p"


# --- gaps


def test_black_gaps_are_black_and_slates_are_not(clips, tmp_path):
    segments = (segment(0, 36, movie="movie.mp4", movie_start_s=0.0), segment(36, 72))
    dark = render(clips, tmp_path, segments, gaps="black", output=tmp_path / "black.mp4")
    text = render(clips, tmp_path, segments, gaps="slate", output=tmp_path / "slate.mp4")
    assert decoded(dark.output)[40].max() <= 17
    assert decoded(text.output)[40].max() > 180
    assert len(decoded(text.output)) == 72


def test_a_commentary_without_any_match_is_kept_whole(clips, tmp_path):
    report = render(clips, tmp_path, (segment(0, 72),))
    assert [read_number(frame) for frame in decoded(report.output)] == list(range(128, 200))


# --- time


def test_ntsc_rate_is_kept_exactly(clips, tmp_path):
    rate = Fraction(30000, 1001)
    talk = write_clip(tmp_path / "ntsc.mp4", [numbered_frame(n) for n in range(40)], rate=rate)
    there = SimpleNamespace(movie=clips.movie, commentary=talk)
    part = segment(0, 40, movie="movie.mp4", movie_start_s=0.0)
    report = render(there, tmp_path, (part,), audio="none")
    with av.open(str(report.output)) as file:
        stream = file.streams.video[0]
        assert stream.average_rate == stream.guessed_rate == rate
        assert stream.duration * stream.time_base == 40 / rate
        pts = sorted(p.pts for p in file.demux(stream) if p.pts is not None)
        assert set(np.diff(pts)) == {1001 * stream.time_base.denominator // 30000}


def test_a_variable_rate_keeps_every_frame_time(clips, tmp_path):
    talk = write_clip(
        tmp_path / "phone.mp4",
        [numbered_frame(n) for n in range(40)],
        options=["-vf", r"setpts=(N+gt(N\,9)*7+gt(N\,20)*N/3)/24/TB", "-fps_mode", "passthrough"],
    )
    there = SimpleNamespace(movie=clips.movie, commentary=talk)
    times = times_of(talk)
    end = len(times)
    part = segment(0, end, movie="movie.mp4", movie_start_s=0.0)
    report = render(there, tmp_path, (part,), audio="none")
    assert not report.constant_rate
    assert report.frames == end
    np.testing.assert_allclose(times_of(report.output).seconds, times.seconds, atol=1e-6)
    numbers = [read_number(frame) for frame in decoded(report.output)]
    assert numbers == times_of(clips.movie).frame_at(times.seconds).tolist()


def test_natural_speed_holds_the_last_frame_when_the_movie_ends(clips, tmp_path):
    part = segment(0, 72, movie="movie.mp4", movie_start_s=60 / RATE, speed=0.3)
    report = render(clips, tmp_path, (part,), retime="none", audio="none")
    shown = [read_number(frame) for frame in decoded(report.output)]
    assert shown == [min(60 + n, 95) for n in range(72)]


def test_segments_of_one_frame_are_cut_exactly(clips, tmp_path):
    starts = [40, 3, 77, 12, 90, 41, 5, 60]
    ones = [
        segment(n, n + 1, movie="movie.mp4", movie_start_s=at / RATE) for n, at in enumerate(starts)
    ]
    rest = segment(8, 72, movie="movie.mp4", movie_start_s=0.0)
    report = render(clips, tmp_path, (*ones, rest), audio="none")
    shown = [read_number(frame) for frame in decoded(report.output)]
    assert shown == starts + list(range(64))


def test_a_crossfade_mixes_both_shots_over_the_recorded_dissolve(clips, tmp_path):
    segments = (
        segment(0, 36, movie="movie.mp4", movie_start_s=0.0),
        segment(36, 72, movie="movie.mp4", movie_start_s=50 / RATE, dissolve_in_frames=8),
    )
    report = render(clips, tmp_path, segments, transition="crossfade", audio="none")
    frames, movie = decoded(report.output), decoded(clips.movie)
    assert read_number(frames[31]) == 31
    assert read_number(frames[40]) == 54
    for number in range(32, 40):
        weight = (number - 32 + 0.5) / 8
        below, over = movie[number].astype(float), movie[50 + number - 36].astype(float)
        wanted = below * (1 - weight) + over * weight
        assert np.abs(frames[number] - wanted).mean() < 2.5
