"""The demo's footage: its truth must be what its pictures show."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from syncclip.demo import film as demo_film
from syncclip.demo.film import make_film, shot_pictures
from syncclip.demo.recap import FRAME_RATE, Truth, make_recap
from syncclip.errors import InputError, OutputError
from syncclip.progress import Progress
from syncclip.video import open_video
from tests import media

FILM_S = 20.0


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "film.mp4"
    media.film(path, seed=3, shots=5, seconds=FILM_S, size=(160, 90))
    return path


@pytest.fixture(scope="module")
def recap(source: Path) -> tuple[Path, Truth]:
    path = source.with_name("recap.mp4")
    with open_video(source) as film:
        return path, make_recap(path, film, duration_s=FILM_S, seed=5, on_progress=None)


def grey(path: Path, size: tuple[int, int]) -> NDArray[np.float64]:
    with open_video(path) as video:
        return np.concatenate([b.grey for b in video.thumbnails(size=size)]).astype(float)


def alike(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def test_every_frame_of_the_commentary_has_its_truth(recap: tuple[Path, Truth]) -> None:
    path, truth = recap
    frames = len(grey(path, (16, 9)))
    assert frames == truth.shown_s.size == truth.pieces[-1].end_frame
    for piece in truth.pieces:
        known = ~np.isnan(truth.shown_s[piece.start_frame : piece.end_frame])
        assert known.all() if piece.movie_start_s is not None else not known.any()


def test_the_true_frame_looks_like_the_commentary_and_its_neighbours_less(
    source: Path, recap: tuple[Path, Truth]
) -> None:
    path, truth = recap
    film, commentary = grey(source, (80, 45)), grey(path, (80, 45))
    above_the_subtitle = slice(0, 36)
    piece = next(p for p in truth.pieces if p.crop.w == 1 and not p.mirrored)
    for frame in range(piece.start_frame, piece.end_frame, 4):
        shown = round(truth.shown_s[frame] * 24)
        here, others = (
            alike(film[n][above_the_subtitle], commentary[frame][above_the_subtitle])
            for n in (shown, (shown + 3) % len(film))
        )
        assert here > 0.98
        assert here > others


def test_a_mirrored_piece_is_mirrored(source: Path, recap: tuple[Path, Truth]) -> None:
    path, truth = recap
    film, commentary = grey(source, (80, 45)), grey(path, (80, 45))
    piece = next(p for p in truth.pieces if p.crop.w == 1 and p.mirrored)
    frame = (piece.start_frame + piece.end_frame) // 2
    true = film[round(truth.shown_s[frame] * 24)][:36]
    assert alike(true[:, ::-1], commentary[frame][:36]) > 0.98
    assert alike(true, commentary[frame][:36]) < 0.9


def test_the_commentary_has_the_edits_that_the_job_must_undo(recap: tuple[Path, Truth]) -> None:
    pieces = recap[1].pieces
    starts = [p.movie_start_s for p in pieces if p.movie_start_s is not None]
    assert sum(p.movie_start_s is None for p in pieces) == 1
    assert starts != sorted(starts)
    assert {p.mirrored for p in pieces} == {True, False}
    assert len({p.speed for p in pieces}) > 3
    assert any(p.crop.w < 0.9 for p in pieces)


def test_the_truth_stands_beside_the_commentary(recap: tuple[Path, Truth]) -> None:
    path, truth = recap
    with path.with_name("truth.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == truth.shown_s.size
    assert float(rows[0]["movie_s"]) == pytest.approx(truth.shown_s[0], abs=1e-6)
    insert = next(p for p in truth.pieces if p.movie_start_s is None)
    assert rows[insert.start_frame]["movie_s"] == ""


def test_a_film_too_short_for_pieces_is_refused(source: Path, tmp_path: Path) -> None:
    with open_video(source) as film, pytest.raises(InputError, match="too short for a demo"):
        make_recap(tmp_path / "r.mp4", film, duration_s=8.0, seed=1, on_progress=None)
    assert not list(tmp_path.iterdir())


def test_the_small_film_has_sound_and_reports_its_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_film, "SHOTS", 1)
    told: list[Progress] = []
    make_film(tmp_path / "f.mp4", seed=1, on_progress=told.append)
    with open_video(tmp_path / "f.mp4") as film:
        assert (film.info.width_px, film.info.height_px, film.info.has_audio) == (640, 360, True)
        assert film.info.frame_rate == Fraction(demo_film.FRAME_RATE)
        frames = sum(len(block.pts) for block in film.thumbnails(size=(16, 9)))
    assert told[-1] == Progress("Making a small film", frames, frames, "frames")
    assert [path.name for path in tmp_path.iterdir()] == ["f.mp4"]


def test_the_same_seed_paints_the_same_shot_and_another_seed_another() -> None:
    def first(seed: int) -> NDArray[np.uint8]:
        return next(shot_pictures(np.random.default_rng(seed), 10))

    assert np.array_equal(first(1), first(1))
    assert alike(first(1).astype(float), first(2).astype(float)) < 0.9


def test_a_shot_moves_from_frame_to_frame() -> None:
    frames = [p[:360].astype(float) for p in shot_pictures(np.random.default_rng(4), 30)]
    assert alike(frames[0], frames[1]) > 0.9
    assert alike(frames[0], frames[-1]) < alike(frames[0], frames[1]) - 0.02


def test_a_folder_that_is_not_there_is_an_error_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_film, "SHOTS", 1)
    with pytest.raises(OutputError, match=r"cannot write .*--output"):
        make_film(tmp_path / "none" / "f.mp4", seed=1)


def test_the_commentary_is_in_its_own_frame_rate(recap: tuple[Path, Truth]) -> None:
    with open_video(recap[0]) as video:
        assert video.info.frame_rate == Fraction(FRAME_RATE)
        assert video.info.has_audio
