"""The wrapper around BLIP against transformers itself, on a tiny checkpoint."""

from __future__ import annotations

import json
import shutil
import sys
from importlib import util
from pathlib import Path

import numpy as np
import pytest

from syncclip.encoders.captions import Captioner, find_blip_model, known_blip_model
from syncclip.errors import MissingDependencyError, SettingsError, WeightsError
from syncclip.pipeline.captioning import find_caption_models
from tests import word_models

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


@pytest.fixture
def pictures() -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    sizes = [(36, 64), (90, 160), (50, 50), (120, 70), (36, 64)]
    return [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]


def test_captions_are_those_of_the_library(blip_folder: Path, pictures: list[np.ndarray]) -> None:
    from PIL import Image

    said = Captioner.load(str(blip_folder), device="cpu").describe(pictures)
    processor = transformers.BlipProcessor.from_pretrained(blip_folder)
    model = transformers.BlipForConditionalGeneration.from_pretrained(blip_folder).eval()
    for picture, caption in zip(pictures, said, strict=True):
        inputs = processor(images=Image.fromarray(picture), return_tensors="pt")
        with torch.no_grad():
            tokens = model.generate(**inputs, num_beams=3, max_new_tokens=30)
        assert caption == processor.decode(tokens[0], skip_special_tokens=True).strip()
    assert len(set(said)) > 1


def test_a_batch_that_does_not_fit_is_halved_and_says_the_same(
    blip_folder: Path, pictures: list[np.ndarray]
) -> None:
    captioner = Captioner.load(str(blip_folder), device="cpu")
    wanted, generate, sizes = captioner.describe(pictures), captioner._net.generate, []

    def cramped(**options: object) -> object:
        sizes.append(len(options["pixel_values"]))
        if sizes[-1] > 2:
            raise RuntimeError("CUDA out of memory. Tried to allocate 20 MiB")
        return generate(**options)

    captioner._net.generate = cramped
    assert captioner.describe(pictures) == wanted
    assert max(sizes) == 5
    assert sizes[-1] <= 2


def test_no_pictures_have_no_captions(blip_folder: Path) -> None:
    assert Captioner.load(str(blip_folder), device="cpu").describe([]) == []


def test_loading_is_quiet_and_leaves_the_librarys_settings_as_they_were(
    blip_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from transformers.utils import logging

    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    Captioner.load(str(blip_folder), device="cpu")
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before
    assert capfd.readouterr() == ("", "")


def test_the_fingerprint_is_that_of_the_content_wherever_it_lies(
    blip_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(blip_folder, tmp_path / "copy")
    (tmp_path / "copy" / "README.md").write_text("notes")
    mark = find_blip_model(str(blip_folder)).fingerprint
    assert find_blip_model(str(tmp_path / "copy")).fingerprint == mark
    other = word_models.tiny_blip(tmp_path / "other", seed=1)
    assert find_blip_model(str(other)).fingerprint != mark


def spoilt(folder: Path, tmp_path: Path, harm: str) -> Path:
    copy = Path(shutil.copytree(folder, tmp_path / harm))
    weights = copy / "model.safetensors"
    if harm == "truncated":
        weights.write_bytes(weights.read_bytes()[:5000])
    elif harm == "pickle":
        weights.rename(copy / "pytorch_model.bin")
    elif harm == "other model":
        config = json.loads((copy / "config.json").read_text())
        config["text_config"]["num_hidden_layers"] = 2
        (copy / "config.json").write_text(json.dumps(config))
    elif harm == "no config":
        (copy / "config.json").unlink()
    elif harm == "no tokenizer":
        for name in ("tokenizer.json", "vocab.txt", "tokenizer_config.json"):
            (copy / name).unlink()
    return copy


@pytest.mark.parametrize(
    "harm", ["truncated", "pickle", "other model", "no config", "no tokenizer"]
)
def test_a_folder_that_holds_no_sound_model_is_refused(
    blip_folder: Path, tmp_path: Path, harm: str
) -> None:
    folder = spoilt(blip_folder, tmp_path, harm)
    with pytest.raises(WeightsError, match="--blip-model") as caught:
        Captioner.load(str(folder), device="cpu")
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_network_and_weights_there_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in (None, "somebody/else"):
        with pytest.raises(WeightsError, match=r"HF_ENDPOINT.*--blip-model PATH"):
            Captioner.load(name)


@pytest.mark.parametrize("name", ["no-such-folder", "./missing/folder", "a/b/c", ""])
def test_a_name_that_can_be_none_is_refused(name: str) -> None:
    if not name:
        assert known_blip_model(name).name == "Salesforce/blip-image-captioning-base"
        return
    with pytest.raises(SettingsError, match="--blip-model"):
        Captioner.load(name)


def test_a_missing_package_is_named_with_its_extra(
    blip_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'syncclip\[models\]'"):
        Captioner.load(str(blip_folder), device="cpu")


@pytest.mark.parametrize("package", ["transformers", "open_clip", "torch"])
def test_a_missing_package_is_said_before_weights_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: str
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    find = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == package else find(name))
    with pytest.raises(MissingDependencyError, match=f"{package} is not installed.*pip install"):
        find_caption_models()
