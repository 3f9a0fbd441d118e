"""``syncclip models``: what is cached, and fetching ahead for machines without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncclip.cli.bars import progress_shown
from syncclip.cli.options import Json, Quiet
from syncclip.cli.outcome import reported
from syncclip.cli.output import one_line, out, out_json, print_table, tell

if TYPE_CHECKING:
    from syncclip.pipeline.models import ModelState

__all__ = ["models"]

models = typer.Typer(
    help="The optional models: what is cached, fetching ahead for machines without a network.",
    no_args_is_help=True,
)

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="A model as 'models list' names it, or as --clip-model, --blip-model and --transcribe "
        "take it; clip, blip, whisper mean the default ones.",
        show_default=False,
    ),
]


def list_models(*, json: Json = False) -> None:
    """List the models that SyncClip knows, with licence, size, and where their weights are."""
    from syncclip.pipeline import models as library

    states = library.models()
    if json:
        out_json([_as_json(state) for state in states])
        return
    print_table(
        ("model", "for", "licence", "size", "here"), [_row(state) for state in states], whole=True
    )
    for extra in sorted({state.model.extra for state in states if not state.installed}):
        tell(f"note: to run some of them: pip install 'syncclip[{extra}]'")


def fetch(name: Name, *, json: Json = False, quiet: Quiet = False) -> None:
    """Fetch the weights of a model into its cache, unless they are there."""
    from syncclip.pipeline import models as library

    with progress_shown(quiet=quiet) as on_progress:
        place = library.fetch_model(name, on_progress=on_progress)
    if json:
        out_json({"model": name, "path": place})
    else:
        out(one_line(place))


def path(name: Name, *, json: Json = False) -> None:
    """Print where the weights of a model are; fails where they are not at hand."""
    from syncclip.pipeline import models as library

    place = library.model_path(name)
    if json:
        out_json({"model": name, "path": place})
    else:
        out(one_line(place))


models.command("list")(reported(list_models))
models.command()(reported(fetch))
models.command()(reported(path))


def _row(state: ModelState) -> tuple[str, ...]:
    model = state.model
    here = "-" if state.path is None else str(state.path)
    return (model.name, model.purpose, model.licence, f"{model.megabytes} MB", here)


def _as_json(state: ModelState) -> dict[str, Any]:
    model = state.model
    return {
        "name": model.name,
        "kind": model.kind,
        "purpose": model.purpose,
        "dim": model.dim,
        "licence": model.licence,
        "megabytes": model.megabytes,
        "source": model.weights.page,
        "extra": model.extra,
        "installed": state.installed,
        "path": state.path,
    }
