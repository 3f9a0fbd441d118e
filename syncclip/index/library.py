"""Several indexes searched together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from syncclip.errors import IndexFileError, IndexMismatchError
from syncclip.index._messages import REBUILD, shown
from syncclip.index.file import MovieIndex, open_index

__all__ = ["open_indexes"]


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
        for path in _files(paths):
            opened.append(open_index(path))
            _check_fit(opened[-1], opened[:-1])
    except IndexFileError:
        for index in opened:
            index.close()
        raise
    return [replace(index, name=name) for index, name in zip(opened, _names(opened), strict=True)]


def _files(paths: Iterable[Path]) -> list[Path]:
    found: dict[Path, Path] = {}
    for path in paths:
        inside = sorted(path.glob("*.idx")) if path.is_dir() else [path]
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


def _names(indexes: Sequence[MovieIndex]) -> list[str]:
    taken: dict[str, None] = {}
    for index in indexes:
        name, number = index.name, 2
        while name in taken:
            name, number = f"{index.name} ({number})", number + 1
        taken[name] = None
    return list(taken)
