"""What index files hold, by their headers alone, and which of a folder can be searched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from syncclip.config import MatchConfig
from syncclip.errors import IndexFileError
from syncclip.index import read_head, sound_indexes
from syncclip.index.catalogue import read_catalogue
from syncclip.pipeline.naming import movie_mark
from syncclip.pipeline.shortlisting import many_films

__all__ = ["IndexFacts", "catalogued_movies", "index_facts", "searchable_indexes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFacts:
    """An index as its header describes it; whether its data is sound is not looked at."""

    name: str
    """The movie's file name."""
    movie_path: str
    """Where the movie was when it was indexed."""
    duration_s: float
    frame_rate: Fraction
    width_px: int
    height_px: int
    tracks: tuple[str, ...]
    models: tuple[str, ...]
    """Models that made tracks and captions, as their users named them."""
    bytes: int
    """Of the file."""


def index_facts(path: Path) -> IndexFacts | None:
    """What an index holds; None of another kind of file, as subtitles (VobSub) that end alike.

    Raises:
        IndexFileError: Where its header is damaged or cannot be read.
    """
    if movie_mark(path) is None:
        return None
    try:
        made = read_head(path).manifest
    except IndexFileError as error:  # pages name files without the folders they are in
        raise IndexFileError(str(error).replace(str(path), path.name)) from error
    info, captions = made.info, made.captions
    models = [record.model for record in made.encoders]
    return IndexFacts(
        name=made.name,
        movie_path=str(info.path),
        duration_s=made.end_s,
        frame_rate=info.frame_rate,
        width_px=info.width_px,
        height_px=info.height_px,
        tracks=tuple(record.id for record in made.encoders),
        models=tuple(filter(None, [*models, captions.model if captions else ""])),
        bytes=path.stat().st_size,
    )


def catalogued_movies(folder: Path) -> list[str]:
    """Where the movies of a library were, by its catalogue; none where it has no catalogue yet.

    Raises:
        IndexFileError: Where the catalogue is damaged or cannot be read.
    """
    catalogue = read_catalogue(folder)
    films = () if catalogue is None else catalogue.films
    return [str(film.manifest.info.path) for film in films]


def searchable_indexes(
    paths: Sequence[Path], config: MatchConfig
) -> tuple[list[Path], tuple[str, ...]]:
    """What there is to search in, and notes of the files in folders that are left out of it.

    A folder of so many films that it is searched in two stages stays one. Of others the indexes are
    taken that are sound, each film once. Files that are named themselves are taken or refused.

    Args:
        paths: Index files, and folders of them.
        config: Whether folders are searched in two stages.

    Raises:
        IndexFileError: Where nothing is left, or a file that is named itself is not sound.
    """
    if many_films(paths, config) or not any(path.is_dir() for path in paths):
        return list(paths), ()
    found: list[Path] = []
    notes: list[str] = []
    for index in sound_indexes(paths, notes.append):
        index.close()
        found.append(index.path)
    return found, tuple(notes)
