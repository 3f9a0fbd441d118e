"""The evaluator on cases small enough to score by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks.beside import both_panes
from benchmarks.claims import Prediction, load_beside, load_predictions, spread, unite
from benchmarks.evaluate import evaluate
from benchmarks.films import FilmFacts
from benchmarks.lookalikes import looks_same
from benchmarks.survey import FilmSurvey
from benchmarks.truth import NO_FILM, NO_SECOND, UNKNOWN, TrueSegment, Truth, TruthFilm

FPS = Fraction(25)
FILM = TruthFilm(
    name="a.mp4",
    path="a.mp4",
    frame_rate=Fraction(25),
    time_base=Fraction(1, 1000),
    start_pts=400,
)
OTHER = replace(FILM, name="b.mp4", path="b.mp4")


def case(*pieces: tuple[int, int | None, int], films=(FILM, OTHER)) -> Truth:
    """Pieces of ``(frames, first source frame or None, film)`` at the film's own speed."""
    film, pts, segments = [], [], []
    at = 0
    for frames, first, number in pieces:
        source = number if first is not None else NO_FILM
        start_s = 0.0 if first is None else first / 25
        segments.append(
            TrueSegment(
                start_frame=at,
                end_frame=at + frames,
                kind="card" if first is None else "film",
                film=source,
                start_s=start_s,
                end_s=start_s + frames / 25,
            )
        )
        film += [(source, NO_SECOND)] * frames
        pts += [(-1 if first is None else 400 + 40 * (first + k), -1) for k in range(frames)]
        at += frames
    stamps = np.array(pts, np.int64)
    return Truth(
        style="test",
        seed=0,
        fps=FPS,
        films=films,
        segments=tuple(segments),
        film=np.array(film, np.int16),
        pts=stamps,
        end_pts=np.where(stamps >= 0, stamps + 40, -1),
    )


def claim(start, end, source_frame, *, movie="a.mp4", late_s=0.0, **more) -> Prediction:
    begin_s = source_frame / 25 + late_s
    settings = {"confidence": 1.0, "tier": "exact"} | more
    length_s = settings.get("speed", 1.0) * (end - start) / 25
    return Prediction(
        start_frame=start,
        end_frame=end,
        movie=movie,
        movie_start_s=begin_s,
        movie_end_s=begin_s + length_s,
        **settings,
    )


def survey(thumbnails: np.ndarray) -> FilmSurvey:
    facts = FilmFacts(
        path=Path("a.mp4"),
        width_px=64,
        height_px=36,
        sample_aspect=Fraction(1),
        frame_rate=FILM.frame_rate,
        time_base=FILM.time_base,
        start_pts=FILM.start_pts,
        duration_s=len(thumbnails) / 25,
    )
    pts = 400 + 40 * np.arange(len(thumbnails), dtype=np.int64)
    return FilmSurvey(facts, pts, int(pts[-1]) + 40, thumbnails)


def test_perfect_result_scores_one_everywhere():
    truth = case((50, 100, 0), (50, None, 0), (50, 300, 1))
    scores = evaluate(truth, [claim(0, 50, 100), claim(100, 150, 300, movie="b.mp4")])
    for name in ("1frame", "0.1s", "0.5s"):
        assert scores[f"f1@{name}"] == 1
    assert scores["false"] == 0
    assert scores["edge"] == {"median": 0, "p90": 0}
    assert scores["segments"] == {"true": 2, "claimed": 2, "precision": 1, "recall": 1}
    assert scores["calibration"]["ece"] == 0


@pytest.mark.parametrize(
    ("late_frames", "right"),
    [(0, True), (1, True), (1.9, True), (2.1, False), (-1, True), (-1.1, False)],
)
def test_one_frame_of_tolerance_is_counted_from_the_time_on_screen(late_frames, right):
    # The true frame is on screen for one frame, so a claim 1.9 frames late starts 0.9 after it.
    scores = evaluate(case((50, 100, 0)), [claim(0, 50, 100, late_s=late_frames / 25)])
    assert scores["f1@1frame"] == float(right)


@pytest.mark.parametrize(
    ("late_s", "expected"), [(0.13, (0, 1, 1)), (0.15, (0, 0, 1)), (0.55, (0, 0, 0))]
)
def test_wider_tolerances_are_seconds(late_s, expected):
    scores = evaluate(case((50, 100, 0)), [claim(0, 50, 100, late_s=late_s)])
    assert tuple(scores[f"f1@{name}"] for name in ("1frame", "0.1s", "0.5s")) == expected


def test_right_time_in_the_wrong_movie_is_wrong():
    scores = evaluate(case((50, 100, 0)), [claim(0, 50, 100, movie="b.mp4")])
    assert scores["f1@0.5s"] == 0
    assert scores["segments"]["precision"] == 0


def test_movie_the_truth_does_not_know_is_wrong():
    assert evaluate(case((50, 100, 0)), [claim(0, 50, 100, movie="c.mp4")])["f1@0.5s"] == 0


def test_mirror_does_not_matter_for_the_place():
    assert evaluate(case((50, 100, 0)), [claim(0, 50, 100, mirrored=True)])["f1@1frame"] == 1


def test_precision_counts_claims_and_recall_counts_film_frames():
    truth = case((60, 100, 0), (40, None, 0))
    # 30 of 60 film frames are right; 20 frames of something else are claimed.
    scores = evaluate(truth, [claim(0, 30, 100), claim(60, 80, 500)])
    assert scores["precision@1frame"] == pytest.approx(30 / 50)
    assert scores["recall@1frame"] == pytest.approx(30 / 60)
    assert scores["f1@1frame"] == pytest.approx(2 * 30 / (50 + 60))
    assert scores["false"] == pytest.approx(20 / 40)


def test_no_claim_has_no_precision_and_f1_zero():
    scores = evaluate(case((50, 100, 0)), [Prediction(start_frame=0, end_frame=50, movie=None)])
    assert scores["f1@1frame"] == 0
    assert scores["precision@1frame"] is None
    assert scores["edge"]["median"] is None
    assert scores["calibration"]["ece"] is None


def test_case_without_film_frames_has_only_a_false_share():
    scores = evaluate(case((50, None, 0)), [claim(0, 10, 7)])
    assert scores["f1@1frame"] is None
    assert scores["recall@1frame"] is None
    assert scores["false"] == pytest.approx(0.2)


def test_speed_moves_the_source_time():
    truth = case((50, 100, 0))
    assert evaluate(truth, [claim(0, 50, 100, speed=1.0)])["recall@1frame"] == 1
    # At 1.5 times the claim gains half a frame per frame: frames 0 to 3 are within 2 frames (the
    # frame's own time on screen and one more), frame 4 starts exactly on the limit.
    assert evaluate(truth, [claim(0, 50, 100, speed=1.5)])["recall@1frame"] == pytest.approx(5 / 50)


def test_either_source_of_a_dissolve_is_right():
    truth = case((20, 100, 0), (20, 300, 0))
    both = truth.film.copy()
    both[15:25, 1] = 0
    pts, end_pts = truth.pts.copy(), truth.end_pts.copy()
    pts[15:20, 1] = 400 + 40 * (300 + np.arange(-5, 0))
    pts[20:25, 1] = 400 + 40 * (120 + np.arange(5))
    end_pts[15:25, 1] = pts[15:25, 1] + 40
    dissolve = replace(truth, film=both, pts=pts, end_pts=end_pts)
    early = [claim(0, 15, 100), claim(15, 40, 295)]
    late = [claim(0, 25, 100), claim(25, 40, 305)]
    for predictions in (early, late):
        assert evaluate(dissolve, predictions)["f1@1frame"] == 1
        assert evaluate(truth, predictions)["f1@1frame"] == pytest.approx(35 / 40)


def test_dissolve_into_something_else_is_right_claimed_and_unclaimed():
    truth = case((20, 100, 0), (20, None, 0))
    film, pts, end_pts = truth.film.copy(), truth.pts.copy(), truth.end_pts.copy()
    film[15:20, 1] = NO_FILM
    film[20:25, 1] = 0
    pts[20:25, 1] = 400 + 40 * (120 + np.arange(5))
    end_pts[20:25, 1] = pts[20:25, 1] + 40
    dissolve = replace(truth, film=film, pts=pts, end_pts=end_pts)
    for end in (15, 18, 25):
        scores = evaluate(dissolve, [claim(0, end, 100)])
        assert scores["f1@1frame"] == 1
        assert scores["false"] == 0
        assert scores["empty"] == 15
    assert evaluate(dissolve, [claim(0, 14, 100)])["recall@1frame"] == pytest.approx(14 / 15)


def test_unknown_frames_count_nowhere():
    truth = case((20, 100, 0), (20, None, 0))
    film = truth.film.copy()
    film[10:30, 0] = UNKNOWN
    scores = evaluate(replace(truth, film=film), [claim(0, 30, 100)])
    assert (scores["true"], scores["claimed"], scores["empty"]) == (10, 10, 10)
    assert scores["f1@1frame"] == 1
    assert scores["false"] == 0


def test_frames_of_a_static_shot_are_all_right_and_others_are_not():
    rng = np.random.default_rng(0)
    thumbnails = rng.integers(0, 255, (400, 36, 64)).astype(np.uint8)
    thumbnails[100:160] = thumbnails[100]
    truth = case((20, 100, 0))
    films = {"a.mp4": survey(thumbnails)}
    assert evaluate(truth, [claim(0, 20, 130)], surveys=films)["f1@1frame"] == 1
    assert evaluate(truth, [claim(0, 20, 130)])["f1@1frame"] == 0
    assert evaluate(truth, [claim(0, 20, 200)], surveys=films)["f1@1frame"] == 0


def test_tolerance_also_holds_around_frames_that_look_the_same():
    thumbnails = np.random.default_rng(0).integers(0, 255, (400, 36, 64)).astype(np.uint8)
    thumbnails[300] = thumbnails[100]
    truth = case((1, 100, 0))
    films = {"a.mp4": survey(thumbnails)}
    for source, right in ((299, True), (300, True), (301, True), (303, False), (298, False)):
        scores = evaluate(truth, [claim(0, 1, source)], surveys=films)
        assert scores["f1@1frame"] == float(right), source
    assert evaluate(truth, [claim(0, 1, 303)], surveys=films)["f1@0.1s"] == 1


def test_looking_the_same_has_a_mean_and_a_largest_difference():
    base = np.full((1, 36, 64), 100, np.uint8)
    speck_6, speck_7, shade = base.copy(), base.copy(), base.copy()
    speck_6[0, 0, 0] += 6
    speck_7[0, 0, 0] += 7
    shade += 1
    noisy = base.copy()
    noisy[0, ::2] += 1
    noisy[0, 1::2] -= 1
    pairs = {"speck of 6": speck_6, "speck of 7": speck_7, "shade": shade, "noisy": noisy}
    same = {name: bool(looks_same(base, other)[0]) for name, other in pairs.items()}
    assert same == {"speck of 6": True, "speck of 7": False, "shade": False, "noisy": False}


def test_edges_are_distances_from_true_cuts_to_the_nearest_boundary():
    truth = case((30, 100, 0), (30, 300, 0), (40, 600, 0))
    scores = evaluate(truth, [claim(0, 28, 100), claim(28, 65, 298), claim(65, 100, 605)])
    assert scores["edge"]["median"] == pytest.approx(3.5)  # distances 2 and 5
    assert scores["edge"]["p90"] == pytest.approx(2 + 0.9 * 3)


def test_cuts_between_two_inserts_are_no_edges():
    truth = case((30, 100, 0), (30, None, 0), (40, None, 0))
    assert evaluate(truth, [claim(0, 30, 100)])["edge"] == {"median": 0, "p90": 0}


def test_missing_every_boundary_is_as_far_off_as_the_commentary_is_long():
    truth = case((30, 100, 0), (30, 300, 0))
    assert evaluate(truth, [claim(0, 60, 100)])["edge"]["median"] == 60


def test_segments_must_overlap_by_half_on_both_axes():
    truth = case((40, 100, 0), (40, 300, 0))
    half = [claim(0, 20, 100), claim(40, 59, 300)]
    scores = evaluate(truth, half)["segments"]
    assert (scores["precision"], scores["recall"]) == (0.5, 0.5)
    shifted = [claim(0, 40, 130)]  # source overlap 10 of 70
    assert evaluate(truth, shifted)["segments"]["precision"] == 0


def test_piece_reported_in_two_continuing_segments_is_one_piece():
    truth = case((40, 100, 0))
    split = [claim(0, 15, 100), claim(15, 40, 115)]
    assert evaluate(truth, split)["segments"] == {
        "true": 1,
        "claimed": 1,
        "precision": 1,
        "recall": 1,
    }
    apart = [claim(0, 15, 100), claim(15, 40, 125)]
    assert len(unite(apart, fps=FPS)) == 2
    turned = [claim(0, 15, 100), claim(15, 40, 115, mirrored=True)]
    assert len(unite(turned, fps=FPS)) == 2


def test_calibration_error_is_the_weighted_gap_per_bin():
    truth = case((40, 100, 0), (40, 300, 0))
    predictions = [
        claim(0, 40, 100, confidence=0.9, tier="exact"),
        claim(40, 80, 600, confidence=0.6, tier="review"),
    ]
    scores = evaluate(truth, predictions)["calibration"]
    assert scores["ece"] == pytest.approx(0.5 * 0.1 + 0.5 * 0.6)
    assert scores["tiers"]["exact"] == {"precision": 1, "share": 0.5}
    assert scores["tiers"]["review"] == {"precision": 0, "share": 0.5}


def test_tiers_are_judged_at_three_frames():
    truth = case((40, 100, 0))
    assert evaluate(truth, [claim(0, 40, 103)])["calibration"]["ece"] == 0
    assert evaluate(truth, [claim(0, 40, 105)])["calibration"]["ece"] == 1


def test_overlapping_or_outlying_segments_are_refused():
    with pytest.raises(ValueError, match="overlaps"):
        spread([claim(0, 10, 0), claim(9, 20, 0)], frames=20, fps=FPS)
    with pytest.raises(ValueError, match="of 20 frames"):
        spread([claim(0, 21, 0)], frames=20, fps=FPS)


def test_predictions_are_read_from_a_result_file(tmp_path):
    segments = [
        {
            "youtube_start_frame": 0,
            "youtube_end_frame": 30,
            "movie": "电影.mp4",
            "movie_start": 1.5,
            "movie_end": 3.0,
            "speed": 1.25,
            "mirrored": True,
            "confidence": 0.75,
            "tier": "likely",
        },
        {
            "youtube_start_frame": 30,
            "youtube_end_frame": 40,
            "movie": None,
            "movie_start": None,
            "movie_end": None,
        },
    ]
    path = tmp_path / "visual_match_results.json"
    path.write_text(json.dumps({"primary_segments": segments}), encoding="utf-8")
    assert load_predictions(path) == [
        Prediction(
            start_frame=0,
            end_frame=30,
            movie="电影.mp4",
            movie_start_s=1.5,
            movie_end_s=3.0,
            speed=1.25,
            mirrored=True,
            confidence=0.75,
            tier="likely",
        ),
        Prediction(start_frame=30, end_frame=40, movie=None),
    ]


def split_case() -> Truth:
    """50 frames from one place; then 50 that it shares with another one."""
    whole = case((50, 100, 0), (50, 150, 0))
    alone, shared = whole.segments
    other = replace(shared, start_s=300 / 25, end_s=350 / 25)
    film, pts = whole.film.copy(), whole.pts.copy()
    film[50:, 1], pts[50:, 1] = 0, 400 + 40 * np.arange(300, 350)
    return replace(
        whole,
        segments=(alone, replace(shared, beside=other)),
        film=film,
        pts=pts,
        end_pts=np.where(pts >= 0, pts + 40, -1),
    )


@pytest.mark.parametrize(
    ("beside", "share"),
    [
        ([], 0.0),
        ([claim(50, 100, 300)], 1.0),
        ([claim(50, 80, 300)], 0.6),
        ([claim(50, 100, 304)], 0.0),
        ([claim(50, 100, 300, movie="b.mp4")], 0.0),
        ([claim(50, 100, 10), claim(50, 100, 300), claim(60, 70, 5)], 1.0),
    ],
)
def test_of_a_split_screen_both_panes_are_wanted(beside, share):
    truth, found = split_case(), [claim(0, 100, 100)]
    assert evaluate(truth, found)["f1@1frame"] == 1
    assert both_panes(truth, found, beside, surveys={}) == {"frames": 50, "both": share}


def test_it_does_not_matter_which_pane_is_the_segment():
    found, beside = [claim(0, 50, 100), claim(50, 100, 300)], [claim(50, 100, 150)]
    assert both_panes(split_case(), found, beside, surveys={})["both"] == 1
    nothing = {"frames": 0, "both": None}
    assert both_panes(case((50, 100, 0)), found[:1], beside, surveys={}) == nothing


def test_other_panes_are_read_from_a_result_file(tmp_path):
    path = tmp_path / "result.json"
    entry = {
        "youtube_start_frame": 50,
        "youtube_end_frame": 100,
        "movie": "a.mp4",
        "movie_start": 12.0,
        "movie_end": 14.0,
        "speed": 1.0,
        "mirrored": False,
        "confidence": 1.0,
        "tier": "exact",
    }
    path.write_text(json.dumps({"primary_segments": [], "pane_segments": [entry]}))
    assert load_beside(path) == [claim(50, 100, 300)]
    path.write_text(json.dumps({"primary_segments": []}))
    assert load_beside(path) == []
