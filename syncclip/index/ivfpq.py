"""An inverted file with product quantisation, kept as plain arrays (FAISS)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import faiss

__all__ = ["TRAIN_ROWS", "CodeIndex", "Quantiser"]

LISTS = 1024
"""Lists that vectors are shared out to. With 4096 the right film came first 0.5 % more often among
a million vectors, and training on four times the rows took as many times as long."""

TRAIN_ROWS = 64 * LISTS
"""Rows that a quantiser is trained on; FAISS asks for 39 for each list."""

ITERATIONS = 10
PART_DIMS = 2
"""Numbers of a vector that one code of four bits stands for: 34 bytes for 136 numbers. Codes of
eight bits for four numbers each rank as well and are searched twenty times slower, because they
cannot be kept in registers (André, Kermarrec and Le Scouarnec 2015)."""

BITS = 4
MAX_LISTS = 1 << 16
PROBES = 32
"""Lists looked into per query: with 8 the right film came first 1 % less often."""


@dataclass(frozen=True)
class Quantiser:
    """Which list a vector goes to, and how what is left of it is written in codes.

    Jégou, Douze and Schmid 2011. Both tables are rounded to 16 bits before anything is encoded, so
    that a quantiser that was stored encodes the same.
    """

    centroids: NDArray[np.float16]
    """(lists, dim) middle of each list."""
    codebooks: NDArray[np.float16]
    """(dim ÷ 2, 16, 2) what each code of each part stands for."""

    def __post_init__(self) -> None:
        lists, dim = self.centroids.shape
        wanted = (dim // PART_DIMS, 1 << BITS, PART_DIMS)
        if not 1 <= lists <= MAX_LISTS or dim % PART_DIMS:
            raise ValueError(f"{lists} lists of vectors of length {dim} are impossible")
        if self.codebooks.shape != wanted:
            raise ValueError(f"codebooks must be {wanted}, got {self.codebooks.shape}")
        if not (np.isfinite(self.centroids).all() and np.isfinite(self.codebooks).all()):
            raise ValueError("a quantiser holds values that are not numbers")

    @classmethod
    def train(cls, vectors: NDArray[np.float16] | NDArray[np.float32]) -> Quantiser:
        """Fit to (n, dim) vectors; the same ones give the same quantiser.

        Raises:
            ValueError: Where there are fewer than 39 for each list.
        """
        import faiss

        chosen = np.linspace(0, len(vectors) - 1, min(len(vectors), TRAIN_ROWS)).astype(np.int64)
        rows = _float32(vectors[chosen])
        lists = min(LISTS, len(rows) // 39)
        if not lists:
            raise ValueError(f"{len(rows)} vectors are too few to train on")
        flat = faiss.IndexFlatIP(rows.shape[1])
        index = _empty(flat, rows.shape[1], lists)
        index.cp.niter = ITERATIONS
        index.train(rows)
        centroids = flat.reconstruct_n(0, lists)
        codebooks = faiss.vector_to_array(index.pq.centroids)
        shape = (rows.shape[1] // PART_DIMS, 1 << BITS, PART_DIMS)
        return cls(centroids.astype(np.float16), codebooks.reshape(shape).astype(np.float16))

    @property
    def list_bytes(self) -> int:
        """Bytes that the number of a list takes."""
        return 1 if len(self.centroids) <= 1 << 8 else 2

    @property
    def code_bytes(self) -> int:
        """Bytes that one vector takes, the number of its list included."""
        return self.list_bytes + (len(self.codebooks) * BITS + 7) // 8

    def encode(self, vectors: NDArray[np.float16] | NDArray[np.float32]) -> NDArray[np.uint8]:
        """Codes of (n, dim) vectors.

        Returns:
            (n, code_bytes): the list's number, low byte first, then the codes.
        """
        codes: NDArray[np.uint8] = self._index.sa_encode(_float32(vectors))
        return codes

    @cached_property
    def _flat(self) -> faiss.IndexFlatIP:
        import faiss

        flat = faiss.IndexFlatIP(self.centroids.shape[1])
        flat.add(_float32(self.centroids))
        return flat

    @cached_property
    def _index(self) -> faiss.IndexIVFPQ:
        return self.empty_index()

    def empty_index(self) -> faiss.IndexIVFPQ:
        """A trained FAISS index without any vector; it borrows its coarse half from here."""
        import faiss

        lists, dim = self.centroids.shape
        index = _empty(self._flat, dim, lists)
        faiss.copy_array_to_vector(_float32(self.codebooks).ravel(), index.pq.centroids)
        index.pq.sync_transposed_centroids()
        index.is_trained = True
        return index


class CodeIndex:
    """Encoded vectors that can be searched by inner product.

    Args:
        quantiser: What encoded them.
        codes: (m, code_bytes) in the order of the rows that searches answer with.
    """

    def __init__(self, quantiser: Quantiser, codes: NDArray[np.uint8]) -> None:
        import faiss

        if codes.ndim != 2 or codes.shape[1] != quantiser.code_bytes:
            raise ValueError(f"codes must be (m, {quantiser.code_bytes}), got {codes.shape}")
        head = quantiser.list_bytes
        # Of 16 bits, which NumPy sorts in a third of the time.
        lists = codes[:, :head].astype(np.uint16) @ (1 << (8 * np.arange(head))).astype(np.uint16)
        if len(lists) and lists.max() >= len(quantiser.centroids):
            raise ValueError("a code names a list that is not there")
        self._quantiser = quantiser  # FAISS borrows its arrays
        plain: Any = quantiser.empty_index()
        order = np.argsort(lists, kind="stable")
        ends = np.searchsorted(lists[order], np.arange(len(quantiser.centroids) + 1))
        for number in range(len(quantiser.centroids)):
            rows = order[ends[number] : ends[number + 1]]
            if len(rows):
                inner = np.ascontiguousarray(codes[rows, head:])
                plain.invlists.add_entries(
                    number, len(rows), faiss.swig_ptr(rows), faiss.swig_ptr(inner)
                )
        plain.ntotal = len(codes)
        self._index = faiss.IndexIVFPQFastScan(plain)
        # FAISS reads past the end where it is asked for more lists than there are.
        self._index.nprobe = min(PROBES, len(quantiser.centroids))

    def search(
        self, queries: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """About the ``k`` vectors with the greatest inner product for each query.

        Args:
            queries: (q, dim) rows.
            k: Neighbours per query.

        Returns:
            (q, k) scores, greatest first, and (q, k) row numbers, -1 where there are no more.
        """
        scores, rows = self._index.search(_float32(queries), k)
        return scores, rows


def _empty(flat: faiss.Index, dim: int, lists: int) -> faiss.IndexIVFPQ:
    import faiss

    return faiss.IndexIVFPQ(flat, dim, lists, dim // PART_DIMS, BITS, faiss.METRIC_INNER_PRODUCT)


def _float32(rows: NDArray[Any]) -> NDArray[np.float32]:
    return np.ascontiguousarray(rows, dtype=np.float32)
