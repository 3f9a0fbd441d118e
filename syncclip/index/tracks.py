"""Encoder tracks: sampled frames described, a batch at a time, into a file."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip.contracts import Encoder, PictureEncoder
from syncclip.index.writer import TensorSource
from syncclip.types import FrameTimes

__all__ = ["checked", "describe_track", "sampled_frames"]

BATCH_FRAMES = 256


def sampled_frames(times: FrameTimes, samples_per_s: float) -> NDArray[np.int64]:
    """Frames on screen at the points of an even time grid that begins with the first frame.

    Returns:
        (m,) strictly increasing frame numbers; fewer than grid points where frames last longer.
    """
    start_s = float(times.seconds[0])
    points = max(ceil((times.end_s - start_s) * samples_per_s), 1)
    return np.unique(times.frame_at(start_s + np.arange(points) / samples_per_s))


def describe_track(
    encoder: Encoder,
    signatures: NDArray[np.uint8],
    frames: NDArray[np.int64],
    *,
    folder: Path,
    on_frames: Callable[[int], None],
) -> list[TensorSource]:
    """Describe frames with an encoder; flat ones are left out.

    Args:
        encoder: What describes them.
        signatures: (n, height, width) every frame.
        frames: (m,) numbers of those to describe.
        folder: Where the vectors are put until the index is written.
        on_frames: Told how many frames are done.

    Returns:
        The tensors ``track.<id>.frames`` and ``track.<id>.vectors``.

    Raises:
        OSError: Where the vectors cannot be written.
        ValueError: Where the encoder breaks its contract.
    """
    path = folder / f"track.{encoder.id}.bin"
    kept = [np.empty(0, np.int64)]
    with path.open("wb") as file:
        for start in range(0, len(frames), BATCH_FRAMES):
            batch = frames[start : start + BATCH_FRAMES]
            vectors = checked(encoder, encoder.describe(signatures[batch]), len(batch))
            textured = vectors.any(axis=1)
            file.write(vectors[textured].astype("<f2").tobytes())
            kept.append(batch[textured])
            on_frames(start + len(batch))
    numbers = np.concatenate(kept)
    name, rows = f"track.{encoder.id}", len(numbers)
    return [
        TensorSource(name=f"{name}.frames", dtype="I64", shape=(rows,), data=numbers),
        TensorSource(name=f"{name}.vectors", dtype="F16", shape=(rows, encoder.dim), data=path),
    ]


def checked(
    encoder: Encoder | PictureEncoder, vectors: NDArray[np.float32], count: int
) -> NDArray[np.float32]:
    """What an encoder gave for so many frames, if it keeps its contract.

    Raises:
        ValueError: Where it does not.
    """
    if vectors.shape != (count, encoder.dim) or not np.isfinite(vectors).all():
        raise ValueError(
            f"encoder {encoder.id!r} must give finite ({count}, {encoder.dim}) vectors, "
            f"got {vectors.shape}"
        )
    return vectors
