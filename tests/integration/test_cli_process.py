"""The command as a process: speed of the help, signals, pipes that close."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HEAVY = ("numpy", "scipy", "faiss", "av", "jsonschema", "torch", "gradio", "decord")
FAKE_API = """
import sys, syncclip
def fake(*args, on_progress=None, **options):
    {body}
for name in ("index_movie", "match", "render", "describe"):
    setattr(syncclip, name, fake)
from syncclip.cli import main
main()
"""


def python(code: str, *args: str) -> list[str]:
    return [sys.executable, "-c", code, *args]


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom syncclip.cli import main\n"
        "try:\n    main()\nfinally:\n"
        f"    print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(python(code, "match", "--help"), capture_output=True, check=True)
    assert b"--no-time-jumps" in done.stdout
    assert done.stderr.decode().strip() == "[]"


def test_help_is_there_within_half_a_second_of_processor_time() -> None:
    before = os.times()
    subprocess.run([sys.executable, "-m", "syncclip", "--help"], capture_output=True, check=True)
    after = os.times()
    spent = (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )
    assert spent < 0.8  # half a second, and room for a slow machine


def test_the_version_is_the_package_version() -> None:
    import syncclip

    done = subprocess.run(
        [sys.executable, "-m", "syncclip", "--version"], capture_output=True, check=True, text=True
    )
    assert done.stdout == f"syncclip {syncclip.__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_can_be_shown(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "syncclip", "--show-completion", shell],
        capture_output=True,
        check=True,
        text=True,
        env=os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
    )
    assert "complete" in done.stdout.lower()


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_long_work_with_one_line(
    sent: signal.Signals, code: int, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    body = f"open({str(started)!r}, 'w').close(); import time; time.sleep(30)"
    with subprocess.Popen(
        python(FAKE_API.format(body=body), "index", "film.mp4"),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + 20
        while not started.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(sent)
        out, err = process.communicate(timeout=20)
    assert process.returncode == code
    assert out == ""
    assert err == "stopped: the same command goes on with what is finished\n"


def test_a_reader_that_went_away_leaves_no_traceback() -> None:
    body = "return {str(n): 'x' * 1000 for n in range(2000)}"
    with subprocess.Popen(
        python(FAKE_API.format(body=body), "info", "film.idx"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
    assert err == b""
    assert process.returncode == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no text")
def test_a_name_that_is_no_text_is_printed_and_not_stumbled_over() -> None:
    body = (
        "from types import SimpleNamespace as N; "
        "return N(video=args[0], frames=1, selfcheck=None, notes=())"
    )
    name = os.fsdecode(b"\xff.json")
    for extra in ((), ("--json",)):
        done = subprocess.run(
            python(FAKE_API.format(body=body), "render", name, *extra),
            capture_output=True,
            check=True,
        )
        assert b"\\udcff.json" in done.stdout


def test_a_terminal_gets_bars_with_rate_and_time_left() -> None:
    pty = pytest.importorskip("pty")
    body = (
        "from syncclip.progress import Progress as P; import time\n"
        "    for n in range(5): on_progress(P('Reading [red]film', n, 8, 'frames')); "
        "time.sleep(0.15)\n"
        "    return {'kind': 'index'}"
    )
    code = FAKE_API.format(body=body).replace(
        "from syncclip.cli import main",
        "from types import SimpleNamespace as N\n"
        "inner = fake\n"
        "def render(*a, **o):\n"
        "    inner(*a, **o); return N(video='v.mp4', frames=1, notes=())\n"
        "syncclip.render = render\n"
        "from syncclip.cli import main",
    )
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        python(code, "render", "r.json"),
        stderr=theirs,
        stdout=subprocess.PIPE,
        env=os.environ | {"COLUMNS": "120", "TERM": "xterm"},
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        shown += data
    os.close(ours)
    out, _ = process.communicate(timeout=20)
    assert out == b"v.mp4: 1 frames\n"
    assert b"Reading [red]film" in shown
    assert b"frames/s" in shown
