"""Places that words name, as votes."""

from __future__ import annotations

import numpy as np
import pytest

from syncclip.matching.candidates import CandidateSettings, Lookup, Neighbours, propose
from syncclip.matching.hints import (
    CAPTION_PLACES,
    Hint,
    Hints,
    Named,
    caption_hints,
    hint_candidates,
)
from syncclip.matching.records import Hypothesis
from syncclip.matching.votes import UNKNOWN_CROP, VoteSettings
from tests.unit.moving_pictures import BruteForce, Piece, edit, film

FILM = film(1, 2, 3)
AT_S = np.arange(10, 13, 0.25)


def a_hint(**changes: object) -> Hint:
    return Hint(
        **{"start_s": 11.0, "end_s": 12.0, "source": 3, "source_s": 50.0, "weight": 1.0} | changes
    )


def test_a_hint_votes_for_its_line_where_it_holds() -> None:
    votes = hint_candidates([a_hint()], AT_S, gain=0.15, temperature=0.05)
    assert votes.at_s.min() == 10.5
    assert votes.at_s.max() == 12.25
    np.testing.assert_allclose(votes.source_s - votes.at_s, 39.0)
    assert set(votes.source) == {3}
    assert set(votes.crop) == {UNKNOWN_CROP}


def test_a_hint_does_not_know_whether_the_picture_is_mirrored() -> None:
    votes = hint_candidates([a_hint()], AT_S, gain=0.15, temperature=0.05)
    plain, flipped = (votes.source_s[votes.mirrored == m] for m in (False, True))
    np.testing.assert_array_equal(plain, flipped)


def test_a_hint_elsewhere_says_nothing() -> None:
    assert hint_candidates([], AT_S, gain=0.15, temperature=0.05) is None
    far = a_hint(start_s=20.0, end_s=22.0)
    assert hint_candidates([far], AT_S, gain=0.15, temperature=0.05) is None


def test_a_hint_of_half_the_weight_votes_half_as_much() -> None:
    def weight(hint: Hint) -> float:
        votes = hint_candidates([hint], AT_S, gain=0.15, temperature=0.05)
        return float(np.exp(votes.similarity / 0.05)[0])

    assert weight(a_hint(weight=0.5)) == pytest.approx(0.5 * weight(a_hint()), rel=1e-4)


def test_a_hint_that_does_not_know_where_votes_for_every_half_second() -> None:
    votes = hint_candidates([a_hint(reach_s=2.0)], np.array([11.0]), gain=0.15, temperature=0.05)
    assert votes.source_s[~votes.mirrored].tolist() == [50.0, 50.5, 51.0, 51.5, 52.0]


def test_a_hint_of_no_weight_or_length_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="weight"):
        a_hint(weight=0.0)
    with pytest.raises(ValueError, match="end before"):
        a_hint(end_s=10.0)


def named(similarity: list[list[float]], **changes: object) -> Named:
    sims = np.array(similarity, np.float32)
    count, width = sims.shape
    starts = np.tile(100.0 + 10 * np.arange(width), (count, 1))
    facts = {
        "similarity": sims,
        "source": np.zeros(sims.shape, np.int64),
        "start_s": starts,
        "end_s": starts + 6.0,
    }
    return Named(**facts | changes)


def test_a_caption_that_stands_out_names_its_shot() -> None:
    (hint,) = caption_hints([(2.0, 4.0)], named([[0.9, 0.3, 0.3, 0.3]]))
    assert (hint.start_s, hint.end_s, hint.source_s, hint.reach_s) == (2.0, 4.0, 100.0, 4.0)
    assert hint.weight == 1.0


def test_a_longer_commentary_shot_lies_about_the_movies() -> None:
    (hint,) = caption_hints([(2.0, 12.0)], named([[0.9, 0.3, 0.3, 0.3]]))
    assert (hint.source_s, hint.reach_s) == (98.0, 0.0)


def test_a_caption_like_every_other_names_nothing() -> None:
    hints = caption_hints(
        [(0.0, 2.0), (2.0, 4.0), (4.0, 6.0)],
        named([[0.9, 0.3, 0.3, 0.3], [0.8, 0.3, 0.3, 0.3], [0.72, 0.71, 0.7, 0.7]]),
    )
    assert [hint.start_s for hint in hints] == [0.0, 2.0]
    assert caption_hints([(0.0, 2.0)], named([[0.5, 0.5, 0.5]])) == []


def test_no_more_shots_are_named_than_are_worth_it() -> None:
    hints = caption_hints([(0.0, 2.0)], named([[0.9] * 8 + [0.1]]))
    assert len(hints) == CAPTION_PLACES


def test_missing_neighbours_are_no_shots() -> None:
    hints = caption_hints([(0.0, 2.0)], named([[0.9, 0.2, -np.inf, -np.inf]]))
    assert [hint.source_s for hint in hints] == [100.0]
    assert caption_hints([(0.0, 2.0)], named([[-np.inf, -np.inf]])) == []
    assert caption_hints([(0.0, 2.0)], named([[0.9]])) == []


PIECES = (Piece(FILM, 20, 50), Piece(FILM, 90, 40))


def proposals(lookup: Lookup, *hints: Hint, track: str = "dialogue") -> list[list[Hypothesis]]:
    return list(
        propose(
            edit(*PIECES),
            [FILM.source],
            lookup,
            settings=CandidateSettings(),
            votes=VoteSettings(),
            further=[Hints(track, hints)] if hints else [],
        )
    )


def blind(pictures: np.ndarray, count: int) -> Neighbours:
    """A track that recognises nothing."""
    nowhere = np.full((len(pictures), count), -1)
    return Neighbours(np.zeros(nowhere.shape, np.float32), nowhere, nowhere * 0, nowhere * 0)


def lines(hypotheses: list[Hypothesis], at_s: float) -> list[float]:
    return [float(h.line(np.array([at_s]))[0]) for h in hypotheses]


def test_a_hint_proposes_a_place_that_no_picture_names() -> None:
    assert proposals(blind) == [[], []]
    heard = a_hint(start_s=0.2, end_s=1.0, source=0, source_s=20 / 24 + 0.2)
    first, second = proposals(blind, heard)
    assert lines(first, 0.6) == [pytest.approx(20 / 24 + 0.6, abs=0.1)] * 2
    assert sorted(h.mirrored for h in first) == [False, True]
    assert not first[0].crop_known
    assert second == []


@pytest.mark.parametrize("track", ["dialogue", "captions"])
def test_a_wrong_hint_displaces_no_place_that_pictures_name(track: str) -> None:
    search = BruteForce([FILM.source])
    lie = a_hint(start_s=0.0, end_s=1.5, source=0, source_s=7.0)
    for plain, told in zip(proposals(search), proposals(search, lie, track=track), strict=True):
        middle_s = plain[0].line.at_s
        kept = lines(told, middle_s)
        assert all(min(abs(k - at) for k in kept) < 0.8 for at in lines(plain, middle_s))
        assert lines(told, middle_s)[0] == pytest.approx(lines(plain, middle_s)[0], abs=0.3)


def test_a_hint_of_a_kind_that_counts_nothing_is_left_out() -> None:
    assert proposals(blind, a_hint(start_s=0.2, source=0), track="rumours") == [[], []]
