"""The cheapest explanation of a whole commentary, against every other one on small problems."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncclip.matching.evidence import Evidence
from syncclip.matching.path import NO_MOVIE, PathSettings, Run, best_path, mirror_costs
from syncclip.matching.records import Hypothesis, Line
from tests.unit.moving_pictures import FULL

RATE = 25


def told(
    cost: Sequence[float], place_s: float = 0.0, *, first: int = 0, source: int = 0, **line: float
) -> Evidence:
    """A hypothesis that is at ``place_s`` on its first frame, and its cost for each frame."""
    costs = np.asarray(cost, np.float32)
    at_s = first / RATE
    return Evidence(
        hypothesis=Hypothesis(
            source=source,
            start_frame=first,
            end_frame=first + len(costs),
            line=Line(at_s, place_s, line.get("speed", 1.0)),
            mirrored=False,
            crop=FULL,
            shape=1.0,
            score=1.0,
        ),
        first_frame=first,
        correlation=np.where(costs < 0, 0.98, 0.3).astype(np.float32),
        certainty=np.full(len(costs), 20, np.float32),
        bearing=np.ones(len(costs), np.float32),
        cost=costs,
    )


def path(
    evidence: Sequence[Evidence],
    frames: int,
    cuts: Sequence[int] = (),
    mirror: tuple[float, float] = (0.0, 0.0),
    **costs: object,
) -> tuple[Run, ...]:
    return best_path(
        evidence,
        n_frames=frames,
        seconds=np.arange(frames) / RATE,
        cut_frames=np.array([0, *cuts], np.int64),
        settings=PathSettings(**costs),
        mirror_costs=mirror,
    )


def spelled(runs: Sequence[Run]) -> list[tuple[int, int, int]]:
    return [(run.start_frame, run.end_frame, run.state) for run in runs]


def per_frame(runs: Sequence[Run]) -> list[int]:
    return [run.state for run in runs for _ in range(run.start_frame, run.end_frame)]


def places(runs: Sequence[Run], evidence: Sequence[Evidence]) -> list[float]:
    """Source second of every claimed frame."""
    return [
        float(evidence[state].hypothesis.line.moved_to(frame / RATE).source_s)
        for frame, state in enumerate(per_frame(runs))
        if state != NO_MOVIE
    ]


def flipped(evidence: Evidence) -> Evidence:
    return replace(evidence, hypothesis=replace(evidence.hypothesis, mirrored=True))


GOOD, BAD = -3.0, 0.8
"""What a true and a wrong place commonly cost on a frame."""
BOTH = [{"time_jumps": True}, {"time_jumps": False}]


@pytest.mark.parametrize("mode", BOTH)
def test_a_place_that_explains_every_frame_is_one_run(mode: dict) -> None:
    assert spelled(path([told([GOOD] * 50, 7)], 50, **mode)) == [(0, 50, 0)]


@pytest.mark.parametrize("mode", BOTH)
def test_without_hypotheses_nothing_is_claimed(mode: dict) -> None:
    assert spelled(path([], 50, cuts=[20], **mode)) == [(0, 50, NO_MOVIE)]


@pytest.mark.parametrize("mode", BOTH)
def test_a_wrong_place_is_not_claimed(mode: dict) -> None:
    assert spelled(path([told([BAD] * 50, 7)], 50, **mode)) == [(0, 50, NO_MOVIE)]


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize("cuts", [[], [50]])
def test_two_places_meet_where_their_evidence_crosses(cuts: list[int], mode: dict) -> None:
    first = told([GOOD] * 50 + [BAD] * 50, 3)
    second = told([BAD] * 50 + [GOOD] * 50, 30)
    assert spelled(path([first, second], 100, cuts, **mode)) == [(0, 50, 0), (50, 100, 1)]


@pytest.mark.parametrize("mode", BOTH)
def test_a_foreign_insert_is_left_unclaimed(mode: dict) -> None:
    before = told([GOOD] * 40 + [BAD] * 80, 3)
    after = told([BAD] * 80 + [GOOD] * 40, 30)
    found = path([before, after], 120, [40, 80], **mode)
    assert spelled(found) == [(0, 40, 0), (40, 80, NO_MOVIE), (80, 120, 1)]


@pytest.mark.parametrize("mode", BOTH)
def test_a_place_that_goes_on_after_an_insert_is_found_again(mode: dict) -> None:
    cost = [GOOD] * 40 + [BAD] * 40 + [GOOD] * 40
    found = path([told(cost, 3)], 120, [40, 80], **mode)
    assert spelled(found) == [(0, 40, 0), (40, 80, NO_MOVIE), (80, 120, 0)]


@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize(("better", "state"), [(0.0, 0), (0.02, 0), (0.2, 1)])
@pytest.mark.parametrize("cuts", [[], [20]])
def test_a_picture_like_its_mirror_image_follows_the_usual_mirror_state(
    cuts: list[int], better: float, state: int, mode: dict
) -> None:
    start = cuts[0] if cuts else 0  # after a foreign piece, or at once
    plain, mirrored = ([BAD] * start + [GOOD - more] * 50 for more in (0.0, better))
    evidence = [told(plain, 3), flipped(told(mirrored, 3))]
    runs = path(evidence, start + 50, cuts, mirror=(0.0, 2.0), **mode)
    assert (runs[-1].start_frame, runs[-1].state) == (start, state)


def test_the_usual_mirror_state_is_that_of_the_runs_before() -> None:
    evidence = [told([GOOD] * 10), flipped(told([GOOD] * 10))]
    states = {"plain": 0, "mirrored": 1, "unknown": NO_MOVIE}

    def costs(**runs: int) -> tuple[float, float]:
        known = [Run(0, 10, states[name]) for name, count in runs.items() for _ in range(count)]
        return mirror_costs(known, evidence, PathSettings())

    assert costs() == (0.0, 0.0)
    assert costs(unknown=9) == (0.0, 0.0)
    assert costs(plain=5, mirrored=5) == (0.0, 0.0)
    assert costs(plain=7) == pytest.approx((0.0, np.log(8)))
    assert costs(mirrored=7, plain=1) == pytest.approx((np.log(4), 0.0))
    assert costs(plain=500) == (0.0, PathSettings().mirror_most)


@pytest.mark.parametrize("mode", BOTH)
def test_a_few_bad_frames_do_not_break_a_run(mode: dict) -> None:
    cost = np.full(60, GOOD)
    cost[30:33] = BAD
    assert spelled(path([told(cost, 3)], 60, **mode)) == [(0, 60, 0)]


@pytest.mark.parametrize("mode", BOTH)
def test_a_cut_makes_a_switch_worth_it_that_is_not_elsewhere(mode: dict) -> None:
    """Gains between the two fees: taken at the cut, left alone without one."""
    costs = {"switch_at_cut": 4.0, "switch_elsewhere": 12.0, **mode}
    gain = 8.0
    first = told([-1.0] * 40, 3)
    second = told([-1.0] * 20 + [-1.0 - gain / 20] * 20, 30)
    assert spelled(path([first, second], 40, **costs)) in ([(0, 40, 0)], [(0, 40, 1)])
    parted = [told([-1.0] * 20 + [-1.0 + gain / 20] * 20, 3), told([*[BAD] * 20, *[-1.0] * 20], 30)]
    assert spelled(path(parted, 40, **costs)) == [(0, 40, 0)]
    assert spelled(path(parted, 40, [20], **costs)) == [(0, 20, 0), (20, 40, 1)]


def test_a_switch_is_drawn_to_the_cut_when_evidence_hardly_tells() -> None:
    first = told([GOOD] * 47 + [GOOD + 0.5] * 3 + [BAD] * 50, 3)
    second = told([BAD] * 47 + [GOOD] * 53, 30)
    assert spelled(path([first, second], 100, [50]))[0] == (0, 50, 0)
    assert spelled(path([first, second], 100))[0] == (0, 47, 0)


def test_a_short_gain_is_not_worth_two_switches() -> None:
    whole = told([GOOD] * 60, 3)
    tempting = told([GOOD - 1.0] * 3, 40, first=30)
    assert spelled(path([whole, tempting], 60)) == [(0, 60, 0)]


def test_going_on_is_preferred_to_going_back() -> None:
    before = told([GOOD] * 30, 50)
    back = told([GOOD] * 30, 10, first=30)
    onward = told([GOOD] * 30, 90, first=30)
    for order in ([before, back, onward], [before, onward, back]):
        found = path(order, 60, [30])
        assert order[found[-1].state] is onward


def test_going_back_is_allowed_where_only_that_explains_the_frames() -> None:
    before, back = told([GOOD] * 30, 50), told([GOOD] * 30, 10, first=30)
    assert spelled(path([before, back], 60, [30])) == [(0, 30, 0), (30, 60, 1)]


def test_the_same_line_under_another_name_is_nearly_free_to_go_over_to() -> None:
    """A gain that is worth no switch to another place is worth a change of crop."""
    first = told([GOOD] * 40 + [GOOD + 0.4] * 20, 3)
    continued = told([GOOD] * 20, 3 + 40 / RATE, first=40)
    elsewhere = told([GOOD] * 20, 23, first=40)
    assert len(path([first, continued], 60)) == 2
    assert len(path([first, elsewhere], 60)) == 1


def test_going_back_is_refused_in_monotonic_mode_and_the_rest_still_explained() -> None:
    before, back = told([GOOD] * 40, 50), told([GOOD] * 30, 10, first=40)
    onward = told([GOOD] * 30, 60, first=70)
    found = path([before, back, onward], 100, [40, 70], time_jumps=False)
    assert spelled(found) == [(0, 40, 0), (40, 70, NO_MOVIE), (70, 100, 2)]


def test_monotonic_mode_gives_up_the_shorter_of_two_that_exclude_each_other() -> None:
    before, back = told([GOOD] * 20, 50), told([GOOD] * 60, 10, first=20)
    found = path([before, back], 80, [20], time_jumps=False)
    assert spelled(found) == [(0, 20, NO_MOVIE), (20, 80, 1)]


def test_an_insert_does_not_let_monotonic_time_go_back() -> None:
    before, back = told([GOOD] * 40, 50), told([GOOD] * 40, 10, first=60)
    found = path([before, back], 100, [40, 60], time_jumps=False)
    assert len([run for run in found if run.state != NO_MOVIE]) == 1


def test_another_movie_may_follow_at_an_earlier_second_in_monotonic_mode() -> None:
    before, other = told([GOOD] * 40, 50), told([GOOD] * 40, 10, first=40, source=1)
    found = path([before, other], 80, [40], time_jumps=False)
    assert spelled(found) == [(0, 40, 0), (40, 80, 1)]


# --- properties ---------------------------------------------------------------------------------

FRAMES = 7


@st.composite
def problems(draw: st.DrawFn, *, movies: int) -> tuple[list[Evidence], list[int]]:
    """Hypotheses alive on parts of a short commentary, and its cuts."""
    evidence = []
    for _ in range(draw(st.integers(0, 5))):
        costs = draw(st.lists(st.integers(-6, 6), min_size=1, max_size=FRAMES))
        evidence.append(
            told(
                [cost / 2 for cost in costs],
                0.06 * draw(st.integers(0, 20)),
                first=draw(st.integers(0, FRAMES - len(costs))),
                source=draw(st.integers(0, movies - 1)),
                speed=draw(st.sampled_from([0.5, 1.0, 2.0])),
            )
        )
    return evidence, sorted(draw(st.sets(st.integers(1, FRAMES - 1), max_size=3)))


@given(problems(movies=2), st.booleans())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_runs_cover_every_frame_once_and_only_where_their_hypothesis_was_tried(
    problem: tuple, time_jumps: bool
) -> None:
    evidence, cuts = problem
    runs = path(evidence, FRAMES, cuts, switch_at_cut=1.0, time_jumps=time_jumps)
    assert runs[0].start_frame == 0
    assert runs[-1].end_frame == FRAMES
    for a, b in itertools.pairwise(runs):
        assert a.end_frame == b.start_frame
        assert a.state != b.state
    for run in runs:
        assert run.start_frame < run.end_frame
        if run.state != NO_MOVIE:
            tried = evidence[run.state]
            assert tried.first_frame <= run.start_frame
            assert run.end_frame <= tried.end_frame


@given(problems(movies=1))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_source_time_never_decreases_in_monotonic_mode(problem: tuple) -> None:
    evidence, cuts = problem
    # Switches so cheap that a free path would jump about.
    costs = {"switch_at_cut": 0.2, "switch_elsewhere": 0.4}
    shown = places(path(evidence, FRAMES, cuts, time_jumps=False, **costs), evidence)
    assert all(b >= a - 1e-5 for a, b in itertools.pairwise(shown))


def test_source_time_does_decrease_in_some_free_path() -> None:
    """Or the property above would say nothing."""
    decreasing = 0
    for seed in range(30):
        evidence, cuts = a_problem(seed, lambda number: (0.06 * (7 * number % 5), 0))
        shown = places(path(evidence, FRAMES, cuts, **FEES), evidence)
        decreasing += any(b < a for a, b in itertools.pairwise(shown))
    assert decreasing > 5


# Whole numbers of an odd grid: no two sums of fees are alike.
FEES = {"switch_at_cut": 1.07, "switch_elsewhere": 2.53, "backward": 0.0}


def a_problem(
    seed: int, place: Callable[[int], tuple[float, int]]
) -> tuple[list[Evidence], list[int]]:
    """Three seeded hypotheses at given places (second, movie), and the cuts."""
    rng = np.random.default_rng(seed)
    evidence = []
    for number in range(3):
        length = int(rng.integers(3, FRAMES + 1))
        first = int(rng.integers(0, FRAMES - length + 1))
        second, source = place(number)
        evidence.append(told(rng.normal(-0.5, 1.2, length), second, first=first, source=source))
    return evidence, np.flatnonzero(rng.random(FRAMES) < 0.3).tolist()


def every_sequence(count: int) -> np.ndarray:
    """(m, FRAMES) all sequences of states."""
    return np.array(list(itertools.product(range(NO_MOVIE, count), repeat=FRAMES)))


def totals(states: np.ndarray, evidence: Sequence[Evidence], cuts: Sequence[int]) -> np.ndarray:
    """(m,) cost of sequences: a switch its fee, into or out of *no movie* half of it."""
    each = np.full((FRAMES, len(evidence) + 1), np.inf)
    each[:, NO_MOVIE] = 0
    for number, tried in enumerate(evidence):
        each[tried.first_frame : tried.end_frame, number] = tried.cost
    fee = np.full(FRAMES, FEES["switch_elsewhere"])
    fee[list(cuts)] = FEES["switch_at_cut"]
    before, after = states[:, :-1], states[:, 1:]
    share = np.where((before == NO_MOVIE) | (after == NO_MOVIE), 0.5, 1.0) * (before != after)
    return each[np.arange(FRAMES), states].sum(axis=1) + share @ fee[1:]


def goes_forward(states: np.ndarray, evidence: Sequence[Evidence]) -> np.ndarray:
    """(m,) whether the source time of the claimed frames never decreases."""
    shown = np.full((FRAMES, len(evidence) + 1), -np.inf)
    for number, tried in enumerate(evidence):
        shown[:, number] = tried.hypothesis.line(np.arange(FRAMES) / RATE)
    each = shown[np.arange(FRAMES), states]
    reached = np.maximum.accumulate(each, axis=1)
    return np.all((each >= reached - 1e-6) | (states == NO_MOVIE), axis=1)


def own_movie(number: int) -> tuple[float, int]:
    return 1.0, number


def apart(number: int) -> tuple[float, int]:
    return 10.0 * (2, 0, 1)[number], 0


@pytest.mark.parametrize("time_jumps", [True, False])
@pytest.mark.parametrize("seed", range(25))
def test_no_other_sequence_of_states_is_cheaper(seed: int, time_jumps: bool) -> None:
    evidence, cuts = a_problem(seed, own_movie)
    runs = path(evidence, FRAMES, cuts, time_jumps=time_jumps, **FEES)
    reached = totals(np.array([per_frame(runs)]), evidence, cuts)[0]
    least = totals(every_sequence(3), evidence, cuts).min()
    assert reached == pytest.approx(least, abs=1e-4)


@pytest.mark.parametrize("seed", range(25))
def test_no_other_sequence_that_never_goes_back_is_cheaper(seed: int) -> None:
    evidence, cuts = a_problem(seed, apart)
    runs = path(evidence, FRAMES, cuts, time_jumps=False, **FEES)
    chosen = np.array([per_frame(runs)])
    assert goes_forward(chosen, evidence)[0]
    every = every_sequence(3)
    least = totals(every[goes_forward(every, evidence)], evidence, cuts).min()
    assert totals(chosen, evidence, cuts)[0] == pytest.approx(least, abs=1e-4)
