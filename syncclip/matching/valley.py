"""How a place may slide when the crop is free: the valley that a moving camera leaves.

In a slow zoom or pan a later frame under another crop is all but the same picture. The loss along
such a slide is found to first order: for every offset the crop and the speed that fit there are
those of one least-squares step (Lucas and Kanade 1981), whose loss is known without projecting the
pictures again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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

__all__ = ["DAMPING", "FLOOR", "REACH_FRAMES", "reached", "slack_s", "slid_to_best", "slides"]

DAMPING = 1e-4
"""Of a step to first order: keeps what is undetermined still."""
FLOOR = 1e-4
"""Residual that says nothing: rounding of the pictures."""
REACH_FRAMES = 36
"""How far a place is believed to slide; in slow zooms of real footage up to 22 frames were met."""
ALIKE = 1.1
"""Factor on the residual up to which a place cannot be told from another."""
SLIDES = 3
"""Times that the valley is looked along; each begins where the one before ended."""


def slides(
    excerpt: Excerpt, crop: Crop, line: Line, shifts_s: Iterable[float]
) -> Iterator[Registration]:
    """The best crop and line at each offset from a line, to first order.

    Args:
        excerpt: Frames and signatures.
        crop: That fits the line.
        line: From which the offsets count.
        shifts_s: Offsets of the source in seconds.

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
        step = damped_step(gradient, hessian, DAMPING)
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


def reached(
    excerpt: Excerpt, start: Registration, direction: int, *, limit: float, most: int
) -> list[Registration]:
    """Fits at the movie frames next to a place, as far as their residual stays within a limit.

    Args:
        excerpt: Frames and signatures.
        start: The place.
        direction: -1 for earlier frames, 1 for later ones.
        limit: Largest residual.
        most: Frames that are tried.
    """
    shifts_s = direction * np.arange(1, most + 1) * excerpt.period_s
    fits = slides(excerpt, start.crop, start.line, shifts_s)
    return list(takewhile(lambda fit: fit.residual <= limit, fits))


def slack_s(excerpt: Excerpt, crop: Crop, line: Line, *, most: int) -> tuple[float, float]:
    """Seconds that the source may slide earlier and later with about equal fit, the crop free.

    Args:
        excerpt: Frames and signatures.
        crop: Fitted.
        line: Fitted.
        most: Frames that are tried each way.
    """
    here = next(slides(excerpt, crop, line, [0.0]))
    if not np.isfinite(here.residual):
        return 0.0, 0.0
    limit = ALIKE * here.residual + FLOOR
    earlier, later = (
        len(reached(excerpt, here, way, limit=limit, most=most)) * excerpt.period_s
        for way in (-1, 1)
    )
    return 0.0 - earlier, later
