"""Index files put into the folder of a library, and taken out of it."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from syncclip._names import numbered
from syncclip.errors import OutputError
from syncclip.index._messages import shown, writing
from syncclip.index.library import PATIENCE_S
from syncclip.index.lock import locked
from syncclip.index.upkeep import PARTS_FOLDER

__all__ = ["put_in", "take_out"]

MAX_NUMBER = 10_000


def put_in(folder: Path, file: Path) -> Path:
    """Copy a sound index file into a library; a name that is taken gets a number.

    Returns:
        Where it stands now.

    Raises:
        OutputError: Where the folder cannot be written.
    """
    with (
        writing(folder),
        locked(folder / PARTS_FOLDER, output=folder, patience_s=PATIENCE_S),
    ):
        part = folder / PARTS_FOLDER / "incoming.part"
        shutil.copyfile(file, part)
        with part.open("rb") as copied:
            os.fsync(copied.fileno())
        target = _free(folder, file.stem)
        part.replace(target)
    return target


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
