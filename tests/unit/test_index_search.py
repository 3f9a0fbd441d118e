import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncclip.index import VectorIndex, search


def unit_rows(rows, dim, seed=0, dtype=np.float32):
    values = np.random.default_rng(seed).standard_normal((rows, dim)).astype(np.float32)
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(dtype)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(0, 60),
    queries=st.integers(0, 30),
    dim=st.integers(1, 40),
    k=st.integers(1, 70),
    dtype=st.sampled_from([np.float16, np.float32]),
)
def test_flat_search_is_exact(rows, queries, dim, k, dtype):
    vectors, wanted = unit_rows(rows, dim, dtype=dtype), unit_rows(queries, dim, seed=1)
    scores, found = VectorIndex(vectors).search(wanted, k)
    assert scores.shape == found.shape == (queries, k)
    assert (scores.dtype, found.dtype) == (np.float32, np.int64)
    truth = wanted @ vectors.astype(np.float32).T
    kept = min(k, rows)
    expected = -np.sort(-truth, axis=1)[:, :kept]
    assert np.allclose(scores[:, :kept], expected, atol=1e-5)
    assert np.allclose(np.take_along_axis(truth, found[:, :kept], 1), expected, atol=1e-5)
    assert np.all(found[:, kept:] == -1)
    assert np.all(np.isneginf(scores[:, kept:]))


def test_equal_scores_come_in_the_order_of_their_rows():
    vectors = np.tile(unit_rows(1, 16), (9, 1))
    _, found = VectorIndex(vectors).search(vectors[:3], 9)
    assert found.tolist() == [list(range(9))] * 3


def test_an_inverted_file_finds_nearly_all_true_neighbours():
    vectors = unit_rows(20_000, 32)
    index = VectorIndex(vectors, flat_rows=1000)
    scores, found = index.search(vectors[:200], 1)
    assert np.mean(found[:, 0] == np.arange(200)) > 0.98
    assert np.all(scores[:, 0] > 0.97)


def test_the_same_vectors_give_the_same_inverted_file_twice():
    vectors, queries = unit_rows(5000, 16, dtype=np.float16), unit_rows(40, 16, seed=1)
    first = VectorIndex(vectors, flat_rows=100, threads=2).search(queries, 8)
    second = VectorIndex(vectors, flat_rows=100, threads=2).search(queries, 8)
    assert np.array_equal(first[1], second[1])
    assert np.array_equal(first[0], second[0])


def test_vectors_added_in_pieces_keep_their_rows(monkeypatch):
    monkeypatch.setattr(search, "ADD_ROWS", 7)
    vectors = unit_rows(50, 16)
    index = VectorIndex(vectors)
    assert len(index) == 50
    assert index.search(vectors, 1)[1][:, 0].tolist() == list(range(50))


def test_the_settings_of_the_process_are_left_as_they_were():
    import faiss

    def settings() -> tuple[int, int]:
        return faiss.omp_get_max_threads(), faiss.cvar.distance_compute_blas_threshold

    before = settings()
    index = VectorIndex(unit_rows(50, 8), threads=1)
    index.search(unit_rows(3, 8), 2)
    assert settings() == before


@pytest.mark.parametrize(
    ("queries", "k", "message"),
    [
        (unit_rows(3, 9), 2, r"queries must be \(q, 8\)"),
        (unit_rows(3, 8)[0], 2, r"queries must be \(q, 8\)"),
        (unit_rows(3, 8), 0, "k must be at least 1"),
    ],
)
def test_impossible_queries_are_refused(queries, k, message):
    with pytest.raises(ValueError, match=message):
        VectorIndex(unit_rows(50, 8)).search(queries, k)


def test_vectors_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"vectors must be \(m, d\)"):
        VectorIndex(np.zeros(8, np.float32))
