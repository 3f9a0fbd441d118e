"""The CLIP wrapper against open_clip's own calls, and what is said of models that do not load."""

from __future__ import annotations

import json
import pickle
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from syncclip.encoders import ClipEncoder, clip, find_clip_model, known_clip_model
from syncclip.encoders.models import CLIP_DEFAULT, MODELS
from syncclip.errors import MissingDependencyError, SettingsError, SyncClipError, WeightsError
from tests.tiny_models import CLIP_CONFIG, tiny_clip

TEXTS = ["a man jumps off a train", "", "电影 – a very long description of everything " * 9]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_clip(tmp_path_factory.mktemp("clip") / "tiny")


@pytest.fixture(scope="module")
def encoder(folder):
    return ClipEncoder.load(str(folder), device="cpu")


def pictures(height, width, count=5):
    return np.random.default_rng(3).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def directly(name, images, *, pretrained=None, **options):
    """What open_clip's own calls give."""
    net, _, transform = open_clip.create_model_and_transforms(
        name, pretrained=pretrained, weights_only=True, **options
    )
    net.eval()
    tokens = open_clip.get_tokenizer(name)(TEXTS)
    with torch.inference_mode():
        shown = torch.stack([transform(Image.fromarray(picture)) for picture in images])
        seen, read = net.encode_image(shown, normalize=True), net.encode_text(tokens, True)
    return seen.numpy(), read.numpy()


@pytest.mark.parametrize("size", [(48, 48), (90, 160), (200, 100), (20, 30)])
def test_pictures_and_words_get_exactly_what_open_clip_gives_them(encoder, folder, size):
    images = pictures(*size)
    seen, read = directly(f"local-dir:{folder}", images)
    assert np.array_equal(encoder.describe(images), seen)
    assert np.array_equal(encoder.describe_text(TEXTS), read)


def test_pictures_beyond_a_batch_get_what_they_get_alone(encoder):
    images = pictures(48, 48, 2 * encoder.batch + 3)
    assert np.allclose(encoder.describe(images)[-1], encoder.describe(images[-1:])[0], atol=1e-6)
    assert encoder.describe_text([]).shape == (0, 32)


def test_memory_that_runs_out_halves_the_batch(folder, monkeypatch):
    encoder, sizes = ClipEncoder.load(str(folder), device="cpu"), []
    encode = encoder._net.encode_image

    def small_card(shown):
        sizes.append(len(shown))
        if len(shown) > 5:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return encode(shown)

    images = pictures(48, 48, 20)
    expected = encoder.describe(images)
    monkeypatch.setattr(encoder._net, "encode_image", small_card)
    assert np.allclose(encoder.describe(images), expected, atol=1e-6)
    assert sizes == [16, 8, 4, 4, 4, 4, 4]


def test_a_rectangular_model_is_shown_rectangular_pictures(tmp_path):
    wide = tiny_clip(tmp_path / "wide", image_size=(32, 64))
    encoder = ClipEncoder.load(str(wide), device="cpu")
    assert encoder.picture_size == (64, 32)
    images = pictures(32, 64)
    assert np.array_equal(encoder.describe(images), directly(f"local-dir:{wide}", images)[0])


@pytest.fixture(scope="module")
def architecture(tmp_path_factory):
    """An architecture that open_clip knows by name."""
    path = tmp_path_factory.mktemp("config") / "tiny-test-clip.json"
    path.write_text(json.dumps(CLIP_CONFIG))
    open_clip.add_model_config(path)
    return path.stem


@pytest.fixture(scope="module")
def checkpoint(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("checkpoint") / "epoch 3.pt"
    torch.save({"state_dict": load_file(folder / "open_clip_model.safetensors")}, path)
    return path


def test_a_checkpoint_with_the_name_of_its_architecture_is_loaded(architecture, checkpoint):
    encoder = ClipEncoder.load(f"{architecture}:{checkpoint}", device="cpu")
    images = pictures(90, 160)
    seen, read = directly(architecture, images, pretrained=str(checkpoint))
    assert np.array_equal(encoder.describe(images), seen)
    assert np.array_equal(encoder.describe_text(TEXTS), read)


def test_a_trained_model_is_loaded_from_the_cache_with_its_own_preprocessing(
    architecture, checkpoint, tmp_path, monkeypatch
):
    """As open_clip would with the tag's name; its own file look-up asks the hub first."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    place = tmp_path / "models--somebody--tiny"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text("0123abcd")
    (place / "snapshots" / "0123abcd").mkdir(parents=True)
    weights = place / "snapshots" / "0123abcd" / "open_clip_pytorch_model.bin"
    weights.write_bytes(checkpoint.read_bytes())
    trained = {"mean": (0.1, 0.2, 0.3), "std": (0.4, 0.5, 0.6), "resize_mode": "squash"}
    trained |= {"interpolation": "bilinear", "quick_gelu": True, "hf_hub": "somebody/tiny/"}
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, architecture, {"some_data": trained})
    encoder = ClipEncoder.load(f"{architecture}:some_data", device="cpu")
    assert encoder.preprocessing == (
        "rgb 48x48 of the whole picture, bilinear squash, mean 0.1 0.2 0.3, std 0.4 0.5 0.6"
    )
    images = pictures(90, 160)
    with monkeypatch.context() as patch:
        trained["file"] = str(weights)
        patch.setattr(open_clip.factory, "download_pretrained", lambda cfg, **_: cfg["file"])
        seen, _ = directly(architecture, images, pretrained="some_data", force_quick_gelu=True)
    assert np.array_equal(encoder.describe(images), seen)


def test_the_fingerprint_follows_the_weights_and_the_configuration_and_not_the_place(
    folder, tmp_path
):
    here = find_clip_model(str(folder))
    moved = tiny_clip(tmp_path / "moved")
    assert find_clip_model(f"local-dir:{moved}").fingerprint == here.fingerprint
    other = tiny_clip(tmp_path / "other", seed=2)
    assert find_clip_model(str(other)).fingerprint != here.fingerprint
    config = json.loads((moved / "open_clip_config.json").read_text())
    config["preprocess_cfg"]["mean"] = [0.1, 0.1, 0.1]
    (moved / "open_clip_config.json").write_text(json.dumps(config))
    assert find_clip_model(str(moved)).fingerprint != here.fingerprint


def test_a_checkpoint_alone_beside_its_configuration_needs_no_more(folder):
    model = find_clip_model(str(folder / "open_clip_model.safetensors"))
    assert model.fingerprint == find_clip_model(str(folder)).fingerprint


def test_the_default_is_meant_by_its_architecture_too():
    assert known_clip_model().name == known_clip_model("ViT-B-32").name == CLIP_DEFAULT
    assert known_clip_model("ViT-B-32-256").name == "ViT-B-32-256:datacomp_s34b_b86k"


def test_every_clip_model_that_is_listed_is_one_of_open_clip_with_the_same_source():
    for model in MODELS.values():
        if model.kind == "clip":
            trained = open_clip.get_pretrained_cfg(*model.name.split(":"))
            assert trained["hf_hub"].rstrip("/") == model.weights.repository
            config = open_clip.get_model_config(model.name.split(":")[0])
            assert config["embed_dim"] == model.dim


def test_a_model_that_only_open_clip_knows_is_found_in_its_list():
    model = known_clip_model("ViT-B-32:openai")
    assert model.weights.repository == "timm/vit_base_patch32_clip_224.openai"
    assert model.dim == 512


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ViT-Z-99", "open_clip .* knows no trained CLIP model 'ViT-Z-99'; choose one such as"),
        ("ViT-B-16:nothing", "say which training of ViT-B-16 with ViT-B-16:NAME; it has: openai"),
        ("no/such/file.pt", "no/such/file.pt does not exist; name a checkpoint as ARCHITECTURE"),
        ("local-dir:/no/such", "/no/such is not a folder; give one that holds open_clip_config"),
        ("ViT-B-32:laion2b_s34b_b79k", "not at hand and cannot be fetched .HF_HUB_OFFLINE"),
    ],
)
def test_a_model_that_cannot_be_had_is_one_clear_line(name, said, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(SyncClipError, match=said) as error:
        find_clip_model(name)
    assert "\n" not in str(error.value)


def test_a_checkpoint_without_architecture_says_how_to_name_it(checkpoint):
    with pytest.raises(SettingsError, match=r"--clip-model ViT-B-32:.*epoch 3\.pt"):
        find_clip_model(str(checkpoint))


def test_a_folder_that_holds_no_model_says_what_is_missing(tmp_path):
    with pytest.raises(WeightsError, match=r"holds no open_clip_config\.json"):
        find_clip_model(str(tmp_path))
    (tmp_path / "open_clip_config.json").write_text("{}")
    with pytest.raises(WeightsError, match="holds no weights"):
        find_clip_model(str(tmp_path))


class Evil:
    """Would make a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("kind", ["nonsense", "another architecture", "pickle", "config"])
def test_a_file_that_is_no_checkpoint_is_refused_and_nothing_in_it_runs(
    architecture, tmp_path, kind
):
    path, mark = tmp_path / "weights.pt", tmp_path / "executed"
    name = f"{architecture}:{path}"
    if kind == "nonsense":
        path.write_bytes(b"nonsense")
    elif kind == "another architecture":
        torch.save({"visual.proj": torch.zeros(2, 2)}, path)
    elif kind == "pickle":
        path.write_bytes(pickle.dumps(Evil(mark)))
    else:
        name = str(tiny_clip(tmp_path / "config"))
        Path(name, "open_clip_config.json").write_text('{"model_cfg": {"embed_dim": "x"}}')
    with pytest.raises(WeightsError, match="cannot be loaded as the CLIP model") as error:
        ClipEncoder.load(name, device="cpu")
    assert "\n" not in str(error.value)
    assert "weights_only" not in str(error.value)  # nobody is told to switch that off
    assert not mark.exists()


def test_a_missing_extra_says_the_command(folder, monkeypatch):
    model = find_clip_model(str(folder))
    monkeypatch.setitem(sys.modules, "open_clip", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'syncclip\[models\]'"):
        ClipEncoder(model, device="cpu")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingDependencyError, match="torch is not installed"):
        ClipEncoder(model)


def test_a_device_that_is_not_there_is_refused_before_anything_is_loaded(folder, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(clip, "_loaded", lambda *_: pytest.fail("loaded"))
    with pytest.raises(SettingsError, match="device cuda is not usable here"):
        ClipEncoder(find_clip_model(str(folder)), device="cuda")


def test_half_precision_gives_nearly_the_same(folder, encoder):
    """As on a graphics card, where there is none: the processor computes halves, too."""
    halved = ClipEncoder.load(str(folder), device="cpu")
    net, _, _ = open_clip.create_model_and_transforms(f"local-dir:{folder}", precision="fp16")
    halved._net = net.eval()
    images = pictures(48, 48)
    shown = halved._shown(images).half()
    with torch.inference_mode():
        rows = halved._rows(net.encode_image(shown))
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert np.einsum("ij,ij->i", rows, encoder.describe(images)).min() > 0.999


def test_a_wrapper_keeps_the_name_that_was_asked_for(folder):
    model = replace(find_clip_model(str(folder)), name="mine")
    assert ClipEncoder(model, device="cpu").model == "mine"
