"""``index --captions`` and ``match --transcribe --subtitles``, end to end on tiny models."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import syncclip
from syncclip._subtitles import read_subtitles
from syncclip.cli.app import app
from syncclip.config import MatchConfig
from syncclip.errors import InputError, SettingsError
from syncclip.index import open_index
from syncclip.reports import read_result
from tests import word_models
from tests.edits import Cut, Film, write_commentary
from tests.tiny_models import tiny_clip

pytest.importorskip("whisper")
pytest.importorskip("transformers")
pytest.importorskip("open_clip")

FILM = Film(seed=4)
STARTS = FILM.starts()
CUTS = [
    Cut(FILM, STARTS[3] + 5, 60),
    Cut(FILM, STARTS[1] + 3, 45, mirrored=True),
    Cut(FILM, STARTS[4] + 2, 50),
]
EMERALD = (
    ("where", 0.4), ("did", 0.8), ("you", 1.1), ("hide", 1.4), ("the", 1.8), ("emerald", 2.1),
    ("", 2.8),
)  # fmt: skip
LINE = "where did you hide the emerald"

Made = Callable[[word_models.Said], Path]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("words")
    FILM.write(folder / "film.mp4")
    write_commentary(folder / "talk.mp4", CUTS, sound=True)
    write_commentary(folder / "mute.mp4", CUTS[:1])
    return folder


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def index(folder: Path) -> Path:
    return syncclip.index_movie(folder / "film.mp4", folder / "film.idx", encoder="builtin").path


@pytest.fixture(scope="module")
def captioned(folder: Path, clip_folder: Path, blip_folder: Path) -> Path:
    """An index with captions, made as a user makes it."""
    path = folder / "captioned.idx"
    run(
        "index", folder / "film.mp4", "-o", path, "--captions", "--blip-model", blip_folder,
        "--clip-model", clip_folder, "--device", "cpu",
    )  # fmt: skip
    return path


def run(*args: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, [str(arg) for arg in args])
    assert done.exit_code == code, done.output
    return done.output


def subtitles(path: Path, at_s: float) -> Path:
    ends = [f"00:00:{s:06.3f}".replace(".", ",") for s in (at_s, at_s + 2)]
    path.write_text(f"1\n{ends[0]} --> {ends[1]}\nWhere did you hide the emerald?\n", "utf-8")
    return path


def places(result: syncclip.MatchOutcome) -> list[tuple]:
    return [
        (s.start_frame, s.movie_start_frame, s.mirrored, s.tier) for s in result.result.segments
    ]


def test_what_is_spoken_stands_in_every_report(
    folder: Path, index: Path, whisper_that_says: Made, tmp_path: Path
) -> None:
    titles = subtitles(tmp_path / "film.srt", CUTS[0].start / 24)
    printed = run(
        "match", folder / "talk.mp4", "-i", index, "-o", tmp_path, "--no-render",
        "--transcribe", whisper_that_says(EMERALD), "--subtitles", titles, "--device", "cpu",
    )  # fmt: skip
    assert "language that was heard, 'en'" in printed
    assert "film.srt were recognised at 1 place of" in printed
    proceed = tmp_path / "proceed"
    for name in ("transcript.srt", "transcript.vtt"):
        assert [line.text for line in read_subtitles(proceed / name)] == [LINE]
        assert f"proceed/{name}" in printed
    assert LINE in (proceed / "match_report.txt").read_text(encoding="utf-8")
    path = proceed / "results" / "visual_match_results.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["transcript"][0]["text"] == LINE
    spoken = [segment["transcript"] for segment in document["primary_segments"]]
    assert " ".join(text for text in spoken if text) == LINE
    assert read_result(path).transcript[0].words[0].text == " where"
    assert document["settings"]["transcribe"] == str(whisper_that_says(EMERALD))
    assert list(document["settings"]["subtitles"]) == [str(titles)]


def test_dialogue_changes_no_place_that_the_pictures_tell(
    folder: Path, index: Path, whisper_that_says: Made, tmp_path: Path
) -> None:
    plain = syncclip.match(folder / "talk.mp4", index, output=tmp_path / "plain")
    lies = subtitles(tmp_path / "lies.srt", STARTS[2] / 24)
    told = syncclip.match(
        folder / "talk.mp4",
        index,
        output=tmp_path / "told",
        config=MatchConfig(transcribe=str(whisper_that_says(EMERALD)), subtitles=(lies,)),
        device="cpu",
    )
    assert told.result.transcript
    assert places(told) == places(plain)


def test_without_the_options_nothing_is_different(
    folder: Path, index: Path, whisper_that_says: Made, tmp_path: Path
) -> None:
    config = MatchConfig(transcribe=str(whisper_that_says(EMERALD)), language="en")
    plain = syncclip.match(folder / "talk.mp4", index, output=tmp_path / "plain").result
    told = syncclip.match(
        folder / "talk.mp4", index, output=tmp_path / "told", config=config
    ).result
    for name in ("transcribe", "language", "subtitles"):
        assert name not in plain.settings
    assert not plain.transcript
    assert not list((tmp_path / "plain").rglob("transcript*"))
    same = {"settings": {}, "timings_s": {}, "transcript": ()}
    assert replace(told, **same) == replace(plain, **same)


def test_a_commentary_without_sound_is_matched_without_a_transcript(
    folder: Path, index: Path, whisper_that_says: Made, tmp_path: Path
) -> None:
    done = syncclip.match(
        folder / "mute.mp4",
        index,
        output=tmp_path,
        config=MatchConfig(transcribe=str(whisper_that_says(EMERALD))),
    )
    assert "no sound" in done.notes[0]
    assert not done.result.transcript
    assert any(segment.movie for segment in done.result.segments)


def test_a_run_is_not_the_same_once_the_subtitles_have_changed(
    folder: Path, index: Path, whisper_that_says: Made, tmp_path: Path
) -> None:
    titles = subtitles(tmp_path / "film.srt", 2.0)
    job = (
        "match", folder / "mute.mp4", "-i", index, "-o", tmp_path, "--no-render", "-q",
        "--transcribe", whisper_that_says(EMERALD), "--subtitles", titles,
    )  # fmt: skip
    run(*job)
    run(*job)
    subtitles(titles, 3.0)
    assert "--force" in run(*job, code=1)


def test_subtitles_without_a_transcript_are_a_mistake() -> None:
    with pytest.raises(SettingsError, match="--subtitles is about what is spoken"):
        MatchConfig(subtitles=(Path("film.srt"),))


def test_subtitles_are_read_before_the_long_part(folder: Path, index: Path, tmp_path: Path) -> None:
    config = MatchConfig(transcribe="no such model", subtitles=(tmp_path / "none.srt",))
    with pytest.raises(InputError, match=r"none\.srt"):
        syncclip.match(folder / "talk.mp4", index, output=tmp_path, config=config)


def test_shots_are_captioned_once(folder: Path, captioned: Path, clip_folder: Path) -> None:
    with open_index(captioned) as held:
        captions, track = held.captions, held.tracks["captions"]
        assert len(captions.texts) == len(held.shots) == 5
        assert track.vectors.shape[0] == sum(bool(text) for text in captions.texts) > 0
        np.testing.assert_allclose(
            np.linalg.norm(track.vectors.astype(np.float32), axis=1), 1, atol=1e-3
        )
        blip = held.manifest.captions.model
    before = captioned.read_bytes()
    printed = run(
        "index", folder / "film.mp4", "-o", captioned, "--captions", "--blip-model", blip,
        "--clip-model", clip_folder,
    )  # fmt: skip
    assert "already current" in printed
    assert captioned.read_bytes() == before


def test_scenes_are_described_on_both_sides(
    folder: Path, captioned: Path, clip_folder: Path, tmp_path: Path
) -> None:
    done = syncclip.match(folder / "talk.mp4", captioned, output=tmp_path, device="cpu")
    assert "captions" in done.result.encoders
    with open_index(captioned) as held:
        texts = held.captions.texts
    for segment, shot in zip(done.result.segments, (3, 1, 4), strict=True):
        assert segment.movie_caption == (texts[shot] or None)
    assert any(segment.caption for segment in done.result.segments)
    scenes = json.loads(done.files["scene_descriptions"].read_text(encoding="utf-8"))
    assert [scene["movie_caption"] for scene in scenes] == [
        segment.movie_caption for segment in done.result.segments
    ]


def test_captions_change_no_place_that_the_pictures_tell(
    folder: Path, index: Path, captioned: Path, tmp_path: Path
) -> None:
    plain = syncclip.match(folder / "talk.mp4", index, output=tmp_path / "plain")
    told = syncclip.match(folder / "talk.mp4", captioned, output=tmp_path / "told")
    assert places(told) == places(plain)


def test_without_the_model_the_match_goes_on_and_names_what_is_missing(
    folder: Path, captioned: Path, blip_folder: Path, tmp_path: Path
) -> None:
    hidden = blip_folder.with_name("hidden")
    blip_folder.rename(hidden)
    try:
        done = syncclip.match(folder / "talk.mp4", captioned, output=tmp_path)
    finally:
        hidden.rename(blip_folder)
    (note,) = (note for note in done.notes if "captions" in note)
    assert str(blip_folder) in note
    assert all(segment.caption is None for segment in done.result.segments)
    assert done.result.segments[0].movie_caption
    assert "captions" not in done.result.encoders
