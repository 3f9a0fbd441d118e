"""What the matcher works on: plain arrays and lines."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from syncclip.types import Rect, Shot

if TYPE_CHECKING:
    from syncclip.matching.overlays import Overlays

__all__ = ["Commentary", "Crop", "Hypothesis", "Line", "Source", "same_place"]


@dataclass(frozen=True, slots=True, eq=False)
class Commentary:
    """The frames to be found."""

    grey: NDArray[np.uint8]
    """(n, height, width) area-averaged pictures of the content rectangle."""
    seconds: NDArray[np.float64]
    """(n,) when each frame comes on screen."""
    aspect: float
    """Width ÷ height of the content rectangle on screen."""
    shots: tuple[Shot, ...]
    """Stretches between detected cuts; together they cover every frame."""
    overlays: Overlays | None = None
    """What lies over the picture, as far as it is known."""
    next_s: float | None = None
    """When what follows the last frame comes on screen; a frame period after it where None."""

    def __post_init__(self) -> None:
        if self.grey.ndim != 3 or self.grey.dtype != np.uint8:
            raise ValueError(f"grey must be (n, h, w) uint8, got {self.grey.shape}")
        if self.seconds.shape != (len(self.grey),):
            raise ValueError(f"{len(self.grey)} frames but {self.seconds.shape} times")

    @property
    def frame_period_s(self) -> float:
        """Median seconds between frames."""
        return _median_period_s(self.seconds)

    def seconds_of(self, frame: int) -> float:
        """When a frame comes on screen, or what follows the last one."""
        if frame < len(self.seconds):
            return float(self.seconds[frame])
        return float(self.seconds[-1] + self.frame_period_s) if self.next_s is None else self.next_s

    def weights(
        self, hypothesis: Hypothesis, frames: NDArray[np.int64], cells: tuple[slice, slice]
    ) -> NDArray[np.float32] | None:
        """(n, rows, columns) or (rows, columns) weights of the movie's cells; None where all count.

        By the overlays where they are known, by the hypothesis's own mask elsewhere.
        """
        if self.overlays is None:
            return hypothesis.weights(cells)
        return self.overlays.under(hypothesis, frames, cells)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A movie as the index holds it."""

    name: str
    signatures: NDArray[np.uint8]
    """(n, height, width) area-averaged pictures of every frame's content rectangle."""
    seconds: NDArray[np.float64]
    """(n,) when each frame comes on screen."""
    end_s: float
    """When the last frame leaves the screen."""
    aspect: float
    """Width ÷ height of the content rectangle on screen."""
    shots_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """(s,) when the first frame of each shot comes on screen; empty where the shots are unknown."""
    frame_period_s: float = field(init=False)
    """Median seconds between frames."""

    def __post_init__(self) -> None:
        if self.signatures.ndim != 3 or self.signatures.dtype != np.uint8:
            raise ValueError(f"signatures must be (n, h, w) uint8, got {self.signatures.shape}")
        if self.seconds.shape != (len(self.signatures),):
            raise ValueError(f"{len(self.signatures)} frames but {self.seconds.shape} times")
        # Asked for at every step: the median of two hours of frames takes as long as a step.
        object.__setattr__(self, "frame_period_s", _median_period_s(self.seconds))

    def frame_at(self, seconds: NDArray[np.float64]) -> NDArray[np.int64]:
        """Numbers of the frames on screen; -1 before the first, ``n`` from the end on."""
        found = np.searchsorted(self.seconds, seconds, side="right") - 1
        return np.where(seconds >= self.end_s, len(self.seconds), found).astype(np.int64)

    def nearest_frames(self, seconds: NDArray[np.float64]) -> NDArray[np.int64]:
        """Numbers of the frames on screen, or of the first or last one beyond them."""
        return np.clip(self.frame_at(seconds), 0, len(self.seconds) - 1)

    def nearest_frame(self, second: float) -> int:
        """:meth:`nearest_frames` of one second."""
        return int(self.nearest_frames(np.array([second]))[0])

    def frames_between(self, start_s: float, end_s: float) -> tuple[int, int]:
        """First and one past the last frame on screen in a span, as far as the movie goes."""
        first, last = self.frame_at(np.array([start_s, end_s]))
        return max(int(first), 0), min(int(last) + 1, len(self.signatures))


def _median_period_s(seconds: NDArray[np.float64]) -> float:
    """Median seconds between frames; a usual one where there is but one frame."""
    return float(np.median(np.diff(seconds))) if len(seconds) > 1 else 1 / 25


@dataclass(frozen=True, slots=True)
class Crop:
    """Where the commentary's picture lies on the movie's, in fractions of the movie's content.

    Unlike :class:`~syncclip.types.Rect` it may reach a little over the edges, as a commentary with
    a thin border does.
    """

    x: float
    y: float
    w: float
    h: float

    def apart(self, other: Crop) -> float:
        """Largest distance between corresponding edges."""
        return max(
            abs(self.x - other.x),
            abs(self.y - other.y),
            abs(self.x + self.w - other.x - other.w),
            abs(self.y + self.h - other.y - other.h),
        )

    def clipped(self) -> Rect:
        """The part inside the movie's picture."""
        left, top = min(max(self.x, 0.0), 0.99), min(max(self.y, 0.0), 0.99)
        right = max(min(self.x + self.w, 1.0), left + 0.01)
        bottom = max(min(self.y + self.h, 1.0), top + 0.01)
        return Rect(float(left), float(top), float(right - left), float(bottom - top))


@dataclass(frozen=True, slots=True)
class Line:
    """Source time as a linear function of commentary time."""

    at_s: float
    """Commentary second of the anchor."""
    source_s: float
    """Source second at the anchor."""
    speed: float
    """Source seconds per commentary second."""

    def __call__(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Source seconds at commentary seconds."""
        return self.source_s + self.speed * (seconds - self.at_s)

    def moved_to(self, at_s: float) -> Line:
        """The same line with its anchor elsewhere."""
        return Line(at_s, self.source_s + self.speed * (at_s - self.at_s), self.speed)


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """A place that a stretch of the commentary may come from."""

    source: int
    """Number of the movie among the sources."""
    start_frame: int
    """First commentary frame of the stretch that proposed it."""
    end_frame: int
    line: Line
    mirrored: bool
    crop: Crop
    shape: float
    """Width ÷ height of the crop, as fractions of the movie's, where nothing is stretched."""
    score: float
    """Vote density before proof; mean normalised correlation of signatures after it."""
    mask: NDArray[np.float32] | None = None
    """(rows, columns) weight of each signature cell: low where an overlay covers the picture."""
    crop_known: bool = True
    """False where something proposed the place that cannot see crops: any window may be it."""

    def with_fit(
        self,
        *,
        line: Line,
        crop: Crop,
        score: float,
        mask: NDArray[np.float32] | None = None,
    ) -> Hypothesis:
        """The same hypothesis after proof."""
        return replace(self, line=line, crop=crop, score=score, mask=mask, crop_known=True)

    def over(self, start_frame: int, end_frame: int) -> Hypothesis:
        """The same hypothesis about other commentary frames."""
        return replace(self, start_frame=start_frame, end_frame=end_frame)

    def weights(self, cells: tuple[slice, slice]) -> NDArray[np.float32] | None:
        """Weights of some cells; None where all count alike."""
        return None if self.mask is None else self.mask[cells]


def same_place(a: Hypothesis, b: Hypothesis, tolerance_s: float, period_s: float) -> bool:
    """True where two hypotheses name the same source times over the frames they share."""
    if a.source != b.source or a.mirrored != b.mirrored:
        return False
    at = (a.line.at_s + b.line.at_s) / 2
    apart = abs(a.line.moved_to(at).source_s - b.line.moved_to(at).source_s)
    drift = abs(a.line.speed - b.line.speed) * 1.0
    return apart < tolerance_s and drift < tolerance_s + period_s
