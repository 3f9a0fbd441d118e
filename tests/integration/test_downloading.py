"""Commentaries by address, from a server on this machine."""

from __future__ import annotations

import gc
import re
import threading
import warnings
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from syncclip.errors import InputError, MissingDependencyError
from syncclip.pipeline.downloading import default_cache, fetch, is_address
from syncclip.progress import Progress
from tests import media


class Server:
    """Serves one file, in parts where it is asked to; may break off once."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.break_after: int | None = None
        self.ranges: list[str | None] = []
        self.asked = 0


class Handler(BaseHTTPRequestHandler):
    def __init__(self, state: Server, *args: object) -> None:
        self.state = state
        super().__init__(*args)  # type: ignore[arg-type]

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        state = self.state
        state.asked += 1
        if not self.path.endswith(".mp4"):
            self.send_error(404)
            return
        wanted = self.headers.get("Range")
        found = re.fullmatch(r"bytes=(\d+)-", wanted or "")
        start = int(found[1]) if found else 0
        if body:
            state.ranges.append(wanted)
        self.send_response(206 if found else 200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(state.data) - start))
        if found:
            total = len(state.data)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.end_headers()
        if not body:
            return
        end = len(state.data) if state.break_after is None else state.break_after
        self.wfile.write(state.data[start:end])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def _connections_of_the_downloader_end_here() -> Iterator[None]:
    """yt-dlp leaves the connection of a broken download to the garbage collector, which tells."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Server, str]]:
    film = media.film(tmp_path / "film.mp4", seconds=4, size=(160, 90))
    state = Server(film.path.read_bytes())
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, state)) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield state, f"http://127.0.0.1:{http.server_address[1]}"
        http.shutdown()


@pytest.fixture(autouse=True)
def _without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_video_is_downloaded_once_and_then_used_without_the_network(
    server: tuple[Server, str], tmp_path: Path
) -> None:
    state, base = server
    told: list[Progress] = []
    path = fetch(f"{base}/my recap.mp4", cache=tmp_path / "c", on_progress=told.append)
    assert path.read_bytes() == state.data
    assert path.name.startswith("my recap")
    assert told[-1].stage == "Downloading"
    assert told[-1].done == pytest.approx(len(state.data) / 1e6)
    before = state.asked
    assert fetch(f"{base}/my recap.mp4", cache=tmp_path / "c", on_progress=None) == path
    assert state.asked == before


def test_a_download_that_was_stopped_goes_on_where_it_was(
    server: tuple[Server, str], tmp_path: Path
) -> None:
    state, base = server
    state.break_after = len(state.data) // 2
    folder = tmp_path / "c"
    with pytest.raises(InputError, match="cannot be downloaded"):
        fetch(f"{base}/a.mp4", cache=folder, on_progress=None)
    state.break_after = None
    state.ranges.clear()
    path = fetch(f"{base}/a.mp4", cache=folder, on_progress=None)
    assert path.read_bytes() == state.data
    assert any(each and each != "bytes=0-" for each in state.ranges)


def test_an_address_without_a_video_is_one_line(server: tuple[Server, str], tmp_path: Path) -> None:
    _, base = server
    with pytest.raises(InputError) as caught:
        fetch(f"{base}/none", cache=tmp_path / "c", on_progress=None)
    message = str(caught.value)
    assert message.startswith(f"{base}/none cannot be downloaded: ")
    assert "404" in message
    assert "\n" not in message
    assert "report this issue" not in message


def test_without_yt_dlp_the_install_command_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "yt_dlp", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'syncclip\[download\]'"):
        fetch("https://example.com/x", cache=tmp_path, on_progress=None)


def test_only_addresses_are_downloaded() -> None:
    assert is_address("https://example.com/x")
    assert is_address("HTTP://example.com/x")
    for local in ("film.mp4", "/a/https:/x.mp4", "file:///x.mp4", "ftp://x/y", Path("https://x")):
        assert not is_address(local)


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYNCCLIP_CACHE", str(tmp_path))
    assert default_cache() == tmp_path
    monkeypatch.delenv("SYNCCLIP_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "syncclip" / "downloads"
