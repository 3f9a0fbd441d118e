"""Query × movie similarity matrices: the same descriptors and crop windows that SyncClip looks up.

Every aligner under comparison reads these matrices, so that what differs is the alignment alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncclip.config import MatchConfig
from syncclip.contracts import Encoder
from syncclip.encoders import BuiltinEncoder
from syncclip.index import MovieIndex, open_indexes
from syncclip.matching import Source, crop_windows, cut_windows
from syncclip.pipeline.commentary import ReadCommentary, read_commentary
from syncclip.pipeline.searching import WINDOW_SIZE
from syncclip.pipeline.sources import movie_sources

__all__ = [
    "MOVIE_INTERVAL_S",
    "QUERY_INTERVAL_S",
    "MovieSimilarity",
    "Similarity",
    "load_similarity",
    "measure",
    "save_similarity",
]

QUERY_INTERVAL_S = MatchConfig().frame_interval_s
"""Seconds between query frames: as SyncClip asks."""
MOVIE_INTERVAL_S = QUERY_INTERVAL_S / 2
"""Seconds between movie samples. SyncClip looks up two per second and finds the frame on the
signatures; the aligners have no such second step, so that a coarse grid would decide for them: from
0.5 to 0.22 to 0.11 s their f1 at one frame rose from 0.3 to 0.5 to 0.6 on a typical edit."""

Matrix = NDArray[np.float32]
_FORMAT = 1
_BLOCK = 512
"""Movie samples compared at a time: keeps the product with all their windows under 200 MB."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MovieSimilarity:
    """How much every query frame looks like every sample of one movie."""

    movie: str
    """File name."""
    seconds: NDArray[np.float64]
    """(m,) middle of the time that each sample is on screen: what a query frame that shows it was
    taken from, on average."""
    plain: Matrix
    """(q, m) greatest cosine over all crop windows; 0 where a picture is flat."""
    mirrored: Matrix
    """(q, m) the same of the mirrored query."""

    def __post_init__(self) -> None:
        shape = (len(self.plain), len(self.seconds))
        if self.plain.shape != shape or self.mirrored.shape != shape:
            raise ValueError(
                f"{self.movie}: {len(self.seconds)} samples, but matrices "
                f"{self.plain.shape} and {self.mirrored.shape}"
            )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Similarity:
    """All that an aligner may use of one case."""

    movies: tuple[MovieSimilarity, ...]
    query_frames: NDArray[np.int64]
    """(q,) numbers of the commentary frames that were compared, on an even grid."""
    query_s: NDArray[np.float64]
    """(q,) when each is on screen."""
    frame_s: NDArray[np.float64]
    """(n,) when every frame of the commentary comes on screen."""
    cuts: NDArray[np.int64]
    """First frames of the commentary's detected shots but the first."""
    content: NDArray[np.int64]
    """``x, y, w, h`` in pixels: the commentary's picture without bars."""

    def __post_init__(self) -> None:
        rows = len(self.query_frames)
        if len(self.query_s) != rows or any(len(movie.plain) != rows for movie in self.movies):
            raise ValueError(f"{rows} query frames, but times or matrices of another length")

    @property
    def frames(self) -> int:
        """Length of the commentary."""
        return len(self.frame_s)

    @property
    def query_interval_s(self) -> float:
        """Seconds between query frames."""
        return float(np.median(np.diff(self.query_s))) if len(self.query_s) > 1 else 0.22

    @property
    def edges(self) -> NDArray[np.int64]:
        """Where shots start and end, first and last frame included."""
        return np.concatenate([[0], self.cuts, [self.frames]]).astype(np.int64)


def measure(
    commentary: Path, indexes: Sequence[Path], *, movie_interval_s: float | None = MOVIE_INTERVAL_S
) -> Similarity:
    """Compare a commentary with indexed movies.

    Args:
        commentary: The commentary's file.
        indexes: ``.idx`` files.
        movie_interval_s: Seconds between movie samples; those of the index's own track, which
            SyncClip looks up, where None.
    """
    config, encoder = MatchConfig(), BuiltinEncoder()
    read = read_commentary(commentary, size=config.thumbnail_size, reader="pyav", on_progress=None)
    opened = open_indexes(list(indexes))
    try:
        rows = _query_rows(read, config.frame_interval_s)
        pictures = read.frames.grey[rows]
        queries = (encoder.describe(pictures), encoder.describe(pictures[:, :, ::-1]))
        movies = tuple(
            _compare(queries, index, source, read.frames.aspect, encoder, movie_interval_s)
            for index, source in zip(opened, movie_sources(opened), strict=True)
        )
    finally:
        for index in opened:
            index.close()
    return Similarity(
        movies=movies,
        query_frames=rows,
        query_s=read.frames.seconds[rows],
        frame_s=read.frames.seconds,
        cuts=np.array([shot.start_frame for shot in read.frames.shots[1:]], np.int64),
        content=np.array([getattr(read.content, side) for side in "xywh"], np.int64),
    )


def _query_rows(read: ReadCommentary, interval_s: float) -> NDArray[np.int64]:
    """The grid on which SyncClip asks, without its exceptions at the ends of shots."""
    step = max(round(interval_s / read.frames.frame_period_s), 1)
    return np.arange(0, len(read.frames.grey), step, dtype=np.int64)


def _compare(
    queries: tuple[Matrix, Matrix],
    index: MovieIndex,
    source: Source,
    aspect: float,
    encoder: Encoder,
    interval_s: float | None,
) -> MovieSimilarity:
    numbers = index.tracks[encoder.id].frames.astype(np.int64)
    if interval_s is not None:
        numbers = np.unique(source.frame_at(np.arange(0.0, source.end_s, interval_s)))
        numbers = numbers[(numbers >= 0) & (numbers < len(source.signatures))]
    crops = crop_windows(aspect, source.aspect)
    best = [np.zeros((len(queries[0]), len(numbers)), np.float32) for _ in queries]
    for start in range(0, len(numbers), _BLOCK):
        part = slice(start, start + _BLOCK)
        sampled = source.signatures[numbers[part]]
        for crop in crops:
            windows = encoder.describe(cut_windows(sampled, crop, size=WINDOW_SIZE))
            for matrix, query in zip(best, queries, strict=True):
                np.maximum(matrix[:, part], query @ windows.T, out=matrix[:, part])
    return MovieSimilarity(
        movie=index.name,
        seconds=source.seconds[numbers] + source.frame_period_s / 2,
        plain=best[0],
        mirrored=best[1],
    )


def save_similarity(similarity: Similarity, path: Path) -> None:
    """Write one ``.npz``: float16 matrices ``plain_0``, ``mirrored_0``, … and their axes.

    ``numpy.load`` reads it without ``allow_pickle``; ``movies`` holds the file names in order.
    """
    arrays: dict[str, NDArray[Any]] = {
        "format": np.array(_FORMAT),
        "movies": np.array([movie.movie for movie in similarity.movies], np.str_),
        "query_frames": similarity.query_frames,
        "query_s": similarity.query_s,
        "frame_s": similarity.frame_s,
        "cuts": similarity.cuts,
        "content": similarity.content,
    }
    for number, movie in enumerate(similarity.movies):
        arrays[f"movie_s_{number}"] = movie.seconds
        arrays[f"plain_{number}"] = movie.plain.astype(np.float16)
        arrays[f"mirrored_{number}"] = movie.mirrored.astype(np.float16)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load_similarity(path: Path) -> Similarity:
    """Read what :func:`save_similarity` wrote.

    Raises:
        ValueError: Another version wrote it.
    """
    with np.load(path, allow_pickle=False) as stored:
        if int(stored["format"]) != _FORMAT:
            raise ValueError(f"{path.name} has format {int(stored['format'])}; export it again")
        movies = tuple(
            MovieSimilarity(
                movie=str(name),
                seconds=stored[f"movie_s_{number}"],
                plain=stored[f"plain_{number}"].astype(np.float32),
                mirrored=stored[f"mirrored_{number}"].astype(np.float32),
            )
            for number, name in enumerate(stored["movies"])
        )
        axes = ("query_frames", "query_s", "frame_s", "cuts", "content")
        rest = {name: stored[name] for name in axes}
    return Similarity(movies=movies, **rest)
