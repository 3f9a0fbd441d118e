"""Intervals, what a batch takes from its films, and the reports of it."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from syncclip.reports import (
    BatchEntry,
    batch_report,
    batch_to_json,
    film_uses,
    footage_used_again,
    write_batch_reports,
)
from syncclip.reports._validate import load_schema
from syncclip.reports.batch import BATCH_SCHEMA
from syncclip.reports.intervals import merged, overlaps, total
from syncclip.result import MatchResult
from tests.unit.results_strategies import a_hole, a_movie, a_place, a_result, match_results

whole = st.integers(0, 30)
intervals = st.lists(st.tuples(whole, whole), max_size=12)
"""Also empty ones and ones the wrong way round: nothing."""


def covered(ranges: list) -> list[int]:
    """How many intervals cover each of the unit steps."""
    return [sum(start <= at < end for start, end in ranges) for at in range(31)]


@given(intervals)
def test_merged_intervals_cover_the_same_once(ranges: list) -> None:
    joined = merged(ranges)
    assert covered(joined) == [min(1, n) for n in covered(ranges)]
    assert all(a[1] < b[0] for a, b in itertools.pairwise(joined))
    assert merged(joined) == joined
    assert merged(reversed(ranges)) == joined
    assert total(joined) == sum(n > 0 for n in covered(ranges))


@given(intervals, st.integers(0, 5))
def test_a_gap_joins_neighbours_and_no_others(ranges: list, gap: int) -> None:
    joined = merged(ranges, gap=gap)
    assert all(b[0] - a[1] > gap for a, b in itertools.pairwise(joined))
    for start, end in merged(ranges):
        assert any(a <= start and end <= b for a, b in joined)


@given(intervals)
def test_overlaps_are_where_several_cover_and_name_all_of_them(ranges: list) -> None:
    uses = [(each, number) for number, each in enumerate(ranges)]
    found = overlaps(uses)
    depth = [n if n > 1 else 0 for n in covered(ranges)]
    shared = [0] * 31
    for (start, end), numbers in found:
        assert start < end
        for at in range(start, end):
            shared[at] = len(numbers)
            assert list(numbers) == [n for n, (a, b) in enumerate(ranges) if a <= at < b]
    assert shared == depth
    assert all(a[0][1] <= b[0][0] for a, b in itertools.pairwise(found))


@given(intervals, st.integers(0, 8))
def test_short_overlaps_are_left_out(ranges: list, least: int) -> None:
    uses = [(each, number) for number, each in enumerate(ranges)]
    long = [each for each in overlaps(uses) if each[0][1] - each[0][0] > least]
    assert overlaps(uses, longer_than=least) == long


@given(intervals)
def test_lengths_of_all_are_those_of_merged_and_of_what_is_shared(ranges: list) -> None:
    uses = [(each, number) for number, each in enumerate(ranges)]
    again = sum((end - start) * (len(n) - 1) for (start, end), n in overlaps(uses))
    assert total(ranges) == total(merged(ranges)) + again


# --- films


OTHER = a_movie("film.mkv", fingerprint="other", path="/elsewhere/film.mkv", duration_s=100.0)
UNUSED = a_movie("never.mkv", fingerprint="none")


def test_a_film_is_counted_in_minutes_ranges_and_commentaries() -> None:
    first = a_result(a_place(0, 60, 100.0), a_hole(60, 90), a_place(90, 150, 101.0))
    second = a_result(a_place(0, 90, 300.0, speed=2.0), movies=(a_movie("renamed.mkv"),))
    second = replace(second, segments=(replace(second.segments[0], movie="renamed.mkv"),))
    use, unused = film_uses([first, second], [UNUSED])
    assert use.name == "film.mkv"
    assert use.shown_s == pytest.approx(2 + 2 + 3)
    assert [*itertools.chain(*use.ranges)] == pytest.approx([100.0, 103.0, 300.0, 306.0])
    assert use.used_s == pytest.approx(9)
    assert use.share == pytest.approx(9 / 600)
    assert use.by_commentary == ((0, pytest.approx(4)), (1, pytest.approx(3)))
    assert (unused.name, unused.shown_s, unused.ranges, unused.share) == ("never.mkv", 0, (), 0)


def test_two_films_of_one_name_are_two() -> None:
    one, two = a_result(a_place(0, 30, 1.0)), a_result(a_place(0, 60, 1.0), movies=(OTHER,))
    assert [(use.name, use.shown_s) for use in film_uses([one, two])] == [
        ("film.mkv (2)", pytest.approx(2)),
        ("film.mkv", pytest.approx(1)),
    ]
    assert footage_used_again([one, two]) == []


def test_footage_used_again_names_who_uses_it() -> None:
    one = a_result(a_place(0, 60, 10.0), a_place(60, 120, 50.0), a_place(120, 180, 11.0))
    two = a_result(a_place(0, 90, 11.5))
    first, second, third = footage_used_again([one, two])
    assert (first.start_s, first.end_s) == pytest.approx((11.0, 11.5))
    assert [(use.commentary, use.segment) for use in first.uses] == [(0, 1), (0, 3)]
    assert (second.start_s, second.end_s) == pytest.approx((11.5, 12.0))
    assert [(use.commentary, use.segment) for use in second.uses] == [(0, 1), (0, 3), (1, 1)]
    assert (third.start_s, third.end_s) == pytest.approx((12.0, 13.0))
    assert (third.uses[1].commentary, third.uses[1].end_s) == (1, 3.0)


def test_a_shot_that_was_cut_in_two_is_not_used_twice() -> None:
    assert footage_used_again([a_result(a_place(0, 60, 10.0), a_place(60, 90, 11.9))]) == []
    assert len(footage_used_again([a_result(a_place(0, 60, 10.0), a_place(60, 90, 11.8))])) == 1


def test_a_freeze_frame_uses_one_frame_of_the_film() -> None:
    (use,) = film_uses([a_result(a_place(0, 60, 10.0, speed=0.0))])
    assert (use.shown_s, use.used_s) == pytest.approx((2.0, 1 / 24))


def entries() -> list[BatchEntry]:
    return [
        BatchEntry(commentary="/c/lost.mp4", status="failed", folder=None, reason="no\nsuch file"),
        BatchEntry(
            commentary="/c/recap.mp4",
            status="matched",
            folder="/out/recap_synced/proceed",
            result=a_result(a_place(0, 60, 10.0), a_place(60, 120, 11.0)),
            files={"result": "/out/recap_synced/proceed/results/visual_match_results.json"},
            notes=("a note",),
            seconds=1.23456,
        ),
    ]


def test_the_batch_as_json_is_of_the_published_shape_and_counts_commentaries_from_one() -> None:
    document = batch_to_json(entries(), [UNUSED])
    Draft202012Validator(load_schema(BATCH_SCHEMA)).validate(document)
    assert [each["status"] for each in document["commentaries"]] == ["failed", "matched"]
    assert document["movies"][0]["commentaries"] == [{"commentary": 2, "shown_s": 4.0}]
    assert document["movies"][0]["ranges"] == [[10.0, 13.0]]
    assert [use["segment"] for use in document["used_again"][0]["uses"]] == [1, 2]
    assert document["used_again"][0]["uses"][0]["commentary"] == 2
    assert document["never_used"] == ["never.mkv"]


def test_the_text_report_tells_people_the_same() -> None:
    text = batch_report(entries(), [UNUSED])
    lines = text.splitlines()
    assert any(line.split()[:2] == ["1", "lost.mp4"] and "no\\nsuch file" in line for line in lines)
    assert any(line.split() == ["film.mkv", "0.07", "0.05", "1", "%", "1"] for line in lines)
    assert "  00:00:10.000 - 00:00:13.000" in lines
    assert any("#2 recap.mp4, segment 1; #2 recap.mp4, segment 2" in line for line in lines)
    assert lines[lines.index("Films never used") + 2] == "never.mkv"


def test_a_batch_of_which_nothing_is_known_has_reports_too(tmp_path: Path) -> None:
    files = write_batch_reports(entries()[:1], tmp_path)
    document = json.loads(files["batch_report"].read_text(encoding="utf-8"))
    Draft202012Validator(load_schema(BATCH_SCHEMA)).validate(document)
    assert (document["movies"], document["used_again"], document["never_used"]) == ([], [], [])
    assert "none" in files["batch_report_text"].read_text(encoding="utf-8")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(match_results())
def test_whatever_results_say_the_report_is_of_the_published_shape(result: MatchResult) -> None:
    found = [result, a_result(), result]
    batch = [
        BatchEntry(commentary=each.commentary, status="matched", folder="f", result=each)
        for each in found
    ]
    document = batch_to_json(batch)
    Draft202012Validator(load_schema(BATCH_SCHEMA)).validate(document)
    assert batch_report(batch)
    shown = sum(each["shown_s"] for each in document["movies"])
    assert shown == pytest.approx(
        sum(s.end_s - s.start_s for each in found for s in each.shown), abs=1e-3
    )
