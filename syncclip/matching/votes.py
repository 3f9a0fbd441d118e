"""From nearest neighbours to hypotheses: kernel density votes over the source offset.

A true place is proposed by several frames of a shot that agree on one line in (commentary time,
source time). For a given speed that line is a single number, the source time at the middle of the
window, and agreement is a peak of the weighted density of that number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.records import Crop, Hypothesis, Line

__all__ = ["UNKNOWN_CROP", "Candidates", "VoteSettings", "vote"]

MOST = 3
"""Times the hypotheses that are wanted, of which the ones to be kept are chosen."""

UNKNOWN_CROP = -1
"""Number of the crop window where a neighbour was found by something else than a window."""

KERNEL_REACH = 6.0
"""Bandwidths beyond which a vote counts for nothing: less than 2e-8 of its weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteSettings:
    """How votes are counted."""

    speeds: tuple[float, ...] = (0.5, 0.66, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)
    """Close enough that the votes of a three-second window spread by less than the bandwidth."""
    bandwidth_s: float = 0.3
    """Movie samples are half a second apart, so that a vote is off by up to a quarter second."""
    temperature: float = 0.05
    """Similarity that makes a vote e times as heavy."""
    peaks: int = 8
    """Hypotheses kept for each window, …"""
    either: int = 3
    """… and so many mirrored ones and others, where there are: neighbours of a title, cropped as no
    window is, are as much like its mirror image as like it."""
    alike: int = 5
    """Most of them that show one picture: a title that stands for ten seconds took all, and another
    one on the same paper had none."""
    apart_s: float = 0.8
    """Peaks closer than this are one place."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Nearest neighbours of a window's frames, one row each."""

    at_s: NDArray[np.float64]
    """(n,) commentary seconds of the query frame."""
    source: NDArray[np.int64]
    """(n,) movie number."""
    source_s: NDArray[np.float64]
    """(n,) second of the movie frame."""
    mirrored: NDArray[np.bool_]
    """(n,) True where the mirrored query found it."""
    crop: NDArray[np.int64]
    """(n,) number of the crop window that matched, or :data:`UNKNOWN_CROP`."""
    similarity: NDArray[np.float32]
    """(n,) hubness-normalised similarity; larger is better, zero is an average neighbour."""


def vote(
    candidates: Candidates,
    *,
    start_frame: int,
    end_frame: int,
    middle_s: float,
    length_s: float,
    crops: tuple[tuple[Crop, ...], ...],
    settings: VoteSettings,
) -> list[Hypothesis]:
    """The densest places among the candidates of one window.

    Args:
        candidates: Neighbours of the window's query frames.
        start_frame: First commentary frame of the window.
        end_frame: Frame after its last.
        middle_s: Commentary second at which offsets are compared.
        length_s: Length of the window; short ones cannot tell speeds apart, so fewer are tried.
        crops: For each movie the windows that :attr:`Candidates.crop` counts.
        settings: How votes are counted.

    Returns:
        Hypotheses with their vote density as score, best first: more of each movie and mirror state
        than are wanted in all.
    """
    if not len(candidates.at_s):
        return []
    weights = np.exp(np.minimum(candidates.similarity / settings.temperature, 20.0))
    peaks: list[tuple[float, Hypothesis]] = []
    for source in np.unique(candidates.source):
        for mirrored in (False, True):
            chosen = np.flatnonzero(
                (candidates.source == source) & (candidates.mirrored == mirrored)
            )
            if len(chosen):
                peaks += _peaks(
                    candidates,
                    chosen,
                    weights,
                    Hypothesis(
                        source=int(source),
                        start_frame=start_frame,
                        end_frame=end_frame,
                        line=Line(middle_s, 0.0, 1.0),
                        mirrored=mirrored,
                        crop=crops[source][0],
                        shape=crops[source][0].w / crops[source][0].h,
                        score=0.0,
                    ),
                    crops[source],
                    length_s,
                    settings,
                )
    peaks.sort(key=lambda peak: -peak[0])
    return [hypothesis for _, hypothesis in peaks]


def _speeds(length_s: float, settings: VoteSettings) -> tuple[float, ...]:
    """Speeds whose votes differ from natural speed by more than half a bandwidth, and 1."""
    return tuple(
        speed
        for speed in settings.speeds
        if speed == 1.0 or abs(speed - 1) * length_s / 2 > settings.bandwidth_s / 2
    )


def _peaks(
    candidates: Candidates,
    chosen: NDArray[np.int64],
    weights: NDArray[np.float64],
    template: Hypothesis,
    crops: tuple[Crop, ...],
    length_s: float,
    settings: VoteSettings,
) -> list[tuple[float, Hypothesis]]:
    """Peaks of one movie and mirror state over all speeds, non-maxima suppressed."""
    weight = weights[chosen]
    at_s, source_s = candidates.at_s[chosen], candidates.source_s[chosen]
    middle_s = template.line.at_s
    speeds = _speeds(length_s, settings)
    places = source_s - np.array(speeds)[:, None] * (at_s - middle_s)
    density = np.concatenate([_density(row, weight, settings.bandwidth_s) for row in places])
    speed, place = np.repeat(speeds, len(chosen)), places.ravel()
    order = np.lexsort((-place, -speed, -density))
    density, speed, place = density[order], speed[order], place[order]
    left = np.ones(len(order), dtype=np.bool_)
    kept: list[tuple[float, Hypothesis]] = []
    while len(kept) < MOST * settings.peaks and left.any():
        best = int(np.argmax(left))
        # Lines that come near each other inside the window are one.
        spread = np.abs(speed - speed[best]) * length_s / 2
        left &= np.abs(place - place[best]) >= settings.apart_s + spread
        line = Line(middle_s, float(place[best]), float(speed[best]))
        near = np.abs(source_s - line.speed * (at_s - middle_s) - line.source_s)
        voting = near < settings.bandwidth_s
        number = _crop_number(candidates.crop[chosen][voting], weight[voting])
        crop = crops[max(number, 0)]
        kept.append(
            (
                float(density[best]),
                Hypothesis(
                    source=template.source,
                    start_frame=template.start_frame,
                    end_frame=template.end_frame,
                    line=line,
                    mirrored=template.mirrored,
                    crop=crop,
                    shape=crop.w / crop.h,
                    score=float(density[best]),
                    crop_known=number != UNKNOWN_CROP,
                ),
            )
        )
    return kept


def _crop_number(crops: NDArray[np.int64], weight: NDArray[np.float64]) -> int:
    """The window that most votes were cast from; unknown where most saw none."""
    known = crops != UNKNOWN_CROP
    if 2 * weight[known].sum() < weight.sum():
        return UNKNOWN_CROP
    return int(np.argmax(np.bincount(crops[known], weights=weight[known])))


def _density(
    places: NDArray[np.float64], weight: NDArray[np.float64], bandwidth_s: float
) -> NDArray[np.float64]:
    """Weighted kernel density at every place, scaled to the total weight that supports it.

    With a Gaussian kernel (Parzen 1962), of which what is farther than :data:`KERNEL_REACH` is left
    out: places of one window are spread over a whole movie, and hardly any are near each other.
    """
    order = np.argsort(places)
    place, own = places[order] / bandwidth_s, weight[order]
    first = np.searchsorted(place, place - KERNEL_REACH)
    count = np.searchsorted(place, place + KERNEL_REACH, side="right") - first
    here = np.repeat(np.arange(len(place)), count)
    there = np.arange(len(here)) + np.repeat(first - np.cumsum(count) + count, count)
    kernel = own[there] * np.exp(-((place[here] - place[there]) ** 2) / 2)
    density = np.empty(len(place))
    density[order] = np.bincount(here, kernel, minlength=len(place))
    return density
