"""Recognises a video file by its content."""

from __future__ import annotations

import hashlib
from pathlib import Path

from syncclip.errors import VideoError
from syncclip.video._source import check_file

__all__ = ["fingerprint"]

_SAMPLES = 16
_SAMPLE_BYTES = 65536


def fingerprint(path: str | Path) -> str:
    """Hash of a file's size and of 16 pieces of 64 KiB spread over it, first and last included.

    Reads 1 MiB at most, however long the film; the name and the dates play no part.

    Returns:
        32 hexadecimal digits.

    Raises:
        VideoError: Where the file cannot be read.
    """
    path = Path(path)
    check_file(path)
    try:
        size = path.stat().st_size
        digest = hashlib.blake2b(size.to_bytes(8, "little"), digest_size=16)
        last = max(0, size - _SAMPLE_BYTES)
        with path.open("rb") as file:
            for place in sorted({last * i // (_SAMPLES - 1) for i in range(_SAMPLES)}):
                file.seek(place)
                digest.update(file.read(_SAMPLE_BYTES))
    except OSError as error:
        raise VideoError(f"cannot read {str(path)!r}: {error.strerror or error}") from error
    return digest.hexdigest()
