from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from syncclip.reports import quality_info, quality_report, time_jump_stats
from syncclip.reports.advice import advice
from syncclip.result import Action, FinishedVideo, MatchResult, Tier, UnlikeStretch
from tests.unit.results_strategies import a_hole, a_movie, a_place, a_result, an_alternative


def rendered(
    result: MatchResult, *unlike: tuple[int, float | None], frames: int = 300
) -> MatchResult:
    """A result of which a video was made; ``unlike`` are numbers of segments from 0."""
    stretches = [
        UnlikeStretch(
            start_frame=result.segments[number].start_frame,
            end_frame=result.segments[number].end_frame,
            likeness=likeness,
        )
        for number, likeness in unlike
    ]
    done = FinishedVideo(
        path="/videos/final_output.mp4",
        edit=result.edit,
        frames=frames,
        frames_expected=300,
        likeness=0.95,
        floor=0.9,
        unlike=tuple(stretches),
    )
    return replace(result, finished=done)


def test_coverage_and_confidence_are_weighted_by_length() -> None:
    quality = quality_info(
        a_result(
            a_place(0, 30, 1.0, confidence=1.0),
            a_place(30, 120, 9.0, confidence=0.6, tier=Tier.REVIEW),
            a_hole(120, 300),
        )
    )
    assert quality.matched_s == pytest.approx(4.0)
    assert quality.unmatched_s == pytest.approx(6.0)
    assert quality.coverage == pytest.approx(0.4)
    assert quality.confidence == pytest.approx(70.0)
    assert quality.tiers == {Tier.EXACT: 1, Tier.LIKELY: 0, Tier.REVIEW: 1, Tier.UNMATCHED: 1}


def test_nothing_found_has_no_confidence() -> None:
    quality = quality_info(a_result(a_hole(0, 300)))
    assert (quality.coverage, quality.confidence) == (0.0, 0.0)


def jumps(result: MatchResult) -> tuple[int, int, float, float]:
    stats = time_jump_stats(result)
    assert stats.segments_with_jumps == stats.forward_jumps + stats.backward_jumps
    return (
        stats.forward_jumps,
        stats.backward_jumps,
        stats.largest_forward_s,
        stats.largest_backward_s,
    )


def test_a_segment_that_goes_on_where_the_last_one_ended_is_no_jump() -> None:
    assert jumps(a_result(a_place(0, 30, 5.0), a_place(30, 60, 6.0))) == (0, 0, 0.0, 0.0)


def test_three_movie_frames_are_no_jump_and_four_are() -> None:
    def after(frames: int) -> MatchResult:
        return a_result(a_place(0, 30, 5.0), a_place(30, 60, 6.0 + frames / 24))

    assert jumps(after(3))[0] == 0
    assert jumps(after(4)) == (1, 0, pytest.approx(4 / 24), 0.0)
    assert jumps(after(-3))[1] == 0
    assert jumps(after(-4)) == (0, 1, 0.0, pytest.approx(4 / 24))


def test_a_static_shot_that_could_slide_into_place_is_no_jump() -> None:
    still = a_place(30, 60, 7.0, offset_slack_s=(-1.0, 0.0))
    assert jumps(a_result(a_place(0, 30, 5.0), still))[0] == 0
    assert jumps(a_result(a_place(0, 30, 5.0), replace(still, offset_slack_s=(0.0, 1.0))))[0] == 1


def test_jumps_are_counted_within_each_movie_across_what_stands_between() -> None:
    other = a_place(60, 90, 300.0, movie="other.mkv")
    result = a_result(
        a_place(0, 30, 5.0),
        a_hole(30, 60),
        other,
        a_place(90, 120, 6.0),
        a_place(120, 150, 100.0),
        movies=(a_movie(), a_movie("other.mkv", frame_rate=Fraction(25))),
    )
    assert jumps(result) == (1, 0, 93.0, 0.0)
    assert time_jump_stats(result).total_segments == 4


def sentences(result: MatchResult) -> str:
    return "\n".join(advice(result))


def test_a_good_result_needs_no_attention() -> None:
    good = a_result(a_place(0, 150, 5.0), a_place(150, 300, 50.0), notes=())
    assert advice(rendered(good)) == ["Nothing needs attention."]


def test_nothing_found_asks_for_the_right_movie() -> None:
    assert "right movie" in sentences(a_result(a_hole(0, 300)))


def test_sure_but_little_names_the_longest_stretches_from_elsewhere() -> None:
    text = sentences(a_result(a_hole(0, 30), a_place(30, 150, 5.0), a_hole(150, 300)))
    assert "What was found is sure, but 00:00:06.000 comes from elsewhere" in text
    assert text.index("#3 ") < text.index("#1 ")


def test_what_the_run_was_told_to_leave_out_explains_what_is_missing() -> None:
    segments = (a_hole(0, 30), a_place(30, 150, 5.0), a_hole(150, 300))
    ordered = a_result(*segments, settings={"time_jumps": False, "threshold": 0.7}, notes=())
    assert "as --no-time-jumps asks" in sentences(ordered)
    assert "elsewhere" not in sentences(ordered)
    assert "--threshold" not in sentences(ordered)
    strict = a_result(*segments, settings={"time_jumps": True, "threshold": 0.95}, notes=())
    assert "likeness 0.95 or more" in sentences(strict)
    assert "no-time-jumps" not in sentences(strict)
    relaxed = replace(strict, notes=("nothing passed; the threshold was relaxed to 0.90",))
    assert "likeness 0.95 or more" not in sentences(relaxed)


def test_little_and_unsure_suspects_another_cut_of_the_movie() -> None:
    unsure = a_place(0, 60, 5.0, confidence=0.5)
    assert "another cut" in sentences(a_result(unsure, a_hole(60, 300)))


def test_segments_to_review_are_listed_weakest_first_and_the_rest_counted() -> None:
    doubtful = [
        a_place(30 * n, 30 * n + 30, 50.0 - n, tier=Tier.REVIEW, confidence=0.7 - n / 100)
        for n in range(13)
    ]
    text = sentences(a_result(*doubtful))
    assert "13 segments to look at, weakest first: #13 00:00:12.000 - 00:00:13.000 (58 %)" in text
    assert text.endswith("; and 3 more")
    assert "#2 " not in text


def test_ambiguous_segments_point_to_the_alternatives() -> None:
    twice = a_place(0, 300, 5.0, ambiguous=True, alternatives=(an_alternative(),))
    assert "another place with the same picture" in sentences(a_result(twice))


def test_an_odd_speed_among_even_ones_is_named_and_a_freeze_frame_is_not() -> None:
    steady = [a_place(60 * n, 60 * n + 60, 5.0 * n, speed=1.1) for n in range(4)]
    odd = a_place(240, 300, 90.0, speed=1.7)
    text = sentences(a_result(*steady, odd, a_place(300, 330, 99.0, speed=0.0)))
    assert "1 segment far from the usual speed of 1.10x" in text
    assert "#5 00:00:08.000 - 00:00:10.000 (1.70x)" in text


def test_the_speed_of_a_few_frames_says_nothing() -> None:
    steady = [a_place(60 * n, 60 * n + 60, 5.0 * n) for n in range(4)]
    assert "speed" not in sentences(a_result(*steady, a_place(240, 250, 90.0, speed=0.5)))


def test_a_relaxed_threshold_makes_everything_worth_a_look() -> None:
    relaxed = a_result(a_place(0, 300, 5.0), notes=("threshold relaxed from 0.8 to 0.7",))
    assert "look at every segment" in sentences(relaxed)


def test_a_finished_video_that_fails_its_check_is_named() -> None:
    good = a_result(a_place(0, 150, 5.0), a_place(150, 300, 50.0))
    text = sentences(rendered(good, (1, 0.42), frames=299))
    assert "299 frames where the commentary has 300" in text
    assert "#2 00:00:05.000 - 00:00:10.000 (likeness 0.42)" in text


def test_an_accepted_segment_leaves_the_video_as_it_is_and_a_moved_one_does_not() -> None:
    result = rendered(a_result(a_place(0, 150, 5.0), a_place(150, 300, 50.0)), (1, 0.42))
    first, second = result.segments
    accepted = replace(second, corrected=Action.ACCEPT, tier=Tier.EXACT, confidence=1.0)
    accepted_only = quality_report(replace(result, segments=(first, accepted)))
    assert "  #2 00:00:05.000 - 00:00:10.000" in accepted_only
    assert "render it again" not in accepted_only
    moved = replace(result, segments=(replace(first, movie_start_s=6.0), second))
    assert "render it again" in quality_report(moved)
    assert "corrected after the video was made" in sentences(moved)


def test_a_segment_whose_frames_are_others_now_is_not_named_by_its_number() -> None:
    result = rendered(a_result(a_place(0, 150, 5.0), a_place(150, 300, 50.0)), (1, 0.42))
    cut = (a_place(0, 150, 5.0), a_place(150, 200, 50.0), a_place(200, 300, 70.0))
    text = quality_report(replace(result, segments=cut))
    assert "#2 00:00:05" not in text
    assert "segments below 0.90" in text


def test_the_quality_report_shows_every_figure() -> None:
    text = quality_report(rendered(a_result(), (1, 0.42)))
    for part in (
        "coverage    80 %  found for 00:00:08.000",
        "confidence  83 %",
        "review            1  00:00:03.000",
        "Jumps: 2 of 3 segments",
        "backward  1, largest 00:03:23.800",
        "frames                            300 of 300",
        "likeness to the commentary        0.950",
        "  #2 00:00:02.000 - 00:00:05.000  0.420",
        "threshold relaxed to 0.7",
        "Advice\n",
        "match: 1.5 s",
    ):
        assert part in text
