"""CLIP from index to match, offline, with a tiny model of random weights: the real code runs."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from importlib import util
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import syncclip
from syncclip.cli import app
from syncclip.config import MatchConfig
from syncclip.encoders import ClipEncoder
from syncclip.errors import IndexMismatchError, WeightsError
from syncclip.index import IndexHead, journal, open_index, pictures
from syncclip.pipeline import encoding, querying
from syncclip.pipeline.querying import query_model
from syncclip.video import open_video
from tests.edits import Cut, Film, write_commentary
from tests.hub_server import hub_server
from tests.tiny_models import tiny_clip

FILM = Film(seed=61, shots=4, seconds=8)
CUTS = (Cut(FILM, 30, 45), Cut(FILM, 120, 40, mirrored=True))


class Job:
    """A film, a commentary of two pieces, a model, and the film's index with and without it."""

    def __init__(self, folder: Path) -> None:
        self.movie = FILM.write(folder / "film.mp4")
        self.commentary = write_commentary(folder / "recap.mp4", CUTS)
        self.model = tiny_clip(folder / "tiny")
        self.index, self.plain = folder / "film.idx", folder / "plain.idx"
        syncclip.index_movie(self.movie, self.index, clip_model=str(self.model))
        syncclip.index_movie(self.movie, self.plain)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    return Job(tmp_path_factory.mktemp("clip"))


@pytest.fixture(autouse=True)
def _somewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def run(*args: object) -> Result:
    return CliRunner().invoke(app, [*map(str, args), "--quiet"])


def result_of(folder: Path) -> dict:
    return json.loads((folder / "proceed/results/visual_match_results.json").read_text())


def test_the_track_holds_what_the_model_gives_for_those_frames_of_the_film(job):
    encoder = ClipEncoder.load(str(job.model), device="cpu")
    with open_index(job.index) as index, open_video(job.movie) as video:
        track = index.tracks["clip"]
        assert 4 <= len(track.frames) <= 17
        seconds = index.times.seconds[track.frames]
        shown = [rgb for _, rgb in video.sample(seconds.tolist(), size=(48, 48))]
        expected = encoder.describe(np.stack(shown))
        likeness = np.einsum("ij,ij->i", expected, track.vectors.astype(np.float32))
    assert likeness.min() > 0.999


def test_index_says_which_encoders_ran_and_why(job):
    asked = run("index", job.movie, "-o", "a.idx", "--encoder", "clip", "--clip-model", job.model)
    assert asked.exit_code == 0, asked.stderr
    assert asked.stdout.endswith("; encoded by builtin and clip (as asked)\n")
    assert Path("a.idx").read_bytes() == job.index.read_bytes()
    automatic = run("index", job.movie, "-o", "b.idx")
    assert automatic.stdout.endswith(
        "; encoded by builtin (the weights of ViT-B-32:laion2b_s34b_b79k are not at hand: "
        "HF_HUB_OFFLINE forbids the network)\n"
    )
    assert automatic.stderr == ""
    assert Path("b.idx").read_bytes() == job.plain.read_bytes()


def test_without_the_extra_auto_is_the_builtin_encoder_and_clip_says_the_command(job, monkeypatch):
    find = util.find_spec
    monkeypatch.setattr(
        encoding.util, "find_spec", lambda name: None if name == "open_clip" else find(name)
    )
    monkeypatch.setattr(encoding, "obtainable", lambda model: pytest.fail("no network is asked"))
    automatic = run("index", job.movie, "-o", "b.idx")
    assert automatic.exit_code == 0
    assert automatic.stderr == ""
    assert "encoded by builtin (CLIP is not installed: pip install" in automatic.stdout
    assert Path("b.idx").read_bytes() == job.plain.read_bytes()
    wanted = run("index", job.movie, "-o", "c.idx", "--encoder", "clip")
    command = "pip install 'syncclip[models]'"
    assert (wanted.exit_code, wanted.stderr) == (
        1,
        f"error: open_clip is not installed; install it with: {command}\n",
    )


def cached(repository: str) -> Path:
    """A repository in the hub's cache, with weights."""
    folder = Path("cache/huggingface/hub", repository)
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("0123abcd")
    (folder / "snapshots" / "0123abcd").mkdir(parents=True)
    (folder / "snapshots" / "0123abcd" / "open_clip_model.safetensors").write_bytes(b"weights")
    return folder


def test_auto_takes_clip_where_its_weights_are_in_the_cache(job):
    cached("models--laion--CLIP-ViT-B-32-laion2B-s34B-b79K")
    choice = encoding.choose_clip("auto")
    assert choice.clip is not None
    assert (choice.clip.architecture, choice.clip.tag) == ("ViT-B-32", "laion2b_s34b_b79k")
    assert choice.why == "its weights are at hand"


@pytest.fixture
def damaged(job):
    """Bytes in the hub's cache, laid out as the hub does it, that are no weights at all."""
    folder = Path("cache/huggingface/hub/models--laion--CLIP-ViT-B-32-laion2B-s34B-b79K").absolute()
    for part in ("refs", "blobs", "snapshots/0123abcd"):
        (folder / part).mkdir(parents=True)
    (folder / "refs/main").write_text("0123abcd")
    (folder / "blobs/a1b2").write_bytes(b"weights")
    (folder / "snapshots/0123abcd/open_clip_model.safetensors").symlink_to("../../blobs/a1b2")
    return folder / "blobs/a1b2"


def test_auto_goes_on_without_damaged_weights_and_says_how_to_have_others(job, damaged):
    done = run("index", job.movie, "-o", "b.idx")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.endswith("encoded by builtin (CLIP cannot be loaded)\n")
    (note,) = done.stderr.splitlines()
    advice = f"remove {damaged} and run: syncclip models fetch ViT-B-32:laion2b_s34b_b79k"
    assert note.startswith("note: ")
    assert "cannot be loaded as the CLIP model ViT-B-32:laion2b_s34b_b79k" in note
    assert note.endswith(f"; {advice}")
    assert Path("b.idx").read_bytes() == job.plain.read_bytes()
    wanted = run("index", job.movie, "-o", "c.idx", "--encoder", "clip")
    assert wanted.exit_code == 1
    assert wanted.stderr.endswith(f"; {advice}\n")
    assert not Path("c.idx").exists()
    damaged.unlink()  # the advice: it is then not at hand, and would be fetched
    again = run("index", job.movie, "-o", "c.idx", "--encoder", "clip")
    assert "are not at hand and cannot be fetched" in again.stderr


def test_a_query_that_wants_a_model_waits_for_it_and_names_the_ways_out(job, monkeypatch):
    monkeypatch.setattr(querying, "why_no_clip", lambda *_: pytest.fail("only glanced"))
    with open_index(job.index) as index:
        made = [
            replace(record, model="ViT-B-32" if record.id == "clip" else None)
            for record in index.manifest.encoders
        ]
        head = IndexHead(index.path, index.name, replace(index.manifest, encoders=tuple(made)))
    with pytest.raises(WeightsError, match=r"cannot be fetched .*--clip-model PATH"):
        query_model([head], MatchConfig(encoder="clip"), device="cpu", on_progress=None)


def test_a_query_whose_models_files_have_changed_goes_on_after_one_note(job):
    aside = shutil.move(job.model, "aside")
    try:
        tiny_clip(job.model, seed=9)
        with open_index(job.index) as index:
            other = query_model([index], MatchConfig(), device="cpu", on_progress=None)
        (job.model / "open_clip_model.safetensors").write_bytes(b"weights")
        with open_index(job.index) as index:
            broken = query_model([index], MatchConfig(), device="cpu", on_progress=None)
    finally:
        shutil.rmtree(job.model)
        shutil.move(aside, job.model)
    for query, said in ((other, "not those that the index was made with"), (broken, "loaded")):
        assert query.encoder is None
        (note,) = query.notes
        assert said in note
        assert note.endswith("with --clip-model")


def test_a_download_that_breaks_off_leaves_auto_with_the_builtin_encoder(job, monkeypatch):
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    with hub_server(monkeypatch):
        done = run("index", job.movie, "-o", "b.idx")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "encoded by builtin (the weights of ViT-B-32:laion2b_s34b_b79k are not" in done.stdout
    assert Path("b.idx").read_bytes() == job.plain.read_bytes()


def test_an_index_that_merely_lacks_the_track_is_left_alone_unless_it_is_asked_for(job):
    shutil.copy(job.plain, "film.idx")
    assert "already current" in run("index", job.movie, "-o", "film.idx").stdout
    wanted = run("index", job.movie, "-o", "film.idx", "--clip-model", job.model)
    assert wanted.exit_code == 1
    assert "is not the current index of film.mp4 with this model; replace it with --force" in (
        wanted.stderr
    )
    shutil.copy(job.index, "film.idx")
    for more in ((), ("--clip-model", job.model), ("--encoder", "builtin")):
        again = run("index", job.movie, "-o", "film.idx", *more)
        assert again.stdout.endswith("; encoded by builtin and clip\n")
    other = tiny_clip(Path("other"), seed=9)
    assert run("index", job.movie, "-o", "film.idx", "--clip-model", other).exit_code == 1


def test_a_model_that_is_named_is_wanted(job):
    failed = run("index", job.movie, "-o", "b.idx", "--encoder", "builtin", "--clip-model", "x")
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert failed.stderr == "error: a CLIP model was named, and --encoder builtin uses none\n"
    assert run("index", job.movie, "-o", "b.idx", "--clip-model", "ViT-B-32").exit_code == 1
    assert "choose one of: auto, cpu" in run("index", job.movie, "--device", "gpu").stderr


def test_a_model_that_cannot_read_words_here_is_noted(monkeypatch):
    folder = cached("models--timm--ViT-B-16-SigLIP")
    (note,) = encoding.choose_clip("clip", name="ViT-B-16-SigLIP:webli").notes
    assert note == (
        "ViT-B-16-SigLIP:webli cannot read words: timm/ViT-B-16-SigLIP is not at hand; "
        "fetch it with: syncclip models fetch ViT-B-16-SigLIP:webli"
    )
    (folder / "snapshots" / "0123abcd" / "tokenizer_config.json").write_text("{}")
    assert encoding.choose_clip("clip", name="ViT-B-16-SigLIP:webli").notes == ()


def test_a_run_that_was_stopped_goes_on_and_gives_the_same_bytes(job, monkeypatch):
    monkeypatch.setattr(journal, "CHUNK_FRAMES", 24)
    monkeypatch.setattr(pictures, "CHUNK_ROWS", 1)
    monkeypatch.setattr(
        "syncclip.encoders.clip.BATCHES", {"cpu": 3}
    )  # several batches in a film of eight seconds
    arguments = {"clip_model": str(job.model), "device": "cpu"}
    syncclip.index_movie(job.movie, "whole.idx", **arguments)

    def stop(progress):
        if progress.stage == "Reading movie" and progress.done > 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        syncclip.index_movie(job.movie, "broken.idx", on_progress=stop, **arguments)
    assert Path(".broken.idx.part/track.clip.bin").stat().st_size > 0
    syncclip.index_movie(job.movie, "broken.idx", **arguments)
    assert Path("broken.idx").read_bytes() == Path("whole.idx").read_bytes()


def test_info_shows_the_tracks_and_their_models(job):
    facts = json.loads(CliRunner().invoke(app, ["info", str(job.index), "--json"]).stdout)
    clip = facts["tracks"]["clip"]
    assert clip["model"] == str(job.model)
    assert clip["numbers"] == 32
    assert clip["shown"].startswith("rgb 48x48 of the whole picture, bicubic")
    assert facts["tracks"]["builtin"]["frames"] == 16
    assert "model" not in facts["tracks"]["builtin"]


def test_match_looks_frames_up_in_both_tracks(job):
    done = run("match", job.commentary, "-i", job.index, "-o", "out", "--no-render")
    assert done.exit_code == 0, done.stderr
    result = result_of(Path("out"))
    assert result["encoders"] == ["builtin", "clip"]
    starts = [round(s["movie_start"] * 24) for s in result["primary_segments"]]
    assert starts == [30, 120]
    assert "not used" not in done.stderr


def test_a_query_whose_model_is_missing_goes_on_after_one_warning(job):
    shutil.move(job.model, "moved")
    try:
        done = run("match", job.commentary, "-i", job.index, "-o", "out", "--no-render")
        wanted = run(
            *("match", job.commentary, "-i", job.index, "-o", "other", "--no-render"),
            *("--encoder", "clip"),
        )
    finally:
        shutil.move("moved", job.model)
    assert done.exit_code == 0
    (warning,) = (line for line in done.stderr.splitlines() if "CLIP" in line)
    assert warning.startswith(f"note: the index's track of CLIP ({job.model}) is not used: ")
    gone = f"{job.model} is not there any more; name it with --clip-model"
    assert warning.endswith(gone)
    assert result_of(Path("out"))["encoders"] == ["builtin"]
    plain = run("match", job.commentary, "-i", job.plain, "-o", "plain", "--no-render")
    assert plain.exit_code == 0
    same = [result_of(Path(name))["primary_segments"] for name in ("out", "plain")]
    assert same[0] == same[1]
    assert wanted.exit_code == 1
    assert wanted.stderr == f"error: {gone}\n"


def test_without_the_extra_a_query_says_the_command(job, monkeypatch):
    find = util.find_spec
    monkeypatch.setattr(
        encoding.util, "find_spec", lambda name: None if name == "open_clip" else find(name)
    )
    done = run("match", job.commentary, "-i", job.index, "-o", "out", "--no-render")
    assert done.exit_code == 0
    assert "is not used: CLIP is not installed: pip install 'syncclip[models]'" in done.stderr
    wanted = run("match", job.commentary, "-i", job.index, "-o", "b", "--encoder", "clip")
    assert (wanted.exit_code, wanted.stderr.count("\n")) == (1, 1)
    assert "open_clip is not installed; install it with: pip install" in wanted.stderr


def test_a_track_of_another_model_is_an_error_that_says_how_to_rebuild(job):
    other = tiny_clip(Path("other"), seed=9)
    done = run(
        *("match", job.commentary, "-i", job.index, "-o", "out", "--no-render"),
        *("--clip-model", other),
    )
    assert done.exit_code == 1
    assert "film.idx has a track of 'clip' made with another model" in done.stderr
    assert "rebuild it with: syncclip index MOVIE --encoder clip --force" in done.stderr


def test_a_track_that_is_wanted_and_not_there_is_an_error_that_says_how_to_rebuild(job):
    done = run(
        *("match", job.commentary, "-i", job.plain, "-o", "out", "--no-render"),
        *("--encoder", "clip"),
    )
    assert done.exit_code == 1
    assert "plain.idx has no track of 'clip'; rebuild it with: syncclip index MOVIE --enc" in (
        done.stderr
    )


def test_a_track_made_from_other_pictures_is_an_error(job):
    class Other(ClipEncoder):
        def __init__(self):
            self.dim, self.preprocessing = 32, "rgb 96x96"

    said = "the model now gives 32 from rgb 96x96"
    with open_index(job.index) as index, pytest.raises(IndexMismatchError, match=said):
        index.require_shown(Other())
