"""The side-by-side run, its table and its picture, with methods that are told what to find."""

from __future__ import annotations

import json
from contextlib import suppress
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks import accuracy
from benchmarks.baselines import commands, suite
from benchmarks.baselines.methods import ALIGNERS
from benchmarks.baselines.plots import plot
from benchmarks.baselines.similarity import Similarity
from benchmarks.baselines.suite import ENGINE, METHODS, leads, run_baselines
from benchmarks.baselines.tables import mean_scores, side_by_side
from benchmarks.claims import Prediction
from benchmarks.engine import BenchmarkError, Cost
from benchmarks.suites import Made, Row
from benchmarks.tables import fill, markdown
from benchmarks.truth import NO_SECOND, TrueSegment, Truth, TruthFilm
from benchmarks.unfinished import unfinished

COST = Cost(seconds=1.0, cpu_s=2.0, peak_memory_mib=3.0)
ROW = Row(
    name="row",
    what="made up",
    cases=Made(style="light", films=("film.mp4",), seeds=(1, 2)),
    movies=("film.mp4",),
)
FRAMES = 50


def made_truth(seed: int) -> Truth:
    film = TruthFilm(
        name="film.mp4",
        path="nowhere/film.mp4",
        frame_rate=Fraction(25),
        time_base=Fraction(1, 25),
        start_pts=0,
    )
    sources = np.zeros((FRAMES, 2), np.int16)
    sources[:, 1] = NO_SECOND
    pts = np.stack([np.arange(FRAMES) + 100, np.full(FRAMES, -1)], axis=1)
    whole = TrueSegment(start_frame=0, end_frame=FRAMES, kind="film", start_s=4.0, end_s=6.0)
    return Truth(
        style="light",
        seed=seed,
        fps=Fraction(25),
        films=(film,),
        segments=(whole,),
        film=sources,
        pts=pts,
        end_pts=pts + 1,
    )


def claim(frames: int) -> list[Prediction]:
    """The first frames, rightly."""
    return [
        Prediction(
            start_frame=0, end_frame=frames, movie="film.mp4", movie_start_s=4.0, movie_end_s=6.0
        )
    ]


@pytest.fixture
def found(monkeypatch, tmp_path):
    """Result of a run in which SyncClip finds all and every aligner half, some too far."""
    monkeypatch.setattr(suite.engine, "index_movie", lambda movie, index: COST)
    monkeypatch.setattr(
        accuracy,
        "cached_case",
        lambda spec, *, work: (work / str(spec.seed), made_truth(spec.seed)),
    )
    monkeypatch.setattr(suite.engine, "match", lambda *words: (Path("result.json"), COST))
    monkeypatch.setattr(suite, "load_predictions", lambda path: claim(FRAMES))
    monkeypatch.setattr(suite, "load_beside", lambda path: [])
    similarity = Similarity(
        movies=(),
        query_frames=np.array([0]),
        query_s=np.array([0.0]),
        frame_s=np.arange(FRAMES + 1) / 25,  # its decoder saw one frame more
        cuts=np.array([], np.int64),
        content=np.array([0, 0, 64, 36]),
    )
    monkeypatch.setattr(suite, "measure", lambda commentary, indexes: similarity)
    answers = {name: (lambda _: claim(25)) for name in ALIGNERS}
    answers["hough"] = lambda _: claim(FRAMES + 1)
    answers["warping"] = lambda _: []
    monkeypatch.setattr(suite, "ALIGNERS", answers)
    monkeypatch.setattr(suite, "_copies", lambda *_: (None, {}))
    monkeypatch.setattr(suite.filter_, "video_signature", lambda *_: claim(10))
    return run_baselines(
        [ROW], footage=tmp_path, work=tmp_path, signature="first", say=lambda _: None
    )


def test_every_method_is_scored_on_every_case(found):
    for case in found["rows"][0]["cases"]:
        expected = {name for name in METHODS if case["seed"] == 1 or "signature" not in name}
        assert set(case["methods"]) == expected
    methods = found["rows"][0]["cases"][0]["methods"]
    assert methods[ENGINE]["scores"]["f1@1frame"] == 1.0
    assert methods["per_frame"]["scores"]["f1@1frame"] == pytest.approx(2 / 3)
    assert methods["per_frame"]["scores"]["recall@1frame"] == 0.5
    assert methods["warping"]["scores"]["f1@1frame"] == 0.0


def test_frames_beyond_the_truth_do_not_count(found):
    assert found["rows"][0]["cases"][0]["methods"]["hough"]["scores"]["claimed"] == FRAMES


def test_lead_is_measured_against_the_best_baseline(found):
    figures = {figure["measure"]: figure for figure in found["figures"]}
    assert figures["f1@1frame"]["measured"] == pytest.approx(0.0)
    assert "Hough vote" in figures["f1@1frame"]["what"]
    assert figures["f1@1frame"]["met"] is True


def scores(value: float | None, false: float | None = None) -> dict:
    return {"scores": {"f1@1frame": value, "f1@0.1s": value, "false": false}}


def test_lead_is_missed_where_a_baseline_is_ahead_on_the_cases_both_ran_on():
    row = {
        "what": "made up",
        "cases": [
            {"methods": {ENGINE: scores(0.9), "hough": scores(0.5), "signature": scores(0.95)}},
            {"methods": {ENGINE: scores(0.5), "hough": scores(0.6)}},
        ],
    }
    figure = leads(row)[0]
    assert "FFmpeg signature" in figure.what
    assert figure.measured == pytest.approx(-0.05)
    assert figure.met is False
    assert leads({"what": "none", "cases": [{"methods": {ENGINE: scores(None)}}]}) == []


def test_where_nothing_is_from_the_movie_the_lead_is_in_what_is_claimed_all_the_same():
    def row(own: float) -> dict:
        methods = {ENGINE: own, "hough": 0.3, "warping": 0.1}
        cases = [{"methods": {name: scores(None, false) for name, false in methods.items()}}]
        return {"what": "none", "cases": cases}

    (ahead,), (behind,) = leads(row(0.02)), leads(row(0.2))
    assert (ahead.measure, ahead.measured, ahead.met) == ("false", pytest.approx(0.08), True)
    assert "time warping" in ahead.what
    assert behind.met is False


DOCUMENT = {
    "kind": "side by side",
    "environment": {
        "command": "python -m benchmarks baselines",
        "commit": "0123456789abcdef",
        "uncommitted_changes": False,
        "hardware": {"cores": 2, "cpu": "some", "memory_gib": 8},
    },
    "figures": [],
    "methods": {
        ENGINE: {"title": "SyncClip", "what": "ours"},
        "hough": {"title": "Hough vote", "what": "votes"},
        "signature": {"title": "FFmpeg signature", "what": "filter"},
        "warping": {"title": "time warping", "what": "never run"},
    },
    "rows": [
        {
            "what": "typical",
            "cases": [
                {"methods": {ENGINE: scores(0.9), "hough": scores(0.5), "signature": scores(0.1)}},
                {"methods": {ENGINE: scores(0.8), "hough": scores(0.7)}},
            ],
        },
        {
            "what": "none",
            "cases": [{"methods": {ENGINE: scores(None, 0.0), "hough": scores(None, 0.25)}}],
        },
    ],
}


def test_mean_is_over_the_cases_that_a_method_ran_on():
    row = DOCUMENT["rows"][0]
    assert mean_scores(row, ENGINE, "f1@1frame") == (pytest.approx(0.85), 2)
    assert mean_scores(row, "signature", "f1@1frame") == (pytest.approx(0.1), 1)
    assert mean_scores(row, "warping", "f1@1frame") == (None, 0)


def test_table_has_strata_down_and_methods_across():
    assert side_by_side(DOCUMENT).splitlines()[:4] == [
        "| f1@1frame / f1@0.1s | SyncClip | Hough vote | FFmpeg signature |",
        "| --- | --- | --- | --- |",
        "| typical | **0.850** / **0.850** | 0.600 / 0.600 | 0.100 / 0.100 (1 of 2) |",
        "| none | false 0.000 | false 0.250 | – |",
    ]


def test_readme_marker_is_filled_with_the_side_by_side_table(tmp_path):
    (tmp_path / "peers.json").write_text(json.dumps(DOCUMENT))
    text = fill("<!-- benchmark:peers --><!-- /benchmark -->", results=tmp_path)
    assert "| typical | **0.850**" in text
    assert "at commit `0123456789ab`" in text
    assert markdown(DOCUMENT) in text


def test_picture_is_drawn_from_the_file(tmp_path):
    (tmp_path / "peers.json").write_text(json.dumps(DOCUMENT))
    plot(tmp_path / "peers.json", tmp_path / "images" / "peers.svg")
    drawn = (tmp_path / "images" / "peers.svg").read_text()
    for words in ("SyncClip", "Hough vote", "typical", "f1@1frame", "f1@0.1s"):
        assert f"<!-- {words} -->" in drawn
    assert "<!-- time warping -->" not in drawn


def test_other_results_are_not_drawn(tmp_path):
    (tmp_path / "speed.json").write_text(json.dumps({"figures": []}))
    with pytest.raises(ValueError, match=r"speed\.json"):
        plot(tmp_path / "speed.json", tmp_path / "speed.png")


def test_rows_are_chosen_by_name_and_seed(monkeypatch):
    monkeypatch.setattr(commands, "SUITES", {"s": (ROW,)})
    assert commands.chosen_rows("s", ["ro"], [7])[0].cases.seeds == (7,)
    with pytest.raises(BenchmarkError, match="nothing"):
        commands.chosen_rows("s", ["nothing"], [])


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.unfinished.clean_commit", lambda: "c0ffee")
    measured: list[str] = []

    def measure(name: str) -> dict:
        if name == "fails" and measured.count(name) == 0:
            measured.append(name)
            raise BenchmarkError(name)
        measured.append(name)
        return {"scores": {"f1@0.1s": 0.5, "false": None}}

    def run() -> list[dict]:
        with unfinished(tmp_path / "kept") as keep:
            return [keep(name, partial(measure, name)) for name in ("one", "fails")]

    with pytest.raises(BenchmarkError):
        run()
    first, second = run()
    assert first == second == {"scores": {"f1@0.1s": 0.5, "false": None}}
    assert measured == ["one", "fails", "fails"]
    run()  # what has ended is measured anew
    assert measured == ["one", "fails", "fails", "one", "fails"]
    with suppress(BenchmarkError), unfinished(tmp_path / "kept") as keep:
        keep("one", partial(measure, "one"))
        raise BenchmarkError
    for commit in ("other", None):  # neither other code nor unknown code is this code
        monkeypatch.setattr("benchmarks.unfinished.clean_commit", lambda commit=commit: commit)
        with suppress(BenchmarkError), unfinished(tmp_path / "kept") as keep:
            keep("one", partial(measure, "one"))
            raise BenchmarkError
    assert measured[5:] == ["one", "one", "one"]
