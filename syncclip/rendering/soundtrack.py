"""Sound streams of files, and the FFmpeg filters that cut, retime and mix them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
from av.audio.stream import AudioStream

from syncclip._ffmpeg import file_url

__all__ = ["RATE_HZ", "SoundStream", "cut_filters", "mix_graph", "sound_stream", "tempo_filters"]

RATE_HZ = 48_000
_PORTABLE = {"aac", "mp3", "ac3", "eac3", "alac"}
_LEAST_PORTABLE_HZ = 16_000  # MP4 has no MP3 below
_FADE_S = 0.004
"""Fade at both ends of every cut piece of sound: long enough against clicks, too short to hear."""
_DUCKING = "sidechaincompress=threshold=0.02:ratio=6:attack=10:release=350"
_MOVIE_LEVEL = "volume=-6dB"


@dataclass(frozen=True, slots=True)
class SoundStream:
    """The first sound stream of a file."""

    number: int
    codec: str
    rate_hz: int
    channels: int
    end_s: float | None
    """Where it ends on the file's own clock, if the file says so."""

    def fits(self, container: str) -> bool:
        """True where editing programs and players take it in such a file; Matroska takes all."""
        if container == "matroska" or (container == "mov" and self.codec.startswith("pcm_")):
            return True
        return self.codec in _PORTABLE and self.rate_hz >= _LEAST_PORTABLE_HZ

    def common_format(self) -> list[str]:
        """Filters to 48 kHz stereo that start at second zero, gaps filled with silence.

        A single channel goes to both sides at its own level: FFmpeg alone would lower it by 3 dB.
        """
        stereo = (
            "pan=stereo|c0=c0|c1=c0" if self.channels == 1 else "aformat=channel_layouts=stereo"
        )
        return [f"aresample={RATE_HZ}:async=1:first_pts=0", stereo]


def sound_stream(path: Path) -> SoundStream | None:
    """The sound stream that players choose; None where there is none that can be read."""
    try:
        with av.open(file_url(path)) as container:
            stream = container.streams.best("audio")
            if not isinstance(stream, AudioStream):
                return None
            end_s = None
            if stream.duration is not None and stream.time_base is not None:
                end_s = float(((stream.start_time or 0) + stream.duration) * stream.time_base)
            codec = stream.codec_context
            return SoundStream(
                stream.index, codec.codec.canonical_name, codec.rate, codec.channels, end_s
            )
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


def cut_filters(stream: SoundStream, length: int, speed: float, early_s: float) -> list[str]:
    """Filters that make ``length`` samples out of a cut piece of a movie's sound.

    Args:
        stream: What is cut.
        length: Samples wanted at most.
        speed: Source seconds per second of the result.
        early_s: Silence before the movie's start, in seconds of the source.
    """
    filters = stream.common_format()
    if early_s > 0:
        filters.append(f"adelay=delays={round(early_s * 1000)}:all=1")
    filters += tempo_filters(speed)
    filters.append(f"atrim=end_sample={length}")
    end_s = length / RATE_HZ
    if end_s > 2 * _FADE_S:
        filters.append(f"afade=t=in:d={_FADE_S}")
        filters.append(f"afade=t=out:st={end_s - _FADE_S:.6f}:d={_FADE_S}")
    return filters


def mix_graph(samples: int, *, movie: bool, voice: SoundStream | None) -> str:
    """Filter graph to exactly ``samples`` of sound from the movie's, the narration's or both.

    Args:
        samples: Length of the result.
        movie: The first input is the movie's sound, ready cut.
        voice: The narration, in the last input.
    """
    exact = f"apad=whole_len={samples},atrim=end_sample={samples}"
    if voice is None:
        return f"[0:a]{exact}[out]"
    narration = f"[{1 if movie else 0}:{voice.number}]{','.join(voice.common_format())}"
    if not movie:
        return f"{narration},{exact}[out]"
    # The compressor loses what it holds back when its inputs end: they last longer than the result.
    longer = f"apad=whole_len={samples + 2 * RATE_HZ}"
    return (
        f"{narration},{longer},asplit[voice][key];[0:a]{_MOVIE_LEVEL},{longer}[movie];"
        f"[movie][key]{_DUCKING}[under];[voice][under]amix=inputs=2:normalize=0,{exact}[out]"
    )
