"""Building an ``.idx`` file: read every frame once, describe, find cuts, write.

A killed run goes on where it stopped: the frames read so far lie in a hidden folder beside the
output (:mod:`syncclip.index.journal`), and all that follows is computed from them in one way, so
that the finished file has the same bytes whether the run was broken or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncclip._version import __version__
from syncclip.config import IndexConfig, PictureConfig
from syncclip.contracts import Encoder, PictureEncoder, VideoReader
from syncclip.errors import IndexFileError, OutputError, VideoError
from syncclip.index._messages import shown, writing
from syncclip.index.file import open_index
from syncclip.index.journal import Journal
from syncclip.index.lock import locked
from syncclip.index.manifest import EncoderRecord, Manifest
from syncclip.index.pictures import PictureTrack
from syncclip.index.place import put_in_place, working_folder
from syncclip.index.reading import read_frames
from syncclip.index.tracks import describe_track, sampled_frames
from syncclip.index.writer import TensorSource
from syncclip.progress import OnProgress, Progress
from syncclip.types import (
    FrameTimes,
    PixelRect,
    Shot,
    StreamInfo,
)

__all__ = ["DetectShots", "build_index", "is_current"]

DetectShots = Callable[[NDArray[np.uint8]], Sequence[Shot]]
"""Finds the shots of (n, height, width) frames: in order, without overlap."""

JOURNAL_VERSION = 1


def build_index(
    reader: VideoReader,
    *,
    output: Path,
    config: IndexConfig,
    fingerprint: str,
    content: PixelRect,
    encoders: Sequence[Encoder],
    detect_shots: DetectShots,
    model: PictureEncoder | None = None,
    chosen: PictureConfig | None = None,
    on_progress: OnProgress | None = None,
) -> Path:
    """Index a movie, going on with an earlier run of the same job that was stopped.

    Args:
        reader: The movie, newly opened: damage that it met before would be recorded as well.
        output: The ``.idx`` file; one that exists is replaced once the new one is complete.
        config: What goes into the index.
        fingerprint: Of the movie file.
        content: The picture without letterbox or pillarbox, in displayed pixels.
        encoders: One track each, of every sampled frame; the first also tells frames apart.
        detect_shots: Finds the cuts.
        model: Gets a track of its own, of frames chosen by content, while the film is decoded.
        chosen: Which frames those are.
        on_progress: Told how far the work is.

    Returns:
        ``output``.

    Raises:
        OutputError: Where it cannot be written, or another run is writing it.
        VideoError: Where the movie cannot be read.
    """
    report = on_progress or (lambda _: None)
    _check_output(output, reader.info.path)
    records = [EncoderRecord.of(encoder, config) for encoder in encoders]
    chosen = chosen or PictureConfig()
    if model is not None:
        records.append(EncoderRecord.of_pictures(model, chosen))
    draft = _draft(reader.info, config, fingerprint, content, records)
    folder, identity = working_folder(output), _identity(reader, draft)
    with ExitStack() as stack:
        with writing(output):
            stack.enter_context(locked(folder, output=output))
            journal = Journal(folder, identity, config.signature_size)
        stack.callback(journal.remove_if_empty)
        pictures = None
        if model is not None:
            with writing(output):
                pictures = PictureTrack(
                    model,
                    chooser=encoders[0],
                    info=reader.info,
                    config=chosen,
                    journal=journal,
                    identity=identity,
                    folder=folder,
                )
            stack.enter_context(pictures)
        gaps = read_frames(
            reader, journal, crop=content, output=output, report=report, pictures=pictures
        )
        times = _times(journal.pts(), reader.info)
        report(Progress("Finding cuts", 0, None, "frames"))
        shots = detect_shots(journal.signatures())
        report(Progress("Finding cuts", len(times), len(times), "frames"))
        with writing(output):
            frames = sampled_frames(times, config.samples_per_s)
            tracks = _tracks(encoders, journal.signatures(), frames, folder=folder, report=report)
            report(Progress("Writing index", 0, None, "frames"))
            if pictures is not None:
                tracks += pictures.tensors(times.pts)
            tensors = [*_film(journal, times.pts, shots), *tracks]
            put_in_place(output, folder, tensors, replace(draft, end_pts=times.end_pts, gaps=gaps))
            report(Progress("Writing index", len(times), len(times), "frames"))
            journal.remove()
    return output


def is_current(
    path: Path,
    *,
    fingerprint: str,
    config: IndexConfig,
    encoders: Sequence[Encoder],
    models: Mapping[str, str] | None = None,
) -> bool:
    """Whether an index is sound and holds what indexing the movie again would give.

    Args:
        path: The ``.idx`` file.
        fingerprint: Of the movie.
        config: What goes into the index.
        encoders: Tracks that must be there, made by these.
        models: Tracks of models that must be there, by id, with the models' fingerprints. A track
            that nobody asks for does no harm.
    """
    try:
        with open_index(path) as index:
            made = index.manifest
    except IndexFileError:
        return False
    if (made.fingerprint, made.config) != (fingerprint, config):
        return False
    marks = {record.id: record.fingerprint for record in made.encoders}
    return {EncoderRecord.of(encoder, config) for encoder in encoders} <= set(
        made.encoders
    ) and all(marks.get(name) == mark for name, mark in (models or {}).items())


def _check_output(output: Path, movie: Path) -> None:
    if output.is_dir():
        raise OutputError(f"{shown(output)} is a folder; give a file name with -o")
    with suppress(OSError):
        if output.samefile(movie):
            raise OutputError(
                f"{shown(output)} is the movie itself; give another file name with -o"
            )


def _draft(
    info: StreamInfo,
    config: IndexConfig,
    fingerprint: str,
    content: PixelRect,
    records: Sequence[EncoderRecord],
) -> Manifest:
    """What is known of the index before the movie is read, sure to be readable afterwards."""
    draft = Manifest(
        created_by=f"syncclip {__version__}",
        fingerprint=fingerprint,
        name=info.path.name,
        info=replace(info, path=info.path.absolute()),
        end_pts=0,
        content=content,
        config=config,
        encoders=tuple(records),
        gaps=(),
    )
    try:
        return Manifest.from_json(draft.to_json())
    except ValueError as error:
        raise VideoError(
            f"{shown(info.path)} cannot be indexed: {error}; re-encode it with ffmpeg and try again"
        ) from error


def _identity(reader: VideoReader, draft: Manifest) -> dict[str, Any]:
    """What the frames in the journal depend on."""
    rect = draft.content
    return {
        "journal": JOURNAL_VERSION,
        "fingerprint": draft.fingerprint,
        "reader": reader.name,
        "signature_size": list(draft.config.signature_size),
        "content": [rect.x, rect.y, rect.w, rect.h],
    }


def _times(pts: NDArray[np.int64], info: StreamInfo) -> FrameTimes:
    """The last frame is taken to last as long as the others do."""
    usual = np.median(np.diff(pts)) if len(pts) > 1 else 1 / (info.frame_rate * info.time_base)
    end_pts = int(pts[-1]) + max(int(usual), 1)
    return FrameTimes(pts, info.time_base, info.start_pts, end_pts)


def _tracks(
    encoders: Sequence[Encoder],
    signatures: NDArray[np.uint8],
    frames: NDArray[np.int64],
    *,
    folder: Path,
    report: OnProgress,
) -> list[TensorSource]:
    def on_frames(done: int) -> None:
        report(Progress("Describing frames", done, len(frames), "frames"))

    tensors: list[TensorSource] = []
    for encoder in encoders:
        tensors += describe_track(encoder, signatures, frames, folder=folder, on_frames=on_frames)
    return tensors


def _film(journal: Journal, pts: NDArray[np.int64], shots: Sequence[Shot]) -> list[TensorSource]:
    edges = np.array([(shot.start_frame, shot.end_frame) for shot in shots], np.int64)
    return [
        TensorSource(name="pts", dtype="I64", shape=pts.shape, data=pts),
        TensorSource(name="shots", dtype="I64", shape=(len(shots), 2), data=edges),
        TensorSource(
            name="signatures",
            dtype="U8",
            shape=journal.signatures().shape,
            data=journal.signatures_path,
        ),
    ]
