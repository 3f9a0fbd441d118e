"""What else is here: the machine, optional parts, model caches. Nothing of it is needed."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from syncclip.cli.checks.record import Check, State, size_text

__all__ = ["caches", "extras", "machine", "models"]


def machine() -> Iterator[Check]:
    """Processor, memory and graphics card."""
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
        yield Check(group=group, name="memory", state=State.WORKS, found=size_text(memory))
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
        "models", "CLIP and caption encoders", ("torch", "torchvision", "open_clip", "transformers")
    ),
    _Extra(
        "transcribe", "what is spoken, and dialogue", ("whisper", "rapidfuzz", "charset_normalizer")
    ),
    _Extra("ui", "the web page", ("gradio",)),
    _Extra("timelines", "timelines for editing programs", ("opentimelineio", "pyJianYingDraft")),
    _Extra("cluster", "search over several machines", ("ray",)),
    _Extra("download", "commentaries straight from their address", ("yt_dlp",)),
)


def extras() -> Iterator[Check]:
    """The optional parts that this version has."""
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


def caches() -> Iterator[Check]:
    """Folders in which model weights are kept."""
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
            found=f"{folder}, {size_text(_folder_bytes(folder)) if there else 'empty'}",
        )


def models() -> Iterator[Check]:
    """The default models: whether their weights are at hand."""
    from syncclip.encoders.models import DEFAULTS, MODELS
    from syncclip.encoders.weights import at_hand

    for kind, name in DEFAULTS.items():
        here = at_hand(MODELS[name])
        yield Check(
            group="Model weights",
            name=kind,
            state=State.ABSENT if here is None else State.WORKS,
            found=f"{name}; fetched when it is first used" if here is None else f"{name}, {here}",
            remedy=f"syncclip models fetch {kind}" if here is None else None,
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
