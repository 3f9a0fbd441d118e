"""What a library knows of its films without opening them: ``library.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from syncclip._files import format_json, write_text
from syncclip.errors import IndexFileError
from syncclip.index._messages import shown
from syncclip.index.fields import Fields
from syncclip.index.file import MovieIndex, open_index
from syncclip.index.manifest import MAX_PTS, Manifest
from syncclip.index.opening import by_name
from syncclip.index.parts import REPAIR

__all__ = [
    "Catalogue",
    "CataloguedFilm",
    "FileState",
    "UnsoundFile",
    "index_states",
    "read_catalogue",
    "without_twins",
]

FILE = "library.json"
FORMAT, VERSION = "syncclip-library", 1
MAX_BYTES = 1 << 30
MAX_SECONDS = 1e9


@dataclass(frozen=True, slots=True)
class FileState:
    """By which a file is seen to have changed."""

    bytes: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> FileState:
        """As it is now.

        Raises:
            OSError: Where it cannot be looked at.
        """
        state = path.stat()
        return cls(state.st_size, state.st_mtime_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class CataloguedFilm:
    """A film of a library."""

    file: str
    """Name of its ``.idx`` file."""
    state: FileState
    """Of that file when it was read."""
    manifest: Manifest
    end_s: float
    """When its last frame leaves the screen."""
    rows: int
    """What stands for it in the shortlist."""

    @classmethod
    def read(cls, path: Path, state: FileState, rows: int, index: MovieIndex) -> CataloguedFilm:
        """A film as its open index has it."""
        return cls(
            file=path.name,
            state=state,
            manifest=index.manifest,
            end_s=index.times.end_s,
            rows=rows,
        )

    def open(self, folder: Path) -> MovieIndex:
        """Open its index and check every byte of it.

        Raises:
            IndexFileError: Where it is missing, damaged, or of another film by now.
        """
        index = open_index(folder / self.file)
        if index.manifest.fingerprint != self.manifest.fingerprint:
            index.close()
            raise IndexFileError(
                f"{shown(folder / self.file)} was replaced while it was searched; run again"
            )
        return index


@dataclass(frozen=True, slots=True)
class UnsoundFile:
    """A file that is no sound index: it is not read again until it changes."""

    file: str
    state: FileState
    reason: str
    passing: bool = False
    """Whether the reason may pass without a change of the file: permissions, another version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The films of a library and the files that hold its shortlist."""

    films: tuple[CataloguedFilm, ...] = ()
    """By file name."""
    parts: tuple[str, ...] = ()
    """Names of the files with the rows."""
    quantiser: str | None = None
    """Name of the quantiser's file; None while the library is small."""
    unsound: tuple[UnsoundFile, ...] = ()

    def write(self, folder: Path) -> None:
        """Put it in place of the one before.

        Raises:
            OutputError: Where it cannot be written.
        """
        write_text(folder / FILE, format_json(self.to_json()) + "\n")

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON; :meth:`from_json` gives an equal record back."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "quantiser": self.quantiser or "",
            "parts": list(self.parts),
            "unsound": [
                {"file": file.file, **asdict(file.state), "reason": file.reason}
                for file in self.unsound
            ],
            "films": [
                {
                    "file": film.file,
                    **asdict(film.state),
                    "end_s": film.end_s,
                    "rows": film.rows,
                    "manifest": film.manifest.to_json(),
                }
                for film in self.films
            ],
        }

    @classmethod
    def from_json(cls, value: object) -> Catalogue:
        """The record of JSON that came from anywhere.

        Raises:
            ValueError: Where a value is missing, of another type, or impossible.
        """
        top = Fields(value, "library")
        if top.text("format") != FORMAT:
            raise ValueError("it is of another kind")
        if top.integer("version", 0, 1 << 31) != VERSION:
            raise ValueError("it was written by another version")
        quantiser = top.text("quantiser")
        return cls(
            films=tuple(_film(item) for item in top.items("films")),
            parts=tuple(_name(item) for item in top.items("parts")),
            quantiser=_name(quantiser) if quantiser else None,
            unsound=tuple(_unsound_file(item) for item in top.items("unsound")),
        )


def _film(item: object) -> CataloguedFilm:
    fields = Fields(item, "film")
    made = fields.mapping("manifest")
    return CataloguedFilm(
        file=_name(fields.text("file")),
        state=_state(fields),
        end_s=fields.number("end_s", -MAX_SECONDS, MAX_SECONDS),
        rows=fields.integer("rows", 0, MAX_PTS),
        manifest=Manifest.from_json(made),
    )


def _unsound_file(item: object) -> UnsoundFile:
    fields = Fields(item, "file")
    return UnsoundFile(_name(fields.text("file")), _state(fields), fields.text("reason"))


def _state(fields: Fields) -> FileState:
    return FileState(
        fields.integer("bytes", 0, MAX_PTS), fields.integer("mtime_ns", -8 * MAX_PTS, 8 * MAX_PTS)
    )


def _name(value: object) -> str:
    """A file's name that leads out of no folder."""
    if not isinstance(value, str) or "\0" in value or Path(value).name != value or value == "..":
        raise ValueError("the name of a file is impossible")
    if not value:
        raise ValueError("a file has no name")
    return value


def read_catalogue(folder: Path) -> Catalogue | None:
    """The catalogue of a library; None where there is none yet.

    Raises:
        IndexFileError: Where it is damaged or cannot be read.
    """
    path = folder / FILE
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("it is too large")
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise _unsound(path, error) from error
    except OSError as error:
        raise IndexFileError(f"{shown(path)} cannot be read: {error.strerror or error}") from error
    try:
        return Catalogue.from_json(value)
    except ValueError as error:
        raise _unsound(path, error) from error


def _unsound(path: Path, error: Exception) -> IndexFileError:
    reason = str(error) if type(error) is ValueError else "it is no JSON"
    return IndexFileError(f"{shown(path)} is no sound catalogue of a library ({reason}); {REPAIR}")


def index_states(folder: Path) -> Mapping[str, FileState]:
    """Every ``.idx`` file of a folder, by name.

    Raises:
        IndexFileError: Where the folder cannot be read.
    """
    try:
        found = {}
        for path in sorted(folder.glob("*.idx"), key=by_name):
            if path.is_file():
                found[path.name] = FileState.of(path)
        return found
    except OSError as error:
        reason = error.strerror or str(error)
        raise IndexFileError(f"{shown(folder)} cannot be read: {reason}") from error


def without_twins(
    films: Sequence[CataloguedFilm],
) -> tuple[list[CataloguedFilm], list[CataloguedFilm]]:
    """Films of which every one stands once, and those that stood there before."""
    kept: dict[str, CataloguedFilm] = {}
    twins = []
    for film in films:
        if kept.setdefault(film.manifest.fingerprint, film) is not film:
            twins.append(film)
    return list(kept.values()), twins
