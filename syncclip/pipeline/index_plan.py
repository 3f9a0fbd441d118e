"""Which index is whose: every film keeps the one that a folder has of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from syncclip._addresses import is_stored
from syncclip.errors import InputError, VideoError
from syncclip.pipeline.lists import Row
from syncclip.pipeline.naming import Names, indexed_films, movie_mark
from syncclip.pipeline.storage import address_of, cached_path
from syncclip.pipeline.tasks import Failure
from syncclip.video import fingerprint

__all__ = ["IndexedFilm", "planned_indexes"]

READERS = 8
"""Files whose fingerprints are read at the same time: a folder on a network answers slowly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedFilm:
    """What became of one movie."""

    movie: str
    index: str | None
    """The ``.idx`` file; None where there is none."""
    status: str
    """``"indexed"``, ``"current"`` where it was already, or ``"failed"``."""
    reason: str = ""
    """Why it failed, in one line, why it was not indexed, or why not where a list wants it."""
    frames: int = 0
    duration_s: float = 0.0
    bytes: int = 0
    seconds: float = 0.0
    """Time it took."""
    notes: tuple[str, ...] = ()


def planned_indexes(rows: Sequence[Row], folder: str) -> list[IndexedFilm]:
    """Every film with its index and the status ``"waiting"``, or with why it is not to be indexed.

    Raises:
        InputError: Where two rows of a list name the same index.
    """
    known = {} if is_stored(folder) else indexed_films(Path(folder))
    names = Names(path.name for path in known.values())
    _check_outputs(rows)
    for row in rows:  # names that were asked for go before those that are made up
        if "output" in row.cells:
            names.take(row.cells["output"])
    films: list[IndexedFilm] = []
    first: dict[str, str] = {}
    for row, mark in zip(rows, _marks(rows), strict=True):
        if isinstance(mark, Failure):
            films.append(_failed(row, mark.reason))
            continue
        film = str(known.get(mark, mark))  # one here and its copy in a store share their index
        if film in first:
            again = f"the same film as {first[film]}"
            films.append(IndexedFilm(movie=row.name, index=None, status="current", reason=again))
        else:
            first[film] = row.name
            films.append(_with_index(row, mark, folder, known, names))
    return films


def _check_outputs(rows: Sequence[Row]) -> None:
    taken: dict[str, str] = {}
    for row in rows:
        name = row.cells.get("output")
        if name is None:
            continue
        if Path(name).name != name or not name.lower().endswith(".idx"):
            raise InputError(
                f"{row.where}: output is {name!r}; give the name of an .idx file, without a folder"
            )
        if name.casefold() in taken:
            raise InputError(f"{row.where}: {name} is the output of {taken[name.casefold()]}, too")
        taken[name.casefold()] = row.where


def _marks(rows: Sequence[Row]) -> list[str | Failure]:
    """What each film is known by: its content, or its address, as a store would be slow to read."""
    with ThreadPoolExecutor(READERS) as pool:
        return [*pool.map(_mark, (row.name for row in rows))]


def _mark(movie: str) -> str | Failure:
    try:
        # An address has several spellings, and its copy one place: indexes say where that was.
        return address_of(cached_path(movie)) or movie if is_stored(movie) else fingerprint(movie)
    except (InputError, VideoError) as error:
        return Failure(str(error))


def _with_index(
    row: Row, mark: str, folder: str, known: Mapping[str, Path], names: Names
) -> IndexedFilm:
    name = row.cells.get("output")
    if mark in known:
        own = known[mark].name
        said = "" if name in (None, own) else f"its index is {own}; output {name} was not used"
        return IndexedFilm(movie=row.name, index=str(known[mark]), status="waiting", reason=said)
    if name is None:
        stem = row.name.rpartition("/")[2] if is_stored(row.name) else Path(row.name).name
        stem = Path(stem).stem
        name = next(n for n in names.candidates(stem, ".idx") if _is_free(folder, n))
        names.take(name)
    elif not _is_free(folder, name):
        return _failed(
            row, f"{name} in {folder} is of another film, or no index; give another output"
        )
    index = f"{folder.rstrip('/')}/{name}" if is_stored(folder) else str(Path(folder, name))
    return IndexedFilm(movie=row.name, index=index, status="waiting")


def _is_free(folder: str, name: str) -> bool:
    """Whether a name may be written: what is there is nothing, or an index that is damaged."""
    if is_stored(folder):
        return True
    path = Path(folder, name)
    return not path.exists() or movie_mark(path) == ""


def _failed(row: Row, reason: str) -> IndexedFilm:
    return IndexedFilm(movie=row.name, index=None, status="failed", reason=reason)
