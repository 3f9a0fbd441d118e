"""A model as the commentary's frames are looked up with: found, loaded, and shown the frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncclip._background import InBackground
from syncclip.config import MatchConfig, PictureConfig
from syncclip.contracts import PictureEncoder
from syncclip.encoders import BuiltinEncoder, ClipEncoder, ClipModel, find_clip_model
from syncclip.errors import MissingDependencyError, SettingsError, WeightsError
from syncclip.index import CAPTION_TRACK, ContentSampler, IndexHead, MovieIndex, VectorIndex
from syncclip.matching import Neighbourhood, TrackNeighbours
from syncclip.pipeline.encoding import choose_clip, moved_away, require_clip, why_no_clip
from syncclip.progress import OnProgress
from syncclip.types import ColourBlock, ColourWish, StreamInfo

__all__ = ["PictureQueries", "QueryModel", "model_neighbours", "query_model", "without_track"]

LISTED = 5
"""Indexes that a note names before it only counts them."""
NEIGHBOURS = 24
"""Movie frames asked for with each query: twice the rank that counts as average."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryModel:
    """The model that frames of the commentary are shown."""

    encoder: ClipEncoder | None
    """None where none of the indexes has a track of one, or it cannot run here."""
    notes: tuple[str, ...] = ()
    """What the user must know: which piece is missing."""
    missing: str | None = None
    """The model that a note says is missing, by the name that the indexes keep."""


def query_model(
    indexes: Sequence[IndexHead],
    config: MatchConfig,
    *,
    device: str,
    on_progress: OnProgress | None,
) -> QueryModel:
    """Load the model that the indexes' tracks were made with.

    Raises:
        IndexMismatchError: Where a track is wanted and missing, or was made by another model.
        MissingDependencyError: Where CLIP is wanted and not installed.
        WeightsError: Where it is wanted and its weights cannot be had.
        SettingsError: Where the device is not usable here or the choice contradicts itself.
    """
    models = [index.model_of(ClipEncoder.id) for index in indexes]
    named = next((model for model in models if model is not None), None)
    if config.encoder == "builtin":
        choose_clip(config.encoder, name=config.clip_model, device=device)
        return QueryModel(encoder=None)
    wanted = config.encoder == "clip" or config.clip_model is not None
    if named is None:
        # A model that was named may be for the captions alone.
        asked = config.encoder == "clip" or (wanted and not _captions_by(indexes))
        for index in indexes if asked else ():
            index.require_track(ClipEncoder.id)
        return QueryModel(encoder=None)
    if wanted:
        require_clip()
    try:
        found = _found(config.clip_model, named, on_progress, wanted=wanted)
    except (SettingsError, WeightsError, MissingDependencyError) as error:
        if wanted:
            raise
        return _unused(named, str(error), indexes)
    try:
        encoder = ClipEncoder(found, device=device)
    except (WeightsError, MissingDependencyError) as error:
        if wanted:
            raise
        return _unused(named, str(error), indexes)
    if not wanted and found.fingerprint not in _marks(indexes):
        reason = f"its files are not those that the index was made with; {found.remedy}"
        return _unused(named, reason, indexes)
    for index in indexes:
        index.require_model(ClipEncoder.id, found.fingerprint)
    for index in indexes:
        index.require_shown(encoder)
    return QueryModel(encoder=encoder, notes=without_track(indexes))


def _found(
    asked: str | None, named: str, on_progress: OnProgress | None, *, wanted: bool
) -> ClipModel:
    """The model that was asked for, else the one that the indexes name.

    Where it is wanted, it is waited for longer than a glance takes.
    """
    if asked is None:
        reason = moved_away(named) if wanted else why_no_clip(named)
        if reason is not None:
            raise WeightsError(reason)
    return find_clip_model(asked or named, on_progress=on_progress)


def _unused(named: str, reason: str, indexes: Sequence[IndexHead]) -> QueryModel:
    """No model, and one note of all that is not used for that."""
    note = f"the index's track of CLIP ({named}) is not used: {reason}"
    if named in _captions_by(indexes):
        note = f"the index's tracks of CLIP and captions ({named}) are not used: {reason}"
    return QueryModel(encoder=None, notes=(note,), missing=named)


def _marks(indexes: Sequence[IndexHead]) -> set[str | None]:
    """Fingerprints of the models that the indexes' tracks were made with."""
    made = (record for index in indexes for record in index.manifest.encoders)
    return {record.fingerprint for record in made if record.id == ClipEncoder.id}


def _captions_by(indexes: Sequence[IndexHead]) -> set[str]:
    """The CLIP models that read the indexes' captions."""
    return {name for index in indexes if (name := index.model_of(CAPTION_TRACK)) is not None}


def without_track(indexes: Sequence[IndexHead]) -> tuple[str, ...]:
    """A note that names the indexes without the track; none where all have it."""
    lacking = [i.path.name for i in indexes if i.model_of(ClipEncoder.id) is None]
    if not lacking:
        return ()
    more = f" and {len(lacking) - LISTED} more" if len(lacking) > LISTED else ""
    return (f"without a track of CLIP: {', '.join(lacking[:LISTED])}{more}",)


class PictureQueries:
    """Shows a model frames of a commentary, plain and mirrored, while they are decoded.

    Args:
        encoder: The model.
        info: The commentary's stream.
    """

    def __init__(self, encoder: PictureEncoder, info: StreamInfo) -> None:
        self._encoder = encoder
        self._sampler = ContentSampler(
            BuiltinEncoder(), time_base=info.time_base, config=PictureConfig()
        )
        self._pts: list[int] = []
        self._waiting: list[NDArray[np.uint8]] = []
        self._vectors: list[NDArray[np.float32]] = []
        self._work: InBackground[NDArray[np.uint8], NDArray[np.float32]] = InBackground(
            self._both_ways, self._vectors.append
        )

    @property
    def wish(self) -> ColourWish:
        """What a reader is asked for."""
        return ColourWish(size=self._encoder.picture_size, wanted=self._sampler)

    def add(self, colour: ColourBlock) -> None:
        """Take in pictures that were wished for."""
        self._pts += colour.pts.tolist()
        for picture in colour.rgb:
            self._waiting.append(picture)
            if 2 * len(self._waiting) >= self._encoder.batch:
                self._hand_over()

    def finish(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Timestamps (q,), and vectors (2, q, dim): of the pictures, and of them mirrored."""
        if self._waiting:
            self._hand_over()
        self._work.finish()
        rows = self._vectors or [np.empty((2, 0, self._encoder.dim), np.float32)]
        return np.array(self._pts, np.int64), np.concatenate(rows, axis=1)

    def _hand_over(self) -> None:
        self._work.put(np.stack(self._waiting))
        self._waiting = []

    def _both_ways(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        both = np.concatenate([pictures, pictures[:, :, ::-1]])
        return self._encoder.describe(both).reshape(2, len(pictures), -1)

    def __enter__(self) -> PictureQueries:
        return self

    def __exit__(self, *_: object) -> None:
        self._work.__exit__()


def model_neighbours(
    indexes: Sequence[MovieIndex],
    track: str,
    *,
    frames: NDArray[np.int64],
    vectors: NDArray[np.float32],
) -> TrackNeighbours | None:
    """Look frames of the commentary up in a model's track of all movies.

    Args:
        indexes: Movies; those without the track are left out.
        track: Its name.
        frames: (q,) numbers of the commentary's frames.
        vectors: (2, q, dim) their vectors, plain and mirrored.

    Returns:
        What the track says; None where it says nothing.
    """
    tracks = [(n, index.tracks[track]) for n, index in enumerate(indexes) if track in index.tracks]
    if not len(frames) or not sum(len(part.frames) for _, part in tracks):
        return None
    library = VectorIndex(np.concatenate([part.vectors for _, part in tracks]))
    source = np.concatenate([np.full(len(part.frames), n, np.int64) for n, part in tracks])
    frame = np.concatenate([part.frames for _, part in tracks])

    def nearest(queries: NDArray[np.float32]) -> Neighbourhood:
        similarity, rows = library.search(queries, NEIGHBOURS)
        there = rows >= 0
        return Neighbourhood(
            similarity=np.where(there, similarity, 0).astype(np.float32),
            source=np.where(there, source[rows], -1),
            frame=np.where(there, frame[rows], 0),
        )

    return TrackNeighbours(
        track=track, frames=frames, plain=nearest(vectors[0]), mirrored=nearest(vectors[1])
    )
