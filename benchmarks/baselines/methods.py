"""The aligners under comparison by name, each with its settings.

The thresholds of similarity (0.6 here; 0.2 in VCSL, whose descriptor gives lower values) were
chosen on seeds below 100, which no result reports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.baselines.hough import HoughSettings, hough
from benchmarks.baselines.per_frame import PerFrameSettings, per_frame
from benchmarks.baselines.runs import Run, to_predictions
from benchmarks.baselines.similarity import Similarity
from benchmarks.baselines.temporal_network import PUBLISHED, RECAP, temporal_network
from benchmarks.baselines.warping import WarpingSettings, warping
from benchmarks.claims import Prediction

__all__ = ["ALIGNERS", "Aligner"]


@dataclass(frozen=True, slots=True)
class Aligner:
    """One column of the table."""

    title: str
    what: str
    runs: Callable[[Similarity], list[Run]]

    def __call__(self, similarity: Similarity) -> list[Prediction]:
        """Segments in commentary order."""
        return to_predictions(similarity, self.runs(similarity))


ALIGNERS: Mapping[str, Aligner] = {
    "per_frame": Aligner(
        "per frame",
        "best match of each frame, grouped while gaps are small",
        lambda similarity: per_frame(similarity, PerFrameSettings()),
    ),
    "hough": Aligner(
        "Hough vote",
        "votes over offset and speed, shot by shot",
        lambda similarity: hough(similarity, HoughSettings()),
    ),
    "network_published": Aligner(
        "network, published",
        "temporal network (Tan et al. 2009) with VCSL's defaults",
        lambda similarity: temporal_network(similarity, PUBLISHED),
    ),
    "network_recap": Aligner(
        "network, recap",
        "temporal network, max step 3, top-k 3, min length 1, any number of paths",
        lambda similarity: temporal_network(similarity, RECAP),
    ),
    "warping": Aligner(
        "time warping",
        "dynamic time warping end to end",
        lambda similarity: warping(similarity, WarpingSettings()),
    ),
}
