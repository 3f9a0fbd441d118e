"""Runs of a path described for the reader: times, slack, alternates, tiers."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from syncclip.matching import Found, build_segments, part_of
from syncclip.matching.evidence import EvidenceSettings, gather
from syncclip.matching.path import NO_MOVIE, Run
from syncclip.matching.records import Commentary, Crop, Hypothesis, Source
from syncclip.result import Segment, Tier
from tests.unit.moving_pictures import FILM_RATE, RATE, Film, Piece, Scene, edit, film

STILL = Scene(3, motion=0.0)
FILM = Film((Scene(1), Scene(2), STILL, Scene(4), Scene(1), Scene(5)))
"""Its first scene comes again as the fifth."""
ELSEWHERE = film(91, 92, name="other.mkv")
THRESHOLD = 0.6

MOVING = Piece(FILM, 80, 50)
CROPPED = Piece(FILM, 222, 45, 1.25, Crop(-0.02, 0.1, 0.82, 0.82), mirrored=True)
FOREIGN = Piece(ELSEWHERE, 10, 30)
UNMOVED = Piece(FILM, 155, 40)
REPEATED = Piece(FILM, 10, 40)


def described(
    *pieces: Piece,
    more: tuple[Hypothesis, ...] = (),
    unclaimed: tuple[Piece, ...] = (FOREIGN,),
    sources: tuple[Source, ...] = (FILM.source,),
    threshold: float = THRESHOLD,
) -> tuple[Segment, ...]:
    """Segments of an edit whose runs are the truth; ``more`` hypotheses were proven as well."""
    commentary, hypotheses, runs = edit(*pieces), [], []
    for piece, shot in zip(pieces, commentary.shots, strict=True):
        state = NO_MOVIE
        if piece not in unclaimed:
            state = len(hypotheses)
            hypotheses.append(piece.hypothesis(shot.start_frame))
        runs.append(Run(shot.start_frame, shot.end_frame, state))
    evidence = tuple(
        gather(commentary, sources[h.source], h, EvidenceSettings()) for h in [*hypotheses, *more]
    )
    return build_segments(Found(tuple(runs), evidence), commentary, sources, threshold=threshold)


def test_segments_follow_each_other_without_gap_from_the_first_frame_to_the_last() -> None:
    pieces = (MOVING, FOREIGN, CROPPED, UNMOVED)
    segments = described(*pieces)
    assert [s.end_frame - s.start_frame for s in segments] == [p.frames for p in pieces]
    assert segments[0].start_frame == 0
    for a, b in itertools.pairwise(segments):
        assert a.end_frame == b.start_frame
        assert a.end_s == b.start_s
    for s in segments:
        assert s.start_s == pytest.approx(s.start_frame / RATE)
        assert s.end_s == pytest.approx(s.end_frame / RATE)


def test_a_segment_names_the_place_the_speed_and_the_crop() -> None:
    _, segment = described(MOVING, CROPPED)
    assert segment.movie == "film.mkv"
    assert segment.movie_start_frame == 222
    assert segment.movie_start_s == pytest.approx(222 / FILM_RATE)
    assert segment.movie_end_s == pytest.approx(222 / FILM_RATE + 1.25 * 45 / RATE)
    assert segment.speed == 1.25
    assert segment.mirrored
    assert segment.similarity > 0.98


def test_a_crop_over_the_edge_is_clipped_to_the_picture() -> None:
    (segment,) = described(CROPPED)
    assert segment.crop.as_list() == pytest.approx([0.0, 0.1, 0.8, 0.82])


def test_an_unmatched_segment_names_no_place() -> None:
    segment = described(MOVING, FOREIGN)[1]
    assert (segment.movie, segment.movie_start_s, segment.movie_end_s) == (None, None, None)
    assert segment.movie_start_frame is None
    assert segment.tier is Tier.UNMATCHED
    assert segment.confidence == 0
    assert segment.alternatives == ()


def test_a_run_below_the_threshold_is_not_claimed_and_joins_its_unmatched_neighbours() -> None:
    segments = described(MOVING, FOREIGN, replace(FOREIGN, start=50), UNMOVED)
    assert [s.movie for s in segments] == ["film.mkv", None, "film.mkv"]
    assert (segments[1].start_frame, segments[1].end_frame) == (50, 110)
    assert segments[1].end_s == pytest.approx(110 / RATE)


@pytest.mark.parametrize(("threshold", "claimed"), [(0.0, True), (0.5, True), (1.01, False)])
def test_the_threshold_decides_what_is_claimed(threshold: float, claimed: bool) -> None:
    (segment,) = described(MOVING, threshold=threshold)
    assert (segment.movie is not None) == claimed


def test_a_moving_shot_has_hardly_any_slack() -> None:
    (segment,) = described(MOVING)
    earlier, later = segment.offset_slack_s
    assert -1.5 / FILM_RATE <= earlier <= 0 <= later <= 1.5 / FILM_RATE


def test_a_still_shot_may_slide_as_far_as_it_stands_and_no_further() -> None:
    """It stands from frame 144 to 215; the piece shows 155 to 186."""
    (segment,) = described(UNMOVED)
    earlier, later = segment.offset_slack_s
    assert earlier == pytest.approx(-11 / FILM_RATE, abs=2.5 / FILM_RATE)
    assert later == pytest.approx(29 / FILM_RATE, abs=2.5 / FILM_RATE)


def test_a_still_shot_does_not_slide_over_the_ends_of_the_movie() -> None:
    """The movie stands from frame 0 to 71 and is over; the piece shows 10 to 41."""
    still = Film((STILL,))
    (segment,) = described(Piece(still, 10, 40), sources=(still.source,))
    earlier, later = segment.offset_slack_s
    assert earlier == pytest.approx(-10 / FILM_RATE, abs=1.5 / FILM_RATE)
    assert later == pytest.approx(30 / FILM_RATE, abs=1.5 / FILM_RATE)


def test_slack_makes_a_segment_less_sure() -> None:
    still, moving = described(UNMOVED)[0], described(replace(MOVING, frames=40))[0]
    assert still.confidence < moving.confidence


def test_a_clear_long_segment_is_exact() -> None:
    (segment,) = described(MOVING)
    assert segment.tier is Tier.EXACT
    assert not segment.ambiguous
    assert 0.8 < segment.confidence <= 1


def again(piece: Piece, later_frames: int) -> Hypothesis:
    """The same place some movie frames later."""
    truth = piece.hypothesis()
    return replace(
        truth, line=replace(truth.line, source_s=truth.line.source_s + later_frames / FILM_RATE)
    )


def test_a_place_that_looks_the_same_makes_the_segment_ambiguous_and_stands_beside_it() -> None:
    (segment,) = described(REPEATED, more=(again(REPEATED, 4 * 72),))
    assert segment.movie_start_frame == 10
    assert segment.ambiguous
    assert segment.tier is Tier.REVIEW
    (other,) = segment.alternatives
    assert other.movie == "film.mkv"
    assert other.movie_start_frame == 10 + 4 * 72
    assert other.similarity == pytest.approx(segment.similarity, abs=0.01)
    assert other.movie_end_s - other.movie_start_s == pytest.approx(REPEATED.frames / RATE)


def test_a_place_hardly_aside_is_no_alternative() -> None:
    (segment,) = described(MOVING, more=(again(MOVING, 1), again(MOVING, -3)))
    assert segment.alternatives == ()
    assert not segment.ambiguous


def test_a_place_that_does_not_fit_is_no_rival() -> None:
    (segment,) = described(REPEATED, more=(again(REPEATED, 5 * 72),))
    assert not segment.ambiguous
    assert all(other.similarity < 0.6 for other in segment.alternatives)


def test_alternatives_come_best_first_and_each_place_once() -> None:
    more = (again(REPEATED, 4 * 72 + 5), again(REPEATED, 4 * 72), again(REPEATED, 4 * 72 + 2))
    (segment,) = described(REPEATED, more=more)
    assert [other.movie_start_frame for other in segment.alternatives] == [10 + 4 * 72]
    likeness = [other.similarity for other in segment.alternatives]
    assert likeness == sorted(likeness, reverse=True)


def test_the_same_footage_in_another_movie_is_an_alternative_there() -> None:
    copy = replace(FILM.source, name="copy.mkv")
    other = replace(MOVING.hypothesis(), source=1)
    (segment,) = described(MOVING, more=(other,), sources=(FILM.source, copy))
    assert [a.movie for a in segment.alternatives] == ["copy.mkv"]
    assert segment.ambiguous


def test_segments_of_uneven_frame_times_keep_those_times() -> None:
    """A commentary of variable frame rate: every third frame stays twice as long."""
    seconds = np.cumsum([0, *np.tile([1, 1, 2], 20)]) / 40
    shown = np.floor(80 + seconds * FILM_RATE + 1e-9).astype(np.int64)
    plain = edit(replace(MOVING, frames=len(seconds)))
    commentary = Commentary(FILM.pictures(shown, size=(36, 64)), seconds, plain.aspect, plain.shots)
    truth = MOVING.hypothesis()
    evidence = gather(commentary, FILM.source, truth, EvidenceSettings())
    runs = (Run(0, 30, 0), Run(30, len(seconds), 0))
    first, second = build_segments(
        Found(runs, (evidence,)), commentary, [FILM.source], threshold=THRESHOLD
    )
    assert first.similarity > 0.99
    assert second.start_s == seconds[30]
    assert second.movie_start_s == pytest.approx(80 / FILM_RATE + seconds[30])
    assert second.end_s > seconds[-1]
    for next_s in (None, 9.0):
        last = build_segments(
            Found(runs, (evidence,)),
            replace(commentary, next_s=next_s),
            [FILM.source],
            threshold=THRESHOLD,
        )[-1]
        assert last.end_s == pytest.approx(next_s or seconds[-1] + 1 / 40)


def test_a_part_of_a_segment_goes_on_along_its_line_and_so_do_its_alternatives() -> None:
    commentary = edit(REPEATED)
    (whole,) = described(REPEATED, more=(again(REPEATED, 4 * 72),))
    whole = replace(whole, dissolve_in_frames=6)
    part = part_of(whole, 12, 30, commentary, [FILM.source])
    assert (part.start_frame, part.end_frame, part.dissolve_in_frames) == (12, 30, 0)
    assert (part.start_s, part.end_s) == pytest.approx((12 / RATE, 30 / RATE))
    for cut, before in ((part, whole), (part.alternatives[0], whole.alternatives[0])):
        assert cut.movie_start_s == pytest.approx(before.movie_start_s + 12 / RATE)
        assert cut.movie_end_s == pytest.approx(before.movie_start_s + 30 / RATE)
        assert cut.movie_start_frame == int(cut.movie_start_s * FILM_RATE + 1e-6)
    assert part_of(whole, 0, 20, commentary, [FILM.source]).dissolve_in_frames == 6
    hole = Segment(start_frame=0, end_frame=40, start_s=0.0, end_s=40 / RATE)
    assert part_of(hole, 5, 9, commentary, []).movie is None
