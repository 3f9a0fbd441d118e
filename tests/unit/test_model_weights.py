"""Weights: what is at hand, what is fetched, and what is said where neither is possible."""

import hashlib
import json
import socket
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import util
from pathlib import Path

import pytest
from typer.testing import CliRunner

from syncclip.cli import app
from syncclip.encoders import download, hub, weights
from syncclip.encoders.models import DEFAULTS, MODELS, WebFile, model_named
from syncclip.errors import MissingDependencyError, SettingsError, WeightsError
from syncclip.pipeline import models
from tests.hub_server import hub_server

CONTENT = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def _empty_caches(tmp_path, monkeypatch):
    for name in ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "PAUSE_S", 0.01)


@pytest.fixture
def online(monkeypatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)


class Server:
    """A web server on this machine that can be told to fail."""

    def __init__(self):
        self.asked = []
        self.stop_after = []  # bytes after which an answer breaks off, one for each request
        self.content = CONTENT

    def handler(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self):
                self.send_response(404)
                self.end_headers()

            def do_GET(self):
                span = self.headers.get("Range", "bytes=0-")
                server.asked.append(span)
                start = int(span.removeprefix("bytes=").rstrip("-"))
                self.send_response(206 if start else 200)
                rest = server.content[start:]
                self.send_header("Content-Length", str(len(rest)))
                self.end_headers()
                if server.stop_after:
                    rest = rest[: server.stop_after.pop(0)]
                self.wfile.write(rest)

            def log_message(self, *args):
                return

        return Handler


@pytest.fixture
def server():
    made = Server()
    http = ThreadingHTTPServer(("127.0.0.1", 0), made.handler())
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{http.server_port}"
    yield made
    http.shutdown()
    http.server_close()
    thread.join()


@contextmanager
def silent_port():
    """A port that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def a_web_model(url):
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    web = WebFile(url=f"{url}/tiny.pt", sha256=sha256, folder="whisper")
    return replace(MODELS["whisper-tiny"], weights=web)


def in_hub_cache(repository, files, folder=None):
    """The hub's cache as its library lays it out."""
    root = (folder or hub.hub_cache()) / f"models--{repository.replace('/', '--')}"
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text("0123abcd")
    for name in files:
        (root / "snapshots" / "0123abcd").mkdir(parents=True, exist_ok=True)
        (root / "snapshots" / "0123abcd" / name).write_bytes(b"weights")
    return root / "snapshots" / "0123abcd"


def test_every_kind_has_a_default_and_every_model_says_licence_and_source():
    for kind, name in DEFAULTS.items():
        assert model_named(kind) is MODELS[name]
        assert MODELS[name].kind == kind
    for model in MODELS.values():
        assert model.licence
        assert model.megabytes > 10
        assert model.weights.page.startswith("https://")
        assert (model.dim is not None) == (model.kind == "clip")
    with pytest.raises(SettingsError, match="unknown model 'x'; choose one of: clip, blip"):
        model_named("x")


def without(monkeypatch, *packages):
    """As where packages are not installed."""
    find = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name in packages else find(name))
    for package in packages:
        monkeypatch.setitem(sys.modules, package, None)


def test_without_the_hubs_library_weights_are_found_and_fetching_says_the_command(monkeypatch):
    without(monkeypatch, "huggingface_hub")
    with pytest.raises(MissingDependencyError, match=r"pip install 'syncclip\[models\]'"):
        weights.obtain(model_named("clip"))
    failed = run("fetch", "clip", "--quiet")
    assert (failed.exit_code, failed.stderr.count("\n")) == (1, 1)
    assert "huggingface_hub is not installed; install it with: pip install" in failed.stderr
    folder = in_hub_cache(model_named("clip").weights.repository, ["open_clip_model.safetensors"])
    assert run("path", "clip").stdout == f"{folder / 'open_clip_model.safetensors'}\n"
    assert run("fetch", "clip", "--quiet").exit_code == 0


def test_nothing_is_at_hand_in_empty_caches():
    assert all(weights.at_hand(model) is None for model in MODELS.values())


def test_a_file_of_the_hub_is_found_in_its_cache_by_any_of_its_names():
    clip = model_named("clip")
    folder = in_hub_cache(clip.weights.repository, ["open_clip_pytorch_model.bin"])
    assert weights.at_hand(clip) == folder / "open_clip_pytorch_model.bin"
    (folder / "open_clip_model.safetensors").write_bytes(b"weights")
    assert weights.at_hand(clip) == folder / "open_clip_model.safetensors"
    assert weights.obtainable(clip) is None


def test_several_files_count_only_together():
    blip = model_named("blip")
    names = [group[0] for group in blip.weights.files]
    folder = in_hub_cache(blip.weights.repository, names[:-1])
    assert weights.at_hand(blip) is None
    (folder / "pytorch_model.bin").write_bytes(b"weights")
    assert weights.at_hand(blip) is None  # captions are written by safetensors alone
    (folder / "model.safetensors").write_bytes(b"weights")
    assert weights.at_hand(blip) == folder


@pytest.mark.parametrize("variable", ["HF_HOME", "HF_HUB_CACHE"])
def test_the_cache_is_where_the_hub_library_would_look(monkeypatch, tmp_path, variable):
    monkeypatch.setenv(variable, str(tmp_path / "elsewhere"))
    assert hub.hub_cache() == tmp_path / "elsewhere" / ("hub" if variable == "HF_HOME" else "")


def test_offline_is_said_at_once_with_the_three_ways_out(tmp_path):
    pytest.importorskip("huggingface_hub")
    began = time.monotonic()
    with pytest.raises(WeightsError) as said:
        weights.obtain(model_named("clip"))
    assert time.monotonic() - began < 1
    text = str(said.value)
    assert "HF_HUB_OFFLINE forbids the network" in text
    assert str(tmp_path / "cache" / "huggingface" / "hub") in text
    assert "HF_ENDPOINT" in text
    assert "--clip-model PATH" in text
    assert "\n" not in text
    assert weights.obtainable(model_named("clip")) == "HF_HUB_OFFLINE forbids the network"


@pytest.mark.parametrize("silent", [False, True], ids=["refuses", "says nothing"])
@pytest.mark.usefixtures("online")
def test_a_server_that_does_not_answer_is_given_up_after_a_few_tries(monkeypatch, silent):
    pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(weights, "PATIENCE_S", 0.2)
    monkeypatch.setattr(weights, "GLANCE_S", 0.2)
    with silent_port() as port:
        monkeypatch.setenv("HF_ENDPOINT", port if silent else closed_port())
        began = time.monotonic()
        assert weights.obtainable(model_named("clip")).endswith("does not answer")
        with pytest.raises(WeightsError, match=r"127.0.0.1:\d+ does not answer\); run 'syncclip"):
            weights.obtain(model_named("clip"))
        assert time.monotonic() - began < 3


def test_a_name_that_takes_for_ever_to_look_up_is_given_up(monkeypatch):
    ended = threading.Event()

    def look_up(*_, **__):
        ended.wait(10)
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    began = time.monotonic()
    assert not download.is_reachable("http://slow.example", timeout_s=0.2, attempts=2)
    assert time.monotonic() - began < 2
    ended.set()


def test_any_answer_counts_as_reachable(server):
    assert download.is_reachable(server.url, timeout_s=5)


@pytest.mark.usefixtures("online")
def test_a_repository_without_the_file_says_so(monkeypatch, server):
    pytest.importorskip("huggingface_hub")
    # The library read the environment when it was imported.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    with pytest.raises(WeightsError, match="cannot be fetched"):
        weights.obtain(model_named("clip"))


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize(
    ("body", "said"),
    [("breaks off", r"\(.*(complete message|1000000)"), ("stalls", "stands still")],
)
def test_a_broken_download_from_the_hub_is_one_line(monkeypatch, capfd, body, said):
    monkeypatch.setattr(hub, "STILL_S", 9.0 if body == "breaks off" else 0.5, raising=False)
    began = time.monotonic()
    with (
        hub_server(monkeypatch, body=body),
        pytest.raises(WeightsError, match=f"cannot be fetched.*{said}") as caught,
    ):
        weights.obtain(model_named("clip"))
    assert time.monotonic() - began < 15
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""  # the library's own retries are not the user's business


@pytest.mark.usefixtures("online")
def test_a_file_that_nobody_tells_about_is_given_up_although_the_server_answers(monkeypatch):
    monkeypatch.setattr(weights, "PATIENCE_S", 0.3)
    monkeypatch.setattr(weights, "GLANCE_S", 0.3)
    began = time.monotonic()
    with hub_server(monkeypatch, head="stalls") as server:
        assert weights.obtainable(model_named("clip")).endswith("does not answer")
        with pytest.raises(WeightsError, match="does not answer"):
            weights.obtain(model_named("clip"))
    assert time.monotonic() - began < 4
    assert {path.split("/")[-1] for path in server.asked} == {"open_clip_model.safetensors"}


@pytest.mark.usefixtures("online")
def test_a_hub_that_stops_answering_in_between_is_given_up(monkeypatch):
    monkeypatch.setattr(hub, "ANSWER_S", 0.5)
    monkeypatch.setattr(weights, "is_reachable", lambda *_, **__: True)
    began = time.monotonic()
    with (
        hub_server(monkeypatch, head="stalls"),
        pytest.raises(WeightsError, match="the download stands still"),
    ):
        weights.obtain(model_named("clip"))
    assert time.monotonic() - began < 4


@pytest.mark.usefixtures("online")
def test_what_a_model_reads_words_with_is_fetched_with_its_weights(monkeypatch):
    pytest.importorskip("open_clip")
    model = models._described("ViT-B-16-SigLIP:webli")
    tokenizer, shape = "timm/ViT-B-16-SigLIP", "xlm-roberta-base"
    assert [each.repository for each in model.beside] == [tokenizer]
    other = models._described("xlm-roberta-base-ViT-B-32:laion5b_s13b_b90k")
    assert [each.repository for each in other.beside] == [shape, shape]
    # Weights that came some other way: words are missed, and fetched when they are asked for.
    in_hub_cache(model.weights.repository, ["open_clip_model.safetensors"])
    assert weights.lacks(model) == (tokenizer,)
    place = weights.obtain(model)
    with hub_server(monkeypatch, body="whole", lacking=("spiece.model", "vocab.txt")):
        assert run("fetch", model.name, "--quiet").stdout == f"{place}\n"
        weights.obtain(other)
    assert weights.lacks(model) == weights.lacks(other) == ()
    names = {path.name for path in hub.repository_folder(tokenizer).glob("snapshots/*/*")}
    assert {"tokenizer.json", "tokenizer_config.json", "config.json"} <= names
    assert "spiece.model" not in names


@pytest.mark.usefixtures("online")
def test_who_is_told_of_the_progress_may_end_it(monkeypatch):
    def stop(_):
        raise KeyboardInterrupt

    with hub_server(monkeypatch, body="stalls"), pytest.raises(KeyboardInterrupt):
        weights.obtain(model_named("clip"), on_progress=stop)


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize("said", ["garbage", "ftp://mirror.example", "https://"])
def test_an_address_that_is_none_is_named(monkeypatch, capfd, said):
    pytest.importorskip("huggingface_hub")
    monkeypatch.setenv("HF_ENDPOINT", said)
    failed = run("fetch", "clip", "--quiet")
    assert failed.exit_code == 1
    assert f"HF_ENDPOINT is {said.rstrip('/')!r}, which is no http address" in failed.stderr
    assert failed.stderr.count("\n") == 1
    assert capfd.readouterr().err == ""
    assert "no http address" in weights.obtainable(model_named("clip"))


@pytest.mark.usefixtures("online")
def test_a_web_file_is_fetched_once_checked_and_found_again(server):
    model, told = a_web_model(server.url), []
    path = weights.obtain(model, on_progress=told.append)
    assert path.read_bytes() == CONTENT
    assert path.parent == weights.cache_folder(model)
    assert (told[-1].done, told[-1].total) == pytest.approx((0.01024, 0.01024))
    assert weights.obtain(model) == path
    assert len(server.asked) == 1
    assert [p.name for p in path.parent.iterdir()] == ["tiny.pt"]


@pytest.mark.usefixtures("online")
def test_a_download_that_breaks_off_goes_on_where_it_stopped(server):
    server.stop_after = [3000, 0, 5000]
    path = weights.obtain(a_web_model(server.url))
    assert path.read_bytes() == CONTENT
    assert server.asked == ["bytes=0-", "bytes=3000-", "bytes=3000-", "bytes=8000-"]


@pytest.mark.usefixtures("online")
def test_a_download_that_brings_nothing_new_is_given_up_and_leaves_no_model(server):
    server.stop_after = [0] * 10
    model = a_web_model(server.url)
    with pytest.raises(WeightsError, match="the download stops: ended after 0 of 10240 bytes"):
        weights.obtain(model)
    assert len(server.asked) == 3
    assert weights.at_hand(model) is None


@pytest.mark.usefixtures("online")
def test_a_download_of_something_else_is_thrown_away(server):
    server.content = b"<html>sign in to this network</html>"
    model = a_web_model(server.url)
    with pytest.raises(WeightsError, match="its checksum differs"):
        weights.obtain(model)
    assert list(weights.cache_folder(model).iterdir()) == []


@pytest.mark.usefixtures("online")
def test_a_cache_that_cannot_be_written_is_one_line(server, tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(WeightsError, match=r"cannot be fetched \(.*Not a directory"):
        weights.obtain(a_web_model(server.url))


def run(*args):
    return CliRunner().invoke(app, ["models", *args])


def test_the_list_shows_what_is_here():
    folder = in_hub_cache(model_named("clip").weights.repository, ["open_clip_model.safetensors"])
    result = run("list", "--json")
    assert result.exit_code == 0
    listed = {entry["name"]: entry for entry in json.loads(result.stdout)}
    assert set(listed) == set(MODELS)
    assert listed[DEFAULTS["clip"]]["path"] == str(folder / "open_clip_model.safetensors")
    assert listed[DEFAULTS["blip"]]["path"] is None
    assert "MIT" in run("list").stdout


def test_path_prints_the_place_and_fails_where_there_is_none():
    missing = run("path", "clip")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "fetch them with: syncclip models fetch ViT-B-32" in missing.stderr
    folder = in_hub_cache(model_named("clip").weights.repository, ["open_clip_model.safetensors"])
    assert run("path", "clip").stdout == f"{folder / 'open_clip_model.safetensors'}\n"
    assert json.loads(run("path", "clip", "--json").stdout)["model"] == "clip"


def test_the_list_folds_no_path(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / ("long" * 50)))
    folder = in_hub_cache(model_named("clip").weights.repository, ["open_clip_model.safetensors"])
    assert f" {folder / 'open_clip_model.safetensors'}\n" in run("list").stdout


@pytest.mark.parametrize(
    ("name", "repository"),
    [
        ("ViT-B-32", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"),
        ("somebody/blip", "somebody/blip"),
        ("ViT-B-32:datacomp_xl_s13b_b90k", "laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K"),
    ],
)
def test_every_name_that_an_option_takes_can_be_fetched(name, repository):
    if name.startswith("ViT-B-32:"):
        pytest.importorskip("open_clip")
    model = models._described(name)
    groups = model.weights.files
    in_hub_cache(repository, [group[0] for group in groups])
    assert run("fetch", name, "--quiet").stdout == run("path", name).stdout != ""


def test_whisper_is_fetched_by_either_of_its_names():
    assert models._described("tiny") is models._described("whisper-tiny") is MODELS["whisper-tiny"]


@pytest.mark.parametrize("name", ["x", "whisper-huge"])
def test_a_name_of_no_model_lists_those_that_there_are(name):
    failed = run("fetch", name, "--quiet")
    assert failed.exit_code == 1
    assert failed.stderr.startswith(f"error: unknown model {name!r}; choose one of: clip, blip")


def test_fetch_prints_where_the_weights_are_or_one_line():
    failed = run("fetch", "whisper-tiny", "--quiet")
    assert failed.exit_code == 1
    assert failed.stderr.startswith("error: the weights of whisper-tiny are not at hand")
    assert failed.stderr.count("\n") == 1
    weights.cache_folder(MODELS["whisper-tiny"]).mkdir(parents=True)
    (weights.cache_folder(MODELS["whisper-tiny"]) / "tiny.pt").write_bytes(b"weights")
    assert Path(run("fetch", "whisper-tiny").stdout.strip()).name == "tiny.pt"
