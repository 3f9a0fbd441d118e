"""Other places at which a movie shows what a run shows: films repeat shots, titles and flashbacks.

The votes name a few places of a stretch, the best first; of a shot that comes six times some are
missing. Here the movie is compared with itself, so that neither crop nor overlay of the commentary
matters, and at every place, so that none is missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.evidence import Evidence, EvidenceSettings, gather
from syncclip.matching.path import NO_MOVIE, Run
from syncclip.matching.proof import spread_frames
from syncclip.matching.records import Commentary, Hypothesis, Source
from syncclip.matching.signatures import normalised

__all__ = ["RecurrenceSettings", "other_places", "recurrences"]

BLOCK_FRAMES = 8192
"""Signatures that are normalised at a time: 19 MB."""
STRETCHES = 60
"""Runs that are compared with a film at a time: 100 MB for a film of two hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrenceSettings:
    """When a movie shows the same again."""

    probes: int = 5
    """Frames of a run that are looked for."""
    step: int = 2
    """Every so many frames of the movie are compared at first: the next one of a moving shot is
    still much like it."""
    alike: float = 0.85
    """Mean correlation of the movie with itself from which a place is tried on the commentary. The
    same shot, compressed on its own, has 0.97 and more; wrong places stay below 0.5."""
    gap_s: float = 1.0
    """Places closer than this are one: as what stands still is one place, however long."""
    most: int = 100
    """Places of one run that are tried, best first."""


def recurrences(
    commentary: Commentary,
    sources: Sequence[Source],
    runs: Sequence[Run],
    evidence: Sequence[Evidence],
    settings: RecurrenceSettings,
    weighing: EvidenceSettings,
) -> list[Evidence]:
    """How well every other place of the runs explains them, where the movie repeats itself.

    Args:
        commentary: Frames that were looked for.
        sources: Movies.
        runs: Of a path.
        evidence: What its states are.
        settings: When a place is tried.
        weighing: How correlation becomes evidence.
    """
    known = [run for run in runs if run.state != NO_MOVIE]
    found = []
    for number, source in enumerate(sources):
        own = [
            evidence[run.state].hypothesis.over(run.start_frame, run.end_frame)
            for run in known
            if evidence[run.state].hypothesis.source == number
        ]
        probes = [_probes(commentary, source, h, settings.probes) for h in own]
        for h, places in zip(own, other_places(source, probes, settings), strict=True):
            for later_s in places:
                line = replace(h.line, source_s=h.line.source_s + later_s)
                there = replace(h, line=line)
                found.append(gather(commentary, source, there, weighing))
    return found


def _probes(
    commentary: Commentary, source: Source, hypothesis: Hypothesis, count: int
) -> NDArray[np.int64]:
    frames = spread_frames(hypothesis.start_frame, hypothesis.end_frame, count)
    return source.nearest_frames(hypothesis.line(commentary.seconds[frames]))


def other_places(
    source: Source, probes: Sequence[NDArray[np.int64]], settings: RecurrenceSettings
) -> list[list[float]]:
    """Where else a movie shows what it shows at some frames.

    Args:
        source: The movie.
        probes: Of each stretch the numbers of some of its frames, in order of time.
        settings: From when on a place counts as the same.

    Returns:
        For each stretch how many seconds later (or earlier, below zero) it comes again, best first;
        the stretch itself, and what joins it without a break, is not among them.
    """
    return [
        places
        for first in range(0, len(probes), STRETCHES)
        for places in _compared(source, probes[first : first + STRETCHES], settings)
    ]


def _compared(
    source: Source, probes: Sequence[NDArray[np.int64]], settings: RecurrenceSettings
) -> list[list[float]]:
    """:func:`other_places` of as many stretches as memory is taken for at a time."""
    coarse = np.arange(0, len(source.signatures), settings.step)
    wanted = np.concatenate(probes)
    sought = normalised(source.signatures[wanted])
    alike = np.concatenate(
        [
            sought @ normalised(source.signatures[coarse[at : at + BLOCK_FRAMES]]).T
            for at in range(0, len(coarse), BLOCK_FRAMES)
        ],
        axis=1,
    )
    ends = np.cumsum([len(each) for each in probes])
    return [
        _places(source, each, coarse, alike[end - len(each) : end], settings)
        for each, end in zip(probes, ends, strict=True)
    ]


def _places(
    source: Source,
    probes: NDArray[np.int64],
    coarse: NDArray[np.int64],
    alike: NDArray[np.float32],
    settings: RecurrenceSettings,
) -> list[float]:
    """Distances of the other places of one stretch in seconds, best first.

    Args:
        source: The movie.
        probes: (k,) frames of the stretch.
        coarse: (c,) frames of the movie that they were compared with.
        alike: (k, c) correlations.
        settings: From when on a place counts as the same.
    """
    middle_s = source.seconds[probes[len(probes) // 2]]
    after_s = source.seconds[probes] - middle_s
    at_s = source.seconds[coarse]
    numbers = source.frame_at(at_s[None, :] + after_s[:, None])
    inside = (numbers >= 0) & (numbers < len(source.signatures))
    columns = np.clip(numbers // settings.step, 0, len(coarse) - 1)
    total = np.where(inside, np.take_along_axis(alike, columns, axis=1), 0.0).mean(axis=0)
    same = np.flatnonzero(total >= settings.alike)
    places: list[tuple[float, float]] = []
    for place in np.split(same, np.flatnonzero(np.diff(at_s[same]) >= settings.gap_s) + 1):
        if not len(place):
            continue
        begins_s, ends_s = at_s[place[[0, -1]]]
        if begins_s - settings.gap_s < middle_s < ends_s + settings.gap_s:
            continue
        best = place[np.argmax(total[place])]
        places.append(_placed(source, probes, int(coarse[best]), settings.step))
    places.sort(reverse=True)
    return [later_s for _, later_s in places[: settings.most]]


def _placed(
    source: Source, probes: NDArray[np.int64], about: int, reach: int
) -> tuple[float, float]:
    """Mean correlation, and distance in seconds, of a place to the frame.

    Args:
        source: The movie.
        probes: (k,) frames of a stretch.
        about: Number of the frame at which its middle comes again.
        reach: Frames by which that may be off.
    """
    middle_s = source.seconds[probes[len(probes) // 2]]
    sought = normalised(source.signatures[probes])
    last = len(source.signatures) - 1
    tried = []
    for number in range(max(about - reach, 0), min(about + reach, last) + 1):
        later_s = float(source.seconds[number] - middle_s)
        shown = source.nearest_frames(source.seconds[probes] + later_s)
        again = normalised(source.signatures[shown])
        tried.append((float(np.einsum("ij,ij->i", sought, again).mean()), later_s))
    return max(tried)
