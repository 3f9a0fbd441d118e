"""Opening ``.idx`` files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip.index._messages import unsound
from syncclip.index.captions import CAPTION_TENSORS, Captions, captions_from
from syncclip.index.container import Container, open_container
from syncclip.index.head import IndexHead
from syncclip.index.manifest import MAX_PTS, EncoderRecord, Manifest
from syncclip.index.writer import TensorSource
from syncclip.types import FrameTimes, Shot

__all__ = ["MovieIndex", "Track", "open_index"]

CHECK_ROWS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Sampled frames as an encoder sees them."""

    vectors: NDArray[np.float16]
    """(m, d) unit rows."""
    frames: NDArray[np.int64]
    """(m,) strictly increasing numbers of the frames described."""


@dataclass(frozen=True, slots=True, eq=False)
class MovieIndex(IndexHead):
    """An open index. Its big arrays are views of the file; close it or use ``with``."""

    times: FrameTimes
    shots: tuple[Shot, ...]
    """In order, without overlap."""
    _container: Container

    @property
    def signatures(self) -> NDArray[np.uint8]:
        """(n, height, width) small grey picture of every frame."""
        return self._container.tensor("signatures")

    @property
    def tracks(self) -> Mapping[str, Track]:
        """The track of every encoder, by the encoder's id."""
        return {record.id: _track(self._container, record.id) for record in self.manifest.encoders}

    @property
    def captions(self) -> Captions | None:
        """What every shot shows; None where that was not asked for."""
        if self.manifest.captions is None:
            return None
        return _captions(self._container, self.shots)

    def tensors(self) -> list[TensorSource]:
        """Everything that the file holds, to be written anew."""
        return self._container.sources()

    def close(self) -> None:
        """Give the file back; arrays already taken stay valid until they are dropped."""
        self._container.close()

    def __enter__(self) -> MovieIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_index(path: Path, *, signatures: bool = True) -> MovieIndex:
    """Open an index and check every byte of it (about 0.1 s per hour of film).

    Args:
        path: The file.
        signatures: False leaves the signatures alone, which are most of the file.

    Raises:
        IndexFileError: Where it is missing, no index, or damaged.
        IndexMismatchError: Where another version of SyncClip's format was used.
    """
    container = open_container(path, withhold=() if signatures else ("signatures",))
    try:
        manifest = Manifest.from_json(container.manifest)
        _check_shapes(container, manifest)
        times = _times(container, manifest)
        shots = _shots(container.tensor("shots"), len(times))
        for record in manifest.encoders:
            _check_track(_track(container, record.id), record, len(times))
        if manifest.captions is not None:
            _captions(container, shots)
    except ValueError as error:
        container.close()
        raise unsound(path, str(error)) from error
    return MovieIndex(path, manifest.name, manifest, times, shots, container)


def _track(container: Container, encoder_id: str) -> Track:
    return Track(
        vectors=container.tensor(f"track.{encoder_id}.vectors"),
        frames=container.tensor(f"track.{encoder_id}.frames"),
    )


def _captions(container: Container, shots: Sequence[Shot]) -> Captions:
    return captions_from({name: container.tensor(name) for name in CAPTION_TENSORS}, shots)


def _check_shapes(container: Container, manifest: Manifest) -> None:
    names = {"pts", "shots", "signatures"}
    for record in manifest.encoders:
        names |= {f"track.{record.id}.vectors", f"track.{record.id}.frames"}
    if manifest.captions is not None:
        names |= set(CAPTION_TENSORS)
    if container.names != names:
        raise ValueError("its arrays are not those that its manifest names")
    frames = container.form("pts")[1][:1]
    width, height = manifest.config.signature_size
    _expect(container, "pts", np.int64, frames)
    _expect(container, "signatures", np.uint8, (*frames, height, width))
    _expect(container, "shots", np.int64, (*container.tensor("shots").shape[:1], 2))
    for record in manifest.encoders:
        name = f"track.{record.id}"
        rows = container.tensor(f"{name}.frames").shape[:1]
        _expect(container, f"{name}.frames", np.int64, rows)
        _expect(container, f"{name}.vectors", np.float16, (*rows, record.dim))
    if manifest.captions is not None:
        for name in CAPTION_TENSORS:
            kind: type[np.generic] = np.uint8 if name == "captions.text" else np.int64
            _expect(container, name, kind, (container.tensor(name).size,))


def _expect(
    container: Container, name: str, dtype: type[np.generic], shape: tuple[int, ...]
) -> None:
    kind, size = container.form(name)
    if kind != dtype or size != shape:
        raise ValueError(f"{name!r} is {kind} {size}")


def _times(container: Container, manifest: Manifest) -> FrameTimes:
    pts = container.tensor("pts").astype(np.int64)  # a copy: it outlives the mapping
    if not pts.size:
        raise ValueError("it holds no frame")
    if pts.min() < -MAX_PTS or pts.max() > MAX_PTS:
        raise ValueError("its timestamps are out of range")
    info = manifest.info
    return FrameTimes(pts, info.time_base, info.start_pts, manifest.end_pts)


def _shots(edges: NDArray[np.int64], frames: int) -> tuple[Shot, ...]:
    if edges.size and (edges.min() < 0 or edges.max() > frames):
        raise ValueError("its shots leave the film")
    if np.any(edges[1:, 0] < edges[:-1, 1]):
        raise ValueError("its shots overlap")
    return tuple(Shot(int(start), int(end)) for start, end in edges)


def _check_track(track: Track, record: EncoderRecord, frames: int) -> None:
    numbers = track.frames
    if numbers.size and (numbers.min() < 0 or numbers.max() >= frames):
        raise ValueError(f"the track {record.id!r} leaves the film")
    if np.any(numbers[1:] <= numbers[:-1]):
        raise ValueError(f"the frames of the track {record.id!r} are out of order")
    for start in range(0, len(numbers), CHECK_ROWS):
        if not np.isfinite(track.vectors[start : start + CHECK_ROWS]).all():
            raise ValueError(f"the track {record.id!r} holds values that are not numbers")
