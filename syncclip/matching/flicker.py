"""Places told by how the light changes where the picture stands.

The frames of a still shot are alike, and many lines explain them as well. But old film flickers,
lamps do, and fades and exposure change the light; every copy keeps that, however it is cropped,
mirrored and graded. Sequences of levels tell copies of one film apart from early on (Hampapur,
Hyun and Bolle, "Comparison of sequence matching techniques for video copy detection", 2002); here
they only choose among lines that the pictures allow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.records import Commentary, Hypothesis, Line, Source
from syncclip.matching.valley import Slack

__all__ = ["FlickerSettings", "line_by_flicker"]

OUTLIERS = 3.0
"""Times the mean step beyond which a step is cut off: a cut inside would be all that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlickerSettings:
    """When the light decides."""

    undecided: float = 3.0
    """Source frames by which a place may slide, from which on it is asked."""
    shortest_frames: int = 24
    """Commentary frames that say enough."""
    longest_s: float = 6.0
    """Seconds in the middle of a longer run that are compared: lines that are tried grow with the
    square of it."""
    least: float = 0.3
    """Grey levels by which the light must change from frame to frame, root mean square."""
    steps: float = 8.0
    """Changes that are wanted at least: one jump of the light tells a moment and no speed."""
    reach_s: float = 6.0
    """How far around the place lines are tried."""
    speeds: tuple[float, float] = (0.5, 2.0)
    """Slowest and fastest."""
    certain: float = 7.0
    """Standard deviations above chance that are wanted. The best of 10⁵ lines of another shot
    reaches 4.5; true ones reached 7 to 31 on an old film."""
    natural: float = 1.0
    """Standard deviations that a line at natural speed may have less than the best."""
    better: float = 3.0
    """And so many more than the line has that the pictures gave."""


def line_by_flicker(
    commentary: Commentary,
    source: Source,
    hypothesis: Hypothesis,
    slack: Slack,
    settings: FlickerSettings,
) -> Line | None:
    """The line along which the movie's light changes as the commentary's does.

    Args:
        commentary: Frames.
        source: The movie of the hypothesis.
        hypothesis: Fitted, over the frames of its run.
        slack: How far it may slide by its pictures.
        settings: When the light decides.

    Returns:
        None where the place is certain, or the light does not tell another one.
    """
    start, end = _middle(commentary, hypothesis, settings.longest_s)
    loose = slack.free_s[1] - slack.free_s[0] >= settings.undecided * source.frame_period_s
    if not loose or end - start < settings.shortest_frames:
        return None
    wanted = _clipped(_steps(commentary.grey[start:end]))
    if np.sqrt(np.mean(wanted**2)) < settings.least or _lively(wanted) < settings.steps:
        return None
    seconds = commentary.seconds[start:end]
    middle_s = float(seconds[[0, -1]].mean())
    here_s = hypothesis.line.moved_to(middle_s).source_s
    half_s = max(float(np.ptp(seconds)) / 2, source.frame_period_s)
    reach_s = settings.reach_s + settings.speeds[1] * half_s
    first, last = source.frames_between(here_s - reach_s, here_s + reach_s)
    if last - first < 2:
        return None
    # Steps between frames that do not follow each other are sums of those between.
    level = np.concatenate([[0.0], np.cumsum(_steps(source.signatures[first:last]))])

    def likeness(places_s: NDArray[np.float64], speed: float) -> NDArray[np.float64]:
        """(n,) correlation along lines through seconds of the movie at the middle; -1 outside."""
        at_s = places_s[:, None] + speed * (seconds - middle_s)[None, :]
        frames = source.frame_at(at_s) - first
        inside = (frames.min(axis=1) >= 0) & (frames.max(axis=1) < len(level))
        shown = np.diff(level[np.clip(frames, 0, len(level) - 1)], axis=1)
        return np.where(inside, _correlation(wanted, _clipped(shown)), -1.0)

    def best_of(
        places_s: NDArray[np.float64], speeds: NDArray[np.float64]
    ) -> tuple[float, float, float]:
        """Correlation, place and speed of the best line."""
        tried = [(likeness(places_s, speed), speed) for speed in speeds.tolist()]
        alike, speed = max(tried, key=lambda each: float(each[0].max()))
        return float(alike.max()), float(places_s[alike.argmax()]), speed

    # Half a source frame apart at the middle, and at both ends; then a tenth.
    step_s = source.frame_period_s / 2
    _, place_s, speed = best_of(
        here_s + np.arange(-settings.reach_s, settings.reach_s, step_s),
        np.arange(settings.speeds[0], settings.speeds[1], step_s / half_s),
    )
    finer = np.linspace(-1.0, 1.0, 11) * step_s
    as_filmed = best_of(place_s + finer, np.ones(1))
    best, place_s, speed = best_of(place_s + finer, speed + finer / half_s)
    if _deviations(as_filmed[0], len(wanted)) > _deviations(best, len(wanted)) - settings.natural:
        best, place_s, speed = as_filmed
    had = float(likeness(np.array([here_s]), hypothesis.line.speed)[0])
    sure, before = (_deviations(each, len(wanted)) for each in (best, had))
    if sure < max(settings.certain, before + settings.better):
        return None
    return Line(middle_s, place_s, speed)


def _middle(commentary: Commentary, hypothesis: Hypothesis, longest_s: float) -> tuple[int, int]:
    """First frame of a hypothesis and the one after the last, or of so many seconds within."""
    start, end = hypothesis.start_frame, hypothesis.end_frame
    most = max(round(longest_s / commentary.frame_period_s), 2)
    cut = max(end - start - most, 0)
    return start + cut // 2, end - (cut - cut // 2)


def _steps(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(n - 1,) by how much the light changes between (n, rows, columns) pictures.

    The mean of the middle half of all cells: what moves, and subtitles that come and go, are in the
    others.
    """
    rows = pictures.reshape(len(pictures), -1).astype(np.float32)
    ranked = np.sort(np.diff(rows, axis=0), axis=1)
    quarter = rows.shape[1] // 4
    steps = ranked[:, quarter : rows.shape[1] - quarter].mean(axis=1)
    return np.asarray(steps, dtype=np.float64)


def _clipped(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Steps of (..., n) sequences without outliers."""
    most = OUTLIERS * np.abs(steps).mean(axis=-1, keepdims=True)
    return np.asarray(np.clip(steps, -most, most))


def _lively(steps: NDArray[np.float64]) -> float:
    """How many of (n,) steps make most of the change (participation ratio)."""
    return float(np.sum(steps**2) ** 2 / np.sum(steps**4))


def _correlation(one: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) correlation of a sequence with each of (n, length); 0 with one that stands."""
    one = one - one.mean()
    others = others - others.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(one) * np.linalg.norm(others, axis=1)
    return np.asarray((others @ one) / np.maximum(norms, 1e-9))


def _deviations(correlation: float, count: int) -> float:
    """Standard deviations of a correlation above chance (Fisher's transformation)."""
    return float(np.arctanh(np.clip(correlation, -0.9999, 0.9999)) * np.sqrt(max(count - 3, 1)))
