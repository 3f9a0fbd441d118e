"""``syncclip library``: the films that many commentaries are matched against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncclip.cli.bars import progress_shown
from syncclip.cli.options import Json, Quiet
from syncclip.cli.outcome import Exit, reported
from syncclip.cli.output import one_line, out, out_json, print_table, tell, tell_notes
from syncclip.config import INDEXES

if TYPE_CHECKING:
    from syncclip.pipeline.libraries import LibraryChange, LibraryFilm

__all__ = ["library"]

library = typer.Typer(
    help="A folder of indexes that many commentaries are matched against: what is in it, what "
    "comes and goes, whether it is sound.",
    no_args_is_help=True,
)

Folder = Annotated[
    Path,
    typer.Option("--library", "-l", metavar="FOLDER", help="The library's folder."),
]


def list_films(*, folder: Folder = INDEXES, json: Json = False, quiet: Quiet = False) -> None:
    """List the films of a library."""
    from syncclip.pipeline import libraries

    with progress_shown(quiet=quiet) as on_progress:
        films, notes = libraries.library_films(folder, on_progress=on_progress)
    tell_notes(notes)
    if json:
        out_json([_as_json(film) for film in films])
        return
    print_table(("film", "length", "picture", "index", "size", "tracks"), map(_row, films))


def add(
    indexes: Annotated[
        list[Path],
        typer.Argument(
            metavar="INDEX...", help="Index files, and folders of them.", show_default=False
        ),
    ],
    *,
    folder: Folder = INDEXES,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Copy index files into a library; films that are there already are passed over."""
    _take(indexes, folder, json=json, quiet=quiet)


def merge(
    others: Annotated[
        list[Path],
        typer.Argument(metavar="FOLDER...", help="Other libraries.", show_default=False),
    ],
    *,
    folder: Folder = INDEXES,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Copy the films of other libraries into this one; the others stay as they are."""
    _take(others, folder, json=json, quiet=quiet)


def _take(sources: Sequence[Path], folder: Path, *, json: bool, quiet: bool) -> None:
    from syncclip.pipeline import libraries

    with progress_shown(quiet=quiet) as on_progress:
        change = libraries.add_to_library(sources, folder, on_progress=on_progress)
    _told(change, verb="added", json=json)


def remove(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="FILM...",
            help="Films as 'library list' shows them, or their .idx files.",
            show_default=False,
        ),
    ],
    *,
    folder: Folder = INDEXES,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask before indexes are deleted.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Delete the indexes of films; the movies themselves are not touched."""
    from syncclip.pipeline import libraries

    if not yes and not _agreed(names, folder):
        tell("nothing was removed; --yes removes without asking")
        raise typer.Exit(Exit.FAILED)
    with progress_shown(quiet=quiet) as on_progress:
        change = libraries.remove_from_library(names, folder, on_progress=on_progress)
    _told(change, verb="removed", json=json)


def verify(
    *,
    folder: Folder = INDEXES,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Make the catalogue and the shortlist anew from the indexes, which stay as they "
            "are.",
        ),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read every byte of a library, and see whether its movies are where they were indexed.

    Ends with exit code 1 where an index or the library itself is damaged, or two files index the
    same movie.
    """
    from syncclip.pipeline import libraries

    with progress_shown(quiet=quiet) as on_progress:
        problems = libraries.verify_library(folder, repair=repair, on_progress=on_progress)
    if json:
        out_json([asdict(problem) for problem in problems])
    elif problems:
        print_table(
            ("file", "harm", "what"),
            [(p.file, "yes" if p.harmful else "no", p.reason) for p in problems],
        )
    else:
        out(f"{one_line(folder)}: all is well")
    if any(problem.harmful for problem in problems):
        raise typer.Exit(Exit.FAILED)


def stats(*, folder: Folder = INDEXES, json: Json = False, quiet: Quiet = False) -> None:
    """Say how many films a library holds, how long they are, and what they take."""
    from syncclip.pipeline import libraries

    with progress_shown(quiet=quiet) as on_progress:
        state = libraries.library_stats(folder, on_progress=on_progress)
    if json:
        out_json(asdict(state))
        return
    tell_notes(state.notes)
    tracks = ", ".join(f"{name} in {count}" for name, count in state.tracks.items())
    kind = "inverted file with product quantisation" if state.quantised else "exact"
    out(f"films       {state.films}, {state.duration_s / 3600:.1f} h")
    out(f"indexes     {state.index_bytes / 1e6:.1f} MB")
    out(f"tracks      {tracks or '-'}")
    out(f"shortlist   {state.shortlist_rows} rows, {state.shortlist_bytes / 1e6:.1f} MB, {kind}")


def _agreed(names: Sequence[str], folder: Path) -> bool:
    listed = ", ".join(map(one_line, names))
    try:
        return typer.confirm(f"Delete from {one_line(folder)} the indexes of {listed}?", err=True)
    except typer.Abort:  # nobody is there to answer
        return False


def _told(change: LibraryChange, *, verb: str, json: bool) -> None:
    """Say what changed; exit code 1 where a file could not be taken."""
    tell_notes(change.notes)
    if json:
        out_json(asdict(change))
    else:
        there = f", {len(change.unchanged)} were there already" if change.unchanged else ""
        out(f"{one_line(change.folder)}: {len(change.changed)} {verb}{there}; {change.films} films")
        for reason in change.failed.values():
            tell(f"error: {reason}")
    if change.failed:
        raise typer.Exit(Exit.FAILED)


def _row(film: LibraryFilm) -> tuple[str, ...]:
    from syncclip.pipeline.clock_text import length_text

    tracks = [*film.tracks, *(("captions",) if film.captions else ())]
    return (
        film.movie.name,
        length_text(film.movie.duration_s),
        f"{film.movie.width_px}x{film.movie.height_px}",
        film.file,
        f"{film.bytes / 1e6:.1f} MB",
        ", ".join(tracks),
    )


def _as_json(film: LibraryFilm) -> dict[str, Any]:
    movie = film.movie
    return {
        "movie": movie.name,
        "path": movie.path,
        "index": movie.index,
        "fingerprint": movie.fingerprint,
        "duration_s": movie.duration_s,
        "frame_rate": str(movie.frame_rate),
        "size_px": f"{movie.width_px}x{movie.height_px}",
        "bytes": film.bytes,
        "tracks": list(film.tracks),
        "captions": film.captions,
    }


library.command("list")(reported(list_films))
for command in (add, remove, verify, merge, stats):
    library.command()(reported(command))
