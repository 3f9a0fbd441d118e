"""Opening the ``.idx`` file as a container, without believing anything it says."""

from __future__ import annotations

import json
import math
import mmap
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from syncclip.errors import IndexFileError
from syncclip.index._messages import REBUILD, mismatch, shown, unsound
from syncclip.index.layout import (
    COPY_BYTES,
    DIGEST_CHARACTERS,
    DTYPES,
    FORMAT,
    FORMAT_VERSION,
    MAX_HEADER_BYTES,
    PREFIX,
    digest,
    read_pieces,
)
from syncclip.index.writer import TensorSource

__all__ = ["Container", "open_container", "read_manifest"]

MAX_ELEMENTS = 1 << 40
MAX_DIMENSIONS = 3


@dataclass(frozen=True, slots=True)
class _Placed:
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    offset: int
    """Of the first byte, from the start of the file."""

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.count * self.dtype.itemsize


class Container:
    """A memory-mapped index file; every byte that it hands out has been checked.

    It stays whole where the file is removed meanwhile.
    """

    def __init__(
        self,
        file: BinaryIO,
        manifest: Mapping[str, Any],
        tensors: Mapping[str, _Placed],
        withheld: Collection[str],
    ) -> None:
        self.manifest = manifest
        self._tensors = tensors
        self._withheld = withheld
        self._sums: Mapping[str, str] = manifest["checksums"]
        self._map: mmap.mmap | None = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    @property
    def names(self) -> frozenset[str]:
        """Names of the tensors."""
        return frozenset(self._tensors)

    def form(self, name: str) -> tuple[np.dtype[Any], tuple[int, ...]]:
        """Type and shape of a tensor.

        Raises:
            KeyError: Where there is no such tensor.
        """
        return self._tensors[name].dtype, self._tensors[name].shape

    def tensor(self, name: str) -> NDArray[Any]:
        """A read-only view of the file.

        Raises:
            KeyError: Where there is no such tensor.
            ValueError: Where the container was closed, or the tensor was not checked.
        """
        if self._map is None:
            raise ValueError("the index was closed")
        if name in self._withheld:
            raise ValueError(f"{name!r} was not checked")
        placed = self._tensors[name]
        flat = np.frombuffer(self._map, placed.dtype, placed.count, placed.offset)
        return flat.reshape(placed.shape)

    def check(self, name: str) -> None:
        """Check a tensor that was withheld; it is handed out from now on.

        Raises:
            KeyError: Where there is no such tensor.
            ValueError: Where it is damaged, or the container was closed.
        """
        if name not in self._withheld:
            return
        if self._map is None:
            raise ValueError("the index was closed")
        placed = self._tensors[name]
        with memoryview(self._map) as data:
            if digest(_pieces(data, placed.offset, placed.nbytes)) != self._sums[name]:
                raise ValueError(f"{name!r} is damaged")
        self._withheld = {other for other in self._withheld if other != name}

    def sources(self) -> list[TensorSource]:
        """All tensors in the file's order, to be written to another one."""
        names = {dtype: name for name, dtype in DTYPES.items()}
        return [
            TensorSource(
                name=name, dtype=names[placed.dtype], shape=placed.shape, data=self.tensor(name)
            )
            for name, placed in self._tensors.items()
        ]

    def close(self) -> None:
        """Give the file back; arrays already handed out stay valid until they are dropped."""
        if self._map is not None:
            with suppress(BufferError):  # an array still uses it: the last one frees it
                self._map.close()
        self._map = None


def open_container(path: Path, *, withhold: Collection[str] = ()) -> Container:
    """Open a container and check every byte of it.

    Args:
        path: The file.
        withhold: Tensors that are not checked, and not handed out either before they are.

    Raises:
        IndexFileError: Where it is missing, is no index, or is damaged.
        IndexMismatchError: Where another version of the format was used.
    """
    with _opened(path) as file:
        return _checked(file, path, withhold)


def read_manifest(path: Path) -> Mapping[str, Any]:
    """The manifest in a container's header, whose checksum holds; the data is not looked at.

    Raises:
        IndexFileError: Where it is missing, is no index, or its header is damaged.
        IndexMismatchError: Where another version of the format was used.
    """
    with _opened(path) as file, _believed(path):
        header, _ = _read_header(file, path, os.fstat(file.fileno()).st_size)
        return _manifest(header, path)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file; what the operating system says of it is told as an :class:`IndexFileError`."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise IndexFileError(f"{shown(path)} is not a file; give the path of an .idx file")
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise IndexFileError(
            f"{shown(path)} does not exist; make it with: syncclip index MOVIE"
        ) from None
    except OSError as error:
        raise IndexFileError(
            f"{shown(path)} cannot be read: {error.strerror or error}; check its permissions"
        ) from error


@contextmanager
def _believed(path: Path) -> Iterator[None]:
    """Turns what is found wrong with a file into an :class:`IndexFileError`."""
    try:
        yield
    except ValueError as error:
        raise unsound(path, str(error)) from error
    except (KeyError, TypeError) as error:
        raise unsound(path, "its header is malformed") from error


def _checked(file: BinaryIO, path: Path, withhold: Collection[str]) -> Container:
    size = os.fstat(file.fileno()).st_size
    with _believed(path):
        header, data_start = _read_header(file, path, size)
        manifest = _manifest(header, path)
        tensors = _place(header, data_start, size)
        _check_data(file, tensors, manifest.get("checksums"), withhold)
    return Container(file, manifest, tensors, withhold)


def _manifest(header: dict[str, Any], path: Path) -> Mapping[str, Any]:
    """Take the manifest out of a header; what is left are the tensors."""
    manifest = _parse(_text(header.pop("__metadata__"), "manifest"))
    _check_version(manifest, path)
    return manifest


def _read_header(file: BinaryIO, path: Path, size: int) -> tuple[dict[str, Any], int]:
    """The parsed header and where the data starts."""
    raw_length, prefix = file.read(8), file.read(len(PREFIX))
    if size == 0 or not prefix or not PREFIX.startswith(prefix):
        what = "an empty file" if size == 0 else "another kind of file"
        raise IndexFileError(
            f"{shown(path)} is not a SyncClip index but {what}; make one with: syncclip index MOVIE"
        )
    length = int.from_bytes(raw_length, "little")
    if not len(PREFIX) + DIGEST_CHARACTERS < length <= MAX_HEADER_BYTES:
        raise ValueError("its header length is damaged")
    if 8 + length > size:
        raise ValueError("it is cut short")
    checksum = file.read(DIGEST_CHARACTERS)
    rest = file.read(length - len(PREFIX) - DIGEST_CHARACTERS)
    if digest([raw_length, rest]).encode() != checksum:
        raise ValueError("its header is damaged")
    return _parse(PREFIX + checksum + rest), 8 + length


def _parse(text: str | bytes) -> dict[str, Any]:
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ValueError("its header is malformed") from None
    if not isinstance(value, dict):
        raise ValueError("its header is malformed")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")


def _text(mapping: Mapping[str, Any], key: str) -> str:
    value = mapping[key]
    if not isinstance(value, str):
        raise ValueError("its header is malformed")
    return value


def _check_version(manifest: Mapping[str, Any], path: Path) -> None:
    version = manifest.get("version")
    if manifest.get("format") != FORMAT or type(version) is not int:
        raise ValueError("its manifest is of another kind")
    if version > FORMAT_VERSION:
        raise mismatch(
            path,
            f"was made by a newer SyncClip (format {version}, this one reads {FORMAT_VERSION})",
            remedy=f"upgrade SyncClip, or {REBUILD}",
        )
    if version < FORMAT_VERSION:
        raise mismatch(
            path,
            f"was made by an older SyncClip (format {version}, this one reads {FORMAT_VERSION})",
        )


def _place(header: Mapping[str, Any], start: int, size: int) -> dict[str, _Placed]:
    """Where each tensor lies: one after the other, up to the end of the file."""
    placed, offset = {}, 0
    for name, entry in header.items():
        dtype, shape = DTYPES[entry["dtype"]], entry["shape"]
        sound = isinstance(shape, list) and len(shape) <= MAX_DIMENSIONS
        if not sound or any(type(n) is not int or not 0 <= n <= MAX_ELEMENTS for n in shape):
            raise ValueError(f"the shape of {name!r} is impossible")
        end = offset + math.prod(shape) * dtype.itemsize
        if entry["data_offsets"] != [offset, end] or offset % dtype.itemsize:
            raise ValueError(f"the place of {name!r} is impossible")
        placed[name] = _Placed(dtype, tuple(shape), start + offset)
        offset = end
    if start + offset != size:
        problem = "is cut short" if start + offset > size else "goes on after its end"
        raise ValueError(f"it {problem}: {size} bytes, should be {start + offset}")
    return placed


def _pieces(data: memoryview, offset: int, nbytes: int) -> Iterator[memoryview]:
    """Bytes of a mapped file, a megabyte at a time."""
    for start in range(offset, offset + nbytes, COPY_BYTES):
        yield data[start : min(start + COPY_BYTES, offset + nbytes)]


def _check_data(
    file: BinaryIO,
    tensors: Mapping[str, _Placed],
    checksums: object,
    withhold: Collection[str],
) -> None:
    if not isinstance(checksums, dict) or set(checksums) != set(tensors):
        raise ValueError("its checksums are missing")
    for name, placed in tensors.items():
        if name in withhold:
            file.seek(placed.nbytes, os.SEEK_CUR)
        elif digest(read_pieces(file, placed.nbytes)) != checksums[name]:
            raise ValueError(f"{name!r} is damaged")
