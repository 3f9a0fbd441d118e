"""A movie without a video file: seeded thumbnails behind the reader's contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncclip.config import IndexConfig
from syncclip.index import build_index
from syncclip.types import (
    ColourBlock,
    ColourWish,
    DecodeGap,
    FrameBlock,
    PixelRect,
    Shot,
    StreamInfo,
)

CONTENT = PixelRect(0, 10, 160, 70)
SHOT_FRAMES = 40


def stream_info(path: Path = Path("/films/film.mp4")) -> StreamInfo:
    return StreamInfo(
        path=path,
        width_px=160,
        height_px=90,
        sample_aspect=Fraction(1),
        rotation_deg=0,
        frame_rate=Fraction(24000, 1001),
        time_base=Fraction(1, 24000),
        start_pts=500,
        duration_s_from_header=None,
        frames_from_header=None,
        codec="h264",
        pixel_format="yuv420p",
        has_audio=True,
        color_range="tv",
        color_space="bt709",
    )


@dataclass
class FakeReader:
    """Frames drawn from their number, so that any stretch can be made without the rest."""

    frames: int
    info: StreamInfo = field(default_factory=stream_info)
    damage: dict[int, int] = field(default_factory=dict)
    """Packets lost after a frame, by the frame's number."""
    seed: int = 0
    name: str = "fake"
    stop_at: int | None = None
    """Frame at which somebody presses Ctrl-C."""
    gaps: list[DecodeGap] = field(default_factory=list)
    asked_from: list[int | None] = field(default_factory=list)

    def pts(self, frame: int) -> int:
        return 500 + 1001 * frame

    def picture(self, frame: int, size: tuple[int, int]) -> NDArray[np.uint8]:
        if frame % SHOT_FRAMES == 0:
            return np.full((size[1], size[0]), 16, np.uint8)
        random = np.random.default_rng([self.seed, frame // 8])
        return random.integers(0, 256, (size[1], size[0]), dtype=np.uint8) // 2 + frame % 8

    def thumbnails(
        self,
        *,
        size: tuple[int, int],
        crop: PixelRect | None = None,
        from_pts: int | None = None,
        block: int = 256,
        colour: ColourWish | None = None,
    ) -> Iterator[FrameBlock]:
        self.asked_from.append(from_pts)
        first = 0 if from_pts is None else max(-(-(from_pts - 500) // 1001), 0)
        numbers: list[int] = []
        # As a decoder does: from some key frame before the one asked for.
        for frame in range(max(first - 30, 0), self.frames):
            if frame == self.stop_at:
                raise KeyboardInterrupt
            if frame >= first:
                numbers.append(frame)
            if frame in self.damage:
                self.gaps.append(DecodeGap(self.info.seconds(self.pts(frame)), self.damage[frame]))
            if len(numbers) == block or (numbers and frame == self.frames - 1):
                grey = np.stack([self.picture(number, size) for number in numbers])
                pts = np.array([self.pts(n) for n in numbers], np.int64)
                yield FrameBlock(pts, grey, self.coloured(numbers, grey, colour))
                numbers = []

    def coloured(
        self, numbers: list[int], grey: NDArray[np.uint8], wish: ColourWish | None
    ) -> ColourBlock | None:
        chosen = [
            number
            for number, picture in zip(numbers, grey, strict=True)
            if wish is not None and wish.wanted(self.pts(number), picture)
        ]
        if wish is None or not chosen:
            return None
        rgb = np.stack([np.stack([self.picture(n, wish.size)] * 3, axis=-1) for n in chosen])
        return ColourBlock(np.array([self.pts(n) for n in chosen], np.int64), rgb)

    def close(self) -> None:
        return None


class SmallBlocks(FakeReader):
    """Blocks of eight frames, so that a journal is flushed often."""

    def thumbnails(self, **options: Any) -> Iterator[FrameBlock]:
        return super().thumbnails(**options | {"block": 8})


class FakeEncoder:
    """Eight coarse columns of the picture; pictures of one grey level are flat."""

    def __init__(self, *, id: str = "fake", dim: int = 8, fingerprint: str = "fake-1") -> None:
        self.id, self.dim, self.fingerprint = id, dim, fingerprint

    def describe(self, grey: NDArray[np.uint8]) -> NDArray[np.float32]:
        columns = np.array_split(grey.astype(np.float32), self.dim, axis=2)
        means = np.stack([column.mean(axis=(1, 2)) for column in columns], axis=1)
        means -= means.mean(axis=1, keepdims=True)
        norm = np.linalg.norm(means, axis=1, keepdims=True)
        return np.where(norm > 1e-3, means / np.maximum(norm, 1e-3), 0).astype(np.float32)


class FakeModel:
    """Stands in for a model: eight coarse columns of each picture's mean, and what it was asked."""

    id, model, preprocessing, picture_size = "fake-model", "Fake-1:nothing", "rgb 12x10", (12, 10)

    def __init__(self, *, fingerprint: str = "weights-1", batch: int = 4, dim: int = 6) -> None:
        self.fingerprint, self.batch, self.dim = fingerprint, batch, dim
        self.batches: list[int] = []

    def describe(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        assert pictures.shape[1:] == (10, 12, 3)
        self.batches.append(len(pictures))
        columns = np.array_split(pictures.astype(np.float32), self.dim, axis=2)
        means = np.stack([column.mean(axis=(1, 2, 3)) for column in columns], axis=1)
        # As with real models, the company shows in the last bits.
        means += 0.01 * np.arange(len(means))[:, None]
        return (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)


def shots_of(signatures: NDArray[np.uint8]) -> list[Shot]:
    n = len(signatures)
    return [Shot(at, min(at + SHOT_FRAMES, n)) for at in range(0, n, SHOT_FRAMES)]


def build(reader: FakeReader, output: Path, **changes: object) -> Path:
    options: dict[str, object] = {
        "config": IndexConfig(),
        "fingerprint": "f00d",
        "content": CONTENT,
        "encoders": [FakeEncoder()],
        "detect_shots": shots_of,
    }
    return build_index(reader, output=output, **(options | changes))  # type: ignore[arg-type]
