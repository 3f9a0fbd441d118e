"""Joint fit of crop, offset and speed: Gauss–Newton on space and time at once.

In a slow pan a wrong crop makes up for a wrong offset, so that fitting one after the other stops
half way. Here both move together, as in image registration by the gradient (Lucas and Kanade 1981;
Baker and Matthews 2004), with the source time as further parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from syncclip.matching.overlays import overlay_weights, unweighted
from syncclip.matching.records import Crop, Line
from syncclip.matching.signatures import Cells, cells_under, normalised, project

__all__ = [
    "FASTEST",
    "TRUST",
    "Excerpt",
    "Registration",
    "commentary_side",
    "damped_step",
    "interpolated",
    "moved_crop",
    "overlay_mask",
    "register",
]

STEP = 0.004
"""Change of crop parameters for numerical derivatives: an eighth of a signature cell, three eighths
of a cell of a closer look."""

STRETCH_SIGMA = 0.004
"""Expected deviation of the aspect: sizes are rounded to even pixels, pictures seldom stretched."""

STRETCH_PULL = 2e-3 / STRETCH_SIGMA**2
"""Residual that a stretch of one (in logarithms) counts for, squared."""

ZOOM_REACH = 0.16
"""How far the logarithm of the zoom may move in all."""

TRUST = 0.05
"""Largest change of a crop parameter in one iteration."""


FASTEST = 2.5
"""Source seconds per commentary second beyond which nothing is looked for."""

_Rows = tuple[NDArray[np.float32], NDArray[np.bool_]]
"""Normalised rows, and which of them are known."""


@dataclass(frozen=True, slots=True, eq=False)
class Excerpt:
    """What is registered: commentary frames and the movie around them."""

    grey: NDArray[np.float32]
    """(t, h, w) commentary pictures, mirrored back."""
    seconds: NDArray[np.float64]
    """(t,)."""
    signatures: NDArray[np.uint8]
    """(f, rows, columns)."""
    signature_s: NDArray[np.float64]
    """(f,)."""
    shape: float
    """Width ÷ height, as fractions of the movie's, of a crop that is not stretched."""
    mask: NDArray[np.float32] | None = None
    """(rows, columns) weight of each cell."""
    period_s: float = field(init=False)
    """Seconds between signatures."""
    _seen: dict[tuple[int, int, int, int], _Rows] = field(init=False, default_factory=dict)
    """Signatures that were normalised already, for each set of cells."""

    def __post_init__(self) -> None:
        """Work out what is asked for at every step."""
        object.__setattr__(self, "period_s", float(np.median(np.diff(self.signature_s))))

    def normalised(self, cells: Cells, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """(len(numbers), cells) normalised signatures; each is worked out once."""
        key = (cells[0].start, cells[0].stop, cells[1].start, cells[1].stop)
        if key not in self._seen:
            size = (cells[0].stop - cells[0].start) * (cells[1].stop - cells[1].start)
            count = len(self.signatures)
            self._seen[key] = (
                np.empty((count, size), dtype=np.float32),
                np.zeros(count, dtype=np.bool_),
            )
        rows, known = self._seen[key]
        fresh = np.unique(numbers[~known[numbers]])
        if len(fresh):
            cut = self.signatures[fresh, cells[0], cells[1]]
            rows[fresh] = normalised(cut, self.weights(cells))
            known[fresh] = True
        return rows[numbers]

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of a signature."""
        return self.signatures.shape[1], self.signatures.shape[2]

    def weights(self, cells: Cells) -> NDArray[np.float32] | None:
        """Weights of some cells; None where all count alike."""
        return None if self.mask is None else self.mask[cells]

    def seen(self, crop: Crop) -> tuple[NDArray[np.float32], Cells]:
        """(t, cells) normalised commentary pictures under a crop, and the cells they lie on."""
        cells = cells_under(crop, self.grid)
        return self.seen_on(crop, cells), cells

    def seen_on(self, crop: Crop, cells: Cells) -> NDArray[np.float32]:
        """(t, cells) normalised commentary pictures under a crop, on these cells."""
        values, _ = project(self.grey, crop, self.grid, cells=cells)
        return normalised(values, self.weights(cells))

    def residual(self, rows: NDArray[np.float32], cells: Cells, line: Line) -> float:
        """Mean squared difference of such rows from the frames on screen along a line."""
        off = rows - self.normalised(cells, self.on_screen(line))
        return float(np.einsum("ij,ij->", off, off)) / len(off)

    def on_screen(self, line: Line) -> NDArray[np.int64]:
        """(t,) numbers of the signatures of the frames on screen along a line."""
        found = np.searchsorted(self.signature_s, line(self.seconds), side="right") - 1
        return np.asarray(np.clip(found, 0, len(self.signature_s) - 1), np.int64)


@dataclass(frozen=True, slots=True)
class Registration:
    """A fitted crop and line with the mean squared residual of unit rows."""

    crop: Crop
    line: Line
    residual: float


def register(
    excerpt: Excerpt,
    crop: Crop,
    line: Line,
    *,
    iterations: int = 8,
    hold_crop: bool = False,
    hold_speed: bool = False,
) -> Registration:
    """Improve crop and line together.

    The line counts a frame as shown from its start until the next one begins; between frames the
    fit interpolates, so that it works half a frame earlier and shifts back at the end.

    Args:
        excerpt: Frames and signatures.
        crop: Where to begin; its aspect is kept but for a little.
        line: Where to begin.
        iterations: Most Gauss–Newton steps.
        hold_crop: Leave the crop as it is.
        hold_speed: Leave the speed as it is.

    Returns:
        The best point that was visited.
    """
    half = excerpt.period_s / 2
    middle = float(excerpt.seconds.mean())
    spans = excerpt.seconds - middle
    start = line.moved_to(middle)
    state = np.array([0.0, 0.0, 0.0, 0.0, start.source_s - half, start.speed])
    free = np.flatnonzero([not hold_crop] * 4 + [True, not hold_speed])
    damping, best = 1e-3, _linearised(excerpt, crop, state, spans)
    for _ in range(iterations):
        gradient, hessian, loss = best
        change = np.zeros(6)
        change[free] = damped_step(gradient[free], hessian[np.ix_(free, free)], damping)
        change[:4] = np.clip(change[:4], -TRUST, TRUST)
        change[4] = np.clip(change[4], -8 * half, 8 * half)
        change[5] = np.clip(change[5], -0.2, 0.2)
        ahead = state + change
        ahead[5] = np.clip(ahead[5], 0.0, FASTEST)
        ahead[2] = np.clip(ahead[2], -ZOOM_REACH, ZOOM_REACH)
        tried = _linearised(excerpt, crop, ahead, spans)
        if tried[2] < loss:
            gain = loss - tried[2]
            state, best, damping = ahead, tried, max(damping / 5, 1e-6)
            if gain < 1e-5:
                break
        else:
            damping *= 20
            if damping > 100:
                break
    fitted = Line(middle, float(state[4]) + half, float(state[5]))
    return Registration(moved_crop(crop, state), fitted, best[2])


def damped_step(
    gradient: NDArray[np.float64], hessian: NDArray[np.float64], damping: float
) -> NDArray[np.float64]:
    """Gauss–Newton step (Levenberg 1944, Marquardt 1963).

    Args:
        gradient: (n,).
        hessian: (n, n).
        damping: Share of each parameter's own curvature that is added to it.
    """
    damped = hessian + np.diag(np.diag(hessian) * damping + 1e-9)
    return np.asarray(-np.linalg.solve(damped, gradient), np.float64)


def moved_crop(crop: Crop, state: NDArray[np.float64]) -> Crop:
    """Crop after a shift (shares of its size), a log zoom and a log stretch of its height."""
    dx, dy, zoom, stretch = state[:4].tolist()
    w = crop.w * float(np.exp(zoom))
    h = crop.h * float(np.exp(zoom + stretch))
    x = crop.x + crop.w * (0.5 + dx) - w / 2
    y = crop.y + crop.h * (0.5 + dy) - h / 2
    return Crop(x, y, w, h)


def _linearised(
    excerpt: Excerpt, crop: Crop, state: NDArray[np.float64], spans: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Gradient, Gauss–Newton Hessian and loss at a state, averaged over frames."""
    side = commentary_side(excerpt, crop, state[:4])
    expected, change = interpolated(excerpt, side.cells, state[4] + state[5] * spans)
    return side.compared(expected, [-change, -change * spans[:, None].astype(np.float32)])


@dataclass(frozen=True, slots=True, eq=False)
class CommentarySide:
    """Commentary pictures on the movie's cells under a crop."""

    rows: NDArray[np.float32]
    """(t, cells) normalised."""
    columns: NDArray[np.float32]
    """(4, t * cells) change of ``rows`` with the crop's shift across and down, log zoom and log
    stretch."""
    products: NDArray[np.float32]
    """(4, 4) of these with each other: a side is compared at many times."""
    cells: Cells
    stretched: float
    """Logarithm of the crop's stretch."""

    def compared(
        self, expected: NDArray[np.float32], more: Sequence[NDArray[np.float32]] = ()
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """Gradient, Gauss–Newton Hessian and loss against the movie's rows, averaged over frames.

        Args:
            expected: (t, cells) what the movie shows.
            more: Change of the difference with further parameters, after the crop's four.
        """
        count, difference = len(expected), (self.rows - expected).ravel()
        gradient, hessian = np.empty(4 + len(more)), np.empty((4 + len(more), 4 + len(more)))
        gradient[:4], hessian[:4, :4] = self.columns @ difference, self.products
        if more:
            others = np.stack([change.ravel() for change in more])
            gradient[4:], hessian[4:, 4:] = others @ difference, others @ others.T
            hessian[4:, :4] = others @ self.columns.T
            hessian[:4, 4:] = hessian[4:, :4].T
        gradient /= count
        hessian /= count
        loss = float(difference @ difference) / count
        hessian[3, 3] += STRETCH_PULL
        gradient[3] += STRETCH_PULL * self.stretched
        return gradient, hessian, loss + STRETCH_PULL * self.stretched**2


def commentary_side(
    excerpt: Excerpt, crop: Crop, state: NDArray[np.float64] | None = None
) -> CommentarySide:
    """Project the commentary under a crop, moved as ``state`` says, and under crops beside it."""
    state = np.zeros(4) if state is None else state
    here = moved_crop(crop, state)
    rows, cells = excerpt.seen(here)
    columns = np.empty((4, rows.size), dtype=np.float32)
    for column, step in zip(columns, np.eye(4) * STEP, strict=True):
        beside = excerpt.seen_on(moved_crop(crop, state + step), cells)
        np.subtract(beside, rows, out=column.reshape(rows.shape))
    columns /= STEP
    stretched = float(np.log(excerpt.shape * here.h / here.w))
    return CommentarySide(rows, columns, columns @ columns.T, cells, stretched)


def interpolated(
    excerpt: Excerpt, cells: Cells, seconds: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Signatures at any time by linear interpolation, and their change per second."""
    times = excerpt.signature_s
    after = np.clip(np.searchsorted(times, seconds, side="right"), 1, len(times) - 1)
    gap: NDArray[np.float64] = times[after] - times[after - 1]
    passed = np.clip((seconds - times[after - 1]) / gap, 0.0, 1.0)
    share = passed[:, None].astype(np.float32)
    low, high = excerpt.normalised(cells, after - 1), excerpt.normalised(cells, after)
    step: NDArray[np.float32] = high - low
    rise: NDArray[np.float32] = step / gap.astype(np.float32)[:, None]
    return low + step * share, rise


def overlay_mask(excerpt: Excerpt, crop: Crop, line: Line) -> NDArray[np.float32]:
    """Weights that take out cells where both sides differ for most of the stretch.

    Subtitles, logos and stickers belong to the commentary alone. Their cells stand out by residual,
    and are weighted down as in iteratively reweighted least squares (Geman and McClure 1985). Where
    the place is wrong, all cells are bad alike and keep their weight. What moves in the movie
    differs as soon as the time is a little off, and just that tells the time: there the movie's own
    variance is forgiven first.

    Args:
        excerpt: Frames and signatures.
        crop: Fitted crop.
        line: Fitted line.

    Returns:
        (rows, columns) from 0 to 1; cells outside the crop have 1.
    """
    rows, cells = excerpt.seen(crop)
    expected, _ = interpolated(excerpt, cells, line(excerpt.seconds) - excerpt.period_s / 2)
    residual = unweighted(rows - expected, excerpt.weights(cells))
    square = np.einsum("ij,ij->j", residual, residual) / len(residual)
    detail = np.einsum("ij,ij->j", expected, expected)
    inside = overlay_weights(square[None], expected.var(axis=0), detail[None])
    mask = np.ones(excerpt.grid, dtype=np.float32)
    mask[cells] = inside.reshape(mask[cells].shape)
    return mask
