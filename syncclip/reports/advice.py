"""What to do next, from the figures of a result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import median

from syncclip.config import MatchConfig
from syncclip.reports._text import count, percent, span, timecode
from syncclip.reports.quality import QualityInfo, quality_info
from syncclip.result import MatchResult, Segment, Tier

__all__ = ["advice", "unlike_segments"]

LOW_COVERAGE = 0.7
"""Below this share found, the reader wants to know why: recaps rarely show so much else."""
HIGH_CONFIDENCE = 85.0
"""At this mean confidence what was found is not in doubt, so the rest is other footage."""
SPEED_RATIO = 1.3
"""A segment this much faster or slower than the commentary's usual speed is worth a look."""
SPEED_LENGTH_S = 0.5
"""A shorter segment holds too few frames for its speed to say anything."""
USUAL_THRESHOLD = MatchConfig().threshold
"""Above this, places are left out that are as a rule right."""
LISTED = 10
"""Segments named before the rest is only counted."""


def advice(result: MatchResult) -> list[str]:
    """Sentences in order of weight; one that says so where nothing needs attention."""
    numbered = list(enumerate(result.segments, start=1))
    matched = [(n, s) for n, s in numbered if s.movie is not None]
    if not matched:
        return [_nothing_found(result), *_order_advice(result)]
    found = [
        *(_order_advice(result) or _coverage_advice(numbered, quality_info(result))),
        *_threshold_advice(result),
        *_relaxed_advice(result),
        *_review_advice(matched),
        *_ambiguous_advice(matched),
        *_speed_advice(matched),
        *_finished_advice(result),
    ]
    return found or ["Nothing needs attention."]


def _nothing_found(result: MatchResult) -> str:
    names = "movie" if len(result.movies) == 1 else f"{len(result.movies)} movies"
    return (
        f"Nothing of the commentary was found in the {names} searched. Check that it is the right "
        "movie (syncclip info shows what an index holds), or index others and give each with "
        "--index."
    )


def _order_advice(result: MatchResult) -> list[str]:
    """Where the run had to keep the movie's order, that explains what is missing."""
    whole = all(segment.movie is not None for segment in result.segments)
    if whole or result.settings.get("time_jumps") is not False:
        return []
    return [
        "Places that go back in the movie were left out, as --no-time-jumps asks: match again "
        "without it if the commentary goes back."
    ]


def _threshold_advice(result: MatchResult) -> Iterable[str]:
    asked = result.settings.get("threshold")
    whole = all(segment.movie is not None for segment in result.segments)
    if whole or _was_relaxed(result) or not isinstance(asked, float) or asked <= USUAL_THRESHOLD:
        return
    yield (
        f"Only places of likeness {asked:g} or more were taken; the usual --threshold of "
        f"{USUAL_THRESHOLD:g} finds more."
    )


def _coverage_advice(
    numbered: Iterable[tuple[int, Segment]], quality: QualityInfo
) -> Iterable[str]:
    if quality.coverage >= LOW_COVERAGE:
        return
    if quality.confidence < HIGH_CONFIDENCE:
        yield (
            f"Only {percent(quality.coverage)} was found, and that is not sure: the commentary may "
            "use another movie, or another cut of this one. Index that one and give it with "
            "--index."
        )
        return
    holes = sorted(
        (pair for pair in numbered if pair[1].movie is None),
        key=lambda pair: pair[1].start_s - pair[1].end_s,
    )
    yield (
        f"What was found is sure, but {timecode(quality.unmatched_s)} comes from elsewhere: if it "
        "is film, index that movie too and give both with --index. Longest: "
        + _listing(holes, lambda _, s: timecode(s.end_s - s.start_s), most=3)
    )


def _was_relaxed(result: MatchResult) -> bool:
    return any("threshold" in note and "relaxed" in note for note in result.notes)


def _relaxed_advice(result: MatchResult) -> Iterable[str]:
    if _was_relaxed(result):
        yield (
            "Nothing passed the threshold at first, so it was relaxed (see Notes): look at every "
            "segment before the result is used."
        )


def _review_advice(matched: Iterable[tuple[int, Segment]]) -> Iterable[str]:
    doubtful = [(n, s) for n, s in matched if s.tier is Tier.REVIEW]
    doubtful.sort(key=lambda pair: pair[1].confidence)
    if doubtful:
        yield (
            f"{count(len(doubtful), 'segment')} to look at, weakest first: "
            + _listing(doubtful, lambda _, s: percent(s.confidence))
        )


def _ambiguous_advice(matched: Iterable[tuple[int, Segment]]) -> Iterable[str]:
    alike = [(n, s) for n, s in matched if s.ambiguous]
    if alike:
        yield (
            f"{count(len(alike), 'segment')} could as well come from another place with the same "
            "picture (match_report.txt lists it): "
            + _listing(alike, lambda _, s: count(len(s.alternatives), "other"))
        )


def _speed_advice(matched: Iterable[tuple[int, Segment]]) -> Iterable[str]:
    moving = [(n, s) for n, s in matched if s.speed > 0 and s.end_s - s.start_s >= SPEED_LENGTH_S]
    if not moving:
        return
    usual = median(s.speed for _, s in moving)
    odd = [(n, s) for n, s in moving if not usual / SPEED_RATIO < s.speed < usual * SPEED_RATIO]
    if odd:
        yield (
            f"{count(len(odd), 'segment')} far from the usual speed of {usual:.2f}x, check that "
            "they run as they should: " + _listing(odd, lambda _, s: f"{s.speed:.2f}x")
        )


def unlike_segments(result: MatchResult) -> list[tuple[int, Segment, float | None]]:
    """Segments of which the finished video is unlike the commentary: number from 1, likeness.

    Those whose frames were changed since are left out.
    """
    if result.finished is None:
        return []
    numbered = {(s.start_frame, s.end_frame): (n, s) for n, s in enumerate(result.segments, 1)}
    return [
        (*numbered[stretch.start_frame, stretch.end_frame], stretch.likeness)
        for stretch in result.finished.unlike
        if (stretch.start_frame, stretch.end_frame) in numbered
    ]


def _finished_advice(result: MatchResult) -> Iterable[str]:
    done = result.finished
    if done is None:
        return
    if done.frames != done.frames_expected:
        yield (
            f"The finished video has {done.frames} frames where the commentary has "
            f"{done.frames_expected}: render it again."
        )
    unlike = unlike_segments(result)
    if unlike:
        likeness = {number: value for number, _, value in unlike}
        yield (
            f"{count(len(unlike), 'segment')} of the finished video unlike the commentary: "
            + _listing([(n, s) for n, s, _ in unlike], lambda n, _: _likeness(likeness[n]))
        )
    if result.outdated:
        yield "The result was corrected after the video was made: render it again."


def _likeness(correlation: float | None) -> str:
    return "not measured" if correlation is None else f"likeness {correlation:.2f}"


def _listing(
    numbered: Sequence[tuple[int, Segment]],
    word: Callable[[int, Segment], str],
    *,
    most: int = LISTED,
) -> str:
    """Segments by number and time, each with a word about it."""
    named = [f"#{n} {span(s.start_s, s.end_s)} ({word(n, s)})" for n, s in numbered[:most]]
    if len(numbered) > most:
        named.append(f"and {len(numbered) - most} more")
    return "; ".join(named)
