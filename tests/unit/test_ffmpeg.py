"""Finding and running ffmpeg, with small scripts in its place."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncclip import _ffmpeg
from syncclip._ffmpeg import (
    FFmpeg,
    Stopped,
    ffmpeg_encoders,
    ffmpeg_version,
    file_url,
    find_ffmpeg,
    installed_ffmpegs,
    run_ffmpeg,
)
from syncclip.errors import FFmpegError, OutputError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="stands in with scripts")

Script = Callable[..., FFmpeg]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Makes a program out of Python lines."""

    def make(code: str, name: str = "ffmpeg") -> FFmpeg:
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!{sys.executable} -S\nimport os, sys, time\n{code}\n")
        path.chmod(0o755)
        return FFmpeg(path, "PATH")

    return make


ENCODERS = """print('''Encoders:
 V..... = Video
 ------
 V....D libx264              H.264
 A....D aac                  AAC''')"""


# --- finding


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SYNCCLIP_FFMPEG", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(_ffmpeg, "_bundled", lambda: None)


@pytest.mark.usefixtures("nothing_installed")
def test_without_any_program_the_message_says_how_to_install_one():
    with pytest.raises(FFmpegError, match="pip install imageio-ffmpeg") as caught:
        find_ffmpeg()
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("nothing_installed")
def test_path_comes_before_the_bundled_program(script, monkeypatch):
    monkeypatch.setattr(_ffmpeg, "_bundled", lambda: Path("/bundled/ffmpeg"))
    on_path = script(ENCODERS)
    assert [(p.path, p.origin) for p in installed_ffmpegs()] == [
        (on_path.path, "PATH"),
        (Path("/bundled/ffmpeg"), "imageio-ffmpeg"),
    ]


@pytest.mark.usefixtures("nothing_installed")
def test_a_program_without_the_encoder_gives_way_to_one_that_has_it(script, monkeypatch):
    script("print(' ------\\n V....D mpeg4 MPEG-4')")
    able = script(ENCODERS, name="bundled")
    with pytest.raises(FFmpegError, match="cannot encode with libx264"):
        find_ffmpeg(encoder="libx264")
    monkeypatch.setattr(_ffmpeg, "_bundled", lambda: able.path)
    assert find_ffmpeg(encoder="libx264") == FFmpeg(able.path, "imageio-ffmpeg")


def test_the_named_program_is_used_alone(script, monkeypatch):
    named = script(ENCODERS, name="my ffmpeg")
    monkeypatch.setenv("SYNCCLIP_FFMPEG", str(named.path))
    assert installed_ffmpegs() == [FFmpeg(named.path, "SYNCCLIP_FFMPEG")]


def test_a_named_program_that_is_none_is_an_error(monkeypatch):
    monkeypatch.setenv("SYNCCLIP_FFMPEG", "/nowhere/ffmpeg")
    with pytest.raises(FFmpegError, match="/nowhere/ffmpeg"):
        installed_ffmpegs()


def test_version_and_encoders_are_read_from_the_program(script):
    program = script("print('ffmpeg version 7.1-full Copyright')")
    assert ffmpeg_version(program) == "7.1-full"
    assert ffmpeg_encoders(script(ENCODERS)) == {"libx264", "aac"}


def test_a_program_that_does_not_run_is_named(script, tmp_path):
    broken = FFmpeg(tmp_path / "missing", "PATH")
    for call in (ffmpeg_version, ffmpeg_encoders):
        with pytest.raises(FFmpegError, match="missing does not run"):
            call(broken)
    with pytest.raises(FFmpegError, match="missing does not run"):
        run_ffmpeg(broken, [], doing="x")
    with pytest.raises(FFmpegError, match="does not run"):
        ffmpeg_version(script("sys.exit(3)"))


@pytest.mark.parametrize("name", ["-a.mp4", "http:b.mp4", "concat:a|b", "电影\n'x\".mp4"])
def test_file_names_are_taken_literally(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert file_url(name) == f"file:{tmp_path}/{name}"


# --- running


def test_all_bytes_arrive_even_at_a_program_that_talks_a_lot(script, tmp_path):
    """Both pipes are filled far beyond their buffers at once."""
    count = tmp_path / "count"
    program = script(
        f"total = 0\n"
        f"while chunk := sys.stdin.buffer.read(65536):\n"
        f"    total += len(chunk); sys.stderr.write('x' * 5000 + '\\n')\n"
        f"open({str(count)!r}, 'w').write(str(total))"
    )
    run_ffmpeg(program, [], doing="talking", stdin=(bytes(300_000) for _ in range(20)))
    assert count.read_text() == "6000000"


def test_a_failure_is_one_line_with_the_end_of_what_was_said(script):
    program = script("print('first\\n\\n  Unknown encoder  ', file=sys.stderr); sys.exit(1)")
    with pytest.raises(FFmpegError) as caught:
        run_ffmpeg(program, [], doing="encoding 'a.mp4'")
    assert str(caught.value) == ("encoding 'a.mp4' failed: ffmpeg said: first; Unknown encoder")


def test_a_silent_failure_gives_its_status(script):
    with pytest.raises(FFmpegError, match="status 7"):
        run_ffmpeg(script("sys.exit(7)"), [], doing="x")


def test_a_full_disk_is_an_output_error(script):
    program = script("print('av_write: No space left on device', file=sys.stderr); sys.exit(1)")
    with pytest.raises(OutputError, match="no space left"):
        run_ffmpeg(program, [], doing="encoding")


def test_a_program_that_ends_early_reports_its_own_reason(script):
    program = script("sys.stdin.close(); print('bad option', file=sys.stderr); sys.exit(2)")
    with pytest.raises(FFmpegError, match="bad option"):
        run_ffmpeg(program, [], doing="x", stdin=(bytes(100_000) for _ in range(50)))


def test_an_error_while_making_frames_ends_the_program(script, tmp_path):
    pid = tmp_path / "pid"
    program = script(f"open({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)")

    def frames() -> Iterator[bytes]:
        while not (pid.exists() and pid.read_text()):
            time.sleep(0.01)
        raise KeyboardInterrupt
        yield b""

    with pytest.raises(KeyboardInterrupt):
        run_ffmpeg(program, [], doing="x", stdin=frames())
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_the_stop_event_ends_a_waiting_run_soon(script):
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(Stopped):
        run_ffmpeg(script("time.sleep(60)"), [], doing="x", stop=stop)
    assert time.monotonic() - begun < 10
