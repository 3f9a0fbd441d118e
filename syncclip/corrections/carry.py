"""Corrections of an earlier result, kept when the same commentary is matched again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from syncclip.corrections.history import own_corrections, remembered
from syncclip.corrections.lines import Clocks
from syncclip.result import Action, Correction, MatchResult, Segment, Tier

__all__ = ["carry_over"]

SLIVER_FRAMES = 3
"""A rest of a new segment no longer than this, beside a corrected one, is an edge found elsewhere
and no segment: confidence, too, counts three frames as right."""
SAME_PLACE_S = 0.5
"""Movie seconds within which a new place is the one that was rejected: searches find one place
within a few frames, and other places lie seconds away."""


def carry_over(earlier: MatchResult, found: MatchResult) -> tuple[MatchResult, tuple[str, ...]]:
    """A new result with the segments that people decided on in an earlier one.

    A corrected segment takes its own frames of the commentary in the new result, whatever was found
    there; what is left of the segments around it goes on along their lines. A rejected one stays
    rejected where the same place was found again; where another was, that stands and wants review.
    Each becomes a correction of the new result, in the order in which they were made, so that it
    can be undone there. What else was done in the earlier result is remembered.

    Args:
        earlier: The result with corrections.
        found: A new result of the same commentary.

    Returns:
        The new result, and what the user must know.
    """
    carrier = _Carrier(earlier, found)
    own = own_corrections(earlier)
    order = sorted(own, key=lambda index: (own[index] is not None, own[index] or 0))
    for index in order:
        position = own[index]
        made = "" if position is None else earlier.corrections[position].made
        carrier.carry(earlier.segments[index], made)
    past = remembered(earlier)
    return replace(carrier.numbered(), past_corrections=past), carrier.notes()


class _Carrier:
    def __init__(self, earlier: MatchResult, found: MatchResult) -> None:
        self.result = found
        self._earlier = earlier
        self._names = _same_movies(earlier, found)
        self._kept = 0
        self._starts: list[int] = []
        """Frames at which the corrected segments start, by correction."""
        self._notes: list[str] = []

    def notes(self) -> tuple[str, ...]:
        """How many corrections were kept, and which not."""
        if not self._kept:
            return tuple(self._notes)
        many = "1 correction was" if self._kept == 1 else f"{self._kept} corrections were"
        return (f"{many} kept from the earlier result", *self._notes)

    def numbered(self) -> MatchResult:
        """The new result; each correction has the number that its segment has in the end."""
        numbers = {s.start_frame: n for n, s in enumerate(self.result.segments, start=1)}
        counted = (
            replace(correction, segment=numbers[start])
            for correction, start in zip(self.result.corrections, self._starts, strict=True)
        )
        return replace(self.result, corrections=tuple(counted))

    def carry(self, segment: Segment, made: str) -> None:
        """Put one corrected segment, and when that was, over the new ones."""
        if segment.end_frame > self.result.frames:
            return
        where = f"frames {segment.start_frame} to {segment.end_frame}"
        renamed = self._renamed(segment)
        if renamed is None:
            self._notes.append(
                f"the correction of {where} was not kept: {segment.movie} was not searched now"
            )
            return
        if segment.corrected is Action.REJECT and self._found_elsewhere(segment):
            self._notes.append(f"the place rejected at {where} was not found again; another was")
            return
        self._impose(renamed, made)
        self._kept += 1

    def _renamed(self, segment: Segment) -> Segment | None:
        """The segment by the new result's names of movies; None where its movie is not there."""
        others = tuple(
            replace(other, movie=self._names[other.movie])
            for other in segment.alternatives
            if other.movie in self._names
        )
        if segment.movie is None:
            return replace(segment, alternatives=others)
        if segment.movie not in self._names:
            return None
        return replace(segment, movie=self._names[segment.movie], alternatives=others)

    def _found_elsewhere(self, rejected: Segment) -> bool:
        """Whether the new result has another place there; that then wants review."""
        wrong = self._rejected_place(rejected)
        clocks, middle = Clocks(self.result), (rejected.start_frame + rejected.end_frame) // 2
        index = next(i for i, s in enumerate(self.result.segments) if s.end_frame > middle)
        new = self.result.segments[index]
        if new.movie is None or wrong is None:
            return False
        here = clocks.along(new, rejected.start_frame, rejected.end_frame)
        same = self._names.get(wrong.movie or "") == new.movie and (
            abs((here.movie_start_s or 0.0) - (wrong.movie_start_s or 0.0)) <= SAME_PLACE_S
        )
        if not same:
            doubtful = replace(new, tier=Tier.REVIEW)
            segments = list(self.result.segments)
            segments[index] = doubtful
            self.result = replace(self.result, segments=tuple(segments))
        return not same

    def _rejected_place(self, segment: Segment) -> Segment | None:
        """What a rejected segment was before, over the frames that it has now."""
        clocks = Clocks(self._earlier)
        for correction in reversed(self._earlier.corrections):
            if correction.undone or correction.action is not Action.REJECT:
                continue
            for before in correction.before:
                if (
                    before.start_frame < segment.end_frame
                    and segment.start_frame < before.end_frame
                ):
                    return clocks.along(before, segment.start_frame, segment.end_frame)
        return None

    def _impose(self, segment: Segment, made: str) -> None:
        clocks, segments = Clocks(self.result), self.result.segments
        start, end = segment.start_frame, segment.end_frame
        first = next(i for i, s in enumerate(segments) if s.end_frame > start)
        last = next(i for i, s in enumerate(segments) if s.end_frame >= end)
        timed = _timed(segment, clocks)
        after = [timed]
        if segments[first].start_frame < start:
            left, first = self._rest(first, segments[first].start_frame, start, -1, clocks)
            after.insert(0, left)
        if segments[last].end_frame > end:
            right, last = self._rest(last, end, segments[last].end_frame, +1, clocks)
            after.append(right)
        action = segment.corrected
        assert action is not None
        panes = self._panes(segment, clocks)
        correction = Correction(
            action=action,
            segment=first + 1 + after.index(timed),
            made=made,
            before=segments[first : last + 1],
            after=tuple(after),
            panes_before=None if panes == self.result.pane_segments else self.result.pane_segments,
        )
        self._starts.append(start)
        self.result = replace(
            self.result,
            segments=(*segments[:first], *after, *segments[last + 1 :]),
            pane_segments=panes,
            corrections=(*self.result.corrections, correction),
        )

    def _panes(self, segment: Segment, clocks: Clocks) -> tuple[Segment, ...]:
        """The new result's other panes, and the earlier one's beside a segment of that one."""
        start, end = segment.start_frame, segment.end_frame
        panes = []
        for pane in self.result.pane_segments:
            if pane.end_frame <= start or end <= pane.start_frame:
                panes.append(pane)
                continue
            if pane.start_frame < start:
                panes.append(_part(pane, pane.start_frame, start, clocks))
            if pane.end_frame > end:
                panes.append(_part(pane, end, pane.end_frame, clocks))
        for pane in self._earlier.panes_beside(segment):
            renamed = self._renamed(pane)
            if renamed is None:
                self._notes.append(
                    f"the pane beside frames {start} to {end} was not kept: {pane.movie} was not "
                    "searched now"
                )
            else:
                first, last = max(pane.start_frame, start), min(pane.end_frame, end)
                panes.append(_part(renamed, first, last, clocks))
        return tuple(sorted(panes, key=lambda pane: (pane.start_frame, pane.pane.as_list())))

    def _rest(
        self, index: int, start: int, end: int, side: int, clocks: Clocks
    ) -> tuple[Segment, int]:
        """What is left of a new segment, and the last one changed on that side."""
        segments = self.result.segments
        beside = index + side
        if end - start <= SLIVER_FRAMES and 0 <= beside < len(segments):
            neighbour = segments[beside]
            if neighbour.corrected is None:
                edges = (neighbour.start_frame, end) if side < 0 else (start, neighbour.end_frame)
                return clocks.along(neighbour, *edges), beside
        return _part(segments[index], start, end, clocks), index


def _part(segment: Segment, start: int, end: int, clocks: Clocks) -> Segment:
    """Some frames of a segment; what came before its first one does not dissolve into a later."""
    part = clocks.along(segment, start, end)
    return part if start == segment.start_frame else replace(part, dissolve_in_frames=0)


def _timed(segment: Segment, clocks: Clocks) -> Segment:
    """The segment with the new result's seconds at its edges; its place stays where it was put."""
    start_s = clocks.commentary.seconds_of(segment.start_frame)
    end_s = clocks.commentary.seconds_of(segment.end_frame)
    return replace(segment, start_s=start_s, end_s=end_s)


def _same_movies(earlier: MatchResult, found: MatchResult) -> Mapping[str, str]:
    """Names in the new result of the earlier one's movies, by fingerprint."""
    by_mark = {movie.fingerprint: movie.name for movie in found.movies}
    return {
        movie.name: by_mark[movie.fingerprint]
        for movie in earlier.movies
        if movie.fingerprint in by_mark
    }
