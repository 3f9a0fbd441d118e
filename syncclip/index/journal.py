"""Frames read so far, kept on disk so that a killed run can go on where it stopped.

``pts.bin`` and ``signatures.bin`` grow by a chunk of frames at a time; once both are on the disk, a
line with the chunk's digest is added to ``chunks.jsonl``. Whatever a kill or a power cut leaves
behind, only chunks whose bytes agree with their digest count, from the first to the last good one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from syncclip.index.disk import append, json_line
from syncclip.types import DecodeGap, FrameBlock

__all__ = ["Journal"]

CHUNK_FRAMES = 512
"""Frames per chunk: what a kill can cost, some seconds of decoding, against three flushes of the
disk each."""

MAX_CHUNK_FRAMES = 1 << 16
"""More than a chunk ever holds: a damaged number must not make us read without end."""

OWN_FILES = ("state.json", "*.jsonl", "*.bin", "*.idx")


@dataclass(slots=True)
class _Chunk:
    """Frames on their way to the disk."""

    pts: list[NDArray[np.int64]] = field(default_factory=list)
    grey: list[NDArray[np.uint8]] = field(default_factory=list)
    frames: int = 0


class Journal:
    """The frames of one movie on disk.

    Args:
        folder: Where to keep it; it must exist and belong to this process alone.
        identity: What the frames depend on. A journal of another identity is discarded.
        size: ``(width, height)`` of the pictures.

    Raises:
        OSError: Where the folder cannot be written.
    """

    def __init__(self, folder: Path, identity: Mapping[str, Any], size: tuple[int, int]) -> None:
        self._folder = folder
        self._identity = dict(identity)
        self.size = size
        self._chunk = _Chunk()
        self.frames = 0
        """Frames on the disk."""
        self.gaps: list[DecodeGap] = []
        """Damage in the stretch that is on the disk."""
        if self._state() != self._identity:
            self.clear()
        else:
            self._recover()

    @property
    def signatures_path(self) -> Path:
        """(frames, height, width) uint8, row by row."""
        return self._folder / "signatures.bin"

    def pts(self) -> NDArray[np.int64]:
        """(frames,) presentation timestamps."""
        return np.fromfile(self._folder / "pts.bin", dtype="<i8").astype(np.int64)

    def signatures(self) -> NDArray[np.uint8]:
        """(frames, height, width) pictures as a view of the file; there must be one."""
        width, height = self.size
        shape = (self.frames, height, width)
        return np.memmap(self.signatures_path, dtype=np.uint8, mode="r", shape=shape)

    def last_pts(self) -> int | None:
        """Timestamp of the last frame on the disk."""
        return int(self.pts()[-1]) if self.frames else None

    def since(self, pts: int) -> FrameBlock:
        """The frames on the disk from a timestamp on."""
        times = self.pts()
        first = int(np.searchsorted(times, pts))
        return FrameBlock(times[first:], self.signatures()[first:])

    def append(self, block: FrameBlock) -> bool:
        """Take frames in; True once there are enough that :meth:`flush` should be called."""
        self._chunk.pts.append(block.pts)
        self._chunk.grey.append(block.grey)
        self._chunk.frames += len(block.pts)
        return self._chunk.frames >= CHUNK_FRAMES

    def flush(self, gaps: Sequence[DecodeGap] = ()) -> None:
        """Put what was appended on the disk, as one chunk.

        Args:
            gaps: The damage inside the chunk.
        """
        if not self._chunk.frames:
            return
        pts = np.concatenate(self._chunk.pts).astype("<i8").tobytes()
        grey = np.concatenate(self._chunk.grey).tobytes()
        line = _line(self._chunk.frames, pts, grey, gaps)
        append(self._folder / "pts.bin", pts)
        append(self.signatures_path, grey)
        append(self._folder / "chunks.jsonl", line)  # last: it vouches for the others
        self.frames += self._chunk.frames
        self.gaps.extend(gaps)
        self._chunk = _Chunk()

    def clear(self) -> None:
        """Forget every frame and start anew."""
        self.frames, self.gaps, self._chunk = 0, [], _Chunk()
        self.remove()
        for name in ("pts.bin", "signatures.bin", "chunks.jsonl"):
            (self._folder / name).touch()
        append(self._folder / "state.json", json_line(self._identity))

    def remove(self) -> None:
        """Take all that a run writes out of the folder; what the frames belong to goes first."""
        for pattern in OWN_FILES:
            for path in self._folder.glob(pattern):
                path.unlink()

    def remove_if_empty(self) -> None:
        """Leave nothing behind where nothing would be gained by going on."""
        if not self.frames:
            self.remove()

    def _state(self) -> object:
        try:
            return json.loads((self._folder / "state.json").read_bytes())
        except (OSError, ValueError, RecursionError):
            return None

    def _recover(self) -> None:
        """Keep the good chunks and cut off what follows them."""
        pixels = self.size[0] * self.size[1]
        kept = 0
        paths = [self._folder / n for n in ("pts.bin", "signatures.bin", "chunks.jsonl")]
        for path in paths:
            path.touch()
        with paths[0].open("rb") as pts, paths[1].open("rb") as grey, paths[2].open("rb") as lines:
            for line, frames, gaps in _good_chunks(pts, grey, lines, pixels):
                kept += len(line)
                self.frames += frames
                self.gaps.extend(gaps)
        for path, size in zip(paths, (8 * self.frames, pixels * self.frames, kept), strict=True):
            os.truncate(path, size)


def _good_chunks(
    pts: BinaryIO, grey: BinaryIO, lines: BinaryIO, pixels: int
) -> Iterator[tuple[bytes, int, list[DecodeGap]]]:
    for line in lines:
        try:
            said = json.loads(line)
            frames = said["frames"]
            gaps = [DecodeGap(after_s, lost) for after_s, lost in said["gaps"]]
            if type(frames) is not int or not 1 <= frames <= MAX_CHUNK_FRAMES:
                return
            good = _line(frames, pts.read(8 * frames), grey.read(pixels * frames), gaps) == line
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        if not good:
            return
        yield line, frames, gaps


def _line(frames: int, pts: bytes, grey: bytes, gaps: Sequence[DecodeGap]) -> bytes:
    """The line that vouches for a chunk: its digest covers the frames and the gaps."""
    said = {"frames": frames, "gaps": [[gap.after_s, gap.packets_lost] for gap in gaps]}
    digest = hashlib.blake2b(json_line(said), digest_size=16)
    digest.update(pts)
    digest.update(grey)
    return json_line({**said, "digest": digest.hexdigest()})
