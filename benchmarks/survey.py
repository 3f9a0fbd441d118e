"""Grey thumbnails and cuts of a whole film, read once and kept.

The evaluator needs the thumbnails to tell which frames look the same; the maker needs the cuts so
that some pieces start and end on them, as an editor's do.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from benchmarks.films import FilmFacts, read_facts

__all__ = ["FilmSurvey", "read_thumbnails", "survey_film"]

THUMBNAIL_PX = (64, 36)
_FORMAT = 1
_CUT_STEP = 14.0
"""Mean grey levels between neighbours beyond which a step can be a cut …"""
_CUT_RATIO = 3.0
"""… when it is also this many times the larger of the steps before and after it."""
_DARK_LUMA = 20
"""Median grey level below which a frame is black but for a few lights or letters."""


@dataclass(frozen=True, slots=True, eq=False)
class FilmSurvey:
    """Every frame of a film, small."""

    facts: FilmFacts
    pts: NDArray[np.int64]
    """(n,) presentation timestamps."""
    end_pts: int
    thumbnails: NDArray[np.uint8]
    """(n, 36, 64) grey."""

    @property
    def starts_s(self) -> NDArray[np.float64]:
        """(n,) seconds at which frames appear."""
        return self._seconds(self.pts)

    @property
    def ends_s(self) -> NDArray[np.float64]:
        """(n,) seconds at which frames leave the screen."""
        ends = np.append(self.pts[1:], self.end_pts)
        return self._seconds(ends)

    def _seconds(self, pts: NDArray[np.int64]) -> NDArray[np.float64]:
        return (pts - self.facts.start_pts).astype(np.float64) * float(self.facts.time_base)

    def exact_s(self, frame: int) -> Fraction:
        """Exact second at which a frame appears."""
        return self.facts.seconds(int(self.pts[frame]))

    def cuts(self) -> NDArray[np.int64]:
        """Numbers of the frames that open a shot."""
        small = self.thumbnails[:, ::3, ::4].astype(np.int16)
        step = np.abs(np.diff(small, axis=0)).mean(axis=(1, 2))
        around = np.maximum(np.append(step[1:], 0), np.append(0, step[:-1]))
        return np.flatnonzero((step > _CUT_STEP) & (step > _CUT_RATIO * around)) + 1

    def dark(self) -> NDArray[np.bool_]:
        """(n,) frames that are mostly black."""
        result: NDArray[np.bool_] = np.median(self.thumbnails, axis=(1, 2)) < _DARK_LUMA
        return result


def survey_film(path: Path, *, work: Path) -> FilmSurvey:
    """The survey of a film, from ``work`` where it was made before."""
    facts = read_facts(path)
    stat = path.stat()
    # By the film and not by its folder: a link to a film is not read again.
    key = f"{_FORMAT} {stat.st_size} {replace(facts, path=Path(path.name))}".encode()
    cache = work / "surveys" / f"{hashlib.sha256(key).hexdigest()[:20]}.npz"
    if not cache.exists():
        _write(cache, *read_thumbnails(path))
    with np.load(cache) as stored:
        return FilmSurvey(facts, stored["pts"], int(stored["end_pts"]), stored["thumbnails"])


def read_thumbnails(path: Path) -> tuple[NDArray[np.int64], int, NDArray[np.uint8]]:
    """Timestamps, the timestamp at which the last frame ends, and (n, 36, 64) thumbnails.

    Raises:
        ValueError: Not one frame could be decoded.
    """
    pts: list[int] = []
    thumbnails: list[NDArray[np.uint8]] = []
    width, height = THUMBNAIL_PX
    last = 1
    with av.open(f"file:{path}") as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in container.decode(stream):
            if frame.pts is None or (pts and frame.pts <= pts[-1]):
                continue
            small = frame.reformat(width, height, "gray", interpolation="AREA")
            thumbnails.append(small.to_ndarray().astype(np.uint8))
            pts.append(frame.pts)
            last = frame.duration or last
    if not pts:
        raise ValueError(f"{path.name} has no frame that can be decoded")
    return np.array(pts, np.int64), pts[-1] + last, np.stack(thumbnails)


def _write(
    cache: Path, pts: NDArray[np.int64], end_pts: int, thumbnails: NDArray[np.uint8]
) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    part = cache.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        np.savez(file, pts=pts, end_pts=np.int64(end_pts), thumbnails=thumbnails)
    part.replace(cache)
