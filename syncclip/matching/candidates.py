"""Which commentary frames are looked up, and what their neighbours say about each stretch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.fusion import FusionSettings, TrackNeighbours, further_candidates
from syncclip.matching.hints import Hints
from syncclip.matching.records import Commentary, Hypothesis, Source
from syncclip.matching.signatures import normalised
from syncclip.matching.votes import Candidates, VoteSettings, vote
from syncclip.matching.windows import crop_windows
from syncclip.types import Shot

__all__ = [
    "CandidateSettings",
    "Lookup",
    "Neighbours",
    "OnStep",
    "propose",
    "stretches",
    "voting_stretches",
]

ONE_PICTURE = 0.995
"""Correlation of movie frames from which on they are one picture."""

LOOKUP_ROWS = 512
"""Pictures looked up between two words of progress: some seconds among a million vectors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateSettings:
    """How the commentary is sampled and looked up."""

    frame_interval_s: float = 0.22
    """Seconds between query frames: four to five per second."""
    stretch_s: float = 2.5
    """Longest stretch that votes together. A missed cut spoils at most the stretch it is in, and
    its neighbours overlap it by half."""
    neighbours: int = 48
    """Neighbours asked for each query frame: several crop windows of one place come first, so that
    this leaves about 16 places."""
    hub_rank: int = 24
    """Rank whose similarity counts as *average* for a query frame: the higher one of the frame as
    it is and mirrored. In a long still shot all neighbours are alike, and each would be an average
    one beside those of the mirrored frame, which are unlike in many ways."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Answer of a look-up: row ``i`` for query ``i``, best first; unused places have source -1."""

    similarity: NDArray[np.float32]
    """(n, k)."""
    source: NDArray[np.int64]
    """(n, k) movie number."""
    frame: NDArray[np.int64]
    """(n, k) frame number in that movie."""
    crop: NDArray[np.int64]
    """(n, k) number of the crop window."""


Lookup = Callable[[NDArray[np.uint8], int], Neighbours]
"""Called with (n, h, w) pictures and k."""

OnStep = Callable[[str, int, int], None]
"""Called with a step's name, how many of its parts are done, and how many there are."""


def stretches(shots: Sequence[Shot], longest_frames: int) -> list[Shot]:
    """Cut shots into stretches that overlap by half; short shots stay whole."""
    parts: list[Shot] = []
    for shot in shots:
        length = shot.end_frame - shot.start_frame
        if length <= longest_frames:
            parts.append(shot)
            continue
        count = int(np.ceil(2 * length / longest_frames)) - 1
        starts = np.linspace(shot.start_frame, shot.end_frame - longest_frames, count)
        parts += [Shot(int(a), int(a) + longest_frames) for a in starts.astype(np.int64)]
    return parts


def voting_stretches(commentary: Commentary, settings: CandidateSettings) -> list[Shot]:
    """What :func:`propose` gives hypotheses of."""
    longest = max(round(settings.stretch_s / commentary.frame_period_s), 4)
    return stretches(commentary.shots, longest)


def propose(
    commentary: Commentary,
    sources: Sequence[Source],
    lookup: Lookup,
    *,
    settings: CandidateSettings,
    votes: VoteSettings,
    further: Sequence[TrackNeighbours | Hints] = (),
    fusion: FusionSettings | None = None,
    on_step: OnStep | None = None,
) -> Iterator[list[Hypothesis]]:
    """Hypotheses of every stretch, best first; those that take further tracks come last.

    They come one after the other, so that those of one stretch can be proven while the frames of
    the next one vote.

    Args:
        commentary: Frames to be found.
        sources: Movies.
        lookup: Nearest neighbours of pictures among all movies.
        settings: Sampling.
        votes: How votes are counted.
        further: What further tracks say.
        fusion: How much they count.
        on_step: Told how far looking up and voting are.

    Yields:
        One list for each of the :func:`voting_stretches`.
    """
    tell = on_step or (lambda *_: None)
    fusion = fusion or FusionSettings()
    period = commentary.frame_period_s
    step = max(round(settings.frame_interval_s / period), 1)
    parts = voting_stretches(commentary, settings)
    queries = np.unique(np.concatenate([_query_frames(part, step) for part in parts]))
    plain, flipped = _looked_up(commentary.grey[queries], lookup, settings.neighbours, tell)
    crops = tuple(crop_windows(commentary.aspect, source.aspect) for source in sources)
    times = [source.seconds for source in sources]
    average = np.maximum(*(_average(way, settings.hub_rank) for way in (plain, flipped)))
    for number, part in enumerate(parts):
        low, high = np.searchsorted(queries, [part.start_frame, part.end_frame])
        rows = np.arange(low, high)
        at_s = commentary.seconds[queries]
        own = [
            _votes(found, rows, at_s, times, average, mirrored=mirrored)
            for found, mirrored in ((plain, False), (flipped, True))
        ]
        told = further_candidates(
            further,
            part,
            seconds=commentary.seconds,
            sources=sources,
            settings=fusion,
            temperature=votes.temperature,
        )
        ends = commentary.seconds[[part.start_frame, part.end_frame - 1]]
        ranked = partial(
            vote,
            start_frame=part.start_frame,
            end_frame=part.end_frame,
            middle_s=float(ends.mean()),
            length_s=float(ends[1] - ends[0]),
            crops=crops,
        )
        places = _chosen(ranked(_joined(own), settings=votes), sources, votes)
        if told:
            more = replace(votes, peaks=fusion.peaks * len(further))
            places += _added(places, ranked(_joined([*own, *told]), settings=more), more, ends)
        tell("Voting", number + 1, len(parts))
        yield places


def _added(
    places: Sequence[Hypothesis],
    ranked: Sequence[Hypothesis],
    settings: VoteSettings,
    ends: NDArray[np.float64],
) -> list[Hypothesis]:
    """The best hypotheses of all tracks together that name other places than these.

    Args:
        places: Those of the signatures' track alone.
        ranked: Those of all tracks, best first.
        settings: How many are kept, and how far apart places are.
        ends: Seconds of the stretch's first and last frame.
    """
    half_s = float(ends[1] - ends[0]) / 2

    def same(one: Hypothesis, other: Hypothesis) -> bool:
        if (one.source, one.mirrored) != (other.source, other.mirrored):
            return False
        spread = abs(one.line.speed - other.line.speed) * half_s
        return abs(one.line.source_s - other.line.source_s) < settings.apart_s + spread

    fresh = (h for h in ranked if not any(same(h, place) for place in places))
    return list(islice(fresh, settings.peaks))


def _chosen(
    ranked: Sequence[Hypothesis], sources: Sequence[Source], settings: VoteSettings
) -> list[Hypothesis]:
    """The best hypotheses, some of either mirror state, and not all of one picture."""
    kept: list[Hypothesis] = []
    pictures: list[NDArray[np.float32]] = []
    for h in ranked:
        way = [n for n, k in enumerate(kept) if k.mirrored == h.mirrored]
        full, known = len(kept) >= settings.peaks, sum(kept[n].crop_known for n in way)
        if full and known > settings.either:
            continue
        source = sources[h.source]
        number = source.nearest_frame(h.line.source_s)
        picture = normalised(source.signatures[number : number + 1])[0]
        alike = sum(float(pictures[n] @ picture) > ONE_PICTURE for n in way)
        if full and known == settings.either and alike != 1:
            continue
        # Beyond the best, as many of one picture as it takes to try another crop.
        if alike < (2 if full else settings.alike):
            # All places of one picture are voted for from one window: one begins from any other.
            kept.append(replace(h, crop_known=False) if alike == 1 else h)
            pictures.append(picture)
    return kept


def _looked_up(
    pictures: NDArray[np.uint8], lookup: Lookup, count: int, tell: OnStep
) -> tuple[Neighbours, Neighbours]:
    """Neighbours of all pictures as they are, and of all mirrored."""
    ways = (pictures, pictures[:, :, ::-1])
    found: tuple[list[Neighbours], list[Neighbours]] = ([], [])
    done, total = 0, 2 * len(pictures)
    for way, parts in zip(ways, found, strict=True):
        for start in range(0, len(pictures), LOOKUP_ROWS):
            block = way[start : start + LOOKUP_ROWS]
            parts.append(lookup(block, count))
            done += len(block)
            tell("Looking up", done, total)
    return _stacked(found[0]), _stacked(found[1])


def _stacked(parts: Sequence[Neighbours]) -> Neighbours:
    return Neighbours(
        similarity=np.concatenate([p.similarity for p in parts]),
        source=np.concatenate([p.source for p in parts]),
        frame=np.concatenate([p.frame for p in parts]),
        crop=np.concatenate([p.crop for p in parts]),
    )


def _query_frames(part: Shot, step: int) -> NDArray[np.int64]:
    """Frames on a grid shared by overlapping stretches; at least the middle one."""
    grid = np.arange(-(-part.start_frame // step) * step, part.end_frame, step)
    # The first and last frame of a shot may be blends with its neighbours.
    inner = grid[(grid > part.start_frame) & (grid < part.end_frame - 1)]
    return inner if len(inner) else np.array([(part.start_frame + part.end_frame) // 2])


def _average(found: Neighbours, rank: int) -> NDArray[np.float32]:
    """(q,) similarity of the neighbour of that rank, or of the last one."""
    width = found.similarity.shape[1]
    return found.similarity[:, min(rank, width - 1)] if width else np.zeros(0, np.float32)


def _votes(
    found: Neighbours,
    rows: NDArray[np.int64],
    at_s: NDArray[np.float64],
    times: Sequence[NDArray[np.float64]],
    average: NDArray[np.float32],
    *,
    mirrored: bool,
) -> Candidates:
    """Best crop window of each (query, movie frame), similarity above the query's average."""
    width = found.source.shape[1]
    rows = rows[(found.source[rows] >= 0).any(axis=1)]
    query = np.repeat(rows, width)
    source, frame = found.source[rows].ravel(), found.frame[rows].ravel()
    normal = np.repeat(average[rows], width)
    order = np.flatnonzero(source >= 0)
    # Neighbours come best first, so that the first of equal keys is the best window.
    key = np.stack([query[order], source[order], frame[order]])
    _, first = np.unique(key, axis=1, return_index=True)
    kept = order[np.sort(first)]
    seconds = np.array(
        [times[s][f] for s, f in zip(source[kept], frame[kept], strict=True)], dtype=np.float64
    )
    return Candidates(
        at_s=at_s[query[kept]],
        source=source[kept],
        source_s=seconds,
        mirrored=np.full(len(kept), mirrored),
        crop=found.crop[rows].ravel()[kept],
        similarity=(found.similarity[rows].ravel() - normal)[kept],
    )


def _joined(parts: Sequence[Candidates]) -> Candidates:
    return Candidates(
        at_s=np.concatenate([p.at_s for p in parts]),
        source=np.concatenate([p.source for p in parts]),
        source_s=np.concatenate([p.source_s for p in parts]),
        mirrored=np.concatenate([p.mirrored for p in parts]),
        crop=np.concatenate([p.crop for p in parts]),
        similarity=np.concatenate([p.similarity for p in parts]),
    )
