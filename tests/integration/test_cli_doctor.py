from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from syncclip.cli import app
from syncclip.cli.checks import Check, State, all_checks, needed, optional


def by_name() -> dict[str, Check]:
    return {check.name: check for check in all_checks()}


@pytest.fixture(autouse=True)
def _empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("HF_HOME", "TORCH_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_a_whole_install_works_and_ends_with_exit_code_0() -> None:
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0, result.stdout
    assert "SyncClip works here." in result.stdout
    for group in ("Main job", "Machine", "Optional parts", "Model weights", "Model caches"):
        assert group in result.stdout


def test_json_holds_every_check() -> None:
    document = json.loads(CliRunner().invoke(app, ["doctor", "--json"]).stdout)
    assert document["works"] is True
    names = {check["name"] for check in document["checks"]}
    assert {"ffmpeg", "libx264", "av", "faiss-cpu", "memory", "graphics card", "HF_HOME"} <= names


def test_no_ffmpeg_fails_the_check_and_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SYNCCLIP_FFMPEG", "/no/such/program")
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "MISSING  ffmpeg" in result.stdout
    assert "-> SYNCCLIP_FFMPEG is '/no/such/program'" in result.stdout


def test_a_package_that_does_not_load_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    check = by_name()["faiss-cpu"]
    assert check.state is State.BROKEN
    assert check.remedy == "pip install --force-reinstall faiss-cpu"


def test_a_codec_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert by_name()["reads"].state is State.WORKS
    monkeypatch.setattr(needed, "FILM_CODECS", ("h264", "no-such-codec"))
    check = by_name()["reads"]
    assert (check.state, check.found) == (State.ABSENT, "h264; not no-such-codec")
    assert "--only-binary av" in str(check.remedy)


def test_a_temporary_folder_that_is_gone_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/no/such/folder")
    check = by_name()["temporary folder"]
    assert check.state is State.BROKEN
    assert "TMPDIR" in str(check.remedy)


def test_a_missing_extra_is_optional_and_names_its_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(optional, "_offered", lambda: {"decord", "models"})
    monkeypatch.setattr(
        optional, "EXTRAS", (optional._Extra("models", "what for", ("no_such_module",)),)
    )
    check = by_name()["models"]
    assert (check.state, check.remedy) == (State.ABSENT, "pip install 'syncclip[models]'")
    assert "no_such_module" in check.found


def test_only_extras_that_this_version_has_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optional, "_offered", lambda: {"decord"})
    assert [c.name for c in all_checks() if c.group == "Optional parts"] == ["decord"]


def test_the_weights_of_the_default_models_are_told(tmp_path: Path) -> None:
    check = by_name()["clip"]
    assert (check.state, check.remedy) == (State.ABSENT, "syncclip models fetch clip")
    snapshot = tmp_path / "huggingface/hub/models--laion--CLIP-ViT-B-32-laion2B-s34B-b79K"
    (snapshot / "refs").mkdir(parents=True)
    (snapshot / "refs" / "main").write_text("0123abcd")
    (snapshot / "snapshots" / "0123abcd").mkdir(parents=True)
    (snapshot / "snapshots" / "0123abcd" / "open_clip_model.safetensors").write_bytes(b"x")
    check = by_name()["clip"]
    assert (check.state, check.remedy) == (State.WORKS, None)
    assert check.found.endswith("open_clip_model.safetensors")


def test_the_size_of_a_model_cache_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "huggingface" / "hub"
    folder.mkdir(parents=True)
    (folder / "weights").write_bytes(b"x" * 2_500_000)
    (folder / "link").symlink_to("weights")
    check = by_name()["HF_HOME"]
    assert check.state is State.WORKS
    assert check.found.endswith("2.5 MB")
    assert by_name()["whisper"].state is State.ABSENT
