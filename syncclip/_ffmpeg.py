"""The ffmpeg program: where it is, what it can do, and running it without leaving traces.

Everything works with ffmpeg 6.0, 7.0 and 9.0. Older ones do, as far as they have the filters asked
for: ``xfade`` came with 4.3 (crossfades), ``amix`` without normalisation with 4.4 (mixed sound).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from syncclip.errors import FFmpegError, OutputError

__all__ = [
    "FFmpeg",
    "Stopped",
    "ffmpeg_encoders",
    "ffmpeg_version",
    "file_url",
    "find_ffmpeg",
    "installed_ffmpegs",
    "run_ffmpeg",
]

OVERRIDE = "SYNCCLIP_FFMPEG"
"""Environment variable that names the program to use."""

_HOW_TO_INSTALL = (
    "install ffmpeg (https://ffmpeg.org/download.html) so that it is on PATH, "
    "run: pip install imageio-ffmpeg, or set SYNCCLIP_FFMPEG to the program"
)
_QUERY_TIMEOUT_S = 60.0
_POLL_S = 0.1
_TAIL_LINES = 8


@dataclass(frozen=True, slots=True)
class FFmpeg:
    """An ffmpeg program."""

    path: Path
    origin: str
    """How it was found: ``"SYNCCLIP_FFMPEG"``, ``"PATH"`` or ``"imageio-ffmpeg"``."""


class Stopped(Exception):
    """A run was abandoned because its caller's stop event was set; never reaches a user."""


def file_url(path: Path | str) -> str:
    """A path as FFmpeg takes it literally, whatever it looks like (``-x.mp4``, ``http:a.mp4``)."""
    return f"file:{Path(path).absolute()}"


def installed_ffmpegs() -> list[FFmpeg]:
    """Every ffmpeg program on offer, the preferred one first.

    ``SYNCCLIP_FFMPEG`` stands alone where it is set: who names a program means that one.

    Raises:
        FFmpegError: Where ``SYNCCLIP_FFMPEG`` names something that is not a program.
    """
    override = os.environ.get(OVERRIDE)
    if override:
        named = shutil.which(override)
        if named is None:
            raise FFmpegError(
                f"{OVERRIDE} is {override!r}, which is not a program; correct it or unset it"
            )
        return [FFmpeg(Path(named), OVERRIDE)]
    found = []
    on_path = shutil.which("ffmpeg")
    if on_path is not None:
        found.append(FFmpeg(Path(on_path), "PATH"))
    bundled = _bundled()
    if bundled is not None:
        found.append(FFmpeg(bundled, "imageio-ffmpeg"))
    return found


def _bundled() -> Path | None:
    try:
        import imageio_ffmpeg

        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):  # RuntimeError: installed without a binary
        return None


def find_ffmpeg(*, encoder: str | None = None) -> FFmpeg:
    """The ffmpeg program to use.

    Args:
        encoder: Leave out programs built without this encoder (``"libx264"``): some systems'
            own ffmpeg lacks it, and the binary of ``imageio-ffmpeg`` has it.

    Raises:
        FFmpegError: Where there is none; the message says how to install one.
    """
    programs = installed_ffmpegs()
    if not programs:
        raise FFmpegError(f"no ffmpeg program was found; {_HOW_TO_INSTALL}")
    for program in programs:
        if encoder is None or encoder in ffmpeg_encoders(program):
            return program
    raise FFmpegError(f"{programs[0].path} cannot encode with {encoder}; {_HOW_TO_INSTALL}")


def ffmpeg_version(program: FFmpeg) -> str:
    """Version as the program states it, ``"7.1"``.

    Raises:
        FFmpegError: Where the program does not run.
    """
    words = _query(program, "-version").split()
    return words[2] if words[:2] == ["ffmpeg", "version"] and len(words) > 2 else "unknown"


def ffmpeg_encoders(program: FFmpeg) -> frozenset[str]:
    """Names of all encoders that the program was built with.

    Raises:
        FFmpegError: Where the program does not run.
    """
    _, _, table = _query(program, "-encoders").partition("------")
    return frozenset(line.split()[1] for line in table.splitlines() if len(line.split()) > 1)


def _query(program: FFmpeg, question: str) -> str:
    command = [str(program.path), "-hide_banner", question]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_QUERY_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise FFmpegError(f"{program.path} does not run ({error}); {_HOW_TO_INSTALL}") from error
    return done.stdout.decode("utf-8", "replace")


def run_ffmpeg(
    program: FFmpeg,
    args: Sequence[str],
    *,
    doing: str,
    stdin: Iterable[bytes] = (),
    stop: threading.Event | None = None,
) -> None:
    """Run ffmpeg to its end.

    The program gets its own process group, so that a Ctrl-C in the terminal reaches Python alone;
    whatever leaves this function by an exception has ended the program before.

    Args:
        program: What to run.
        args: Arguments after the global ones; file names through :func:`file_url`.
        doing: What the run is for, as an error message says it: ``"encoding out.mp4"``.
        stdin: Bytes to feed to ``pipe:0``, produced while the program runs.
        stop: Abandons the run when it is set.

    Raises:
        OutputError: Where the disk is full.
        FFmpegError: Where ffmpeg fails; with the end of what it said.
        Stopped: Where ``stop`` was set.
    """
    command = [str(program.path), "-hide_banner", "-nostats", "-loglevel", "error", "-y", *args]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise FFmpegError(f"{program.path} does not run ({error}); {_HOW_TO_INSTALL}") from error
    tail: deque[str] = deque(maxlen=_TAIL_LINES)
    listener = threading.Thread(target=_listen, args=(process, tail), daemon=True)
    listener.start()
    try:
        _feed(process, stdin, stop)
        _wait(process, stop)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        listener.join()
        _close_pipes(process)
    if process.returncode != 0:
        raise _failure(doing, process.returncode, list(tail))


def _listen(process: subprocess.Popen[bytes], tail: deque[str]) -> None:
    """Keep the last lines of stderr; without a reader a talkative ffmpeg would block."""
    assert process.stderr is not None
    for line in process.stderr:
        text = line.decode("utf-8", "replace").strip()
        if text:
            tail.append(text)


def _feed(
    process: subprocess.Popen[bytes], chunks: Iterable[bytes], stop: threading.Event | None
) -> None:
    assert process.stdin is not None
    for chunk in chunks:
        if stop is not None and stop.is_set():
            raise Stopped
        try:
            process.stdin.write(chunk)
        except OSError:  # the program ended early: its exit status and stderr say why
            return
    with contextlib.suppress(OSError):
        process.stdin.close()


def _wait(process: subprocess.Popen[bytes], stop: threading.Event | None) -> None:
    while True:
        if stop is not None and stop.is_set():
            raise Stopped
        try:
            process.wait(timeout=_POLL_S if stop is not None else None)
        except subprocess.TimeoutExpired:
            continue
        return


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _failure(doing: str, status: int, said: list[str]) -> FFmpegError | OutputError:
    if any("No space left on device" in line for line in said):
        return OutputError(
            f"{doing} failed: no space left on the disk; "
            "free some and run again, what is finished is kept"
        )
    reason = "; ".join(said) or f"it ended with status {status} and said nothing"
    return FFmpegError(f"{doing} failed: ffmpeg said: {reason}")
