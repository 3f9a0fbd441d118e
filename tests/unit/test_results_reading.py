from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from syncclip._clock import FrameClock
from syncclip.errors import ResultError
from syncclip.reports import read_result, to_json
from syncclip.reports.results import alternatives_to_json
from syncclip.result import MatchResult, Tier
from syncclip.types import Rect
from tests.unit.results_strategies import a_place, a_result

Edit = Callable[[dict[str, Any]], object]


def edited(tmp_path: Path, edit: Edit) -> MatchResult:
    document = to_json(a_result())
    edit(document)
    path = tmp_path / "visual_match_results.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return read_result(path)


def segment(number: int, **values: object) -> Edit:
    return lambda document: document["primary_segments"][number].update(values)


def test_panes_are_read_and_those_that_cannot_be_are_named(tmp_path: Path) -> None:
    pane = a_place(0, 60, 10.0, pane=Rect(0.5, 0.0, 0.5, 1.0))
    split = to_json(a_result(pane_segments=(pane,)))["pane_segments"][0]

    def with_pane(**changes: object) -> Edit:
        return lambda document: document.update(pane_segments=[split | changes])

    read = edited(tmp_path, with_pane(movie_start=20.0)).pane_segments[0]
    assert (read.movie_start_s, read.movie_start_frame, read.pane) == (20.0, 480, pane.pane)
    for changes, words in (
        ({"movie": None}, r"pane_segments\[0\].movie.*null"),
        ({"youtube_end_frame": 301}, r"pane_segments\[0\].youtube_end_frame.*301 of 300"),
        ({"youtube_end_frame": 0}, r"pane_segments\[0\].youtube_end_frame"),
        ({"pane": [0.6, 0.0, 0.5, 1.0]}, r"pane_segments\[0\].pane.*not a rectangle"),
        ({"movie": "other.mkv"}, r"pane_segments\[0\].movie.*not among"),
        ({"pane": [0.0, 0.0, 1.0, 1.0]}, r"pane_segments\[0\].pane.*missing"),
    ):
        with pytest.raises(ResultError, match=words):
            edited(tmp_path, with_pane(**changes))


def test_a_moved_movie_start_moves_the_end_and_the_frame_with_it(tmp_path: Path) -> None:
    moved = edited(tmp_path, segment(0, movie_start=101.0)).segments[0]
    assert moved.movie_start_s == 101.0
    assert moved.movie_end_s == pytest.approx(103.0)
    assert moved.movie_start_frame == 2424


def test_another_speed_changes_the_end_only(tmp_path: Path) -> None:
    faster = edited(tmp_path, segment(0, speed=2.0)).segments[0]
    assert (faster.movie_start_s, faster.movie_start_frame) == (100.0, 2400)
    assert faster.movie_end_s == pytest.approx(104.0)


def test_a_moved_cut_changes_the_seconds_on_both_sides(tmp_path: Path) -> None:
    def edit(document: dict[str, Any]) -> None:
        segment(0, youtube_end_frame=75)(document)
        segment(1, youtube_start_frame=75)(document)

    first, second = edited(tmp_path, edit).segments[:2]
    assert first.end_s == second.start_s == pytest.approx(2.5)


def test_a_moved_cut_of_a_variable_rate_video_falls_between_the_measured_times() -> None:
    clock = FrameClock.from_pairs([(0, 0.1), (60, 4.1), (90, 5.1)], Fraction(30))
    assert clock.seconds_of(60) == 4.1
    assert clock.seconds_of(30) == pytest.approx(2.1)
    assert clock.seconds_of(93) == pytest.approx(5.2)
    assert clock.frame_at(2.1) == 30
    assert clock.frame_at(-1.0) == 0


def test_a_result_written_by_hand_needs_no_measured_times(tmp_path: Path) -> None:
    def edit(document: dict[str, Any]) -> None:
        del document["commentary"]["frame_times"], document["movies"][0]["frame_times"]
        del document["notes"], document["primary_segments"][0]["offset_slack_s"]

    first = edited(tmp_path, edit).segments[0]
    assert (first.start_s, first.end_s, first.movie_start_frame) == (0.0, 2.0, 2400)


def test_a_place_taken_away_by_hand_is_unmatched(tmp_path: Path) -> None:
    hole = edited(tmp_path, segment(0, movie=None)).segments[0]
    assert (hole.movie, hole.movie_start_s, hole.movie_end_s) == (None, None, None)
    assert hole.movie_start_frame is None
    assert hole.tier is Tier.UNMATCHED


def test_a_place_entered_by_hand_is_one_to_review(tmp_path: Path) -> None:
    edit = segment(2, movie="film.mkv", movie_start=10.0)
    found = edited(tmp_path, edit).segments[2]
    assert (found.movie, found.movie_start_frame, found.tier) == ("film.mkv", 240, Tier.REVIEW)
    assert found.movie_end_s == pytest.approx(12.0)


def test_figures_worked_out_from_the_segments_are_not_believed(tmp_path: Path) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["quality_info"]["coverage"] = 0.0
        segment(0, youtube_start=77.0, alternatives=9)(document)

    result = edited(tmp_path, edit)
    assert result.segments[0].start_s == 0.0
    assert to_json(result)["quality_info"]["coverage"] == pytest.approx(0.8)


WRONG: list[tuple[str, Edit, str]] = [
    ("text for a number", segment(1, speed="fast"), r"primary_segments\[1\]\.speed: 'fast' is not"),
    ("true for a number", segment(1, speed=True), r"primary_segments\[1\]\.speed: True is not"),
    ("negative speed", segment(1, speed=-1), r"primary_segments\[1\]\.speed: -1 is less than"),
    ("missing key", lambda d: d["primary_segments"][1].pop("crop"), r"\[1\]: 'crop' is a required"),
    ("no movies", lambda d: d.pop("movies"), r"the file: 'movies' is a required property"),
    ("unknown movie", segment(0, movie="x"), r"\[0\]\.movie: 'x' is not among the movies \('film"),
    ("no start", segment(0, movie_start=None), r"\[0\]\.movie_start: null, but"),
    ("start past the end", segment(0, movie_start=700), r"\[0\]\.movie_start: 700 is outside"),
    ("half a crop", segment(0, crop=[0, 0, 1]), r"\[0\]\.crop: \[0, 0, 1\] is too short"),
    ("crop outside", segment(0, crop=[0.9, 0, 0.5, 1]), r"\[0\]\.crop: not a rectangle inside"),
    ("empty crop", segment(0, crop=[0, 0, 0, 1]), r"\[0\]\.crop: not a rectangle inside"),
    ("unknown tier", segment(0, tier="sure"), r"\[0\]\.tier: 'sure' is not one of"),
    ("gap", segment(1, youtube_start_frame=61), r"\[1\]\.youtube_start_frame: 61, want 60"),
    ("overlap", segment(1, youtube_start_frame=59), r"\[1\]\.youtube_start_frame: 59, want 60"),
    ("backwards", segment(0, youtube_end_frame=0), r"\[0\]\.youtube_end_frame: 0 is less than"),
    ("too short", segment(3, youtube_end_frame=299), r"\[3\]\.youtube_end_frame: 299, want 300"),
    ("no segments", lambda d: d.update(primary_segments=[]), r"primary_segments: \[\] "),
    ("rate", lambda d: d["commentary"].update(frame_rate="0"), r"commentary\.frame_rate: '0' does"),
    ("odd rate", lambda d: d["movies"][0].update(frame_rate="1/9999"), r"movies\[0\]\.frame_rate"),
    ("bars", lambda d: d["movies"][0].update(content=[0, 0, 2000, 9]), r"movies\[0\]\.content"),
    ("same movie twice", lambda d: d["movies"].append(d["movies"][0]), r"movies\[1\]\.name"),
    (
        "times out of order",
        lambda d: d["commentary"].update(frame_times=[[0, 5.0], [9, 1.0]]),
        r"commentary\.frame_times: .* must both increase",
    ),
    ("newer", lambda d: d.update(schema_version=2), r"newer SyncClip \(schema_version 2, this one"),
    (
        "no version",
        lambda d: d.pop("schema_version"),
        "no result file, it has no schema_version; give",
    ),
]


@pytest.mark.parametrize(("edit", "message"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_wrong_value_is_named_with_its_json_path(
    tmp_path: Path, edit: Edit, message: str
) -> None:
    with pytest.raises(ResultError, match=message) as caught:
        edited(tmp_path, edit)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(tmp_path)) + 300


NOT_RESULTS = {
    "empty": (b"", "not valid JSON"),
    "text": (b"hello", "not valid JSON"),
    "binary": (b"\x89PNG\r\n\x80\x81", "it is not text; give"),
    "list": (b"[]", "no result file, it has no schema_version; give"),
    "cut short": (b'{"schema_version": 1, "prim', "not valid JSON"),
    "not a number": (b'{"schema_version": NaN}', "NaN is not a number"),
    "infinite": (b'{"schema_version": 1e999}', "1e999 is too large"),
    "huge": (b'{"schema_version": ' + b"9" * 5000 + b"}", "9 is too large"),
    "deep": (b"[" * 100_000, "nested too deeply"),
}


@pytest.mark.parametrize(("data", "message"), NOT_RESULTS.values(), ids=NOT_RESULTS.keys())
def test_a_file_that_is_no_result_gets_one_line(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(data)
    with pytest.raises(ResultError, match=message) as caught:
        read_result(path)
    assert "\n" not in str(caught.value)


def test_a_missing_result_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="no such file"):
        read_result(tmp_path / "none.json")
    with pytest.raises(ResultError, match="cannot be read: Is a directory"):
        read_result(tmp_path)


def test_a_file_past_the_size_limit_is_not_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncclip.reports._validate.MAX_FILE_BYTES", 10)
    (tmp_path / "big.json").write_bytes(b" " * 11)
    with pytest.raises(ResultError, match="it has over"):
        read_result(tmp_path / "big.json")


def with_alternatives(tmp_path: Path, edit: Edit) -> MatchResult:
    result = a_result()
    listed = alternatives_to_json(result)
    edit(listed)
    (tmp_path / "alternative_segments.json").write_text(json.dumps(listed), encoding="utf-8")
    return edited(tmp_path, lambda document: None)


def test_alternatives_in_the_same_folder_are_read(tmp_path: Path) -> None:
    assert with_alternatives(tmp_path, lambda listed: None) == a_result()


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda d: d.update(commentary_fingerprint="other"),
            "commentary_fingerprint: belongs to another result",
        ),
        (
            lambda d: d["segments"][0]["alternatives"][0].update(movie="x"),
            r"segments\[0\]\.alternatives\[0\]\.movie: 'x' is not among",
        ),
        (
            lambda d: d["segments"][0]["alternatives"][0].update(crop=[0.5, 0, 0.9, 1]),
            r"segments\[0\]\.alternatives\[0\]\.crop: not a rectangle",
        ),
        (lambda d: d.pop("segments"), "'segments' is a required property"),
    ],
)
def test_wrong_alternatives_are_named_with_their_own_file(
    tmp_path: Path, edit: Edit, message: str
) -> None:
    with pytest.raises(ResultError, match=r"alternative_segments\.json: .*" + message):
        with_alternatives(tmp_path, edit)


def test_alternatives_of_a_segment_whose_frames_changed_are_dropped(tmp_path: Path) -> None:
    def edit(listed: dict[str, Any]) -> None:
        listed["segments"][0]["youtube_end_frame"] += 1

    assert with_alternatives(tmp_path, edit).segments[1].alternatives == ()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([{"start": 2.0, "end": 1.0, "text": "no"}], r"transcript\[0\]: ends before it starts"),
        (
            [{"start": 2.0, "end": 3.0, "text": "a"}, {"start": 1.0, "end": 3.0, "text": "b"}],
            r"transcript\[1\]\.start: 1\.0 is before the line above it",
        ),
        (
            [{"start": 0, "end": 1, "text": "a", "words": [[1.0, 0.5, "a"]]}],
            r"transcript\[0\]: ends before",
        ),
        ([{"start": 0, "end": 1, "text": "a", "words": [[0.5, "a"]]}], r"transcript\[0\]\.words"),
        ([{"start": 0, "text": "a"}], r"transcript\[0\]"),
        ("words", "transcript"),
    ],
)
def test_a_transcript_that_cannot_be_is_refused(
    tmp_path: Path, lines: object, message: str
) -> None:
    with pytest.raises(ResultError, match=message):
        edited(tmp_path, lambda document: document.update(transcript=lines))
