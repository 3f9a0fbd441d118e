"""Places that something other than pictures names: words that are heard, captions.

They vote like neighbours in a track, by weights of their own: they propose places and add to the
votes of places that are proposed already; only signatures decide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.votes import UNKNOWN_CROP, Candidates

__all__ = ["Hint", "Hints", "Named", "caption_hints", "hint_candidates"]

SLACK_S = 0.5
"""How far a hint holds beyond its ends: subtitles come early and stay, words are cut."""
STEP_S = 0.5
"""Step between the places that a hint names where it does not know better: samples of movies are as
far apart."""
CAPTION_RANK = 12
"""Rank whose similarity counts as *average* for a caption."""
CAPTION_PLACES = 4
"""Most movie shots that one caption names: many shots of a film are described by the same words."""
LEAST_LEAD = 0.25
"""Share of the usual best caption's lead from which one names a shot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A stretch of the commentary that may come from a place in a movie."""

    start_s: float
    """Commentary second."""
    end_s: float
    source: int
    """Number of the movie."""
    source_s: float
    """Movie second at ``start_s``; from there the movie runs at about its own speed."""
    reach_s: float = 0.0
    """How much later in the movie it may be as well."""
    weight: float
    """How sure it is, above 0 and up to 1."""

    def __post_init__(self) -> None:
        if not 0 < self.weight <= 1:
            raise ValueError(f"a hint's weight must be above 0 and up to 1, got {self.weight}")
        if self.reach_s < 0 or self.end_s < self.start_s:
            raise ValueError(f"a hint must not end before it starts: {self}")


@dataclass(frozen=True, slots=True)
class Hints:
    """Hints of one kind."""

    track: str
    """Its name; key into :attr:`~syncclip.matching.fusion.FusionSettings.weights`."""
    hints: tuple[Hint, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Named:
    """Movie shots whose captions are most like a commentary shot's; row ``i`` for shot ``i``."""

    similarity: NDArray[np.float32]
    """(q, k), best first; minus infinity where there are fewer."""
    source: NDArray[np.int64]
    """(q, k) movie number."""
    start_s: NDArray[np.float64]
    """(q, k) movie second at which the shot begins."""
    end_s: NDArray[np.float64]
    """(q, k) and ends."""


def caption_hints(shots: Sequence[tuple[float, float]], named: Named) -> list[Hint]:
    """Hints of captions that are alike.

    A caption counts by how far it leads the average of its query's neighbours, against the usual
    lead of the best: what is like everything names nothing.

    Args:
        shots: Start and end of the captioned commentary shots in seconds, one for each row.
        named: Their neighbours.
    """
    there = np.isfinite(named.similarity)
    known = np.where(there, named.similarity, np.nan)
    if not there.any() or known.shape[1] < 2:
        return []
    rank = min(CAPTION_RANK, known.shape[1] - 1)
    lead = known - np.fmin.reduce(known[:, : rank + 1], axis=1)[:, None]
    usual = float(np.nanmedian(np.fmax.reduce(lead, axis=1)))
    if not usual > 0:
        return []
    share = np.minimum(np.nan_to_num(lead / usual), 1.0)
    hints = []
    for row, (start_s, end_s) in enumerate(shots):
        for column in np.flatnonzero(share[row, :CAPTION_PLACES] >= LEAST_LEAD):
            begin_s, length_s = named.start_s[row, column], end_s - start_s
            free_s = float(named.end_s[row, column] - begin_s) - length_s
            hints.append(
                Hint(
                    start_s=start_s,
                    end_s=end_s,
                    source=int(named.source[row, column]),
                    # A longer stretch than the movie's shot can only lie about its middle.
                    source_s=float(begin_s) + min(free_s, 0.0) / 2,
                    reach_s=max(free_s, 0.0),
                    weight=float(share[row, column]),
                )
            )
    return hints


def hint_candidates(
    hints: Sequence[Hint], at_s: NDArray[np.float64], *, gain: float, temperature: float
) -> Candidates | None:
    """Votes of hints in one stretch.

    Hints cannot tell whether the picture is mirrored or cropped, so both ways are proposed.

    Args:
        hints: All of one kind.
        at_s: (q,) commentary seconds of the stretch, evenly.
        gain: What a hint of full weight counts, in similarity.
        temperature: Similarity that makes a vote e times as heavy.

    Returns:
        Candidates; None where no hint holds in the stretch.
    """
    parts = [
        part
        for hint in hints
        if (part := _votes(hint, at_s, gain + temperature * math.log(hint.weight)))
    ]
    if not parts:
        return None
    columns = zip(*parts, strict=True)
    at, source, source_s, similarity = (np.concatenate(column) for column in columns)
    count = len(at)
    return Candidates(
        at_s=np.tile(at, 2),
        source=np.tile(source, 2),
        source_s=np.tile(source_s, 2),
        mirrored=np.repeat([False, True], count),
        crop=np.full(2 * count, UNKNOWN_CROP),
        similarity=np.tile(similarity, 2),
    )


Votes = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float32]]


def _votes(hint: Hint, at_s: NDArray[np.float64], similarity: float) -> Votes | None:
    """Of one hint: commentary seconds, movie numbers, movie seconds, similarities."""
    held = at_s[(at_s >= hint.start_s - SLACK_S) & (at_s < hint.end_s + SLACK_S)]
    if not len(held):
        return None
    places = hint.source_s + np.linspace(0.0, hint.reach_s, int(hint.reach_s / STEP_S) + 1)
    source_s = (places[:, None] + (held - hint.start_s)[None, :]).ravel()
    count = len(source_s)
    return (
        np.tile(held, len(places)),
        np.full(count, hint.source, np.int64),
        source_s,
        np.full(count, similarity, np.float32),
    )
