"""Reliability diagram of a result file: what confidence said against what was right."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

__all__ = ["draw_reliability"]


def draw_reliability(results: Path, picture: Path) -> None:
    """Draw the calibration of all rows of a result file together.

    One bar for each tenth of confidence: the share of its frames that are right within three film
    frames, over the mean confidence (DeGroot and Fienberg 1983); below, how many frames it has.

    Raises:
        ValueError: The file has no calibration of all rows together.
    """
    from matplotlib.figure import Figure

    document = json.loads(results.read_text(encoding="utf-8"))
    if "calibration" not in document.get("all", {}):
        raise ValueError(f"{results.name} has no calibration; draw what `accuracy` wrote")
    found = document["all"]["calibration"]
    frames, confidence, right = np.array(found["sums"]["bins"])
    some = frames > 0
    said, true = confidence[some] / frames[some], right[some] / frames[some]
    figure = Figure(figsize=(5.2, 6.0), dpi=110, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    above.plot([0, 1], [0, 1], color="#57606a", linewidth=0.8, linestyle="--")
    above.plot(said, true, color="#0969da", marker="o")
    above.set(
        title=f"expected calibration error {found['ece']:.3f}",
        ylabel="share of frames right within 3 film frames",
        xlim=(-0.02, 1.02),
        ylim=(-0.02, 1.02),
    )
    middles = (np.arange(len(frames)) + 0.5) / len(frames)
    below.bar(middles, np.maximum(frames, 0.5), width=0.09, color="#0969da")
    below.set(xlabel="confidence", ylabel="frames", yscale="log")
    for axis in (above, below):
        axis.grid(color="#d0d7de", linewidth=0.6)
        axis.set_axisbelow(True)
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture)
