"""Commentaries cut from seeded films by a list of cuts, whose truth the list itself is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform

from syncclip.result import MatchResult, Segment
from tests import media

RATE = 30
"""Frames per second of every commentary."""
FILM_RATE = 24
SIZE = (320, 180)


@dataclass(frozen=True, slots=True)
class Film:
    """A seeded film: 24 frames per second, 320x180."""

    seed: int
    shots: int = 5
    seconds: float = 12.5

    def write(self, path: Path) -> Path:
        """Write it to a file."""
        media.film(path, seed=self.seed, shots=self.shots, seconds=self.seconds, size=SIZE)
        return path

    def starts(self) -> list[int]:
        """First frame of every shot."""
        lengths = media.shot_lengths(self.seed, self.shots, self.frames)
        return [0, *np.cumsum(lengths)[:-1].tolist()]

    @property
    def frames(self) -> int:
        """Frames in all."""
        return round(self.seconds * FILM_RATE)


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of a commentary: ``frames`` of it show the film from frame ``start`` on."""

    film: Film
    start: int
    frames: int
    speed: float = 1.0
    mirrored: bool = False
    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    def source_frames(self) -> NDArray[np.int64]:
        """(frames,) film frame on screen in every frame of the stretch."""
        passed_s = np.arange(self.frames) * self.speed / RATE
        return self.start + np.floor(passed_s * FILM_RATE + 1e-6).astype(np.int64)

    def pictures(self) -> Iterator[media.Picture]:
        """The frames, cropped and mirrored."""
        shown = _pictures(self.film)
        for frame in self.source_frames():
            picture = _enlarged(shown[frame], self.crop)
            yield picture[:, ::-1] if self.mirrored else picture


@cache
def _pictures(film: Film) -> list[media.Picture]:
    return list(media.pictures(film.seed, film.shots, film.frames, SIZE))


def _enlarged(picture: media.Picture, crop: tuple[float, float, float, float]) -> media.Picture:
    """A part of a picture at the whole picture's size."""
    x, y, w, h = crop
    if crop == (0, 0, 1, 1):
        return picture
    height, width = picture.shape[:2]
    shift = (y * height + (h - 1) / 2, x * width + (w - 1) / 2)  # centres of pixels meet
    planes = [
        affine_transform(plane.astype(np.float32), (h, w), shift, order=1, mode="nearest")
        for plane in np.moveaxis(picture, 2, 0)
    ]
    return np.clip(np.rint(np.stack(planes, axis=2)), 0, 255).astype(np.uint8)


def write_commentary(path: Path, cuts: Sequence[Cut], *, sound: bool = False) -> Path:
    """Write a commentary, with a tone for a voice where ``sound`` is asked for."""
    silent = path.with_name(f"silent-{path.name}") if sound else path
    frames = (picture for cut in cuts for picture in cut.pictures())
    media.encode(silent, frames, rate=RATE, options={"preset": "veryfast", "crf": "26"})
    if sound:
        tone = ("-f", "lavfi", "-i", "sine=frequency=330")
        media.ffmpeg("-i", silent, *tone, "-c:v", "copy", "-shortest", path)
        silent.unlink()
    return path


def edges(cuts: Sequence[Cut]) -> list[int]:
    """First frame of every stretch, and the end."""
    return [0, *np.cumsum([cut.frames for cut in cuts]).tolist()]


def found_frames(result: MatchResult, film_rate: Fraction | int = FILM_RATE) -> NDArray[np.int64]:
    """(frames,) film frame that a result puts on screen; -1 where it claims none."""
    shown = np.full(result.frames, -1, dtype=np.int64)
    for segment in result.segments:
        if segment.movie is not None:
            shown[segment.start_frame : segment.end_frame] = _line(segment, float(film_rate))
    return shown


def _line(segment: Segment, film_rate: float) -> NDArray[np.int64]:
    assert segment.movie_start_s is not None
    passed_s = np.arange(segment.end_frame - segment.start_frame) / RATE
    return np.floor((segment.movie_start_s + segment.speed * passed_s) * film_rate + 1e-3).astype(
        np.int64
    )
