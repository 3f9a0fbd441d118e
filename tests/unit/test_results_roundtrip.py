from __future__ import annotations

import json
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from syncclip._files import format_json, write_text
from syncclip.errors import OutputError
from syncclip.reports import read_result, to_json, write_result
from syncclip.reports._validate import load_schema
from syncclip.reports.results import ALTERNATIVES_FILE, RESULT_FILE, alternatives_to_json
from syncclip.result import MatchResult
from tests.unit.results_strategies import a_hole, a_line, a_place, a_result, match_results


def write_both(result: MatchResult, folder: Path) -> Path:
    write_result(result, folder / RESULT_FILE)
    write_text(folder / ALTERNATIVES_FILE, format_json(alternatives_to_json(result)))
    return folder / RESULT_FILE


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(result=match_results())
def test_what_is_written_is_read_back_exactly(tmp_path: Path, result: MatchResult) -> None:
    assert read_result(write_both(result, tmp_path)) == result


@settings(max_examples=30, deadline=None)
@given(result=match_results())
def test_what_is_written_fits_the_published_schema(result: MatchResult) -> None:
    for document, schema in (
        (to_json(result), "visual_match_results.v1.json"),
        (alternatives_to_json(result), "alternative_segments.v1.json"),
    ):
        Draft202012Validator.check_schema(load_schema(schema))
        Draft202012Validator(load_schema(schema)).validate(json.loads(format_json(document)))


def test_the_keys_that_readers_rely_on_are_there() -> None:
    document = to_json(a_result())
    assert set(document) >= {
        "schema_version",
        "quality_info",
        "primary_segments",
        "time_jump_stats",
        "commentary",
        "movies",
        "encoders",
        "settings",
        "timings_s",
        "version",
    }
    second = document["primary_segments"][1]
    assert second["youtube_start"] == 2.0
    assert second["youtube_end_frame"] == 150
    assert second["movie_start"] == 250.5
    assert second["speed"] == 1.1
    assert second["mirrored"] is True
    assert second["crop"] == [0.1, 0.0, 0.8, 0.8]
    assert second["tier"] == "review"
    assert second["alternatives"] == 1
    assert document["primary_segments"][2]["movie"] is None
    assert document["primary_segments"][2]["movie_start"] is None


def test_a_result_without_words_names_none() -> None:
    document = to_json(a_result())
    assert "transcript" not in document
    assert not {"transcript", "caption", "movie_caption"} & set(document["primary_segments"][0])


def test_every_word_stands_in_the_segment_of_its_middle() -> None:
    result = a_result(transcript=(a_line(1.0, "he runs away from them"), a_line(4.6, "slowly")))
    document = to_json(result)
    spoken = [item["transcript"] for item in document["primary_segments"]]
    assert spoken == ["he runs", "away from them slowly", "", ""]
    assert document["transcript"][0]["words"][1] == [1.5, 2.0, " runs"]


def test_a_line_without_words_belongs_to_the_segment_of_its_middle() -> None:
    line = replace(a_line(1.0, "he runs away from them"), words=())
    spoken = [a_result(transcript=(line,)).spoken_in(s) for s in a_result().segments]
    assert spoken == ["", "he runs away from them", "", ""]


def test_a_frame_rate_is_kept_as_an_exact_fraction(tmp_path: Path) -> None:
    result = a_result(frame_rate=Fraction(30000, 1001))
    path = write_both(result, tmp_path)
    assert '"frame_rate": "30000/1001"' in path.read_text(encoding="utf-8")
    assert read_result(path).frame_rate == Fraction(30000, 1001)


def test_settings_of_any_plain_type_are_written_as_json() -> None:
    written = to_json(
        a_result(settings={"range": (0.5, 2.0), "out": Path("a b"), "deep": {1: None}})
    )
    assert written["settings"] == {"range": [0.5, 2.0], "out": "a b", "deep": {"1": None}}


def test_a_result_without_its_alternatives_file_is_read_without_them(tmp_path: Path) -> None:
    result = a_result()
    write_result(result, tmp_path / "result.json")
    plain = tuple(replace(segment, alternatives=()) for segment in result.segments)
    assert read_result(tmp_path / "result.json") == replace(result, segments=plain)


def test_a_path_that_is_no_valid_text_is_kept(tmp_path: Path) -> None:
    result = a_result(a_hole(0, 30), commentary=os.fsdecode(b"/clips/\xff.mp4"))
    assert read_result(write_both(result, tmp_path)) == result


def test_a_hair_over_one_from_single_precision_sums_is_written_as_one() -> None:
    result = a_result(a_place(0, 30, 1.0, similarity=1.0000002, confidence=1.0000002))
    segment = to_json(result)["primary_segments"][0]
    assert (segment["avg_similarity"], segment["confidence"]) == (1.0, 1.0)


def test_writing_leaves_nothing_but_the_file_in_the_folder(tmp_path: Path) -> None:
    write_result(a_result(a_hole(0, 30)), tmp_path / "r.json")
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_a_failed_write_keeps_the_file_that_was_there(tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    write_result(a_result(), target)
    before = target.read_bytes()
    with pytest.raises(ValueError, match="JSON"):
        write_result(a_result(timings_s={"match": float("nan")}), target)
    with pytest.raises(LookupError):
        write_text(target, "text", encoding="no such encoding")
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_a_folder_that_cannot_be_made_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(OutputError, match=r"cannot write .*r\.json: .*--output"):
        write_result(a_result(), tmp_path / "file" / "r.json")
