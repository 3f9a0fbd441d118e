"""``syncclip index``: read movies once."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncclip._addresses import is_stored
from syncclip.cli import options as o
from syncclip.cli.bars import progress_shown
from syncclip.cli.outcome import Exit
from syncclip.cli.output import one_line, out, out_json, print_table, tell_notes
from syncclip.config import INDEXES
from syncclip.encoders.models import DEFAULTS
from syncclip.errors import OutputError

if TYPE_CHECKING:
    from syncclip.pipeline import IndexedFilm, IndexManyOutcome, IndexOutcome

__all__ = ["index"]


def index(
    movies: Annotated[
        list[str],
        typer.Argument(
            metavar="MOVIE...",
            help="The movie's file. Or several; or a folder, of which all videos are taken, those "
            "in its folders too; or a list, LIST.csv, with the columns movie and output.",
            show_default=False,
        ),
    ],
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="Index file to write.  \\[default: <movie name>.idx in this folder] Of many "
            "movies, the folder for their indexes.  \\[default: indexes]",
            show_default=False,
        ),
    ] = None,
    encoder: o.Encoder = "auto",
    clip_model: o.ClipModel = None,
    captions: Annotated[
        bool,
        typer.Option(
            "--captions",
            help="Caption every shot with BLIP, for match to find scenes by; needs pip install "
            "'syncclip\\[models]'. Added to an index that is there.",
            rich_help_panel=o.MODELS,
        ),
    ] = False,
    blip_model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|PATH",
            help="BLIP model that captions: a name on the Hugging Face hub, or a folder.  "
            f"\\[default: {DEFAULTS['blip']}]",
            show_default=False,
            rich_help_panel=o.MODELS,
        ),
    ] = None,
    device: o.Device = "auto",
    force: o.Force = False,
    reader: o.Reader = "pyav",
    jobs: o.Jobs = None,
    cluster: o.Cluster = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Read movies once and write their indexes, which match searches.

    A run that was stopped continues where it was. An index that is already current is left alone.
    Of many movies, one that fails does not stop the others; the exit code is then 1.
    """
    import syncclip
    from syncclip.pipeline import is_many

    if output is not None and is_stored(output) and output.lower().endswith(".idx"):
        raise OutputError(
            f"{output} names one index; in a store, name the folder for it with -o: the index is "
            "called after its movie"
        )
    options: dict[str, Any] = {
        "encoder": encoder,
        "clip_model": clip_model,
        "captions": captions,
        "blip_model": blip_model,
        "device": device,
        "reader": reader,
        "force": force,
    }
    places = [*movies, *([] if output is None else [output])]
    if is_many(movies, places=places) or cluster is not None:
        with progress_shown(quiet=quiet) as on_progress:
            many = syncclip.index_movies(
                [o.place(movie) for movie in movies],
                str(INDEXES) if output is None else o.place(output),
                jobs=jobs,
                cluster=cluster,
                on_progress=on_progress,
                **options,
            )
        _tell_many(many, json=json)
        return
    with progress_shown(quiet=quiet) as on_progress:
        done = syncclip.index_movie(
            Path(movies[0]),
            None if output is None else Path(output),
            on_progress=on_progress,
            **options,
        )
    tell_notes(done.notes)
    if json:
        out_json(asdict(done))
        return
    size = f"{done.bytes / 1e6:.1f} MB for {done.frames} frames, {done.duration_s:.1f} s"
    how = f"written in {done.seconds:.1f} s" if done.built else "already current"
    out(f"{one_line(done.path)}: {how}, {size}; {_encoders(done)}")


def _encoders(done: IndexOutcome) -> str:
    """Which encoders ran, and why no other."""
    names = " and ".join(done.encoders)
    return f"encoded by {names} ({one_line(done.why)})" if done.built else f"encoded by {names}"


def _tell_many(done: IndexManyOutcome, *, json: bool) -> None:
    """Every film and what became of it; then exit code 1 where one failed."""
    for film in done.films:
        tell_notes(f"{Path(film.movie).name}: {note}" for note in film.notes)
    if json:
        out_json(asdict(done))
    else:
        names = o.short_names([film.movie for film in done.films])
        rows = [_film_row(*both) for both in zip(names, done.films, strict=True)]
        print_table(("movie", "index", "", ""), rows)
        counts = ", ".join(f"{done.count(s)} {words}" for s, words in ENDS.items())
        why = f"; encoded by builtin ({one_line(done.why)})" if done.why else ""
        out(f"{counts}; in {one_line(done.folder)}, {done.seconds:.1f} s{why}")
    if done.count("failed"):
        raise typer.Exit(Exit.FAILED)


ENDS = {"indexed": "indexed", "current": "already current", "failed": "failed"}


def _film_row(name: str, film: IndexedFilm) -> tuple[str, ...]:
    if film.status == "indexed":
        said = f"{film.bytes / 1e6:.1f} MB, {film.duration_s:.1f} s of film in {film.seconds:.1f} s"
        said = "; ".join(filter(None, (said, film.reason)))
    else:
        said = film.reason
    index = "-" if film.index is None else Path(film.index).name
    return (name, index, ENDS[film.status], said)
