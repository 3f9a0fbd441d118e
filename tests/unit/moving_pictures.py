"""Films of smooth moving pictures whose every grey level is a formula.

A scene is a sum of waves in two layers that drift apart, so that camera and subject move at speeds
of their own. The mean of a wave over a box has a closed form: any crop of any moment can be
rendered at any size with no resampling error, and truth is known by construction.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from syncclip.matching import Commentary, Neighbours, Source, Stretch, crop_windows, cut_windows
from syncclip.matching.records import Crop, Hypothesis, Line
from syncclip.types import Shot

FULL = Crop(0.0, 0.0, 1.0, 1.0)
FILM_RATE, RATE = 24, 30
"""Frames per second of films and of commentaries."""
GRID = (18, 32)
"""Rows and columns of a signature."""
SIZE = (36, 64)
"""Rows and columns of a commentary picture."""
ASPECT = 16 / 9


@dataclass(frozen=True)
class Scene:
    """One shot; ``motion`` 0 is a still."""

    seed: int
    motion: float = 1.0

    @cached_property
    def waves(self) -> tuple[NDArray[np.float64], ...]:
        """Amplitude, phase, radians per picture height and width, radians per second."""
        rng = np.random.default_rng([self.seed, 11])
        angle, cycles = rng.uniform(0, 2 * np.pi, 60), rng.uniform(0.6, 5.0, 60)
        down = 2 * np.pi * cycles * np.sin(angle)
        across = 2 * np.pi * cycles * np.cos(angle) * ASPECT
        layer = np.arange(60) % 3 // 2  # two waves of three belong to the background
        # Against each other, more or less: in a pure pan a wrong crop makes up for a wrong time,
        # and nobody could tell which is true.
        course = rng.uniform(0, 2 * np.pi) + np.array([0, np.pi + rng.uniform(-1, 1)])
        pace = rng.uniform(0.1, 0.2, 2) * self.motion
        drift = pace[:, None] * np.stack([np.sin(course), np.cos(course)], axis=1)
        turn = down * drift[layer, 0] + across * drift[layer, 1]
        amplitude = cycles**-0.8
        amplitude *= 40 / np.sqrt(np.sum(amplitude**2) / 2)
        return amplitude, rng.uniform(0, 2 * np.pi, 60), down, across, turn

    def at(
        self, seconds: NDArray[np.float64], *, crop: Crop = FULL, size: tuple[int, int] = GRID
    ) -> NDArray[np.uint8]:
        """(n, *size) pictures of moments, averaged over the boxes of a grid on a crop."""
        amplitude, phase, down, across, turn = self.waves
        rows = _box_means(down, crop.y, crop.h, size[0])
        columns = _box_means(across, crop.x, crop.w, size[1]) * amplitude
        moments = np.exp(1j * (phase + np.outer(seconds, turn)))
        grey = 122 + np.real(np.matmul(rows * moments[:, None, :], columns.T))
        return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


def _box_means(
    frequency: NDArray[np.float64], start: float, extent: float, count: int
) -> NDArray[np.complex128]:
    """(count, waves) mean of ``exp(i f x)`` over each of ``count`` equal boxes."""
    step = extent / count
    middle = start + (np.arange(count) + 0.5) * step
    return np.exp(1j * np.outer(middle, frequency)) * np.sinc(frequency * step / (2 * np.pi))


@dataclass(frozen=True)
class Film:
    """Scenes one after the other, each of the same number of frames."""

    scenes: tuple[Scene, ...]
    scene_frames: int = 72
    name: str = "film.mkv"

    def pictures(
        self, frames: NDArray[np.int64], *, crop: Crop = FULL, size: tuple[int, int] = GRID
    ) -> NDArray[np.uint8]:
        """(n, *size) pictures of frames."""
        made = np.empty((len(frames), *size), np.uint8)
        for number in np.unique(frames // self.scene_frames):
            here = frames // self.scene_frames == number
            moments = (frames[here] - number * self.scene_frames) / FILM_RATE
            made[here] = self.scenes[number].at(moments, crop=crop, size=size)
        return made

    @cached_property
    def source(self) -> Source:
        """The film as an index holds it."""
        count = len(self.scenes) * self.scene_frames
        return Source(
            name=self.name,
            signatures=self.pictures(np.arange(count)),
            seconds=np.arange(count) / FILM_RATE,
            end_s=count / FILM_RATE,
            aspect=ASPECT,
        )


def film(*seeds: int, name: str = "film.mkv", scene_frames: int = 72) -> Film:
    """A film of one scene for each seed."""
    return Film(tuple(Scene(seed) for seed in seeds), scene_frames, name)


@dataclass(frozen=True)
class Piece:
    """Commentary frames that show a film from a frame on."""

    film: Film
    start: int
    frames: int
    speed: float = 1.0
    crop: Crop = FULL
    mirrored: bool = False

    @property
    def shown(self) -> NDArray[np.int64]:
        """(frames,) film frame on screen in each."""
        passed = np.arange(self.frames) * self.speed * FILM_RATE / RATE
        return np.floor(self.start + passed + 1e-9).astype(np.int64)

    @property
    def grey(self) -> NDArray[np.uint8]:
        """(frames, *SIZE) its pictures."""
        made = self.film.pictures(self.shown, crop=self.crop, size=SIZE)
        return made[:, :, ::-1] if self.mirrored else made

    def hypothesis(self, first: int = 0, source: int = 0) -> Hypothesis:
        """The truth about the piece where it begins at a commentary frame."""
        return Hypothesis(
            source=source,
            start_frame=first,
            end_frame=first + self.frames,
            line=Line(first / RATE, self.start / FILM_RATE, self.speed),
            mirrored=self.mirrored,
            crop=self.crop,
            shape=self.crop.w / self.crop.h,
            score=1.0,
        )


def edit(*pieces: Piece) -> Commentary:
    """Pieces one after the other, their cuts known."""
    edges = np.cumsum([0, *(piece.frames for piece in pieces)]).tolist()
    return Commentary(
        grey=np.concatenate([piece.grey for piece in pieces]),
        seconds=np.arange(edges[-1]) / RATE,
        aspect=ASPECT,
        shots=tuple(Shot(a, b) for a, b in itertools.pairwise(edges)),
    )


@dataclass(frozen=True)
class FinerFilm:
    """Renders both sides at a closer look's size."""

    piece: Piece
    there: bool = True

    def commentary(self, frames: NDArray[np.int64], finer: int) -> NDArray[np.uint8] | None:
        shown = self.piece.shown[frames]
        size = (36 * finer, 64 * finer)
        made = self.piece.film.pictures(shown, crop=self.piece.crop, size=size)
        return made[:, :, ::-1] if self.piece.mirrored else made

    def movie(self, source: int, start_s: float, end_s: float, finer: int) -> Stretch | None:
        if not self.there:
            return None
        first, last = self.piece.film.source.frames_between(start_s, end_s)
        numbers = np.arange(first, last)
        size = (18 * finer, 32 * finer)
        return Stretch(self.piece.film.pictures(numbers, size=size), numbers / FILM_RATE)


@dataclass(frozen=True)
class BruteForce:
    """Exact neighbours among the crop windows of every half second of some films."""

    sources: Sequence[Source]
    rows: NDArray[np.float32] = field(init=False)
    labels: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        rows, labels = [], []
        for number, source in enumerate(self.sources):
            frames = np.arange(0, len(source.signatures), FILM_RATE // 2)
            for window, crop in enumerate(crop_windows(ASPECT, source.aspect)):
                rows.append(_unit(cut_windows(source.signatures[frames], crop, size=(9, 16))))
                labels += [(number, frame, window) for frame in frames]
        object.__setattr__(self, "rows", np.concatenate(rows))
        object.__setattr__(self, "labels", np.array(labels, np.int64))

    def __call__(self, pictures: NDArray[np.uint8], count: int) -> Neighbours:
        queries = _unit(cut_windows(pictures, FULL, size=(9, 16)))
        likeness = queries @ self.rows.T
        best = np.argsort(-likeness, axis=1, kind="stable")[:, :count]
        return Neighbours(
            np.take_along_axis(likeness, best, axis=1), *np.moveaxis(self.labels[best], 2, 0)
        )


def _unit(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    flat = pictures.reshape(len(pictures), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(norm, 1e-6), np.float32)
