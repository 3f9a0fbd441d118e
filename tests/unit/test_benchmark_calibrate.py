"""Weights of confidence: fitted to what was right, and the package has those of the results."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import benchmarks
from benchmarks.calibrate import WEIGHTS, Observed, fit_weights
from benchmarks.calibration import calibration
from benchmarks.held_out import held_out, held_out_sentence
from benchmarks.reliability import draw_reliability
from benchmarks.rows import BUNNY, CAMINANDES
from benchmarks.strata import REPRISES
from syncclip.matching import confidence
from syncclip.matching.confidence import Features

RESULTS = Path(benchmarks.__file__).parent / "results"


def observed(weights: tuple[float, ...], count: int = 3000) -> list[Observed]:
    """Segments that are right as often as these weights say."""
    rng = np.random.default_rng(5)
    made = []
    for _ in range(count):
        features = Features(
            similarity=1 - 0.3 * rng.random() ** 2,
            certainty=float(rng.uniform(5, 40)),
            length_frames=int(rng.integers(5, 200)),
            slack_frames=float(rng.integers(0, 30)),
            still_frames=float(rng.integers(0, 10)),
        )
        score = np.dot(weights, (1.0, *features.vector()))
        right = rng.random() < 1 / (1 + np.exp(-score))
        made.append(
            Observed(film="a", features=features, ambiguous=False, frames=50, right=50 * int(right))
        )
    return made


def test_weights_that_made_the_segments_are_found_again() -> None:
    true = (0.5, 0.4, 0.3, 1.5, -0.8, -0.6)
    assert fit_weights(observed(true, 20000)) == pytest.approx(true, abs=0.15)


def test_a_weight_against_reason_is_held_at_nothing() -> None:
    found = dict(zip(WEIGHTS, fit_weights(observed((1.0, -0.5, 0.3, 1.0, 0.7, -0.2))), strict=True))
    assert found["residual"] == 0
    assert found["still"] == 0


def test_the_package_has_the_weights_that_were_fitted() -> None:
    fitted = json.loads((RESULTS / "confidence.json").read_text(encoding="utf-8"))["weights"]
    own = {name: getattr(confidence, name.upper()) for name in WEIGHTS}
    assert own == pytest.approx(fitted)


def test_films_that_were_not_fitted_on_are_judged_apart() -> None:
    def row(movie: str, right: int, *, beside: bool) -> dict:
        tiers = np.full(100, "exact")
        found = {"calibration": calibration(np.full(100, 0.99), np.arange(100) < right, tiers)}
        scores = {"scores": found}
        return {
            "movies": [movie],
            "cases": [{"methods": {"syncclip": scores, "hough": {}}} if beside else scores],
        }

    twice = {of: name for name, of in REPRISES.items()}
    for beside in (False, True):
        rows = [
            row(movie, right, beside=beside)
            for movie, right in (
                (BUNNY, 90), (twice[BUNNY], 80), (CAMINANDES, 100), (twice[CAMINANDES], 100)
            )
        ]  # fmt: skip
        count, found = held_out({"rows": rows})
        assert count == 2
        assert found["tiers"]["exact"]["precision"] == pytest.approx(0.85)
        sentence = held_out_sentence({"rows": rows})
        assert "(2 of 4 rows)" in sentence
        assert "error is 0.140, and the precision of tier `exact` 0.850." in sentence
        assert held_out_sentence({"rows": rows[2:]}) == ""


def test_the_reliability_diagram_is_drawn(tmp_path: Path) -> None:
    bins = np.zeros((3, 10))
    bins[:, 9] = (100, 97, 96)
    found = {"ece": 0.01, "tiers": {}, "sums": {"bins": bins.tolist(), "tiers": {}}}
    path = tmp_path / "accuracy.json"
    path.write_text(json.dumps({"all": {"calibration": found}}), encoding="utf-8")
    draw_reliability(path, tmp_path / "made" / "reliability.png")
    assert (tmp_path / "made" / "reliability.png").stat().st_size > 1000
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="no calibration"):
        draw_reliability(path, tmp_path / "none.png")
