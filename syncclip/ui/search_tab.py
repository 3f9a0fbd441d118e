"""The tab that finds places by words or by a picture, where there are models for it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from itertools import count
from typing import Any

from syncclip.encoders.models import DEFAULTS, MODELS
from syncclip.encoders.weights import at_hand
from syncclip.pipeline.overview import IndexFacts
from syncclip.ui.access import Refusal
from syncclip.ui.desk import Desk
from syncclip.ui.extra import gradio
from syncclip.ui.fields import chosen, listed, model_fields
from syncclip.ui.jobs import Item
from syncclip.ui.match_tab import library_indexes
from syncclip.ui.shelf import Shelf
from syncclip.ui.uploads import scratch

__all__ = ["models_exist", "search_items", "search_tab"]

TRACK = "clip"
"""The track that words are compared with."""
_numbers = count(1)


def models_exist(shelf: Shelf) -> bool:
    """Whether words can be compared: packages are there, and weights or a track of some."""
    if not all(find_spec(name) for name in ("torch", "open_clip")):
        return False
    cached = at_hand(MODELS[DEFAULTS["clip"]]) is not None
    return cached or any(
        isinstance(facts, IndexFacts) and TRACK in facts.tracks for _, facts in shelf.library()
    )


def search_tab(desk: Desk) -> None:
    """Lay the tab out."""
    gr, put = gradio(), desk.labels.put
    put(gr.Markdown, "search.about")
    with gr.Row(equal_height=True):
        fields = {"text": put(gr.Textbox, "search.text", scale=3, elem_id="sc-words")}
        fields["image"] = put(
            gr.Dropdown, "search.image", choices=["", *desk.shelf.pictures()], value="",
            allow_custom_value=True, scale=2,
        )  # fmt: skip
        fields["top"] = put(gr.Number, "search.top", value=12, minimum=1, maximum=1000, precision=0)
    desk.keep_fresh(fields["image"], lambda _: gr.update(choices=["", *desk.shelf.pictures()]))
    with put(gr.Accordion, "options", open=False):
        fields["index"] = put(
            gr.Dropdown, "match.index", choices=desk.shelf.indexes(), multiselect=True,
            allow_custom_value=True, value=[],
        )  # fmt: skip
        desk.keep_fresh(fields["index"], lambda _: gr.update(choices=desk.shelf.indexes()))
        fields["cut"] = put(gr.Textbox, "search.cut")
        fields |= model_fields(desk.labels)
    start = put(gr.Button, "search.start", variant="primary", elem_id="sc-search")
    desk.runs(
        start,
        "search",
        lambda *values: search_items(desk, dict(zip(fields, values, strict=True))),
        list(fields.values()),
    )


def search_items(desk: Desk, values: Mapping[str, Any]) -> list[Item]:
    """What there is to search for.

    Raises:
        Refusal: Where not just one of words and picture is given, or a path is outside the folders.
    """
    words, image = (values["text"] or "").strip(), (values["image"] or "").strip()
    if bool(words) == bool(image):
        raise Refusal("refused.query", "give words or a picture: one of them")
    clips = (values["cut"] or "").strip()
    options = {
        "text": words or None,
        "image": desk.folders.file(image) if image else None,
        "index": [str(path) for path in library_indexes(desk, listed(values["index"]))],
        "count": int(values["top"] or 12),
        "cut": desk.folders.inside(clips) if clips else None,
        "sheet": scratch(desk.folders) / f"search-{next(_numbers)}.png",
        **chosen(desk.folders, values),
    }
    return [Item(words or image, options)]
