"""Frame-accurate offset and speed of a stretch, from signatures alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.records import Line

__all__ = ["fit_line"]

SPEEDS = (0.45, 2.2)
"""Retimes that are searched: 0.5 to 2 with room for error, and what lies between these and a start
beyond them."""


def fit_line(
    frames: NDArray[np.float32],
    frames_s: NDArray[np.float64],
    signatures: NDArray[np.float32],
    signatures_s: NDArray[np.float64],
    start: Line,
    *,
    reach_s: float,
    speed_reach: float,
) -> tuple[Line, float]:
    """The line along which frames and signatures agree best.

    A coarse search by whole source frames at both ends of the stretch, then a fine one by quarter
    frames on pictures without their mean over the stretch: what stands still (overlays, grading,
    background) then says nothing, and what moves says when.

    Args:
        frames: (t, cells) normalised commentary frames.
        frames_s: (t,) their seconds.
        signatures: (f, cells) normalised signatures around the expected place.
        signatures_s: (f,) their seconds.
        start: Where to begin.
        reach_s: How far the place may be off at the middle of the stretch.
        speed_reach: How far the speed may be off; 0 holds it.

    Returns:
        The line, anchored at the first frame, and the mean correlation along it.
    """
    period = float(np.median(np.diff(signatures_s)))
    span = float(frames_s[-1] - frames_s[0])
    first = start.moved_to(float(frames_s[0]))
    correlation = frames @ signatures.T
    places = np.arange(-reach_s, reach_s + period / 2, period)
    # Speeds so close that neighbours end half a source frame apart.
    count = max(int(np.ceil(speed_reach * span / period)), 0)
    slopes = start.speed + (np.arange(-count, count + 1) * period / max(span, period))
    slowest, fastest = min(SPEEDS[0], start.speed), max(SPEEDS[1], start.speed)
    slopes = slopes[(slopes >= slowest) & (slopes <= fastest)]
    middle = first.source_s + start.speed * span / 2 + places
    begin = (middle[:, None] - slopes[None, :] * span / 2).ravel()
    speed = np.repeat(slopes[None, :], len(places), axis=0).ravel()
    totals = _along(correlation, frames_s, signatures_s, begin, speed)
    best = int(np.argmax(totals))
    return _fine(
        frames,
        frames_s,
        signatures,
        signatures_s,
        correlation,
        begin[best],
        speed[best],
        period,
        speed_reach == 0,
    )


def _indices(
    frames_s: NDArray[np.float64],
    signatures_s: NDArray[np.float64],
    begin: NDArray[np.float64],
    speed: NDArray[np.float64],
) -> NDArray[np.int64]:
    """(lines, t) number of the signature on screen, clamped to the excerpt."""
    wanted = begin[:, None] + speed[:, None] * (frames_s - frames_s[0])[None, :]
    found = np.searchsorted(signatures_s, wanted.ravel(), side="right") - 1
    clamped = np.clip(found, 0, len(signatures_s) - 1)
    return np.asarray(clamped, dtype=np.int64).reshape(wanted.shape)


def _along(
    correlation: NDArray[np.float32],
    frames_s: NDArray[np.float64],
    signatures_s: NDArray[np.float64],
    begin: NDArray[np.float64],
    speed: NDArray[np.float64],
) -> NDArray[np.float32]:
    """(lines,) mean correlation along each line."""
    index = _indices(frames_s, signatures_s, begin, speed)
    picked = correlation[np.arange(len(frames_s))[None, :], index]
    return np.asarray(picked.mean(axis=1), dtype=np.float32)


def _fine(
    frames: NDArray[np.float32],
    frames_s: NDArray[np.float64],
    signatures: NDArray[np.float32],
    signatures_s: NDArray[np.float64],
    correlation: NDArray[np.float32],
    begin: float,
    speed: float,
    period: float,
    hold_speed: bool,
) -> tuple[Line, float]:
    """Quarter-frame search around a line, static parts removed."""
    span = max(float(frames_s[-1] - frames_s[0]), period)
    moving = frames - frames.mean(axis=0)
    for step in (0.5, 0.25):
        ends = np.arange(-3, 4) * step * period
        starts = np.repeat(begin + ends, len(ends))
        stops = np.tile(begin + speed * span + ends, len(ends))
        slopes = np.clip((stops - starts) / span, *SPEEDS)
        if hold_speed:
            starts, slopes = begin + ends, np.full(len(ends), speed)
        index = _indices(frames_s, signatures_s, starts, slopes)
        loss = _moving_loss(moving, signatures, index)
        good = np.flatnonzero(loss <= loss.min() + 1e-6)
        # Lines that show the very same frames tie: their mean stands in the middle of the tie.
        begin, speed = float(starts[good].mean()), float(slopes[good].mean())
    along = _along(correlation, frames_s, signatures_s, np.array([begin]), np.array([speed]))
    return Line(float(frames_s[0]), begin, speed), float(along[0])


def _moving_loss(
    moving: NDArray[np.float32], signatures: NDArray[np.float32], index: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(lines,) mean squared distance between the moving parts of both sides, up to a gain.

    An overlay that is not masked yet takes its share of a unit row, and leaves the picture beside
    it less: without the gain, slow lines would be preferred because they move less.

    Args:
        moving: (t, cells) commentary frames, with a mean of zero over the frames.
        signatures: (f, cells).
        index: (lines, t) which of them each line shows.
    """
    used, place = np.unique(index, return_inverse=True)
    # All lines show about the same frames: what their pictures have in common is worked out once.
    shown = signatures[used].astype(np.float64)
    shown -= shown.mean(axis=0)
    with_frames, among = moving.astype(np.float64) @ shown.T, shown @ shown.T
    rows = place.reshape(index.shape)
    count = index.shape[1]
    times = np.zeros((len(rows), len(used)))
    np.add.at(times, (np.arange(len(rows))[:, None], rows), 1.0)
    mean = np.einsum("lf,lf->l", times @ among, times) / count
    energy = np.maximum(among.diagonal()[rows].sum(axis=1) - mean, 1e-9)
    alike = np.maximum(with_frames[np.arange(count), rows].sum(axis=1), 0.0)
    whole = float(np.einsum("ij,ij->", moving, moving, dtype=np.float64))
    return np.asarray((whole - alike**2 / energy) / count)
