"""A commentary as processes share it.

Sent through a pipe, its pictures would keep the sender waiting until the receiver has started: one
process after the other, and a stop in between leaves one that is half started.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from syncclip.errors import OutputError
from syncclip.matching import Commentary

__all__ = ["HandedOver", "handed_over"]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A commentary whose pictures lie in a folder of its own."""

    folder: Path
    others: Mapping[str, Any]
    """All but the pictures."""

    @property
    def pictures(self) -> Path:
        """Their file."""
        return self.folder / "pictures.npy"

    @property
    def stopped(self) -> bool:
        """Whether nobody waits any more for what is made of it."""
        return (self.folder / "stop").exists()

    def stop(self) -> None:
        """Say so to all processes."""
        with suppress(OSError):  # the folder's end says it too, a little later
            (self.folder / "stop").touch()

    def taken(self) -> Commentary:
        """The commentary, its pictures mapped: all processes share their memory."""
        return Commentary(grey=np.load(self.pictures, mmap_mode="r"), **self.others)


@contextmanager
def handed_over(commentary: Commentary) -> Iterator[HandedOver]:
    """Keep the pictures in a temporary folder.

    Raises:
        OutputError: Where it cannot be written.
    """
    others = {field.name: getattr(commentary, field.name) for field in fields(commentary)}
    grey = others.pop("grey")
    with tempfile.TemporaryDirectory(prefix="syncclip-", ignore_cleanup_errors=True) as folder:
        handed = HandedOver(Path(folder), others)
        try:
            np.save(handed.pictures, grey)
        except OSError as error:
            raise OutputError(
                f"{handed.pictures} cannot be written: {error.strerror or error}; free some "
                "space, or set TMPDIR to another folder"
            ) from error
        yield handed
