"""Vectors that a model gave so far, kept on disk so that a killed run does not ask it again.

``track.<id>.bin`` grows by some rows at a time; once they are on the disk, a line with their digest
is added to ``track.<id>.jsonl``, whose first line says what the vectors depend on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from syncclip.index.disk import append, json_line

__all__ = ["VectorJournal"]

MAX_CHUNK_ROWS = 1 << 16
"""More than a chunk ever holds: a damaged number must not make us read without end."""


class VectorJournal:
    """The vectors of one track on disk.

    Args:
        folder: Where to keep them; it must exist and belong to this process alone.
        name: Of the track.
        dim: Length of a vector.
        identity: What the vectors depend on. Those of another identity are discarded.

    Raises:
        OSError: Where the folder cannot be written.
    """

    def __init__(self, folder: Path, name: str, *, dim: int, identity: Mapping[str, Any]) -> None:
        self.path = folder / f"track.{name}.bin"
        """(rows, dim) little-endian float16, row by row."""
        self._lines = folder / f"track.{name}.jsonl"
        self._row_bytes = 2 * dim
        self._identity = json_line(identity)
        self.rows = 0
        """Rows on the disk."""
        self._recover()

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Put (n, dim) rows on the disk."""
        data = vectors.astype("<f2").tobytes()
        append(self.path, data)
        append(self._lines, _line(len(vectors), data))  # last: it vouches for the rows
        self.rows += len(vectors)

    def clear(self) -> None:
        """Forget every row and start anew."""
        self.rows = 0
        self.path.write_bytes(b"")
        self._lines.write_bytes(b"")
        append(self._lines, self._identity)

    def _recover(self) -> None:
        """Keep the good rows and cut off what follows them."""
        self.path.touch()
        self._lines.touch()
        with self.path.open("rb") as rows, self._lines.open("rb") as lines:
            kept = self._good(rows, lines)
        if not kept:
            self.clear()
            return
        os.truncate(self.path, self._row_bytes * self.rows)
        os.truncate(self._lines, kept)

    def _good(self, rows: BinaryIO, lines: BinaryIO) -> int:
        """Count the rows that agree with their digests; returns the bytes of their lines."""
        if lines.readline() != self._identity:
            return 0
        kept = len(self._identity)
        for line in lines:
            try:
                count = json.loads(line)["rows"]
            except (ValueError, KeyError, TypeError, RecursionError):
                break
            if type(count) is not int or not 1 <= count <= MAX_CHUNK_ROWS:
                break
            data = rows.read(count * self._row_bytes)
            if len(data) != count * self._row_bytes or _line(count, data) != line:
                break
            self.rows += count
            kept += len(line)
        return kept


def _line(rows: int, data: bytes) -> bytes:
    digest = hashlib.blake2b(data, digest_size=16)
    return json_line({"rows": rows, "digest": digest.hexdigest()})
