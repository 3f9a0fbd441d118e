"""From runs to segments: times, alternates, slack and confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from syncclip.matching.closer import Found
from syncclip.matching.confidence import Features, confidence, tier_of
from syncclip.matching.dissolves import find_dissolves, moved
from syncclip.matching.evidence import Evidence, certainty, explains_as_well
from syncclip.matching.path import NO_MOVIE, Run
from syncclip.matching.proof import excerpt_of, spread_frames
from syncclip.matching.records import Commentary, Hypothesis, Line, Source
from syncclip.matching.valley import REACH_FRAMES, Slack, slack_of
from syncclip.result import Alternative, Segment

__all__ = ["build_segments", "part_of"]

DISTINCT_S = 1.0
"""Places further apart than this are alternates of each other."""

ALTERNATIVES = 5
"""Other places that are listed, and beyond them all that explain a run as well as its own."""

CLAIMED = 0.5
"""Confidence below which a place is not claimed: it is wrong more often than right. Half of the
best F1 is where F1 is highest (Lipton, Elkan and Narayanaswamy 2014)."""

CHECK_FRAMES = 24
"""Commentary frames by which slack is told where there was no closer look."""


def build_segments(
    found: Found,
    commentary: Commentary,
    sources: Sequence[Source],
    *,
    threshold: float,
    least_confidence: float = CLAIMED,
) -> tuple[Segment, ...]:
    """Describe every run of a path.

    Args:
        found: Runs and the hypotheses they name.
        commentary: Frames that were looked for.
        sources: Movies.
        threshold: Mean correlation below which a run is not claimed.
        least_confidence: Probability of being right below which it is not claimed, either.

    Returns:
        Segments in order, without gap or overlap; neighbouring unmatched runs are one.
    """
    segments: list[Segment] = []
    commentary = replace(commentary, overlays=found.overlays)
    dissolves = find_dissolves(found.runs, found.evidence, commentary, sources)
    frames = {dissolve.run: dissolve.frames for dissolve in dissolves}
    for number, run in enumerate(moved(found.runs, dissolves)):
        segment = _segment(run, found, commentary, sources, threshold, least_confidence)
        before = segments[-1].movie if segments else None
        if None not in (segment.movie, before):
            segment = replace(segment, dissolve_in_frames=frames.get(number, 0))
        if segment.movie is None and segments and segments[-1].movie is None:
            last = segments[-1]
            segments[-1] = replace(last, end_frame=segment.end_frame, end_s=segment.end_s)
        else:
            segments.append(segment)
    return tuple(segments)


def _segment(
    run: Run,
    found: Found,
    commentary: Commentary,
    sources: Sequence[Source],
    threshold: float,
    least_confidence: float,
) -> Segment:
    evidence = found.evidence
    start_s, end_s = commentary.seconds_of(run.start_frame), commentary.seconds_of(run.end_frame)
    bare = Segment(
        start_frame=run.start_frame, end_frame=run.end_frame, start_s=start_s, end_s=end_s
    )
    if run.state == NO_MOVIE:
        return bare
    chosen = evidence[run.state]
    similarity = chosen.mean_correlation(run.start_frame, run.end_frame)
    if similarity < threshold:
        return bare
    hypothesis = chosen.hypothesis
    source = sources[hypothesis.source]
    closer = found.closer.get(run.state)
    own = [hypothesis.line] if closer is None else [hypothesis.line, closer.before]
    others = _alternatives(
        run, similarity, hypothesis.source, own, evidence, sources, start_s, end_s
    )
    slack = _slack(run, hypothesis, commentary, source) if closer is None else closer.slack
    runner_up = max((other.similarity for other in others), default=0.0)
    sure = certainty(commentary, source, chosen, run.start_frame, run.end_frame)
    features = Features(
        similarity=similarity,
        certainty=sure,
        length_frames=run.end_frame - run.start_frame,
        slack_frames=(slack.free_s[1] - slack.free_s[0]) / source.frame_period_s,
        still_frames=(slack.still_s[1] - slack.still_s[0]) / source.frame_period_s,
    )
    probability = confidence(features)
    if probability < least_confidence:
        return bare
    ambiguous = explains_as_well(runner_up, similarity)
    movie_start_s = hypothesis.line.moved_to(start_s).source_s
    return replace(
        bare,
        movie=source.name,
        movie_start_s=movie_start_s,
        movie_end_s=movie_start_s + hypothesis.line.speed * (end_s - start_s),
        movie_start_frame=source.nearest_frame(movie_start_s),
        speed=hypothesis.line.speed,
        mirrored=hypothesis.mirrored,
        crop=hypothesis.crop.clipped(),
        similarity=min(max(similarity, 0.0), 1.0),
        certainty=sure,
        confidence=probability,
        tier=tier_of(probability, ambiguous=ambiguous),
        offset_slack_s=slack.free_s,
        still_slack_s=slack.still_s,
        alternatives=others,
        ambiguous=ambiguous,
    )


def part_of(
    segment: Segment,
    start_frame: int,
    end_frame: int,
    commentary: Commentary,
    sources: Sequence[Source],
) -> Segment:
    """A segment without the frames before and after a part of it.

    Args:
        segment: Frames of the commentary, and what they show.
        start_frame: The part's first frame.
        end_frame: One after its last.
        commentary: Times of its frames.
        sources: Movies.
    """
    start_s, end_s = commentary.seconds_of(start_frame), commentary.seconds_of(end_frame)
    later_s, length_s = start_s - segment.start_s, end_s - start_s
    by_name = {source.name: source for source in sources}

    def moved(place: Segment | Alternative) -> dict[str, Any]:
        if place.movie is None or place.movie_start_s is None:
            return {}
        begin = place.movie_start_s + place.speed * later_s
        return {
            "movie_start_s": begin,
            "movie_end_s": begin + place.speed * length_s,
            "movie_start_frame": by_name[place.movie].nearest_frame(begin),
        }

    return replace(
        segment,
        start_frame=start_frame,
        end_frame=end_frame,
        start_s=start_s,
        end_s=end_s,
        dissolve_in_frames=segment.dissolve_in_frames if start_frame == segment.start_frame else 0,
        alternatives=tuple(replace(other, **moved(other)) for other in segment.alternatives),
        **moved(segment),
    )


def _alternatives(
    run: Run,
    similarity: float,
    movie: int,
    own: Sequence[Line],
    evidence: Sequence[Evidence],
    sources: Sequence[Source],
    start_s: float,
    end_s: float,
) -> tuple[Alternative, ...]:
    """The best other places, each more than a second from all better ones and the run's own."""
    middle_s = (start_s + end_s) / 2
    taken = [(movie, line.moved_to(middle_s).source_s) for line in own]
    ranked = sorted(
        ((e.mean_correlation(run.start_frame, run.end_frame), n) for n, e in enumerate(evidence)),
        reverse=True,
    )
    found: list[Alternative] = []
    for alike, number in ranked:
        enough = len(found) >= ALTERNATIVES and not explains_as_well(alike, similarity)
        if alike <= 0.3 or enough:
            break
        h = evidence[number].hypothesis
        place = h.line.moved_to(middle_s).source_s
        if any(h.source == s and abs(place - p) < DISTINCT_S for s, p in taken):
            continue
        taken.append((h.source, place))
        begin = h.line.moved_to(start_s).source_s
        found.append(
            Alternative(
                movie=sources[h.source].name,
                movie_start_s=begin,
                movie_end_s=begin + h.line.speed * (end_s - start_s),
                movie_start_frame=sources[h.source].nearest_frame(begin),
                speed=h.line.speed,
                mirrored=h.mirrored,
                crop=h.crop.clipped(),
                similarity=min(alike, 1.0),
            )
        )
    return tuple(found)


def _slack(run: Run, hypothesis: Hypothesis, commentary: Commentary, source: Source) -> Slack:
    """How far the source may slide and fit about as well, by the signatures."""
    frames = spread_frames(run.start_frame, run.end_frame, CHECK_FRAMES)
    reach_s = (REACH_FRAMES + 2) * source.frame_period_s
    excerpt = excerpt_of(commentary, source, hypothesis, hypothesis.line, frames, reach_s)
    if excerpt is None:
        return Slack()
    return slack_of(excerpt, hypothesis.crop, hypothesis.line)
