"""Colours of movies, gaps and slates come out as they went in."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from syncclip._ffmpeg import file_url, find_ffmpeg, run_ffmpeg
from tests.integration.test_rendering import render, segment

W, H = 160, 96
ORANGE, BLUE = (200, 60, 30), (30, 90, 200)

TO_709 = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
TAG_709 = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
TO_FULL = "scale=out_color_matrix=bt709:out_range=pc,format=yuv420p"
TO_2020 = "scale=out_color_matrix=bt2020:out_range=tv,format=yuv420p10le"
TAG_PQ = "setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc=smpte2084:range=tv"
TO_601 = "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p"

MOVIES = {  # name: (filters, encoder, matrix to read with, tags of the result)
    "hd": (f"{TO_709},{TAG_709}", "libx264", "bt709", (1, 1, 1, 1)),
    "full range": (f"{TO_FULL},setparams=colorspace=bt709:range=pc", "libx264", "bt709", (1, 2)),
    "unmarked": (f"{TO_601},setparams=colorspace=unknown", "mpeg4", "bt601", (2,)),
    "rgb": ("format=gbrp", "ffv1", "bt709", (1, 1)),
    "hdr": (f"{TO_2020},{TAG_PQ}", "libx264", "bt2020", (9, 1, 9, 16)),
}


def plain(path: Path, rgb: tuple[int, int, int], filters: str, encoder: str) -> Path:
    frame = np.full((H, W, 3), rgb, np.uint8).tobytes()
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", f"{W}x{H}"]
    raw += ["-framerate", "24", "-i", "pipe:0", "-vf", filters, "-c:v", encoder]
    quality = ["-q:v", "2"] if encoder == "mpeg4" else []
    args = [*raw, *quality, file_url(path)]
    run_ffmpeg(find_ffmpeg(), args, doing="clip", stdin=[frame] * 24)
    return path


def colour_at(path: Path, number: int, matrix: str) -> np.ndarray:
    """RGB in the middle of a frame, read as a player that knows the matrix reads it."""
    show = f"select=eq(n\\,{number}),scale=in_color_matrix={matrix},format=rgb24"
    command = [str(find_ffmpeg().path), "-v", "error", "-i", file_url(path), "-vf", show]
    command += ["-frames:v", "1", "-f", "rawvideo", "-"]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(data, np.uint8).reshape(H, W, 3)[H // 2, W // 2].astype(int)


@pytest.mark.parametrize("name", MOVIES)
def test_movie_and_gap_keep_their_colours_and_the_movie_its_tags(name, tmp_path):
    filters, encoder, matrix, tags = MOVIES[name]
    movie = plain(tmp_path / "movie.mkv", ORANGE, filters, encoder)
    talk = plain(tmp_path / "talk.mkv", BLUE, TO_601, "libx264")
    there = SimpleNamespace(movie=movie, commentary=talk)
    segments = (segment(0, 12, movie="movie.mp4", movie_start_s=0.0), segment(12, 24))
    report = render(there, tmp_path, segments, audio="none", crf=5)
    assert colour_at(report.output, 3, matrix) == pytest.approx(ORANGE, abs=5)
    assert colour_at(report.output, 18, matrix) == pytest.approx(BLUE, abs=5)
    with av.open(str(report.output)) as file:
        context = file.streams.video[0].codec_context
        found = (context.colorspace, context.color_range)
        found += (context.color_primaries, context.color_trc)
    assert tuple(found[: len(tags)]) == tags
    assert any("dynamic range" in note for note in report.notes) == (name == "hdr")
