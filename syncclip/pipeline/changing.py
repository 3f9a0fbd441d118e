"""Result files that more than one may change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syncclip.errors import OutputError
from syncclip.index import locked

__all__ = ["changing"]


@contextmanager
def changing(result: Path) -> Iterator[None]:
    """Keep two from changing one result file at once: the later would undo the earlier.

    Raises:
        OutputError: Where another run changes it, or its folder cannot be written.
    """
    folder = result.absolute().parent / f".{result.name}.lock"
    try:
        with locked(folder, output=result, patience_s=5.0):
            yield
    except OSError as error:
        raise OutputError(
            f"{result} cannot be changed: {error.strerror}; copy it to another place"
        ) from error
