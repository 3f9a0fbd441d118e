"""The wrapper around Whisper against openai-whisper itself, on tiny checkpoints."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from syncclip.encoders.models import MODELS
from syncclip.encoders.transcript import OPTIONS, RATE_HZ, Transcriber
from syncclip.errors import InputError, MissingDependencyError, SettingsError, WeightsError
from syncclip.video import read_sound
from tests import media, word_models

torch = pytest.importorskip("torch")
whisper = pytest.importorskip("whisper")

Made = Callable[[word_models.Said], Path]
EMERALD = (
    ("where", 0.6), ("did", 1.0), ("you", 1.3), ("hide", 1.6), ("the", 2.0), ("emerald", 2.4),
    ("", 3.0),
)  # fmt: skip


@pytest.fixture
def sound() -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, 4 * RATE_HZ).astype(np.float32)


@pytest.mark.filterwarnings("ignore:__array_wrap__ must accept")  # in the library's own code
@pytest.mark.parametrize("says", [(), EMERALD], ids=["random", "says"])
def test_what_is_heard_is_what_the_library_hears(
    whisper_that_says: Made, sound: np.ndarray, says: word_models.Said
) -> None:
    path = whisper_that_says(says)
    found = Transcriber.load(str(path), device="cpu").transcribe(sound)
    torch.manual_seed(0)
    wanted = whisper.load_model(str(path), device="cpu").transcribe(
        sound, beam_size=5, best_of=5, fp16=False, **OPTIONS
    )
    assert found.language == wanted["language"]
    assert [(x.start_s, x.text) for x in found.lines] == [
        (pytest.approx(s["start"]), s["text"].strip()) for s in wanted["segments"] if s["text"]
    ]
    words = [word for line in found.lines for word in line.words]
    assert [(w.start_s, w.text) for w in words] == [
        (pytest.approx(w["start"]), w["word"]) for s in wanted["segments"] for w in s["words"]
    ]
    assert words


def test_words_come_with_their_times(whisper_that_says: Made, sound: np.ndarray) -> None:
    (line,) = Transcriber.load(str(whisper_that_says(EMERALD))).transcribe(sound).lines
    assert line.text == "where did you hide the emerald"
    starts = [word.start_s for word in line.words]
    assert starts == pytest.approx([at_s for _, at_s in EMERALD[:-1]], abs=0.7)
    assert starts == sorted(starts)


def test_the_same_sound_gives_the_same_words(whisper_that_says: Made, sound: np.ndarray) -> None:
    transcriber = Transcriber.load(str(whisper_that_says(())))
    dice = torch.random.get_rng_state()
    first = transcriber.transcribe(sound, language="en")
    assert transcriber.transcribe(sound, language="en") == first
    assert torch.equal(torch.random.get_rng_state(), dice)


def test_sound_is_read_as_the_library_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    path = tmp_path / "talk.flac"
    tones = "aevalsrc=0.3*sin(660*t)+0.1*random(0)|0.2*sin(5000*t):s=44100:d=3"
    media.ffmpeg("-f", "lavfi", "-i", tones, path)
    wanted, sound = whisper.load_audio(str(path)), read_sound(path)
    n = min(len(wanted), len(sound))
    assert abs(len(wanted) - len(sound)) <= 1
    np.testing.assert_allclose(sound[:n], wanted[:n], atol=2 / 32768)


def test_a_name_that_is_neither_model_nor_file_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"unknown Whisper model 'enormous'.* tiny, base"):
        Transcriber.load("enormous")


class Trap:
    """What a stranger's pickle may hold."""

    sprung = False

    def __reduce__(self) -> tuple:
        return setattr, (Trap, "sprung", True)


def test_a_file_that_is_no_checkpoint_is_refused_and_runs_nothing(
    tmp_path: Path, whisper_that_says: Made
) -> None:
    good = whisper_that_says(())
    held = torch.load(good, weights_only=True)
    bad = {
        "text.pt": b"not a checkpoint",
        "cut.pt": good.read_bytes()[:100_000],
        "trap.pt": pickle.dumps({"dims": Trap(), "model_state_dict": {}}),
    }
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
    huge = {**held["dims"], "n_audio_state": 10**9}
    odd = {**held["dims"], "n_text_head": 7}
    torch.save({"dims": huge, "model_state_dict": {}}, tmp_path / "huge.pt")
    torch.save({"dims": odd, "model_state_dict": {}}, tmp_path / "odd.pt")
    torch.save({"dims": held["dims"], "model_state_dict": {}}, tmp_path / "empty.pt")
    torch.save({"dims": held["dims"]}, tmp_path / "half.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    for path in sorted(tmp_path.glob("*.pt")):
        with pytest.raises(InputError, match=f"{path.name} is not a Whisper checkpoint") as caught:
            Transcriber.load(str(path), device="cpu")
        assert "\n" not in str(caught.value)
        assert "weights_only" not in str(caught.value)
    assert not Trap.sprung


def test_without_network_and_weights_there_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in ("tiny", "whisper-tiny"):
        with pytest.raises(WeightsError, match=r"whisper-tiny are not at hand.*--transcribe PATH"):
            Transcriber.load(name)


def test_damaged_weights_are_not_fetched_anew_behind_ones_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "whisper").mkdir()
    (tmp_path / "whisper" / "tiny.pt").write_bytes(b"half a download")
    with pytest.raises(WeightsError, match=r"tiny\.pt is damaged.*models fetch whisper-tiny"):
        Transcriber.load("tiny")


def test_a_model_by_its_name_is_loaded_from_the_cache_and_never_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, asked = MODELS["whisper-large"], []
    whole = replace(known.weights, sha256=hashlib.sha256(b"weights").hexdigest())
    monkeypatch.setitem(MODELS, "whisper-large", replace(known, weights=whole))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "whisper").mkdir()
    (tmp_path / "whisper" / "large-v3.pt").write_bytes(b"weights")

    def load_model(name: str, **options: str) -> torch.nn.Module:
        asked.append((name, options))
        return torch.nn.Identity()

    monkeypatch.setattr(whisper, "load_model", load_model)
    Transcriber.load("large", device="cpu")
    assert asked == [("large", {"device": "cpu", "download_root": str(tmp_path / "whisper")})]
    assert whisper._MODELS["large"].endswith("/large-v3.pt")  # the file that it looks for there


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "whisper", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'syncclip\[transcribe\]'"):
        Transcriber.load("tiny")
