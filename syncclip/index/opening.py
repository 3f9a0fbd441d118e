"""Several indexes opened together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from syncclip._names import distinct_names
from syncclip.errors import IndexFileError, IndexMismatchError
from syncclip.index._messages import REBUILD, shown
from syncclip.index.file import MovieIndex, open_index
from syncclip.index.head import IndexHead, read_head

__all__ = ["by_name", "index_files", "open_indexes", "open_searchable", "sound_indexes"]

VOBSUB = b"# VobSub"
"""How subtitles begin whose files end in ``.idx``, too."""


def open_searchable(paths: Sequence[Path]) -> tuple[list[MovieIndex], tuple[str, ...]]:
    """Open index files, and what can be searched of the ``.idx`` files of folders.

    Args:
        paths: Files and folders; what is named twice is opened once.

    Returns:
        Open indexes as :func:`open_indexes` gives them, and notes of files in folders that are left
        out: damaged ones, and those of a movie that is there already.

    Raises:
        IndexFileError: Where a file that is named itself is no sound index, two of them index the
            same movie, or nothing is left.
        IndexMismatchError: Where a file that is named itself does not fit the others.
    """
    opened: list[MovieIndex] = []
    notes: list[str] = []
    try:
        opened.extend(sound_indexes(paths, notes.append))
    except IndexFileError:
        for index in opened:
            index.close()
        raise
    return _called_apart(opened), tuple(notes)


def sound_indexes(paths: Sequence[Path], left_out: Callable[[str], None]) -> Iterator[MovieIndex]:
    """Open one index after the other, for whoever takes them to close.

    Args:
        paths: As for :func:`open_searchable`, which says what else is raised.
        left_out: Told of a file in a folder that is left out, and why.

    Raises:
        IndexFileError: At the end, where there was nothing.
    """
    files = index_files(paths)
    named = {path.resolve() for path in paths if not path.is_dir()}
    # Those named come first: of a movie's two indexes, the one in the folder is left out.
    heads: list[IndexHead] = []
    for file in (file for file in files if file.resolve() in named):
        head = read_head(file)
        _check_fit(head, heads)
        heads.append(head)
    reasons: list[str] = []
    for file in files:
        if file.resolve() in named:
            yield open_index(file)
            continue
        if _is_subtitles(file):
            continue
        try:
            reason, index = "", open_index(file)
            reason = _why_not(index, heads)
        except IndexFileError as error:
            reason = f"left out: {error}"
        if reason:
            reasons.append(reason)
            left_out(reason)
            continue
        heads.append(IndexHead(file, index.name, index.manifest))
        yield index
    if not heads:
        raise IndexFileError(
            reasons[0].removeprefix("left out: ")
            if reasons
            else "there is no index to search; make one with: syncclip index MOVIE"
        )


def _why_not(index: MovieIndex, others: Sequence[IndexHead]) -> str:
    """Why a sound index of a folder is left out; it is closed then."""
    made = index.manifest
    try:
        if any(other.manifest.fingerprint == made.fingerprint for other in others):
            index.close()
            return f"{shown(index.path)} is left out: it indexes a movie that is there already"
        _check_fit(index, others)
    except IndexFileError:
        index.close()
        raise
    return ""


def _is_subtitles(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(len(VOBSUB)) == VOBSUB
    except OSError:
        return False  # opening it as an index says why


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
    return _called_apart(opened)


def _called_apart(opened: Sequence[MovieIndex]) -> list[MovieIndex]:
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


def _check_fit(index: IndexHead, others: Sequence[IndexHead]) -> None:
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
