"""The parts of a library's shortlist on the disk: few vectors of every film.

A part is a file of films that were added together, written once and never changed. It holds the
vectors themselves as long as the library is small, and codes of a quantiser afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip.errors import IndexFileError
from syncclip.index._messages import shown
from syncclip.index.container import Container, open_container
from syncclip.index.fields import Fields
from syncclip.index.ivfpq import Quantiser
from syncclip.index.layout import DType, digest
from syncclip.index.writer import TensorSource, write_container

__all__ = [
    "REPAIR",
    "VIEWS",
    "FilmRows",
    "Part",
    "quantiser_digest",
    "read_quantiser",
    "write_quantiser",
]

VIEWS = 2
"""Of a film: its whole picture, and a tall part of it."""
MAX_ROWS = 1 << 32
REPAIR = "make it anew with: syncclip library verify --repair"
"""What to do about a damaged shortlist."""

Rows = NDArray[np.float16] | NDArray[np.uint8]
"""(n, dim) vectors, or (n, code_bytes) codes of a quantiser."""


class StoredPart:
    """The rows of a part on the disk; they are read, and every byte checked, when they are wanted.

    Args:
        container: Holds them, unchecked.
        path: Its file, for messages.
    """

    def __init__(self, container: Container, path: Path) -> None:
        self._container, self._path = container, path
        self._rows: Rows | None = None
        dtype, shape = container.form("rows")
        self.row_bytes = dtype.itemsize * shape[1]

    def rows(self) -> Rows:
        """All of them.

        Raises:
            IndexFileError: Where they are damaged.
        """
        if self._rows is None:
            try:
                self._container.check("rows")
                rows = self._container.tensor("rows")
                if rows.dtype == np.float16 and not np.isfinite(rows).all():
                    raise ValueError("it holds values that are not numbers")
            except ValueError as error:
                raise _unsound(self._path, str(error)) from error
            self._rows = rows
        return self._rows


@dataclass(frozen=True, slots=True, eq=False)
class StoredRows:
    """Some rows of a part on the disk."""

    part: StoredPart
    start: int
    end: int

    @property
    def nbytes(self) -> int:
        """What they take."""
        return (self.end - self.start) * self.part.row_bytes

    def taken(self) -> Rows:
        """The rows themselves."""
        return self.part.rows()[self.start : self.end]


@dataclass(frozen=True, slots=True, eq=False)
class FilmRows:
    """What stands for one film."""

    fingerprint: str
    source: Rows | StoredRows
    """Its rows, or where they are."""
    counts: tuple[int, ...]
    """How many of them belong to each view of the film: of its whole picture, of a tall part."""

    @property
    def rows(self) -> Rows:
        """Its rows.

        Raises:
            IndexFileError: Where they are on the disk, and damaged.
        """
        return self.source.taken() if isinstance(self.source, StoredRows) else self.source

    @property
    def nbytes(self) -> int:
        """What its rows take on the disk; they are not read for it."""
        return self.source.nbytes

    def view(self, number: int) -> Rows:
        """The rows of one view."""
        start = sum(self.counts[:number])
        return self.rows[start : start + self.counts[number]]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Films that were added together."""

    films: tuple[FilmRows, ...]
    encoder: str
    """Fingerprint of what described the films."""
    quantiser: str | None
    """Digest of the quantiser of the codes; None where the rows are vectors."""

    @property
    def rows(self) -> int:
        """Of all its films."""
        return sum(sum(film.counts) for film in self.films)

    def check(self) -> None:
        """Read all rows and check every byte of them.

        Raises:
            IndexFileError: Where they are damaged.
        """
        for film in self.films:
            _ = film.rows

    def coded(self, quantiser: Quantiser) -> Part:
        """This part of vectors, as codes."""
        films = [
            FilmRows(film.fingerprint, quantiser.encode(film.rows.astype(np.float16)), film.counts)
            for film in self.films
        ]
        return Part(tuple(films), self.encoder, quantiser_digest(quantiser))

    def write(self, path: Path) -> None:
        """Write the part; :meth:`read` gives an equal one back.

        Raises:
            OSError: Where it cannot be written.
        """
        data = np.concatenate([film.rows for film in self.films])
        dtype: DType = "F16" if self.quantiser is None else "U8"
        tensor = TensorSource(name="rows", dtype=dtype, shape=data.shape, data=data)
        manifest = {
            "kind": "shortlist",
            "encoder": self.encoder,
            "quantiser": self.quantiser or "",
            "films": [[film.fingerprint, *film.counts] for film in self.films],
        }
        write_container(path, [tensor], manifest)

    @classmethod
    def read(cls, path: Path) -> Part:
        """Open a part: its header is checked now, its rows are when they are taken.

        Raises:
            IndexFileError: Where it is missing or damaged.
        """
        container = _opened(path, withhold=("rows",))
        try:
            top = Fields(container.manifest, "shortlist")
            if top.text("kind") != "shortlist" or container.names != {"rows"}:
                raise ValueError("it is of another kind")
            quantiser, (dtype, shape) = top.text("quantiser") or None, container.form("rows")
            if len(shape) != 2 or dtype != (np.float16 if quantiser is None else np.uint8):
                raise ValueError("its rows are of another kind")
            stored, films, start = StoredPart(container, path), [], 0
            for item in top.items("films"):
                fingerprint, counts = _film(item)
                end = start + sum(counts)
                films.append(FilmRows(fingerprint, StoredRows(stored, start, end), counts))
                start = end
            if start != shape[0]:
                raise ValueError("its films have other rows than it holds")
        except ValueError as error:
            raise _unsound(path, str(error)) from error
        return cls(tuple(films), top.text("encoder"), quantiser)


def _film(item: object) -> tuple[str, tuple[int, ...]]:
    if not isinstance(item, list) or len(item) != 1 + VIEWS:
        raise ValueError("a film is malformed")
    fields = Fields({str(number): value for number, value in enumerate(item)}, "film")
    counts = (fields.integer(str(1 + view), 0, MAX_ROWS) for view in range(VIEWS))
    return fields.text("0"), tuple(counts)


def quantiser_digest(quantiser: Quantiser) -> str:
    """Of what it holds: equal ones have the same."""
    return digest([quantiser.centroids.tobytes(), quantiser.codebooks.tobytes()])


def write_quantiser(quantiser: Quantiser, path: Path) -> None:
    """Write a quantiser.

    Raises:
        OSError: Where it cannot be written.
    """
    tensors = [
        TensorSource(name=name, dtype="F16", shape=data.shape, data=data)
        for name, data in _tables(quantiser).items()
    ]
    write_container(path, tensors, {"kind": "quantiser"})


def read_quantiser(path: Path) -> tuple[Quantiser, str]:
    """Read a quantiser and check every byte of it; also gives its digest, which parts name.

    Raises:
        IndexFileError: Where it is missing or damaged.
    """
    container = _opened(path)
    try:
        if container.names != {"centroids", "codebooks"}:
            raise ValueError("it is of another kind")
        tables = [container.tensor(name) for name in ("centroids", "codebooks")]
        if [t.dtype for t in tables] != [np.float16] * 2 or [t.ndim for t in tables] != [2, 3]:
            raise ValueError("its tables are of another kind")
        quantiser = Quantiser(*tables)
    except ValueError as error:
        raise _unsound(path, str(error)) from error
    return quantiser, quantiser_digest(quantiser)


def _tables(quantiser: Quantiser) -> Mapping[str, NDArray[np.float16]]:
    return {"centroids": quantiser.centroids, "codebooks": quantiser.codebooks}


def _opened(path: Path, *, withhold: Collection[str] = ()) -> Container:
    try:
        return open_container(path, withhold=withhold)
    except IndexFileError as error:
        reason = "it is damaged or missing"
        raise _unsound(path, reason) from error


def _unsound(path: Path, reason: str) -> IndexFileError:
    return IndexFileError(f"{shown(path)} is no sound part of a library ({reason}); {REPAIR}")
