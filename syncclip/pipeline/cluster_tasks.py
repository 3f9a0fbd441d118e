"""Tasks on a Ray cluster: anywhere on its machines, and elsewhere again where one is lost.

Every machine needs this version of SyncClip, and sees the files under the same names: a folder that
all of them mount, or addresses of a store (:mod:`syncclip.pipeline.storage`).
"""

from __future__ import annotations

import logging
import os
import platform
import signal
import socket
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Self

from syncclip._version import __version__
from syncclip.errors import MissingDependencyError, SyncClipError
from syncclip.pipeline.tasks import REPORT_EVERY_S, Failure, Reported, Task, attempt, throttled
from syncclip.pipeline.workers import one_blas_thread
from syncclip.progress import Progress

__all__ = ["RayTasks"]

RETRIES = 3
"""Times that a task is given to another machine: machines that are lent for less money are taken
away now and then, and a film that ends its process every time must not go round for ever."""

CONNECT_S = 10.0
"""Seconds in which a cluster answers, or does not."""

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is told to anybody
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # what a later Ray does, and this one warns of
}


class RayTasks:
    """Runs tasks on a cluster, one processor each.

    Args:
        address: Of the cluster: ``"HOST:6379"``, ``"ray://HOST:10001"``, or ``"auto"`` for the one
            that this machine belongs to.
        cards: Graphics cards that each task is given.
    """

    def __init__(self, address: str, *, cards: int = 0) -> None:
        self._address, self._cards = address, cards
        self._ray = _library()
        self._pending: dict[Any, int] = {}
        self._own = self._spoke = False

    def __enter__(self) -> Self:
        ray = self._ray
        with _quiet():
            if not ray.is_initialized():
                self._connect()
                self._own = True
                self._spoke = _may_print(ray, False)
            self._board = ray.remote(num_cpus=0, max_restarts=-1)(_Board).remote()
        return self

    def _connect(self) -> None:
        try:
            _see_that_it_answers(self._address)
            with _own_signals():
                self._ray.init(
                    address=self._address,
                    configure_logging=False,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                )
        except Exception as error:  # Ray has no one kind for it
            raise SyncClipError(
                f"no Ray cluster answers at {self._address}: {_first_line(error)}; start one with "
                "ray start --head --port=6379, and join machines with ray start --address=HOST:6379"
            ) from error

    def __exit__(self, *_: object) -> None:
        """Stop what is under way, as by Ctrl-C, and leave the cluster."""
        with _quiet(), suppress(Exception):  # the cluster itself may be what was lost
            for pending in self._pending:
                self._ray.cancel(pending)
            if self._pending:
                self._ray.wait([*self._pending], num_returns=len(self._pending), timeout=10)
            self._ray.kill(self._board)
        if self._own:
            with _quiet():
                self._ray.shutdown()
            _may_print(self._ray, self._spoke)

    def run(self, tasks: Sequence[Task], reported: Reported) -> Iterator[tuple[int, Any]]:
        """See :class:`syncclip.pipeline.tasks.TaskRunner`."""
        ray = self._ray
        with _quiet():
            do = ray.remote(num_cpus=1, num_gpus=self._cards, max_retries=RETRIES)(_attempt)
            for number, task in enumerate(tasks):
                self._pending[do.remote(task, __version__, self._board, number)] = number
        while self._pending:
            with _quiet():
                ended, _ = ray.wait([*self._pending], timeout=REPORT_EVERY_S)
                for number, progress in self._reports():
                    reported(number, progress)
            for future in ended:
                number = self._pending.pop(future)
                yield number, self._value(future)

    def _reports(self) -> list[tuple[int, Progress]]:
        """What tasks said since it was last asked; nothing where the board moves to a machine."""
        try:
            told: list[tuple[int, Progress]] = self._ray.get(self._board.taken.remote(), timeout=2)
        except self._ray.exceptions.RayError:
            return []
        return told

    def _value(self, future: Any) -> Any:  # noqa: ANN401 - what the task returned
        ray = self._ray
        with _quiet():
            try:
                return ray.get(future)
            except ray.exceptions.RayError as error:
                return Failure(
                    f"the cluster lost it {RETRIES + 1} times, or cannot send it: "
                    f"{_first_line(error)}; run again, or this file alone"
                )


class _Board:
    """Where tasks write how far they are; an actor of the cluster."""

    def __init__(self) -> None:
        self._told: dict[int, Progress] = {}

    def tell(self, number: int, progress: Progress) -> None:
        """Take a report."""
        self._told[number] = progress

    def taken(self) -> list[tuple[int, Progress]]:
        """The reports since the last time."""
        told, self._told = self._told, {}
        return [*told.items()]


def _attempt(task: Task, version: str, board: Any, number: int) -> Any:  # noqa: ANN401
    """Do a task on the machine that it was sent to."""
    if version != __version__:
        return Failure(
            f"a machine of the cluster ({platform.node()}) has SyncClip {__version__}, this "
            f"run has {version}; install the same version on all machines"
        )
    with one_blas_thread():
        return attempt(task, throttled(partial(_tell, board, number)))


def _tell(board: Any, number: int, progress: Progress) -> None:  # noqa: ANN401 - an actor
    with suppress(Exception):  # a board that is lost costs reports and nothing else
        board.tell.remote(number, progress)


def _library() -> Any:  # noqa: ANN401 - its types come with it, and it is optional
    os.environ.update({name: os.environ.get(name, value) for name, value in QUIET.items()})
    with _quiet():
        try:
            import ray
            import ray.exceptions
        except ImportError as error:
            raise MissingDependencyError("ray", extra="cluster") from error
    return ray


def _see_that_it_answers(address: str) -> None:
    """Ask for a connection before Ray does, which would try for minutes."""
    host, colon, port = address.removeprefix("ray://").strip("/").rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_S).close()


@contextmanager
def _own_signals() -> Iterator[None]:
    """Ray puts a handler of its own in the place of who decides how a run is stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


@contextmanager
def _quiet() -> Iterator[None]:
    """Ray's own warnings are about Ray's own code; they must not end a run that takes them ill."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _may_print(ray: Any, may: bool) -> bool:  # noqa: ANN401
    """Let Ray print what its machines say of lost ones, to stdout, in between a result; or not."""
    module = getattr(getattr(ray, "_private", None), "worker", None)
    before = bool(getattr(module, "_worker_logs_enabled", True))
    if module is not None:
        module._worker_logs_enabled = may
    return before


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
