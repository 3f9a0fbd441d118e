"""A small film by seeded code: landscapes under a moving camera, with things that fly by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncclip.demo.encode import SAMPLE_RATE, write_video
from syncclip.progress import OnProgress, Progress

__all__ = ["FRAME_RATE", "SIZE", "make_film", "shot_pictures"]

SIZE = (640, 360)
FRAME_RATE = 24
SHOTS = 12
WORLD = (960, 540)
"""Size of the landscape that the camera moves over."""

Plane = NDArray[np.floating[Any]]
Planes = tuple[Plane, ...]
"""Luma at full size and two chroma planes at half size, 0 to 255."""


def make_film(path: Path, *, seed: int, on_progress: OnProgress | None = None) -> None:
    """Write the film: 12 shots, about 48 s, 640x360 at 24 frames per second, with sound.

    Raises:
        OutputError: Where the file cannot be written.
    """
    rng = np.random.default_rng(seed)
    lengths = [int(n) for n in rng.integers(72, 121, SHOTS)]
    pictures = _reported(_pictures(rng, lengths), sum(lengths), on_progress)
    write_video(path, pictures, _music(rng, lengths), size=SIZE, frame_rate=FRAME_RATE, crf=18)


def shot_pictures(rng: np.random.Generator, length: int) -> Iterator[NDArray[np.uint8]]:
    """One shot: ``(540, 640)`` planes of 4:2:0, as :func:`write_video` takes them."""
    world = _World.any(rng)
    camera = _Camera.any(rng)
    flyers = [_Flyer.any(rng) for _ in range(4)]
    for number in range(length):
        planes = camera.view(world, number / length)
        for flyer in flyers:
            flyer.draw(planes, number / FRAME_RATE)
        yield _packed(planes)


def _pictures(rng: np.random.Generator, lengths: list[int]) -> Iterator[NDArray[np.uint8]]:
    for length in lengths:
        yield from shot_pictures(rng, length)


def _reported(
    pictures: Iterator[NDArray[np.uint8]], total: int, on_progress: OnProgress | None
) -> Iterator[NDArray[np.uint8]]:
    for done, picture in enumerate(pictures, start=1):
        yield picture
        if on_progress is not None:
            on_progress(Progress("Making a small film", done, total, "frames"))


@dataclass(frozen=True, slots=True)
class _World:
    """A landscape in two layers, so that a moving camera sees parallax as in nature."""

    far: Planes
    """Sky and the distant hills."""
    near: Planes
    """The hills in front."""
    cover: Planes
    """1 where the hills in front hide what is behind them, at the size of each plane."""

    @classmethod
    def any(cls, rng: np.random.Generator) -> _World:
        """Sky with clouds and three ranges of hills, the nearer the darker and the rougher."""
        light = rng.uniform(120, 200)
        far = _sky(rng, light)
        for layer in range(2):
            far = _blended(far, *_hills(rng, layer, light))
        near, cover = _hills(rng, 2, light)
        return cls(far, near, cover)


def _sky(rng: np.random.Generator, light: float) -> Planes:
    width, height = WORLD
    clouds = np.clip(_noise(rng, height, width, roughness=1.7), 0, None)
    luma: Plane = light + 40 * _rows(height) + 25 * clouds
    hues = rng.uniform(100, 156, 2)
    half = (height // 2, width // 2)
    return (luma, *(np.full(half, hue, np.float32) for hue in hues))


def _hills(rng: np.random.Generator, layer: int, light: float) -> tuple[Planes, Planes]:
    """One range of hills, and the planes that say where it stands."""
    width, height = WORLD
    horizon = 0.25 + 0.2 * layer + 0.08 * _noise(rng, 1, width, roughness=1.4)
    inside = np.clip((_rows(height) - horizon) * height / 2, 0, 1)
    texture = _noise(rng, height, width, roughness=1.5 - 0.2 * layer)
    shade: Plane = light * (0.75 - 0.2 * layer) + (14 + 6 * layer) * texture
    grain, half = _halved(texture), _halved(inside)
    return (shade, *(hue + 6 * grain for hue in rng.uniform(90, 166, 2))), (inside, half, half)


def _rows(height: int) -> Plane:
    """(height, 1) from 0 at the top to 1 at the bottom."""
    return np.linspace(0, 1, height, dtype=np.float32)[:, None]


def _blended(behind: Planes, front: Planes, cover: Planes) -> Planes:
    return tuple(b + c * (f - b) for b, f, c in zip(behind, front, cover, strict=True))


def _noise(rng: np.random.Generator, height: int, width: int, *, roughness: float) -> Plane:
    """Noise whose amplitude falls with frequency to this power, as in pictures of nature."""
    white = np.fft.rfft2(rng.standard_normal((height, width)))
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    frequency[0, 0] = np.inf
    shaped = np.fft.irfft2(white / frequency**roughness, (height, width))
    noise: Plane = ((shaped - shaped.mean()) / shaped.std()).astype(np.float32)
    return noise


def _halved(plane: Plane) -> Plane:
    return (plane[::2, ::2] + plane[1::2, ::2] + plane[::2, 1::2] + plane[1::2, 1::2]) / 4


@dataclass(frozen=True, slots=True)
class _Camera:
    """A pan and a zoom from one window of the world to another."""

    start: tuple[float, float, float]
    """Left, top and width of the window, in shares of the world."""
    end: tuple[float, float, float]

    @classmethod
    def any(cls, rng: np.random.Generator) -> _Camera:
        left, right = rng.uniform(0, 0.08), rng.uniform(0.22, 0.3)
        if rng.random() < 0.5:
            left, right = right, left
        top, bottom = rng.uniform(0, 0.3, 2)
        return cls((left, top, rng.uniform(0.55, 0.7)), (right, bottom, rng.uniform(0.55, 0.7)))

    def view(self, world: _World, share: float) -> Planes:
        """What the camera sees after this share of the shot."""
        far = self._layer(world.far, share, depth=0.5)
        near, cover = (self._layer(layer, share, depth=1) for layer in (world.near, world.cover))
        return _blended(far, near, cover)

    def _layer(self, planes: Planes, share: float, *, depth: float) -> Planes:
        """One layer; the far ones pass by more slowly."""
        left, top, part = (
            (a + b) / 2 + (b - a) * (share - 0.5) * (depth if place else 1)
            for a, b, place in zip(self.start, self.end, (True, True, False), strict=True)
        )
        half = (SIZE[0] // 2, SIZE[1] // 2)
        return tuple(
            _sampled(plane, left=left, top=top, part=part, size=size)
            for plane, size in zip(planes, (SIZE, half, half), strict=True)
        )


def _sampled(plane: Plane, *, left: float, top: float, part: float, size: tuple[int, int]) -> Plane:
    """A window of a plane at another size, between its pixels where need be."""
    height, width = plane.shape
    across = np.linspace(left, left + part, size[0]) * (width - 2)
    down = np.linspace(top, top + part, size[1]) * (height - 2)
    x, y = across.astype(np.intp), down.astype(np.intp)
    to_right = (across - x).astype(np.float32)
    to_below = (down - y).astype(np.float32)[:, None]
    rows = plane[y] * (1 - to_below) + plane[y + 1] * to_below
    window: Plane = rows[:, x] * (1 - to_right) + rows[:, x + 1] * to_right
    return window


@dataclass(frozen=True, slots=True)
class _Flyer:
    """A shaded ball that swings through the picture and stays in it, as a subject would."""

    centre: tuple[float, float]
    swing: tuple[float, float]
    """Reach to each side in pixels."""
    turns_per_s: tuple[float, float]
    radius: float
    tone: tuple[float, float, float]

    @classmethod
    def any(cls, rng: np.random.Generator) -> _Flyer:
        x, y, radius = rng.uniform(120, 520), rng.uniform(90, 250), rng.uniform(14, 50)
        across, down = rng.uniform((60, 20), (160, 70))
        swift, slow = rng.uniform((0.25, 0.25), (0.6, 0.6))
        tone = (*rng.uniform(30, 225, 1), *rng.uniform(60, 196, 2))
        return cls((x, y), (across, down), (swift, slow), radius, tone)

    def draw(self, planes: Planes, seconds: float) -> None:
        """Paint it into a picture at its place at this time."""
        for plane, tone, scale in zip(planes, self.tone, (1.0, 0.5, 0.5), strict=True):
            x, y = (
                scale * (middle + reach * np.sin(2 * np.pi * turns * seconds))
                for middle, reach, turns in zip(
                    self.centre, self.swing, self.turns_per_s, strict=True
                )
            )
            shade = 40.0 if scale == 1 else 0.0
            _paint_ball(plane, (x, y), radius=self.radius * scale, tone=tone, shade=shade)


def _paint_ball(
    plane: Plane, place: tuple[float, float], *, radius: float, tone: float, shade: float
) -> None:
    x, y = place
    top, left = max(0, int(y - radius - 1)), max(0, int(x - radius - 1))
    part = plane[top : max(0, int(y + radius + 2)), left : max(0, int(x + radius + 2))]
    down, across = np.mgrid[: part.shape[0], : part.shape[1]].astype(np.float32)
    down, across = down + (top - y), across + (left - x)
    cover = np.clip(radius - np.hypot(down, across), 0, 1)
    part += cover * (tone - shade * (down + across) / (2 * radius) - part)


def _packed(planes: Planes) -> NDArray[np.uint8]:
    luma, u, v = (np.clip(plane, 16, 235).astype(np.uint8) for plane in planes)
    width = luma.shape[1]
    return np.concatenate([luma, u.reshape(-1, width), v.reshape(-1, width)])


def _music(rng: np.random.Generator, lengths: list[int]) -> NDArray[np.float32]:
    """A chord for every shot, so that a cut can be heard too."""
    chords = []
    for length in lengths:
        seconds = np.arange(length * SAMPLE_RATE // FRAME_RATE) / SAMPLE_RATE
        root = 110 * 2 ** (rng.integers(0, 13) / 12)
        tones = sum(np.sin(2 * np.pi * root * step * seconds) for step in (1, 1.25, 1.5, 2))
        fade = np.clip(np.minimum(seconds, seconds[-1] - seconds) / 0.05, 0, 1)
        chords.append(0.1 * tones * fade)
    return np.concatenate(chords).astype(np.float32)
