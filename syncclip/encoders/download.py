"""Fetching one file from the web: bounded waits, a few tries, checked before it counts."""

from __future__ import annotations

import hashlib
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

__all__ = ["NotReachable", "download", "is_reachable"]

READ_S = 15.0
"""Longest silence of a server in the middle of a file."""
ATTEMPTS = 3
"""Tries in a row that may bring nothing new."""
PAUSE_S = 1.0
PIECE_BYTES = 1 << 20


class NotReachable(Exception):
    """A server does not answer, or not with the file."""


def is_reachable(url: str, *, timeout_s: float, attempts: int = 1) -> bool:
    """Whether a server answers at all, whatever it says.

    In a thread of its own, because looking up a name may take longer than any time-out.

    Args:
        url: Some address of it.
        timeout_s: Seconds that each attempt may take.
        attempts: Tries, with a pause in between.
    """
    for attempt in range(attempts):
        answered: list[bool] = []
        asking = threading.Thread(target=_ask, args=(url, timeout_s, answered), daemon=True)
        asking.start()
        asking.join(timeout_s)
        if answered:
            return True
        if attempt < attempts - 1:
            time.sleep(PAUSE_S)
    return False


class _Stay(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: that a server sends one on is its answer."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """No request at all."""


def _ask(url: str, timeout_s: float, answered: list[bool]) -> None:
    try:
        request = urllib.request.Request(url, method="HEAD")
        with urllib.request.build_opener(_Stay).open(request, timeout=timeout_s):
            answered.append(True)
    except urllib.error.HTTPError as error:  # an answer, too
        error.close()
        answered.append(True)
    except (OSError, HTTPException, ValueError):
        return


def download(
    url: str, target: Path, *, sha256: str, told: Callable[[int, int | None], None]
) -> Path:
    """Fetch a file, going on where an earlier try stopped; it gets its name once it is whole.

    Args:
        url: Where it is.
        target: The file to write.
        sha256: What it must hold, in hexadecimal.
        told: Called with the bytes that are there and, where known, with their number in the end.

    Returns:
        ``target``.

    Raises:
        NotReachable: Where the server does not answer, stops answering, or sends something else.
        OSError: Where the file cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    failures = 0
    while True:
        before = part.stat().st_size if part.is_file() else 0
        try:
            _append(url, part, told)
            break
        except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
            here = part.stat().st_size if part.is_file() else 0
            failures = 0 if here > before else failures + 1
            if failures == ATTEMPTS:
                said = getattr(error, "reason", None) or error
                raise NotReachable(f"the download stops: {said}") from error
            time.sleep(PAUSE_S)
    with part.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            part.unlink()
            raise NotReachable("what the server sent is not the file: its checksum differs")
    part.replace(target)
    return target


def _append(url: str, part: Path, told: Callable[[int, int | None], None]) -> None:
    done = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={done}-"} if done else {})
    try:
        answer = urllib.request.urlopen(request, timeout=READ_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # nothing is left to send: the part is whole, or of another file
            return
        raise
    with answer, part.open("ab") as file:
        if done and answer.status != 206:
            file.truncate(0)
            done = 0
        length = answer.headers.get("Content-Length")
        total = done + int(length) if length else None
        while piece := answer.read(PIECE_BYTES):
            file.write(piece)
            done += len(piece)
            told(done, total)
        if total is not None and done < total:
            raise ConnectionError(f"ended after {done} of {total} bytes")
