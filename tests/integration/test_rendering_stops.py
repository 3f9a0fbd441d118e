"""Rendering that is stopped, that fails, and that is asked for the impossible."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest

from syncclip._ffmpeg import find_ffmpeg, run_ffmpeg
from syncclip.errors import FFmpegError, InputError, OutputError, ResultError, VideoError
from syncclip.progress import Progress
from syncclip.rendering.clock import result_clock
from syncclip.rendering.mux import EncodedPiece, join
from tests.integration.test_rendering import (
    RATE,
    SEGMENTS,
    SHOWN,
    clips,
    decoded,
    read_number,
    render,
    segment,
    times_of,
)

__all__ = ["clips"]


class Interrupt:
    """Progress that behaves like a Ctrl-C once a stage has got somewhere."""

    def __init__(self, stage: str, done: int) -> None:
        self.stage, self.done = stage, done

    def __call__(self, progress: Progress) -> None:
        if progress.stage == self.stage and progress.done >= self.done:
            raise KeyboardInterrupt


def files_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_an_interrupted_run_continues_with_its_finished_pieces(clips, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        render(clips, tmp_path, SEGMENTS, workers=1, on_progress=Interrupt("Cutting", 45))
    left = files_below(tmp_path)
    assert left
    assert all(name.startswith("piece-") and name.endswith(".mp4") for name in left)
    report = render(clips, tmp_path, SEGMENTS, workers=1)
    assert report.pieces_reused == len(left)
    assert [read_number(frame) for frame in decoded(report.output)] == SHOWN
    assert files_below(tmp_path) == ["out.mp4"]


def test_an_interrupted_writing_leaves_no_half_written_file(clips, tmp_path):
    finished = tmp_path / "out.mp4"
    finished.write_bytes(b"an earlier result")
    with pytest.raises(KeyboardInterrupt):
        render(clips, tmp_path, SEGMENTS, on_progress=Interrupt("Writing", 1))
    assert finished.read_bytes() == b"an earlier result"
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob(".*.part"))
    report = render(clips, tmp_path, SEGMENTS)
    assert report.pieces_reused == report.pieces
    assert len(decoded(finished)) == 72


def test_a_damaged_piece_of_an_earlier_run_is_made_anew(clips, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        render(clips, tmp_path, SEGMENTS, on_progress=Interrupt("Writing", 1))
    pieces = sorted((tmp_path / "work").glob("piece-*.mp4"))
    pieces[0].write_bytes(b"")
    pieces[1].write_bytes(pieces[1].read_bytes()[:700])
    report = render(clips, tmp_path, SEGMENTS)
    assert report.pieces_reused == report.pieces - 2
    assert [read_number(frame) for frame in decoded(report.output)] == SHOWN


def test_other_settings_do_not_reuse_pieces(clips, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        render(clips, tmp_path, SEGMENTS, on_progress=Interrupt("Writing", 1))
    assert render(clips, tmp_path, SEGMENTS, crf=30).pieces_reused == 0


_PROGRAM = """
import sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from types import SimpleNamespace
from tests.integration import test_rendering as t

def slowly(path):
    reader = t.open_video(path)
    class Slow:
        info = reader.info
        def frames(self, pts):
            for frame in reader.frames(pts):
                sys.stdout.write("frame\\n")
                sys.stdout.flush()
                time.sleep(0.2)
                yield frame
        def close(self):
            reader.close()
    return Slow()

clips = SimpleNamespace(movie=Path({movie!r}), commentary=Path({commentary!r}))
t.render(clips, Path({folder!r}), t.SEGMENTS, open_video=slowly)
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_killed_process_leaves_no_result_and_no_running_ffmpeg(clips, tmp_path, number):
    root = str(Path(__file__).parents[2])
    movie, talk, folder = str(clips.movie), str(clips.commentary), str(tmp_path)
    code = _PROGRAM.format(root=root, movie=movie, commentary=talk, folder=folder)
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        for _ in range(4):
            assert process.stdout.readline().startswith(b"frame")
        process.send_signal(number)
        process.wait(timeout=20)
    deadline = time.monotonic() + 10
    while _running_with(str(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _running_with(str(tmp_path))
    assert not (tmp_path / "out.mp4").exists()
    report = render(clips, tmp_path, SEGMENTS)
    assert [read_number(frame) for frame in decoded(report.output)] == SHOWN
    assert files_below(tmp_path) == ["out.mp4"]


def _running_with(text: str) -> list[str]:
    """Programs whose command line holds a text (Linux; elsewhere none are found)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if text in line and "ffmpeg" in line.split("\0")[0]:
            found.append(line)
    return found


# --- failures


needs_dev_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


@needs_dev_full
def test_a_full_disk_while_encoding_is_one_clear_line():
    args = ["-f", "lavfi", "-i", "testsrc=s=320x240:d=5", "-f", "rawvideo", "file:/dev/full"]
    with pytest.raises(OutputError, match="no space left") as caught:
        run_ffmpeg(find_ffmpeg(), args, doing="cutting")
    assert "\n" not in str(caught.value)


@needs_dev_full
def test_a_full_disk_while_joining_is_one_clear_line(clips):
    piece = EncodedPiece(clips.commentary, 72)
    clock = result_clock(times_of(clips.commentary), Fraction(RATE))
    with pytest.raises(OutputError, match="no space left") as caught:
        join(
            [piece],
            clock=clock,
            sound=None,
            output=Path("/dev/full"),
            container="matroska",
            on_frame=lambda _: None,
        )
    assert "\n" not in str(caught.value)
    assert clips.commentary.exists()


def test_a_failing_reader_stops_the_run_and_is_reported(clips, tmp_path):
    part = segment(0, 72, movie="movie.mp4", movie_start_s=0.0)
    broken = tmp_path / "broken.mp4"
    data = bytearray(clips.movie.read_bytes())
    start = data.index(b"mdat") + 4
    data[start + 200 : len(data) // 2] = bytes(len(data) // 2 - start - 200)
    broken.write_bytes(data)
    times = {"movie.mp4": times_of(clips.movie)}
    with pytest.raises(VideoError, match=r"broken\.mp4"):
        render(clips, tmp_path, (part,), movies={"movie.mp4": broken}, movie_times=times)
    assert not (tmp_path / "out.mp4").exists()


def test_the_commentary_itself_is_never_overwritten(clips, tmp_path):
    with pytest.raises(OutputError, match="one of the sources"):
        render(clips, tmp_path, SEGMENTS, output=clips.commentary)
    assert len(decoded(clips.commentary)) == 72


@pytest.mark.parametrize("name", ["out.avi", "folder.mp4", "file.txt/out.mp4"])
def test_an_output_that_cannot_be_is_refused_before_any_work(clips, tmp_path, name):
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "file.txt").write_text("x")
    with pytest.raises(OutputError) as caught:
        render(clips, tmp_path, SEGMENTS, output=tmp_path / name)
    assert str(tmp_path) in str(caught.value)
    assert not (tmp_path / "work").exists()


def test_another_commentary_is_refused(clips, tmp_path):
    with pytest.raises(InputError, match="72 frames"):
        render(clips, tmp_path, (segment(0, 50, movie="movie.mp4", movie_start_s=0.0),))


def test_a_movie_that_was_not_given_is_named(clips, tmp_path):
    part = segment(0, 72, movie="other.mp4", movie_start_s=0.0)
    with pytest.raises(ResultError, match=r"other\.mp4"):
        render(clips, tmp_path, (part,))


def test_no_ffmpeg_anywhere_says_how_to_install_it(clips, tmp_path, monkeypatch):
    monkeypatch.setattr("syncclip._ffmpeg.installed_ffmpegs", list)
    with pytest.raises(FFmpegError, match="pip install imageio-ffmpeg"):
        render(clips, tmp_path, SEGMENTS)


@pytest.mark.parametrize(
    "name",
    ["-dash first.mp4", 'it\'s "quoted".mp4', "new\nline.mp4", "电影 解说.mp4", "http:x,y;[z].mp4"],
)
def test_any_file_name_works(clips, tmp_path, name, monkeypatch):
    movie = tmp_path / name
    movie.write_bytes(clips.movie.read_bytes())
    talk = tmp_path / f"talk {name}"
    talk.write_bytes(clips.commentary.read_bytes())
    monkeypatch.chdir(tmp_path)
    there = replace_paths(clips, movie=Path(name), commentary=Path(f"talk {name}"))
    output = Path(f"out {name}") if not name.startswith("-") else Path("-out.mp4")
    report = render(there, Path(), SEGMENTS, output=output, audio="movie", gaps="slate")
    assert len(decoded(report.output)) == 72


def replace_paths(clips, **paths):
    return type(clips)(**{**vars(clips), **paths})
