"""The result's sound: the narration, the movie's own sound cut along the segments, or both.

``mix`` keeps the narration at its own level and lays the movie's sound under it at −6 dB; a side
chain keyed by the narration turns it down by up to some 15 dB more while someone speaks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import av
import av.error

from syncclip._ffmpeg import FFmpeg, file_url, run_ffmpeg
from syncclip.config import RenderConfig
from syncclip.rendering.clock import Clock
from syncclip.rendering.mux import Sound
from syncclip.rendering.parallel import Job, run_jobs
from syncclip.types import Segment

__all__ = ["SoundMaker", "remove_sounds", "sound_stream", "tempo_filters"]

RATE_HZ = 48_000
_CHANNELS = 2
_FRAME_BYTES = _CHANNELS * 2
_BIT_RATE = "256k"
_FADE_S = 0.004
"""Fade at both ends of every cut piece of sound: long enough against clicks, too short to hear."""
_SILENT_TAIL_S = 0.5
_PORTABLE = {"aac", "mp3", "ac3", "eac3", "alac"}
"""Codecs that editing programs and players take in MP4 and QuickTime; Matroska takes all."""
_DUCKING = "sidechaincompress=threshold=0.02:ratio=6:attack=10:release=350"
_MOVIE_LEVEL = "volume=-6dB"


@dataclass(frozen=True, slots=True)
class SoundStream:
    """The first sound stream of a file."""

    number: int
    codec: str
    end_s: float | None
    """Where it ends on the file's own clock, if the file says so."""


def sound_stream(path: Path) -> SoundStream | None:
    """The sound stream that players choose; None where there is none that can be read."""
    try:
        with av.open(file_url(path)) as container:
            stream = container.streams.best("audio")
            if stream is None or stream.codec_context is None:
                return None
            end_s = None
            if stream.duration is not None and stream.time_base is not None:
                end_s = float(((stream.start_time or 0) + stream.duration) * stream.time_base)
            return SoundStream(stream.index, stream.codec_context.name, end_s)
    except av.error.FFmpegError:
        return None


def tempo_filters(speed: float) -> list[str]:
    """FFmpeg filters that play sound faster or slower at its own pitch.

    One ``atempo`` leaves out samples above 2 and stops at 0.5, so several share the factor.
    """
    if speed == 1.0:
        return []
    count = max(1, math.ceil(abs(math.log2(speed)) - 1e-9))
    return [f"atempo={speed ** (1 / count):.9f}"] * count


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundMaker:
    """Makes the sound track of one result."""

    program: FFmpeg
    segments: Sequence[Segment]
    commentary: Path
    commentary_zero_s: float
    """The commentary's start time on its container's own clock."""
    movies: Mapping[str, Path]
    clock: Clock
    config: RenderConfig
    container: str
    folder: Path

    def make(self, on_segment: Callable[[int, int], None]) -> tuple[Sound | None, list[str]]:
        """The track and what the user must know of it.

        Args:
            on_segment: Called with segments done and segments in all.

        Raises:
            FFmpegError: Where ffmpeg fails.
            OutputError: Where the disk is full.
        """
        mode = self.config.audio
        if mode == "none":
            return None, []
        notes: list[str] = []
        narration = sound_stream(self.commentary) if mode != "movie" else None
        streams = self._movie_streams(notes) if mode != "commentary" else {}
        if mode != "movie" and narration is None:
            notes.append("the commentary has no sound, so the result is without narration")
        if mode == "commentary" or not streams:
            if mode != "commentary":
                notes.append("no movie sound is used")
            return self._narration(narration, notes), notes
        cuts = self._cut(streams, on_segment)
        return self._encode(cuts, narration), notes

    def _movie_streams(self, notes: list[str]) -> dict[str, SoundStream]:
        """Sound streams of the movies that segments show."""
        found = {}
        for name in sorted({segment.movie for segment in self.segments if segment.movie}):
            stream = sound_stream(self.movies[name])
            if stream is None:
                notes.append(f"{name} has no sound; its segments are silent")
            else:
                found[name] = stream
        return found

    def _narration(self, stream: SoundStream | None, notes: list[str]) -> Sound | None:
        """The commentary's own track: copied where the container takes it, else as AAC."""
        if stream is None:
            return None
        end_s = float(self.clock.edges[-1] * self.clock.time_base)
        if stream.end_s is not None:
            missing_s = end_s - (stream.end_s - self.commentary_zero_s)
            if missing_s > _SILENT_TAIL_S:
                notes.append(f"the commentary's sound ends {missing_s:.1f} s before its picture")
        if self.container == "matroska" or stream.codec in _PORTABLE:
            return Sound(self.commentary, stream.number, self.commentary_zero_s)
        notes.append(
            f"the narration was encoded as AAC: {self.container} does not hold "
            f"{stream.codec} that every player reads"
        )
        return self._encode(None, stream)

    def _samples(self) -> int:
        return int(self.clock.samples(RATE_HZ)[-1])

    def _cut(
        self, streams: Mapping[str, SoundStream], on_segment: Callable[[int, int], None]
    ) -> list[Path | None]:
        """Raw sound of every segment; None for silence."""
        paths: list[Path | None] = []
        jobs: list[Job] = []
        done: list[int] = []
        for number, segment in enumerate(self.segments):
            stream = streams.get(segment.movie or "")
            speed = 1.0 if self.config.retime == "none" else segment.speed
            if stream is None or speed == 0:
                paths.append(None)
                continue
            path = self.folder / f"sound-{number}.pcm"
            paths.append(path)
            jobs.append(self._cut_job(number, path, stream, speed, done))
        run_jobs(
            jobs,
            workers=self.config.workers,
            on_tick=lambda: on_segment(len(done), len(jobs)),
        )
        return paths

    def _cut_job(
        self, number: int, path: Path, stream: SoundStream, speed: float, done: list[int]
    ) -> Job:
        segment = self.segments[number]
        assert segment.movie is not None
        assert segment.movie_start_s is not None
        length = self._length(segment)
        movie, start_s = self.movies[segment.movie], segment.movie_start_s
        early_s = max(0.0, -start_s)
        args = ["-ss", f"{max(start_s, 0.0):.6f}", "-t", f"{length * speed / RATE_HZ + 1:.6f}"]
        args += ["-i", file_url(movie), "-map", f"0:{stream.number}", "-vn"]
        args += ["-af", ",".join(_cut_filters(length, speed, early_s))]
        args += ["-f", "s16le", "-c:a", "pcm_s16le", file_url(path)]

        def run(stop: Event) -> None:
            run_ffmpeg(self.program, args, doing=f"cutting the sound of {movie.name!r}", stop=stop)
            done.append(number)

        return run

    def _length(self, segment: Segment) -> int:
        """Samples that a segment lasts; edges are rounded, so that lengths add up exactly."""
        edges = self.clock.samples(RATE_HZ)
        return int(edges[segment.end_frame] - edges[segment.start_frame])

    def _encode(self, cuts: list[Path | None] | None, narration: SoundStream | None) -> Sound:
        """Encode the movie's sound, the narration or both as AAC of exactly the right length."""
        samples = self._samples()
        inputs: list[str] = []
        exact = f"apad=whole_len={samples},atrim=end_sample={samples}"
        format_ = f"aresample={RATE_HZ}:async=1:first_pts=0,aformat=channel_layouts=stereo"
        if cuts is not None:
            inputs += ["-f", "s16le", "-ar", str(RATE_HZ), "-ac", str(_CHANNELS), "-i", "pipe:0"]
        if narration is not None:
            inputs += ["-i", file_url(self.commentary)]
        voice = f"[{0 if cuts is None else 1}:{narration.number}]" if narration else ""
        if cuts is None:
            graph = f"{voice}{format_},{exact}[out]"
        elif narration is None:
            graph = f"[0:a]{exact}[out]"
        else:
            graph = (
                f"{voice}{format_},{exact},asplit[voice][key];[0:a]{_MOVIE_LEVEL}[movie];"
                f"[movie][key]{_DUCKING}[under];"
                f"[voice][under]amix=inputs=2:normalize=0,{exact}[out]"
            )
        path = self.folder / "sound.m4a"
        encode = ["-c:a", "aac", "-b:a", _BIT_RATE, "-f", "mp4", file_url(path)]
        run_ffmpeg(
            self.program,
            [*inputs, "-filter_complex", graph, "-map", "[out]", *encode],
            doing="encoding the sound",
            stdin=() if cuts is None else self._pcm(cuts),
        )
        return Sound(path, 0, 0.0)

    def _pcm(self, cuts: Sequence[Path | None]) -> Iterator[bytes]:
        """Raw sound of the whole result."""
        yield bytes(int(self.clock.samples(RATE_HZ)[0]) * _FRAME_BYTES)
        for segment, path in zip(self.segments, cuts, strict=True):
            size = self._length(segment) * _FRAME_BYTES
            sound = path.read_bytes()[:size] if path is not None else b""
            yield sound
            # The movie may end, or its sound begin late: silence keeps the rest in step.
            yield bytes(size - len(sound))


def _cut_filters(length: int, speed: float, early_s: float) -> list[str]:
    filters = [f"aresample={RATE_HZ}:async=1:first_pts=0", "aformat=channel_layouts=stereo"]
    if early_s > 0:
        filters.append(f"adelay=delays={round(early_s * 1000)}:all=1")
    filters += tempo_filters(speed)
    filters.append(f"atrim=end_sample={length}")
    end_s = length / RATE_HZ
    if end_s > 2 * _FADE_S:
        filters.append(f"afade=t=in:d={_FADE_S}")
        filters.append(f"afade=t=out:st={end_s - _FADE_S:.6f}:d={_FADE_S}")
    return filters


def remove_sounds(folder: Path) -> None:
    """Remove what :class:`SoundMaker` left in its folder."""
    for pattern in ("sound-*.pcm", "sound.m4a"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
