"""Scripts for the older tool of this name: the same call, the same files."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from syncclip import compat
from syncclip.compat import YouTubeMovieMatcher
from syncclip.errors import VideoError
from tests.unit.results_strategies import a_result

NAMES = ("video", "result", "match_report", "quality_report", "scene_descriptions", "alternatives")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """The library's two calls, watched."""
    seen: dict[str, Any] = {}

    def index_movie(movie: Path, output: Path, **options: Any) -> object:
        seen["index"] = (movie, output, options)
        return SimpleNamespace(path=output)

    def match(commentary: str, index: Path, **options: Any) -> object:
        seen["match"] = (commentary, index, options)
        root = tmp_path / "out" / "proceed"
        files = {name: root / name for name in NAMES}
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
