"""The commands put together, and the way in from a shell."""

from __future__ import annotations

import signal
import sys
from typing import Annotated, NoReturn

import typer

from syncclip._version import __version__
from syncclip.cli.demo import demo
from syncclip.cli.doctor import doctor
from syncclip.cli.export import export
from syncclip.cli.index import index
from syncclip.cli.info import info
from syncclip.cli.library import library
from syncclip.cli.match import match
from syncclip.cli.models import models
from syncclip.cli.outcome import Exit, reported
from syncclip.cli.output import abandon_stdout, out, tell
from syncclip.cli.render import render
from syncclip.cli.review import review
from syncclip.cli.search import search
from syncclip.cli.ui import ui

__all__ = ["app", "main"]

app = typer.Typer(
    name="syncclip",
    help="Find every shot of a film commentary in the movie it was cut from, to the frame, and "
    "rebuild the edit from the original.",
    epilog="Start with: syncclip demo. A file name that starts with a dash is written ./-name or "
    "after --. Set SYNCCLIP_DEBUG=1 to see the traceback of an error.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (index, match, render, export, search, ui, info, demo, doctor):
    app.command()(reported(command))
app.add_typer(library, name="library")
app.add_typer(models, name="models")
app.add_typer(review, name="review")


def _print_version(wanted: bool) -> None:
    if wanted:
        out(f"syncclip {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and stop.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass


def main() -> NoReturn:
    """Run the command line of this process and end it with an exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a file name may hold what the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except KeyboardInterrupt:
        code: object = Exit.STOPPED
    except SystemExit as stop:
        code = stop.code
    sys.exit(_flushed(code))


def _terminated(*_: object) -> NoReturn:
    """End like Ctrl-C does: programs that were started end too, nothing is half-written."""
    tell("stopped: the same command goes on with what is finished")
    sys.exit(Exit.TERMINATED)


def _flushed(code: object) -> int:
    """Send what is left to stdout, whose reader may have gone, before Python does it and fails."""
    number = code if isinstance(code, int) else Exit.OK if code is None else Exit.FAILED
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        abandon_stdout()
        return number or Exit.FAILED
    return number
