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

    def commentary(self, frames: NDArray[np.int64]) -> NDArray[np.uint8] | None:
        """(n, h, w) pictures of these frames' content; None where they cannot be read again."""
        ...

    def movie(self, source: int, start_s: float, end_s: float) -> Stretch | None:
        """Frames on screen in a span; None where the movie is not at hand."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseupSettings:
    """How closely it is looked."""

    finer: int = 3
    """Rows and columns of a picture for each of a signature: with 2, slow zooms of real footage
    stayed up to 4 frames off; with 3, at most one beyond the lag of the compression."""
    frames: int = 20
    """Commentary frames on which crop and place are fitted."""
    line_frames: int = 80
    """Commentary frames on which the line is fitted in the end."""
    alike: float = 1.3
    """Factor on the residual of the signatures up to which a place is looked at."""
    reach_frames: int = 90
    """How far away these may be. In a quiet slow zoom of real footage the signatures preferred a
    place 106 frames off; looked for as far as this, the true one was found and fitted best."""
    places: int = 13
    """Most of them that are looked at; they are spread over the valley."""
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
    """How far the source may slide and fit about as well."""


def look_closer(
    commentary: Commentary,
    source: Source,
    hypothesis: Hypothesis,
    closeups: Closeups,
    settings: CloseupSettings,
) -> Closeup | None:
    """Fit line and crop on finer pictures, from all places that signatures cannot tell apart.

    Args:
        commentary: Frames.
        source: The movie of the hypothesis.
        hypothesis: Fitted, over the frames of its run, with overlays masked.
        closeups: Finer pictures.
        settings: How closely.

    Returns:
        None where the movie is not at hand or has too few frames there.
    """
    frames = spread_frames(hypothesis.start_frame, hypothesis.end_frame, settings.line_frames)
    few = frames[:: max(len(frames) // settings.frames, 1)]
    reach = settings.reach_frames
    period = source.frame_period_s
    coarse = excerpt_of(commentary, source, hypothesis, hypothesis.line, few, (reach + 2) * period)
    if coarse is None or len(few) < 2:
        return None
    alike = alike_places(coarse, hypothesis, settings)
    whole = _fine(coarse, hypothesis, commentary.seconds, frames, alike, closeups, settings)
    if whole is None:
        return None
    chosen = np.isin(frames, few)
    fine = replace(whole, grey=whole.grey[chosen], seconds=whole.seconds[chosen])
    best = _best(fine, alike)
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
    return Closeup(hypothesis.line, fitted, slack_of(fine, best.crop, best.line))


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
    coarse: Excerpt,
    hypothesis: Hypothesis,
    commentary_s: NDArray[np.float64],
    frames: NDArray[np.int64],
    alike: list[Registration],
    closeups: Closeups,
    settings: CloseupSettings,
) -> Excerpt | None:
    """The frames and the movie around all places, finer."""
    seconds = commentary_s[frames]
    wanted = np.sort(np.concatenate([fit.line(seconds) for fit in alike]))
    reach_s = 6 * coarse.period_s
    stretch = closeups.movie(hypothesis.source, wanted[0] - reach_s, wanted[-1] + reach_s)
    if stretch is None:
        return None
    # Of a long run most movie frames lie between those that are compared.
    after = np.clip(np.searchsorted(wanted, stretch.seconds), 1, len(wanted) - 1)
    off_s = np.abs(stretch.seconds - wanted[[after - 1, after]]).min(axis=0)
    near = off_s <= reach_s
    grey = closeups.commentary(frames)
    if grey is None or near.sum() < 3:
        return None
    if hypothesis.mirrored:
        grey = grey[:, :, ::-1]
    cell = np.ones((settings.finer, settings.finer), dtype=np.float32)
    return Excerpt(
        grey=grey.astype(np.float32),
        seconds=seconds,
        signatures=stretch.pictures[near],
        signature_s=stretch.seconds[near],
        shape=coarse.shape,
        mask=None if coarse.mask is None else np.kron(coarse.mask, cell),
    )


def _best(fine: Excerpt, alike: list[Registration]) -> Registration:
    """The best of all places to first order, each from the crop that fits it."""
    fits = [
        fit
        for place in alike
        for fit in slides(fine, place.crop, place.line, np.array([-1, 0, 1]) * fine.period_s)
    ]
    return min(fits, key=lambda fit: fit.residual)


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
