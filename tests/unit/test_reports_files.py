from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from syncclip.errors import OutputError
from syncclip.reports import match_report, read_result, reports_stand, write_reports
from syncclip.reports._text import one_line, percent, table, timecode
from syncclip.reports.tables import segments_csv
from syncclip.reports.usage import film_uses
from syncclip.result import MatchResult
from syncclip.types import Rect
from tests.unit.results_strategies import a_hole, a_line, a_movie, a_place, a_result

AWKWARD = '-电影 "it\'s"\n[bold].mkv'


def awkward() -> MatchResult:
    return a_result(
        a_place(0, 60, 9.0, movie=AWKWARD),
        a_hole(60, 90),
        movies=(a_movie(AWKWARD),),
        commentary="/clips/解说\r.mp4",
    )


def test_every_report_is_there_under_its_name(tmp_path: Path) -> None:
    files = write_reports(a_result(), tmp_path / "proceed")
    assert {name: str(path.relative_to(tmp_path)) for name, path in files.items()} == {
        "result": "proceed/results/visual_match_results.json",
        "alternatives": "proceed/alternative_segments/alternative_segments.json",
        "match_report": "proceed/match_report.txt",
        "quality_report": "proceed/quality_report.txt",
        "scene_descriptions": "proceed/scene_descriptions.json",
        "segments": "proceed/segments.csv",
    }
    assert all(path.is_file() for path in files.values())
    assert read_result(files["result"]) == a_result()


def test_reports_of_a_second_run_replace_the_first(tmp_path: Path) -> None:
    write_reports(a_result(), tmp_path)
    files = write_reports(awkward(), tmp_path)
    assert read_result(files["result"]) == awkward()


def test_names_of_any_kind_keep_every_line_of_a_report_whole(tmp_path: Path) -> None:
    write_reports(awkward(), tmp_path)
    text = (tmp_path / "match_report.txt").read_text(encoding="utf-8")
    assert 'movie [1]   -电影 "it\'s"\\n[bold].mkv: 00:00:00.000' in text
    assert "commentary  解说\\r.mp4:" in text


def test_the_match_report_gives_each_segment_one_line_and_its_alternatives_below() -> None:
    lines = match_report(a_result()).splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("#"))
    assert lines[first].split() == [
        *("#", "commentary", "frames", "from", "movie", "speed", "mirror", "crop"),
        *("sim.", "conf.", "tier", "others"),
    ]
    assert lines[first + 2].startswith("2  00:00:02.000 - 00:00:05.000   60 - 150  [1]")
    assert "00:04:10.500 - 00:04:13.800  1.100x  yes" in lines[first + 2]
    assert "80.0 x 80.0 % at 10.0, 0.0" in lines[first + 2]
    assert lines[first + 3].split()[:2] == ["or", "[1]"]
    assert "not in any movie" in lines[first + 4]


def test_panes_of_a_split_screen_follow_their_segment_in_report_and_table(tmp_path: Path) -> None:
    left, right = Rect(0.0, 0.0, 0.5, 1.0), Rect(0.5, 0.0, 0.5, 1.0)
    result = a_result(
        a_place(0, 60, 10.0),
        a_place(60, 150, 20.0, pane=left),
        pane_segments=(a_place(60, 100, 30.0, pane=right), a_place(100, 150, 40.0, pane=right)),
    )
    lines = match_report(result).splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("2  "))
    assert [line.split()[3:9] for line in lines[first + 1 : first + 3]] == [
        ["and", "60", "-", "100", "[1]", "00:00:30.000"],
        ["and", "100", "-", "150", "[1]", "00:00:40.000"],
    ]
    assert any(line.startswith("and: what another pane") for line in lines)
    assert "and: what" not in match_report(a_result())
    with write_reports(result, tmp_path)["segments"].open(encoding="utf-8-sig", newline="") as file:
        rows = [(r["segment"], r["movie_start"], r["pane"]) for r in csv.DictReader(file)]
    assert rows == [
        ("1", "10.0", ""), ("2", "20.0", "0 0 0.5 1"),
        ("2", "30.0", "0.5 0 0.5 1"), ("2", "40.0", "0.5 0 0.5 1"),
    ]  # fmt: skip


def test_a_pane_beside_two_segments_is_told_once() -> None:
    left, right = Rect(0.0, 0.0, 0.5, 1.0), Rect(0.5, 0.0, 0.5, 1.0)
    result = a_result(
        a_place(0, 60, 10.0, pane=left),
        a_place(60, 150, 20.0, pane=left),
        pane_segments=(a_place(20, 100, 30.0, pane=right),),
    )
    assert [number for number, _ in result.numbered_panes] == [1]
    assert sum(" and 20 - 100 " in line for line in match_report(result).splitlines()) == 1
    rows = list(csv.DictReader(segments_csv(result).splitlines()))
    assert [(row["segment"], row["movie_start"]) for row in rows] == [
        ("1", "10.0"), ("1", "30.0"), ("2", "20.0")
    ]  # fmt: skip
    (use,) = film_uses([result])
    assert use.shown_s == pytest.approx((60 + 90 + 80) / 30)


def test_a_crop_that_rounds_to_everything_is_called_full() -> None:
    nearly = a_place(0, 30, 5.0, crop=Rect(0.0003, 0.0002, 0.9996, 0.9997))
    assert "  full  " in match_report(a_result(nearly))


def test_a_freeze_frame_is_called_so() -> None:
    assert " freeze  " in match_report(a_result(a_place(0, 30, 5.0, speed=0.0)))


def test_the_csv_opens_in_spreadsheets_and_parsers_alike(tmp_path: Path) -> None:
    path = write_reports(awkward(), tmp_path)["segments"]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["movie"] == AWKWARD
    assert (rows[0]["youtube_end_frame"], rows[0]["mirrored"]) == ("60", "false")
    assert float(rows[0]["movie_start"]) == 9.0
    assert (rows[1]["movie"], rows[1]["movie_start"], rows[1]["tier"]) == ("", "", "unmatched")


def test_scenes_hold_what_is_measured_and_no_caption(tmp_path: Path) -> None:
    scenes = json.loads(
        write_reports(a_result(), tmp_path)["scene_descriptions"].read_text(encoding="utf-8")
    )
    assert [scene["description"] for scene in scenes] == [None] * 4
    assert "movie_caption" not in scenes[0]
    assert scenes[1]["facts"] == {
        "duration_s": 3.0,
        "in_movie": True,
        "speed": 1.1,
        "freeze_frame": False,
        "static": True,
        "mirrored": True,
        "zoom": 1.25,
        "dissolves_in": False,
    }
    assert scenes[2]["facts"] == {"duration_s": 2.0, "in_movie": False}


def test_scenes_hold_what_both_sides_show_in_words(tmp_path: Path) -> None:
    result = a_result(
        a_place(0, 60, 9.0, movie_caption="a man on a train", caption="a man on a bus"),
        a_hole(60, 90),
        replace(a_hole(90, 120), caption="a cat"),
    )
    scenes = json.loads(
        write_reports(result, tmp_path)["scene_descriptions"].read_text(encoding="utf-8")
    )
    assert [scene["description"] for scene in scenes] == ["a man on a train", None, "a cat"]
    assert [scene["commentary_caption"] for scene in scenes] == ["a man on a bus", None, "a cat"]
    assert [scene["movie_caption"] for scene in scenes] == ["a man on a train", None, None]


def test_a_folder_in_the_way_of_a_report_is_named(tmp_path: Path) -> None:
    (tmp_path / "match_report.txt").mkdir()
    with pytest.raises(OutputError, match=r"cannot write .*match_report\.txt"):
        write_reports(a_result(), tmp_path)
    assert not list(tmp_path.glob(".syncclip-*"))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00:00.000"),
        (59.9996, "00:01:00.000"),
        (3661.0015, "01:01:01.002"),
        (-0.5, "-00:00:00.500"),
        (-0.0001, "00:00:00.000"),
        (360_000, "100:00:00.000"),
    ],
)
def test_times_are_rounded_as_a_whole(seconds: float, text: str) -> None:
    assert timecode(seconds) == text


def test_all_and_nothing_are_said_only_of_all_and_nothing() -> None:
    assert [percent(share) for share in (0, 0.001, 0.5, 0.999, 1)] == [
        "0 %",
        "1 %",
        "50 %",
        "99 %",
        "100 %",
    ]


def test_wide_letters_keep_the_columns_straight() -> None:
    assert table(("a", "b"), [("电影", "x"), ("film", "y")]) == "a     b\n电影  x\nfilm  y"


def test_control_characters_are_shown_as_escapes() -> None:
    assert one_line("a\nb\x1b[0m\ud800") == "a\\nb\\x1b[0m\\ud800"


def spoken() -> MatchResult:
    return a_result(transcript=(a_line(1.0, "he runs away from them"), a_line(4.6, "slowly")))


def test_a_transcript_stands_beside_the_reports_as_subtitles(tmp_path: Path) -> None:
    files = write_reports(spoken(), tmp_path)
    assert (
        files["transcript_srt"]
        .read_text(encoding="utf-8")
        .startswith("1\n00:00:01,000 --> 00:00:03,500\nhe runs away from them\n\n2\n")
    )
    assert (
        files["transcript_vtt"]
        .read_text(encoding="utf-8")
        .startswith("WEBVTT\n\n1\n00:00:01.000 --> 00:00:03.500\nhe runs away")
    )
    assert reports_stand(spoken(), tmp_path)
    files["transcript_vtt"].unlink()
    assert not reports_stand(spoken(), tmp_path)


def test_a_transcript_of_an_earlier_run_does_not_stay(tmp_path: Path) -> None:
    write_reports(spoken(), tmp_path)
    assert "transcript_srt" not in write_reports(a_result(), tmp_path)
    assert not list(tmp_path.glob("transcript.*"))


def test_the_report_shows_what_is_spoken_and_where() -> None:
    report = match_report(spoken())
    assert "Transcript\n\ncommentary                   #      spoken\n" in report
    assert "00:00:01.000 - 00:00:03.500  1 - 2  he runs away from them\n" in report
    assert "00:00:04.600 - 00:00:05.100  2      slowly\n" in report
    assert "Transcript" not in match_report(a_result())
