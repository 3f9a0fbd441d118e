"""The tab that finds the shots of commentaries."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from syncclip._addresses import is_stored
from syncclip.config import MatchConfig
from syncclip.pipeline.overview import IndexFacts, catalogued_movies
from syncclip.ui.access import Refusal
from syncclip.ui.desk import Desk
from syncclip.ui.extra import gradio
from syncclip.ui.fields import (
    FORMATS,
    READERS,
    chosen,
    listed,
    model_fields,
    rendering,
    rendering_fields,
    whole,
)
from syncclip.ui.index_tab import film_chooser
from syncclip.ui.jobs import Item

__all__ = ["library_indexes", "match_items", "match_tab"]

MATCHING = MatchConfig()
SHORTLIST = ("auto", "always", "never")


def match_tab(desk: Desk) -> Any:  # noqa: ANN401 - Gradio's event
    """Lay the tab out; gives the event after a match."""
    gr, put = gradio(), desk.labels.put
    put(gr.Markdown, "match.about")
    fields = {"commentary": film_chooser(desk, "match.commentary")}
    fields["index"] = put(
        gr.Dropdown, "match.index", choices=desk.shelf.indexes(), multiselect=True,
        allow_custom_value=True, value=[], elem_id="sc-match-index",
    )  # fmt: skip
    desk.keep_fresh(fields["index"], lambda _: gr.update(choices=desk.shelf.indexes()))
    with put(gr.Accordion, "match.search", open=False):
        fields |= _search_fields(desk)
    with put(gr.Accordion, "match.words", open=False):
        fields |= _word_fields(desk)
    with put(gr.Accordion, "match.video", open=False):
        fields["no_render"] = put(gr.Checkbox, "match.no_render", value=False)
        fields |= rendering_fields(desk.labels)
    with put(gr.Accordion, "match.results", open=False):
        fields |= _result_fields(desk)
    start = put(gr.Button, "match.start", variant="primary", elem_id="sc-match")
    return desk.runs(
        start,
        "match",
        lambda *values: match_items(desk, dict(zip(fields, values, strict=True))),
        list(fields.values()),
    )


def _search_fields(desk: Desk) -> dict[str, Any]:
    gr, put = gradio(), desk.labels.put
    with gr.Row():
        fields = {
            "threshold": put(gr.Slider, "match.threshold", minimum=0.01, maximum=0.99, step=0.01,
                             value=MATCHING.threshold),
            "frame_interval": put(gr.Number, "match.frame_interval", minimum=0.01,
                                  value=MATCHING.frame_interval_s),
            "shortlist": put(gr.Dropdown, "match.shortlist", among=SHORTLIST,
                             value=MATCHING.shortlist),
            "no_time_jumps": put(gr.Checkbox, "match.no_time_jumps", value=False),
        }  # fmt: skip
    fields |= model_fields(desk.labels)
    return fields | {"blip_model": put(gr.Textbox, "match.blip_model")}


def _word_fields(desk: Desk) -> dict[str, Any]:
    gr, put = gradio(), desk.labels.put
    with gr.Row():
        fields = {
            "transcribe": put(gr.Textbox, "match.transcribe"),
            "language": put(gr.Textbox, "match.language"),
        }
    fields["subtitles"] = put(
        gr.Dropdown, "match.subtitles", choices=desk.shelf.subtitles(), multiselect=True,
        allow_custom_value=True, value=[],
    )  # fmt: skip
    desk.keep_fresh(fields["subtitles"], lambda _: gr.update(choices=desk.shelf.subtitles()))
    return fields


def _result_fields(desk: Desk) -> dict[str, Any]:
    gr, put = gradio(), desk.labels.put
    fields = {
        "output": put(gr.Textbox, "match.output"),
        "timelines": put(gr.CheckboxGroup, "match.timelines", among=FORMATS, value=[]),
        "movie": put(gr.Dropdown, "match.movie", choices=desk.shelf.videos(), multiselect=True,
                     allow_custom_value=True, value=[]),
    }  # fmt: skip
    desk.keep_fresh(fields["movie"], lambda _: gr.update(choices=desk.shelf.videos()))
    with gr.Row():
        fields["reader"] = put(gr.Dropdown, "reader", among=READERS, value="pyav")
        fields["jobs"] = put(gr.Number, "jobs", value=0, minimum=0, precision=0)
        for name in ("no_sheet", "force", "forget_corrections"):
            fields[name] = put(gr.Checkbox, f"match.{name}", value=False)
    return fields


def match_items(desk: Desk, values: Mapping[str, Any]) -> list[Item]:
    """What there is to match.

    Raises:
        Refusal: Where something is not chosen, or a path is outside the folders.
    """
    commentaries = [_commentary(desk, named) for named in listed(values["commentary"])]
    if not commentaries:
        raise Refusal("refused.no_commentary", "choose a commentary first")
    output = _output(desk, commentaries, (values["output"] or "").strip())
    how = {**_how(desk, values), "output": output}
    return [Item(path.name, {**how, "commentary": path}) for path in commentaries]


def _commentary(desk: Desk, named: str) -> Path:
    if is_stored(named):
        raise Refusal(
            "refused.address",
            "{typed} is an address, and the app stays off the network: download it first, or give "
            "it to syncclip match",
            typed=named,
        )
    return desk.folders.video(named)


def _output(desk: Desk, commentaries: list[Path], typed: str) -> Path:
    """The folder of one commentary's results; of several, the one in which each gets its own."""
    if len(commentaries) == 1:
        return desk.folders.output(typed or f"{commentaries[0].stem}_synced")
    root = desk.folders.inside(typed)
    desk.folders.inside(root / ".matching")
    for path in commentaries:
        for folder in root.glob(f"{glob.escape(path.stem)}_synced*"):  # with a number, maybe
            desk.folders.output(folder)
    return root


def _how(desk: Desk, values: Mapping[str, Any]) -> dict[str, Any]:
    """All settings as the library takes them."""
    folders, model = desk.folders, chosen(desk.folders, values)
    spoken, blip = ((values[name] or "").strip() for name in ("transcribe", "blip_model"))
    return {
        "index": [str(path) for path in library_indexes(desk, listed(values["index"]))],
        "config": {
            "threshold": values["threshold"],
            "frame_interval_s": values["frame_interval"],
            "time_jumps": not values["no_time_jumps"],
            "shortlist": values["shortlist"],
            "encoder": model["encoder"],
            "clip_model": model["clip_model"],
            "blip_model": folders.model(blip) if blip else None,
            "transcribe": folders.model(spoken) if spoken else None,
            "language": (values["language"] or "").strip() or None,
            "subtitles": [str(folders.file(path)) for path in listed(values["subtitles"])],
        },
        "render": None if values["no_render"] else rendering(values),
        "movies": [str(folders.file(path)) for path in listed(values["movie"])],
        "timelines": values["timelines"],
        "keep_corrections": not values["forget_corrections"],
        "sheet": not values["no_sheet"],
        "reader": values["reader"],
        "workers": whole(values["workers"]),
        "jobs": whole(values["jobs"]),
        "device": model["device"],
        "force": bool(values["force"]),
    }


def library_indexes(desk: Desk, named: list[str]) -> list[Path]:
    """The indexes and folders of them that are chosen, or all folders.

    Raises:
        Refusal: Where there is none, or one of a movie that lies outside the app's folders.
        IndexFileError: Where the catalogue of a folder is damaged.
    """
    chosen_ones = [desk.folders.inside(name) for name in named] or desk.shelf.libraries()
    if not chosen_ones:
        raise Refusal("refused.no_index", "index a movie first")
    for path in chosen_ones:
        if path.is_dir():
            _check_folder(desk, path)
        else:
            _check_index(desk, desk.folders.file(path))
    return chosen_ones


def _check_folder(desk: Desk, folder: Path) -> None:
    """See that neither the indexes of a folder nor its catalogue lead to files outside."""
    desk.folders.library(folder)
    for file in folder.glob("*.idx"):
        _check_index(desk, file)
    for movie in catalogued_movies(folder):
        desk.folders.index_inside(folder / "library.json", movie)


def _check_index(desk: Desk, index: Path) -> None:
    facts = desk.shelf.facts(index)
    if isinstance(facts, IndexFacts):  # others are opened by nobody
        desk.folders.index_inside(index, facts.movie_path, facts.models)
