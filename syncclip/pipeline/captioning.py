"""Captions of a movie's shots, added to its index."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip.contracts import VideoReader
from syncclip.encoders import ClipEncoder, ClipModel, find_clip_model
from syncclip.encoders.captions import BlipModel, Captioner, find_blip_model
from syncclip.index import CAPTION_TRACK, CaptionRecord, EncoderRecord, add_captions, open_index
from syncclip.pipeline.encoding import require_clip
from syncclip.progress import OnProgress, Progress
from syncclip.types import PixelRect, Shot
from syncclip.video import open_video

__all__ = [
    "CaptionModels",
    "caption_index",
    "find_caption_models",
    "keyframes",
    "shown_in",
    "track_mark",
]

LOOKS = 5
"""Frames of a shot among which its keyframe is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionModels:
    """What captions need: who writes them, and who makes vectors of them."""

    blip: BlipModel
    clip: ClipModel

    @property
    def captioner(self) -> CaptionRecord:
        """Who writes, as an index records it."""
        return CaptionRecord(model=self.blip.name, fingerprint=self.blip.fingerprint)

    @property
    def mark(self) -> str:
        """Changes whenever the same shot would get another vector."""
        return track_mark(self.blip.fingerprint, self.clip.fingerprint)

    def reader(self, dim: int) -> EncoderRecord:
        """Who makes vectors of length ``dim``, as an index records it."""
        return EncoderRecord(
            id=CAPTION_TRACK,
            dim=dim,
            preprocessing=f"captions of shots by {self.blip.name}",
            fingerprint=self.mark,
            model=self.clip.name,
        )


def track_mark(blip: str, clip: str) -> str:
    """Fingerprint of a track of captions, from those of the models that write and read them."""
    return hashlib.sha256(f"{blip} {clip}".encode()).hexdigest()[:32]


def find_caption_models(
    blip: str | None = None, clip: str | None = None, *, on_progress: OnProgress | None = None
) -> CaptionModels:
    """Find the weights of both models, or fetch them; nothing is loaded.

    Args:
        blip: See :func:`~syncclip.encoders.captions.find_blip_model`.
        clip: See :func:`~syncclip.encoders.find_clip_model`.
        on_progress: Told how far a download is.

    Raises:
        SettingsError: Where no such model is known.
        WeightsError: Where weights cannot be had.
        MissingDependencyError: Where a package is not installed.
    """
    require_clip("transformers")
    return CaptionModels(
        blip=find_blip_model(blip, on_progress=on_progress),
        clip=find_clip_model(clip, on_progress=on_progress),
    )


def caption_index(
    output: Path,
    movie: Path,
    models: CaptionModels,
    *,
    device: str = "auto",
    reader: str = "pyav",
    clip: ClipEncoder | None = None,
    on_progress: OnProgress | None = None,
) -> bool:
    """Caption the shots of an indexed movie, unless these models did so before.

    Args:
        output: The index.
        movie: The movie's file.
        models: What writes and reads captions.
        device: What models run on.
        reader: Decoder.
        clip: The CLIP of ``models``, where it is loaded already.
        on_progress: Told how far it is.

    Returns:
        Whether captions were written.

    Raises:
        OutputError: Where the index cannot be written.
        VideoError: Where the movie cannot be read.
        WeightsError: Where a model cannot be loaded.
        MissingDependencyError: Where a package is not installed.
    """
    report = on_progress or (lambda _: None)
    with open_index(output) as index:
        if any(record.fingerprint == models.mark for record in index.manifest.encoders):
            return False
        frames = keyframes(index.shots, index.signatures)
        seconds, content = index.times.seconds, index.manifest.content
    captioner = Captioner(models.blip, device=device)
    clip = clip or ClipEncoder(models.clip, device=device)

    def told(done: int) -> None:
        report(Progress("Captioning shots", done, len(frames), "shots"))

    with open_video(movie, reader=reader) as video:
        add_captions(
            output,
            frames=frames,
            pictures=lambda some: shown_in(video, seconds[some].tolist(), content),
            batch=captioner.batch,
            describe=captioner.describe,
            read=clip.describe_text,
            captioner=models.captioner,
            reader=models.reader(clip.dim),
            on_shots=told,
        )
    return True


def keyframes(shots: Sequence[Shot], grey: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The frame of each shot that stands for it: of some, the one nearest to their mean.

    Args:
        shots: In order.
        grey: (n, height, width) all frames.
    """
    chosen = np.empty(len(shots), np.int64)
    for number, shot in enumerate(shots):
        length = shot.end_frame - shot.start_frame
        looks = shot.start_frame + ((np.arange(LOOKS) + 0.5) * length / LOOKS).astype(np.int64)
        seen = grey[looks].astype(np.float32)
        apart = np.square(seen - seen.mean(axis=0)).sum(axis=(1, 2))
        chosen[number] = looks[int(apart.argmin())]
    return chosen


def shown_in(
    video: VideoReader, times_s: Sequence[float], content: PixelRect
) -> Iterator[NDArray[np.uint8]]:
    """RGB pictures on screen at these times, without bars."""
    for _, picture in video.sample(times_s):
        yield picture[content.y : content.y + content.h, content.x : content.x + content.w]
