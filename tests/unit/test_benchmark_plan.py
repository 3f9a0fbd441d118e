"""Edit lists: what an editor of each style does to the film."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks.films import FilmFacts
from benchmarks.pairs import Line, divx_lines, line_truth
from benchmarks.plan import plan_edit
from benchmarks.rendered import correlation
from benchmarks.styles import STYLES
from benchmarks.survey import FilmSurvey
from benchmarks.truth import NO_FILM, UNKNOWN

FPS = Fraction(30)


def film(*, minutes: float = 10, fps: int = 24, cut_every_s: float = 5, dark_from_s=None):
    """A survey of flat shots of random greys, dark and bright in turn."""
    frames = round(minutes * 60 * fps)
    rng = np.random.default_rng(0)
    shots = np.stack([rng.integers(60, 120, 20), rng.integers(160, 250, 20)], axis=1)
    shots = shots.astype(np.uint8).ravel()
    shot = (np.arange(frames) / fps // cut_every_s).astype(int)
    grey = shots[shot % 40]
    if dark_from_s is not None:
        grey[round(dark_from_s * fps) :] = 2
    facts = FilmFacts(
        path=Path("film.mp4"),
        width_px=640,
        height_px=360,
        sample_aspect=Fraction(1),
        frame_rate=Fraction(fps),
        time_base=Fraction(1, 24000),
        start_pts=0,
        duration_s=frames / fps,
    )
    pts = np.arange(frames, dtype=np.int64) * (24000 // fps)
    thumbnails = np.broadcast_to(grey[:, None, None], (frames, 36, 64)).copy()
    return FilmSurvey(facts, pts, int(pts[-1]) + 24000 // fps, thumbnails)


FILM = film()


def plan(style: str, *, seed: int = 1, seconds: int = 150, source=FILM, until_s=np.inf):
    return plan_edit(
        [source],
        [],
        style=STYLES[style],
        fps=FPS,
        frames=round(seconds * FPS),
        until_s=[until_s],
        rng=np.random.default_rng(seed),
    )


ALONG = [style.name for style in STYLES.values() if style.choose == "along"]


@pytest.mark.parametrize("style", ALONG)
@pytest.mark.parametrize("seed", range(1, 6))
def test_pieces_fill_the_commentary_and_exist_in_the_film(style, seed):
    pieces = plan(style, seed=seed)
    assert pieces[0].start_frame == 0
    assert pieces[-1].end_frame == 150 * FPS
    for before, after in itertools.pairwise(pieces):
        assert before.end_frame == after.start_frame
        assert before.tail == after.head
    for piece in pieces:
        assert piece.frames * max(piece.speed, 1) >= 0.9 * FPS
        assert piece.head + piece.tail < piece.frames
        first_s = piece.source_s(-piece.head, FPS)
        last_s = piece.source_s(piece.frames + piece.tail, FPS)
        if piece.kind == "film":
            assert first_s >= 0
            assert last_s <= FILM.ends_s[-1]


def test_styles_keep_their_bounds():
    for name in ("typical", "hard"):
        pieces = [p for seed in range(1, 8) for p in plan(name, seed=seed) if p.kind == "film"]
        style = STYLES[name]
        speeds = [float(p.speed) for p in pieces]
        zooms = [p.zoom for p in pieces]
        assert style.speed[0] <= min(speeds) < max(speeds) <= style.speed[1]
        assert style.zoom[0] <= min(zooms) < max(zooms) <= style.zoom[1]
        assert np.mean([p.mirrored for p in pieces]) == pytest.approx(style.mirrored, abs=0.08)


def test_light_and_clean_leave_geometry_and_speed_alone():
    for name in ("light", "clean"):
        assert {(p.zoom, p.mirrored, p.speed, p.kind) for p in plan(name)} == {
            (1.0, False, Fraction(1), "film")
        }


def test_inserts_take_their_share_of_every_seed():
    for seed in range(1, 8):
        pieces = plan("typical", seed=seed)
        share = sum(p.frames for p in pieces if p.kind != "film") / pieces[-1].end_frame
        assert 0.06 <= share <= 0.16


def test_commentary_goes_mostly_forward_and_sometimes_back():
    steps = []
    for seed in range(1, 6):
        starts = [float(p.start_s) for p in plan("light", seed=seed)]
        steps += list(np.diff(starts) > 0)
    assert 0.75 < np.mean(steps) < 0.97


def test_some_pieces_start_on_cuts_of_the_film_and_some_span_them():
    cuts_s = FILM.starts_s[FILM.cuts()]
    pieces = [p for seed in range(1, 6) for p in plan("light", seed=seed)]
    on_cut = [np.abs(cuts_s - float(p.start_s)).min() < 1e-9 for p in pieces]
    ends = [float(p.start_s + p.frames / FPS) for p in pieces]
    spans = [
        ((cuts_s > float(p.start_s) + 0.1) & (cuts_s < end - 0.1)).any()
        for p, end in zip(pieces, ends, strict=True)
    ]
    assert 0.1 < np.mean(on_cut) < 0.7
    assert 0.1 < np.mean(spans) < 0.7


def test_black_stretches_and_what_follows_the_editors_end_are_not_used():
    dark = film(dark_from_s=300)
    for seed in range(1, 4):
        for piece in plan("light", seed=seed, source=dark):
            assert float(piece.start_s) < 300
        for piece in plan("light", seed=seed, until_s=200):
            assert float(piece.start_s + piece.frames / FPS) <= 200


def test_cuts_of_the_survey_are_found():
    assert np.array_equal(film(minutes=1).cuts(), np.arange(120, 1440, 120))


def test_line_truth_knows_lines_and_logo_and_nothing_else():
    commentary, source = film(minutes=1, fps=24), film(minutes=1, fps=30)
    lines = [Line(10.0, 20.0, 30.0), Line(40.0, 50.0, 55.0)]
    truth = line_truth(commentary, source, lines, elsewhere_s=((0.0, 5.0), (45.0, 48.0)))
    kinds = truth.film[:, 0]
    assert (kinds[: 5 * 24] == NO_FILM).all()
    assert (kinds[5 * 24 : 10 * 24] == UNKNOWN).all()
    assert (kinds[10 * 24 : 20 * 24] == 0).all()
    times = truth.films[0].seconds(truth.pts[10 * 24 : 20 * 24, 0])
    assert np.allclose(times, 30 + np.arange(240) / 24, atol=1e-4)
    # The second line leaves the film after five seconds.
    assert (kinds[40 * 24 : 45 * 24] == 0).all()
    assert (kinds[45 * 24 : 48 * 24] == NO_FILM).all()
    assert (kinds[48 * 24 :] == UNKNOWN).all()


def test_shots_that_run_on_are_one_line_and_rows_without_film_times_none(tmp_path):
    path = tmp_path / "segments.csv"
    path.write_text(
        "segment,edit_start_s,edit_end_s,film_start_s,note\n"
        '1,0,10.5,,"logo, then"\n'
        "3,10.5,11.5,14.8,\n"
        "4,11.5,13.25,15.8,\n"
        "7,13.25,15,20.1,\n"
        "9,16,17,22.85,\n"
    )
    assert divx_lines(path) == [
        Line(10.5, 13.25, 14.8),
        Line(13.25, 15.0, 20.1),
        Line(16.0, 17.0, 22.85),
    ]


def test_correlation_is_one_for_another_exposure_and_nothing_for_flat_pictures():
    rng = np.random.default_rng(0)
    a = rng.integers(40, 140, (3, 36, 64)).astype(np.uint8)
    b = np.stack([a[0] + 80, 180 - a[1], np.full((36, 64), 7, np.uint8)])
    found = correlation(a, b.astype(np.uint8))
    assert found[:2] == pytest.approx([1, -1])
    assert np.isnan(found[2])
