"""How a command ends: exit codes, and errors as one line each."""

from __future__ import annotations

import functools
import os
import re
import traceback
from collections.abc import Callable, Iterable
from enum import IntEnum
from pathlib import Path
from typing import ParamSpec

import typer

from syncclip.cli.output import StdoutClosed, tell
from syncclip.errors import InputError, SyncClipError

__all__ = ["Exit", "reported"]

DEBUG = "SYNCCLIP_DEBUG"
ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+):/+(.+)", re.IGNORECASE)
"""A path that was an address; one letter alone is a drive of Windows."""

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
            _refuse_addresses(kwargs.values())
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


def _refuse_addresses(values: Iterable[object]) -> None:
    """See that nobody gave an address where a path is taken: it would be one in this folder.

    Options that take both come as text. Paths have lost a slash of ``s3://`` by now.
    """
    for value in values:
        if isinstance(value, list):
            _refuse_addresses(value)
        elif isinstance(value, Path) and (found := ADDRESS.match(value.as_posix())):
            typed = f"{found[1]}://{'/' if found[1] == 'file' else ''}{found[2]}"
            raise InputError(f"{typed} is an address; name a file or folder of this machine here")


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
