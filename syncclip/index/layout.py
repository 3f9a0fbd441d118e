"""How an ``.idx`` file is laid out: named tensors, one JSON manifest, a checksum for every byte.

The layout is the safetensors format (https://github.com/huggingface/safetensors): eight bytes of
header length, a JSON header, then the tensors without gaps. Nothing in it can be executed. On top
of the format, the header always begins with its own checksum, so that a damaged header is known
before it is parsed, and the manifest holds one checksum per tensor. Checksums find damage, not
malice: all that is read is checked against hard limits as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, Literal

import numpy as np

__all__ = [
    "COPY_BYTES",
    "DIGEST_CHARACTERS",
    "DTYPES",
    "FORMAT",
    "FORMAT_VERSION",
    "MAX_HEADER_BYTES",
    "PREFIX",
    "DType",
    "digest",
    "read_pieces",
]

FORMAT = "syncclip-index"
FORMAT_VERSION = 1

PREFIX = b'{"__metadata__":{"checksum":"'
DIGEST_BYTES = 16
DIGEST_CHARACTERS = 2 * DIGEST_BYTES
MAX_HEADER_BYTES = 4 << 20
"""A header is a few kilobytes; a longer one would only cost memory while it is parsed."""
COPY_BYTES = 1 << 20

DType = Literal["I64", "F16", "U8"]
DTYPES: Mapping[DType, np.dtype[Any]] = {
    "I64": np.dtype("<i8"),
    "F16": np.dtype("<f2"),
    "U8": np.dtype("u1"),
}


def digest(pieces: Iterable[bytes | memoryview]) -> str:
    """Checksum of bytes that come in pieces, in hexadecimal: BLAKE2b (RFC 7693)."""
    state = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for piece in pieces:
        state.update(piece)
    return state.hexdigest()


def read_pieces(file: BinaryIO, nbytes: int) -> Iterator[bytes]:
    """The next bytes of a file, a megabyte at a time.

    Raises:
        OSError: Where the file ends before.
    """
    while nbytes:
        piece = file.read(min(COPY_BYTES, nbytes))
        if not piece:
            raise OSError(f"{nbytes} bytes are missing")
        nbytes -= len(piece)
        yield piece
