"""What only real processes show: kills at any moment, full disks, two runs at once, memory."""

import os
import random
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from syncclip.index import open_index
from syncclip.types import FrameBlock
from tests.index_fakes import FakeReader, build

ROOT = Path(__file__).parents[2]
SCRIPT = """
import resource, sys
from pathlib import Path
from syncclip.errors import SyncClipError
from syncclip.index import journal
from tests.index_fakes import FakeReader, build
journal.CHUNK_FRAMES = 16
limit = int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

class Small(FakeReader):
    def thumbnails(self, **options):
        return super().thumbnails(**options | {"block": 8})

def begun(progress):
    print(progress.stage, flush=True)

try:
    build(Small(1600, damage={40: 3, 900: 2, 1599: 1}), Path(sys.argv[1]), on_progress=begun)
except SyncClipError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def start(output, *, limit=0):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(output), str(limit)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(output, **options):
    process = start(output, **options)
    _, said = process.communicate(timeout=120)
    return process.returncode, said


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    output = tmp_path_factory.mktemp("unbroken") / "film.idx"
    assert finish(output) == (0, "")
    return output.read_bytes()


def test_runs_killed_at_random_moments_end_in_the_same_bytes(tmp_path, unbroken):
    seeded = random.Random(4)
    output = tmp_path / "film.idx"
    kills = 0
    for _ in range(8):
        process = start(output)
        process.stdout.readline()
        time.sleep(seeded.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=120)
        kills += process.returncode == -signal.SIGKILL
        if output.exists():
            assert output.read_bytes() == unbroken
    assert kills >= 3
    assert finish(output) == (0, "")
    assert output.read_bytes() == unbroken
    assert [path.name for path in tmp_path.iterdir()] == ["film.idx"]


@pytest.mark.parametrize("limit", [50_000, 900_000, 923_000])
def test_a_disk_that_is_full_is_one_clear_line_and_the_run_can_go_on(tmp_path, unbroken, limit):
    output = tmp_path / "film.idx"
    output.write_bytes(b"the old index")
    code, said = finish(output, limit=limit)
    assert code == 1
    assert said.startswith(f"OutputError: cannot write {output}: File too large; check free space")
    assert said.count("\n") == 1
    assert output.read_bytes() == b"the old index"
    assert finish(output) == (0, "")
    assert output.read_bytes() == unbroken


def test_a_second_run_on_the_same_output_is_refused_and_does_the_first_no_harm(tmp_path, unbroken):
    output = tmp_path / "film.idx"
    first = start(output)
    first.stdout.readline()
    os.kill(first.pid, signal.SIGSTOP)
    try:
        code, said = finish(output)
    finally:
        os.kill(first.pid, signal.SIGCONT)
    assert code == 1
    assert "is being written by another run" in said
    first.communicate(timeout=120)
    assert first.returncode == 0
    assert output.read_bytes() == unbroken


class LongFilm(FakeReader):
    """Cheap frames without end."""

    def thumbnails(self, *, size, crop=None, from_pts=None, block=256, colour=None):
        grey = np.random.default_rng(0).integers(0, 256, (block, size[1], size[0]), dtype=np.uint8)
        for start_frame in range(0, self.frames, block):
            n = min(block, self.frames - start_frame)
            yield FrameBlock(500 + 1001 * np.arange(start_frame, start_frame + n), grey[:n].copy())


def peak_bytes(frames, output):
    tracemalloc.start()
    try:
        build(LongFilm(frames), output, detect_shots=lambda signatures: [])
        with open_index(output) as index:
            assert len(index.times) == frames
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_film(tmp_path):
    short = peak_bytes(20_000, tmp_path / "short.idx")
    long = peak_bytes(200_000, tmp_path / "long.idx")
    pictures = 180_000 * 32 * 18
    # What grows is the timestamps, some copies of 8 bytes a frame: a twentieth of the pictures.
    assert long - short < pictures / 10
