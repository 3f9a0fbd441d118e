"""What a timeline says of a segment in words and colours."""

from __future__ import annotations

from collections.abc import Iterator

from syncclip.result import MatchResult, Segment, Tier

__all__ = ["COLOURS", "describe", "edits", "place_title"]

COLOURS = {
    Tier.EXACT: "GREEN",
    Tier.LIKELY: "CYAN",
    Tier.REVIEW: "YELLOW",
    Tier.UNMATCHED: "RED",
}
"""Names that OpenTimelineIO has for marker colours."""


WHOLE = 0.995
"""A crop that shows more than this of width and height is within what matching can tell."""


def place_title(number: int, name: str) -> str:
    """Name of a clip: the segment's number and its movie."""
    return f"{number:03} {name}"


def describe(number: int, segment: Segment, result: MatchResult) -> str:
    """Text of a segment's marker: how sure it is, and every edit that a program may not show."""
    if segment.movie is None:
        head = f"#{number} in no movie"
    else:
        head = f"#{number} {segment.tier.value} {100 * segment.confidence:.0f} %"
    facts = list(edits(segment))
    spoken = result.spoken_in(segment)
    text = ": ".join([head, ", ".join(facts)]) if facts else head
    return f"{text} | {spoken}" if spoken else text


def edits(segment: Segment) -> Iterator[str]:
    """How the commentary shows the movie, in words."""
    if segment.movie is not None:
        if segment.speed != 1:
            yield f"speed {segment.speed:.4g}x" if segment.speed else "freeze frame"
        if segment.mirrored:
            yield "mirrored"
        for name, part in (("crop", segment.crop), ("pane", segment.pane)):
            w, h, x, y = (f"{100 * value:.1f}" for value in (part.w, part.h, part.x, part.y))
            if min(part.w, part.h) < WHOLE:
                yield f"{name} {w} x {h} % at {x}, {y}"
        if segment.alternatives:
            yield f"other places {len(segment.alternatives)}"
        if segment.ambiguous:
            yield "ambiguous"
    if segment.corrected is not None:
        yield f"by hand: {segment.corrected.value}"
    if segment.dissolve_in_frames:
        yield f"dissolves in over {segment.dissolve_in_frames} frames"
