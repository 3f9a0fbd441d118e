"""A commentary edited out of a film, and the truth about every frame of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from syncclip.contracts import VideoReader
from syncclip.demo.encode import SAMPLE_RATE, write_video
from syncclip.demo.film import shot_pictures
from syncclip.errors import InputError, OutputError
from syncclip.progress import OnProgress, Progress
from syncclip.types import FULL_FRAME, Rect, StreamInfo

__all__ = ["FRAME_RATE", "Piece", "Truth", "make_recap"]

FRAME_RATE = 30
WIDTH = 640
PIECES = 8
INSERT_AFTER = 4
"""Pieces before the insert that is in no movie."""
INSERT_FRAMES = 75
SPEEDS = (1.0, 1.1, 0.9, 1.0, 1.25, 1.0, 0.8, 1.15)
ZOOMS = (1.0, 1.1, 1.0, 1.25, 1.15, 1.0, 1.2, 1.0)
MIRRORED = (False, False, True, False, True, False, False, True)
FLAT_CONTRAST = 12.0
"""Grey levels of spread below which a picture is a fade or a credit, which no demo should pick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of the commentary: from the film, or from elsewhere."""

    start_frame: int
    end_frame: int
    movie_start_s: float | None
    """None for the insert."""
    speed: float = 1.0
    mirrored: bool = False
    crop: Rect = FULL_FRAME


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """Which film frame every commentary frame shows."""

    pieces: tuple[Piece, ...]
    shown_s: NDArray[np.float64]
    """(n,) seconds at which the film frame comes on screen; NaN where there is none."""
    movie_period_s: float
    """Seconds that a film frame stays on screen."""


def make_recap(
    path: Path, film: VideoReader, *, duration_s: float, seed: int, on_progress: OnProgress | None
) -> Truth:
    """Edit a commentary: cropped, mirrored, retimed, subtitled pieces and one insert, 30 fps.

    The truth is also written beside the commentary, as ``truth.csv``.

    Raises:
        InputError: Where the film is too short to cut pieces from.
        OutputError: Where a file cannot be written.
    """
    rng = np.random.default_rng(seed)
    pieces = _planned(rng, film, duration_s)
    shown_s = np.full(pieces[-1].end_frame, np.nan)
    size = (WIDTH, _even(WIDTH / film.info.display_aspect))
    pictures = _edited(rng, film, pieces, size=size, shown_s=shown_s, on_progress=on_progress)
    write_video(
        path, pictures, _narration(rng, shown_s.size), size=size, frame_rate=FRAME_RATE, crf=28
    )
    truth = Truth(pieces=pieces, shown_s=shown_s, movie_period_s=float(1 / film.info.frame_rate))
    _write_truth(path.with_name("truth.csv"), truth)
    return truth


def _planned(rng: np.random.Generator, film: VideoReader, duration_s: float) -> tuple[Piece, ...]:
    """Pieces from all over the film, two of them out of order."""
    slot_s = duration_s / PIECES
    length = min(100, int(0.7 * slot_s * FRAME_RATE / max(SPEEDS)))
    if length < FRAME_RATE:
        raise InputError(
            f"{film.info.path}: {duration_s:.1f} s is too short for a demo; "
            f"give a film of {2 * PIECES} s or more with --movie"
        )
    slots = [*range(PIECES)]
    slots[1], slots[5] = slots[5], slots[1]
    pieces: list[Piece] = []
    at = 0
    for number, slot in enumerate(slots):
        if number == INSERT_AFTER:
            pieces.append(Piece(start_frame=at, end_frame=at + INSERT_FRAMES, movie_start_s=None))
            at += INSERT_FRAMES
        frames = int(rng.integers(2 * length // 3, length + 1))
        room_s = slot_s - frames / FRAME_RATE * SPEEDS[number]
        pieces.append(
            Piece(
                start_frame=at,
                end_frame=at + frames,
                movie_start_s=_lively_start(rng, film, slot * slot_s, room_s),
                speed=SPEEDS[number],
                mirrored=MIRRORED[number],
                crop=_crop(rng, film.info, ZOOMS[number]),
            )
        )
        at += frames
    return tuple(pieces)


def _lively_start(
    rng: np.random.Generator, film: VideoReader, slot_start_s: float, room_s: float
) -> float:
    """A start within the slot whose picture is not flat, where five tries find one."""
    for _ in range(5):
        start_s = slot_start_s + float(rng.uniform(0, room_s))
        _, picture = next(iter(film.sample([start_s], size=(64, 36))))
        if picture.std() > FLAT_CONTRAST:
            break
    return start_s


def _crop(rng: np.random.Generator, info: StreamInfo, zoom: float) -> Rect:
    """A window of the picture's own shape, on whole pixels."""
    w, h = int(info.width_px / zoom), int(info.height_px / zoom)
    x = int(rng.integers(0, info.width_px - w + 1))
    y = int(rng.integers(0, info.height_px - h + 1))
    return Rect(x / info.width_px, y / info.height_px, w / info.width_px, h / info.height_px)


def _edited(
    rng: np.random.Generator,
    film: VideoReader,
    pieces: Sequence[Piece],
    *,
    size: tuple[int, int],
    shown_s: NDArray[np.float64],
    on_progress: OnProgress | None,
) -> Iterator[NDArray[np.uint8]]:
    """The commentary's pictures; notes down in ``shown_s`` which frames they show."""
    number = 0
    for piece in pieces:
        frames = _insert(rng, piece, size) if piece.movie_start_s is None else None
        for seconds, picture in frames or _from_film(film, piece, size):
            shown_s[number] = seconds
            _subtitle(picture[: size[1]], line=number // 45)
            yield picture
            number += 1
            if on_progress is not None:
                on_progress(Progress("Editing a commentary", number, shown_s.size, "frames"))


def _insert(
    rng: np.random.Generator, piece: Piece, size: tuple[int, int]
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Footage of the film's own kind that is not in it."""
    for packed in shot_pictures(rng, piece.end_frame - piece.start_frame):
        frame = av.VideoFrame.from_ndarray(packed, format="yuv420p")
        yield float("nan"), _resized(frame, size)


def _from_film(
    film: VideoReader, piece: Piece, size: tuple[int, int]
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    assert piece.movie_start_s is not None
    steps = np.arange(piece.end_frame - piece.start_frame) / FRAME_RATE
    times_s = [float(t) for t in piece.movie_start_s + piece.speed * steps]
    for pts, picture in film.sample(times_s):
        height, width = picture.shape[:2]
        x, y = round(piece.crop.x * width), round(piece.crop.y * height)
        part = picture[y : y + round(piece.crop.h * height), x : x + round(piece.crop.w * width)]
        if piece.mirrored:
            part = part[:, ::-1]
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(part), format="rgb24")
        yield film.info.seconds(pts), _resized(frame, size)


def _resized(frame: av.VideoFrame, size: tuple[int, int]) -> NDArray[np.uint8]:
    small = frame.reformat(*size, format="yuv420p", interpolation="BICUBIC")
    return np.array(small.to_ndarray(), np.uint8)


def _subtitle(luma: NDArray[np.uint8], *, line: int) -> None:
    """Words of a subtitle as bright bars with dark edges, other ones for every line."""
    height, width = luma.shape
    words = np.random.default_rng(line).integers(3, 10, 6) * width // 100
    x = (width - int(words.sum()) - 5 * 8) // 2
    top, bottom = int(0.86 * height), int(0.92 * height)
    for word in words:
        luma[top - 2 : bottom + 2, x - 2 : x + int(word) + 2] = 16
        luma[top:bottom, x : x + int(word)] = 225
        x += int(word) + 8


def _narration(rng: np.random.Generator, frames: int) -> NDArray[np.float32]:
    """A voice-like tone: a buzz in syllables, with a pause now and then."""
    seconds = np.arange(frames * SAMPLE_RATE // FRAME_RATE) / SAMPLE_RATE
    pitch = 120 + 15 * np.sin(2 * np.pi * 0.4 * seconds)
    phase = np.cumsum(pitch) / SAMPLE_RATE
    buzz = sum(np.sin(2 * np.pi * n * phase) / n for n in range(1, 7))
    syllables = np.clip(np.sin(2 * np.pi * 4 * seconds), 0, 1)
    pauses = np.repeat(rng.random(seconds.size // SAMPLE_RATE + 1) > 0.2, SAMPLE_RATE)
    return (0.15 * buzz * syllables * pauses[: seconds.size]).astype(np.float32)


def _write_truth(path: Path, truth: Truth) -> None:
    rows = (
        (frame, "" if np.isnan(seconds) else f"{seconds:.6f}")
        for frame, seconds in enumerate(truth.shown_s)
    )
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("youtube_frame", "movie_s"))
            writer.writerows(rows)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def _even(length: float) -> int:
    return 2 * max(1, round(length / 2))
