"""The search shared by processes: one result, any script, and a clean end when it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

import syncclip
from syncclip.errors import SyncClipError
from syncclip.pipeline import workers
from syncclip.progress import Progress
from syncclip.reports import to_json
from tests.edits import Cut, Film, write_commentary
from tests.processes import children, kill, left_of_session

FILM = Film(seed=1)
STARTS = FILM.starts()
CUTS = tuple(
    Cut(FILM, STARTS[shot] + 4, 56, mirrored=mirrored)
    for shot, mirrored in ((3, False), (1, True), (4, False), (0, False), (2, True))
)

COMMAND = """
import sys, syncclip
from syncclip.pipeline import workers
workers.WORTH_FRAMES = 1
inner = syncclip.match
def match(*args, on_progress=None, **options):
    def listen(progress):
        if progress.stage == {stage!r} and (progress.done >= progress.total) == {end!r}:
            open({mark!r}, "w").close()
    return inner(*args, on_progress=listen, **options)
syncclip.match = match
from syncclip.cli import main
main()
"""

SCRIPT = """
import sys
import syncclip.pipeline.workers
from syncclip import match
syncclip.pipeline.workers.WORTH_FRAMES = 1
print("begun")
done = match(sys.argv[1], sys.argv[2], output=sys.argv[3], workers=2)
print(len(done.result.segments))
"""


@dataclass(frozen=True)
class Job:
    index: Path
    commentary: Path


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = tmp_path_factory.mktemp("job")
    movie = FILM.write(folder / "movie.mp4")
    index = syncclip.index_movie(movie, folder / "movie.idx").path
    return Job(index, write_commentary(folder / "commentary.mp4", CUTS))


def test_the_result_does_not_depend_on_the_number_of_processes(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "WORTH_FRAMES", 1)
    documents = []
    for count in (1, 2):
        output = tmp_path / str(count)
        done = syncclip.match(job.commentary, job.index, output=output, workers=count)
        document = to_json(done.result)
        del document["timings_s"]
        documents.append(document)
    assert documents[0] == documents[1]
    assert documents[0]["quality_info"]["coverage"] > 0.9


def test_a_script_without_a_guarded_main_module_may_match_with_processes(
    job: Job, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), str(job.commentary), str(job.index), str(tmp_path / "o")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    begun, segments = done.stdout.splitlines()  # the processes run nothing of the script
    assert begun == "begun"
    assert int(segments) >= len(CUTS)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize(
    ("sent", "to_all", "late_s"),
    [
        (signal.SIGINT, True, None),
        (signal.SIGINT, False, None),
        (signal.SIGTERM, True, None),
        (signal.SIGTERM, False, None),
        (signal.SIGINT, True, 0.0),
        (signal.SIGTERM, True, 0.0),
        (signal.SIGINT, True, 0.3),
        (signal.SIGTERM, False, 0.3),
    ],
)
def test_a_search_that_is_stopped_ends_its_processes_and_says_one_line(
    job: Job, tmp_path: Path, sent: signal.Signals, to_all: bool, late_s: float | None
) -> None:
    mark, output = tmp_path / "mark", tmp_path / "out"
    # Stopped while the processes prove, or so long after all is ready for them to start.
    stage, end = ("Proving", False) if late_s is None else ("Voting", True)
    program = COMMAND.format(stage=stage, end=end, mark=str(mark))
    words = ("match", job.commentary, "-i", job.index, "-o", output, "--workers", "2", "--quiet")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", program, *map(str, words), "--no-render"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # No program that lists processes is at hand, as in small containers.
        env=os.environ | {"PATH": "", "TMPDIR": str(temporary)},
    ) as process:
        while not mark.exists() and process.poll() is None:
            time.sleep(0.005)
        assert process.poll() is None
        time.sleep(late_s or 0.0)
        (os.killpg if to_all else os.kill)(process.pid, sent)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 128 + sent
    assert out == ""
    assert err == "stopped: the same command goes on with what is finished\n"
    assert left_of_session(process.pid, within_s=8) == []
    assert list(temporary.iterdir()) == []
    left = [path.relative_to(output).parts for path in output.rglob("*") if path.is_file()]
    assert [parts[:2] for parts in left] == [("proceed", "logs")]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_search_that_is_killed_leaves_no_process(job: Job, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    program = COMMAND.format(stage="Proving", end=False, mark=str(mark))
    words = ("match", job.commentary, "-i", job.index, "-o", tmp_path / "out", "--workers", "2")
    with subprocess.Popen(
        [sys.executable, "-c", program, *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    ) as process:
        while not mark.exists() and process.poll() is None:
            time.sleep(0.005)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert left_of_session(process.pid, within_s=8) == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_process_that_the_system_ends_is_one_line(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "WORTH_FRAMES", 1)

    def lose(progress: Progress) -> None:
        if progress.stage == "Proving":
            kill(each.number for each in children(os.getpid()) if "popen_loky" in each.command)

    with pytest.raises(SyncClipError, match="memory runs out; run again with fewer --workers"):
        syncclip.match(job.commentary, job.index, output=tmp_path, workers=2, on_progress=lose)


def test_blas_takes_one_thread_while_the_search_runs_and_all_again_after_it() -> None:
    from threadpoolctl import threadpool_info

    def threads() -> list[int]:
        return [lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"]

    before = threads()
    with workers.one_blas_thread():
        assert set(threads()) == {1}
    assert threads() == before
