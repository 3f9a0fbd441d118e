"""The web app as a server on this machine."""

from __future__ import annotations

import ipaddress
import mimetypes
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from syncclip.errors import OutputError, SettingsError
from syncclip.ui.access import Folders, Refusal
from syncclip.ui.extra import gradio
from syncclip.ui.guard import Guard
from syncclip.ui.jobs import Jobs
from syncclip.ui.page import build_page, page_style, page_theme
from syncclip.ui.panel import FILES
from syncclip.ui.uploads import cleared, scratch

__all__ = ["build_app", "serve"]

SHOWN = frozenset(("video/mp4", "video/webm", "image/png", "image/jpeg", "text/html"))
"""Kinds of files that a browser shows; others it saves."""
SANDBOX = "sandbox allow-scripts allow-popups allow-modals"
"""For pages that lie in the folders: a stranger's could else do what the user can."""
GOODBYE_S = 2
"""Seconds that open connections have to end."""


def serve(
    folders: Sequence[str | Path] = (".",),
    *,
    host: str = "127.0.0.1",
    port: int = 7866,
    auth: str | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the web app until it is stopped by Ctrl-C.

    Args:
        folders: All that it may read, write and serve. New files go to the first.
        host: Address to listen at; others than this machine's own need ``auth``.
        port: Where; 0 takes any that is free.
        auth: ``USER:PASSWORD`` that browsers ask for.
        on_ready: Told the app's address.

    Raises:
        MissingDependencyError: Where gradio is not installed.
        InputError: Where a folder is none.
        SettingsError: Where ``auth`` is not of that form, or missing.
        OutputError: Where the port is taken, or the first folder cannot be written.
    """
    _check(host, auth)
    allowed = Folders([Path(folder) for folder in folders])
    with closing(_listen(host, port)) as listening, closing(Jobs(allowed.home)) as jobs:
        gradio()
        import uvicorn

        try:
            app = build_app(allowed, jobs, hosts=_names(host), auth=auth)
            config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=GOODBYE_S)
            if on_ready is not None:
                shown = f"[{host}]" if ":" in host else host
                on_ready(f"http://{shown}:{listening.getsockname()[1]}/")
            uvicorn.Server(config).run(sockets=[listening])
        except KeyboardInterrupt:
            pass  # how it is meant to end
        finally:
            cleared(allowed)


def build_app(
    folders: Folders, jobs: Jobs, *, hosts: frozenset[str] | None, auth: str | None
) -> Guard:
    """The app for a server to run.

    Args:
        folders: All that it may read, write and serve.
        jobs: What runs.
        hosts: Names by which browsers may call it; None: any.
        auth: ``USER:PASSWORD`` that they must give; None: none.
    """
    gr = gradio()
    from fastapi import FastAPI

    # Files arrive in the folders and are served by no other way than the app's own.
    os.environ["GRADIO_TEMP_DIR"] = os.environ["GRADIO_EXAMPLES_CACHE"] = str(scratch(folders))
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_api_route(FILES, _served(folders), methods=["GET", "HEAD"])
    page = build_page(folders, jobs)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        theme=page_theme(),
        css=page_style(),
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        show_error=True,
    )
    return Guard(app, hosts=hosts, auth=auth)


def _served(folders: Folders) -> Callable[..., Any]:
    """What answers requests for files."""
    from fastapi import HTTPException
    from fastapi.responses import FileResponse

    def serve_file(path: str, download: bool = False) -> FileResponse:
        try:
            file = folders.file(path)
        except Refusal as error:
            raise HTTPException(403, "not a file in the app's folders") from error
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        shown = kind in SHOWN and not download
        headers = {"content-security-policy": SANDBOX} if kind == "text/html" else {}
        return FileResponse(
            file,
            media_type=kind if shown else "application/octet-stream",
            filename=file.name,
            content_disposition_type="inline" if shown else "attachment",
            headers={**headers, "cache-control": "no-cache"},
        )

    return serve_file


def _check(host: str, auth: str | None) -> None:
    if auth is not None and not all(auth.partition(":")):
        raise SettingsError("--auth takes USER:PASSWORD, both of at least one character")
    if auth is None and not _is_own(host):
        raise SettingsError(
            f"whoever reaches {host} could use the app; set --auth USER:PASSWORD, too"
        )


def _is_own(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _names(host: str) -> frozenset[str] | None:
    """Names by which browsers call an address of this machine's own; any for others."""
    return frozenset(("localhost", "127.0.0.1", "::1", host)) if _is_own(host) else None


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(
            f"the app cannot listen at {host}, port {port}: {reason}; choose another with --port"
        ) from error
