"""How a place may slide when the crop is free: the valley that a moving camera leaves.

In a slow zoom or pan a later frame under another crop is all but the same picture. The loss along
such a slide is found to first order: for every offset the crop and the speed that fit there are
those of one least-squares step (Lucas and Kanade 1981), whose loss is known without projecting the
pictures again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np

from syncclip.matching.records import Crop, Line
from syncclip.matching.registration import (
    FASTEST,
    TRUST,
    Excerpt,
    Registration,
    commentary_side,
    damped_step,
    interpolated,
    moved_crop,
)

__all__ = [
    "DAMPING",
    "FLOOR",
    "REACH_FRAMES",
    "RIPPLE_FRAMES",
    "Slack",
    "reached",
    "slack_of",
    "slid_to_best",
    "slides",
]

DAMPING = 1e-4
"""Of a step to first order: keeps what is undetermined still."""
FLOOR = 1e-4
"""Residual that says nothing: rounding of the pictures."""
REACH_FRAMES = 36
"""How far a place is believed to slide; in slow zooms of real footage up to 22 frames were met."""
RIPPLE_FRAMES = 5
"""Frames for which the residual may rise on the way: fine text that rolls by falls on the cells of
a picture now as it does in the other one, now not."""
ALIKE = 1.25
"""Factor on the residual up to which a place cannot be told from another. On real footage moving
shots let the true place slide by no frame up to twice the residual; rolling credits and quiet zooms
by 8 and more at this factor, and the true place was up to 10 frames from the one that fitted best.
"""
SLIDES = 3
"""Times that the valley is looked along; each begins where the one before ended."""


def slides(
    excerpt: Excerpt,
    crop: Crop,
    line: Line,
    shifts_s: Iterable[float],
    *,
    hold_speed: bool = False,
) -> Iterator[Registration]:
    """The best crop and line at each offset from a line, to first order.

    Args:
        excerpt: Frames and signatures.
        crop: That fits the line.
        line: From which the offsets count.
        shifts_s: Offsets of the source in seconds.
        hold_speed: Leave the speed as it is.

    Yields:
        One fit for each offset, worked out when it is asked for; its residual is infinite where
        the line leaves the excerpt.
    """
    side = commentary_side(excerpt, crop)
    middle = float(excerpt.seconds.mean())
    spans = excerpt.seconds - middle
    line = line.moved_to(middle)
    earliest_s, latest_s = excerpt.signature_s[[0, -1]] + np.array([-1.5, 1.5]) * excerpt.period_s
    for shift_s in shifts_s:
        start_s = line.source_s + shift_s
        when = start_s - excerpt.period_s / 2 + line.speed * spans
        if when.min() < earliest_s or when.max() > latest_s:
            yield Registration(crop, Line(middle, start_s, line.speed), np.inf)
            continue
        expected, change = interpolated(excerpt, side.cells, when)
        faster = -change * spans[:, None].astype(np.float32)
        gradient, hessian, loss = side.compared(expected, [faster])
        free = 4 if hold_speed else 5
        step = np.zeros(5)
        step[:free] = damped_step(gradient[:free], hessian[:free, :free], DAMPING)
        step[:4] = np.clip(step[:4], -TRUST, TRUST)
        step[4] = np.clip(step[4], -line.speed, FASTEST - line.speed)
        loss += float(2 * gradient @ step + step @ hessian @ step)
        yield Registration(
            moved_crop(crop, step[:4]), Line(middle, start_s, line.speed + float(step[4])), loss
        )


def slid_to_best(
    excerpt: Excerpt, crop: Crop, line: Line, *, earlier: int, later: int
) -> Registration:
    """Go along the valley to its lowest point.

    Args:
        excerpt: Frames and signatures.
        crop: Where to begin.
        line: Where to begin.
        earlier: Movie frames that the source may be earlier; two more where the first step was
            not the last, since that is to first order only.
        later: Movie frames that it may be later, likewise.
    """
    at = Registration(crop, line, np.inf)
    for _ in range(SLIDES):
        steps = np.arange(-earlier, later + 1)
        fits = list(slides(excerpt, at.crop, at.line, steps * excerpt.period_s))
        best = int(np.argmin([fit.residual for fit in fits]))
        at = fits[best]
        moved = int(steps[best])
        earlier, later = max(earlier + moved, 2), max(later - moved, 2)
        if moved == 0:
            break
    return at


def _walk(
    excerpt: Excerpt, start: Registration, step_s: float, *, most: int, hold_speed: bool
) -> Iterator[Registration]:
    """Fits at ever later (or earlier) places, each from the one before it.

    Args:
        excerpt: Frames and signatures.
        start: Where to begin; it is not given itself.
        step_s: Seconds from one to the next.
        most: How many.
        hold_speed: Leave the speed as it is.
    """
    (ahead,) = slides(excerpt, start.crop, start.line, [step_s], hold_speed=hold_speed)
    for _ in range(most):
        # What a step promises is to first order only: here it is looked at from its own crop.
        here, ahead = slides(excerpt, ahead.crop, ahead.line, [0.0, step_s], hold_speed=hold_speed)
        if not np.isfinite(here.residual):
            break
        yield here


def reached(
    excerpt: Excerpt,
    start: Registration,
    direction: int,
    *,
    limit: float,
    most: int,
    hold_speed: bool = False,
) -> list[Registration]:
    """Fits at the movie frames next to a place, as far as their residual stays within a limit.

    Args:
        excerpt: Frames and signatures.
        start: The place.
        direction: -1 for earlier frames, 1 for later ones.
        limit: Largest residual; it may be exceeded for a few frames on the way.
        most: Frames that are tried.
        hold_speed: Leave the speed as it is.
    """
    found: list[Registration] = []
    within = 0
    for fit in _walk(
        excerpt, start, direction * excerpt.period_s, most=most, hold_speed=hold_speed
    ):
        found.append(fit)
        if fit.residual <= limit:
            within = len(found)
        elif len(found) - within >= RIPPLE_FRAMES:
            break
    return found[:within]


@dataclass(frozen=True, slots=True)
class Slack:
    """How far a source may slide and fit about as well, in seconds: (earlier, later)."""

    free_s: tuple[float, float] = (0.0, 0.0)
    """With the crop free to make up for it."""
    still_s: tuple[float, float] = (0.0, 0.0)
    """Under the same crop, since the picture stands."""


def slack_of(excerpt: Excerpt, crop: Crop, line: Line) -> Slack:
    """Both kinds of slack of a fitted place.

    The speed is held: a slower line would stay within a still shot for longer than every frame of
    the piece does.

    Args:
        excerpt: Frames and signatures.
        crop: Fitted.
        line: Fitted.
    """
    here = next(slides(excerpt, crop, line, [0.0]))
    if not np.isfinite(here.residual):
        return Slack()
    limit = ALIKE * here.residual + FLOOR
    free = [
        len(reached(excerpt, here, way, limit=limit, most=REACH_FRAMES, hold_speed=True))
        for way in (-1, 1)
    ]
    still = _still(excerpt, crop, line)
    return Slack(_seconds(free, excerpt.period_s), _seconds(still, excerpt.period_s))


def _seconds(frames: Sequence[int], period_s: float) -> tuple[float, float]:
    return 0.0 - frames[0] * period_s, frames[1] * period_s


def _still(excerpt: Excerpt, crop: Crop, line: Line) -> list[int]:
    """Movie frames earlier and later at which the same picture is on screen."""
    seen = excerpt.seen(crop)

    def residual(frames: int) -> float:
        slid = replace(line, source_s=line.source_s + frames * excerpt.period_s)
        ends_s = slid(excerpt.seconds[[0, -1]])
        last_s = excerpt.signature_s[-1] + excerpt.period_s
        if ends_s.min() < excerpt.signature_s[0] or ends_s.max() >= last_s:
            return np.inf
        return excerpt.residual(*seen, slid)

    limit = ALIKE * residual(0) + FLOOR
    counts = []
    for way in (-1, 1):
        alike = (residual(way * frames) <= limit for frames in range(1, REACH_FRAMES + 1))
        counts.append(sum(takewhile(bool, alike)))
    return counts
