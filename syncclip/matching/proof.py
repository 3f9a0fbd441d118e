"""Proof of a hypothesis on frame signatures: geometry first, then offset and speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.alignment import fit_line
from syncclip.matching.geometry import STEPS, best_window, coarse_crop
from syncclip.matching.records import Commentary, Crop, Hypothesis, Line, Source
from syncclip.matching.registration import Excerpt, Registration, overlay_mask, register
from syncclip.matching.signatures import normalised, project
from syncclip.matching.windows import CLOSE, crop_windows

__all__ = [
    "ProofSettings",
    "excerpt_of",
    "glance",
    "masked_again",
    "pictures",
    "prove",
    "settle",
    "spread_frames",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofSettings:
    """How thoroughly a hypothesis is examined."""

    glance_frames: int = 5
    """Frames of a window that the search for the crop looks at."""
    joint_frames: int = 40
    """Frames that crop, offset and speed are fitted on together."""
    line_frames: int = 120
    """Most frames that a line is fitted on; longer stretches are thinned out."""
    indistinct: float = 1.03
    """Factor on the residual up to which a usual crop or speed counts as fitting as well."""
    near_crop: float = 0.03
    """Largest difference of an edge, as a share of the picture, at which a usual crop is tried."""
    near_speed_s: float = 0.6
    """Largest drift over the stretch at which a usual speed is tried."""
    reach_s: float = 0.6
    """Votes place a window this well: half a sample period and the bandwidth."""
    speed_reach: float = 0.35
    """Votes know the speed of a short window no better."""


def pictures(
    commentary: Commentary, frames: NDArray[np.int64], *, mirrored: bool
) -> NDArray[np.uint8]:
    """(n, h, w) commentary pictures, mirrored back where the hypothesis says so."""
    grey = commentary.grey[frames]
    return grey[:, :, ::-1] if mirrored else grey


def spread_frames(start: int, end: int, count: int) -> NDArray[np.int64]:
    """At most ``count`` frame numbers, evenly inside [start, end)."""
    count = min(count, end - start)
    return (start + (np.arange(count) + 0.5) * (end - start) / count).astype(np.int64)


def glance(
    commentary: Commentary, source: Source, hypothesis: Hypothesis, settings: ProofSettings
) -> Hypothesis:
    """Find the crop and a better offset from a few frames.

    Returns:
        The hypothesis with crop and offset improved and its correlation as score.
    """
    frames = spread_frames(hypothesis.start_frame, hypothesis.end_frame, settings.glance_frames)
    seconds = commentary.seconds[frames]
    around = np.linspace(-settings.reach_s, settings.reach_s, 13)
    numbers = source.nearest_frames(hypothesis.line(seconds)[:, None] + around[None, :])
    shown, stacks = (
        pictures(commentary, frames, mirrored=hypothesis.mirrored),
        source.signatures[numbers],
    )
    start, steps = hypothesis.crop, STEPS
    if not hypothesis.crop_known:
        windows = crop_windows(commentary.aspect, source.aspect, CLOSE)
        middle = slice(len(frames) // 2, len(frames) // 2 + 1)
        start, steps = best_window(shown[middle], stacks[middle], windows), STEPS[1:]
    crop, score, winner = coarse_crop(shown, stacks, start, steps=steps)
    line = hypothesis.line
    shift = float(np.median(around[winner]))
    return hypothesis.with_fit(
        line=Line(line.at_s, line.source_s + shift, line.speed), crop=crop, score=score
    )


def prove(
    commentary: Commentary,
    source: Source,
    hypothesis: Hypothesis,
    settings: ProofSettings,
    *,
    reach_s: float | None = None,
    speed_reach: float | None = None,
    crops: Sequence[Crop] = (),
    offsets_s: Sequence[float] = (),
) -> Hypothesis:
    """Fit line and crop of a hypothesis to all its frames.

    Args:
        commentary: Frames to be found.
        source: The movie of the hypothesis.
        hypothesis: With a crop that is about right.
        settings: How thoroughly.
        reach_s: How far the offset may be off; the settings' value by default.
        speed_reach: How far the speed may be off; the settings' value by default.
        crops: Further crops from which the joint fit begins; the best end wins.
        offsets_s: Further offsets from the line from which it begins, each with the crop that fits
            there: when the camera moves, a wrong crop and a wrong offset make up for each other.

    Returns:
        The hypothesis with line, crop and mean correlation fitted.
    """
    reach_s = settings.reach_s if reach_s is None else reach_s
    speed_reach = settings.speed_reach if speed_reach is None else speed_reach
    frames = spread_frames(hypothesis.start_frame, hypothesis.end_frame, settings.line_frames)
    line, _ = _line(commentary, source, hypothesis, frames, reach_s, speed_reach)
    few = spread_frames(hypothesis.start_frame, hypothesis.end_frame, settings.joint_frames)
    excerpt = excerpt_of(commentary, source, hypothesis, line, few, 2 * reach_s)
    if excerpt is None:
        return hypothesis.with_fit(line=line, crop=hypothesis.crop, score=0.0)
    fits = [_registered(excerpt, hypothesis.crop, line)]
    for crop in crops:
        other = replace(hypothesis, crop=crop)
        placed, _ = _line(commentary, source, other, frames, reach_s, speed_reach)
        fits.append(_registered(excerpt, crop, placed))
    fits += [
        _registered(excerpt, _crop_at(commentary, source, hypothesis, moved, few), moved)
        for moved in (replace(line, source_s=line.source_s + s) for s in offsets_s)
    ]
    best, mask = _best(excerpt, fits)
    refined = hypothesis.with_fit(line=best.line, crop=best.crop, score=0.0, mask=mask)
    period = source.frame_period_s
    span = max(float(commentary.seconds[frames[-1]] - commentary.seconds[frames[0]]), period)
    line, score = _line(commentary, source, refined, frames, period, period / span)
    return refined.with_fit(line=line, crop=best.crop, score=score, mask=mask)


def _crop_at(
    commentary: Commentary,
    source: Source,
    hypothesis: Hypothesis,
    line: Line,
    frames: NDArray[np.int64],
) -> Crop:
    """The crop that fits best if the line is right."""
    few = frames[:: max(len(frames) // 6, 1)]
    numbers = source.nearest_frames(line(commentary.seconds[few]))
    grey = pictures(commentary, few, mirrored=hypothesis.mirrored)
    crop, _, _ = coarse_crop(grey, source.signatures[numbers][:, None], hypothesis.crop)
    return crop


Fit = tuple[Registration, NDArray[np.float32]]
"""A joint fit and the mask it was made under."""


def _registered(excerpt: Excerpt, crop: Crop, line: Line) -> Fit:
    """Joint fit with overlays masked, from the first step on: they would pull it away."""
    for iterations in (4, 6):
        excerpt = replace(excerpt, mask=overlay_mask(excerpt, crop, line))
        fit = register(excerpt, crop, line, iterations=iterations)
        crop, line = fit.crop, fit.line
    return fit, overlay_mask(excerpt, crop, line)


def _best(excerpt: Excerpt, fits: Sequence[Fit]) -> Fit:
    """The fit with the least residual on the cells that none of them masks."""
    if len(fits) == 1:
        return fits[0]
    common = replace(excerpt, mask=np.prod([mask for _, mask in fits], axis=0))
    again = [register(common, fit.crop, fit.line, iterations=0).residual for fit, _ in fits]
    return fits[int(np.argmin(again))]


def masked_again(
    commentary: Commentary, source: Source, hypothesis: Hypothesis, settings: ProofSettings
) -> Hypothesis:
    """The same line and crop with the overlays of the hypothesis's own frames masked."""
    frames = spread_frames(hypothesis.start_frame, hypothesis.end_frame, settings.joint_frames)
    bare = replace(hypothesis, mask=None)
    excerpt = excerpt_of(commentary, source, bare, hypothesis.line, frames, 0.2)
    if excerpt is None:
        return bare
    first = replace(excerpt, mask=overlay_mask(excerpt, hypothesis.crop, hypothesis.line))
    return replace(bare, mask=overlay_mask(first, hypothesis.crop, hypothesis.line))


def settle(
    commentary: Commentary,
    source: Source,
    hypothesis: Hypothesis,
    settings: ProofSettings,
    *,
    crops: Sequence[Crop],
    speeds: Sequence[float],
) -> Hypothesis:
    """Replace fitted values by usual ones where the pictures cannot tell the difference.

    On a slow or short shot crop and speed are hardly determined, and the fit follows noise. Editors
    use few of them: the whole picture, natural speed, and what they used in the shot before.

    Args:
        commentary: Frames to be found.
        source: The movie of the hypothesis.
        hypothesis: Fitted.
        settings: How thoroughly it was fitted.
        crops: Usual crops, most usual first.
        speeds: Usual speeds, most usual first.

    Returns:
        The hypothesis with a usual crop or speed or both, or as it was.
    """
    frames = spread_frames(hypothesis.start_frame, hypothesis.end_frame, settings.joint_frames)
    excerpt = excerpt_of(commentary, source, hypothesis, hypothesis.line, frames, 0.5)
    if excerpt is None:
        return hypothesis
    best = register(excerpt, hypothesis.crop, hypothesis.line, iterations=3)
    limit = best.residual * settings.indistinct + 2e-5
    crop_held = speed_held = False
    for crop in crops:
        if best.crop.apart(crop) < settings.near_crop:
            tried = register(excerpt, crop, best.line, iterations=4, hold_crop=True)
            if tried.residual <= limit:
                best, crop_held = tried, True
                break
    span = float(commentary.seconds[frames[-1]] - commentary.seconds[frames[0]])
    for speed in speeds:
        if abs(best.line.speed - speed) * span < settings.near_speed_s:
            middle = best.line.moved_to(float(commentary.seconds[frames].mean()))
            start = replace(middle, speed=speed)
            tried = register(
                excerpt, best.crop, start, iterations=5, hold_crop=crop_held, hold_speed=True
            )
            if tried.residual <= limit:
                best, speed_held = tried, True
                break
    if not (crop_held or speed_held):
        return hypothesis
    settled = hypothesis.with_fit(line=best.line, crop=best.crop, score=0.0, mask=hypothesis.mask)
    frames = spread_frames(hypothesis.start_frame, hypothesis.end_frame, settings.line_frames)
    period = source.frame_period_s
    reach = 0.0 if speed_held else period / max(span, period)
    line, score = _line(commentary, source, settled, frames, period, reach)
    return replace(settled, line=line, score=score)


def excerpt_of(
    commentary: Commentary,
    source: Source,
    hypothesis: Hypothesis,
    line: Line,
    frames: NDArray[np.int64],
    reach_s: float,
) -> Excerpt | None:
    """Frames and the signatures around a line; None where the movie has too few there."""
    seconds = commentary.seconds[frames]
    ends = line(seconds[[0, -1]])
    first, last = source.frames_between(ends[0] - reach_s, ends[1] + reach_s)
    if last - first < 3:
        return None
    grey = pictures(commentary, frames, mirrored=hypothesis.mirrored).astype(np.float32)
    return Excerpt(
        grey=grey,
        seconds=seconds,
        signatures=source.signatures[first:last],
        signature_s=source.seconds[first:last],
        shape=hypothesis.shape,
        mask=hypothesis.mask,
    )


def _line(
    commentary: Commentary,
    source: Source,
    hypothesis: Hypothesis,
    frames: NDArray[np.int64],
    reach_s: float,
    speed_reach: float,
) -> tuple[Line, float]:
    """Fit the line of a hypothesis, crop held."""
    seconds = commentary.seconds[frames]
    grid = (source.signatures.shape[1], source.signatures.shape[2])
    grey = pictures(commentary, frames, mirrored=hypothesis.mirrored)
    values, (rows, columns) = project(grey, hypothesis.crop, grid)
    ends = hypothesis.line(seconds[[0, -1]])
    slack = reach_s + speed_reach * (seconds[-1] - seconds[0]) / 2 + 6 * source.frame_period_s
    first, last = source.frames_between(ends[0] - slack, ends[1] + slack)
    if last - first < 3:
        return hypothesis.line.moved_to(float(seconds[0])), 0.0
    cut = source.signatures[first:last, rows, columns]
    weights = hypothesis.weights((rows, columns))
    return fit_line(
        normalised(values, weights),
        seconds,
        normalised(cut, weights),
        source.seconds[first:last],
        hypothesis.line,
        reach_s=reach_s,
        speed_reach=speed_reach,
    )
