"""Times that tests measure, kept where the documents' tables are made from."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from benchmarks.environment import describe
from benchmarks.figures import Figure

FOLDER = "SYNCCLIP_MEASURED"
"""Environment variable: the folder that results are written to, ``benchmarks/results``."""
QUICK_MS = 200
"""What an interaction may take."""


def keep_times(
    name: str,
    what: str,
    took_ms: Mapping[str, float],
    record: Any,
    *,
    test: str,
    unasked: Collection[str],
) -> None:
    """Tell how long things took; where a folder is named, write them as a benchmark's result.

    Args:
        name: Of the result.
        what: The things were measured on.
        took_ms: Milliseconds by interaction.
        record: Pytest's ``record_property``.
        test: What pytest is called with to measure them again.
        unasked: Those that are no interaction, which may take longer.
    """
    for interaction, milliseconds in took_ms.items():
        record(f"{what}, {interaction}, ms", round(milliseconds))
    told = ", ".join(f"{interaction} {value:.0f}" for interaction, value in took_ms.items())
    sys.stdout.write(f"\n{what}, ms: {told}\n")
    if not (folder := os.environ.get(FOLDER)):
        return
    environment = describe(())
    environment["command"] = f"{FOLDER}={folder} pytest -n 0 {test}"
    environment["load_average"] = round(os.getloadavg()[0], 1)
    figures = [
        Figure(what=what, measure=interaction, measured=round(value),
               at_most=None if interaction in unasked else QUICK_MS, unit="ms").to_json()
        for interaction, value in took_ms.items()
    ]  # fmt: skip
    document = {"schema_version": 1, "environment": environment, "figures": figures}
    path = Path(folder) / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
