"""Captions of a commentary's shots, and the movie shots that are described alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syncclip.config import MatchConfig
from syncclip.encoders import ClipEncoder, find_clip_model
from syncclip.encoders.captions import Captioner, find_blip_model, known_blip_model
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
    device: str = "auto",
    reader: str = "pyav",
    on_progress: OnProgress | None = None,
) -> ShotCaptions:
    """Caption a commentary's shots as those of the movies are, where they are.

    Args:
        path: The commentary.
        read: As it was read.
        indexes: Movies.
        config: Whether models are used at all.
        clip: A CLIP that is loaded already.
        device: What models run on.
        reader: Decoder.
        on_progress: Told how far it is.

    Raises:
        VideoError: Where the commentary cannot be read again.
    """
    marks = Counter(mark for index in indexes if (mark := _mark(index)))
    if not marks or config.encoder == "builtin":
        return ShotCaptions()
    mark, _ = marks.most_common(1)[0]
    alike = [(number, index) for number, index in enumerate(indexes) if _mark(index) == mark]
    try:
        captioner, clip = _loaded(alike[0][1], clip, device=device)
    except (MissingDependencyError, SettingsError, WeightsError) as error:
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


def _loaded(
    index: MovieIndex, clip: ClipEncoder | None, *, device: str
) -> tuple[Captioner, ClipEncoder]:
    """The models that an index's captions are of.

    Raises:
        MissingDependencyError: Where a package is not installed.
        WeightsError: Where weights are not at hand, or not as they were.
        SettingsError: Where the device is not usable here, or a model has an impossible name.
    """
    assert index.manifest.captions is not None
    name, mark = index.manifest.captions.model, _mark(index)
    if not Path(name).is_dir() and at_hand(known_blip_model(name)) is None:
        raise WeightsError(
            f"the weights of {name} are not at hand; fetch them with: syncclip models fetch {name}"
        )
    blip = find_blip_model(name)
    if clip is None or track_mark(blip.fingerprint, clip.fingerprint) != mark:
        (record,) = (r for r in index.manifest.encoders if r.id == CAPTION_TRACK)
        reason = why_no_clip(record.model)
        if reason is not None:
            raise WeightsError(reason)
        found = find_clip_model(record.model)
        if track_mark(blip.fingerprint, found.fingerprint) != mark:
            raise WeightsError(f"{name} or {record.model} is not what the movie was captioned with")
        clip = ClipEncoder(found, device=device)
    return Captioner(blip, device=device), clip


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
