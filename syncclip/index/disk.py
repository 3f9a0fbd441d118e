"""Appending to files so that a kill or a power cut leaves what was written before."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["append", "json_line"]


def json_line(value: Mapping[str, Any]) -> bytes:
    """One line of JSON; equal values give equal bytes."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode() + b"\n"


def append(path: Path, data: bytes) -> None:
    """Append and wait for the disk. Unbuffered: nothing is left to be written after a failure."""
    with path.open("ab", buffering=0) as file:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())
