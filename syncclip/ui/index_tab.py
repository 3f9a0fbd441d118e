"""The tab that reads movies and lists the library."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from syncclip.pipeline.clock_text import length_text
from syncclip.pipeline.overview import IndexFacts
from syncclip.ui.access import Refusal
from syncclip.ui.desk import Desk
from syncclip.ui.extra import gradio
from syncclip.ui.fields import READERS, chosen, listed, model_fields, whole
from syncclip.ui.jobs import Item
from syncclip.ui.shelf import MOST
from syncclip.ui.texts import error_text, text
from syncclip.ui.uploads import kept

__all__ = ["film_chooser", "index_items", "index_tab"]


def index_tab(desk: Desk) -> None:
    """Lay the tab out."""
    gr, put = gradio(), desk.labels.put
    put(gr.Markdown, "index.about")
    movies = film_chooser(desk, "index.movies")
    with put(gr.Accordion, "options", open=False):
        fields = {"output": put(gr.Textbox, "index.output"), **model_fields(desk.labels)}
        with gr.Row():
            fields["captions"] = put(gr.Checkbox, "index.captions", value=False)
            fields["blip_model"] = put(gr.Textbox, "index.blip_model")
        with gr.Row():
            fields["reader"] = put(gr.Dropdown, "reader", among=READERS, value="pyav")
            fields["jobs"] = put(gr.Number, "jobs", value=0, minimum=0, precision=0)
            fields["force"] = put(gr.Checkbox, "index.force", value=False)
    start = put(gr.Button, "index.start", variant="primary", elem_id="sc-index")
    put(gr.Markdown, "index.library")
    library = gr.HTML(library_table(desk, "en"), elem_id="sc-library")
    desk.keep_fresh(library, lambda language: library_table(desk, language))
    desk.runs(
        start,
        "index",
        lambda films, *values: index_items(
            desk, listed(films), dict(zip(fields, values, strict=True))
        ),
        [movies, *fields.values()],
    )


def film_chooser(desk: Desk, key: str) -> Any:  # noqa: ANN401 - Gradio's
    """A list of films to choose from, to type into, and to drop files on."""
    gr = gradio()
    with gr.Row(equal_height=True):
        films = desk.labels.put(
            gr.Dropdown,
            key,
            choices=desk.shelf.videos(),
            multiselect=True,
            allow_custom_value=True,
            value=[],
            scale=3,
            elem_id=f"sc-{key.replace('.', '-')}",
        )
        drop = desk.labels.put(
            gr.File, "upload", file_count="multiple", file_types=["video"], height=112, scale=2,
            show_label=False, elem_classes="sc-drop", elem_id=f"sc-{key.replace('.', '-')}-upload",
        )  # fmt: skip
    desk.keep_fresh(films, lambda _: gr.update(choices=desk.shelf.videos()))

    def take(language: str, arrived: list[str] | None, before: list[str]) -> tuple[Any, None]:
        with desk.told(language):
            new = [desk.folders.shown(path) for path in kept(desk.folders, arrived or [])]
        return gr.update(choices=desk.shelf.videos(), value=[*before, *new]), None

    drop.upload(take, [desk.language, drop, films], [films, drop], api_visibility="private")
    return films


def index_items(desk: Desk, films: list[str], values: Mapping[str, Any]) -> list[Item]:
    """What there is to index.

    Raises:
        Refusal: Where nothing was chosen, or a path is outside the folders.
    """
    if not films:
        raise Refusal("refused.no_movie", "choose a movie first")
    blip = (values["blip_model"] or "").strip()
    how = chosen(desk.folders, values) | {
        "captions": bool(values["captions"]),
        "blip_model": desk.folders.model(blip) if blip else None,
        "reader": values["reader"],
        "force": bool(values["force"]),
        "jobs": whole(values["jobs"]),
        "output": desk.folders.library((values["output"] or "").strip()),
    }
    paths = [desk.folders.video(film) for film in films]
    return [Item(path.name, {**how, "movie": path}) for path in paths]


def library_table(desk: Desk, language: str) -> str:
    """Every index in the folders, as HTML."""
    films = desk.shelf.library()
    rows = "".join(_row(name, facts, language) for name, facts in films[:MOST])
    if len(films) > MOST:
        more = escape(text("library.more", language, count=len(films) - MOST))
        rows += f'<tr><td colspan="7">{more}</td></tr>'
    if not rows:
        return f'<p class="sc-empty">{escape(text("library.empty", language))}</p>'
    heads = ("movie", "length", "picture", "rate", "tracks", "size", "file")
    head = "".join(f"<th>{escape(text(f'library.{name}', language))}</th>" for name in heads)
    return f'<table class="sc-table"><tr>{head}</tr>{rows}</table>'


def _row(name: str, facts: IndexFacts | str, language: str) -> str:
    if isinstance(facts, str):
        wrong = f'<td colspan="6">{escape(error_text(facts, language))}</td>'
        return f'<tr class="sc-error"><td>{escape(Path(name).name)}</td>{wrong}</tr>'
    cells = (
        facts.name,
        length_text(facts.duration_s),
        f"{facts.width_px} × {facts.height_px}",
        f"{float(facts.frame_rate):.5g}",
        ", ".join(facts.tracks),
        f"{facts.bytes / 1e6:.1f} MB",
        name,
    )
    return f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}</tr>"
