"""``quality_report.txt``: how much was found, how sure it is, and what to do about the rest."""

from __future__ import annotations

from pathlib import PurePath

from syncclip.reports._text import one_line, percent, span, table, timecode
from syncclip.reports.advice import advice, unlike_segments
from syncclip.reports.quality import quality_info, time_jump_stats, time_jumps
from syncclip.result import MatchResult, Tier

__all__ = ["quality_report"]

LISTED_JUMPS = 5
TIER_MEANING = {
    Tier.EXACT: "right to the frame",
    Tier.LIKELY: "right, within a few frames",
    Tier.REVIEW: "to be looked at",
    Tier.UNMATCHED: "in no movie",
}


def quality_report(result: MatchResult) -> str:
    """The report as text."""
    parts = [
        "SyncClip quality report",
        f"commentary: {one_line(PurePath(result.commentary).name)}",
        _coverage(result),
        _tiers(result),
        _jumps(result),
        _finished(result),
        _list("Notes", [one_line(note) for note in result.notes]),
        _list("Advice", advice(result)),
        _list("Time taken", [f"{name}: {s:.1f} s" for name, s in result.timings_s.items()]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _coverage(result: MatchResult) -> str:
    quality = quality_info(result)
    rows = [
        ("coverage", percent(quality.coverage), f"found for {timecode(quality.matched_s)}"),
        ("", "", f"not found for {timecode(quality.unmatched_s)}"),
        ("confidence", percent(quality.confidence / 100), "mean of what was found, by length"),
    ]
    return table(("Found", "", ""), rows, right=(1,))


def _tiers(result: MatchResult) -> str:
    counts = quality_info(result).tiers
    lengths = {
        tier: sum(s.end_s - s.start_s for s in result.segments if s.tier is tier) for tier in Tier
    }
    rows = [
        (tier.value, str(counts[tier]), timecode(lengths[tier]), TIER_MEANING[tier])
        for tier in Tier
    ]
    return table(("Tier", "segments", "length", ""), rows, right=(1,))


def _jumps(result: MatchResult) -> str:
    stats = time_jump_stats(result)
    lines = [
        f"Jumps: {stats.segments_with_jumps} of {stats.total_segments} segments do not continue "
        "where the one before ended",
        f"  forward   {stats.forward_jumps}, largest {timecode(stats.largest_forward_s)}",
        f"  backward  {stats.backward_jumps}, largest {timecode(stats.largest_backward_s)}",
    ]
    jumps = time_jumps(result.segments, result.movies)
    largest = sorted(jumps, key=lambda jump: -abs(jump.by_s))[:LISTED_JUMPS]
    for jump in sorted(largest, key=lambda jump: jump.segment):
        start_s = result.segments[jump.segment].start_s
        way = "forward" if jump.by_s > 0 else "back"
        lines.append(
            f"  #{jump.segment + 1} at {timecode(start_s)}: {way} by {timecode(abs(jump.by_s))}"
        )
    return "\n".join(lines)


def _finished(result: MatchResult) -> str:
    done = result.finished
    if done is None:
        return ""
    rows = [
        ("file", one_line(done.path)),
        ("frames", f"{done.frames} of {done.frames_expected}"),
    ]
    if done.likeness is not None:
        rows.append(("likeness to the commentary", f"{done.likeness:.3f} (1 is equal)"))
    rows.append((f"segments below {done.floor:.2f}", str(len(done.unlike))))
    for number, segment, likeness in unlike_segments(result):
        shown = "" if likeness is None else f"{likeness:.3f}"
        rows.append((f"  #{number} {span(segment.start_s, segment.end_s)}", shown))
    if result.outdated:
        rows.append(("the result was corrected since", "render it again"))
    return table(("Finished video", ""), rows)


def _list(title: str, lines: list[str]) -> str:
    return "\n".join([title, *(f"  - {line}" for line in lines)]) if lines else ""
