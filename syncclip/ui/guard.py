"""What stands before every request: who may ask, from where, and what a page may load."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

__all__ = ["POLICY", "Guard"]

POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'self'"
)
"""Content security policy: browsers themselves let nothing of a page reach another machine."""
CLOSED = ("/gradio_api/proxy=", "/gradio_api/file=http", "/gradio_api/run", "/gradio_api/deep_link")
"""Addresses of Gradio's by which this machine would fetch from others, or that serve none here."""

OPEN = "/manifest.json"
"""The app's name, which browsers ask for without user and password."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Guard:
    """An ASGI application around another.

    Args:
        app: The other.
        hosts: Names by which a browser may call this machine, without port; None: by any. Another
            name is one that a stranger's page has pointed here (DNS rebinding).
        auth: ``USER:PASSWORD`` that a browser must give; None: none.
    """

    def __init__(self, app: Any, *, hosts: frozenset[str] | None, auth: str | None) -> None:  # noqa: ANN401 - any ASGI application
        self._app, self._hosts = app, hosts
        self._auth = None if auth is None else auth.encode()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or say why not."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # the app has no web sockets
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refused = self._refused(scope["path"], headers)
        if refused is not None:
            await _answer(send, *refused)
            return

        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*_kept(message["headers"]), *_ADDED]
            await send(message)

        await self._app(scope, receive, with_policy)

    def _refused(self, path: str, headers: dict[bytes, str]) -> tuple[int, str] | None:
        """Status and reason of a refusal."""
        host = headers.get(b"host", "")
        if self._hosts is not None and _name(host) not in self._hosts:
            return 403, f"this app is not {host}"
        origin = headers.get(b"origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return 403, "requests come from the app's own page only"
        secret = self._auth is not None and path != OPEN
        if secret and not self._known(headers.get(b"authorization", "")):
            return 401, "user and password are needed"
        if path.startswith(CLOSED):
            return 404, "not found"
        return None

    def _known(self, given: str) -> bool:
        """Whether HTTP Basic credentials (RFC 7617) are the right ones."""
        scheme, _, encoded = given.partition(" ")
        try:
            said = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return False
        return scheme.lower() == "basic" and hmac.compare_digest(said, self._auth or b"")


_ADDED = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


def _kept(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """A response's headers; a policy of its own stands beside the guard's."""
    return [pair for pair in headers if pair[0].lower() != b"access-control-allow-origin"]


def _name(host: str) -> str:
    """A host without its port."""
    return urlsplit(f"//{host}").hostname or ""


async def _answer(send: Send, status: int, reason: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="SyncClip", charset="UTF-8"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{reason}\n".encode()})
