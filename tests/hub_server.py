"""A server on this machine that stands in for the Hugging Face hub, and fails as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

__all__ = ["hub_server"]


GIVEN = b"a file"


class HubServer:
    """Stands in for the hub: says rightly what a file is, and gives less of it than it said."""

    def __init__(self, head="right", body="breaks off", lacking=()):
        self.head, self.body, self.ended, self.asked = head, body, threading.Event(), []
        self.lacking = lacking

    def handler(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self):
                server.asked.append(self.path)
                if server.head == "stalls" and self.path != "/":
                    server.ended.wait(20)
                    return
                if self.path.rpartition("/")[2] in server.lacking:
                    self.send_response(404)
                    self.send_header("X-Error-Code", "EntryNotFound")
                    self.send_header("X-Repo-Commit", "0123abcd" * 5)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("X-Repo-Commit", "0123abcd" * 5)
                self.send_header("ETag", '"a1b2"')
                whole = len(GIVEN) if server.body == "whole" else 1000000
                self.send_header("Content-Length", str(whole))
                self.end_headers()

            def do_GET(self):
                self.do_HEAD()
                self.wfile.write(GIVEN if server.body == "whole" else bytes(1000))
                self.wfile.flush()
                if server.body == "stalls":
                    server.ended.wait(20)

            def log_message(self, *args):
                return

        return Handler


@contextmanager
def hub_server(monkeypatch: pytest.MonkeyPatch, **ways: Any) -> Iterator[HubServer]:
    """Such a server, which the environment names."""
    pytest.importorskip("huggingface_hub")
    # The library read the environment when it was imported.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    made = HubServer(**ways)
    http = ThreadingHTTPServer(("127.0.0.1", 0), made.handler())
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{http.server_port}")
    yield made
    made.ended.set()
    http.shutdown()
    http.server_close()
