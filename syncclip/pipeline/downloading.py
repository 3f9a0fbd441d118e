"""Commentaries by address: downloaded once to a cache (yt-dlp), then files like any other."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from syncclip._ffmpeg import find_ffmpeg
from syncclip._files import write_text
from syncclip.errors import FFmpegError, InputError, MissingDependencyError, OutputError
from syncclip.progress import OnProgress, Progress

__all__ = ["default_cache", "fetch", "is_address"]

STAGE = "Downloading"
DONE = "done"
"""File that names a complete download."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def is_address(commentary: str | Path) -> bool:
    """Whether a commentary is given by its address on the web. Nothing else is ever downloaded."""
    return isinstance(commentary, str) and commentary.lower().startswith(("http://", "https://"))


def default_cache() -> Path:
    """Where downloads are kept: ``SYNCCLIP_CACHE``, else the user's cache folder."""
    if own := os.environ.get("SYNCCLIP_CACHE"):
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "syncclip" / "downloads"


def fetch(address: str, *, cache: Path | None = None, on_progress: OnProgress | None) -> Path:
    """The file of a video on the web, downloaded unless it was before.

    A download that was stopped goes on where it was. A file that is complete is used without a
    look at the network.

    Args:
        address: ``http`` or ``https``.
        cache: Folder for downloads; :func:`default_cache` by default.
        on_progress: Told how far the download is.

    Raises:
        MissingDependencyError: Where yt-dlp is not installed.
        InputError: Where the address gives no video.
        OutputError: Where the cache cannot be written.
    """
    mark = blake2b(address.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    folder = (cache or default_cache()) / mark
    there = _complete(folder)
    if there is not None:
        return there
    library = _library()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}") from error
    try:
        with library.YoutubeDL(_options(folder, on_progress)) as loader:
            facts = loader.extract_info(address, download=True)
    except library.utils.DownloadError as error:
        raise InputError(f"{address} cannot be downloaded: {_reason(error)}") from error
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}") from error
    made = [Path(each["filepath"]) for each in (facts or {}).get("requested_downloads") or ()]
    if not made or not made[0].is_file():
        raise InputError(f"{address} cannot be downloaded: it gives no video")
    write_text(folder / DONE, made[0].name)
    return made[0]


def _library() -> Any:  # noqa: ANN401 - a library without types
    try:
        import yt_dlp
        import yt_dlp.utils
    except ImportError as error:
        raise MissingDependencyError("yt_dlp", extra="download") from error
    return yt_dlp


def _complete(folder: Path) -> Path | None:
    """The file of a finished download: only one that ended well has its name beside it."""
    try:
        name = (folder / DONE).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    path = folder / name
    return path if Path(name).name == name and path.is_file() else None


def _options(folder: Path, on_progress: OnProgress | None) -> dict[str, Any]:
    options: dict[str, Any] = {
        "outtmpl": {"default": str(folder).replace("%", "%%") + "/%(title).80B.%(ext)s"},
        "format": "bestvideo*+bestaudio/best",
        "merge_output_format": "mkv",
        "noplaylist": True,
        "continuedl": True,
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "logger": _Silence(),
        "progress_hooks": [_hook(on_progress)],
        "retries": 5,
        "cachedir": False,
    }
    with suppress(FFmpegError):  # without it, what needs no merging still downloads
        options["ffmpeg_location"] = str(find_ffmpeg().path)
    return options


class _Silence:
    """Takes the library's own messages: errors come as exceptions."""

    def debug(self, message: str) -> None:
        """Nothing."""

    warning = error = info = debug


def _hook(on_progress: OnProgress | None) -> Callable[[Mapping[str, Any]], None]:
    def told(status: Mapping[str, Any]) -> None:
        if on_progress is None or status.get("status") not in ("downloading", "finished"):
            return
        total = status.get("total_bytes") or status.get("total_bytes_estimate")
        done = status.get("downloaded_bytes") or 0
        on_progress(Progress(STAGE, done / 1e6, total / 1e6 if total else None, "MB"))

    return told


def _reason(error: Exception) -> str:
    """The library's message in one line, without colours and its request for bug reports."""
    text = _COLOUR.sub("", str(error)).removeprefix("ERROR: ")
    text = text.split("; please report this issue")[0]
    return " ".join(text.split())
