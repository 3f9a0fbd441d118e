"""What all model wrappers do alike: tell weights apart, and say in a line why they do not load."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from syncclip.errors import WeightsError

__all__ = ["digest_of", "fetched_again", "first_line"]


def digest_of(files: Iterable[Path], *, settings: str) -> str:
    """SHA-256 over settings and the digests of files, in order; a second per gigabyte.

    Raises:
        WeightsError: Where a file cannot be read.
    """
    whole = hashlib.sha256(settings.encode())
    try:
        for path in files:
            with path.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
    except OSError as error:
        raise WeightsError(f"{error.filename} cannot be read: {error.strerror or error}") from error
    return whole.hexdigest()[:32]


def fetched_again(damaged: Path, name: str) -> str:
    """How to have another copy of what was fetched.

    Args:
        damaged: File or folder of the cache.
        name: Of the model.
    """
    # In the hub's cache a name only links to the file, which would be linked again.
    return f"remove {damaged.resolve()} and run: syncclip models fetch {name}"


def first_line(error: Exception) -> str:
    """What an error says, in one line without its full stop."""
    if "weights_only" in str(error):  # PyTorch's advice to switch a safeguard off
        return "it holds something else than weights"
    lines = (str(error).strip() or type(error).__name__).splitlines()
    return lines[0].rstrip(".:")
