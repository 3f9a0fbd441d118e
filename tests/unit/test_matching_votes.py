"""Neighbours agree on a place: votes of one stretch, and proposals for a whole commentary."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from syncclip.matching import CandidateSettings, Commentary, Neighbours, Source
from syncclip.matching.candidates import propose, stretches
from syncclip.matching.records import Crop, Hypothesis
from syncclip.matching.votes import MOST, Candidates, VoteSettings, vote
from syncclip.types import Shot
from tests.unit.moving_pictures import (
    ASPECT,
    FULL,
    RATE,
    BruteForce,
    Film,
    Piece,
    Scene,
    edit,
    film,
)

CROPS = (FULL, Crop(0.0, 0.0, 0.75, 0.75), Crop(0.25, 0.25, 0.75, 0.75))
AT_S = np.arange(12) * 0.22 + 10


def neighbours(
    offset_s: float,
    *,
    speed: float = 1.0,
    similarity: float = 0.2,
    source: int = 0,
    mirrored: bool = False,
    crop: int = 0,
) -> Candidates:
    """One neighbour for every query frame, on a line through ``offset_s`` in the middle."""
    count = len(AT_S)
    return Candidates(
        at_s=AT_S,
        source=np.full(count, source),
        # A movie is sampled twice a second.
        source_s=np.round(2 * (offset_s + speed * (AT_S - AT_S.mean()))) / 2,
        mirrored=np.full(count, mirrored),
        crop=np.full(count, crop),
        similarity=np.full(count, similarity, np.float32),
    )


def scattered(seed: int, *, similarity: float = 0.0, each: int = 10) -> Candidates:
    """Neighbours all over a movie of ten minutes."""
    rng, count = np.random.default_rng(seed), each * len(AT_S)
    return Candidates(
        at_s=np.repeat(AT_S, each),
        source=np.zeros(count, np.int64),
        source_s=rng.uniform(0, 600, count),
        mirrored=rng.random(count) < 0.5,
        crop=rng.integers(0, 3, count),
        similarity=np.full(count, similarity, np.float32),
    )


def joined(*parts: Candidates) -> Candidates:
    names = ("at_s", "source", "source_s", "mirrored", "crop", "similarity")
    return Candidates(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})


def count(candidates: Candidates, **changes: object) -> list[Hypothesis]:
    return vote(
        candidates,
        start_frame=300,
        end_frame=375,
        middle_s=float(AT_S.mean()),
        length_s=float(AT_S[-1] - AT_S[0]),
        crops=(CROPS, CROPS),
        settings=VoteSettings(**changes),
    )


def at_middle(hypothesis: Hypothesis) -> float:
    return hypothesis.line.moved_to(float(AT_S.mean())).source_s


@pytest.mark.parametrize("seed", range(5))
def test_neighbours_on_a_line_outvote_neighbours_all_over_the_movie(seed: int) -> None:
    best, *others = count(joined(scattered(seed), neighbours(321.0)))
    assert at_middle(best) == pytest.approx(321.0, abs=0.3)
    assert best.line.speed == pytest.approx(1, abs=0.15)
    assert (best.start_frame, best.end_frame) == (300, 375)
    assert best.score > 2 * max(h.score for h in others)


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 1.5, 2.0])
def test_the_slope_of_the_line_is_its_speed(speed: float) -> None:
    best = count(joined(scattered(1), neighbours(200.0, speed=speed)))[0]
    assert at_middle(best) == pytest.approx(200.0, abs=0.4)
    assert best.line.speed == pytest.approx(speed, rel=0.15)


def test_a_votes_mirror_movie_and_crop_are_kept() -> None:
    best = count(joined(scattered(1), neighbours(90.0, source=1, mirrored=True, crop=2)))[0]
    assert (best.source, best.mirrored, best.crop) == (1, True, CROPS[2])
    assert best.shape == pytest.approx(1.0)


def test_the_crop_most_neighbours_saw_is_the_crop() -> None:
    few = neighbours(90.0, crop=0)
    few = Candidates(*(getattr(few, name)[:3] for name in Candidates.__slots__))
    assert count(joined(few, neighbours(90.0, crop=1)))[0].crop == CROPS[1]


def test_more_similar_neighbours_weigh_more() -> None:
    both = joined(neighbours(50.0, similarity=0.1), neighbours(400.0, similarity=0.3))
    first, second = count(both)[:2]
    assert at_middle(first) == pytest.approx(400.0, abs=0.3)
    assert at_middle(second) == pytest.approx(50.0, abs=0.3)
    assert first.score > second.score


def test_a_score_is_the_kernel_density_of_all_votes() -> None:
    votes = joined(neighbours(50.0, similarity=0.1), scattered(3, each=20))
    used = VoteSettings()
    for found in count(votes)[:20]:
        same = votes.mirrored == found.mirrored
        offsets = (
            votes.source_s - found.line.source_s - found.line.speed * (votes.at_s - found.line.at_s)
        )
        weights = np.exp(votes.similarity / used.temperature)
        kernel = norm.pdf(offsets[same], scale=used.bandwidth_s) / norm.pdf(
            0, scale=used.bandwidth_s
        )
        assert found.score == pytest.approx(kernel @ weights[same], rel=1e-5)


def test_hypotheses_come_best_first_and_no_more_than_asked_for() -> None:
    found = count(scattered(3), peaks=4)
    assert len(found) <= 2 * MOST * 4
    assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)


def test_one_place_is_one_hypothesis() -> None:
    found = count(neighbours(100.0))
    assert len([h for h in found if abs(at_middle(h) - 100.0) < 0.5]) == 1


def test_two_places_far_apart_are_two_hypotheses() -> None:
    found = count(joined(neighbours(100.0), neighbours(104.0)))
    places = [at_middle(h) for h in found]
    assert any(abs(p - 100) < 0.4 for p in places)
    assert any(abs(p - 104) < 0.4 for p in places)


def test_no_neighbours_no_hypothesis() -> None:
    nothing = Candidates(*(getattr(scattered(1), name)[:0] for name in Candidates.__slots__))
    assert count(nothing) == []


def test_a_single_neighbour_is_a_hypothesis() -> None:
    one = Candidates(*(getattr(neighbours(70.0), name)[5:6] for name in Candidates.__slots__))
    found = count(one)
    assert found
    assert found[0].line(AT_S[5:6])[0] == pytest.approx(70.0, abs=0.3)


lengths = st.lists(st.integers(1, 400), min_size=1, max_size=6)


@given(lengths, st.integers(4, 120))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_stretches_cover_every_frame_and_stay_in_their_shot(
    lengths: list[int], longest: int
) -> None:
    edges = np.cumsum([0, *lengths]).tolist()
    shots = [Shot(a, b) for a, b in itertools.pairwise(edges)]
    parts = stretches(shots, longest)
    covered = np.zeros(edges[-1], bool)
    for part in parts:
        assert part.end_frame - part.start_frame <= longest
        assert any(
            s.start_frame <= part.start_frame and part.end_frame <= s.end_frame for s in shots
        )
        covered[part.start_frame : part.end_frame] = True
    assert covered.all()
    for shot in shots:
        assert shot in parts or shot.end_frame - shot.start_frame > longest


def test_stretches_of_a_long_shot_overlap_by_about_half() -> None:
    parts = stretches([Shot(0, 300)], 75)
    overlaps = [a.end_frame - b.start_frame for a, b in itertools.pairwise(parts)]
    assert min(overlaps) >= 75 / 2 - 1


FILM = film(1, 2, 3, 4)
PIECES = (Piece(FILM, 20, 50), Piece(FILM, 220, 60, mirrored=True), Piece(FILM, 90, 40))


def proposals(commentary: Commentary, lookup, source: Source | None = None):
    return list(
        propose(
            commentary,
            [source or FILM.source],
            lookup,
            settings=CandidateSettings(),
            votes=VoteSettings(),
        )
    )


def test_the_best_proposal_of_every_stretch_is_its_place() -> None:
    commentary = edit(*PIECES)
    found = proposals(commentary, BruteForce([FILM.source]))
    assert len(found) == len(PIECES)  # each fits into one stretch
    for piece, shot, hypotheses in zip(PIECES, commentary.shots, found, strict=True):
        best = hypotheses[0]
        assert (best.start_frame, best.end_frame) == (shot.start_frame, shot.end_frame)
        assert best.mirrored == piece.mirrored
        middle_s = (shot.start_frame + shot.end_frame) / 2 / RATE
        truth = piece.hypothesis(shot.start_frame).line.moved_to(middle_s)
        assert best.line.moved_to(middle_s).source_s == pytest.approx(truth.source_s, abs=0.5)


def test_frames_are_looked_up_plain_and_mirrored_some_times_a_second() -> None:
    asked = []

    def lookup(pictures: np.ndarray, count: int) -> Neighbours:
        asked.append(pictures.copy())
        return BruteForce([FILM.source])(pictures, count)

    commentary = edit(*PIECES)
    proposals(commentary, lookup)
    plain, flipped = asked
    assert np.array_equal(plain[:, :, ::-1], flipped)
    seconds = len(commentary.grey) / RATE
    assert 3 * seconds <= len(plain) <= 6 * seconds
    known = {picture.tobytes() for picture in commentary.grey}
    assert all(picture.tobytes() in known for picture in plain)


@pytest.mark.parametrize("width", [0, 1, 48])
def test_a_lookup_that_finds_nothing_proposes_nothing(width: int) -> None:
    def lookup(pictures: np.ndarray, count: int) -> Neighbours:
        shape = (len(pictures), width)
        nowhere = np.full(shape, -1)
        return Neighbours(np.zeros(shape, np.float32), nowhere, nowhere * 0, nowhere * 0)

    assert proposals(edit(*PIECES), lookup) == [[], [], []]


def test_frames_without_neighbours_leave_the_vote_to_the_others() -> None:
    search = BruteForce([FILM.source])

    def lookup(pictures: np.ndarray, count: int) -> Neighbours:
        found = search(pictures, count)
        source = found.source.copy()
        source[::2] = -1
        return replace(found, source=source)

    best = proposals(edit(PIECES[0]), lookup)[0][0]
    assert best.line(np.array([0.8]))[0] == pytest.approx(20 / 24 + 0.8, abs=0.5)


def test_even_a_shot_of_one_frame_is_looked_up() -> None:
    found = proposals(edit(Piece(FILM, 20, 1)), BruteForce([FILM.source]))
    assert found[0][0].line(np.array([0.0]))[0] == pytest.approx(20 / 24, abs=0.5)


def test_a_movie_of_another_aspect_gets_windows_of_its_own() -> None:
    wide = replace(FILM.source, aspect=2.39)
    asked = proposals(edit(PIECES[0]), BruteForce([wide]), wide)[0][0]
    assert asked.crop.w / asked.crop.h * 2.39 == pytest.approx(ASPECT) or asked.crop == FULL


def test_a_long_still_shot_is_not_lost_to_its_mirror_image() -> None:
    """All neighbours are alike, and those of the mirrored frame are not: some stand out there."""
    commentary = edit(PIECES[0])
    rng = np.random.default_rng(6)

    def lookup(pictures: np.ndarray, count: int) -> Neighbours:
        as_it_is = next(calls)
        shape = (len(pictures), count)
        similarity = np.full(shape, 0.95) if as_it_is else np.full(shape, 0.4)
        if not as_it_is:
            similarity[:, :6] = 0.75
        frames = np.tile(rng.permutation(np.arange(0, 240, 5))[:count], (len(pictures), 1))
        nothing = np.zeros(shape, dtype=np.int64)
        return Neighbours(similarity.astype(np.float32), nothing, frames, nothing)

    calls = iter((True, False))
    (hypotheses,) = proposals(commentary, lookup)
    assert not any(h.mirrored for h in hypotheses[:4])


class Asked:
    """Neighbours of every query: of it as it is, then mirrored, each a list of (frame, weight)."""

    def __init__(self, *ways: list[tuple[int, float]]) -> None:
        self.ways = iter(ways)

    def __call__(self, pictures: np.ndarray, count: int) -> Neighbours:
        frames, weights = zip(*next(self.ways), strict=True)
        shape = (len(pictures), count)
        similarity, frame = np.zeros(shape, np.float32), np.zeros(shape, np.int64)
        similarity[:, : len(frames)], frame[:, : len(frames)] = weights, frames
        source = np.where(np.arange(count) < len(frames), np.zeros(shape), -1).astype(np.int64)
        return Neighbours(similarity, source, frame, np.zeros(shape, np.int64))


def test_some_of_either_mirror_state_are_kept() -> None:
    apart = range(0, 280, 24)  # a second
    (found,) = proposals(
        edit(PIECES[0]), Asked([(n, 0.05) for n in apart], [(n, 0.3) for n in apart])
    )
    assert [h.mirrored for h in found] == [True] * 8 + [False] * 3


def test_one_still_picture_does_not_take_every_place() -> None:
    still = Film((Scene(1, motion=0.0), *FILM.scenes), scene_frames=288)
    title, others = range(0, 288, 24), range(300, 560, 24)
    (found,) = proposals(
        edit(PIECES[0]),
        Asked([(n, 0.3) for n in title] + [(n, 0.2) for n in others], [(0, 0.0)]),
        still.source,
    )
    shown = [h.line.source_s < 12 for h in found if not h.mirrored]
    assert shown == [True] * 5 + [False] * 3


def test_one_place_of_a_still_picture_begins_from_any_crop_either_way_round() -> None:
    """All its places are voted for from one window, which may be the wrong one."""
    still = Film((Scene(1, motion=0.0), *FILM.scenes), scene_frames=288)
    title, others = range(0, 288, 24), range(300, 560, 24)
    (found,) = proposals(
        edit(PIECES[0]),
        Asked([(n, 0.3) for n in others], [(n, 0.2) for n in title]),
        still.source,
    )
    assert all(h.crop_known for h in found if not h.mirrored)
    mirrored = [h for h in found if h.mirrored]
    assert [h.crop_known for h in mirrored] == [True, False]
