"""Films that come from the browser."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from syncclip._names import numbered
from syncclip.errors import OutputError
from syncclip.index import locked
from syncclip.ui.access import Folders, Refusal

__all__ = ["UPLOADS", "cleared", "kept", "scratch"]

UPLOADS = ".syncclip-ui"
"""Folder in the first one that holds a folder for each app that runs."""

PATIENCE_S = 10.0
"""Longest that an app which starts takes to see that a folder is another's."""


def scratch(folders: Folders) -> Path:
    """The folder in which files arrive. Another app on the same folders has another one.

    Raises:
        OutputError: Where it cannot be made.
    """
    if folders.arriving is None:
        path = folders.inside(UPLOADS)
        try:
            path.mkdir(exist_ok=True)
            _clear_what_is_left(path)
            folders.arriving = Path(mkdtemp(dir=path))
            folders.held.enter_context(
                locked(folders.arriving, output=folders.arriving, patience_s=PATIENCE_S)
            )
        except OSError as error:
            raise OutputError(
                f"{path} cannot be made: {error.strerror}; start the app with a folder that it may "
                "write into"
            ) from error
    return folders.arriving


def _clear_what_is_left(path: Path) -> None:
    """Remove the folders of apps that were killed: nobody holds them any more."""
    for folder in path.iterdir():
        if folder.is_dir() and not folder.is_symlink():
            with suppress(OSError, OutputError), locked(folder, output=folder):
                shutil.rmtree(folder, ignore_errors=True)


def cleared(folders: Folders) -> None:
    """Remove that folder and what is left in it, at the app's end."""
    if folders.arriving is not None:
        folders.held.close()
        shutil.rmtree(folders.arriving, ignore_errors=True)
        with suppress(OSError):  # another app's is still in it
            folders.arriving.parent.rmdir()
        folders.arriving = None


def kept(folders: Folders, arrived: Sequence[str]) -> list[Path]:
    """Move files that have arrived into the first folder; none is replaced.

    Raises:
        Refusal: Where a file did not come by the browser.
        OutputError: Where one cannot be moved.
    """
    return [_kept(folders, Path(path)) for path in arrived]


def _kept(folders: Folders, arrived: Path) -> Path:
    source = arrived.resolve()
    if not source.is_relative_to(scratch(folders).resolve()):
        raise Refusal("refused.upload", "{name} was not uploaded", name=arrived.name)
    name = Path(arrived.name.lstrip(".-") or "film")
    places = (folders.home / numbered_name for numbered_name in numbered(name.stem, name.suffix))
    target = next(path for path in places if not (path.exists() or path.is_symlink()))
    try:
        return Path(shutil.move(source, target))
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror or error}") from error
