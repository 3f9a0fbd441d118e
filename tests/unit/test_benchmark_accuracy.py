"""The accuracy suite with an engine that always knows, and one that never does."""

from __future__ import annotations

import dataclasses
import json
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks import accuracy, engine, environment
from benchmarks.engine import BenchmarkError, Cost
from benchmarks.suites import SUITES, Asked, Made, Real, Row
from benchmarks.truth import NO_SECOND, TrueSegment, Truth, TruthFilm

COST = Cost(seconds=1.0, cpu_s=2.0, peak_memory_mib=3.0)
ASKED = (
    Asked(measure="f1@1frame", at_least=0.9),
    Asked(measure="false", at_most=0.0),
    Asked(measure="edge.median", at_most=1.0),
)
ROW = Row(
    name="row",
    what="made up",
    cases=Made(style="light", films=("film.mp4",), seeds=(1, 2)),
    movies=("film.mp4",),
    asked=ASKED,
)


def made_truth(seed: int) -> Truth:
    film = TruthFilm(
        name="film.mp4",
        path="nowhere/film.mp4",
        frame_rate=Fraction(25),
        time_base=Fraction(1, 25),
        start_pts=0,
    )
    sources = np.zeros((50, 2), np.int16)
    sources[:, 1] = NO_SECOND
    sources[40:, 0] = -1
    pts = np.stack([np.arange(50) + 100, np.full(50, -1)], axis=1)
    segments = (
        TrueSegment(start_frame=0, end_frame=40, kind="film", film=0, start_s=4.0, end_s=5.6),
        TrueSegment(start_frame=40, end_frame=50, kind="card"),
    )
    return Truth(
        style="light",
        seed=seed,
        fps=Fraction(25),
        films=(film,),
        segments=segments,
        film=sources,
        pts=pts,
        end_pts=pts + 1,
    )


@pytest.fixture
def answer(monkeypatch, tmp_path):
    """Stands in for the maker and for SyncClip; the function sets what SyncClip finds."""
    found: dict[str, list[dict[str, object]]] = {}

    def cached_case(spec, *, work):
        return work / f"seed-{spec.seed}", made_truth(spec.seed)

    def match(commentary, indexes, out, *, render):
        out.mkdir(parents=True)
        path = out / "visual_match_results.json"
        path.write_text(json.dumps({"primary_segments": found[Path(commentary).parent.name]}))
        return path, COST

    monkeypatch.setattr(accuracy, "cached_case", cached_case)
    monkeypatch.setattr(engine, "index_movie", lambda movie, index: COST)
    monkeypatch.setattr(engine, "match", match)

    def run(**segments: list[dict[str, object]]):
        found.update({name.replace("_", "-"): each for name, each in segments.items()})
        return accuracy.run_suite([ROW], footage=tmp_path, work=tmp_path, say=lambda _: None)

    return run


def segment(start: int, end: int, movie_start: float | None) -> dict[str, object]:
    return {
        "youtube_start_frame": start,
        "youtube_end_frame": end,
        "movie": None if movie_start is None else "film.mp4",
        "movie_start": movie_start,
        "movie_end": None if movie_start is None else movie_start + (end - start) / 25,
        "speed": 1.0,
        "mirrored": False,
        "confidence": 1.0,
        "tier": "exact",
    }


def test_engine_that_knows_meets_every_figure(answer):
    perfect = [segment(0, 40, 4.0), segment(40, 50, None)]
    found = answer(seed_1=perfect, seed_2=perfect)
    assert [figure["met"] for figure in found["figures"]] == [True, True, True]
    assert found["rows"][0]["cases"][1]["seed"] == 2
    assert found["index_cost"]["film.mp4"]["peak_memory_mib"] == 3.0


def test_figures_are_means_with_the_worst_case_beside_them(answer):
    perfect = [segment(0, 40, 4.0), segment(40, 50, None)]
    eager = [segment(0, 38, 4.0), segment(38, 50, 40.0)]
    f1, false, edge = answer(seed_1=perfect, seed_2=eager)["figures"]
    worse = 2 * 38 / (50 + 40)
    assert f1["measured"] == pytest.approx((1 + worse) / 2)
    assert f1["worst"] == pytest.approx(worse)
    assert (false["measured"], false["worst"]) == (0.5, 1.0)
    assert (edge["measured"], edge["worst"]) == (1.0, 2.0)
    assert [figure["met"] for figure in (f1, false, edge)] == [True, False, True]


def test_reported_seeds_are_kept_apart_from_tuning_seeds():
    for rows in SUITES.values():
        names = [row.name for row in rows]
        assert len(set(names)) == len(names)
        for row in rows:
            assert not isinstance(row.cases, Made) or min(row.cases.seeds) > 100


def test_other_seeds_are_neither_rendered_nor_asked_for_a_video():
    asked = (*ASKED, Asked(measure="rendered.correlation", at_least=0.9))
    tuned = dataclasses.replace(ROW, asked=asked, render=True).with_seeds([7])
    assert tuned.cases.seeds == (7,)
    assert tuned.asked == ASKED
    assert not tuned.render
    real = dataclasses.replace(ROW, cases=Real(commentary="real.mp4", truth=lambda *_: None))
    with pytest.raises(ValueError, match="row is not made"):
        real.with_seeds([7])


def test_cost_of_a_command_is_its_own(tmp_path):
    hungry = "x = bytearray(150 << 20); x[::4096] = b'x' * len(x[::4096])"
    large = engine.measured([sys.executable, "-c", hungry], scratch=tmp_path)
    small = engine.measured([sys.executable, "-c", "pass"], scratch=tmp_path)
    assert large.peak_memory_mib > 150
    assert small.peak_memory_mib < 60
    assert large.seconds > 0
    assert list(tmp_path.iterdir()) == []


def test_failing_command_says_what_it_said(tmp_path):
    words = [sys.executable, "-c", "import sys; sys.exit('error: no such movie')"]
    with pytest.raises(BenchmarkError, match="error: no such movie"):
        engine.measured(words, scratch=tmp_path)


def test_environment_names_no_folder_of_this_machine(tmp_path):
    described = environment.describe(["speed", "--footage", str(tmp_path), "--out", "x.json"])
    assert described["command"].endswith(f"--footage {tmp_path.name} --out x.json")
    assert described["hardware"]["cores"] >= 1
    assert described["packages"]["numpy"] == np.__version__
    assert {"torch", "open_clip_torch", "transformers"} <= set(described["packages"])
    assert str(tmp_path.parent) not in json.dumps(described)
