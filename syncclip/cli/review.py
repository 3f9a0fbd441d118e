"""``syncclip review``: correct a result, segment by segment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncclip.cli import options as o
from syncclip.cli.bars import progress_shown
from syncclip.cli.outcome import reported
from syncclip.cli.output import columns, one_line, out, out_json, print_table

if TYPE_CHECKING:
    from syncclip.pipeline import Review
    from syncclip.result import Correction, MatchResult, PastCorrection, Segment

__all__ = ["review"]

review = typer.Typer(
    name="review",
    help="Correct a result: accept, reject, swap, nudge or set the place of a segment. Changes are "
    "saved at once, can be undone, and are kept when the commentary is matched again. Render or "
    "export afterwards.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Number = Annotated[
    int, typer.Argument(metavar="SEGMENT", min=1, help="Number of the segment.", show_default=False)
]
Numbers = Annotated[
    list[int],
    typer.Argument(
        metavar="SEGMENT...", min=1, help="Numbers of the segments.", show_default=False
    ),
]


@review.callback()
@reported
def _result(
    context: typer.Context,
    result: o.Result,
) -> None:
    context.obj = result


def _review(context: typer.Context) -> Review:
    import syncclip

    return syncclip.Review(context.obj)


def accept(context: typer.Context, segments: Numbers, *, json: o.Json = False) -> None:
    """Say that segments are right as they stand, in their place or in no movie."""
    with _changes_printed(context, segments, json=json) as review:
        review.accept(*segments)


def reject(context: typer.Context, segments: Numbers, *, json: o.Json = False) -> None:
    """Say that the places of segments are wrong: they become stretches of no movie."""
    with _changes_printed(context, segments, json=json) as review:
        review.reject(*segments)


def swap(
    context: typer.Context,
    segment: Number,
    *,
    to: Annotated[
        int,
        typer.Option(
            min=1, help="Number of the alternative, as match_report.txt lists them: 1 is the first."
        ),
    ] = 1,
    json: o.Json = False,
) -> None:
    """Take another place for a segment; the place it had becomes that alternative."""
    with _changes_printed(context, [segment], json=json) as review:
        review.swap(segment, to=to)


def nudge(
    context: typer.Context,
    segment: Number,
    *,
    in_: Annotated[
        int, typer.Option("--in", help="Commentary frames by which it starts later (-: earlier).")
    ] = 0,
    out_: Annotated[
        int, typer.Option("--out", help="Commentary frames by which it ends later (-: earlier).")
    ] = 0,
    slip: Annotated[
        int, typer.Option(help="Movie frames by which its source is later (-: earlier).")
    ] = 0,
    json: o.Json = False,
) -> None:
    """Move a segment's edges or its source by frames; its neighbours give or take the frames."""
    with _changes_printed(context, [segment], json=json) as review:
        review.nudge(segment, in_frames=in_, out_frames=out_, slip_frames=slip)


def set_(
    context: typer.Context,
    segment: Number,
    *,
    movie: Annotated[
        str, typer.Option(help="Name of the movie, one that was searched.", show_default=False)
    ],
    start: Annotated[
        str,
        typer.Option(
            help="Where in the movie the segment starts: seconds, or h:mm:ss.mmm.",
            show_default=False,
        ),
    ],
    speed: Annotated[
        float, typer.Option(min=0.0, help="Movie seconds per commentary second; 0: freeze frame.")
    ] = 1.0,
    mirrored: Annotated[
        bool, typer.Option("--mirrored", help="The commentary flips the movie left to right.")
    ] = False,
    crop: Annotated[
        str | None,
        typer.Option(
            help="Part of the movie's picture that is shown: x,y,width,height as fractions.  "
            "\\[default: all of it]",
            show_default=False,
        ),
    ] = None,
    json: o.Json = False,
) -> None:
    """Give a segment a place that you found yourself."""
    from syncclip.types import FULL_FRAME

    start_s, part = _seconds(start), FULL_FRAME if crop is None else _rect(crop)
    with _changes_printed(context, [segment], json=json) as review:
        review.set(segment, movie=movie, start_s=start_s, speed=speed, mirrored=mirrored, crop=part)


def undo(context: typer.Context, *, json: o.Json = False) -> None:
    """Take the last correction back; repeat for the one before."""
    review = _review(context)
    before = review.result()
    last = review.undo()
    changed = _changed(before, review.result())
    if json:
        fact = {"action": last.action.value, "segment": last.segment, "made": last.made}
        out_json({**fact, "segments": _as_json(changed)})
        return
    out(f"undone: {last.action.value} of segment {last.segment}")
    _print_segments(changed, json=False)


def list_(
    context: typer.Context,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="List every segment, not only those to look at.")
    ] = False,
    history: Annotated[
        bool, typer.Option("--history", help="List the corrections that were made instead.")
    ] = False,
    json: o.Json = False,
) -> None:
    """List the segments that want a look, and those that were corrected."""
    result = _review(context).result()
    if history:
        _print_history(result, json=json)
        return
    chosen = [
        (number, segment)
        for number, segment in enumerate(result.segments, start=1)
        if every or segment.corrected or segment.tier.value in ("review", "unmatched")
    ]
    _print_segments(chosen, json=json)


def truth(
    context: typer.Context,
    *,
    output: Annotated[
        Path,
        typer.Option("--out", "--output", "-o", help="Folder for truth.json and truth.npz."),
    ] = Path("truth"),
    movie: o.Movies = None,
    reader: o.Reader = "pyav",
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Write what was confirmed as truth that the benchmark scores results against."""
    with progress_shown(quiet=quiet) as on_progress:
        done = _review(context).truth(
            output, movies=movie or (), reader=reader, on_progress=on_progress
        )
    if json:
        out_json({"files": list(done.files), "confirmed_frames": done.confirmed_frames,
                  "frames": done.frames})  # fmt: skip
    else:
        out(f"{done.confirmed_frames} of {done.frames} frames are confirmed")
        out(columns([("truth", path) for path in done.files]))


for name, command in (
    ("list", list_),
    ("accept", accept),
    ("reject", reject),
    ("swap", swap),
    ("nudge", nudge),
    ("set", set_),
    ("undo", undo),
    ("truth", truth),
):
    review.command(name)(reported(command))


def _seconds(text: str) -> float:
    """Seconds, or hours, minutes and seconds with colons."""
    from syncclip.pipeline.clock_text import typed_seconds

    seconds = typed_seconds(text)
    if seconds is None:
        raise typer.BadParameter(f"{text!r} is no time: give seconds or h:mm:ss.mmm")
    return seconds


def _rect(text: str) -> Any:  # noqa: ANN401 - imported inside
    from syncclip.types import Rect

    try:
        return Rect.parse(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no x,y,width,height within 0 and 1") from error


@contextmanager
def _changes_printed(
    context: typer.Context, named: Sequence[int], *, json: bool
) -> Iterator[Review]:
    """A review to change the result by; then the segments named, and all that changed with them."""
    review = _review(context)
    before = review.result()
    yield review
    _print_segments(_changed(before, review.result(), named), json=json)


def _changed(
    before: MatchResult, after: MatchResult, named: Sequence[int] = ()
) -> list[tuple[int, Segment]]:
    """Segments that are others than before, and those that were named, with their numbers."""
    same = set(before.segments)
    numbered = enumerate(after.segments, start=1)
    return [(n, segment) for n, segment in numbered if n in named or segment not in same]


def _as_json(segments: Sequence[tuple[int, Segment]]) -> list[dict[str, Any]]:
    from syncclip.reports import segment_to_json

    return [{"segment": number, **segment_to_json(segment)} for number, segment in segments]


def _print_segments(segments: Sequence[tuple[int, Segment]], *, json: bool) -> None:
    if json:
        out_json(_as_json(segments))
        return
    rows = [_row(number, segment) for number, segment in segments]
    print_table(("#", "commentary", "frames", "movie", "from", "speed", "tier", "by hand"), rows)


def _row(number: int, segment: Segment) -> tuple[str, ...]:
    where = (
        str(number),
        f"{segment.start_s:.2f} - {segment.end_s:.2f} s",
        f"{segment.start_frame} - {segment.end_frame}",
    )
    done = segment.corrected.value if segment.corrected else ""
    if segment.movie is None or segment.movie_start_s is None:
        return (*where, "in no movie", "", "", segment.tier.value, done)
    return (
        *where,
        one_line(segment.movie),
        f"{segment.movie_start_s:.3f} s",
        f"{segment.speed:.4g}x",
        segment.tier.value,
        done,
    )


def _print_history(result: MatchResult, *, json: bool) -> None:
    facts = [_past_fact(past) for past in result.past_corrections]
    facts += [_fact(correction) for correction in result.corrections]
    if json:
        out_json(facts)
        return
    rows = [
        (
            fact["made"],
            fact["action"],
            str(fact["segment"]),
            f"{fact['frames'][0]} - {fact['frames'][1]}",
            "undone" if fact["undone"] else "",
            "an earlier match" if fact["past"] else "",
        )
        for fact in facts
    ]
    print_table(("made", "action", "segment", "frames", "", "in"), rows)


def _fact(correction: Correction) -> dict[str, Any]:
    return {
        "made": correction.made,
        "action": correction.action.value,
        "segment": correction.segment,
        "frames": [correction.after[0].start_frame, correction.after[-1].end_frame],
        "undone": correction.undone,
        "past": False,
    }


def _past_fact(past: PastCorrection) -> dict[str, Any]:
    return {
        "made": past.made,
        "action": past.action.value,
        "segment": past.segment,
        "frames": [past.start_frame, past.end_frame],
        "undone": past.undone,
        "past": True,
    }
