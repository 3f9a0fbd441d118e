"""The tab that corrects a result, renders it again and exports it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from syncclip.ui.access import Refusal
from syncclip.ui.assets import asset
from syncclip.ui.desk import Desk
from syncclip.ui.extra import gradio
from syncclip.ui.fields import FORMATS, rendering, rendering_fields
from syncclip.ui.jobs import Item
from syncclip.ui.review_calls import ReviewCalls
from syncclip.ui.texts import texts_under

__all__ = ["review_tab"]

SHELL = '<div class="sr"></div>'
"""What the script fills."""


def review_tab(desk: Desk) -> None:
    """Lay the tab out."""
    gr, put = gradio(), desk.labels.put
    result = put(
        gr.Dropdown, "review.result", choices=["", *desk.shelf.results()], value="",
        allow_custom_value=True, elem_id="sc-result",
    )  # fmt: skip
    shown: set[int] = set()
    desk.keep_fresh(result, lambda _: _results(desk, shown))
    review = gr.HTML(
        _shown("", "en", 0),
        html_template=SHELL,
        js_on_load=asset("review_draw.js") + asset("review.js"),
        server_functions=ReviewCalls(desk.folders).functions(),
        apply_default_css=False,
        elem_id="sc-review",
    )
    state, quiet = [result, desk.language], {"show_progress": "hidden", "api_visibility": "private"}
    for changed in (result.change, desk.language.change):
        changed(
            lambda path, language: _shown(path, language, _number(desk)), state, review, **quiet
        )
    rendered = desk.runs(*_rendering(desk, result))
    rendered.then(
        lambda path, language: _shown(path, language, _number(desk)), state, review, **quiet
    )
    desk.runs(*_exporting(desk, result))


def _results(desk: Desk, shown: set[int]) -> Any:  # noqa: ANN401 - Gradio's update
    """The results there are; the one of a match that has just ended is opened, once.

    Args:
        desk: The app.
        shown: Numbers of the jobs whose results were opened.
    """
    job, choices = desk.jobs.latest, ["", *desk.shelf.results()]
    if job is None or job.active or job.number in shown:
        return gradio().update(choices=choices)
    shown.add(job.number)
    new = [desk.folders.shown(path) for _, name, path in job.files if name == "result"]
    return gradio().update(choices=choices, **({"value": new[0]} if new else {}))


def _number(desk: Desk) -> int:
    """Of the last job: after another, the result may be another."""
    return 0 if desk.jobs.latest is None else desk.jobs.latest.number


def _shown(path: str | None, language: str, number: int) -> str:
    """What the script is told."""
    told = {"path": path or "", "language": language, "after": number,
            "words": texts_under("review.page.", language)
            | {f"tier.{k}": v for k, v in texts_under("tier.", language).items()}}  # fmt: skip
    return json.dumps(told)


def _rendering(desk: Desk, result: Any) -> tuple[Any, ...]:  # noqa: ANN401 - Gradio's
    gr, put = gradio(), desk.labels.put
    with put(gr.Accordion, "review.render.options", open=False):
        fields = rendering_fields(desk.labels)
    button = put(gr.Button, "review.render", variant="primary", elem_id="sc-render")

    def items(path: str, *values: Any) -> list[Item]:  # noqa: ANN401 - of any component
        return [_item(desk, path, {"render": rendering(dict(zip(fields, values, strict=True)))})]

    return button, "render", items, [result, *fields.values()]


def _exporting(desk: Desk, result: Any) -> tuple[Any, ...]:  # noqa: ANN401 - Gradio's
    gr, put = gradio(), desk.labels.put
    with gr.Row():
        formats = put(
            gr.CheckboxGroup, "review.formats", among=(*FORMATS, "review"), value=["otio"], scale=5
        )
        framing = put(gr.Dropdown, "review.framing", among=("movie", "commentary"), value="movie")
    button = put(gr.Button, "review.export", elem_id="sc-export")

    def items(path: str, names: list[str], crops: str) -> list[Item]:
        if not names:
            raise Refusal("refused.no_format", "choose a format first")
        return [_item(desk, path, {"formats": names, "framing": crops})]

    return button, "export", items, [result, formats, framing]


def _item(desk: Desk, named: str, how: Mapping[str, Any]) -> Item:
    """What is done with a result.

    Raises:
        Refusal: Where none was chosen, or it, or a file that it names, is outside the folders.
    """
    from syncclip.pipeline import Review

    if not named:
        raise Refusal("refused.no_result", "choose a result first")
    path = desk.folders.file(named)
    found = Review(path).result()
    desk.folders.result_inside(found)
    desk.folders.result_output(path)
    return Item(Path(found.commentary).name, {**how, "result": path})
