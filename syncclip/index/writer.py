"""Writing the ``.idx`` file, with memory that does not grow with the film."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from syncclip.index.layout import (
    COPY_BYTES,
    DIGEST_CHARACTERS,
    DTYPES,
    FORMAT,
    FORMAT_VERSION,
    PREFIX,
    DType,
    digest,
    read_pieces,
)

__all__ = ["TensorSource", "write_container"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TensorSource:
    """A tensor to be written."""

    name: str
    dtype: DType
    shape: tuple[int, ...]
    data: NDArray[Any] | Path
    """The values, or a file that holds just their bytes."""

    @property
    def nbytes(self) -> int:
        """Size of the tensor in bytes."""
        return math.prod(self.shape) * DTYPES[self.dtype].itemsize

    def pieces(self) -> Iterator[bytes]:
        """The tensor's bytes, a piece at a time."""
        if isinstance(self.data, Path):
            with self.data.open("rb") as file:
                yield from read_pieces(file, self.nbytes)
        else:
            whole = np.ascontiguousarray(self.data, dtype=DTYPES[self.dtype]).reshape(-1)
            step = COPY_BYTES // whole.itemsize
            for start in range(0, whole.size, step):
                yield whole[start : start + step].tobytes()


def write_container(
    path: Path, tensors: Sequence[TensorSource], manifest: Mapping[str, Any]
) -> None:
    """Write a container and flush it to the disk.

    Args:
        path: File to write; it is overwritten.
        tensors: What to store, widest data type first so that every tensor is aligned.
        manifest: What describes it; ``format``, ``version`` and ``checksums`` are added.

    Raises:
        OSError: Where it cannot be written.
    """
    with path.open("wb") as file:
        unknown = {tensor.name: "0" * DIGEST_CHARACTERS for tensor in tensors}
        file.write(_header(tensors, manifest, unknown))
        checksums = {tensor.name: _copy(tensor, file) for tensor in tensors}
        file.seek(0)
        file.write(_header(tensors, manifest, checksums))
        file.flush()
        os.fsync(file.fileno())


def _header(
    tensors: Sequence[TensorSource], manifest: Mapping[str, Any], checksums: Mapping[str, str]
) -> bytes:
    """Header length and header; its length does not depend on the checksums' values."""
    first = {"format": FORMAT, "version": FORMAT_VERSION, "checksums": checksums}
    entries, offset = {}, 0
    for tensor in tensors:
        end = offset + tensor.nbytes
        entries[tensor.name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    # The inner JSON is one string of the outer one, as safetensors wants its metadata.
    text = f'","manifest":{_json(_json({**first, **manifest}))}}},{_json(entries)[1:]}'.encode()
    used = len(PREFIX) + DIGEST_CHARACTERS + len(text)
    rest = text + b" " * (-used % 8)
    length = (len(PREFIX) + DIGEST_CHARACTERS + len(rest)).to_bytes(8, "little")
    return length + PREFIX + digest([length, rest]).encode() + rest


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _copy(tensor: TensorSource, file: BinaryIO) -> str:
    """Write a tensor; returns its checksum."""

    def written() -> Iterator[bytes]:
        for piece in tensor.pieces():
            file.write(piece)
            yield piece

    return digest(written())
