"""Nearest neighbours of commentary pictures among all crop windows of all movies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncclip.contracts import Encoder
from syncclip.index import MovieIndex, VectorIndex
from syncclip.matching import Neighbours, crop_windows, cut_windows
from syncclip.progress import OnProgress, Progress

__all__ = ["WindowSearch"]

STAGE = "Preparing search"
WINDOW_SIZE = (9, 16)
"""Rows and columns at which a window is described: the built-in encoder's own grid."""


@dataclass(frozen=True, slots=True, eq=False)
class WindowSearch:
    """Looks pictures up; called as :data:`syncclip.matching.Lookup`."""

    encoder: Encoder
    vectors: VectorIndex
    source: NDArray[np.int64]
    """(m,) movie number of each vector."""
    frame: NDArray[np.int64]
    """(m,) its frame number."""
    crop: NDArray[np.int64]
    """(m,) number of its crop window."""

    @classmethod
    def over(
        cls,
        indexes: Sequence[MovieIndex],
        aspects: Sequence[float],
        aspect: float,
        encoder: Encoder,
        on_progress: OnProgress | None = None,
        *,
        most: int | None = None,
    ) -> WindowSearch:
        """Describe every window of every sampled movie frame.

        Args:
            indexes: Movies.
            aspects: Width ÷ height of each movie's content.
            aspect: Width ÷ height of the commentary's content.
            encoder: What describes them.
            on_progress: Told how many windows are described.
            most: Windows in all, beyond which sampled frames are left out, evenly.
        """
        report = on_progress or (lambda _: None)
        crops = [crop_windows(aspect, movie_aspect) for movie_aspect in aspects]
        tracks = [index.tracks[encoder.id].frames for index in indexes]
        total = _windows(tracks, crops)
        if most is not None and total > most:
            tracks = [frames[:: -(-total // most)] for frames in tracks]
            total = _windows(tracks, crops)
        done = 0
        report(Progress(STAGE, done, total, "windows"))
        vectors, labels = [], []
        for number, (index, frames) in enumerate(zip(indexes, tracks, strict=True)):
            sampled = index.signatures[frames]
            for window, crop in enumerate(crops[number]):
                described = encoder.describe(cut_windows(sampled, crop, size=WINDOW_SIZE))
                textured = np.flatnonzero(described.any(axis=1))
                vectors.append(described[textured].astype(np.float16))
                label = np.empty((len(textured), 3), dtype=np.int64)
                label[:, 0], label[:, 1], label[:, 2] = number, frames[textured], window
                labels.append(label)
                done += len(frames)
                report(Progress(STAGE, done, total, "windows"))
        joined = np.concatenate(labels)
        return cls(
            encoder=encoder,
            vectors=VectorIndex(np.concatenate(vectors)),
            source=joined[:, 0],
            frame=joined[:, 1],
            crop=joined[:, 2],
        )

    @staticmethod
    def windows(
        indexes: Sequence[MovieIndex], aspects: Sequence[float], aspect: float, encoder: Encoder
    ) -> int:
        """How many windows :meth:`over` would describe of all sampled frames."""
        tracks = [index.tracks[encoder.id].frames for index in indexes]
        return _windows(tracks, [crop_windows(aspect, movie_aspect) for movie_aspect in aspects])

    def __call__(self, pictures: NDArray[np.uint8], count: int) -> Neighbours:
        """The nearest ``count`` windows of each (n, h, w) picture; none for flat ones."""
        queries = self.encoder.describe(pictures)
        similarity, rows = self.vectors.search(queries, count)
        known = (rows >= 0) & np.any(queries, axis=1, keepdims=True)
        if not known.any():
            # A movie without any texture has no vectors at all.
            nothing = np.zeros(rows.shape, dtype=np.int64)
            return Neighbours(nothing.astype(np.float32), nothing - 1, nothing, nothing)
        rows = np.maximum(rows, 0)
        return Neighbours(
            similarity=np.where(known, similarity, 0.0).astype(np.float32),
            source=np.where(known, self.source[rows], -1),
            frame=np.where(known, self.frame[rows], 0),
            crop=np.where(known, self.crop[rows], 0),
        )


def _windows(frames: Sequence[NDArray[np.int64]], crops: Sequence[Sequence[object]]) -> int:
    return sum(len(of) * len(each) for of, each in zip(frames, crops, strict=True))
