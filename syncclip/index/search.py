"""Nearest-neighbour search over the vectors of one or many movies (FAISS)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import faiss

__all__ = ["VectorIndex"]

FLAT_ROWS = 3_000_000
"""Beyond this many vectors an inverted file (Sivic and Zisserman 2003) is built, which answers with
the same first result in 998 of 1000 cases. Building one of 5 M vectors takes 122 s, as long as
exact search takes for 5,400 queries among them (600 queries: 3.2 s at 1 M, 13.5 s at 5 M), which is
a commentary of ten minutes; what speaks for it is memory, of which exact search takes 1.6 GB at
3 M."""

MAX_LISTS = 4096
"""Training takes time in proportion to the square of the lists; 5 M vectors in 4096 lists are built
in 122 s on two cores."""

PROBES = 64
"""Lists looked into per query: at 4096 lists 0.69 s for 600 queries among 5 M."""

TRAIN_ROWS_PER_LIST = 50
"""FAISS asks for 39 at least."""

ADD_ROWS = 65_536
"""Rows turned to float32 at a time."""

PRODUCTS_FROM = 1
"""Queries times dimensions from which on FAISS takes products of matrices rather than one pair of
vectors after the other. Its own number, 128,000 since version 1.15, was measured on many cores
(facebookresearch/faiss pull requests 5022 and 5109); on two, products of 512 queries took a seventh
of the time, of 20 a third, and of one as long."""


class VectorIndex:
    """Vectors that can be searched by inner product.

    Up to ``flat_rows`` vectors every one is compared; beyond, an inverted file with 8-bit scalar
    quantisation is built. The same vectors and queries give the same answer every time.

    Args:
        vectors: (m, d) float16 or float32 rows, of unit length for cosine similarity.
        threads: CPU threads to use; all by default.
        flat_rows: Most vectors that are searched exactly.
    """

    def __init__(
        self,
        vectors: NDArray[np.float16] | NDArray[np.float32],
        *,
        threads: int | None = None,
        flat_rows: int = FLAT_ROWS,
    ) -> None:
        if vectors.ndim != 2:
            raise ValueError(f"vectors must be (m, d), got {vectors.shape}")
        self.rows, self.dim = vectors.shape
        self._threads = threads
        with _products(threads):
            self._index = _flat(self.dim) if self.rows <= flat_rows else _inverted(vectors)
            for start in range(0, self.rows, ADD_ROWS):
                self._index.add(_float32(vectors[start : start + ADD_ROWS]))

    def __len__(self) -> int:
        return int(self.rows)

    def search(
        self, queries: NDArray[np.float16] | NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The ``k`` vectors with the greatest inner product for each query.

        Args:
            queries: (q, d) rows.
            k: Neighbours per query.

        Returns:
            (q, k) scores, greatest first, and (q, k) row numbers; equal scores by row number. Where
            there are fewer than ``k`` vectors the rest is row -1 with score minus infinity.
        """
        if queries.ndim != 2 or queries.shape[1] != self.dim:
            raise ValueError(f"queries must be (q, {self.dim}), got {queries.shape}")
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        if not len(queries):
            return np.empty((0, k), np.float32), np.empty((0, k), np.int64)
        with _products(self._threads):
            scores, rows = self._index.search(_float32(queries), k)
        scores[rows < 0] = -np.inf
        order = np.lexsort((rows, -scores), axis=1)
        return np.take_along_axis(scores, order, 1), np.take_along_axis(rows, order, 1)


def _flat(dim: int) -> faiss.Index:
    import faiss

    return faiss.IndexFlatIP(dim)


def _inverted(vectors: NDArray[Any]) -> faiss.Index:
    """An empty inverted file, trained on rows spread evenly over all."""
    import faiss

    rows, dim = vectors.shape
    lists = max(min(int(4 * sqrt(rows)), rows // TRAIN_ROWS_PER_LIST, MAX_LISTS), 1)
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dim),
        dim,
        lists,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.nprobe = PROBES
    step = max(rows // (lists * TRAIN_ROWS_PER_LIST), 1)
    index.train(_float32(vectors[::step]))
    return index


def _float32(rows: NDArray[Any]) -> NDArray[np.float32]:
    return np.ascontiguousarray(rows, dtype=np.float32)


@contextmanager
def _products(threads: int | None) -> Iterator[None]:
    """Products of matrices, by so many threads.

    FAISS keeps both settings for the whole process: put them back afterwards.
    """
    import faiss

    before = faiss.omp_get_max_threads(), faiss.cvar.distance_compute_blas_threshold
    faiss.omp_set_num_threads(threads or before[0])
    faiss.cvar.distance_compute_blas_threshold = PRODUCTS_FROM
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before[0])
        faiss.cvar.distance_compute_blas_threshold = before[1]
