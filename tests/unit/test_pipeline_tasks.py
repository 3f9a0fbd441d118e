"""Tasks side by side: results, failures, processes that die, and how far all is."""

from __future__ import annotations

import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from syncclip.errors import SettingsError, SyncClipError, VideoError
from syncclip.pipeline.tasks import STOPPED, Failure, Overall, attempt, task_runner, throttled
from syncclip.progress import OnProgress, Progress


def double(number: int, on_progress: OnProgress) -> int:
    on_progress(Progress("Doubling", number, 10, "numbers"))
    return 2 * number


def fail(on_progress: OnProgress) -> None:
    raise VideoError("film.mp4 is no video; name another file")


def stumble(on_progress: OnProgress) -> None:
    raise ZeroDivisionError("division by zero")


def die(mark: Path, times: int, on_progress: OnProgress) -> str:
    """Be ended from outside the first ``times`` times."""
    with mark.open("a") as file:
        file.write("x")
    if len(mark.read_text()) <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def own_number(on_progress: OnProgress) -> int:
    return os.getpid()


def sleep_long(started: Path, ended: Path, on_progress: OnProgress) -> None:
    started.touch()
    try:
        time.sleep(60)
    finally:
        ended.touch()


def ignored(number: int, progress: Progress) -> None: ...


def test_tasks_give_results_and_failures_each_by_its_number() -> None:
    told: list[tuple[int, Progress]] = []
    tasks = [partial(double, 3), fail, stumble, partial(double, 4)]
    with task_runner(jobs=2) as runner:
        done = dict(runner.run(tasks, lambda *report: told.append(report)))
    assert (done[0], done[3]) == (6, 8)
    assert done[1] == Failure("film.mp4 is no video; name another file")
    assert done[2].reason.startswith("ZeroDivisionError: division by zero (a bug: ")
    assert (0, Progress("Doubling", 3, 10, "numbers")) in told


@pytest.mark.parametrize("times", [1, 2])
def test_a_process_that_dies_costs_its_own_task_a_second_try(tmp_path: Path, times: int) -> None:
    tasks = [partial(die, tmp_path / "mark", times), *(partial(double, n) for n in range(4))]
    with task_runner(jobs=2) as runner:
        done = dict(runner.run(tasks, ignored))
    assert [done[n] for n in range(1, 5)] == [0, 2, 4, 6]
    if times == 1:
        assert done[0] == "alive"
    else:
        assert "its process was ended from outside, twice" in done[0].reason


def test_a_process_that_was_ended_while_it_had_nothing_to_do_is_replaced() -> None:
    with task_runner(jobs=1) as runner:
        ((_, process),) = runner.run([own_number], ignored)
        os.kill(process, signal.SIGKILL)
        time.sleep(2)  # until its pool has seen it
        ((_, another),) = runner.run([own_number], ignored)
    assert isinstance(another, int)
    assert another != process


def test_tasks_under_way_are_interrupted_when_the_run_is_left(tmp_path: Path) -> None:
    started, ended = tmp_path / "started", tmp_path / "ended"
    tasks = [partial(sleep_long, started, ended), partial(double, 1)]

    class Enough(Exception): ...

    def leave() -> None:
        with task_runner(jobs=2) as runner:
            for _ in runner.run(tasks, ignored):
                while not started.exists():
                    time.sleep(0.01)
                raise Enough

    began = time.monotonic()
    with pytest.raises(Enough):
        leave()
    assert ended.exists()
    assert time.monotonic() - began < 20


def test_no_task_at_all_is_nothing_to_do() -> None:
    with task_runner(jobs=2) as runner:
        assert list(runner.run([], ignored)) == []


def test_less_than_one_task_at_a_time_is_refused() -> None:
    with pytest.raises(SettingsError, match="jobs must be at least 1, got 0"):
        task_runner(jobs=0)


def test_an_interrupt_in_a_task_is_a_stop_and_no_traceback() -> None:
    def interrupted(on_progress: OnProgress) -> None:
        raise KeyboardInterrupt

    assert attempt(interrupted, lambda _: None) is STOPPED


def test_reports_are_rare_within_a_stage_and_prompt_at_its_beginning() -> None:
    told: list[Progress] = []
    tell = throttled(told.append)
    for stage in ("Reading", "Cutting"):
        for number in range(1000):
            tell(Progress(stage, number, 1000, "frames"))
    assert [(report.stage, report.done) for report in told] == [("Reading", 0), ("Cutting", 0)]


def test_many_tasks_are_told_as_one_stage_that_never_goes_back() -> None:
    told: list[Progress] = []
    overall = Overall(
        "Indexing", 2, "films", shares={"Reading": (0.0, 0.5)}, on_progress=told.append
    )
    overall.reported(0, Progress("Reading", 50, 100, "frames"))
    overall.reported(0, Progress("Reading", 20, 100, "frames"))  # begun again elsewhere
    overall.reported(1, Progress("Waiting", 1, 2, "things"))
    overall.reported(1, Progress("Reading", 3, None, "frames"))
    overall.ended(1)
    overall.ended(0)
    assert [report.done for report in told] == [0, 0.25, 1.25, 2]
    assert {(report.stage, report.total, report.unit) for report in told} == {
        ("Indexing", 2, "films")
    }


def test_a_cluster_that_is_not_there_is_one_line() -> None:
    pytest.importorskip("ray")
    with pytest.raises(
        SyncClipError, match=r"no Ray cluster answers at 127\.0\.0\.1:1: "
    ) as raised:
        task_runner(jobs=1, cluster="127.0.0.1:1").__enter__()
    assert "\n" not in str(raised.value)
