"""``syncclip match``: find a commentary's shots and rebuild it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from syncclip.cli import options as o
from syncclip.cli.bars import progress_shown
from syncclip.cli.checked import selfcheck_json
from syncclip.cli.outcome import Exit
from syncclip.cli.output import columns, one_line, out, out_json, print_table, tell_notes
from syncclip.config import MatchConfig, RenderConfig

if TYPE_CHECKING:
    from syncclip.pipeline import BatchOutcome, MatchOutcome
    from syncclip.reports import BatchEntry

__all__ = ["match"]

MATCHING = MatchConfig()
RENDERING = o.DEFAULTS
WORDS = "Words"


def match(
    commentaries: Annotated[
        list[str],
        typer.Argument(
            metavar="COMMENTARY...",
            help="The commentary's file, or an https address to download it from once. Or several; "
            "or a folder, of which all videos are taken, those in its folders too; or a list, "
            "LIST.csv, with the column commentary and, as wanted, output, index, language, "
            "subtitles.",
            show_default=False,
        ),
    ],
    *,
    index: Annotated[
        list[str] | None,
        typer.Option(
            "--index",
            "-i",
            metavar="PATH",
            help="An .idx file, or a folder of them. Repeat for several. Only a list that names "
            "an index in every row goes without.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="Folder for the results.  \\[default: <commentary name>_synced in this folder] Of "
            "many commentaries, the folder in which each gets such a folder.",
            show_default=False,
        ),
    ] = None,
    threshold: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Likeness (0 to 1) from which a place counts as found; relaxed up to "
            f"{MATCHING.relaxations} times, and said so, when nothing passes.",
        ),
    ] = MATCHING.threshold,
    frame_interval: Annotated[
        float,
        typer.Option(
            min=0.01, help="Seconds between the frames of the commentary that are looked up."
        ),
    ] = MATCHING.frame_interval_s,
    shortlist: Annotated[
        Literal["auto", "always", "never"],
        typer.Option(
            help="Find first the few films of a folder in which it is worth to look: where there "
            "are more than about two hours and a half (auto), always, or never: compare all films "
            "frame by frame."
        ),
    ] = MATCHING.shortlist,
    no_time_jumps: Annotated[
        bool,
        typer.Option(
            "--no-time-jumps", help="The commentary never goes back in the movie: forbid it."
        ),
    ] = False,
    no_render: Annotated[
        bool, typer.Option("--no-render", help="Write the reports only, no finished video.")
    ] = False,
    transcribe: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Write down what is spoken, by Whisper: tiny, base, small, medium, large, turbo, "
            "or the path of a checkpoint. Needs pip install 'syncclip\\[transcribe]'.",
            show_default=False,
            rich_help_panel=WORDS,
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            help="Language that is spoken, as a code (en, de, ja) or in English.  "
            "\\[default: told from the sound]",
            show_default=False,
            rich_help_panel=WORDS,
        ),
    ] = None,
    subtitles: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH",
            help="A movie's subtitles (.srt, .vtt, .ass), or their address in a store: where its "
            "dialogue is heard, the lines name the place. Of several movies, called as the movie "
            "is. Repeat for several.",
            show_default=False,
            rich_help_panel=WORDS,
        ),
    ] = None,
    encoder: o.Encoder = "auto",
    clip_model: o.ClipModel = None,
    blip_model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|PATH",
            help="BLIP model of the movies' captions, where it is not called or does not lie as "
            "the index says: a name on the Hugging Face hub, or a folder.  "
            "\\[default: the index's]",
            show_default=False,
            rich_help_panel=o.MODELS,
        ),
    ] = None,
    device: o.Device = "auto",
    timelines: Annotated[
        str | None,
        typer.Option(
            help="Timelines for editing programs to write beside the reports, with commas between "
            f"them: {o.FORMATS}.",
            show_default=False,
        ),
    ] = None,
    forget_corrections: Annotated[
        bool,
        typer.Option(
            "--forget-corrections",
            help="With --force: do not keep what was corrected in the result that is replaced.",
        ),
    ] = False,
    movie: o.MatchMovies = None,
    no_sheet: o.NoSheet = False,
    audio: o.Audio = RENDERING.audio,
    gaps: o.Gaps = RENDERING.gaps,
    framing: o.Framing = RENDERING.framing,
    retime: o.Retime = RENDERING.retime,
    transition: o.Transition = RENDERING.transition,
    workers: o.MatchWorkers = None,
    crf: o.Crf = RENDERING.crf,
    preset: o.Preset = RENDERING.preset,
    reader: o.Reader = "pyav",
    force: o.Force = False,
    jobs: o.Jobs = None,
    cluster: o.Cluster = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Find every shot of a commentary in the indexed movies, and rebuild it from them.

    Leaves the finished video and the reports in the output folder, under proceed/. Of many
    commentaries, one that fails does not stop the others; the exit code is then 1. A report over
    all of them, batch_report.txt, says what they take from which movie.
    """
    import syncclip
    from syncclip.pipeline import is_many

    places = [*(index or ()), *(movie or ()), *(subtitles or ())]
    places += [] if output is None else [output]
    many = is_many(commentaries, places=places) or cluster is not None
    if not index and not many:
        raise typer.BadParameter("name an .idx file, or a folder of them", param_hint="--index")

    matching = MatchConfig(
        threshold=threshold,
        frame_interval_s=frame_interval,
        time_jumps=not no_time_jumps,
        shortlist=shortlist,
        encoder=encoder,
        clip_model=clip_model,
        blip_model=blip_model,
        transcribe=transcribe,
        language=language,
        subtitles=tuple(o.place(name) for name in subtitles or ()),
    )
    rendering = RenderConfig(
        audio=audio,
        gaps=gaps,
        framing=framing,
        retime=retime,
        transition=transition,
        workers=workers or RENDERING.workers,
        crf=crf,
        preset=preset,
    )
    options: dict[str, Any] = {
        "config": matching,
        "render": None if no_render else rendering,
        "movies": [o.place(name) for name in movie] if movie else (),
        "sheet": not no_sheet,
        "keep_corrections": not forget_corrections,
        "timelines": o.listed(timelines or ""),
        "reader": reader,
        "workers": workers,
        "device": device,
        "force": force,
    }
    indexes = [o.place(name) for name in index or ()]
    folder = None if output is None else o.place(output)
    if many:
        with progress_shown(quiet=quiet) as on_progress:
            batch = syncclip.match_many(
                [o.place(name) for name in commentaries],
                indexes,
                output=folder,
                jobs=jobs,
                cluster=cluster,
                on_progress=on_progress,
                **options,
            )
        _tell_batch(batch, json=json)
        return
    with progress_shown(quiet=quiet) as on_progress:
        done = syncclip.match(
            commentaries[0], indexes, output=folder, on_progress=on_progress, **options
        )
    tell_notes(done.notes)
    if json:
        out_json(_as_json(done))
    else:
        out(_as_text(done))


ENDS = {"matched": "matched", "standing": "already matched", "failed": "failed"}


def _tell_batch(batch: BatchOutcome, *, json: bool) -> None:
    """Every commentary and what became of it; then exit code 1 where one failed."""
    from syncclip.reports import batch_to_json

    for entry in batch.entries:
        tell_notes(f"{Path(entry.commentary).name}: {note}" for note in entry.notes)
    if json:
        document = batch_to_json(batch.entries, batch.library)
        out_json({**document, "files": dict(batch.files), "seconds": batch.seconds})
    else:
        names = o.short_names([entry.commentary for entry in batch.entries])
        rows = [_batch_row(*both) for both in zip(names, batch.entries, strict=True)]
        print_table(("commentary", "", "found", ""), rows)
        counts = ", ".join(f"{batch.count(s)} {words}" for s, words in ENDS.items())
        out(f"{counts}; {batch.seconds:.1f} s\n" + columns(batch.files.items()))
    if batch.count("failed"):
        raise typer.Exit(Exit.FAILED)


def _batch_row(name: str, entry: BatchEntry) -> tuple[str, ...]:
    from syncclip.reports import quality_info

    if entry.result is None:
        return (name, ENDS[entry.status], "-", entry.reason)
    found = f"{quality_info(entry.result).coverage:.1%}"
    return (name, ENDS[entry.status], found, str(entry.folder))


def _as_json(done: MatchOutcome) -> dict[str, Any]:
    from syncclip.reports import to_json

    document = to_json(done.result)
    return {
        "folder": done.folder,
        "files": dict(done.files),
        "quality_info": document["quality_info"],
        "time_jump_stats": document["time_jump_stats"],
        "segments": len(done.result.segments),
        "selfcheck": selfcheck_json(done.selfcheck),
        "notes": list(done.notes),
    }


def _as_text(done: MatchOutcome) -> str:
    from syncclip.reports import percent, quality_info

    quality = quality_info(done.result)
    tiers = ", ".join(f"{n} {tier.value}" for tier, n in quality.tiers.items() if n)
    name = one_line(Path(done.result.commentary).name)
    found = (
        f"found {quality.coverage:.1%} of {name} ({quality.matched_s:.1f} s of "
        f"{quality.matched_s + quality.unmatched_s:.1f} s), mean confidence "
        f"{percent(quality.confidence / 100)}"
    )
    return f"{found}\nsegments: {tiers}\n\n" + columns(done.files.items())
