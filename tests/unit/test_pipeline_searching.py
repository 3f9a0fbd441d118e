"""Look-up of pictures among the crop windows of movies."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from syncclip.encoders import BuiltinEncoder
from syncclip.pipeline.searching import WindowSearch
from syncclip.progress import Progress

ENCODER = BuiltinEncoder()
PICTURES = np.random.default_rng(1).integers(0, 256, (3, 36, 64), dtype=np.uint8)


def index_of(signatures: np.ndarray) -> SimpleNamespace:
    track = SimpleNamespace(frames=np.arange(0, len(signatures), 4))
    return SimpleNamespace(signatures=signatures, tracks={ENCODER.id: track})


def test_picture_is_found_in_the_movie_and_frame_that_shows_it() -> None:
    films = np.random.default_rng(2).integers(0, 256, (2, 40, 18, 32), dtype=np.uint8)
    search = WindowSearch.over([index_of(film) for film in films], [16 / 9] * 2, 16 / 9, ENCODER)
    found = search(np.repeat(np.repeat(films[1, 8:9], 2, axis=1), 2, axis=2), 5)
    assert (found.source[0, 0], found.frame[0, 0], found.crop[0, 0]) == (1, 8, 0)


def test_nothing_is_found_in_a_movie_without_any_texture() -> None:
    flat = np.full((40, 18, 32), 16, dtype=np.uint8)
    search = WindowSearch.over([index_of(flat)], [16 / 9], 16 / 9, ENCODER)
    found = search(PICTURES, 5)
    assert found.source.shape == (3, 5)
    assert (found.source == -1).all()


def test_flat_picture_has_no_neighbours() -> None:
    film = np.random.default_rng(3).integers(0, 256, (40, 18, 32), dtype=np.uint8)
    search = WindowSearch.over([index_of(film)], [16 / 9], 16 / 9, ENCODER)
    found = search(np.stack([PICTURES[0], np.full((36, 64), 90, np.uint8)]), 4)
    assert (found.source[0] == 0).all()
    assert (found.source[1] == -1).all()


def test_of_a_long_movie_fewer_frames_are_looked_up_evenly() -> None:
    film = np.random.default_rng(4).integers(0, 256, (400, 18, 32), dtype=np.uint8)
    asked = [index_of(film)], [16 / 9], 16 / 9, ENCODER
    whole = WindowSearch.over(*asked)
    assert WindowSearch.windows(*asked) == len(whole.frame)
    told: list[Progress] = []
    half = WindowSearch.over(*asked, told.append, most=len(whole.frame) - 1)
    assert (told[-1].done, told[-1].total) == (len(half.frame), len(half.frame))
    assert np.unique(half.frame).tolist() == list(range(0, 400, 8))
    assert len(WindowSearch.over(*asked, most=len(whole.frame)).frame) == len(whole.frame)
