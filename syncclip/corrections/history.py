"""What is told of corrections once their result is replaced by a new match."""

from __future__ import annotations

from dataclasses import replace

from syncclip.result import Correction, MatchResult, PastCorrection, Segment

__all__ = ["own_corrections", "remembered"]


def own_corrections(result: MatchResult) -> dict[int, int | None]:
    """The last correction of every corrected segment, by position: None where none is known.

    Edges that moved with a neighbour's are no correction of the segment's own.
    """
    return {
        index: _own(result, index)
        for index, segment in enumerate(result.segments)
        if segment.corrected is not None
    }


def _own(result: MatchResult, index: int) -> int | None:
    segment = result.segments[index]
    there = [
        (position, correction)
        for position, correction in enumerate(result.corrections)
        if not correction.undone
        and correction.action is segment.corrected
        and any(
            each.corrected is segment.corrected and _overlap(each, segment)
            for each in correction.after
        )
    ]
    # Numbers change where what a match kept is undone: then any that is over its frames counts.
    numbered = [position for position, each in there if each.segment == index + 1]
    found = numbered or [position for position, _ in there]
    return found[-1] if found else None


def remembered(result: MatchResult) -> tuple[PastCorrection, ...]:
    """All that was ever corrected: in the results before, then in this one, each once."""
    past, new = list(result.past_corrections), []
    for correction in result.corrections:
        made = _past(correction)
        kept = [i for i, old in enumerate(past) if _same(old, made)]
        if kept:
            past[kept[-1]] = replace(past[kept[-1]], undone=correction.undone)
        else:
            new.append(made)
    return (*past, *new)


def _past(correction: Correction) -> PastCorrection:
    return PastCorrection(
        action=correction.action,
        segment=correction.segment,
        made=correction.made,
        start_frame=correction.after[0].start_frame,
        end_frame=correction.after[-1].end_frame,
        undone=correction.undone,
    )


def _same(old: PastCorrection, new: PastCorrection) -> bool:
    """Whether one is the other, kept by a new match."""
    overlap = old.start_frame < new.end_frame and new.start_frame < old.end_frame
    return (old.action, old.made, old.undone) == (new.action, new.made, False) and overlap


def _overlap(one: Segment, other: Segment) -> bool:
    return one.start_frame < other.end_frame and other.start_frame < one.end_frame
