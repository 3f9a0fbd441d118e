"""FFmpeg's signature filter: what it is asked and how its answer is read."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks.baselines import video_signature as module
from benchmarks.baselines.similarity import Similarity
from benchmarks.baselines.video_signature import RELAXED, Clip, parse, shrink, video_signature

SAID = """
[Parsed_signature_12 @ 0x7f] matching of video 0 at 1.375000 and 4 at 5.708000, 52 frames matching
[Parsed_signature_12 @ 0x7f] whole video matching
[Parsed_signature_12 @ 0x7f] matching of video 0 at 3.291667 and 1 at 0.250000, 10 frames matching
[Parsed_signature_12 @ 0x7f] no matching of video 2 and 4
[Parsed_signature_12 @ 0x7f] matching of video 3 at 0.500000 and 4 at 43.250000, 24 frames matching
"""
SIMILARITY = Similarity(
    movies=(),
    query_frames=np.array([0]),
    query_s=np.array([0.0]),
    frame_s=np.arange(200) / 25,
    cuts=np.array([100, 150], np.int64),
    content=np.array([0, 0, 640, 360]),
)
COMMENTARY = Clip(path=Path("case.mkv"), frame_rate=Fraction(25))
FILM = Clip(path=Path("film.mkv"), frame_rate=Fraction(24))


def test_only_matches_with_the_movie_are_read():
    found = parse(SAID, movie=4)
    assert sorted(found) == [0, 3]
    assert (found[0].shot_s, found[0].movie_s, found[0].frames) == (1.375, 5.708, 52)
    assert parse("[x] no matching of video 0 and 1", movie=1) == {}


def test_shot_is_claimed_whole_at_natural_speed(monkeypatch):
    said = SAID.replace(" 4 at", " 6 at")
    monkeypatch.setattr(module, "_ffmpeg", lambda words: said)
    found = video_signature(SIMILARITY, COMMENTARY, {"film.mp4": FILM}, RELAXED)
    # Inputs 0 and 1 are the first shot plain and mirrored, 2 and 3 the second, 6 the movie.
    assert [(p.start_frame, p.end_frame, p.mirrored) for p in found] == [
        (0, 100, False),
        (100, 150, True),
    ]
    assert found[0].movie_start_s == pytest.approx(5.708 - 1.375)
    assert found[1].movie_start_s == pytest.approx(42.75)
    assert found[1].speed == 1.0
    assert found[1].movie_end_s == pytest.approx(42.75 + 49 / 25)


def test_more_matching_frames_decide_between_movies(monkeypatch):
    def answer(words):
        frames, at_s = (60, 9.0) if "other.mkv" in " ".join(words) else (40, 3.0)
        return f"matching of video 0 at 0.0 and 6 at {at_s}, {frames} frames matching"

    monkeypatch.setattr(module, "_ffmpeg", answer)
    other = Clip(path=Path("other.mkv"), frame_rate=Fraction(25))
    found = video_signature(SIMILARITY, COMMENTARY, {"film.mp4": FILM, "o.mp4": other}, RELAXED)
    assert [(p.movie, p.movie_start_s) for p in found] == [("o.mp4", 9.0)]


def test_shots_come_first_at_the_movies_rate_and_the_movie_last(monkeypatch):
    asked: list[list[str]] = []
    monkeypatch.setattr(module, "_ffmpeg", lambda words: asked.append(list(words)) or "")
    video_signature(SIMILARITY, COMMENTARY, {"film.mp4": FILM}, RELAXED)
    words = asked[0]
    inputs = [Path(words[i + 1]).name for i, word in enumerate(words) if word == "-i"]
    assert inputs == ["case.mkv"] * 3 + ["film.mkv"]
    starts = [float(words[i + 1]) for i, word in enumerate(words) if word == "-ss"]
    assert starts == pytest.approx([0.0, 3.999, 5.999])
    graph = words[words.index("-filter_complex") + 1]
    assert graph.startswith("[0:v]fps=24,split[a0][s0];[a0]hflip[s1];")
    assert graph.endswith("[s5][3:v]signature=nb_inputs=7:detectmode=full" + RELAXED.options)


def test_crash_costs_only_the_shot_that_crashes(monkeypatch):
    def answer(words):
        starts = [float(words[i + 1]) for i, word in enumerate(words) if word == "-ss"]
        if 3.999 in starts:
            raise subprocess.CalledProcessError(-11, "ffmpeg")
        last = 2 * len(starts)
        return "\n".join(
            f"matching of video {2 * i} at 0.0 and {last} at {start + 20}, 9 frames matching"
            for i, start in enumerate(starts)
        )

    monkeypatch.setattr(module, "_ffmpeg", answer)
    found = video_signature(SIMILARITY, COMMENTARY, {"film.mp4": FILM}, RELAXED)
    assert [(p.start_frame, round(p.movie_start_s)) for p in found] == [(0, 20), (150, 26)]


def test_small_copy_is_made_once_without_bars(monkeypatch, tmp_path):
    asked: list[list[str]] = []

    def write(words):
        asked.append(list(words))
        Path(words[-1].removeprefix("file:")).write_bytes(b"copy")
        return ""

    monkeypatch.setattr(module, "_ffmpeg", write)
    for _ in range(2):
        clip = shrink(
            tmp_path / "a.mp4",
            tmp_path / "small" / "a.mkv",
            frame_rate=Fraction(25),
            content=[0, 40, 640, 280],
        )
    assert clip.path.read_bytes() == b"copy"
    assert len(asked) == 1
    filters = asked[0][asked[0].index("-vf") + 1]
    assert filters.startswith("crop=640:280:0:40,scale=320:180")
