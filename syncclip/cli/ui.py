"""``syncclip ui``: the web app."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from syncclip.cli.output import out

__all__ = ["ui"]


def ui(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FOLDER]...",
            help="Folders that the app may read, write and serve, and no others. New files go to "
            "the first.  \\[default: this folder]",
            show_default=False,
        ),
    ] = None,
    *,
    host: Annotated[
        str,
        typer.Option(
            help="Address to listen at. Another than this machine's own, such as 0.0.0.0, needs "
            "--auth."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen at; 0 takes any that is free.")
    ] = 7866,
    auth: Annotated[
        str | None,
        typer.Option(
            metavar="USER:PASSWORD",
            envvar="SYNCCLIP_UI_AUTH",
            help="Ask browsers for these. Better set by the environment variable, as commands are "
            "seen by all users of a machine.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Serve the web app on this machine: index, match, review and search in a browser.

    Needs the optional part ui. Ctrl-C ends it; a job that runs is stopped and can go on.
    """
    from syncclip.ui.app import serve

    serve(folders or [Path()], host=host, port=port, auth=auth, on_ready=out)
