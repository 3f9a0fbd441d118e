"""What a person may do to the segments of a result: pure, result in and result out.

Segments are numbered from 1, as every report numbers them. A segment that a person decided on is
``exact`` with confidence 1: nobody is asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncclip.corrections.lines import Clocks
from syncclip.errors import ResultError, SettingsError
from syncclip.result import Action, Alternative, Correction, MatchResult, Segment, Tier
from syncclip.types import Rect

__all__ = ["accept", "nudge", "reject", "set_place", "swap", "undo"]


def accept(result: MatchResult, number: int, *, made: str) -> MatchResult:
    """A segment is right as it stands: in its place, or in no movie.

    Raises:
        SettingsError: Where there is no such segment.
    """
    segment = _segment(result, number)
    return _changed(result, Action.ACCEPT, number, [_decided(segment, Action.ACCEPT)], made=made)


def reject(result: MatchResult, number: int, *, made: str) -> MatchResult:
    """A segment's place is wrong: it stands as in no movie. Its alternatives stay.

    Raises:
        SettingsError: Where there is no such segment, or it has no place.
    """
    segment = _placed(result, number)
    without = Segment(
        start_frame=segment.start_frame,
        end_frame=segment.end_frame,
        start_s=segment.start_s,
        end_s=segment.end_s,
        pane=segment.pane,
        dissolve_in_frames=segment.dissolve_in_frames,
        alternatives=segment.alternatives,
        caption=segment.caption,
        corrected=Action.REJECT,
    )
    return _changed(result, Action.REJECT, number, [without], made=made)


def swap(result: MatchResult, number: int, *, to: int, made: str) -> MatchResult:
    """A segment comes from its alternative ``to`` (from 1), which takes its place in the list.

    Raises:
        SettingsError: Where there is no such segment or alternative.
    """
    segment = _segment(result, number)
    count = len(segment.alternatives)
    if not 1 <= to <= count:
        has = f"has {count}" if count else "has none"
        raise SettingsError(f"segment {number} has no alternative {to}: it {has}")
    chosen = segment.alternatives[to - 1]
    others = list(segment.alternatives)
    others[to - 1 : to] = [] if segment.movie is None else [_as_alternative(segment)]
    placed = replace(
        segment,
        movie=chosen.movie,
        movie_start_s=chosen.movie_start_s,
        movie_end_s=chosen.movie_start_s + chosen.speed * (segment.end_s - segment.start_s),
        movie_start_frame=chosen.movie_start_frame,
        speed=chosen.speed,
        mirrored=chosen.mirrored,
        crop=chosen.crop,
        similarity=chosen.similarity,
        offset_slack_s=(0.0, 0.0),
        movie_caption=None,
        alternatives=tuple(others),
    )
    return _changed(result, Action.SWAP, number, [_decided(placed, Action.SWAP)], made=made)


def nudge(
    result: MatchResult,
    number: int,
    *,
    in_frames: int = 0,
    out_frames: int = 0,
    slip_frames: int = 0,
    made: str,
) -> MatchResult:
    """Move a segment's edges, its source, or both.

    The segments beside it give or take the frames, and go on along their own lines.

    Args:
        result: What was matched.
        number: Of the segment.
        in_frames: Commentary frames by which it starts later (negative: earlier).
        out_frames: Commentary frames by which it ends later.
        slip_frames: Movie frames by which its source starts later.
        made: When, in UTC.

    Raises:
        SettingsError: Where the segment, or one beside it, would have no frame left, the commentary
            or the movie ends there, or nothing is to be moved.
    """
    if not (in_frames or out_frames or slip_frames):
        raise SettingsError("nothing to nudge: say by how many frames with --in, --out or --slip")
    segment, clocks = _segment(result, number), Clocks(result)
    index, count = number - 1, len(result.segments)
    start, end = segment.start_frame + in_frames, segment.end_frame + out_frames
    first, last = (index - 1 if in_frames else index), (index + 1 if out_frames else index)
    if first < 0 or last >= count:
        raise SettingsError(
            f"the commentary {'starts' if first < 0 else 'ends'} with segment {number}"
        )
    before = result.segments[first : last + 1]
    if start >= end or start <= before[0].start_frame - (first == index):
        raise SettingsError(f"segment {number} or the one before it would have no frame left")
    if end >= before[-1].end_frame + (last == index):
        raise SettingsError(f"segment {number} or the one after it would have no frame left")
    moved = clocks.along(segment, start, end)
    if slip_frames:
        moved = _slipped(moved, number, slip_frames, clocks)
    after = [_decided(moved, Action.NUDGE)]
    if first < index:
        after.insert(0, clocks.along(before[0], before[0].start_frame, start))
    if last > index:
        after.append(clocks.along(before[-1], end, before[-1].end_frame))
    return _changed(result, Action.NUDGE, number, after, made=made, first=first)


def set_place(
    result: MatchResult,
    number: int,
    *,
    movie: str,
    start_s: float,
    speed: float = 1.0,
    mirrored: bool = False,
    crop: Rect,
    made: str,
) -> MatchResult:
    """A segment comes from a place that a person found.

    Args:
        result: What was matched.
        number: Of the segment.
        movie: Name of a movie that was searched.
        start_s: Second of it that the segment's first frame shows.
        speed: Movie seconds per commentary second; 0 for a freeze frame.
        mirrored: Whether the commentary shows it flipped left to right.
        crop: Part of the movie's content rectangle that the commentary shows.
        made: When, in UTC.

    Raises:
        SettingsError: Where there is no such segment or movie, or the place is outside of it.
    """
    segment = _segment(result, number)
    known = {ref.name: ref for ref in result.movies}
    if movie not in known:
        raise SettingsError(
            f"{movie!r} is not among the movies that were searched ({', '.join(known) or 'none'}); "
            "match again with its index"
        )
    if not 0 <= speed <= 100:
        raise SettingsError(f"a speed of {speed} is impossible: give 0 to 100")
    duration_s = known[movie].duration_s
    if not 0 <= start_s < duration_s:
        raise SettingsError(f"{start_s:g} s is outside of {movie} (0 to {duration_s:g} s)")
    others = segment.alternatives
    if segment.movie is not None:
        others = (_as_alternative(segment), *others)
    placed = replace(
        segment,
        movie=movie,
        speed=speed,
        mirrored=mirrored,
        crop=crop,
        similarity=0.0,
        certainty=0.0,
        offset_slack_s=(0.0, 0.0),
        movie_caption=None,
        alternatives=others,
    )
    placed = Clocks(result).starting(placed, start_s)
    return _changed(result, Action.SET, number, [_decided(placed, Action.SET)], made=made)


def undo(result: MatchResult) -> tuple[MatchResult, Correction]:
    """Take the last correction back; it stays in the history, marked as undone.

    Raises:
        SettingsError: Where there is none.
        ResultError: Where its segments were edited by hand since.
    """
    standing = [i for i, each in enumerate(result.corrections) if not each.undone]
    if not standing:
        raise SettingsError("there is no correction to undo")
    index = standing[-1]
    last = result.corrections[index]
    first = next(
        (i for i, s in enumerate(result.segments) if s.start_frame == last.after[0].start_frame), -1
    )
    there = result.segments[first : first + len(last.after)] if first >= 0 else ()
    if [_span(s) for s in there] != [_span(s) for s in last.after]:
        raise ResultError(
            f"the last correction (segment {last.segment}) cannot be undone: its segments were "
            "edited by hand since"
        )
    segments = (
        *result.segments[:first],
        *last.before,
        *result.segments[first + len(last.after) :],
    )
    history = list(result.corrections)
    history[index] = replace(last, undone=True)
    panes = result.pane_segments if last.panes_before is None else last.panes_before
    undone = replace(result, segments=segments, pane_segments=panes, corrections=tuple(history))
    return undone, last


def _changed(
    result: MatchResult,
    action: Action,
    number: int,
    after: Sequence[Segment],
    *,
    made: str,
    first: int | None = None,
) -> MatchResult:
    """The result with a run of segments replaced, and that in its history."""
    first = number - 1 if first is None else first
    segments = result.segments
    correction = Correction(
        action=action,
        segment=number,
        made=made,
        before=segments[first : first + len(after)],
        after=tuple(after),
    )
    return replace(
        result,
        segments=(*segments[:first], *after, *segments[first + len(after) :]),
        corrections=(*result.corrections, correction),
    )


def _segment(result: MatchResult, number: int) -> Segment:
    count = len(result.segments)
    if not 1 <= number <= count:
        raise SettingsError(f"there is no segment {number}: the result has 1 to {count}")
    return result.segments[number - 1]


def _placed(result: MatchResult, number: int) -> Segment:
    segment = _segment(result, number)
    if segment.movie is None:
        raise SettingsError(f"segment {number} is in no movie already")
    return segment


def _decided(segment: Segment, action: Action) -> Segment:
    if segment.movie is None:
        return replace(segment, corrected=action)
    return replace(segment, tier=Tier.EXACT, confidence=1.0, ambiguous=False, corrected=action)


def _slipped(segment: Segment, number: int, frames: int, clocks: Clocks) -> Segment:
    if segment.movie is None or segment.movie_start_s is None:
        raise SettingsError(f"segment {number} is in no movie: there is nothing to slip")
    ref = clocks.ref(segment.movie)
    start_s = segment.movie_start_s + frames / float(ref.frame_rate)
    if not 0 <= start_s < ref.duration_s:
        raise SettingsError(f"{start_s:.3f} s is outside of {ref.name} (0 to {ref.duration_s:g} s)")
    return clocks.starting(segment, start_s)


def _as_alternative(segment: Segment) -> Alternative:
    """A segment's own place among the others."""
    assert segment.movie is not None
    assert segment.movie_start_s is not None
    assert segment.movie_end_s is not None
    return Alternative(
        movie=segment.movie,
        movie_start_s=segment.movie_start_s,
        movie_end_s=segment.movie_end_s,
        movie_start_frame=segment.movie_start_frame or 0,
        speed=segment.speed,
        mirrored=segment.mirrored,
        crop=segment.crop,
        similarity=segment.similarity,
    )


def _span(segment: Segment) -> tuple[int, int]:
    return segment.start_frame, segment.end_frame
