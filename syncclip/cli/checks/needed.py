"""What the main job needs: each check looks at one thing and never raises."""

from __future__ import annotations

import platform
import shutil
import tempfile
from collections.abc import Iterator
from importlib import metadata

from syncclip._version import __version__
from syncclip.cli.checks.record import Check, State, size_text
from syncclip.errors import SyncClipError

__all__ = ["main_job"]

NEEDED_ENCODERS = ("libx264", "aac")
FILM_CODECS = ("h264", "hevc", "vp9", "av1", "mpeg2video", "mpeg4", "prores", "vc1")
"""What films come in; PyAV's own builds read them all, a build against a system's may not."""


def main_job() -> Iterator[Check]:
    """SyncClip itself, ffmpeg, the packages of the base install, codecs, a temporary folder."""
    group = "Main job"
    python = f"SyncClip {__version__}, Python {platform.python_version()}"
    yield Check(group=group, name="syncclip", state=State.WORKS, found=python)
    yield from _ffmpeg(group)
    for package, module in (
        ("av", "av"),
        ("faiss-cpu", "faiss"),
        ("numpy", "numpy"),
        ("scipy", "scipy"),
    ):
        yield _needed_package(group, package, module)
    yield from _decoders(group)
    yield _temporary_folder(group)


def _decoders(group: str) -> Iterator[Check]:
    try:
        from av.codec import Codec
        from av.codec.codec import UnknownCodecError
    except ImportError:  # told by the check of the package
        return
    missing = []
    for name in FILM_CODECS:
        try:
            Codec(name, "r")
        except UnknownCodecError:
            missing.append(name)
    there = ", ".join(name for name in FILM_CODECS if name not in missing)
    yield Check(
        group=group,
        name="reads",
        state=State.ABSENT if missing else State.WORKS,
        found=there + (f"; not {', '.join(missing)}" if missing else ""),
        remedy="pip install --force-reinstall --only-binary av av" if missing else None,
    )


def _ffmpeg(group: str) -> Iterator[Check]:
    from syncclip._ffmpeg import ffmpeg_encoders, ffmpeg_version, find_ffmpeg

    try:
        program = find_ffmpeg()
        found = f"{ffmpeg_version(program)} at {program.path} (from {program.origin})"
    except SyncClipError as error:
        yield Check(group=group, name="ffmpeg", state=State.BROKEN, found="", remedy=str(error))
        return
    yield Check(group=group, name="ffmpeg", state=State.WORKS, found=found)
    for encoder in NEEDED_ENCODERS:
        try:
            able = find_ffmpeg(encoder=encoder)
        except SyncClipError as error:
            yield Check(group=group, name=encoder, state=State.BROKEN, found="", remedy=str(error))
        else:
            yield Check(group=group, name=encoder, state=State.WORKS, found=f"in {able.path}")
    others = sorted(ffmpeg_encoders(program) & {"h264_nvenc", "hevc_nvenc", "libx265", "libsvtav1"})
    if others:
        yield Check(group=group, name="also encodes", state=State.WORKS, found=", ".join(others))


def _needed_package(group: str, package: str, module: str) -> Check:
    """A package of the base install: imported, because a broken binary fails only then."""
    try:
        __import__(module)
        return Check(group=group, name=package, state=State.WORKS, found=metadata.version(package))
    except Exception as error:  # a broken wheel raises anything
        return Check(
            group=group,
            name=package,
            state=State.BROKEN,
            found=f"{type(error).__name__}: {error}",
            remedy=f"pip install --force-reinstall {package}",
        )


def _temporary_folder(group: str) -> Check:
    folder = tempfile.gettempdir()
    try:
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(b"x")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check(
            group=group,
            name="temporary folder",
            state=State.BROKEN,
            found=f"{folder}: {error.strerror or error}",
            remedy="set TMPDIR to a folder that can be written",
        )
    found = f"{folder}, {size_text(free)} free"
    return Check(group=group, name="temporary folder", state=State.WORKS, found=found)
