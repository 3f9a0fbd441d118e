"""What makes a segment more or less sure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncclip.matching.confidence import Features, confidence, tier_of
from syncclip.result import Tier

GOOD = Features(similarity=0.97, certainty=25.0, length_frames=60, slack_frames=0, still_frames=0)
FAIR = Features(similarity=0.85, certainty=14.0, length_frames=20, slack_frames=1, still_frames=0)
features = st.builds(
    Features,
    similarity=st.floats(0, 1),
    certainty=st.floats(0, 60),
    length_frames=st.integers(1, 20000),
    slack_frames=st.floats(0, 96),
    still_frames=st.floats(0, 96),
)
shares = st.floats(0, 1)


def more(value: float, share: float, most: float) -> float:
    return value + (most - value) * share


@given(features)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_confidence_is_a_probability(features: Features) -> None:
    assert 0 <= confidence(features) <= 1


@given(features, shares)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_confidence_never_falls_with_similarity(features: Features, share: float) -> None:
    better = replace(features, similarity=more(features.similarity, share, 1.0))
    assert confidence(better) >= confidence(features) - 1e-9


@given(features, shares)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_confidence_never_falls_with_certainty(features: Features, share: float) -> None:
    surer = replace(features, certainty=more(features.certainty, share, 60.0))
    assert confidence(surer) >= confidence(features) - 1e-9


@given(features, st.integers(1, 1000))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_confidence_never_falls_with_length(features: Features, frames: int) -> None:
    longer = replace(features, length_frames=features.length_frames + frames)
    assert confidence(longer) >= confidence(features) - 1e-9


@given(features, shares)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_confidence_never_rises_with_slack(features: Features, share: float) -> None:
    slacker = replace(features, slack_frames=more(features.slack_frames, share, 96.0))
    assert confidence(slacker) <= confidence(features) + 1e-9


@pytest.mark.parametrize(
    "worse",
    [{"similarity": 0.7}, {"length_frames": 3}, {"slack_frames": 40}, {"certainty": 8.0}],
)
def test_each_feature_counts(worse: dict) -> None:
    assert confidence(replace(FAIR, **worse)) < confidence(FAIR) - 0.01


def test_a_good_long_segment_is_surer_than_not_and_a_bad_short_one_is_not() -> None:
    assert confidence(GOOD) > 0.8
    assert confidence(replace(GOOD, similarity=0.4, certainty=5.0, length_frames=3)) < 0.5


def test_features_are_finite_numbers_at_their_ends() -> None:
    for similarity in (-1.0, 0.0, 1.0):
        for certainty in (0.0, 1e6):
            ends = Features(
                similarity=similarity,
                certainty=certainty,
                length_frames=1,
                slack_frames=0.0,
                still_frames=0.0,
            )
            assert np.isfinite(ends.vector()).all()


def test_tiers_rise_with_probability() -> None:
    order = [Tier.REVIEW, Tier.LIKELY, Tier.EXACT]
    tiers = [order.index(tier_of(p, ambiguous=False)) for p in np.linspace(0, 1, 101)]
    assert tiers == sorted(tiers)
    assert set(tiers) == {0, 1, 2}
    assert tier_of(0.5, ambiguous=False) is Tier.REVIEW


@given(st.floats(0, 1))
@settings(deadline=None, derandomize=True)
def test_a_segment_with_a_rival_wants_review_however_sure(probability: float) -> None:
    assert tier_of(probability, ambiguous=True) is Tier.REVIEW
