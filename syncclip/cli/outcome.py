"""How a command ends: exit codes, and errors as one line each."""

from __future__ import annotations

import functools
import os
import traceback
from collections.abc import Callable
from enum import IntEnum
from typing import ParamSpec

import typer

from syncclip.cli.output import StdoutClosed, tell
from syncclip.errors import SyncClipError

__all__ = ["Exit", "reported"]

DEBUG = "SYNCCLIP_DEBUG"

P = ParamSpec("P")


class Exit(IntEnum):
    """What the exit codes mean."""

    OK = 0
    FAILED = 1
    """An error, said in one line; or a check of doctor or demo that did not pass."""
    USAGE = 2
    STOPPED = 130
    """Ctrl-C."""
    TERMINATED = 143
    """A termination signal."""


def reported(command: Callable[P, None]) -> Callable[P, None]:
    """The command, with everything that can end it turned into a line and an exit code."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (SyncClipError, KeyboardInterrupt, StdoutClosed) as error:
            _trace()
            raise typer.Exit(_told(error)) from None
        except (typer.Exit, typer.BadParameter):
            raise
        except Exception as error:
            _trace()
            tell(f"error: {type(error).__name__}: {error} (a bug: {DEBUG}=1 shows where)")
            raise typer.Exit(Exit.FAILED) from None

    return run


def _told(error: BaseException) -> Exit:
    if isinstance(error, KeyboardInterrupt):
        tell("stopped: the same command goes on with what is finished")
        return Exit.STOPPED
    if isinstance(error, SyncClipError):
        tell(f"error: {error}")
    return Exit.FAILED


def _trace() -> None:
    if os.environ.get(DEBUG, "") not in ("", "0"):
        traceback.print_exc()
