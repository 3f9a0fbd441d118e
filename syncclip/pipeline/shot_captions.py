"""Captions of a commentary's shots, and the movie shots that are described alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip.config import MatchConfig
from syncclip.encoders import ClipEncoder, ClipModel, find_clip_model
from syncclip.encoders.captions import BlipModel, Captioner, find_blip_model, known_blip_model
from syncclip.encoders.weights import at_hand
from syncclip.errors import MissingDependencyError, SettingsError, WeightsError
from syncclip.index import CAPTION_TRACK, MovieIndex, VectorIndex
from syncclip.matching import Hint, Named, caption_hints
from syncclip.pipeline.captioning import keyframes, shown_in, track_mark
from syncclip.pipeline.commentary import ReadCommentary
from syncclip.pipeline.encoding import why_no_clip
from syncclip.progress import OnProgress, Progress
from syncclip.result import MatchResult, Segment
from syncclip.types import FrameTimes
from syncclip.video import open_video

__all__ = ["ShotCaptions", "caption_shots", "with_captions"]

NEIGHBOURS = 24
"""Movie shots asked for with each caption: twice the rank that counts as average."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotCaptions:
    """What a commentary's shots show, in words."""

    texts: tuple[str, ...] = ()
    """One for each shot; none where nothing was captioned."""
    hints: tuple[Hint, ...] = ()
    """Movie shots that are described alike."""
    notes: tuple[str, ...] = ()
    """What the user must know: which piece is missing."""


def caption_shots(
    path: Path,
    read: ReadCommentary,
    indexes: Sequence[MovieIndex],
    config: MatchConfig,
    *,
    clip: ClipEncoder | None = None,
    missing: str | None = None,
    device: str = "auto",
    reader: str = "pyav",
    on_progress: OnProgress | None = None,
) -> ShotCaptions:
    """Caption a commentary's shots as those of the movies are, where they are.

    Args:
        path: The commentary.
        read: As it was read.
        indexes: Movies.
        config: Whether models are used at all, and those that were named.
        clip: A CLIP that is loaded already.
        missing: A CLIP that is known to be missing: what is read by it is left out without a word.
        device: What models run on.
        reader: Decoder.
        on_progress: Told how far it is.

    Raises:
        VideoError: Where the commentary cannot be read again.
        SyncClipError: Where the BLIP that was named cannot run here or is not that of the captions.
    """
    marks = Counter(mark for index in indexes if (mark := _mark(index)))
    if not marks or config.encoder == "builtin":
        unused = "--blip-model is not used: no index has captions that are looked up"
        return ShotCaptions(notes=(unused,) if config.blip_model and not marks else ())
    mark, _ = marks.most_common(1)[0]
    alike = [(number, index) for number, index in enumerate(indexes) if _mark(index) == mark]
    if missing is not None and _reader(alike[0][1]) == missing:
        return ShotCaptions()
    try:
        captioner, clip = _loaded(alike[0][1], config, clip, device=device)
    except (MissingDependencyError, SettingsError, WeightsError) as error:
        if config.blip_model is not None:
            raise
        return ShotCaptions(notes=(f"the movies' captions are not used: {error}",))
    texts = _captioned(path, read, captioner, reader, on_progress)
    told = np.flatnonzero([bool(text) for text in texts])
    named = _named(alike, clip.describe_text([texts[number] for number in told]))
    spans = [_span(read, int(number)) for number in told]
    hints = () if named is None else tuple(caption_hints(spans, named))
    without = len(indexes) - len(alike)
    note = f"{without} of {len(indexes)} indexes have no captions, or another model's"
    return ShotCaptions(texts=texts, hints=hints, notes=(note,) if without else ())


def with_captions(
    result: MatchResult,
    texts: Sequence[str],
    read: ReadCommentary,
    indexes: Sequence[MovieIndex],
) -> MatchResult:
    """The result with what its segments show, in words, as far as that is known."""
    films = {index.name: _Film.of(index) for index in indexes if index.manifest.captions}
    if not films and not texts:
        return result
    starts = np.array([shot.start_frame for shot in read.frames.shots])

    def described(segment: Segment) -> Segment:
        middle = (segment.start_frame + segment.end_frame) // 2
        shot = int(np.searchsorted(starts, middle, side="right")) - 1
        own = texts[shot] or None if texts else None
        film = films.get(segment.movie or "")
        said = None if film is None else film.said_in(segment)
        return replace(segment, caption=own, movie_caption=said)

    return replace(result, segments=tuple(described(segment) for segment in result.segments))


@dataclass(frozen=True, slots=True, eq=False)
class _Film:
    """What a movie's shots show, in words."""

    times: FrameTimes
    starts: NDArray[np.int64]
    """(n,) first frame of each shot."""
    texts: tuple[str, ...]

    @classmethod
    def of(cls, index: MovieIndex) -> _Film:
        captions = index.captions
        starts = np.array([shot.start_frame for shot in index.shots], np.int64)
        return cls(index.times, starts, () if captions is None else captions.texts)

    def said_in(self, segment: Segment) -> str | None:
        """The caption of the shot in the middle of a segment."""
        if segment.movie_start_s is None or segment.movie_end_s is None:
            return None
        middle = self.times.frame_at((segment.movie_start_s + segment.movie_end_s) / 2)
        number = int(np.searchsorted(self.starts, middle, side="right")) - 1
        return self.texts[number] or None if 0 <= number < len(self.texts) else None


def _mark(index: MovieIndex) -> str | None:
    """What tells which models an index's captions are of; None where it has none."""
    records = (record for record in index.manifest.encoders if record.id == CAPTION_TRACK)
    return next((record.fingerprint for record in records), None)


def _reader(index: MovieIndex) -> str:
    """The CLIP that reads an index's captions, by the name that the index keeps."""
    return index.model_of(CAPTION_TRACK) or ""


def _loaded(
    index: MovieIndex, config: MatchConfig, clip: ClipEncoder | None, *, device: str
) -> tuple[Captioner, ClipEncoder]:
    """The models that an index's captions are of.

    Raises:
        MissingDependencyError: Where a package is not installed.
        WeightsError: Where weights are not at hand, or not as they were.
        SettingsError: Where the device is not usable here, or a model has an impossible name.
    """
    mark = _mark(index)
    blip = _blip(index, config)
    if clip is None or track_mark(blip.fingerprint, clip.fingerprint) != mark:
        found = _clip(index, config)
        if track_mark(blip.fingerprint, found.fingerprint) != mark:
            raise WeightsError(
                f"{blip.name} or {found.name} is not what the movie was captioned with"
            )
        clip = ClipEncoder(found, device=device)
    return Captioner(blip, device=device), clip


def _blip(index: MovieIndex, config: MatchConfig) -> BlipModel:
    """The model that was named, else the one that the index names, where it is at hand."""
    if config.blip_model is not None:
        return find_blip_model(config.blip_model)
    assert index.manifest.captions is not None
    name = index.manifest.captions.model
    if not Path(name).is_dir():
        if Path(name).is_absolute():
            raise WeightsError(f"{name} is not there any more; name it with --blip-model")
        if at_hand(known_blip_model(name)) is None:
            raise WeightsError(
                f"the weights of {name} are not at hand; "
                f"fetch them with: syncclip models fetch {name}"
            )
    return find_blip_model(name)


def _clip(index: MovieIndex, config: MatchConfig) -> ClipModel:
    """The same of what reads the captions."""
    name = _reader(index)
    if config.clip_model is None:
        reason = why_no_clip(name)
        if reason is not None:
            raise WeightsError(reason)
    return find_clip_model(config.clip_model or name)


def _captioned(
    path: Path,
    read: ReadCommentary,
    captioner: Captioner,
    reader: str,
    on_progress: OnProgress | None,
) -> tuple[str, ...]:
    """A caption of every shot's keyframe."""
    report = on_progress or (lambda _: None)
    times_s = read.times.seconds[keyframes(read.frames.shots, read.frames.grey)].tolist()
    texts: list[str] = []
    with open_video(path, reader=reader) as video:
        coming = shown_in(video, times_s, read.content)
        while len(texts) < len(times_s):
            report(Progress("Captioning commentary", len(texts), len(times_s), "shots"))
            left = len(times_s) - len(texts)
            texts += captioner.describe([next(coming) for _ in range(min(captioner.batch, left))])
    report(Progress("Captioning commentary", len(texts), len(texts), "shots"))
    return tuple(texts)


def _span(read: ReadCommentary, number: int) -> tuple[float, float]:
    shot = read.frames.shots[number]
    seconds = read.times.seconds
    end_s = seconds[shot.end_frame] if shot.end_frame < len(seconds) else read.times.end_s
    return float(seconds[shot.start_frame]), float(end_s)


def _named(alike: Sequence[tuple[int, MovieIndex]], queries: NDArray[np.float32]) -> Named | None:
    """Movie shots whose captions are most like each query; None where there are none."""
    source, start_s, end_s, vectors = [], [], [], []
    for number, index in alike:
        track, times = index.tracks[CAPTION_TRACK], index.times
        edges = np.array([(shot.start_frame, shot.end_frame) for shot in index.shots])
        rows = np.searchsorted(edges[:, 0], track.frames, side="right") - 1
        seconds = np.append(times.seconds, times.end_s)
        vectors.append(track.vectors)
        source.append(np.full(len(rows), number, np.int64))
        start_s.append(seconds[edges[rows, 0]])
        end_s.append(seconds[edges[rows, 1]])
    whole = np.concatenate(vectors)
    if not len(whole) or not len(queries):
        return None
    similarity, found = VectorIndex(whole).search(queries, NEIGHBOURS)
    rows = np.maximum(found, 0)
    return Named(
        similarity=similarity,
        source=np.concatenate(source)[rows],
        start_s=np.concatenate(start_s)[rows],
        end_s=np.concatenate(end_s)[rows],
    )
