"""The valley that a moving camera leaves, and the closer look that finds its lowest point."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from syncclip.matching import valley
from syncclip.matching.closeup import Closeup, CloseupSettings, alike_places, look_closer
from syncclip.matching.proof import excerpt_of
from syncclip.matching.records import Crop, Line
from syncclip.matching.registration import Excerpt, Registration, register
from syncclip.matching.valley import RIPPLE_FRAMES, reached, slack_of, slid_to_best, slides
from tests.unit.moving_pictures import FILM_RATE, RATE, Film, FinerFilm, Piece, Scene, edit

SETTINGS = CloseupSettings()
FILM = Film((Scene(31), Scene(22), Scene(7, motion=0.0)), scene_frames=144)
PIECE = Piece(FILM, 40, 60, speed=1.1, crop=Crop(0.12, 0.06, 0.78, 0.78))
MIRRORED = replace(PIECE, mirrored=True)
NATURAL = replace(PIECE, speed=1.0)
QUIET = Piece(Film((Scene(31, motion=0.15),), scene_frames=200), 60, 60, crop=PIECE.crop)
STILL = Piece(FILM, 320, 60, speed=0.0, crop=PIECE.crop)


def looked_at(
    piece: Piece,
    frames: float,
    zoom: float = 1.0,
    *,
    closeups: FinerFilm | None = None,
    settings: CloseupSettings = SETTINGS,
) -> Closeup:
    """A piece looked at closely from a place some movie frames late under a grown crop."""
    truth = piece.hypothesis()
    crop = truth.crop
    w, h = crop.w * zoom, crop.h * zoom
    grown = Crop(crop.x + (crop.w - w) / 2, crop.y + (crop.h - h) / 2, w, h)
    late = replace(truth.line, source_s=truth.line.source_s + frames / FILM_RATE)
    start = replace(truth, line=late, crop=grown)
    closeups = closeups or FinerFilm(piece)
    found = look_closer(edit(piece), piece.film.source, start, closeups, settings)
    assert found is not None
    return found


def frames_off(closeup: Closeup, piece: Piece) -> float:
    """Largest distance from the true line within the piece, in movie frames."""
    ends = np.array([0, piece.frames - 1]) / RATE
    off = closeup.hypothesis.line(ends) - piece.hypothesis().line(ends)
    return float(np.abs(off).max() * FILM_RATE)


@pytest.mark.parametrize("piece", [PIECE, MIRRORED, NATURAL], ids=["plain", "mirrored", "natural"])
@pytest.mark.parametrize(("frames", "zoom"), [(0.0, 1.0), (2.0, 0.99), (-2.0, 1.01)])
def test_a_place_is_found_to_the_frame(piece: Piece, frames: float, zoom: float) -> None:
    found = looked_at(piece, frames, zoom)
    assert frames_off(found, piece) < 0.8
    assert found.hypothesis.crop.apart(piece.crop) < 0.003


@pytest.mark.parametrize(("looks", "arrives"), [(1, False), (4, True)])
def test_a_lowest_point_at_the_end_of_the_reach_is_gone_on_from(looks: int, arrives: bool) -> None:
    settings = replace(SETTINGS, looks=looks, reach_frames=4)
    found = looked_at(QUIET, 14.0, settings=settings)
    assert (frames_off(found, QUIET) < 1.0) == arrives


@dataclass(frozen=True)
class Foggy(FinerFilm):
    """Where a picture is the finest, it is noise."""

    asked: list[int] = field(default_factory=list)

    def commentary(self, frames: NDArray[np.int64], finer: int) -> NDArray[np.uint8] | None:
        made = super().commentary(frames, finer)
        assert made is not None
        if finer < SETTINGS.finer[1]:
            return made
        self.asked.append(len(frames))
        return np.random.default_rng(0).integers(0, 256, made.shape, dtype=np.uint8)


def test_the_last_look_does_not_lead_away_from_what_the_first_saw() -> None:
    without, fog = replace(SETTINGS, undecided=np.inf), Foggy(QUIET)
    first = looked_at(QUIET, 1.0, settings=without).hypothesis
    last = looked_at(QUIET, 1.0, closeups=fog, settings=replace(SETTINGS, undecided=0)).hypothesis
    assert fog.asked
    assert (last.line, last.crop) == (first.line, first.crop)


@dataclass(frozen=True)
class Shifted(FinerFilm):
    """Where a picture is the finest, it shows a part of the film that lies lower."""

    down: float = 0.0

    def commentary(self, frames: NDArray[np.int64], finer: int) -> NDArray[np.uint8] | None:
        if finer < SETTINGS.finer[1]:
            return super().commentary(frames, finer)
        crop = replace(self.piece.crop, y=self.piece.crop.y + self.down)
        lower = FinerFilm(replace(self.piece, crop=crop))
        return lower.commentary(frames, finer)


@pytest.mark.parametrize(("y", "followed"), [(0.1, True), (0.22, False)])
def test_the_last_look_does_not_lead_out_of_the_picture(y: float, followed: bool) -> None:
    piece = replace(QUIET, frames=16, crop=Crop(0.12, y, 0.78, 0.78))
    settings = replace(SETTINGS, undecided=0, alike=1000.0, reach_frames=2)
    found = looked_at(piece, 0.0, closeups=Shifted(piece, down=0.012), settings=settings)
    assert (found.hypothesis.crop.y > y + 0.006) == followed


def test_natural_speed_is_held_where_it_fits() -> None:
    assert looked_at(NATURAL, 1.0).hypothesis.line.speed == 1.0


def test_nothing_is_said_without_the_movie() -> None:
    truth = PIECE.hypothesis()
    away = FinerFilm(PIECE, there=False)
    assert look_closer(edit(PIECE), FILM.source, truth, away, SETTINGS) is None


@pytest.mark.parametrize(
    ("piece", "contested", "left"),
    [
        (PIECE, False, True),
        (PIECE, True, False),  # another place is as like: only finer pictures tell
        (QUIET, False, False),  # places beside it are as like
        (STILL, False, False),
    ],
    ids=["plain", "contested", "quiet", "still"],
)
def test_what_signatures_tell_for_certain_is_left_as_it_is(
    piece: Piece, contested: bool, left: bool
) -> None:
    truth = piece.hypothesis()
    source, away = piece.film.source, FinerFilm(piece, there=False)
    found = look_closer(edit(piece), source, truth, away, SETTINGS, contested=contested)
    assert (found is not None) == left
    if found is not None:
        assert found.hypothesis == truth
        assert found.residual <= SETTINGS.plain
        assert found.slack.free_s == (0.0, 0.0)


def test_a_place_that_hardly_fits_is_looked_at_though_none_beside_it_does() -> None:
    truth = PIECE.hypothesis()
    wrong = replace(truth, crop=Crop(0.2, 0.2, 0.6, 0.6))
    away = FinerFilm(PIECE, there=False)
    assert look_closer(edit(PIECE), FILM.source, wrong, away, SETTINGS, contested=False) is None


def test_a_place_beyond_the_movie_is_not_looked_at() -> None:
    truth = PIECE.hypothesis()
    beyond = replace(truth, line=replace(truth.line, source_s=60.0))
    assert look_closer(edit(PIECE), FILM.source, beyond, FinerFilm(PIECE), SETTINGS) is None


def test_a_single_frame_is_not_looked_at() -> None:
    one = replace(PIECE, frames=1)
    assert look_closer(edit(one), FILM.source, one.hypothesis(), FinerFilm(one), SETTINGS) is None


def test_a_moving_shot_may_not_slide_and_a_still_one_may() -> None:
    for earlier, later in slacks(PIECE):
        assert -1.5 / FILM_RATE <= earlier <= 0 <= later <= 1.5 / FILM_RATE
    for earlier, later in slacks(STILL):
        assert later - earlier > 20 / FILM_RATE


def slacks(piece: Piece) -> tuple[tuple[float, float], tuple[float, float]]:
    slack = looked_at(piece, 0.0).slack
    return slack.free_s, slack.still_s


def excerpt(piece: Piece) -> Excerpt:
    made = excerpt_of(
        edit(piece),
        piece.film.source,
        piece.hypothesis(),
        piece.hypothesis().line,
        np.arange(0, piece.frames, 3),
        1.0,
    )
    assert made is not None
    return made


def test_the_slide_to_nowhere_is_the_fit_itself() -> None:
    seen, truth = excerpt(PIECE), PIECE.hypothesis()
    here = next(slides(seen, truth.crop, truth.line, [0.0]))
    fitted = register(seen, truth.crop, truth.line)
    assert here.residual == pytest.approx(fitted.residual, abs=2e-4)
    assert here.crop.apart(fitted.crop) < 0.004


def test_a_slide_takes_the_crop_along() -> None:
    """Of a pure pan, a later frame under a shifted crop is the same picture."""
    pan = _Pan()
    seen = pan.excerpt()
    crop, line = Crop(0.2, 0.2, 0.6, 0.6), Line(0.0, 2.0, 1.0)
    for frames in (-4, 4):
        slid = next(slides(seen, crop, line, [frames / FILM_RATE]))
        held = register(
            seen,
            crop,
            replace(line, source_s=line.source_s + frames / FILM_RATE),
            iterations=0,
        )
        assert slid.residual < 0.2 * held.residual
        assert slid.crop.x - crop.x == pytest.approx(pan.speed * frames / FILM_RATE, abs=0.004)
    slack = slack_of(seen, crop, line)
    assert slack.free_s[1] > 12 / FILM_RATE
    assert slack.still_s[1] <= 1 / FILM_RATE


def test_a_valley_is_followed_however_far_the_crop_must_move() -> None:
    """Each place is looked at from its own crop: 40 frames move it by a ninth of its width."""
    pan = _Pan()
    seen, line = pan.excerpt(), Line(0.0, 2.0, 1.0)
    here = next(slides(seen, Crop(0.2, 0.2, 0.6, 0.6), line, [0.0]))
    later = reached(seen, here, 1, limit=here.residual + 0.02, most=40)
    assert len(later) == 40
    for frames, fit in enumerate(later, start=1):
        assert fit.crop.x == pytest.approx(0.2 + pan.speed * frames / FILM_RATE, abs=0.004)
        moved_s = fit.line(line.at_s) - line(line.at_s)
        assert moved_s == pytest.approx(frames / FILM_RATE, abs=0.5 / FILM_RATE)


def test_a_ripple_does_not_end_a_valley(monkeypatch: pytest.MonkeyPatch) -> None:
    ripple, wall = [3.0] * (RIPPLE_FRAMES - 1), [3.0] * RIPPLE_FRAMES
    residuals = [1.0, *ripple, 1.0, 1.0, *wall, 1.0]
    fits = [Registration(PIECE.crop, Line(0.0, 0.0, 1.0), residual) for residual in residuals]
    monkeypatch.setattr(valley, "_walk", lambda *_, **__: iter(fits))
    found = reached(excerpt(PIECE), fits[0], 1, limit=2.0, most=99)
    assert [fit.residual for fit in found] == [1.0, *ripple, 1.0, 1.0]


def test_a_crop_that_leaves_the_picture_is_no_place() -> None:
    """Of a pan any time fits under some crop; the picture's edge bounds it."""
    pan = _Pan()
    seen, line = pan.excerpt(), Line(0.0, 2.0, 1.0)
    hypothesis = replace(PIECE.hypothesis(), line=line, crop=Crop(0.38, 0.2, 0.6, 0.6))
    aside = replace(
        seen,
        grey=pan.pictures(_on_screen(), hypothesis.crop, (36, 64)).astype(np.float32),
    )
    places = alike_places(aside, hypothesis, SETTINGS)
    assert len(places) > 3
    assert max(fit.crop.x + fit.crop.w for fit in places) <= 1 + SETTINGS.outside
    assert min(fit.crop.x for fit in places) < 0.35


def test_the_lowest_point_of_a_valley_is_found() -> None:
    seen, truth = excerpt(PIECE), PIECE.hypothesis()
    late = replace(truth.line, source_s=truth.line.source_s + 2 / FILM_RATE)
    best = slid_to_best(seen, truth.crop, late, earlier=5, later=5)
    ends = np.array([0, PIECE.frames - 1]) / RATE
    assert np.abs(best.line(ends) - truth.line(ends)).max() * FILM_RATE < 1.0


def test_a_line_that_leaves_the_movie_is_no_place() -> None:
    seen, truth = excerpt(PIECE), PIECE.hypothesis()
    beyond = next(slides(seen, truth.crop, truth.line, [60.0]))
    assert beyond.residual == np.inf


def _on_screen() -> NDArray[np.float64]:
    """Film seconds that 30 commentary frames show from second 2 on."""
    return 2.0 + np.floor(np.arange(0, 30) / RATE * FILM_RATE + 1e-9) / FILM_RATE


@dataclass(frozen=True)
class _Pan:
    """A picture that moves past at one speed, larger than any crop."""

    speed: float = 0.05
    """Widths per second."""

    def pictures(self, seconds: NDArray[np.float64], crop: Crop, size: tuple[int, int]):
        rows = crop.y + (np.arange(size[0]) + 0.5) / size[0] * crop.h
        columns = crop.x + (np.arange(size[1]) + 0.5) / size[1] * crop.w
        rng = np.random.default_rng(3)
        grey = np.zeros((len(seconds), *size))
        for _ in range(30):
            down, across = rng.uniform(-25, 25, 2)
            phase = rng.uniform(0, 2 * np.pi)
            at = across * (columns[None, None, :] - self.speed * seconds[:, None, None])
            grey += np.cos(phase + down * rows[None, :, None] + at)
        return np.clip(np.rint(120 + 14 * grey), 0, 255).astype(np.uint8)

    def excerpt(self) -> Excerpt:
        whole = Crop(0.0, 0.0, 1.0, 1.0)
        seconds = np.arange(0, 30) / RATE
        film_s = np.arange(0, 5 * FILM_RATE) / FILM_RATE
        return Excerpt(
            grey=self.pictures(_on_screen(), Crop(0.2, 0.2, 0.6, 0.6), (36, 64)).astype(np.float32),
            seconds=seconds,
            signatures=self.pictures(film_s, whole, (18, 32)),
            signature_s=film_s,
            shape=1.0,
        )
