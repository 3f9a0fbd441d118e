"""Finer pictures are decoded once, whichever sizes are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import syncclip
from syncclip.index import MovieIndex, open_index
from syncclip.pipeline import closeups
from syncclip.pipeline.closeups import CloseupFiles, VideoCloseups
from syncclip.pipeline.shared import PictureCache
from syncclip.types import PixelRect
from tests.edits import SIZE, Film

FRAMES = np.arange(3, 40, 4)


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Film(seed=1).write(tmp_path_factory.mktemp("closeups") / "movie.mp4")


@pytest.fixture(scope="module")
def index(movie: Path) -> Iterator[MovieIndex]:
    with open_index(syncclip.index_movie(movie, movie.with_suffix(".idx")).path) as index:
        yield index


def reader(movie: Path, index: MovieIndex, finest: int) -> VideoCloseups:
    """The movie stands for the commentary, too."""
    files = CloseupFiles(
        commentary=movie,
        content=PixelRect(0, 0, *SIZE),
        pts=index.times.pts,
        size=(16, 9),
        offered={},
        finest=finest,
    )
    return VideoCloseups(files, [index], PictureCache())


def test_a_coarser_picture_is_the_mean_of_the_finest(movie: Path, index: MovieIndex) -> None:
    averaged, read = reader(movie, index, 6), reader(movie, index, 3)
    ours, theirs = averaged.commentary(FRAMES, 3), read.commentary(FRAMES, 3)
    assert ours is not None
    assert theirs is not None
    assert ours.shape == theirs.shape == (len(FRAMES), 27, 48)
    assert np.abs(ours.astype(int) - theirs).max() <= 1  # each was rounded
    mine, same = averaged.movie(0, 1.0, 2.0, 3), read.movie(0, 1.0, 2.0, 3)
    assert mine is not None
    assert same is not None
    assert np.array_equal(mine.seconds, same.seconds)
    assert mine.pictures.shape == same.pictures.shape
    assert np.abs(mine.pictures.astype(int) - same.pictures).max() <= 1


def test_what_is_looked_at_again_is_not_decoded_again(
    movie: Path, index: MovieIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []
    inner = closeups._read

    def read(video, wanted, size, crop):
        decoded.append(len(wanted))
        return inner(video, wanted, size, crop)

    monkeypatch.setattr(closeups, "_read", read)
    finer = reader(movie, index, 6)
    for times in (3, 6):
        commentary, stretch = finer.commentary(FRAMES, times), finer.movie(0, 1.0, 2.0, times)
        assert commentary is not None
        assert stretch is not None
        assert commentary.shape[1:] == (9 * times, 16 * times)
        rows, columns = index.signatures.shape[1:]
        assert stretch.pictures.shape[1:] == (rows * times, columns * times)
    assert decoded == [len(FRAMES), len(stretch.pictures)]
