"""Few vectors of every film of a library, which say in what films it is worth to look.

They lie in parts: files of films that were added together, written once and never changed. A part
holds the vectors themselves as long as the library is small, and codes of a quantiser afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncclip.errors import IndexFileError
from syncclip.index._messages import shown
from syncclip.index.container import Container, open_container
from syncclip.index.fields import Fields
from syncclip.index.ivfpq import CodeIndex, Quantiser
from syncclip.index.layout import DType, digest
from syncclip.index.search import VectorIndex
from syncclip.index.writer import TensorSource, write_container

__all__ = [
    "REPAIR",
    "VIEWS",
    "FilmRows",
    "Part",
    "Shortlist",
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


@dataclass(frozen=True, slots=True, eq=False)
class FilmRows:
    """What stands for one film."""

    fingerprint: str
    rows: Rows
    counts: tuple[int, ...]
    """How many of them belong to each view of the film: of its whole picture, of a tall part."""

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
        return sum(len(film.rows) for film in self.films)

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
        """Read a part and check every byte of it.

        Raises:
            IndexFileError: Where it is missing or damaged.
        """
        container = _opened(path)
        try:
            top = Fields(container.manifest, "shortlist")
            if top.text("kind") != "shortlist" or container.names != {"rows"}:
                raise ValueError("it is of another kind")
            rows, quantiser = container.tensor("rows"), top.text("quantiser") or None
            if rows.ndim != 2 or rows.dtype != (np.float16 if quantiser is None else np.uint8):
                raise ValueError("its rows are of another kind")
            if quantiser is None and not np.isfinite(rows).all():
                raise ValueError("it holds values that are not numbers")
            films, start = [], 0
            for item in top.items("films"):
                fingerprint, counts = _film(item)
                end = start + sum(counts)
                films.append(FilmRows(fingerprint, rows[start:end], counts))
                start = end
            if start != len(rows):
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


def _opened(path: Path) -> Container:
    try:
        return open_container(path)
    except IndexFileError as error:
        reason = "it is damaged or missing"
        raise _unsound(path, reason) from error


def _unsound(path: Path, reason: str) -> IndexFileError:
    return IndexFileError(f"{shown(path)} is no sound part of a library ({reason}); {REPAIR}")


class Shortlist:
    """The rows of all films of a library, ready to be searched.

    Args:
        parts: Where they are.
        films: Fingerprints of the films that count, in the order of their numbers.
        quantiser: Of the codes; None where no part holds any.
        view: Whose rows of each film.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        films: Sequence[str],
        quantiser: Quantiser | None,
        *,
        view: int = 0,
    ) -> None:
        number = {fingerprint: n for n, fingerprint in enumerate(films)}
        chosen: list[Any] = []
        owner: list[NDArray[np.int64]] = []
        for part in parts:
            for film in part.films:
                if film.fingerprint in number:
                    rows = film.view(view)
                    chosen.append(rows)
                    owner.append(np.full(len(rows), number[film.fingerprint], np.int64))
        self.film = np.concatenate(owner) if owner else np.empty(0, np.int64)
        """(m,) film of each row."""
        self._index: CodeIndex | VectorIndex | None = None
        if len(self.film):
            joined = np.concatenate(chosen)
            self._index = VectorIndex(joined) if quantiser is None else CodeIndex(quantiser, joined)

    def search(
        self, queries: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The nearest rows of each query.

        Args:
            queries: (q, dim) unit rows; rows of zeros find nothing.
            k: Rows per query.

        Returns:
            (q, k) similarities, greatest first, and (q, k) films, -1 where there are no more.
        """
        similarity = np.full((len(queries), k), -1.0, np.float32)
        film = np.full((len(queries), k), -1, np.int64)
        asked = np.flatnonzero(queries.any(axis=1))
        if self._index is not None and len(asked):
            scores, rows = self._index.search(queries[asked], k)
            found = rows >= 0
            similarity[asked] = np.where(found, scores, -1.0)
            film[asked] = np.where(found, self.film[np.maximum(rows, 0)], -1)
        return similarity, film
