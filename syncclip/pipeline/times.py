"""When the frames of movies are on screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from syncclip.index import open_index
from syncclip.pipeline.commentary import read_times
from syncclip.progress import OnProgress
from syncclip.result import MovieRef
from syncclip.types import FrameTimes

__all__ = ["indexed_times", "movie_times"]


def movie_times(
    movies: Sequence[MovieRef],
    files: Mapping[str, Path],
    *,
    reader: str,
    on_progress: OnProgress | None,
) -> dict[str, FrameTimes]:
    """Frame times from each movie's index, or from the movie where the index is gone.

    Args:
        movies: Those wanted.
        files: Where each is, by name.
        reader: Decoder.
        on_progress: Told how far the reading is.

    Raises:
        IndexFileError: Where an index is not sound.
        VideoError: Where a movie cannot be read.
    """
    times = {}
    for movie in movies:
        indexed = indexed_times(movie)
        times[movie.name] = indexed or read_times(
            files[movie.name],
            reader=reader,
            on_progress=on_progress,
            stage=f"Reading {movie.name}",
        )
    return times


def indexed_times(movie: MovieRef) -> FrameTimes | None:
    """Frame times by the movie's index; None where that is gone or was made of another file.

    Raises:
        IndexFileError: Where the index is not sound.
    """
    if not Path(movie.index).is_file():
        return None
    with open_index(Path(movie.index)) as index:
        return index.times if index.manifest.fingerprint == movie.fingerprint else None
