"""The track of a model that is shown colour pictures while the film is decoded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncclip._background import InBackground
from syncclip.config import PictureConfig
from syncclip.contracts import Encoder, PictureEncoder
from syncclip.index.journal import Journal
from syncclip.index.manifest import EncoderRecord
from syncclip.index.sampling import ContentSampler
from syncclip.index.tracks import checked
from syncclip.index.vectors import VectorJournal
from syncclip.index.writer import TensorSource
from syncclip.types import ColourBlock, ColourWish, StreamInfo

__all__ = ["PictureTrack"]

CHUNK_ROWS = 128
"""Rows put on the disk at a time: what a kill can cost, ten seconds of a slow model."""


class PictureTrack:
    """Chooses frames, has a model describe them in the background, and keeps the vectors.

    The model always gets the same pictures together, whether the run is broken or not: sums come
    out differently in the last bit in other company.

    Args:
        encoder: The model.
        chooser: What tells frames apart without a model.
        info: The stream that the frames come from.
        config: Which frames are chosen.
        journal: Frames of earlier runs.
        identity: What the frames depend on.
        folder: Where the vectors are kept; it belongs to this process alone.

    Raises:
        OSError: Where the folder cannot be written.
    """

    def __init__(
        self,
        encoder: PictureEncoder,
        *,
        chooser: Encoder,
        info: StreamInfo,
        config: PictureConfig,
        journal: Journal,
        identity: Mapping[str, Any],
        folder: Path,
    ) -> None:
        self.encoder = encoder
        self._chooser, self._info, self._config = chooser, info, config
        record = EncoderRecord.of_pictures(encoder, config)
        self._vectors = VectorJournal(
            folder,
            encoder.id,
            dim=encoder.dim,
            identity={
                "frames": dict(identity),
                "fingerprint": record.fingerprint,
                "preprocessing": record.preprocessing,
                "batch": encoder.batch,
            },
        )
        self._work: InBackground[NDArray[np.uint8], NDArray[np.float32]] = InBackground(
            self._describe, self._take
        )
        self._begin(journal)

    def _begin(self, journal: Journal) -> None:
        """Choose again among the frames of earlier runs, as they were chosen then."""
        self._sampler = ContentSampler(
            self._chooser, time_base=self._info.time_base, config=self._config
        )
        self._chosen: list[int] = []
        self._waiting: list[NDArray[np.uint8]] = []
        self._done: list[NDArray[np.float32]] = []
        self._known_until: int | None = None
        if journal.frames:
            pts, signatures = journal.pts(), journal.signatures()
            for at, grey in zip(pts.tolist(), signatures, strict=True):
                if self._sampler(at, grey):
                    self._chosen.append(at)
            self._known_until = int(pts[-1])
        self._had = self._vectors.rows
        self._missing = set(self._chosen[self._had :])

    @property
    def first_missing_pts(self) -> int | None:
        """The first frame of earlier runs whose picture is to be read again."""
        return min(self._missing, default=None)

    @property
    def wish(self) -> ColourWish:
        """What a reader is asked for."""
        return ColourWish(size=self.encoder.picture_size, wanted=self._wanted)

    def restart(self, journal: Journal) -> None:
        """Forget everything, as the journal of frames did."""
        self._work.finish()
        self._vectors.clear()
        self._begin(journal)

    def add(self, colour: ColourBlock) -> None:
        """Take in pictures that were wished for."""
        for picture in colour.rgb:
            self._waiting.append(picture)
            if len(self._waiting) == self.encoder.batch:
                self._work.put(np.stack(self._waiting))
                self._waiting = []

    def finish(self) -> None:
        """Have the last pictures described; all frames were read."""
        if self._waiting:
            self._work.put(np.stack(self._waiting))
            self._waiting = []
        self._work.finish()
        self._flush()

    def tensors(self, pts: NDArray[np.int64]) -> list[TensorSource]:
        """The tensors ``track.<id>.frames`` and ``track.<id>.vectors``.

        Args:
            pts: (n,) timestamps of all frames.
        """
        numbers = np.searchsorted(pts, np.array(self._chosen, np.int64)).astype(np.int64)
        name, rows, dim = f"track.{self.encoder.id}", len(numbers), self.encoder.dim
        if rows != self._vectors.rows:
            raise ValueError(f"{rows} frames were chosen and {self._vectors.rows} described")
        return [
            TensorSource(name=f"{name}.frames", dtype="I64", shape=(rows,), data=numbers),
            TensorSource(
                name=f"{name}.vectors", dtype="F16", shape=(rows, dim), data=self._vectors.path
            ),
        ]

    def __enter__(self) -> PictureTrack:
        return self

    def __exit__(self, *_: object) -> None:
        self._work.__exit__()

    def _wanted(self, pts: int, grey: NDArray[np.uint8]) -> bool:
        if self._known_until is not None and pts <= self._known_until:
            return pts in self._missing
        if not self._sampler(pts, grey):
            return False
        self._chosen.append(pts)
        # More may be described than frames were kept: the vectors went to the disk first.
        return len(self._chosen) > self._had

    def _describe(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        return checked(self.encoder, self.encoder.describe(pictures), len(pictures))

    def _take(self, vectors: NDArray[np.float32]) -> None:
        self._done.append(vectors)
        if sum(map(len, self._done)) >= CHUNK_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._done:
            self._vectors.add(np.concatenate(self._done))
            self._done = []
