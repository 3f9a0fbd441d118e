"""Candidates of further tracks, made comparable with those of the signatures' own track.

Each track has a space of its own: in one, everything is alike to 0.7 and the right place to 0.9; in
another, to 0.1 and 0.2. So a similarity counts by how far it stands out among the neighbours of its
query (hubs stand out nowhere), in units of how far the best usually does in that track.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.hints import Hints, hint_candidates
from syncclip.matching.records import Source
from syncclip.matching.votes import UNKNOWN_CROP, Candidates
from syncclip.types import Shot

__all__ = ["FusionSettings", "Neighbourhood", "TrackNeighbours", "further_candidates"]


HINT_STEP_S = 0.22
"""Seconds between votes of a hint: as between the frames that are looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionSettings:
    """How much further tracks count.

    These are choices, not fits: no trained model has been measured. They are cautious: a vote of a
    further track weighs half as much as one of the signatures' track at most, and what all tracks
    propose together is added to what that track proposes alone: none of its own gives way.
    """

    weights: Mapping[str, float] = field(
        default_factory=lambda: {"clip": 0.5, "captions": 0.15, "dialogue": 1.0}
    )
    """Weight of a vote by track, against 1 for the track of the signatures; 0 leaves it out. Many
    shots are described by the same words; a line that is heard is said at one place."""
    usual_gain: float = 0.15
    """What the usual best neighbour of a further track counts, in similarity of the signatures'
    track, where a right place stands 0.1 to 0.3 above the average neighbour."""
    most_gain: float = 0.3
    """No neighbour counts more: one picture that stands out must not outvote several."""
    hub_rank: int = 12
    """Rank whose similarity counts as *average* for a query; further tracks hold each place about
    once, not once for each crop."""
    peaks: int = 4
    """Hypotheses kept for each window and further track, beside those of the signatures' track."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Neighbourhood:
    """Neighbours of queries: row ``i`` for query ``i``, best first; unused ones have source -1."""

    similarity: NDArray[np.float32]
    """(q, k)."""
    source: NDArray[np.int64]
    """(q, k) movie number."""
    frame: NDArray[np.int64]
    """(q, k) frame number in that movie."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TrackNeighbours:
    """What a further track says of some of the commentary's frames."""

    track: str
    """Its name; key into :attr:`FusionSettings.weights`."""
    frames: NDArray[np.int64]
    """(q,) increasing numbers of the commentary frames that were looked up. Each stands for those
    after it, up to the next."""
    plain: Neighbourhood
    mirrored: Neighbourhood | None = None
    """Of the mirrored pictures; None where the track cannot tell left from right."""


def further_candidates(
    tracks: Sequence[TrackNeighbours | Hints],
    part: Shot,
    *,
    seconds: NDArray[np.float64],
    sources: Sequence[Source],
    settings: FusionSettings,
    temperature: float,
) -> list[Candidates]:
    """Candidates of further tracks for one stretch.

    Args:
        tracks: What they say.
        part: The stretch.
        seconds: (n,) times of the commentary's frames.
        sources: Movies.
        settings: How much they count.
        temperature: Similarity that makes a vote e times as heavy.
    """
    found = []
    for told in tracks:
        weight = settings.weights.get(told.track, 0.0)
        if weight <= 0:
            continue
        if isinstance(told, Hints):
            gain_of_full = settings.usual_gain + temperature * math.log(weight)
            votes = hint_candidates(
                told.hints, _evenly(part, seconds), gain=gain_of_full, temperature=temperature
            )
            found += [] if votes is None else [votes]
            continue
        rows, at_s = _queries(told.frames, part, seconds)
        for neighbours, mirrored in ((told.plain, False), (told.mirrored, True)):
            if neighbours is not None and len(rows):
                gain = _gains(neighbours, settings)[rows] + temperature * np.log(weight)
                found.append(_as_candidates(neighbours, rows, at_s, gain, sources, mirrored))
    return found


def _evenly(part: Shot, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Seconds of a stretch, about a fifth of a second apart."""
    inside = seconds[part.start_frame : part.end_frame]
    count = max(round(float(inside[-1] - inside[0]) / HINT_STEP_S), 1)
    return np.asarray(inside[(np.arange(count) * len(inside)) // count])


def _queries(
    frames: NDArray[np.int64], part: Shot, seconds: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows of the queries inside a stretch, and their times.

    Where there is none, that of the frame before it, which looks the same as the stretch: its time
    is then any, so that of the middle.
    """
    low, high = np.searchsorted(frames, [part.start_frame, part.end_frame])
    if high > low:
        rows = np.arange(low, high)
        return rows, seconds[frames[rows]]
    middle = seconds[[(part.start_frame + part.end_frame) // 2]]
    return (np.array([low - 1]), middle) if low else (np.empty(0, np.int64), np.empty(0))


def _gains(neighbours: Neighbourhood, settings: FusionSettings) -> NDArray[np.float32]:
    """(q, k) similarity above the query's average, in units of the track's usual best."""
    similarity = np.where(neighbours.source >= 0, neighbours.similarity, np.nan)
    rank = min(settings.hub_rank, similarity.shape[1] - 1)
    # Fewer neighbours than that: the last one is the average.
    average = np.fmin.reduce(similarity[:, : rank + 1], axis=1)
    above = similarity - average[:, None]
    best = np.fmax.reduce(above, axis=1)
    usual = float(np.nanmedian(best)) if np.isfinite(best).any() else 0.0
    scaled = above * (settings.usual_gain / max(usual, 1e-6))
    gains: NDArray[np.float32] = np.fmin(np.nan_to_num(scaled), settings.most_gain)
    return gains.astype(np.float32)


def _as_candidates(
    neighbours: Neighbourhood,
    rows: NDArray[np.int64],
    at_s: NDArray[np.float64],
    gain: NDArray[np.float32],
    sources: Sequence[Source],
    mirrored: bool,
) -> Candidates:
    source, frame = neighbours.source[rows], neighbours.frame[rows]
    there = source >= 0
    source_s = np.array(
        [sources[s].seconds[f] for s, f in zip(source[there], frame[there], strict=True)],
        dtype=np.float64,
    )
    count = len(source_s)
    return Candidates(
        at_s=np.repeat(at_s, source.shape[1])[there.ravel()],
        source=source[there],
        source_s=source_s,
        mirrored=np.full(count, mirrored),
        crop=np.full(count, UNKNOWN_CROP),
        similarity=gain[there].astype(np.float32),
    )
