"""One-line errors about index files: what failed, on which file, what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syncclip.errors import IndexFileError, IndexMismatchError, OutputError

__all__ = ["REBUILD", "mismatch", "shown", "unsound", "writing"]

REBUILD = "rebuild it with: syncclip index MOVIE --force"


def shown(path: Path) -> str:
    """A path on one line: characters that cannot be printed are escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(path))


def unsound(path: Path, reason: str) -> IndexFileError:
    """The error for an index file that cannot be believed."""
    return IndexFileError(f"{shown(path)} is not a sound index ({reason}); {REBUILD}")


def mismatch(path: Path, reason: str, *, remedy: str = REBUILD) -> IndexMismatchError:
    """The error for a sound index file that does not fit."""
    return IndexMismatchError(f"{shown(path)} {reason}; {remedy}")


@contextmanager
def writing(output: Path) -> Iterator[None]:
    """Turns what the operating system says of a failed write into an :class:`OutputError`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"cannot write {shown(output)}: {reason}; check free space and permissions, "
            "or choose another place with -o"
        ) from error
