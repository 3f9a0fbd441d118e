"""Names of files that are addresses in a store, as ``s3://bucket/a.mkv``, and not paths."""

from __future__ import annotations

from pathlib import Path

from syncclip.errors import InputError

__all__ = ["is_stored", "local_file"]


def is_stored(name: str | Path) -> bool:
    """Whether a file is named by an address and not by a path."""
    return isinstance(name, str) and "://" in name


def local_file(name: str | Path) -> Path:
    """The path of what is wanted on this machine: a path would make a folder of ``s3:``.

    Raises:
        InputError: Where an address is named.
    """
    if is_stored(name):
        raise InputError(f"{name} is an address; name a file or folder of this machine here")
    return Path(name)
