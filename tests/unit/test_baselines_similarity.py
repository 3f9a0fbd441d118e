"""Similarity matrices: what they hold, and the file that others read."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.baselines import similarity as module
from benchmarks.baselines.runs import every_nth
from benchmarks.baselines.similarity import (
    MovieSimilarity,
    Similarity,
    load_similarity,
    measure,
    save_similarity,
)
from syncclip.encoders import BuiltinEncoder
from syncclip.matching import Commentary, Source
from syncclip.types import PixelRect, Shot

FILM = np.random.default_rng(5).integers(0, 256, (120, 18, 32), dtype=np.uint8)
FILM_S = np.arange(120) / 24


def large(picture: np.ndarray) -> np.ndarray:
    return np.repeat(np.repeat(picture, 2, axis=-2), 2, axis=-1)


@pytest.fixture
def case(monkeypatch):
    """Frame 0 of the commentary shows film frame 48, frame 6 film frame 96 mirrored."""
    grey = np.random.default_rng(6).integers(0, 256, (20, 36, 64), dtype=np.uint8)
    grey[0], grey[6], grey[12] = large(FILM[48]), large(FILM[96])[:, ::-1], 90
    frames = Commentary(grey, np.arange(20) / 25, 16 / 9, (Shot(0, 5), Shot(5, 20)))
    read = SimpleNamespace(frames=frames, content=PixelRect(0, 40, 640, 280))
    track = SimpleNamespace(frames=np.arange(0, 120, 12))
    index = SimpleNamespace(
        name="film.mp4", tracks={BuiltinEncoder.id: track}, close=lambda: closed.append(True)
    )
    source = Source("film.mp4", FILM, FILM_S, 5.0, 16 / 9)
    closed: list[bool] = []
    monkeypatch.setattr(module, "read_commentary", lambda *_, **__: read)
    monkeypatch.setattr(module, "open_indexes", lambda paths: [index for _ in paths])
    monkeypatch.setattr(module, "movie_sources", lambda indexes: [source for _ in indexes])
    yield
    assert closed


def test_best_pair_is_the_frame_that_is_shown_plain_or_mirrored(case):
    found = measure(Path("case.mp4"), [Path("film.idx")], movie_interval_s=0.25)
    movie = found.movies[0]
    assert found.query_frames.tolist() == [0, 6, 12, 18]  # 0.22 s of 25 fps, rounded
    assert movie.plain[0].argmax() == 8
    assert movie.plain[0, 8] == pytest.approx(1.0, abs=1e-3)
    assert movie.mirrored[1].argmax() == 16
    assert movie.mirrored[1, 16] == pytest.approx(1.0, abs=1e-3)
    assert max(movie.plain[1].max(), movie.mirrored[0].max(), movie.plain[3].max()) < 0.9
    assert not movie.plain[2].any()  # a flat picture is like nothing


def test_samples_are_named_by_the_middle_of_their_time_on_screen(case):
    movie = measure(Path("case.mp4"), [Path("film.idx")], movie_interval_s=0.25).movies[0]
    assert movie.seconds[8] == pytest.approx(FILM_S[48] + 0.5 / 24)


def test_samples_of_the_index_are_taken_where_no_interval_is_given(case):
    found = measure(Path("case.mp4"), [Path("film.idx")], movie_interval_s=None)
    assert found.movies[0].plain.shape == (4, 10)
    assert found.cuts.tolist() == [5]
    assert found.edges.tolist() == [0, 5, 20]
    assert found.content.tolist() == [0, 40, 640, 280]


def some_similarity() -> Similarity:
    rng = np.random.default_rng(1)
    plain, mirrored = rng.random((2, 4, 7)).astype(np.float32)
    other = rng.random((4, 3)).astype(np.float32)
    return Similarity(
        movies=(
            MovieSimilarity(
                movie="Häßlich film.mp4", seconds=np.arange(7) / 9, plain=plain, mirrored=mirrored
            ),
            MovieSimilarity(movie="b.mkv", seconds=np.arange(3) / 9, plain=other, mirrored=other),
        ),
        query_frames=np.array([0, 5, 10, 15]),
        query_s=np.array([0, 5, 10, 15]) / 25,
        frame_s=np.arange(20) / 25,
        cuts=np.array([7], np.int64),
        content=np.array([0, 0, 640, 360]),
    )


def test_export_comes_back_as_it_was(tmp_path):
    want = some_similarity()
    save_similarity(want, tmp_path / "new" / "case.npz")
    have = load_similarity(tmp_path / "new" / "case.npz")
    for name in ("query_frames", "query_s", "frame_s", "cuts", "content"):
        np.testing.assert_array_equal(getattr(have, name), getattr(want, name))
    assert [movie.movie for movie in have.movies] == ["Häßlich film.mp4", "b.mkv"]
    for a, b in zip(have.movies, want.movies, strict=True):
        np.testing.assert_array_equal(a.seconds, b.seconds)
        np.testing.assert_allclose(a.plain, b.plain, atol=1e-3)
        np.testing.assert_allclose(a.mirrored, b.mirrored, atol=1e-3)


def test_export_needs_no_pickle_and_is_small(tmp_path):
    save_similarity(some_similarity(), tmp_path / "case.npz")
    with np.load(tmp_path / "case.npz", allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored}
    assert arrays["plain_0"].dtype == arrays["mirrored_1"].dtype == np.float16
    assert arrays["movies"].tolist() == ["Häßlich film.mp4", "b.mkv"]
    assert arrays["plain_1"].shape == (len(arrays["query_s"]), len(arrays["movie_s_1"]))


def test_export_of_another_version_is_refused(tmp_path):
    save_similarity(some_similarity(), tmp_path / "case.npz")
    with np.load(tmp_path / "case.npz") as stored:
        arrays = {name: stored[name] for name in stored}
    np.savez(tmp_path / "old.npz", **(arrays | {"format": np.array(0)}))
    with pytest.raises(ValueError, match=r"old\.npz has format 0"):
        load_similarity(tmp_path / "old.npz")


def test_matrices_must_fit_their_axes():
    with pytest.raises(ValueError, match="3 samples"):
        MovieSimilarity(
            movie="a", seconds=np.arange(3.0), plain=np.zeros((2, 4)), mirrored=np.zeros((2, 4))
        )


def test_movie_is_thinned_to_the_rate_of_the_queries():
    similarity = some_similarity()  # queries every 0.2 s, samples every ninth of a second
    assert every_nth(similarity, similarity.movies[0]) == 2


def test_queries_are_as_far_apart_as_syncclip_asks():
    assert pytest.approx(Fraction(22, 100)) == module.QUERY_INTERVAL_S
