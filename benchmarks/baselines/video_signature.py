"""FFmpeg's ``signature`` filter, shot by shot.

MPEG-7 video signature (ISO/IEC 15938-3 Amd 4; Paschalakis et al. 2012, "The MPEG-7 Video Signature
tools for content identification"), as FFmpeg has it since 3.3. Each detected shot is compared with
the whole movie, plain and mirrored, and is claimed whole where the filter finds a match. The filter
gives one pair of times and no usable speed; natural speed is taken.

It is helped where that is honest: pictures without bars, the shot at the movie's frame rate (its
offset search needs equal rates), all shots of a batch in one process, so that the movie's signature
is made once for each batch and not once for each shot.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from benchmarks.baselines.similarity import Similarity
from benchmarks.claims import Prediction
from syncclip._ffmpeg import file_url, find_ffmpeg

__all__ = ["DEFAULTS", "RELAXED", "Clip", "SignatureSettings", "parse", "shrink", "video_signature"]

_SIZE = (320, 180)
"""The signature averages a 32 × 32 grid: more pixels only cost time."""
_BATCH = 64
"""Shots in one process, each plain and mirrored."""
_TIMEOUT_S = 1800.0
_MATCH = re.compile(
    r"matching of video (?P<shot>\d+) at (?P<shot_s>-?[\d.]+) and (?P<other>\d+) at "
    r"(?P<other_s>-?[\d.]+), (?P<frames>\d+) frames matching"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureSettings:
    """Options of the filter; what is not named keeps FFmpeg's own value."""

    options: str = ""


DEFAULTS = SignatureSettings()
RELAXED = SignatureSettings(options=":th_d=1000000:th_dc=5000000:th_xh=160")
"""Without the coarse sieve, which compares 90-frame bags of words on a fixed grid and so misses
even exact copies of a few seconds, and with a frame distance that forgives a slight crop. At 220
the program crashed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A small lossless copy."""

    path: Path
    frame_rate: Fraction


@dataclass(frozen=True, slots=True)
class _Match:
    shot_s: float
    movie_s: float
    frames: int


def shrink(
    video: Path, out: Path, *, frame_rate: Fraction, content: Sequence[int] | None = None
) -> Clip:
    """A small grey copy without bars (``content`` is ``x, y, w, h``); kept where it stands."""
    if not out.exists():
        out.parent.mkdir(parents=True, exist_ok=True)
        part = out.with_suffix(".part.mkv")
        crop = "crop={2}:{3}:{0}:{1},".format(*content) if content is not None else ""
        filters = f"{crop}scale={_SIZE[0]}:{_SIZE[1]}:flags=area,format=gray"
        words = ["-i", file_url(video), "-vf", filters, "-an", "-fps_mode", "passthrough"]
        _ffmpeg([*words, "-c:v", "ffv1", "-y", file_url(part)])
        part.replace(out)
    return Clip(path=out, frame_rate=frame_rate)


def video_signature(
    similarity: Similarity,
    commentary: Clip,
    movies: Mapping[str, Clip],
    settings: SignatureSettings,
) -> list[Prediction]:
    """The best match of each detected shot.

    Args:
        similarity: For the detected cuts and the commentary's times alone.
        commentary: Small copy of the commentary.
        movies: Small copy of each movie, by file name.
        settings: Options.
    """
    edges = [int(edge) for edge in similarity.edges]
    shots = [(a, b) for a, b in pairwise(edges) if b - a > 1]
    claimed: dict[tuple[int, int], tuple[int, Prediction]] = {}
    for name, movie in movies.items():
        for start in range(0, len(shots), _BATCH):
            batch = shots[start : start + _BATCH]
            for (shot, mirrored), match in _look_up(
                similarity, batch, commentary, movie, settings
            ).items():
                first, end = batch[shot]
                found = _prediction(similarity, first, end, name, match, mirrored=mirrored)
                if match.frames > claimed.get((first, end), (0, found))[0]:
                    claimed[first, end] = match.frames, found
    return [claimed[shot][1] for shot in sorted(claimed)]


def parse(said: str, *, movie: int) -> dict[int, _Match]:
    """What the filter says about each shot against input ``movie``, the last one."""
    found = {}
    for line in said.splitlines():
        words = _MATCH.search(line)
        if words is not None and int(words["other"]) == movie:
            found[int(words["shot"])] = _Match(
                float(words["shot_s"]), float(words["other_s"]), int(words["frames"])
            )
    return found


def _prediction(
    similarity: Similarity, first: int, end: int, name: str, match: _Match, *, mirrored: bool
) -> Prediction:
    start_s = match.movie_s - match.shot_s
    length_s = float(similarity.frame_s[end - 1] - similarity.frame_s[first])
    return Prediction(
        start_frame=first,
        end_frame=end,
        movie=name,
        movie_start_s=start_s,
        movie_end_s=start_s + length_s,
        mirrored=mirrored,
        confidence=min(match.frames / max(end - first, 1), 1.0),
        tier="peer",
    )


def _look_up(
    similarity: Similarity,
    shots: Sequence[tuple[int, int]],
    commentary: Clip,
    movie: Clip,
    settings: SignatureSettings,
) -> dict[tuple[int, bool], _Match]:
    """Matches by (number of the shot, mirrored); a batch that crashes FFmpeg is halved."""
    words, graph, pads = [], [], []
    for number, (first, end) in enumerate(shots):
        # A thousandth early: the first frame must not be lost to rounding.
        start_s = max(float(similarity.frame_s[first]) - 0.001, 0.0)
        length_s = float(similarity.frame_s[end - 1]) - start_s
        words += ["-ss", f"{start_s:.6f}", "-t", f"{length_s + 0.001:.6f}"]
        words += ["-i", file_url(commentary.path)]
        plain, mirrored = f"[s{2 * number}]", f"[s{2 * number + 1}]"
        rate = f"fps={movie.frame_rate}"
        graph.append(f"[{number}:v]{rate},split[a{number}]{plain};[a{number}]hflip{mirrored};")
        pads += [plain, mirrored]
    # The movie must come last: the filter ends when its last input does.
    words += ["-i", file_url(movie.path)]
    joined = f"{''.join(graph)}{''.join(pads)}[{len(shots)}:v]"
    joined += f"signature=nb_inputs={len(pads) + 1}:detectmode=full{settings.options}"
    try:
        said = _ffmpeg([*words, "-filter_complex", joined, "-an", "-f", "null", "-"])
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        if len(shots) == 1:
            return {}
        half = len(shots) // 2
        found: dict[tuple[int, bool], _Match] = {}
        for offset, part in ((0, shots[:half]), (half, shots[half:])):
            parts = _look_up(similarity, part, commentary, movie, settings)
            found |= {(shot + offset, flip): match for (shot, flip), match in parts.items()}
        return found
    matches = parse(said, movie=len(pads))
    return {(number // 2, number % 2 == 1): match for number, match in matches.items()}


def _ffmpeg(words: Sequence[str]) -> str:
    """Run FFmpeg; what it said.

    Raises:
        subprocess.CalledProcessError: It failed or crashed.
    """
    command = [str(find_ffmpeg().path), "-hide_banner", "-nostats", "-nostdin", *words]
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", check=True, timeout=_TIMEOUT_S
    )
    return done.stderr
