"""How far a correlation is beyond chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["above_chance", "in_motion"]

LAG_FRAMES = 8
"""Frames between two pictures whose difference is taken as motion: a third of a second."""

ENOUGH_MOTION = 0.2
"""Change, as a share of the picture's detail, that counts as a test of its own. A smaller one is
the picture over again: two alike pictures zoomed slowly change alike (foreign pictures measured a
correlation of 0.9 of changes of 0.06)."""

BEST = 0.9995
"""Correlation that counts as perfect: the transform has no end."""


def above_chance(
    correlation: NDArray[np.float32], a: NDArray[np.float32], b: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Standard deviations of a correlation above chance (Fisher 1915).

    A picture whose detail sits in few cells, as a line of text on a card, has few independent
    values: their number is taken as the participation ratio of the cells' energy.

    Args:
        correlation: (n,) of row ``i`` of both sides.
        a: (n, cells) rows.
        b: (n, cells) rows.

    Returns:
        (n,).
    """
    count = np.minimum(_participation(a), _participation(b))
    return np.asarray(_deviations(correlation, count), dtype=np.float32)


def in_motion(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Standard deviations above chance of the correlation of two sequences' changes.

    The independent values are those of one change times the changes that are independent of each
    other: of sequences with temporal covariances *A* and *B*, tr A · tr B / tr AB of them (the
    variance of an inner product of independent Gaussian sequences).

    Args:
        a: (n, cells) unit rows in order of time.
        b: (n, cells) unit rows.

    Returns:
        0 where nothing moves.
    """
    lag = min(LAG_FRAMES, max(len(a) // 3, 1))
    if len(a) <= lag:
        return 0.0
    first, second = a[lag:] - a[:-lag], b[lag:] - b[:-lag]
    energy = np.array([np.vdot(first, first), np.vdot(second, second)], dtype=np.float64)
    if not energy.all():
        return 0.0
    correlation = float(np.vdot(first, second)) / float(np.sqrt(energy.prod()))
    together = float(((first @ first.T) * (second @ second.T)).sum())
    steps = float(energy.prod()) / max(together, 1e-12)
    cells = float(np.minimum(_participation(first), _participation(second)).mean())
    enough = float(np.sqrt(energy.min() / len(first))) / ENOUGH_MOTION
    sure = _deviations(np.array([correlation]), np.array([min(steps, len(first)) * cells]))
    return max(float(sure[0]), 0.0) * min(enough, 1.0)


def _deviations(
    correlation: NDArray[np.floating], count: NDArray[np.floating]
) -> NDArray[np.floating]:
    transformed = np.arctanh(np.clip(correlation, -BEST, BEST))
    return np.asarray(transformed * np.sqrt(np.maximum(count - 3, 0.1)))


def _participation(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    square = rows**2
    total = square.sum(axis=1)
    return np.asarray(total**2 / np.maximum((square**2).sum(axis=1), 1e-12), dtype=np.float32)
