"""Strata of the benchmark: where their pieces come from and what is done to them."""

from __future__ import annotations

import hashlib
import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from benchmarks.decor import StickerBook
from benchmarks.films import FilmFacts
from benchmarks.lookalikes import Twins
from benchmarks.looks import Look
from benchmarks.paint import Yuv
from benchmarks.panes import compose, panes, slow_zoom, zoom_window
from benchmarks.piece import Fade, Piece
from benchmarks.places import (
    other_starts_s,
    repeated_stretches,
    still_stretches,
    take_stretches,
)
from benchmarks.plan import plan_edit
from benchmarks.styles import STYLES
from benchmarks.survey import FilmSurvey

FPS = Fraction(30)
RATE = 24


def survey(thumbnails: np.ndarray) -> FilmSurvey:
    frames = len(thumbnails)
    facts = FilmFacts(
        path=Path("film.mp4"),
        width_px=640,
        height_px=360,
        sample_aspect=Fraction(1),
        frame_rate=Fraction(RATE),
        time_base=Fraction(1, RATE),
        start_pts=0,
        duration_s=frames / RATE,
    )
    return FilmSurvey(facts, np.arange(frames, dtype=np.int64), frames, thumbnails)


def shot(seed: int, *, seconds: float, moves: bool = True) -> np.ndarray:
    """A random soft picture that slides by a pixel per frame, or stands still."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * RATE)
    soft = ndimage.gaussian_filter(rng.normal(0, 1, (36, 64 + frames)), 4)
    picture = np.clip(soft / soft.std() * 40 + rng.integers(90, 166), 0, 255).astype(np.uint8)
    return np.stack([picture[:, at : at + 64] for at in np.arange(frames) * moves])


MOVING = [shot(seed, seconds=5) for seed in range(12)]
FILM = survey(np.concatenate(MOVING))


def plan(style: str, *, seed: int = 1, seconds: int = 90, film: FilmSurvey = FILM):
    return plan_edit(
        [film],
        [],
        style=STYLES[style],
        fps=FPS,
        frames=round(seconds * FPS),
        until_s=[np.inf],
        rng=np.random.default_rng(seed),
    )


def test_older_styles_go_on_giving_the_same_edits():
    digest = hashlib.sha256()
    for style in ("clean", "light", "typical", "hard", "vertical", "crop916", "none"):
        for p in plan(style, seed=7):
            place = (p.start_frame, p.end_frame, p.kind, p.source, p.start_s, p.speed)
            window = [f"{value:.9f}" for value in (p.zoom, *p.at)]
            digest.update(repr((place, p.mirrored, window, p.head, p.tail)).encode())
    assert digest.hexdigest()[:16] == "fdf060ba008affb3"


def test_still_stretches_are_the_held_shots():
    held = shot(50, seconds=8, moves=False)
    film = survey(np.concatenate([MOVING[0], MOVING[1], held, *MOVING[2:6]]))
    assert still_stretches(film) == [(240, 432)]
    for piece in plan("static", film=film):
        assert 10 <= piece.start_s < 18


def test_takes_are_shots_that_look_alike_and_not_the_same():
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 12, (36, 64))
    other_take = np.clip(MOVING[1] + noise, 0, 255).astype(np.uint8)
    film = survey(np.concatenate([*MOVING[:8], other_take, *MOVING[8:]]))
    found = take_stretches(film)
    assert any(120 <= first < end <= 240 for first, end in found)
    assert any(960 <= first < end <= 1080 for first, end in found)
    # The shot shown again bit by bit is no other take of itself.
    same = survey(np.concatenate([*MOVING[:8], MOVING[1], *MOVING[8:]]))
    starts = [first for first, _ in take_stretches(same)]
    assert not (any(120 <= s < 240 for s in starts) and any(960 <= s < 1080 for s in starts))


def test_shots_that_a_film_shows_twice_are_found_with_their_other_place():
    film = survey(np.concatenate([*MOVING[:8], MOVING[1], *MOVING[8:]]))
    assert repeated_stretches(FILM) == []
    found = repeated_stretches(film)
    assert [(round(a / 120), round(b / 120)) for a, b in found] == [(1, 2), (8, 9)]
    twins = Twins(film)
    assert twins.of(150).tolist() == [150, 990]
    assert twins.elsewhere(150, far=96).tolist() == [990]
    assert other_starts_s(film, twins, np.arange(130, 200)) == (970 / RATE,)
    assert other_starts_s(film, twins, np.arange(300, 400)) == ()
    # Mostly of the shot that follows: the other place shows too little of it.
    assert other_starts_s(film, twins, np.arange(225, 345)) == ()


def test_held_shot_has_no_other_place():
    film = survey(np.concatenate([MOVING[0], shot(50, seconds=30, moves=False), MOVING[1]]))
    twins = Twins(film)
    assert len(twins.of(400)) == 720
    assert len(twins.elsewhere(130, far=96)) == 0


def test_film_without_what_a_style_needs_is_refused_in_one_line():
    with pytest.raises(ValueError, match="repeated finds nothing"):
        plan("repeated")


def test_ramps_follow_their_speeds_and_take_as_much_film_as_their_mean():
    pieces = [p for seed in range(4) for p in plan("ramps", seed=seed)]
    ramped = [p for p in pieces if p.ramp]
    assert 0.5 < len(ramped) / len(pieces) < 0.9
    assert {len(p.ramp) for p in ramped} == {2, 3}
    for p in ramped:
        line = [p.source_s(k, FPS) for k in range(p.frames + 1)]
        assert line[0] == p.start_s
        assert line[-1] == p.start_s + p.speed * p.frames / FPS
        speeds = [float((b - a) * FPS) for a, b in itertools.pairwise(line)]
        assert speeds[0] == pytest.approx(float(p.ramp[0]), rel=0.1)
        assert speeds[-1] == pytest.approx(float(p.ramp[-1]), rel=0.1)
        assert 1.4 < max(p.ramp) / min(p.ramp) <= 3
        assert p.source_s(-2, FPS) == p.start_s - 2 * p.ramp[0] / FPS
        assert p.source_s(p.frames + 2, FPS) == line[-1] + 2 * p.ramp[-1] / FPS


def test_stills_hold_the_piece_before_or_are_zoomed_slowly():
    pieces = [p for seed in range(5) for p in plan("stills", seed=seed)]
    held = [(a, b) for a, b in itertools.pairwise(pieces) if b.held]
    zoomed = [p for p in pieces if p.zoom_to]
    assert len(held) > 5
    assert len(zoomed) > 5
    for before, after in held:
        assert after.start_s == before.source_s(before.frames - 1, FPS)
        assert (after.zoom, after.at, after.mirrored) == (before.zoom, before.at, before.mirrored)
    for p in zoomed:
        assert p.speed == 0
        assert p.source_s(p.frames, FPS) == p.start_s
        assert min(p.zoom, p.zoom_to) >= 1
        assert max(p.zoom, p.zoom_to) / min(p.zoom, p.zoom_to) >= 1.1


def test_splits_show_two_places_for_as_long():
    pieces = [p for seed in range(5) for p in plan("split", seed=seed)]
    split = [p for p in pieces if p.beside]
    assert {p.split for p in split} == {"left", "top", "inset"}
    for p in split:
        assert (p.beside.start_frame, p.beside.end_frame) == (p.start_frame, p.end_frame)
        assert 0 <= p.beside.source_s(p.frames, FPS) <= FILM.ends_s[-1]


def test_pieces_come_again_as_they_were_taken():
    pieces = plan("again")
    taken = [(p.source, p.start_s, p.speed) for p in pieces]
    repeats = len(taken) - len(set(taken))
    assert 0.2 < repeats / len(taken) < 0.6


def test_boundaries_dissolve_or_fade_or_are_cuts():
    pieces = [p for seed in range(5) for p in plan("transitions", seed=seed)]
    dissolved = sum(p.head > 0 for p in pieces)
    faded = [p.fade_in for p in pieces if p.fade_in]
    assert not any(p.head and p.fade_in for p in pieces)
    assert dissolved > 10
    assert {fade.luma for fade in faded} == {16, 235}
    for before, after in itertools.pairwise(pieces):
        if after.fade_in and after.start_frame:
            assert before.fade_out.luma == after.fade_in.luma


def test_fade_comes_from_nothing_to_everything():
    levels = [Fade(frames=8, held=2, luma=16).level(k) for k in range(12)]
    assert levels[:2] == [0, 0]
    assert levels[10:] == [1, 1]
    assert levels == sorted(levels)
    assert 0 < levels[2] < levels[9] < 1


def test_rates_go_by_the_seed():
    rates = {STYLES["rates"].rate(seed) for seed in range(101, 106)}
    wanted = [Fraction(24000, 1001), 25, Fraction(30000, 1001), 50, 60]
    assert rates == set(wanted)
    assert STYLES["clean"].rate(1) is None


def grey(width: int, height: int, level: int) -> Yuv:
    half = (height // 2, width // 2)
    return Yuv(
        np.full((height, width), level, np.uint8),
        np.full(half, level, np.uint8),
        np.full(half, level, np.uint8),
    )


@pytest.mark.parametrize("split", ["left", "top", "inset"])
def test_panes_hold_their_pictures(split):
    size = (320, 180)
    first, second = panes(split, size)
    whole = compose(grey(*first[2:], 50), grey(*second[2:], 200), split=split, size=size)
    for box, level in ((second, 200),) if split == "inset" else ((first, 50), (second, 200)):
        x, y, w, h = box
        assert (whole.y[y : y + h, x : x + w] == level).all()
        assert (whole.u[y // 2 : (y + h) // 2, x // 2 : (x + w) // 2] == level).all()
        assert all(side % 2 == 0 for side in box)
    assert whole.y[-1, 0] in (50, 200)


def test_slow_zoom_moves_by_parts_of_a_pixel_and_mirrors_its_window():
    ramp = np.broadcast_to(np.linspace(0, 255, 480), (270, 480)).astype(np.uint8)
    picture = Yuv(ramp, ramp[::2, ::2], ramp[::2, ::2])
    still = Piece(
        start_frame=0,
        end_frame=60,
        kind="film",
        speed=Fraction(0),
        zoom=1.0,
        zoom_to=1.25,
        at=(1.0, 0.5),
    )
    x, y, w, h = zoom_window(still, 59)
    assert (x, y, w, h) == pytest.approx((0.2, 0.1, 0.8, 0.8))
    shown = [slow_zoom(picture, still, k, size=(320, 180)).y[90, 0] for k in (0, 30, 59)]
    assert shown == sorted(shown)
    assert shown[2] == pytest.approx(0.2 * 255, abs=2)
    mirrored = Piece(**{**{n: getattr(still, n) for n in Piece.__slots__}, "mirrored": True})
    assert slow_zoom(picture, mirrored, 59, size=(320, 180)).y[90, -1] == pytest.approx(204, abs=2)


def test_looks_are_of_several_kinds_and_keep_the_order_of_greys():
    looks = [Look.draw(seed) for seed in range(1, 40)]
    assert all((np.diff(look.curve.astype(int)) >= 0).all() for look in looks)
    picture = Yuv(
        np.arange(256, dtype=np.uint8).reshape(16, 16),
        np.full((8, 8), 90, np.uint8),
        np.full((8, 8), 150, np.uint8),
    )
    colours = {(int(o.u[0, 0]), int(o.v[0, 0])) for o in (look.apply(picture) for look in looks)}
    assert (128, 128) in colours  # black and white
    assert len(colours) > 20


def test_stickers_come_and_go_inside_the_picture():
    book = StickerBook((320, 180), fps=30, rng=np.random.default_rng(1))
    covered = []
    for number in range(300):
        picture = grey(320, 180, 7)
        book.put_on(picture, number)
        covered.append(picture.y != 7)
    share = np.array([c.mean() for c in covered])
    assert 0.01 < share.min() <= share.max() < 0.2
    assert not (covered[0] & covered[299]).all()
    assert (covered[0] != covered[299]).any()
