"""Settings about words, and which movie subtitles belong to."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from syncclip.config import MatchConfig
from syncclip.errors import InputError, SettingsError
from syncclip.pipeline.finding import settings_record
from syncclip.pipeline.indexing import index_movie
from syncclip.pipeline.words import _titles, titled_movies

SRT = "1\n00:00:01,000 --> 00:00:02,000\nWhere is it?\n"


def written(path: Path, text: str = SRT) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def library(*names: str) -> list:
    return [SimpleNamespace(manifest=SimpleNamespace(name=name)) for name in names]


@pytest.mark.parametrize("extra", [{"language": "en"}, {"subtitles": (Path("film.srt"),)}])
def test_settings_about_what_is_spoken_need_a_transcript(extra: dict) -> None:
    with pytest.raises(SettingsError, match="is about what is spoken"):
        MatchConfig(**extra)


def test_a_result_records_words_only_where_they_were_asked_for() -> None:
    assert not {"transcribe", "language", "subtitles"} & set(settings_record(MatchConfig()))
    record = settings_record(MatchConfig(transcribe="small", language="de"))
    assert (record["transcribe"], record["language"]) == ("small", "de")


def test_a_job_is_another_once_its_subtitles_have_changed(tmp_path: Path) -> None:
    path = written(tmp_path / "film.srt")
    config = MatchConfig(transcribe="small", subtitles=(path,))
    before = settings_record(config)
    assert settings_record(config) == before
    written(path, SRT.replace("it", "she"))
    assert settings_record(config) != before
    path.unlink()
    with pytest.raises(InputError, match=r"film\.srt cannot be read"):
        settings_record(config)


def test_a_single_movie_has_subtitles_of_any_name(tmp_path: Path) -> None:
    (lines,) = _titles([written(tmp_path / "whatever.srt")], library("film.mp4")).values()
    assert [line.text for line in lines] == ["Where is it?"]


def test_several_movies_have_subtitles_of_their_own_names() -> None:
    films = ["film.mp4", "Film II.mkv", "other.mp4", "other.mp4"]
    assert titled_movies(Path("a/film.srt"), films) == [0]
    assert titled_movies(Path("film.en.srt"), films) == [0]
    assert titled_movies(Path("film ii.srt"), films) == [1]
    assert titled_movies(Path("Other.forced.vtt"), films) == [2, 3]
    with pytest.raises(SettingsError, match=r"named after none.*film\.srt"):
        titled_movies(Path("subs.srt"), films)


def test_several_files_of_one_movie_are_read_in_order_of_time(tmp_path: Path) -> None:
    late = written(tmp_path / "b.srt", SRT.replace("00:00:0", "00:01:0"))
    titles = _titles([late, written(tmp_path / "a.srt")], library("film.mp4"))
    assert [line.start_s for line in titles[0]] == [1.0, 61.0]


def test_a_caption_model_without_captions_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="add --captions"):
        index_movie(tmp_path / "film.mp4", blip_model="somebody/blip")
