"""Temporal network: longest paths through the nearest neighbours of consecutive frames.

Tan, Ngo, Hong and Chua 2009, "Scalable detection of partial near-duplicate videos by
visual-temporal consistency"; the *TN* baseline of VCSL (He et al. 2022, "A large-scale
comprehensive dataset and copy-overlap aware evaluation protocol for segment-level video copy
detection"). Nodes are the ``top_k`` nearest movie samples of each query frame. An edge leads from
one to a later one of a later query frame, both less than ``max_step`` on, unless a node in between
was reached already, and weighs what its head is similar. The heaviest path is a segment; its edges
are taken out, and the next path is sought. VCSL's code differs in two points that cost it accuracy
here: it lets a path begin on a node that is not similar, and go again over edges already used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.baselines.runs import Run, every_nth, peak_seconds
from benchmarks.baselines.similarity import Matrix, Similarity

__all__ = ["PUBLISHED", "RECAP", "TemporalNetworkSettings", "temporal_network"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporalNetworkSettings:
    """Names and meaning as in VCSL's code; lengths and steps are counted in samples."""

    max_step: int
    top_k: int
    max_path: int
    """Paths sought in each pair of videos."""
    min_sim: float
    """Least similarity of a node, and of a whole path for each sample of its length."""
    min_length: int
    max_iou: float = 0.3
    """Paths whose boxes overlap more than this with an earlier one are left out."""


PUBLISHED = TemporalNetworkSettings(max_step=10, top_k=5, max_path=10, min_sim=0.2, min_length=5)
"""The defaults of VCSL's code."""

RECAP = TemporalNetworkSettings(max_step=3, top_k=3, max_path=2000, min_sim=0.6, min_length=1)
"""For commentaries with a hundred short segments: as many paths as there are."""


@dataclass(slots=True, eq=False)
class _Edges:
    """Edges into one query frame, as parallel arrays."""

    tail: NDArray[np.int64]
    """Node numbers ``row * top_k + rank``."""
    head: NDArray[np.int64]
    weight: NDArray[np.float64]


def temporal_network(similarity: Similarity, settings: TemporalNetworkSettings) -> list[Run]:
    """Runs in every movie, plain and mirrored."""
    runs = []
    for number, movie in enumerate(similarity.movies):
        for mirrored in (False, True):
            matrix = movie.mirrored if mirrored else movie.plain
            # Steps and lengths are counted in samples of one rate; the peak is read from all.
            stride = every_nth(similarity, movie)
            for rows, places in paths(matrix[:, ::stride], settings):
                columns = places * stride
                times = [
                    peak_seconds(matrix, movie.seconds, int(row), int(column))
                    for row, column in zip(rows, columns, strict=True)
                ]
                runs.append(
                    Run(
                        movie=number,
                        mirrored=mirrored,
                        rows=rows,
                        source_s=np.array(times),
                        similarity=matrix[rows, columns].astype(np.float64),
                    )
                )
    return runs


def paths(
    matrix: Matrix, settings: TemporalNetworkSettings
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Rows and columns of each path that passes the tests, heaviest first."""
    top = min(settings.top_k, matrix.shape[1])
    columns = np.argsort(-matrix, axis=1, kind="stable")[:, :top].astype(np.int64)
    values = np.take_along_axis(matrix, columns, axis=1).astype(np.float64)
    edges = _edges(columns, values, settings)
    found: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    boxes: list[tuple[int, int, int, int]] = []
    for _ in range(settings.max_path):
        nodes, used = _heaviest(edges, columns.size)
        if len(nodes) < 2:
            break
        for row, place in used:
            edges[row].weight[place] = 0.0
        rows, at = nodes // top, columns.ravel()[nodes]
        box = (int(rows[0]), int(at[0]), int(rows[-1]), int(at[-1]))
        height, width = box[2] - box[0], box[3] - box[1]
        mean = float(matrix[rows, at].sum()) / ((height + width) / 2)
        if (
            mean > settings.min_sim
            and min(height, width) > settings.min_length
            and all(_iou(box, other) < settings.max_iou for other in boxes)
        ):
            boxes.append(box)
            found.append((rows, at))
    return found


def _edges(
    columns: NDArray[np.int64], values: NDArray[np.float64], settings: TemporalNetworkSettings
) -> list[_Edges]:
    """Edges into each query frame."""
    count, top = columns.shape
    parts: list[list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]]
    parts = [[] for _ in range(count)]
    for row in range(count):
        reached = np.empty(0, np.int64)
        for later in range(row + 1, min(count, row + settings.max_step)):
            apart = columns[later][:, None] - columns[row][None, :]
            allowed = (apart > 0) & (apart < settings.max_step)
            allowed &= (values[later] >= settings.min_sim)[:, None]
            allowed &= (values[row] >= settings.min_sim)[None, :]
            if len(reached):
                between = (reached > columns[row][:, None])[None, :, :]
                between = between & (reached < columns[later][:, None])[:, None, :]
                allowed &= ~between.any(axis=2)
            heads, tails = np.nonzero(allowed)
            if not len(heads):
                continue
            reached = np.union1d(reached, columns[later][heads])
            parts[later].append((row * top + tails, later * top + heads, values[later][heads]))
    empty = _Edges(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    return [
        _Edges(*(np.concatenate(arrays) for arrays in zip(*part, strict=True))) if part else empty
        for part in parts
    ]


def _heaviest(edges: list[_Edges], nodes: int) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
    """Nodes of the heaviest path, and where its edges stand; empty where nothing weighs."""
    weight = np.zeros(nodes)
    came_by = np.full((nodes, 2), -1, np.int64)
    for row, part in enumerate(edges):
        if not len(part.head):
            continue
        sums = weight[part.tail] + part.weight
        order = np.argsort(sums, kind="stable")
        order = order[part.weight[order] > 0]
        # Of equal heads the last one written, the heaviest, stays.
        weight[part.head[order]] = sums[order]
        came_by[part.head[order]] = np.stack([np.full(len(order), row), order], axis=1)
    node = int(np.argmax(weight))
    path, used = [node], []
    while came_by[node, 0] >= 0:
        row, place = (int(value) for value in came_by[node])
        used.append((row, place))
        node = int(edges[row].tail[place])
        path.append(node)
    return np.array(path[::-1], np.int64), used


def _iou(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> float:
    height = min(a[2], b[2]) - max(a[0], b[0]) + 1
    width = min(a[3], b[3]) - max(a[1], b[1]) + 1
    if height <= 0 or width <= 0:
        return 0.0
    shared = height * width
    areas = [(box[2] - box[0] + 1) * (box[3] - box[1] + 1) for box in (a, b)]
    return shared / (sum(areas) - shared)
