"""Index files put into the folder of a library, and taken out of it."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from syncclip._names import numbered
from syncclip.errors import IndexFileError, OutputError
from syncclip.index._messages import shown, writing
from syncclip.index.catalogue import FileState, index_states
from syncclip.index.file import open_index
from syncclip.index.library import PATIENCE_S
from syncclip.index.lock import locked
from syncclip.index.upkeep import PARTS_FOLDER

__all__ = ["put_in", "take_out"]

MAX_NUMBER = 10_000


def put_in(
    folder: Path, file: Path, *, fingerprint: str, known: dict[str, tuple[FileState, str]]
) -> Path | None:
    """Copy a sound index file into a library, unless its movie is there.

    A name that is taken gets a number.

    Whether the movie is there is seen while nobody else can write: two runs that take the same
    movie at the same time would both have found the folder without it before.

    Args:
        folder: The library.
        file: The index file.
        fingerprint: Of its movie.
        known: States and movies of the files in the library, by name; brought up to date.

    Returns:
        Where it stands now; None where the movie was there already.

    Raises:
        OutputError: Where the folder cannot be written.
        IndexFileError: Where it cannot be read.
    """
    with (
        writing(folder),
        locked(folder / PARTS_FOLDER, output=folder, patience_s=PATIENCE_S),
    ):
        _bring_up(folder, known)
        if any(mark == fingerprint for _, mark in known.values()):
            return None
        part = folder / PARTS_FOLDER / "incoming.part"
        shutil.copyfile(file, part)
        with part.open("rb") as copied:
            os.fsync(copied.fileno())
        target = _free(folder, file.stem)
        part.replace(target)
        known[target.name] = (FileState.of(target), fingerprint)
    return target


def _bring_up(folder: Path, known: dict[str, tuple[FileState, str]]) -> None:
    """Forget files that are gone, and read those that came or changed since."""
    there = index_states(folder)
    for name in [name for name in known if name not in there]:
        del known[name]
    for name, state in there.items():
        if name not in known or known[name][0] != state:
            known[name] = (state, _movie(folder / name))


def _movie(file: Path) -> str:
    """The fingerprint of a sound index's movie; of another one nothing: it keeps no movie out."""
    try:
        with open_index(file) as index:
            return index.manifest.fingerprint
    except IndexFileError:
        return ""


def _free(folder: Path, stem: str) -> Path:
    for name in itertools.islice(numbered(stem, ".idx"), MAX_NUMBER):
        path = folder / name
        if not os.path.lexists(path):
            return path
    raise OutputError(f"{shown(folder)} holds {MAX_NUMBER} indexes called {stem!r} already")


def take_out(folder: Path, names: Sequence[str]) -> None:
    """Remove index files from a library.

    Raises:
        OutputError: Where one cannot be removed.
    """
    with (
        writing(folder),
        locked(folder / PARTS_FOLDER, output=folder, patience_s=PATIENCE_S),
    ):
        for name in names:
            (folder / name).unlink(missing_ok=True)
