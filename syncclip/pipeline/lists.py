"""Many files named at once: several, a folder of them, or a list in a CSV file."""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from syncclip._addresses import is_stored
from syncclip.errors import InputError
from syncclip.pipeline.downloading import is_address
from syncclip.pipeline.storage import RESULTS, fetched, stored_files

__all__ = ["VIDEO_SUFFIXES", "Row", "is_many", "listed_rows", "placed"]

_ENDINGS = (
    "3g2 3gp amv asf avi divx dv f4v flv gxf m1v m2p m2t m2ts m2v m4v mk3d mkv mov mp4 mpe mpeg "
    "mpg mpv mts mxf nut ogm ogv qt rm rmvb tod tp trp ts vob vro webm wmv wtv y4m"
)
VIDEO_SUFFIXES = frozenset(f".{ending}" for ending in _ENDINGS.split(" "))
"""What counts as a video in a folder, for whoever lists one: containers that FFmpeg reads and
that hold little else. A file that is named itself is tried whatever its name."""

BESIDE = ("index", "subtitles")
"""Columns whose cells name files, which are looked for beside the list."""
BETWEEN = "|"
"""Stands between several of them in one cell."""
MAX_LIST_BYTES = 64 * 1024 * 1024
"""A list of 100,000 films is a tenth of this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One file, and what a list says of it."""

    name: str
    """Absolute path, or address."""
    cells: Mapping[str, str]
    """The list's other columns that are not empty; none for a file named itself."""
    base: str
    """Folder that the list's paths are relative to; empty for a file named itself."""
    where: str
    """``"films.csv, line 3"``; the name for a file named itself."""

    def files(self, column: str) -> tuple[str, ...]:
        """What a cell names, found from anywhere; none where it is empty."""
        names = (name.strip() for name in self.cells.get(column, "").split(BETWEEN))
        return tuple(placed(name, self.base) for name in names if name)


def is_many(names: Sequence[str | Path], *, places: Iterable[str | Path] = ()) -> bool:
    """Whether more is named than one file of this machine: what takes many, takes stores, too.

    Args:
        names: What is to be done.
        places: What else is named for it: indexes, movies, the folder for results.
    """
    if len(names) != 1 or any(is_stored(place) for place in places):
        return True
    (name,) = names
    if is_address(name):
        return False
    return _is_list(name) or is_stored(name) or Path(name).is_dir()


def listed_rows(
    names: Iterable[str | Path], *, column: str, others: Sequence[str] = ()
) -> list[Row]:
    """Everything that is named: files as they are, folders' videos by path, lists row by row.

    A folder is looked through with the folders in it; hidden ones, and results of match, which are
    no commentaries, are left out. What is named twice and means the same comes once.

    Args:
        names: Paths and addresses.
        column: Name of the list's column of files, which every row fills.
        others: Names of its other columns.

    Raises:
        InputError: Where a folder holds no video, or a list is not as it should be; the message
            names the row.
    """
    rows: list[Row] = []
    for name in names:
        if is_address(name):
            rows.append(_itself(str(name)))
        elif _is_list(name):
            rows += _rows_of_list(name, column, others)
        elif is_stored(name):
            rows += _stored(str(name))
        elif Path(name).is_dir():
            rows += [_itself(path) for path in _videos(Path(name))]
        else:
            rows.append(_itself(os.path.abspath(name)))  # noqa: PTH100 - links are kept
    unique: dict[tuple[object, ...], Row] = {}
    for row in rows:
        unique.setdefault((row.name, *_meant(row)), row)
    return [*unique.values()]


def placed(name: str, base: str) -> str:
    """A name of a list as it is found from anywhere: relative ones are beside the list."""
    if is_stored(name) or is_address(name):
        return name
    if is_stored(base):
        return f"{base.rstrip('/')}/{name}"
    return os.path.abspath(Path(base, name))  # noqa: PTH100 - links are kept


def _meant(row: Row) -> Iterator[tuple[str, object]]:
    """A row's cells, alike in two lists where they mean the same."""
    for column, cell in sorted(row.cells.items()):
        yield column, row.files(column) if column in BESIDE else cell


def _itself(name: str) -> Row:
    return Row(name=name, cells={}, base="", where=name)


def _is_list(name: str | Path) -> bool:
    return str(name).lower().endswith(".csv") and (is_stored(name) or not Path(name).is_dir())


def _is_video(name: str | Path) -> bool:
    return Path(str(name)).suffix.lower() in VIDEO_SUFFIXES


def _videos(folder: Path) -> list[str]:
    found: list[str] = []
    for place, folders, files in os.walk(folder.absolute()):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f != RESULTS)
        videos = (file for file in files if _is_video(file) and not file.startswith("."))
        found += [os.path.join(place, file) for file in videos]  # noqa: PTH118 - thousands
    if not found:
        raise InputError(
            f"{folder} holds no video; known are files that end in "
            f"{', '.join(sorted(VIDEO_SUFFIXES))}, others can be named themselves"
        )
    return sorted(found)


def _stored(address: str) -> list[Row]:
    """A file of a store, or all videos of a folder there."""
    if _is_video(address):
        return [_itself(address)]
    hidden = ("/.", f"/{RESULTS}/")
    inside = [
        found
        for found in stored_files(address)
        if _is_video(found) and not any(part in found[len(address) - 1 :] for part in hidden)
    ]
    if not inside:
        raise InputError(f"{address} holds no video; check the address")
    return [_itself(found) for found in inside]


def _rows_of_list(name: str | Path, column: str, others: Sequence[str]) -> list[Row]:
    shown, path = str(name), fetched(str(name)) if is_stored(name) else Path(name)
    base = shown.rpartition("/")[0] if is_stored(name) else str(path.absolute().parent)
    text = _text(path, shown)
    first = text.partition("\n")[0]
    # Spreadsheets of many countries separate by semicolons, as the comma is their decimal point.
    between = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    rows: list[Row] = []
    try:
        head = _head(next(reader, []), shown, column, others)
        for cells in reader:
            where = f"{shown}, line {reader.line_num}"
            row = _row(dict(zip(head, _checked(cells, head, where), strict=True)), column, where)
            if row is not None:
                rows.append(Row(name=placed(row.pop(column), base), cells=row, base=base,
                                where=where))  # fmt: skip
    except csv.Error as error:
        raise InputError(f"{shown}, line {reader.line_num}: not a row of CSV: {error}") from error
    if not rows:
        raise InputError(f"{shown} lists nothing; give one {column} in each line")
    return rows


def _text(path: Path, shown: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_LIST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{shown} cannot be read: {error.strerror or error}") from error
    if len(data) > MAX_LIST_BYTES:
        raise InputError(f"{shown} is no list: it has over {MAX_LIST_BYTES >> 20} MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(f"{shown}, line {line}: not UTF-8 text; save it as CSV UTF-8") from error


def _head(cells: Sequence[str], shown: str, column: str, others: Sequence[str]) -> list[str]:
    """The names of the columns, in the list's order."""
    names = [cell.strip().lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    known = (column, *others)
    for name in names:
        if name not in known:
            raise InputError(
                f"{shown}, line 1: {name!r} is no column; the first line names the columns: "
                f"{', '.join(known)}"
            )
    if column not in names or len(set(names)) != len(names):
        raise InputError(
            f"{shown}, line 1: names of columns are missing or stand twice; it needs {column}, "
            f"and may have {', '.join(others)}"
        )
    return names


def _checked(cells: Sequence[str], head: Sequence[str], where: str) -> list[str]:
    """The cells, as many as there are columns: spreadsheets leave empty ones out at the end."""
    if len(cells) > len(head) and any(cell.strip() for cell in cells[len(head) :]):
        raise InputError(
            f"{where}: {len(cells)} cells for {len(head)} columns; put names with commas in quotes"
        )
    return [*cells[: len(head)], *[""] * (len(head) - len(cells))]


def _row(cells: Mapping[str, str], column: str, where: str) -> dict[str, str] | None:
    """The cells that are not empty; None where all are."""
    filled = {name: cell.strip() for name, cell in cells.items() if cell.strip()}
    if not filled:
        return None
    if column not in filled:
        raise InputError(f"{where}: no {column} is named")
    for name, cell in filled.items():
        if any(unicodedata.category(character) == "Cc" for character in cell):
            raise InputError(f"{where}: {name} holds a line break or another control character")
    return filled
