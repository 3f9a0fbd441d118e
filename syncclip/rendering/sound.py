"""The result's sound: the narration, the movie's own sound cut along the segments, or both.

``mix`` keeps the narration at its own level and lays the movie's sound under it at −6 dB; a side
chain keyed by the narration turns it down by up to some 15 dB more while someone speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from syncclip._ffmpeg import FFmpeg, file_url, run_ffmpeg
from syncclip.config import RenderConfig
from syncclip.rendering.clock import Clock
from syncclip.rendering.footage import Footage
from syncclip.rendering.mux import Sound
from syncclip.rendering.parallel import Job, run_jobs
from syncclip.rendering.soundtrack import (
    RATE_HZ,
    SoundStream,
    cut_filters,
    mix_graph,
    sound_stream,
)
from syncclip.result import Segment

__all__ = ["SoundMaker", "remove_sounds"]

_CHANNELS = 2
_FRAME_BYTES = _CHANNELS * 2
_BIT_RATE = "256k"
_SILENT_TAIL_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundMaker:
    """Makes the sound track of one result."""

    program: FFmpeg
    footage: Footage
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
        narration = sound_stream(self.footage.commentary.path) if mode != "movie" else None
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
        for name in sorted({segment.movie for segment in self.footage.segments if segment.movie}):
            stream = sound_stream(self.footage.movies[name].path)
            if stream is None:
                notes.append(f"{name!r} has no sound; its segments are silent")
            else:
                found[name] = stream
        return found

    def _narration(self, stream: SoundStream | None, notes: list[str]) -> Sound | None:
        """The commentary's own track: copied where the container takes it, else as AAC."""
        if stream is None:
            return None
        info = self.footage.commentary.info
        zero_s = float(info.start_pts * info.time_base)
        end_s = float(self.clock.edges[-1] * self.clock.time_base)
        if stream.end_s is not None:
            missing_s = end_s - (stream.end_s - zero_s)
            if missing_s > _SILENT_TAIL_S:
                notes.append(f"the commentary's sound ends {missing_s:.1f} s before its picture")
        if stream.fits(self.container):
            return Sound(self.footage.commentary.path, stream.number, zero_s)
        notes.append(
            f"the narration was encoded as AAC: many players do not read {stream.codec} "
            f"at {stream.rate_hz} Hz in {self.container} files"
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
        for number, segment in enumerate(self.footage.segments):
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
        segment = self.footage.segments[number]
        assert segment.movie is not None
        assert segment.movie_start_s is not None
        length = self._length(segment)
        movie, start_s = self.footage.movies[segment.movie].path, segment.movie_start_s
        early_s = max(0.0, -start_s)
        args = ["-ss", f"{max(start_s, 0.0):.6f}", "-t", f"{length * speed / RATE_HZ + 1:.6f}"]
        args += ["-i", file_url(movie), "-map", f"0:{stream.number}", "-vn"]
        args += ["-af", ",".join(cut_filters(stream, length, speed, early_s))]
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
        graph = mix_graph(self._samples(), movie=cuts is not None, voice=narration)
        inputs: list[str] = []
        if cuts is not None:
            inputs += ["-f", "s16le", "-ar", str(RATE_HZ), "-ac", str(_CHANNELS), "-i", "pipe:0"]
        if narration is not None:
            inputs += ["-i", file_url(self.footage.commentary.path)]
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
        for segment, path in zip(self.footage.segments, cuts, strict=True):
            size = self._length(segment) * _FRAME_BYTES
            sound = path.read_bytes()[:size] if path is not None else b""
            yield sound
            # The movie may end, or its sound begin late: silence keeps the rest in step.
            yield bytes(size - len(sound))


def remove_sounds(folder: Path) -> None:
    """Remove what :class:`SoundMaker` left in its folder."""
    for pattern in ("sound-*.pcm", "sound.m4a"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
