"""The job that runs, if one does: begun, watched, stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import syncclip
from syncclip.errors import OutputError
from syncclip.progress import Progress
from syncclip.ui.access import Refusal

__all__ = ["Item", "Job", "Jobs", "State"]

STOP_S = 30.0
"""Longest that a stop takes before the process is ended: tasks under way are finished first."""
LAST_LINES = 5
"""Of what a process said before it ended for no reason of its own."""

TOGETHER = frozenset(("index", "match"))
"""Kinds whose items are worked on side by side."""

State = str
"""``"running"``, ``"stopping"``, ``"stopped"``, ``"failed"`` or ``"done"``."""


@dataclass(frozen=True, slots=True)
class Item:
    """One part of a job: a commentary to match, a movie to index."""

    name: str
    options: Mapping[str, Any]
    """What the pipeline is called with, as JSON can say it."""
    outcome: Mapping[str, Any] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """What is known of a job at a moment."""

    number: int
    kind: str
    """``"index"``, ``"match"``, ``"render"``, ``"export"`` or ``"search"``."""
    items: tuple[Item, ...]
    state: State = "running"
    at: int = 0
    """Position of the item that is worked on."""
    stages: Mapping[str, Progress] = field(default_factory=dict)
    """Of that item, in the order in which they began."""
    reports: Mapping[str, str] = field(default_factory=dict)
    """Files about all items together."""

    @property
    def active(self) -> bool:
        """Whether its process still runs."""
        return self.state in ("running", "stopping")

    @property
    def together(self) -> bool:
        """Whether it is about several items at a time."""
        return self.kind in TOGETHER and len(self.items) > 1

    @property
    def files(self) -> list[tuple[str, str, Path]]:
        """Files that it wrote: item, name and path of each."""
        return [
            (item.name, name, Path(path))
            for item in self.items
            for name, path in (item.outcome or {}).get("files", {}).items()
            if path is not None
        ]


class Jobs:
    """Runs one job at a time: each uses every core. What pages show of it is :attr:`latest`.

    Args:
        folder: In which the processes work.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._changed = threading.Condition()
        self._job: Job | None = None
        self._process: subprocess.Popen[str] | None = None

    @property
    def latest(self) -> Job | None:
        """The job that runs or ran last, as it is now."""
        return self._job

    def begin(self, kind: str, items: Sequence[Item]) -> Job:
        """Start a job.

        Raises:
            Refusal: Where another one runs.
            OutputError: Where no process can be started.
        """
        with self._changed:
            if self._job is not None and self._job.active:
                raise Refusal("refused.busy", "another job is running; wait for it, or cancel it")
            number = 1 if self._job is None else self._job.number + 1
            job = Job(number=number, kind=kind, items=tuple(items))
            try:
                process = _started(self._folder)
            except OSError as error:
                raise OutputError(
                    f"no process can be started: {error.strerror or error}"
                ) from error
            self._job, self._process = job, process
        said: deque[str] = deque(maxlen=LAST_LINES)
        errors = threading.Thread(target=_keep, args=(process, said), daemon=True)
        errors.start()
        threading.Thread(target=self._watch, args=(process, errors, said), daemon=True).start()
        task = {"kind": kind, "items": [dict(item.options) for item in items]}
        _send(process, json.dumps(task, default=str))
        return job

    def stop(self) -> None:
        """Stop the job that runs, as Ctrl-C does; it can be gone on with."""
        with self._changed:
            process = self._process
            if self._job is None or not self._job.active or process is None:
                return
            self._job = replace(self._job, state="stopping")
            self._changed.notify_all()
        _close(process)
        patience = threading.Timer(STOP_S, process.kill)
        patience.daemon = True
        patience.start()

    def wait(self, seen: Job | None, timeout_s: float) -> Job | None:
        """The job, once it is another than was seen or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._job is not seen, timeout_s)
            return self._job

    def close(self) -> None:
        """Stop what runs, and wait for it: nothing outlives the app."""
        self.stop()
        if self._process is not None:
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def _watch(
        self, process: subprocess.Popen[str], errors: threading.Thread, said: deque[str]
    ) -> None:
        """Follow a process to its end."""
        assert process.stdout is not None
        for line in process.stdout:
            try:
                self._take(json.loads(line))
            except (ValueError, LookupError, TypeError):  # a library's, or cut off with the process
                sys.stderr.write(f"not understood: {line}")
        process.wait()
        errors.join()
        _close(process)
        process.stdout.close()
        with self._changed:
            if self._job is not None:
                self._job = _ended(self._job, process.returncode, said)
                self._changed.notify_all()

    def _take(self, message: Mapping[str, Any]) -> None:
        with self._changed:
            if self._job is not None:
                self._job = _with(self._job, message)
                self._changed.notify_all()


def _with(job: Job, message: Mapping[str, Any]) -> Job:
    """The job after a message of its process."""
    if "progress" in message:
        progress = Progress(*message["progress"])
        return replace(job, stages={**job.stages, progress.stage: progress})
    if "begun" in message:
        return replace(job, at=message["begun"], stages={})
    if "reports" in message:
        return replace(job, reports=message["reports"])
    if "stopped" in message:
        return replace(job, state="stopping")
    at = message["done"] if "done" in message else message["failed"]
    told: dict[str, Any] = {"outcome": message.get("outcome"), "error": message.get("error")}
    items = [replace(item, **told) if n == at else item for n, item in enumerate(job.items)]
    return replace(job, items=tuple(items))


def _ended(job: Job, code: int, said: Sequence[str]) -> Job:
    """The job once its process is gone."""
    if all(item.outcome or item.error for item in job.items):
        return replace(job, state="failed" if any(i.error for i in job.items) else "done")
    if job.state == "stopping":
        return replace(job, state="stopped")
    reason = " ".join(said) or f"its process ended with code {code}"
    items = list(job.items)
    items[job.at] = replace(items[job.at], error=reason)
    return replace(job, state="failed", items=tuple(items))


def _started(folder: Path) -> subprocess.Popen[str]:
    """A process that waits for its job, out of the terminal's reach: only the app stops it."""
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return subprocess.Popen(
        # -P: modules are not looked for in the folder, where strangers' files may lie.
        [sys.executable, "-P", "-m", "syncclip.ui.work"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        cwd=folder,
        env=_environment(),
        **apart,
    )


def _environment() -> dict[str, str]:
    """The app's own, without network, and with the package where the app has it from."""
    found = [str(Path(syncclip.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONPATH": os.pathsep.join(filter(None, found)),
    }


def _send(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(line + "\n")
        process.stdin.flush()
    except OSError:
        return  # it ended already, which is seen there


def _close(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    try:
        process.stdin.close()
    except OSError:
        return


def _keep(process: subprocess.Popen[str], said: deque[str]) -> None:
    """Keep the last lines that a process says of errors, and pass all of them on."""
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            sys.stderr.write(line)
            said.append(line.strip())
