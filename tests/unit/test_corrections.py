"""What a person may do to a result, undone, kept in the file, and kept through a new match."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.truth import load_truth
from syncclip import corrections
from syncclip.errors import ResultError, SettingsError
from syncclip.reports import read_result, write_reports, write_result
from syncclip.result import Action, MatchResult, Segment, Tier
from syncclip.types import FULL_FRAME, Rect
from tests.unit.timelines_cases import CASES, EXPECTED, FRAMES, a_result, steady

CASE = CASES["24 in 30"]
NOW = "2026-11-27T02:20:18Z"


def result() -> MatchResult:
    return replace(a_result(CASE), transcript=())


def line(segment: Segment, frame: int) -> float:
    """Movie seconds that a segment's line gives a commentary frame."""
    return segment.movie_start_s + segment.speed * (frame / 30 - segment.start_s)


def test_accepting_makes_a_doubtful_place_exact_and_remembers_it() -> None:
    changed = corrections.accept(result(), 1, made=NOW)
    first = changed.segments[0]
    assert (first.tier, first.confidence, first.corrected) == (Tier.EXACT, 1.0, Action.ACCEPT)
    assert changed.segments[1:] == result().segments[1:]
    made = changed.corrections[0]
    assert (made.action, made.segment, made.made) == (Action.ACCEPT, 1, NOW)
    assert (made.before, made.after) == (result().segments[:1], changed.segments[:1])


def test_accepting_a_stretch_of_no_movie_says_that_it_is_in_none() -> None:
    changed = corrections.accept(result(), 3, made=NOW)
    hole = changed.segments[2]
    assert (hole.movie, hole.tier, hole.corrected) == (None, Tier.UNMATCHED, Action.ACCEPT)


def test_rejecting_leaves_a_stretch_of_no_movie_with_its_alternatives() -> None:
    changed = corrections.reject(result(), 7, made=NOW)
    hole = changed.segments[6]
    assert (hole.movie, hole.movie_start_s, hole.tier) == (None, None, Tier.UNMATCHED)
    assert len(hole.alternatives) == 2
    with pytest.raises(SettingsError, match="segment 7 is in no movie already"):
        corrections.reject(changed, 7, made=NOW)


def test_swapping_exchanges_a_place_with_its_alternative_and_back() -> None:
    once = corrections.swap(result(), 7, to=2, made=NOW)
    placed, was = once.segments[6], result().segments[6]
    assert (placed.movie_start_frame, placed.speed, placed.mirrored) == (1500, 1.1, True)
    assert placed.movie_end_s == pytest.approx(placed.movie_start_s + 1.1 * 225 / 30)
    assert placed.alternatives[1].movie_start_s == was.movie_start_s
    twice = corrections.swap(once, 7, to=2, made=NOW).segments[6]
    assert (twice.movie_start_s, twice.speed) == (was.movie_start_s, was.speed)
    assert twice.alternatives[1].movie_start_frame == 1500


@pytest.mark.parametrize(("number", "to"), [(7, 3), (7, 0), (1, 1)])
def test_swapping_to_what_is_not_there_is_refused(number: int, to: int) -> None:
    with pytest.raises(SettingsError, match=f"segment {number} has no alternative {to}: it has"):
        corrections.swap(result(), number, to=to, made=NOW)


def test_nudging_moves_edges_and_all_lines_stay() -> None:
    before = result().segments
    changed = corrections.nudge(result(), 5, in_frames=3, out_frames=-4, made=NOW)
    spans = [(s.start_frame, s.end_frame) for s in changed.segments]
    assert spans[3:6] == [(200, 313), (313, 396), (396, 425)]
    for index in (3, 4, 5):
        for frame in (spans[index][0], spans[index][1]):
            assert line(changed.segments[index], frame) == pytest.approx(line(before[index], frame))
    assert [s.corrected for s in changed.segments[3:6]] == [None, Action.NUDGE, None]
    assert changed.segments[4].movie_start_frame == int(line(before[4], 313) * 24 + 1e-3)


def test_slipping_moves_the_source_by_movie_frames() -> None:
    changed = corrections.nudge(result(), 7, slip_frames=-2, made=NOW).segments[6]
    was = result().segments[6]
    assert changed.movie_start_frame == was.movie_start_frame - 2
    assert changed.movie_start_s == pytest.approx(was.movie_start_s - 2 / 24)
    assert (changed.start_frame, changed.end_frame) == (was.start_frame, was.end_frame)


@pytest.mark.parametrize(
    ("number", "moves", "why"),
    [
        (1, {"in_frames": 1}, "the commentary starts with segment 1"),
        (8, {"out_frames": -1}, "the commentary ends with segment 8"),
        (2, {"in_frames": 80}, "no frame left"),
        (2, {"in_frames": -100}, "no frame left"),
        (2, {"out_frames": 20}, "no frame left"),
        (3, {"slip_frames": 1}, "in no movie"),
        (6, {"slip_frames": -78}, "outside of film.mov"),
        (4, {}, "nothing to nudge"),
        (9, {"in_frames": 1}, "there is no segment 9: the result has 1 to 8"),
    ],
)
def test_a_nudge_that_is_impossible_is_refused(number: int, moves: dict, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        corrections.nudge(result(), number, made=NOW, **moves)


def test_a_place_is_set_by_hand_and_the_one_before_becomes_an_alternative() -> None:
    crop = Rect(0.1, 0.1, 0.8, 0.8)
    changed = corrections.set_place(
        result(), 1, movie="film.mov", start_s=61.2, speed=0.5, mirrored=True, crop=crop, made=NOW
    ).segments[0]
    assert (changed.movie_start_s, changed.movie_start_frame) == (61.2, 1468)
    assert changed.movie_end_s == pytest.approx(61.2 + 0.5 * 100 / 30)
    assert (changed.mirrored, changed.crop, changed.tier) == (True, crop, Tier.EXACT)
    assert changed.alternatives[0].movie_start_frame == 240


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ({"movie": "other.mov", "start_s": 1.0}, "'other.mov' is not among the movies"),
        ({"movie": "film.mov", "start_s": 600.0}, "600 s is outside of film.mov"),
        ({"movie": "film.mov", "start_s": 1.0, "speed": -1.0}, "a speed of -1.0 is impossible"),
    ],
)
def test_an_impossible_place_is_refused(place: dict, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        corrections.set_place(result(), 1, crop=FULL_FRAME, made=NOW, **place)


EDITS: list[Callable[[MatchResult, int, int], MatchResult]] = [
    lambda r, n, k: corrections.accept(r, n, made=NOW),
    lambda r, n, k: corrections.reject(r, n, made=NOW),
    lambda r, n, k: corrections.swap(r, n, to=k % 3, made=NOW),
    lambda r, n, k: corrections.nudge(r, n, in_frames=k - 20, out_frames=20 - k, made=NOW),
    lambda r, n, k: corrections.nudge(r, n, slip_frames=k - 20, made=NOW),
    lambda r, n, k: corrections.set_place(
        r, n, movie="film.mov", start_s=3.7 * k, speed=k / 20, crop=FULL_FRAME, made=NOW
    ),
]
# Files and many edits: on a busy machine an example may take long, which says nothing of the code.
patient = settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
steps = st.lists(
    st.tuples(st.sampled_from(EDITS), st.integers(1, 8), st.integers(0, 40)), max_size=8
)


def edited(start: MatchResult, todo: list) -> list[MatchResult]:
    """The result after each edit that was possible."""
    states = [start]
    for edit, number, amount in todo:
        try:
            states.append(edit(states[-1], number, amount))
        except SettingsError:
            continue
    return states


@patient
@given(steps)
def test_whatever_is_done_the_commentary_stays_covered_and_undo_takes_it_back(todo: list) -> None:
    states = edited(result(), todo)
    for state in states:
        edges = [s.start_frame for s in state.segments] + [state.segments[-1].end_frame]
        assert edges[0] == 0
        assert edges[-1] == FRAMES
        assert edges == sorted(set(edges))
    state = states[-1]
    for earlier in reversed(states[:-1]):
        state, _ = corrections.undo(state)
        assert state.segments == earlier.segments
    assert all(each.undone for each in state.corrections)
    with pytest.raises(SettingsError, match="no correction to undo"):
        corrections.undo(state)


@patient
@given(todo=steps, undone=st.integers(0, 2))
def test_a_corrected_result_file_is_read_back_and_undone_there(
    todo: list, undone: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    states = edited(result(), todo)
    state = states[-1]
    for _ in range(min(undone, len(states) - 1)):
        state, _ = corrections.undo(state)
    folder = tmp_path_factory.mktemp("r")
    files = write_reports(state, folder)
    again = read_result(files["result"])
    assert [(s.start_frame, s.end_frame, s.movie, s.corrected, s.tier) for s in again.segments] == [
        (s.start_frame, s.end_frame, s.movie, s.corrected, s.tier) for s in state.segments
    ]
    assert [s.alternatives for s in again.segments] == [s.alternatives for s in state.segments]
    assert [(c.action, c.made, c.undone) for c in again.corrections] == [
        (c.action, c.made, c.undone) for c in state.corrections
    ]
    if any(not c.undone for c in state.corrections):
        back, _ = corrections.undo(again)
        expected, _ = corrections.undo(state)
        for one, other in zip(back.segments, expected.segments, strict=True):
            assert (one.start_frame, one.movie, one.corrected) == (
                other.start_frame,
                other.movie,
                other.corrected,
            )
            assert (one.movie_start_s or 0) == pytest.approx(other.movie_start_s or 0)


def test_a_result_without_corrections_is_written_as_before(tmp_path: Path) -> None:
    write_result(result(), tmp_path / "r.json")
    document = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert not {"corrections", "past_corrections"} & set(document)
    assert not any("corrected" in each for each in document["primary_segments"])


@pytest.mark.parametrize(
    ("break_it", "why"),
    [
        (lambda c: c.update(action="delete"), r"corrections\[0\].action"),
        (lambda c: c.update(before=[]), r"corrections\[0\].before"),
        (lambda c: c["before"][0].update(youtube_end_frame=99), "not over the same frames"),
        (lambda c: c["after"][0].update(movie="no.mov"), r"corrections\[0\].after\[0\].movie"),
    ],
)
def test_a_broken_history_is_refused_in_one_line(break_it, why: str, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    write_result(corrections.accept(result(), 1, made=NOW), path)
    document = json.loads(path.read_text("utf-8"))
    break_it(document["corrections"][0])
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(ResultError, match=why):
        read_result(path)


def test_undo_is_refused_where_the_segments_were_edited_by_hand_since() -> None:
    changed = corrections.accept(result(), 2, made=NOW)
    merged = replace(changed.segments[1], end_frame=200)
    by_hand = replace(changed, segments=(changed.segments[0], merged, *changed.segments[3:]))
    with pytest.raises(ResultError, match="edited by hand since"):
        corrections.undo(by_hand)


# --- a new match -------------------------------------------------------------------------------


def rematched(*spans: tuple[int, int, float | None]) -> MatchResult:
    """A new result of the same commentary, found by nobody's help."""
    segments = []
    for start, end, at_s in spans:
        where = {"start_frame": start, "end_frame": end, "start_s": start / 30, "end_s": end / 30}
        if at_s is None:
            segments.append(Segment(**where))
            continue
        length_s = (end - start) / 30
        segments.append(
            Segment(**where, movie="film.mov", movie_start_s=at_s, movie_end_s=at_s + length_s,
                    movie_start_frame=int(at_s * 24), confidence=0.95, tier=Tier.LIKELY)
        )  # fmt: skip
    return replace(result(), segments=tuple(segments))


def test_corrected_segments_take_their_frames_in_a_new_match() -> None:
    earlier = corrections.accept(corrections.swap(result(), 7, to=1, made=NOW), 1, made=NOW)
    new = rematched((0, 102, 10.0), (102, 500, 30.0), (500, 700, 80.0))
    kept, notes = corrections.carry_over(earlier, new)
    spans = [(s.start_frame, s.end_frame, s.corrected) for s in kept.segments]
    # Two frames more of the first segment are an edge found elsewhere, and go to the second.
    assert spans == [
        (0, 100, Action.ACCEPT),
        (100, 425, None),
        (425, 650, Action.SWAP),
        (650, 700, None),
    ]
    assert kept.segments[0].movie_start_s == earlier.segments[0].movie_start_s
    assert kept.segments[2].movie_start_s == earlier.segments[6].movie_start_s
    assert kept.segments[2].alternatives == earlier.segments[6].alternatives
    assert line(kept.segments[1], 300) == pytest.approx(line(new.segments[1], 300))
    assert line(kept.segments[3], 690) == pytest.approx(line(new.segments[2], 690))
    assert notes == ("2 corrections were kept from the earlier result",)


LEFT, RIGHT = Rect(0.0, 0.0, 0.5, 1.0), Rect(0.5, 0.0, 0.5, 1.0)


def accepted_pane(*beside: tuple[int, int, float]) -> MatchResult:
    """A result whose first segment, frames 0 to 100, is an accepted pane beside another one."""
    first = replace(result().segments[0], pane=LEFT)
    panes = (replace(rematched(*beside).segments[0], pane=RIGHT),)
    earlier = replace(result(), segments=(first, *result().segments[1:]), pane_segments=panes)
    return corrections.accept(earlier, 1, made=NOW)


def matched_panes(*beside: tuple[int, int, float]) -> MatchResult:
    """A new match: one pane all through, and others beside it."""
    new = rematched((0, 700, 10.0))
    return replace(
        new,
        segments=(replace(new.segments[0], pane=LEFT),),
        pane_segments=tuple(replace(pane, pane=RIGHT) for pane in rematched(*beside).segments),
    )


def test_other_panes_are_kept_beside_a_corrected_one_and_new_ones_around_it() -> None:
    earlier, new = accepted_pane((40, 120, 5.0)), matched_panes((0, 150, 50.0), (200, 300, 60.0))
    (beside,) = earlier.pane_segments
    kept, _ = corrections.carry_over(earlier, new)
    old, cut, whole = kept.pane_segments
    assert [(s.start_frame, s.end_frame) for s in (old, cut)] == [(40, 100), (100, 150)]
    for pane, before in ((old, beside), (cut, new.pane_segments[0])):
        at = pane.start_frame
        assert pane.movie_start_s == pytest.approx(line(before, at))
        assert pane.movie_end_s == pytest.approx(line(before, pane.end_frame))
    assert whole == new.pane_segments[1]


def test_a_rejected_pane_stays_a_pane_and_so_does_what_takes_its_place() -> None:
    pane = Rect(0.0, 0.0, 0.5, 1.0)
    split = replace(result(), segments=(replace(result().segments[0], pane=pane),))
    rejected = corrections.reject(split, 1, made=NOW)
    assert (rejected.segments[0].movie, rejected.segments[0].pane) == (None, pane)
    again = corrections.set_place(
        rejected, 1, movie="film.mov", start_s=3.0, crop=FULL_FRAME, made=NOW
    )
    assert again.segments[0].pane == pane


def test_what_was_kept_can_be_undone_down_to_the_new_match() -> None:
    earlier = corrections.accept(corrections.accept(result(), 4, made=NOW), 7, made=NOW)
    new = rematched((0, 205, 10.0), (205, 440, 30.0), (440, 700, 80.0))
    kept, _ = corrections.carry_over(earlier, new)
    once, last = corrections.undo(kept)
    twice, _ = corrections.undo(once)
    assert (last.action, last.made) == (Action.ACCEPT, NOW)
    assert [(s.start_frame, s.end_frame) for s in twice.segments] == [
        (s.start_frame, s.end_frame) for s in new.segments
    ]


def at(second: int) -> str:
    return f"2026-11-27T02:20:{second:02}Z"


def worked_on() -> MatchResult:
    """Six corrections, the last of them taken back."""
    done = corrections.accept(result(), 1, made=at(1))
    done = corrections.accept(done, 5, made=at(1))
    done = corrections.reject(done, 4, made=at(2))
    done = corrections.nudge(done, 2, in_frames=3, made=at(3))
    done = corrections.nudge(done, 2, in_frames=-1, made=at(4))
    done = corrections.set_place(
        done, 6, movie="film.mov", start_s=7.0, crop=FULL_FRAME, made=at(5)
    )
    return corrections.undo(done)[0]


def told(kept: MatchResult) -> list[tuple[str, int, str, bool]]:
    return [(c.action.value, c.segment, c.made, c.undone) for c in kept.corrections]


def test_corrections_that_are_kept_stand_in_their_order_with_their_own_time() -> None:
    wrong_s = result().segments[3].movie_start_s
    new = rematched((0, 102, 10.0), (102, 200, 30.0), (200, 310, wrong_s), (310, 700, 80.0))
    kept, _ = corrections.carry_over(worked_on(), new)
    assert [s.corrected and s.corrected.value for s in kept.segments] == [
        "accept", "nudge", None, "reject", "accept", None
    ]  # fmt: skip
    assert told(kept) == [
        ("accept", 1, at(1), False),
        ("accept", 5, at(1), False),
        ("reject", 4, at(2), False),
        ("nudge", 2, at(4), False),
    ]
    back = []
    for _ in range(4):
        kept, last = corrections.undo(kept)
        back.append(last.made)
    assert back == [at(4), at(2), at(1), at(1)]
    assert [(s.start_frame, s.end_frame) for s in kept.segments] == [
        (s.start_frame, s.end_frame) for s in new.segments
    ]


def test_nothing_of_the_history_is_lost_however_often_a_commentary_is_matched(
    tmp_path: Path,
) -> None:
    new = rematched((0, 700, 10.0))
    once, _ = corrections.carry_over(worked_on(), new)
    past = [(p.action.value, p.segment, p.made, p.undone) for p in once.past_corrections]
    assert past == [
        ("accept", 1, at(1), False),
        ("accept", 5, at(1), False),
        ("reject", 4, at(2), False),
        ("nudge", 2, at(3), False),
        ("nudge", 2, at(4), False),
        ("set", 6, at(5), True),
    ]
    later = corrections.accept(corrections.undo(once)[0], 1, made=at(9))
    write_result(later, tmp_path / "r.json")
    twice, _ = corrections.carry_over(read_result(tmp_path / "r.json"), new)
    past = [(p.action.value, p.made, p.undone) for p in twice.past_corrections]
    assert past == [
        ("accept", at(1), False),
        ("accept", at(1), False),
        ("reject", at(2), False),
        ("nudge", at(3), False),
        ("nudge", at(4), True),
        ("set", at(5), True),
        ("accept", at(9), False),
    ]


def test_undoing_what_was_kept_brings_the_other_panes_back(tmp_path: Path) -> None:
    earlier, new = accepted_pane((40, 90, 5.0)), matched_panes((0, 150, 50.0))
    kept, _ = corrections.carry_over(earlier, new)
    assert kept.pane_segments != new.pane_segments
    write_result(kept, tmp_path / "r.json")
    back, _ = corrections.undo(read_result(tmp_path / "r.json"))
    (pane,) = back.pane_segments
    assert (pane.start_frame, pane.end_frame, pane.movie_start_s) == (0, 150, 50.0)


def test_a_rejected_place_stays_rejected_and_another_one_stands() -> None:
    earlier = corrections.reject(result(), 4, made=NOW)
    wrong_s = result().segments[3].movie_start_s
    same, notes = corrections.carry_over(earlier, rematched((0, 200, 10.0), (200, 700, wrong_s)))
    hole = next(s for s in same.segments if s.start_frame == 200)
    assert (hole.movie, hole.end_frame, hole.corrected) == (None, 310, Action.REJECT)
    assert notes == ("1 correction was kept from the earlier result",)
    other, notes = corrections.carry_over(earlier, rematched((0, 200, 10.0), (200, 700, 50.0)))
    assert [(s.start_frame, s.movie, s.tier) for s in other.segments][1:] == [
        (200, "film.mov", Tier.REVIEW)
    ]
    assert "was not found again; another was" in notes[0]


def test_a_correction_into_a_movie_that_was_not_searched_again_is_told() -> None:
    earlier = corrections.accept(result(), 1, made=NOW)
    new = rematched((0, 700, None))
    new = replace(new, movies=(replace(new.movies[0], fingerprint="another"),))
    kept, notes = corrections.carry_over(earlier, new)
    assert kept == replace(new, past_corrections=kept.past_corrections)
    assert [past.made for past in kept.past_corrections] == [NOW]
    assert "frames 0 to 100 was not kept: film.mov was not searched now" in notes[0]


cuts = st.lists(st.integers(1, FRAMES - 1), max_size=8, unique=True).map(sorted)


@patient
@given(todo=steps, edges=cuts)
def test_a_new_match_with_corrections_still_covers_the_commentary(todo: list, edges: list) -> None:
    earlier = edited(result(), todo)[-1]
    bounds = [0, *edges, FRAMES]
    spans = itertools.pairwise(bounds)
    new = rematched(*((a, b, 5.0 * i if i % 3 else None) for i, (a, b) in enumerate(spans)))
    kept, _ = corrections.carry_over(earlier, new)
    found = [s.start_frame for s in kept.segments] + [kept.segments[-1].end_frame]
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (0, FRAMES)
    there = {(s.start_frame, s.end_frame, s.corrected) for s in kept.segments if s.corrected}
    asked = {(s.start_frame, s.end_frame, s.corrected) for s in earlier.segments if s.corrected}
    assert {each for each in asked if each[2] is not Action.REJECT} <= there <= asked


# --- truth -------------------------------------------------------------------------------------


def test_confirmed_segments_are_truth_that_the_benchmark_reads(tmp_path: Path) -> None:
    changed = result()
    for number in (1, 2, 3):
        changed = corrections.accept(changed, number, made=NOW)
    changed = corrections.reject(changed, 4, made=NOW)
    movie = steady(CASE.movie, 5000)
    made = corrections.confirmed_truth(
        changed,
        commentary=steady(CASE.record, FRAMES),
        movies={"film.mov": movie},
        paths={"film.mov": Path("/films/film.mov")},
    )
    (tmp_path / "truth.json").write_text(json.dumps(made.document), "utf-8")
    with (tmp_path / "truth.npz").open("wb") as file:
        np.savez_compressed(file, **made.arrays)
    truth = load_truth(tmp_path)
    assert (truth.frames, truth.fps, made.confirmed_frames) == (FRAMES, CASE.record, 200)
    assert truth.film[:180, 0].tolist() == [0] * 180
    assert set(truth.film[180:200, 0]) == {-1}  # known to be in no movie
    assert set(truth.film[200:, 0]) == {-3}  # nobody knows, what was rejected included
    assert truth.pts[0, 0] == EXPECTED[0].frame
    assert truth.pts[179, 0] == int((1201 / 24 + 1.25 * 79 / 30) * 24 + 1e-3)
    assert (truth.end_pts[:180, 0] == truth.pts[:180, 0] + 1).all()
    assert [(s.start_frame, s.film) for s in truth.segments] == [(0, 0), (100, 0), (180, -1)]
