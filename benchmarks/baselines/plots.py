"""Picture of a side-by-side result: one row of dots for each stratum."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.baselines.tables import KIND, MEASURES, mean_scores

__all__ = ["plot"]

_COLOURS = ("#0969da", "#bf8700", "#8250df", "#57606a", "#cf222e", "#1a7f37", "#d4a72c", "#bc4c00")
"""The first is the first method's: SyncClip."""
_MARKERS = "oDs^vXP<"


def plot(results: Path, picture: Path) -> None:
    """Draw a result file.

    Raises:
        ValueError: It is no side-by-side result.
    """
    document = json.loads(results.read_text(encoding="utf-8"))
    if document.get("kind") != KIND:
        raise ValueError(f"{results.name} sets nothing side by side; draw what `baselines` wrote")
    picture.parent.mkdir(parents=True, exist_ok=True)
    _draw(document, picture)


def _draw(document: Mapping[str, Any], picture: Path) -> None:
    from matplotlib.figure import Figure

    rows = [
        row
        for row in document["rows"]
        if any(mean_scores(row, method, MEASURES[0])[0] is not None for method in row_methods(row))
    ]
    figure = Figure(figsize=(10, 1.6 + 0.42 * len(rows)), dpi=110, layout="constrained")
    axes = figure.subplots(1, len(MEASURES), sharey=True)
    for axis, measure in zip(axes, MEASURES, strict=True):
        for number, (name, method) in enumerate(document["methods"].items()):
            points = [
                (value, place)
                for place, row in enumerate(rows)
                if (value := mean_scores(row, name, measure)[0]) is not None
            ]
            if points:
                axis.scatter(
                    *zip(*points, strict=True),
                    s=64 if number == 0 else 32,
                    color=_COLOURS[number % len(_COLOURS)],
                    marker=_MARKERS[number % len(_MARKERS)],
                    label=method["title"],
                    alpha=1.0 if number == 0 else 0.8,
                    zorder=3 if number == 0 else 2,
                )
        axis.set(title=measure, xlim=(-0.02, 1.02))
        axis.set_yticks(range(len(rows)), [row["what"] for row in rows], fontsize=8)
        axis.grid(axis="both", color="#d0d7de", linewidth=0.6)
        axis.set_axisbelow(True)
    if rows:
        axes[0].invert_yaxis()  # sharey: both
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    figure.savefig(picture)


def row_methods(row: Mapping[str, Any]) -> set[str]:
    """Names of the methods that ran on any case of a row."""
    return {name for case in row["cases"] for name in case["methods"]}
