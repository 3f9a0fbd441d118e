"""``index --captions`` and ``match --transcribe --subtitles``, end to end on tiny models."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
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
from syncclip.result import MatchResult
from tests import word_models
from tests.edits import Cut, Film, write_commentary
from tests.tiny_models import tiny_clip

pytest.importorskip("whisper")
pytest.importorskip("transformers")
pytest.importorskip("open_clip")

FILM = Film(seed=7, shots=3, seconds=6.5)
STARTS = FILM.starts()
CUTS = [Cut(FILM, STARTS[2] + 4, 50), Cut(FILM, STARTS[0] + 3, 45, mirrored=True)]
SHOWN = (2, 0)
"""Shots of the film in the order of the cuts."""
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
def plain(folder: Path) -> MatchResult:
    """What is found without any words."""
    index = syncclip.index_movie(folder / "film.mp4", folder / "film.idx", encoder="builtin").path
    return syncclip.match(folder / "talk.mp4", index, output=folder / "plain").result


@pytest.fixture(scope="module")
def captioned(folder: Path, blip_folder: Path) -> Path:
    """An index with captions, made as a user makes it."""
    tiny_clip(folder / "clip")
    path = folder / "captioned.idx"
    job = (
        "index", folder / "film.mp4", "-o", path, "--captions", "--device", "cpu",
        "--blip-model", os.path.relpath(blip_folder, folder), "--clip-model", "clip",
    )  # fmt: skip
    with chdir(folder):  # other tests read it from another folder
        assert "written in" in run(*job)
        before = path.read_bytes()
        assert "already current" in run(*job)
        assert path.read_bytes() == before
    return path


def run(*args: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, [str(arg) for arg in args])
    assert done.exit_code == code, done.output
    return done.output


def subtitles(path: Path, at_s: float) -> Path:
    ends = [f"00:00:{s:06.3f}".replace(".", ",") for s in (at_s, at_s + 2)]
    path.write_text(f"1\n{ends[0]} --> {ends[1]}\nWhere did you hide the emerald?\n", "utf-8")
    return path


def places(result: MatchResult) -> list[tuple]:
    return [(s.start_frame, s.movie_start_frame, s.mirrored, s.tier) for s in result.segments]


def test_what_is_spoken_stands_in_every_report_and_moves_no_place(
    folder: Path, plain: MatchResult, whisper_that_says: Made, tmp_path: Path
) -> None:
    lies = subtitles(tmp_path / "film.srt", STARTS[1] / 24)
    whisper = whisper_that_says(EMERALD)
    printed = run(
        "match", folder / "talk.mp4", "-i", folder / "film.idx", "-o", tmp_path, "--no-render",
        "--transcribe", whisper, "--subtitles", lies, "--device", "cpu",
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
    assert document["settings"]["transcribe"] == str(whisper)
    assert list(document["settings"]["subtitles"]) == [str(lies)]
    told = read_result(path)
    assert told.transcript[0].words[0].text == " where"
    assert told.encoders == ("builtin", "dialogue")
    assert places(told) == places(plain)


def test_without_the_options_there_are_no_words(folder: Path, plain: MatchResult) -> None:
    assert not {"transcribe", "language", "subtitles"} & set(plain.settings)
    assert not plain.transcript
    assert plain.encoders == ("builtin",)
    assert not list((folder / "plain").rglob("transcript*"))
    text = (folder / "plain" / "proceed" / "scene_descriptions.json").read_text(encoding="utf-8")
    assert "caption" not in text


def test_shots_are_captioned_and_their_captions_made_vectors(captioned: Path) -> None:
    with open_index(captioned) as held:
        captions, track = held.captions, held.tracks["captions"]
        assert len(captions.texts) == len(held.shots) == 3
        assert len(track.vectors) == sum(bool(text) for text in captions.texts) > 0
        lengths = np.linalg.norm(track.vectors.astype(np.float32), axis=1)
        np.testing.assert_allclose(lengths, 1, atol=1e-3)


def test_scenes_are_described_on_both_sides_and_stay_where_they_are(
    folder: Path, captioned: Path, plain: MatchResult, tmp_path: Path
) -> None:
    done = syncclip.match(folder / "talk.mp4", captioned, output=tmp_path, device="cpu")
    assert places(done.result) == places(plain)
    assert {"clip", "captions"} <= set(done.result.encoders)
    with open_index(captioned) as held:
        texts = held.captions.texts
    for segment, shot in zip(done.result.segments, SHOWN, strict=True):
        assert segment.movie_caption == (texts[shot] or None)
    assert any(segment.caption for segment in done.result.segments)
    scenes = json.loads(done.files["scene_descriptions"].read_text(encoding="utf-8"))
    assert [scene["movie_caption"] for scene in scenes] == [
        segment.movie_caption for segment in done.result.segments
    ]


def test_without_sound_or_a_model_the_match_goes_on_and_says_what_is_missing(
    folder: Path, captioned: Path, blip_folder: Path, whisper_that_says: Made, tmp_path: Path
) -> None:
    hidden = blip_folder.with_name("hidden")
    blip_folder.rename(hidden)
    config = MatchConfig(transcribe=str(whisper_that_says(EMERALD)))
    try:
        done = syncclip.match(folder / "mute.mp4", captioned, output=tmp_path, config=config)
    finally:
        hidden.rename(blip_folder)
    assert any("no sound" in note for note in done.notes)
    (note,) = (note for note in done.notes if "captions" in note)
    assert note.endswith(f": {blip_folder} is not there any more; name it with --blip-model")
    assert done.result.segments[0].caption is None
    assert done.result.segments[0].movie_caption
    assert "captions" not in done.result.encoders
    assert not done.result.transcript


def test_an_index_keeps_the_absolute_paths_of_its_models(
    folder: Path, captioned: Path, blip_folder: Path
) -> None:
    with open_index(captioned) as held:
        assert held.model_of("clip") == held.model_of("captions") == str(folder / "clip")
        assert held.manifest.captions.model == str(blip_folder)


@contextmanager
def moved(path: Path) -> Iterator[Path]:
    aside = path.rename(path.with_name("moved"))
    try:
        yield aside
    finally:
        aside.rename(path)


def test_one_note_says_all_that_is_not_used_for_one_missing_model(
    folder: Path, captioned: Path, tmp_path: Path
) -> None:
    with moved(folder / "clip"):
        done = syncclip.match(folder / "mute.mp4", captioned, output=tmp_path)
    (note,) = (note for note in done.notes if "not used" in note)
    assert note == (
        f"the index's tracks of CLIP and captions ({folder / 'clip'}) are not used: "
        f"{folder / 'clip'} is not there any more; name it with --clip-model"
    )
    assert done.result.encoders == ("builtin",)


def test_models_that_were_moved_can_be_named(
    folder: Path, captioned: Path, blip_folder: Path, tmp_path: Path
) -> None:
    with moved(folder / "clip") as clip, moved(blip_folder) as blip:
        printed = run(
            "match", folder / "mute.mp4", "-i", captioned, "-o", tmp_path, "--no-render",
            "--clip-model", clip, "--blip-model", blip, "--device", "cpu",
        )  # fmt: skip
        assert "not used" not in printed
        failed = run(
            "match", folder / "mute.mp4", "-i", captioned, "-o", tmp_path / "other",
            "--no-render", "--clip-model", clip, "--blip-model", folder, code=1,
        )  # fmt: skip
    assert "error: " in failed
    result = read_result(tmp_path / "proceed/results/visual_match_results.json")
    assert {"clip", "captions"} <= set(result.encoders)
    assert result.settings["blip_model"] == str(blip)


def test_a_named_blip_without_captions_or_models_is_said(
    folder: Path, plain: MatchResult, tmp_path: Path
) -> None:
    config = MatchConfig(blip_model="somebody/else")
    done = syncclip.match(folder / "mute.mp4", folder / "film.idx", output=tmp_path, config=config)
    assert any("--blip-model is not used: no index has captions" in note for note in done.notes)
    with pytest.raises(SettingsError, match="--encoder builtin uses none"):
        MatchConfig(encoder="builtin", blip_model="somebody/else")


def test_subtitles_are_read_before_the_long_part(
    folder: Path, plain: MatchResult, tmp_path: Path
) -> None:
    config = MatchConfig(transcribe="no such model", subtitles=(tmp_path / "none.srt",))
    with pytest.raises(InputError, match=r"none\.srt"):
        syncclip.match(folder / "talk.mp4", folder / "film.idx", output=tmp_path, config=config)
    config = MatchConfig(transcribe="no such model", subtitles=("file:///none.srt",))
    with pytest.raises(SettingsError, match="is an address"):
        syncclip.match(folder / "talk.mp4", folder / "film.idx", output=tmp_path, config=config)
