"""Where and from what a figure was measured."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["REPOSITORY", "clean_commit", "describe"]

REPOSITORY = Path(__file__).parent.parent
_PACKAGES = (
    "syncclip",
    "numpy",
    "scipy",
    "faiss-cpu",
    "numba",
    "av",
    "torch",
    "open_clip_torch",
    "transformers",
)


def describe(words: Sequence[str]) -> dict[str, Any]:
    """Commit, command, hardware and package versions; ``words`` are the command's arguments."""
    # Folders of this machine say nothing to a reader: absolute paths keep their last part.
    shown = [Path(word).name if Path(word).is_absolute() else word for word in words]
    return {
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": _changed(),
        "command": f"python -m benchmarks {shlex.join(shown)}",
        "hardware": {
            "cpu": _cpu(),
            "cores": len(os.sched_getaffinity(0)),
            "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
            "system": platform.system(),
        },
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def clean_commit() -> str | None:
    """The commit that runs; None where it is not known, or has been changed since."""
    return None if _changed() else _git("rev-parse", "HEAD")


def _changed() -> bool:
    return bool(_git("status", "--porcelain", "--", "syncclip", "benchmarks/*.py"))


def _git(*words: str) -> str | None:
    done = subprocess.run(
        ["git", *words], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _cpu() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
