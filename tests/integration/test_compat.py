"""Scripts for the older tool of this name: the same call, the same files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from syncclip import compat
from syncclip.compat import YouTubeMovieMatcher
from syncclip.errors import MissingDependencyError, SettingsError, VideoError, WeightsError
from syncclip.reports import write_result
from tests import edits, word_models
from tests.unit.results_strategies import a_result

NAMES = ("video", "result", "match_report", "quality_report", "scene_descriptions", "alternatives")
RESULT = Path("out", "proceed", "results", "visual_match_results.json")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """The library's two calls, watched."""
    seen: dict[str, Any] = {}

    def index_movie(movie: Path, output: Path, **options: Any) -> object:
        seen["index"] = (movie, output, options)
        return SimpleNamespace(path=output)

    def match(commentary: str, index: Path, **options: Any) -> object:
        seen["match"] = (commentary, index, options)
        speech = options["config"].transcribe
        seen.setdefault("speech", []).append(speech)
        if speech and (error := seen.get("unable")):
            raise error
        root = tmp_path / "out" / "proceed"
        names = (*NAMES, "transcript_srt") if speech else NAMES
        files = {name: root / name for name in names}
        return SimpleNamespace(result=a_result(), folder=root, files=files, notes=("a note",))

    monkeypatch.setattr(compat, "index_movie", index_movie)
    monkeypatch.setattr(compat, "match", match)
    return seen


def test_the_old_call_indexes_matches_and_tells_where_everything_is(
    calls: dict[str, Any], tmp_path: Path
) -> None:
    matcher = YouTubeMovieMatcher(output_dir=str(tmp_path / "out"), log_level="WARNING")
    done = matcher.process_visual_matching_enhanced("https://example.com/v", "films/a film.mkv")
    movie, index, options = calls["index"]
    assert (movie, index) == (Path("films/a film.mkv"), tmp_path / "out/indexes/a film.idx")
    assert options == {"force": False}
    commentary, searched, options = calls["match"]
    assert (commentary, searched) == ("https://example.com/v", index)
    assert options["output"] == tmp_path / "out"
    # The older defaults stand for SyncClip's own.
    assert options["config"].threshold == pytest.approx(0.7)
    assert options["config"].frame_interval_s == 0.22
    assert options["config"].time_jumps
    assert done["status"] == "success"
    assert done["output_video"] == str(tmp_path / "out/proceed/video")
    assert done["quality_info"]["coverage"] > 0
    assert set(done["quality_info"]["tiers"]) == {"exact", "likely", "review", "unmatched"}
    assert done["time_jump_stats"]["total_segments"] > 0
    assert done["notes"] == ["a note"]


def test_the_old_arguments_are_handed_on(calls: dict[str, Any], tmp_path: Path) -> None:
    matcher = YouTubeMovieMatcher(tmp_path / "out")
    matcher.process_visual_matching_enhanced(
        youtube_url="c.mp4",
        movie_path="m.mp4",
        frame_interval=0.1,
        similarity_threshold=0.6,
        whisper_model="base",
        allow_time_jumps=False,
        use_cache=False,
    )
    config, force = calls["match"][2]["config"], calls["match"][2]["force"]
    assert (config.frame_interval_s, config.time_jumps, force) == (0.1, False, True)
    assert config.threshold == pytest.approx(0.7 * 0.6 / 0.85)
    assert calls["index"][2] == {"force": True}


def test_a_failure_comes_back_as_words(
    calls: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> object:
        raise VideoError("no such file: 'm.mp4'; check the path")

    monkeypatch.setattr(compat, "index_movie", fail)
    done = YouTubeMovieMatcher(tmp_path).process_visual_matching_enhanced("c.mp4", "m.mp4")
    assert done == {
        "status": "error",
        "error": "no such file: 'm.mp4'; check the path",
        "output_video": None,
    }


def test_the_speech_model_is_handed_on(calls: dict[str, Any], tmp_path: Path) -> None:
    matcher = YouTubeMovieMatcher(tmp_path / "out")
    done = matcher.process_visual_matching_enhanced("c.mp4", "m.mp4", whisper_model="small")
    assert calls["speech"] == ["small"]
    assert done["transcript"] == str(tmp_path / "out/proceed/transcript_srt")
    assert done["notes"] == ["a note"]


@pytest.mark.parametrize(
    "error",
    [
        MissingDependencyError("whisper", extra="transcribe"),
        WeightsError("the weights of whisper-base are not at hand; fetch them"),
        SettingsError("unknown Whisper model 'large-v1'; choose one of tiny"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_speech_model_that_cannot_run_here_costs_the_transcript_alone(
    calls: dict[str, Any],
    tmp_path: Path,
    error: Exception,
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls["unable"] = error
    matcher = YouTubeMovieMatcher(tmp_path / "out")
    done = matcher.process_visual_matching_enhanced("c.mp4", "m.mp4")
    assert calls["speech"] == ["base", None]
    assert (done["status"], done["transcript"]) == ("success", None)
    assert done["notes"] == [f"no transcript: {error}", "a note"]
    # It is said where nobody looks into what comes back, too.
    assert [r.message for r in caplog.records if r.levelname == "WARNING"] == done["notes"][:1]


def test_no_speech_model_asks_for_none_and_says_nothing(
    calls: dict[str, Any], tmp_path: Path
) -> None:
    matcher = YouTubeMovieMatcher(tmp_path / "out")
    done = matcher.process_visual_matching_enhanced("c.mp4", "m.mp4", whisper_model="")
    assert (calls["speech"], done["notes"]) == ([None], ["a note"])


@pytest.mark.parametrize(
    ("settings", "use_cache", "speech"),
    [
        ({}, True, None),  # would be taken for the result of another match otherwise
        ({}, False, "base"),
        ({"transcribe": "base"}, True, "base"),
    ],
)
def test_an_earlier_result_is_used_with_the_words_it_has(
    calls: dict[str, Any],
    tmp_path: Path,
    settings: dict[str, str],
    use_cache: bool,
    speech: str | None,
) -> None:
    write_result(replace(a_result(), settings=settings), tmp_path / RESULT)
    matcher = YouTubeMovieMatcher(tmp_path / "out")
    done = matcher.process_visual_matching_enhanced("c.mp4", "m.mp4", use_cache=use_cache)
    assert calls["speech"] == [speech]
    said = [note for note in done["notes"] if note.startswith("no transcript: ")]
    assert bool(said) == (speech is None)


def test_scripts_get_their_result_and_the_words_where_whisper_runs(
    tmp_path: Path,
    whisper_that_says: Callable[[word_models.Said], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))  # no weights by any name
    film = edits.Film(seed=3, shots=2, seconds=4)
    movie = film.write(tmp_path / "film.mp4")
    cuts = [edits.Cut(film, start=start + 4, frames=30) for start in film.starts()]
    recap = edits.write_commentary(tmp_path / "recap.mp4", cuts, sound=True)
    told = whisper_that_says((("a", 0.2), ("train", 0.5), ("", 1.0)))

    def run(folder: str, model: str) -> dict[str, Any]:
        matcher = YouTubeMovieMatcher(tmp_path / folder)
        return matcher.process_visual_matching_enhanced(str(recap), movie, whisper_model=model)

    without = run("out", "base")
    assert (without["status"], without["transcript"]) == ("success", None)
    assert "the weights of whisper-base are not at hand" in without["notes"][0]
    assert Path(without["output_video"]).is_file()
    again = run("out", "base")
    assert again["status"] == "success"
    assert "an earlier run is used again, which has none" in again["notes"][0]
    heard = run("told", str(told))
    assert heard["status"] == "success"
    assert Path(heard["transcript"]).is_file()
