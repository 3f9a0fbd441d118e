"""``match_report.txt``: every segment, where it comes from and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from syncclip.reports._text import count, one_line, percent, span, table
from syncclip.reports.quality import quality_info
from syncclip.result import Action, Alternative, MatchResult, Segment, TranscriptLine
from syncclip.types import Rect

__all__ = ["match_report"]

HEAD = (
    "#",
    "commentary",
    "frames",
    "from",
    "movie",
    "speed",
    "mirror",
    "crop",
    "sim.",
    "conf.",
    "tier",
    "others",
)
DONE = {
    Action.ACCEPT: "accepted",
    Action.REJECT: "rejected",
    Action.SWAP: "swapped",
    Action.NUDGE: "nudged",
    Action.SET: "set by hand",
}
RIGHT = (0, 2, 5, 8, 9, 11)


def match_report(result: MatchResult) -> str:
    """The report as text."""
    labels = {movie.name: f"[{i}]" for i, movie in enumerate(result.movies, start=1)}
    rows: list[tuple[str, ...]] = []
    panes = result.numbered_panes
    for number, segment in enumerate(result.segments, start=1):
        rows.append(_segment_row(number, segment, labels))
        rows.extend(_alternative_row(other, labels) for other in segment.alternatives)
        rows.extend(_pane_row(pane, labels) for beside, pane in panes if beside == number)
    legend = _legend(panes=bool(panes))
    parts = [_head(result), table(HEAD, rows, right=RIGHT), legend, *_transcript(result)]
    return "\n\n".join(parts) + "\n"


def _head(result: MatchResult) -> str:
    name = one_line(PurePath(result.commentary).name)
    quality = quality_info(result)
    matched = sum(segment.movie is not None for segment in result.segments)
    lines = [
        "SyncClip match report",
        "",
        f"commentary  {name}: {span(0, result.duration_s)}, {count(result.frames, 'frame')} at "
        f"{float(result.frame_rate):.6g} fps, {result.width_px}x{result.height_px}",
    ]
    for i, movie in enumerate(result.movies, start=1):
        lines.append(
            f"movie [{i}]   {one_line(movie.name)}: {span(0, movie.duration_s)}, "
            f"{float(movie.frame_rate):.6g} fps, {movie.width_px}x{movie.height_px}"
        )
    lines.append(
        f"found       {percent(quality.coverage)} of the commentary in "
        f"{count(matched, 'segment')}, mean confidence {percent(quality.confidence / 100)}"
    )
    return "\n".join(lines)


def _segment_row(number: int, segment: Segment, labels: Mapping[str, str]) -> tuple[str, ...]:
    where = (str(number), span(segment.start_s, segment.end_s), _frames(segment))
    if segment.movie is None or segment.movie_start_s is None or segment.movie_end_s is None:
        return (*where, "-", "not in any movie", "", "", "", "", "", _tier(segment), "")
    return (
        *where,
        labels.get(segment.movie, "?"),
        span(segment.movie_start_s, segment.movie_end_s),
        _speed(segment.speed),
        _mirror(segment.mirrored),
        _crop(segment.crop),
        f"{segment.similarity:.3f}",
        percent(segment.confidence),
        _tier(segment),
        str(len(segment.alternatives)),
    )


def _alternative_row(other: Alternative, labels: Mapping[str, str]) -> tuple[str, ...]:
    return (
        "",
        "",
        "or",
        labels.get(other.movie, "?"),
        span(other.movie_start_s, other.movie_end_s),
        _speed(other.speed),
        _mirror(other.mirrored),
        _crop(other.crop),
        f"{other.similarity:.3f}",
        "",
        "",
        "",
    )


def _pane_row(pane: Segment, labels: Mapping[str, str]) -> tuple[str, ...]:
    """What stands beside a segment in a split screen."""
    _, where, frames, *rest = _segment_row(0, pane, labels)
    return ("", where, f"and {frames}", *rest)


def _legend(*, panes: bool) -> str:
    beside = "and: what another pane of the split screen shows, which the segment is a pane of."
    return "\n".join(
        (
            "Times are hh:mm:ss.mmm; a segment ends before its second time and frame.",
            "crop: share of the movie's picture that the commentary shows, width x height at left,"
            " top.",
            "conf.: probability that the place is right within three frames; sim.: likeness of the"
            " pictures, 1 is equal.",
            "tier: exact and likely can be used as they are, review wants a look, unmatched is in"
            " no movie.",
            "others: other places that look alike, listed below the segment ('or').",
            *([beside] if panes else []),
        )
    )


def _transcript(result: MatchResult) -> list[str]:
    """What is spoken, and in which segments; nothing where there is no transcript."""
    if not result.transcript:
        return []
    rows = [
        (span(line.start_s, line.end_s), _numbers(line, result.segments), one_line(line.text))
        for line in result.transcript
    ]
    return ["Transcript", table(("commentary", "#", "spoken"), rows)]


def _numbers(line: TranscriptLine, segments: Sequence[Segment]) -> str:
    """Numbers of the first and last segment with words of a line."""
    numbers = [n for n, s in enumerate(segments, 1) if line.spoken(s.start_s, s.end_s)]
    if not numbers:  # behind the last frame
        return "-"
    return f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]} - {numbers[-1]}"


def _tier(segment: Segment) -> str:
    """The tier, and what a person did or what makes it doubtful."""
    if segment.corrected is not None:
        return f"{segment.tier.value} ({DONE[segment.corrected]})"
    return segment.tier.value + (" (ambiguous)" if segment.ambiguous else "")


def _frames(segment: Segment) -> str:
    return f"{segment.start_frame} - {segment.end_frame}"


def _speed(speed: float) -> str:
    return f"{speed:.3f}x" if speed else "freeze"


def _mirror(mirrored: bool) -> str:
    return "yes" if mirrored else "no"


def _crop(crop: Rect) -> str:
    w, h, x, y = (f"{100 * value:.1f}" for value in (crop.w, crop.h, crop.x, crop.y))
    shown = f"{w} x {h} % at {x}, {y}"
    return "full" if shown == "100.0 x 100.0 % at 0.0, 0.0" else shown
