"""Pooled calibration, ambiguity, uneven frame times: measures of the accuracy suite."""

from __future__ import annotations

import dataclasses
import json
from fractions import Fraction

import numpy as np
import pytest

from benchmarks import footage
from benchmarks.ambiguity import ambiguity
from benchmarks.calibration import calibration, pooled
from benchmarks.claims import Prediction, load_predictions, spread, unite
from benchmarks.evaluate import evaluate
from benchmarks.footage import prepared_footage
from benchmarks.suites import POOLED, REPRISES, SUITES, Made
from benchmarks.truth import NO_SECOND, TrueSegment, Truth, TruthFilm

FILM = TruthFilm(
    name="film.mp4",
    path="nowhere/film.mp4",
    frame_rate=Fraction(25),
    time_base=Fraction(1, 25),
    start_pts=0,
)


def truth(*, elsewhere_s=(), times_s=None, pts=None) -> Truth:
    sources = np.zeros((50, 2), np.int16)
    sources[:, 1] = NO_SECOND
    stamps = np.arange(50) + 100 if pts is None else pts
    both = np.stack([stamps, np.full(50, -1)], axis=1)
    piece = TrueSegment(
        start_frame=0,
        end_frame=50,
        kind="film",
        film=0,
        start_s=4.0,
        end_s=6.0,
        elsewhere_s=elsewhere_s,
    )
    return Truth(
        style="repeated",
        seed=1,
        fps=Fraction(25),
        films=(FILM,),
        segments=(piece,),
        film=sources,
        pts=both,
        end_pts=both + 1,
        times_s=times_s,
    )


def claim(start_s: float, **fields: object) -> Prediction:
    values = {"start_frame": 0, "end_frame": 50, "movie": "film.mp4", "movie_start_s": start_s}
    return Prediction(**(values | {"movie_end_s": start_s + 2, "tier": "exact"} | fields))


def test_pooled_cases_are_one_case_with_all_their_frames():
    rng = np.random.default_rng(0)
    confidence = rng.random(400)
    right = rng.random(400) < confidence
    tiers = np.where(confidence > 0.8, "exact", "review")
    parts = [
        calibration(confidence[part], right[part], tiers[part])
        for part in (slice(0, 50), slice(50, 400))
    ]
    whole = calibration(confidence, right, tiers)
    together = pooled(parts)
    assert together["ece"] == pytest.approx(whole["ece"])
    assert together["ece"] < min(part["ece"] for part in parts) + 0.1
    assert together["tiers"] == whole["tiers"]
    assert json.loads(json.dumps(together)) == together


def test_nothing_claimed_has_no_error_alone_and_no_weight_in_the_pool():
    nothing = calibration(np.zeros(0), np.zeros(0, np.bool_), np.zeros(0, np.str_))
    some = calibration(np.full(10, 0.75), np.ones(10, np.bool_), np.full(10, "exact"))
    assert (nothing["ece"], nothing["tiers"]) == (None, {})
    assert pooled([nothing, some])["ece"] == some["ece"] == pytest.approx(0.25)
    assert pooled([])["ece"] is None


def test_piece_with_other_places_is_reported_by_flag_or_by_place():
    twice = truth(elsewhere_s=(20.0,))
    flagged = ambiguity(twice, [claim(4.0, ambiguous=True)])
    assert flagged == {"pieces": 1, "reported": 1.0, "places": 0.0}
    assert ambiguity(twice, [claim(4.0, others=(("film.mp4", 20.1),))])["reported"] == 1
    assert ambiguity(twice, [claim(20.0, others=(("film.mp4", 4.1),))])["reported"] == 1
    # A segment that starts a second into the piece, and so does the other place that it lists.
    late = claim(5.0, start_frame=25, others=(("film.mp4", 21.0),))
    assert ambiguity(twice, [late])["reported"] == 1
    for silent in (
        [],
        [claim(4.0)],
        [claim(4.0, others=(("film.mp4", 30.0),))],
        [claim(4.0, others=(("other.mp4", 20.0),))],
        [Prediction(start_frame=0, end_frame=50, movie=None)],
    ):
        assert ambiguity(twice, silent) == {"pieces": 1, "reported": 0.0, "places": 0.0}
    nothing = {"pieces": 0, "reported": None, "places": None}
    assert ambiguity(truth(), [claim(4.0)]) == nothing


def test_places_that_are_not_listed_are_missed():
    often = truth(elsewhere_s=(20.0, 30.0, 45.0))
    others = [("film.mp4", 4.0), ("film.mp4", 45.2), ("film.mp4", 60.0), ("other.mp4", 30.0)]
    found = ambiguity(often, [claim(20.0, others=tuple(others))])
    assert found["reported"] == 1
    assert found["places"] == pytest.approx(2 / 3)


def test_flag_and_other_places_are_read_from_the_files_of_a_result(tmp_path):
    segment = {
        "youtube_start_frame": 0,
        "youtube_end_frame": 50,
        "movie": "film.mp4",
        "movie_start": 4.0,
        "movie_end": 6.0,
        "speed": 1.0,
        "mirrored": False,
        "confidence": 1.0,
        "tier": "exact",
        "ambiguous": True,
    }
    places = {
        "youtube_start_frame": 0,
        "youtube_end_frame": 50,
        "alternatives": [{"movie": "film.mp4", "movie_start": 20.0}],
    }
    result = tmp_path / "results" / "visual_match_results.json"
    beside = tmp_path / "alternative_segments" / "alternative_segments.json"
    for path, document in (
        (result, {"primary_segments": [segment]}),
        (beside, {"segments": [places]}),
    ):
        path.parent.mkdir()
        path.write_text(json.dumps(document))
    (found,) = load_predictions(result)
    assert found.ambiguous
    assert found.others == (("film.mp4", 20.0),)
    beside.unlink()
    assert load_predictions(result)[0].others == ()


def test_line_follows_the_times_of_uneven_frames():
    times_s = np.cumsum(np.where(np.arange(50) % 2, 0.02, 0.06)) - 0.06
    pts = 100 + np.floor(times_s * 25 + 1e-6).astype(np.int64)
    uneven = truth(times_s=times_s, pts=pts)
    assert evaluate(uneven, [claim(4.0)])["f1@1frame"] == 1
    claims = spread([claim(4.0)], frames=50, fps=Fraction(25), times_s=times_s)
    assert claims.source_s[3] == pytest.approx(4.0 + times_s[3] - times_s[0])
    halves = [
        claim(4.0, end_frame=24),
        claim(4.0 + times_s[24] + 0.06, start_frame=24),
    ]
    assert len(unite(halves, fps=Fraction(25), times_s=times_s)) == 1
    shifted = dataclasses.replace(halves[1], movie_start_s=halves[1].movie_start_s + 0.3)
    assert len(unite([halves[0], shifted], fps=Fraction(25), times_s=times_s)) == 2


def test_films_that_show_shots_twice_are_made_once_beside_the_footage(monkeypatch, tmp_path):
    made = []

    def reprise(film, out):
        made.append((film.name, out.name))
        out.write_bytes(b"twice")

    monkeypatch.setattr(footage, "reprise", reprise)
    source, work = tmp_path / "footage", tmp_path / "work"
    source.mkdir()
    for name in REPRISES.values():
        (source / name).write_bytes(b"film")
    rows = [row for row in SUITES["accuracy"] if row.movies[0] in REPRISES]
    for _ in range(2):
        folder = prepared_footage(rows, footage=source, work=work)
    assert sorted(made) == sorted((of, name) for name, of in REPRISES.items())
    assert (folder / rows[0].movies[0]).read_bytes() == b"twice"
    assert (folder / REPRISES[rows[0].movies[0]]).read_bytes() == b"film"
    plain = [row for row in SUITES["accuracy"] if row.movies[0] not in REPRISES]
    assert prepared_footage(plain, footage=source, work=work) == source


def test_accuracy_suite_asks_for_every_stratum_on_three_reported_seeds():
    rows = SUITES["accuracy"]
    styles = {row.cases.style for row in rows if isinstance(row.cases, Made)}
    strata = "clean light typical hard vertical crop916 static repeated again lookalike transitions"
    strata += " ramps stills split recoloured framed variable-rate rates inserts none"
    assert styles == set(strata.split())
    assert all(len(row.cases.seeds) >= 3 for row in rows)
    asked = {a.measure for row in rows for a in (*row.asked, *POOLED["accuracy"])}
    assert {"f1@1frame", "f1@0.1s", "false", "edge.p90"} <= asked
    assert {"ambiguity.reported", "ambiguity.places", "panes.both"} <= asked
    assert {"calibration.ece", "calibration.tiers.exact.precision"} <= asked
