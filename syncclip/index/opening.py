"""Several indexes opened together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from syncclip._names import distinct_names
from syncclip.errors import IndexFileError, IndexMismatchError
from syncclip.index._messages import REBUILD, shown
from syncclip.index.file import MovieIndex, open_index

__all__ = ["by_name", "index_files", "open_indexes"]


def open_indexes(paths: Sequence[Path]) -> list[MovieIndex]:
    """Open index files and all ``.idx`` files of folders.

    Args:
        paths: Files and folders; what is named twice is opened once.

    Returns:
        Open indexes in the order given (by name within a folder). Movies that share a file name are
        told apart by a number: ``film.mp4``, ``film.mp4 (2)``.

    Raises:
        IndexFileError: Where there is nothing to open, a file is no sound index, or two files
            index the same movie.
        IndexMismatchError: Where a file was made by another version or does not fit the others.
    """
    opened: list[MovieIndex] = []
    try:
        for path in index_files(paths):
            opened.append(open_index(path))
            _check_fit(opened[-1], opened[:-1])
    except IndexFileError:
        for index in opened:
            index.close()
        raise
    names = distinct_names([index.name for index in opened])
    return [replace(index, name=name) for index, name in zip(opened, names, strict=True)]


def index_files(paths: Iterable[Path]) -> list[Path]:
    """Index files, and those of folders by name; what is named twice stands once.

    Raises:
        IndexFileError: Where there is none.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        inside = sorted(path.glob("*.idx"), key=by_name) if path.is_dir() else [path]
        if not inside:
            raise IndexFileError(
                f"{shown(path)} holds no .idx file; make one with: syncclip index MOVIE"
            )
        for file in inside:
            found.setdefault(file.resolve(), file)
    if not found:
        raise IndexFileError("no index was named; make one with: syncclip index MOVIE")
    return list(found.values())


def _check_fit(index: MovieIndex, others: Sequence[MovieIndex]) -> None:
    made = index.manifest
    for other in others:
        if other.manifest.fingerprint == made.fingerprint:
            raise IndexFileError(
                f"{shown(index.path)} and {shown(other.path)} index the same movie; "
                "name or keep only one of them"
            )
        if other.manifest.config.signature_size != made.config.signature_size:
            raise IndexMismatchError(
                f"{shown(index.path)} has signatures of another size than {shown(other.path)}; "
                f"{REBUILD}"
            )


def by_name(path: Path) -> str:
    """Sorts files: ``film.idx`` comes before ``film (2).idx``."""
    return path.stem
