"""Few vectors of every film of a library, which say in what films it is worth to look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncclip.index.ivfpq import CodeIndex, Quantiser
from syncclip.index.parts import Part
from syncclip.index.search import VectorIndex

__all__ = ["Shortlist"]


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
