"""A closer look at a place that is found: crop and time to the frame, from finer pictures.

Signatures are small so that a library of films stays small. Where the camera moves slowly they
cannot tell a later frame from a smaller crop: on a slow zoom of real footage, places 4 to 20 frames
off measured a residual 3 to 7 % *below* the true one's, through the blur and the lag of the
commentary's compression. On pictures three times as fine, the true place was the best by as much.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.alignment import fit_line
from syncclip.matching.proof import excerpt_of, spread_frames
from syncclip.matching.records import Commentary, Crop, Hypothesis, Line, Source
from syncclip.matching.registration import (
    TRUST,
    Excerpt,
    Registration,
    commentary_side,
    damped_step,
    moved_crop,
    overlay_mask,
    register,
)
from syncclip.matching.valley import (
    DAMPING,
    FLOOR,
    Slack,
    reached,
    slack_of,
    slid_to_best,
    slides,
)

__all__ = ["Closeup", "CloseupSettings", "Closeups", "Stretch", "alike_places", "look_closer"]

CROP_STEPS = 2
"""Steps in which the crop is fitted to a line that is held."""

NATURAL = (1.0, 0.0)
"""Speeds that are usual of themselves: as filmed, and a still."""

NATURALLY = 0.995
"""Factor on the residual of a fit at such a speed, when the best is chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Every frame of a stretch of a movie, at the size of a closer look."""

    pictures: NDArray[np.uint8]
    """(f, rows, columns) of the content rectangle."""
    seconds: NDArray[np.float64]
    """(f,) when each comes on screen."""


class Closeups(Protocol):
    """Gives finer pictures of both sides."""

    def commentary(self, frames: NDArray[np.int64], finer: int) -> NDArray[np.uint8] | None:
        """(n, h, w) pictures of these frames' content; None where they cannot be read again.

        Args:
            frames: (n,) their numbers.
            finer: Rows and columns for each of those that the search has.
        """
        ...

    def movie(self, source: int, start_s: float, end_s: float, finer: int) -> Stretch | None:
        """Frames on screen in a span; None where the movie is not at hand.

        Args:
            source: Number of the movie.
            start_s: Of the span.
            end_s: Of the span.
            finer: Rows and columns for each of a signature's.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseupSettings:
    """How closely it is looked."""

    finer: tuple[int, int] = (3, 6)
    """Rows and columns of a picture for each of a signature: of the first look, with 2 instead of 3
    slow zooms of real footage stayed up to 4 frames off; and of the last, which is taken where the
    first leaves several frames: with 3 a quiet zoom was 4 frames off by 1 % of the residual, with
    6 the true place fits better by 2 %. The first divides the last, of which it is averaged."""
    frames: int = 20
    """Commentary frames on which crop and place are fitted."""
    line_frames: int = 80
    """Commentary frames on which the line is fitted in the end."""
    plain: float = 0.1
    """Residual of the signatures, overlays not left out, up to which a place to which none beside
    it is alike stands as it is. On a made commentary that was most of them: finer pictures moved
    them by 0.4 frames at most, and took two thirds of their time to do so."""
    alike: float = 1.3
    """Factor on the residual of the signatures up to which a place is looked at."""
    reach_frames: int = 90
    """How far away these may be. In a quiet slow zoom of real footage the signatures preferred a
    place 106 frames off; looked for as far as this, the true one was found and fitted best."""
    places: int = 13
    """Most of them that are looked at; they are spread over the valley."""
    looks: int = 3
    """Times that it is looked, each from where the one before ended, as long as the outermost place
    fits best: a lowest point at the end of a valley is none."""
    few: int = 5
    """Fewer places are no valley."""
    undecided: float = 2.5
    """Frames that a place may slide from which the last look is taken. Not only where the crop must
    make up for it: the quietest zooms pass for pictures that stand."""
    seen: float = 0.8
    """Largest residual of the last look that decides anything; noise has 2."""
    margin: float = 0.005
    """How far beyond the movie's picture the last look may lead, unless the first was there."""
    outside: float = 0.03
    """How far a crop may reach beyond the movie's picture: borders are found to a few pixels. Where
    only time and a shift of the crop are at stake, as in rolling credits, this bounds the time."""
    indistinct: float = 1.01
    """Factor on the residual up to which natural speed, or standing still, fits as well."""


@dataclass(frozen=True, slots=True, eq=False)
class Closeup:
    """What a closer look found."""

    before: Line
    """What the signatures alone gave."""
    hypothesis: Hypothesis
    slack: Slack
    """How far the source may slide and fit about as well, at the first look."""
    residual: float
    """Of the first look, overlays not left out, as each place leaves out others: what several
    places of the same frames are compared by. Of the signatures where these told enough."""


def look_closer(
    commentary: Commentary,
    source: Source,
    hypothesis: Hypothesis,
    closeups: Closeups,
    settings: CloseupSettings,
    *,
    contested: bool = True,
) -> Closeup | None:
    """Fit line and crop on finer pictures, from all places that signatures cannot tell apart.

    Where they tell a place from all beside it, and nothing contests it, that is not needed.

    Args:
        commentary: Frames.
        source: The movie of the hypothesis.
        hypothesis: Fitted, over the frames of its run, with overlays masked.
        closeups: Finer pictures.
        settings: How closely.
        contested: Whether other places, or chance, explain the frames about as well.

    Returns:
        None where the movie is not at hand or has too few frames there.
    """
    frames = spread_frames(hypothesis.start_frame, hypothesis.end_frame, settings.line_frames)
    few = frames[:: max(len(frames) // settings.frames, 1)]
    reach_s = (settings.reach_frames + 2) * source.frame_period_s
    if len(few) < 2:
        return None

    def look(
        coarse: Excerpt, at: Hypothesis, alike: list[Registration], finer: int
    ) -> _Look | None:
        seconds = commentary.seconds[frames]
        whole = _fine(at, coarse, seconds, frames, alike, closeups, finer)
        return None if whole is None else _look(at, whole, np.isin(frames, few), alike, settings)

    found: _Look | None = None
    at = hypothesis
    for _ in range(settings.looks):
        coarse = excerpt_of(commentary, source, at, at.line, few, reach_s)
        if coarse is None:
            break
        alike = alike_places(coarse, at, settings)
        if found is None and not contested and len(alike) == 1:
            residual = _residual(replace(coarse, mask=None), at)
            if residual <= settings.plain:
                return Closeup(at.line, at, slack_of(coarse, at.crop, at.line), residual)
        new = look(coarse, at, alike, settings.finer[0])
        if new is None:
            break
        found, at = new, new.hypothesis
        if found.bounded:
            break
    if found is None:
        return None
    slack = slack_of(found.fine, at.crop, at.line)
    if slack.free_s[1] - slack.free_s[0] >= settings.undecided * source.frame_period_s:
        alike = alike_places(found.fine, at, settings)
        last = look(found.fine, at, alike, settings.finer[1])
        if last is not None and _decides(last, found, settings):
            at = last.hypothesis
    return Closeup(hypothesis.line, at, slack, _residual(replace(found.fine, mask=None), at))


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What a look gave."""

    hypothesis: Hypothesis
    bounded: bool
    """Whether the place that fits best lies between places that fit worse."""
    fine: Excerpt
    """What it was fitted on."""


def _decides(last: _Look, first: _Look, settings: CloseupSettings) -> bool:
    """Whether the last look prefers a place that the first cannot tell from its own.

    In the dark of a fade the finest pictures are noise, and any place will do. Lines of credits fit
    each other's rows here and there; they must not lead out of the picture.
    """
    if _outside(last.hypothesis.crop) > max(_outside(first.hypothesis.crop), settings.margin):
        return False
    before, after = (
        [_residual(look.fine, h) for look in (first, last)]
        for h in (first.hypothesis, last.hypothesis)
    )
    return after[1] <= min(before[1], settings.seen) and (
        after[0] <= settings.alike * before[0] + FLOOR
    )


def _residual(excerpt: Excerpt, hypothesis: Hypothesis) -> float:
    return excerpt.residual(*excerpt.seen(hypothesis.crop), hypothesis.line)


def _look(
    hypothesis: Hypothesis,
    whole: Excerpt,
    chosen: NDArray[np.bool_],
    alike: list[Registration],
    settings: CloseupSettings,
) -> _Look:
    """Look at places.

    Args:
        hypothesis: Where they are from.
        whole: Frames and movie, finer.
        chosen: Which frames the crop is fitted on.
        alike: The places, in order of time.
        settings: How closely.
    """
    fine = replace(whole, grey=whole.grey[chosen], seconds=whole.seconds[chosen])
    best, number = _best(fine, alike)
    bounded = len(alike) < settings.few or 0 < number < len(alike) - 1
    fine = replace(fine, mask=overlay_mask(fine, best.crop, best.line))
    best = slid_to_best(fine, best.crop, best.line, earlier=3, later=3)
    best = register(fine, best.crop, best.line, iterations=6)
    whole = replace(whole, mask=fine.mask)
    fits = [*_natural(fine, best, settings), best]
    fits += [_timed(whole, fit) for fit in fits]
    fits.append(Registration(best.crop, hypothesis.line, best.residual))
    best = min((_on_screen(whole, fine, fit) for fit in fits), key=_merit)
    fitted = hypothesis.with_fit(
        line=best.line, crop=best.crop, score=hypothesis.score, mask=hypothesis.mask
    )
    return _Look(fitted, bounded, fine)


def alike_places(
    coarse: Excerpt, hypothesis: Hypothesis, settings: CloseupSettings
) -> list[Registration]:
    """Places along the valley that signatures cannot tell from the fitted one, in order of time."""
    here = next(slides(coarse, hypothesis.crop, hypothesis.line, [0.0]))
    if not np.isfinite(here.residual):
        return [here]
    limit = settings.alike * here.residual + FLOOR
    earlier, later = (
        reached(coarse, here, way, limit=limit, most=settings.reach_frames) for way in (-1, 1)
    )
    found = [*reversed(earlier), here, *later]
    found = [fit for fit in found if _outside(fit.crop) <= settings.outside] or [here]
    chosen = np.linspace(0, len(found) - 1, min(len(found), settings.places)).round()
    return [found[int(number)] for number in chosen]


def _outside(crop: Crop) -> float:
    """How far a crop reaches beyond the movie's picture, as a share of it."""
    return max(-crop.x, -crop.y, crop.x + crop.w - 1, crop.y + crop.h - 1)


def _fine(
    hypothesis: Hypothesis,
    coarse: Excerpt,
    seconds: NDArray[np.float64],
    frames: NDArray[np.int64],
    alike: list[Registration],
    closeups: Closeups,
    finer: int,
) -> Excerpt | None:
    """The frames and the movie around all places, finer."""
    wanted = np.sort(np.concatenate([fit.line(seconds) for fit in alike]))
    reach_s = 6 * coarse.period_s
    stretch = closeups.movie(hypothesis.source, wanted[0] - reach_s, wanted[-1] + reach_s, finer)
    if stretch is None:
        return None
    # Of a long run most movie frames lie between those that are compared.
    after = np.clip(np.searchsorted(wanted, stretch.seconds), 1, len(wanted) - 1)
    off_s = np.abs(stretch.seconds - wanted[[after - 1, after]]).min(axis=0)
    near = off_s <= reach_s
    grey = closeups.commentary(frames, finer)
    if grey is None or near.sum() < 3:
        return None
    if hypothesis.mirrored:
        grey = grey[:, :, ::-1]
    return Excerpt(
        grey=grey.astype(np.float32),
        seconds=seconds,
        signatures=stretch.pictures[near],
        signature_s=stretch.seconds[near],
        shape=coarse.shape,
        mask=None if hypothesis.mask is None else _spread(hypothesis.mask, finer),
    )


def _spread(mask: NDArray[np.float32], finer: int) -> NDArray[np.float32]:
    """Weights of a signature's cells for the cells of a finer picture."""
    return np.kron(mask, np.ones((finer, finer), dtype=np.float32))


def _best(fine: Excerpt, alike: list[Registration]) -> tuple[Registration, int]:
    """The best of all places to first order, each from the crop that fits it, and its number."""
    fits = [
        (fit, number)
        for number, place in enumerate(alike)
        for fit in slides(fine, place.crop, place.line, np.array([-1, 0, 1]) * fine.period_s)
    ]
    return min(fits, key=lambda fit: fit[0].residual)


def _natural(fine: Excerpt, best: Registration, settings: CloseupSettings) -> list[Registration]:
    """The same place at natural speed or standing still, where that fits as well."""
    natural = []
    middle = best.line.moved_to(float(fine.seconds.mean()))
    span = float(fine.seconds[-1] - fine.seconds[0])
    for speed in NATURAL:
        if abs(speed - best.line.speed) * span < 6 * fine.period_s:
            line = Line(middle.at_s, middle.source_s, speed)
            held = register(fine, best.crop, line, iterations=4, hold_speed=True)
            if held.residual <= settings.indistinct * best.residual + FLOOR / 10:
                natural.append(held)
    return natural


def _timed(whole: Excerpt, fit: Registration) -> Registration:
    """The same crop with the line fitted to whole frames: what moves fast has no frame between."""
    span = max(float(whole.seconds[-1] - whole.seconds[0]), whole.period_s)
    rows, cells = whole.seen(fit.crop)
    line, _ = fit_line(
        rows,
        whole.seconds,
        whole.normalised(cells, np.arange(len(whole.signature_s))),
        whole.signature_s,
        fit.line,
        reach_s=2 * whole.period_s,
        speed_reach=0.0 if fit.line.speed in NATURAL else 2 * whole.period_s / span,
    )
    return replace(fit, line=line)


def _on_screen(whole: Excerpt, few: Excerpt, fit: Registration) -> Registration:
    """The same line with the crop fitted to the frames on screen along it, and their residual."""
    crop = fit.crop
    for _ in range(CROP_STEPS):
        side = commentary_side(few, crop)
        gradient, hessian, _ = side.compared(few.normalised(side.cells, few.on_screen(fit.line)))
        crop = moved_crop(crop, np.clip(damped_step(gradient, hessian, DAMPING), -TRUST, TRUST))
    return Registration(crop, fit.line, whole.residual(*whole.seen(crop), fit.line))


def _merit(fit: Registration) -> float:
    return fit.residual * (NATURALLY if fit.line.speed in NATURAL else 1.0)
