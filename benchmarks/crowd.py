"""Films of a library that nobody shows: pictures with the statistics of real films, by seed.

A picture is made of two pictures of real films, each turned upside down or not, mirrored or not and
shifted around by a part of its size, and laid over each other. It has the contrasts, edges and
spectrum of films, and is no picture of one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncclip.encoders import BuiltinEncoder
from syncclip.matching import ShortlistSettings, cut_windows, middle_windows
from syncclip.pipeline.searching import WINDOW_SIZE
from syncclip.types import ColourWish, DecodeGap, FrameBlock, PixelRect, Shot, StreamInfo

__all__ = ["CrowdFilm", "crowd_pictures", "crowd_views", "rows_of"]

ROWS_A_MINUTE = 65
"""Of an animated film in the shortlist of a library, for each view; others have fewer."""
GRID = (18, 32)
RATE = 24
_TICKS = 1000


def crowd_pictures(
    real: Sequence[NDArray[np.uint8]], count: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Pictures that belong to no film.

    Args:
        real: (n, 18, 32) signatures of films.
        count: How many.
        rng: Chooses.

    Returns:
        (count, 18, 32) grey levels.
    """
    share = rng.beta(0.5, 0.5, count).astype(np.float32)[:, None, None]
    return share * _turned(real, count, rng) + (1 - share) * _turned(real, count, rng)


def _turned(
    real: Sequence[NDArray[np.uint8]], count: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    film = rng.integers(0, len(real), count)
    at = rng.random(count)
    pictures = np.stack(
        [real[f][int(a * len(real[f]))] for f, a in zip(film, at, strict=True)]
    ).astype(np.float32)
    rows = (np.arange(GRID[0]) - rng.integers(4, GRID[0] - 4, (count, 1))) % GRID[0]
    columns = (np.arange(GRID[1]) - rng.integers(6, GRID[1] - 6, (count, 1))) % GRID[1]
    down, across = rng.random(count) < 0.5, rng.random(count) < 0.5
    rows[down] = rows[down, ::-1]
    columns[across] = columns[across, ::-1]
    at_each = np.arange(count)[:, None, None]
    return np.asarray(pictures[at_each, rows[:, :, None], columns[:, None, :]])


def rows_of(hours: float) -> int:
    """Rows of a film of such a length, for each view."""
    return round(hours * 60 * ROWS_A_MINUTE)


def crowd_views(
    real: Sequence[NDArray[np.uint8]], count: int, rng: np.random.Generator
) -> list[NDArray[np.float32]]:
    """What stands for a film of such pictures in the shortlist of a library.

    Args:
        real: (n, 18, 32) signatures of films.
        count: Rows of each view.
        rng: Chooses.

    Returns:
        (count, dim) rows for each view.
    """
    pictures: Any = crowd_pictures(real, count, rng)
    encoder = BuiltinEncoder()
    return [
        encoder.describe(cut_windows(pictures, window, size=WINDOW_SIZE))
        for window in middle_windows(16 / 9, ShortlistSettings())
    ]


@dataclass
class CrowdFilm:
    """A film of such pictures, one for each shot, under a slowly panning camera.

    It keeps the contract of a reader, so that a true index is made of it.
    """

    real: Sequence[NDArray[np.uint8]]
    seed: int
    seconds: float = 120.0
    name: str = "crowd"
    gaps: Sequence[DecodeGap] = ()

    @property
    def info(self) -> StreamInfo:
        """The stream of a film of 320×180 pixels."""
        return StreamInfo(
            path=Path(f"/films/crowd-{self.seed:05}.mp4"),
            width_px=320,
            height_px=180,
            sample_aspect=Fraction(1),
            rotation_deg=0,
            frame_rate=Fraction(RATE),
            time_base=Fraction(1, RATE * _TICKS),
            start_pts=0,
            duration_s_from_header=None,
            frames_from_header=None,
            codec="h264",
            pixel_format="yuv420p",
            has_audio=False,
            color_range="tv",
            color_space="bt709",
        )

    @property
    def shots(self) -> list[Shot]:
        """Of two to six seconds, as films have them."""
        frames, rng = round(self.seconds * RATE), np.random.default_rng([self.seed, 1])
        cuts = np.cumsum(rng.integers(2 * RATE, 6 * RATE, frames // (2 * RATE) + 1))
        edges = [0, *(int(cut) for cut in cuts if cut < frames - RATE), frames]
        return [Shot(a, b) for a, b in itertools.pairwise(edges)]

    def thumbnails(
        self,
        *,
        size: tuple[int, int],
        crop: PixelRect | None = None,  # noqa: ARG002 - the whole picture is content
        from_pts: int | None = None,
        block: int = 256,  # noqa: ARG002 - a shot at a time
        colour: ColourWish | None = None,  # noqa: ARG002 - for models only
    ) -> Iterator[FrameBlock]:
        """Every frame, a shot at a time."""
        if size != (GRID[1], GRID[0]):
            raise ValueError(f"a crowd is seen at {GRID[1]}x{GRID[0]} only, not {size}")
        rng = np.random.default_rng([self.seed, 2])
        for shot in self.shots:
            pictures = self._shot(shot, rng)
            pts = np.arange(shot.start_frame, shot.end_frame, dtype=np.int64) * _TICKS
            chosen = pts >= (from_pts or 0)
            if chosen.any():
                yield FrameBlock(pts[chosen], pictures[chosen])

    def _shot(self, shot: Shot, rng: np.random.Generator) -> NDArray[np.uint8]:
        (base,) = crowd_pictures(self.real, 1, rng)
        count = shot.end_frame - shot.start_frame
        moved = rng.uniform(-1.5, 1.5) * np.arange(count) / RATE  # cells a second
        whole = np.floor(moved).astype(np.int64)
        part = (moved - whole).astype(np.float32)[:, None, None]
        columns = (np.arange(GRID[1])[None] + whole[:, None]) % GRID[1]
        here = base[:, columns].transpose(1, 0, 2)
        beside = base[:, (columns + 1) % GRID[1]].transpose(1, 0, 2)
        grain = rng.normal(0, 0.5, here.shape).astype(np.float32)
        seen = np.clip((1 - part) * here + part * beside + grain, 0, 255)
        return np.asarray(seen, dtype=np.uint8)

    def close(self) -> None:
        """Nothing is open."""
