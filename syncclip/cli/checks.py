"""The checks of ``syncclip doctor``: each looks at one thing and never raises."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata, util
from pathlib import Path

from syncclip import __version__
from syncclip.errors import SyncClipError

__all__ = ["Check", "State", "all_checks"]

NEEDED_ENCODERS = ("libx264", "aac")


class State(StrEnum):
    """How a check ended."""

    WORKS = "works"
    ABSENT = "absent"
    """Optional and not there."""
    BROKEN = "broken"
    """The main job needs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was looked at, what was found, and what to do."""

    group: str
    name: str
    state: State
    found: str
    remedy: str | None = None


def all_checks() -> list[Check]:
    """Every check, in the order in which they are shown."""
    return [*_main_job(), *_machine(), *_extras(), *_caches()]


def _main_job() -> Iterator[Check]:
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
    yield _temporary_folder(group)


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
    found = f"{folder}, {_size(free)} free"
    return Check(group=group, name="temporary folder", state=State.WORKS, found=found)


def _machine() -> Iterator[Check]:
    group = "Machine"
    cores = (
        f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()}"
    )
    yield Check(
        group=group,
        name="processor",
        state=State.WORKS,
        found=f"{cores} cores, {platform.machine()}, {platform.system()} {platform.release()}",
    )
    memory = _memory_bytes()
    if memory is not None:
        yield Check(group=group, name="memory", state=State.WORKS, found=_size(memory))
    yield _gpu(group)


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return None


def _gpu(group: str) -> Check:
    found = _gpu_by_torch() if util.find_spec("torch") else _gpu_by_driver()
    if found:
        return Check(group=group, name="graphics card", state=State.WORKS, found=found)
    return Check(
        group=group,
        name="graphics card",
        state=State.ABSENT,
        found="none usable; only the optional model encoders would use one",
    )


def _gpu_by_torch() -> str | None:
    try:
        import torch

        if torch.cuda.is_available():
            return f"{torch.cuda.get_device_name(0)}, torch {torch.__version__}"
    except Exception as error:  # a broken install raises anything
        return f"torch does not load: {type(error).__name__}: {error}"
    return None


def _gpu_by_driver() -> str | None:
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    command = [program, "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=20, check=True, text=True)
    except (OSError, subprocess.SubprocessError):
        return None
    names = ", ".join(line.strip() for line in done.stdout.splitlines() if line.strip())
    return f"{names} (torch is not installed)" if names else None


@dataclass(frozen=True, slots=True)
class _Extra:
    """An optional part: what it is for and the packages that it is made of."""

    name: str
    purpose: str
    modules: tuple[str, ...]


EXTRAS = (
    _Extra("decord", "a second decoder, --reader decord", ("decord",)),
    _Extra(
        "models",
        "CLIP, caption and speech encoders",
        ("torch", "open_clip", "transformers", "whisper"),
    ),
    _Extra("ui", "the web page", ("gradio",)),
    _Extra("timeline", "timelines for editing programs", ("opentimelineio",)),
    _Extra("cluster", "search over several machines", ("ray",)),
    _Extra("download", "commentaries straight from their address", ("yt_dlp",)),
)


def _extras() -> Iterator[Check]:
    offered = _offered()
    for extra in (extra for extra in EXTRAS if extra.name in offered):
        missing = [module for module in extra.modules if util.find_spec(module) is None]
        yield Check(
            group="Optional parts",
            name=extra.name,
            state=State.ABSENT if missing else State.WORKS,
            found=f"{extra.purpose}; missing: {', '.join(missing)}" if missing else extra.purpose,
            remedy=f"pip install 'syncclip[{extra.name}]'" if missing else None,
        )


def _offered() -> set[str]:
    """Extras that the installed version has: pip would not know the others."""
    try:
        return set(metadata.metadata("syncclip").get_all("Provides-Extra") or ())
    except metadata.PackageNotFoundError:  # run from a source folder
        return {extra.name for extra in EXTRAS}


def _caches() -> Iterator[Check]:
    home = Path.home()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    hugging_face = Path(os.environ.get("HF_HOME") or cache / "huggingface")
    torch_home = Path(os.environ.get("TORCH_HOME") or cache / "torch")
    for name, folder in (
        ("HF_HOME", hugging_face),
        ("TORCH_HOME", torch_home),
        ("whisper", cache / "whisper"),
    ):
        there = folder.is_dir()
        yield Check(
            group="Model caches",
            name=name,
            state=State.WORKS if there else State.ABSENT,
            found=f"{folder}, {_size(_folder_bytes(folder)) if there else 'empty'}",
        )


def _folder_bytes(folder: Path) -> int:
    """Bytes of the files below a folder; links, which the caches are full of, count once."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root, name)
            if not path.is_symlink():
                total += path.stat().st_size if path.exists() else 0
    return total


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
