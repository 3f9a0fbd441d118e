"""Settings that more than one tab has, each under the name that the library gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from syncclip.config import X264_PRESETS, RenderConfig
from syncclip.pipeline.clock_text import typed_seconds
from syncclip.types import FULL_FRAME, Rect
from syncclip.ui.access import Folders, Refusal
from syncclip.ui.extra import gradio
from syncclip.ui.labels import Labels

__all__ = [
    "ENCODERS",
    "FORMATS",
    "READERS",
    "RENDERING",
    "chosen",
    "crop",
    "listed",
    "model_fields",
    "rendering",
    "rendering_fields",
    "seconds",
    "whole",
]

RENDERING = RenderConfig()
ENCODERS = ("auto", "builtin", "clip")
READERS = ("pyav", "decord")
FORMATS = ("otio", "fcp7xml", "fcpxml", "edl", "mlt", "csv", "jianying", "srt")
Fields = dict[str, Any]


def rendering_fields(labels: Labels) -> Fields:
    """How the finished video is made: what :class:`syncclip.config.RenderConfig` has."""
    gr, put, default = gradio(), labels.put, RENDERING
    choices = {
        "audio": ("commentary", "movie", "mix", "none"),
        "gaps": ("keep", "black", "slate"),
        "framing": ("movie", "commentary"),
        "retime": ("match", "none"),
        "transition": ("cut", "crossfade"),
        "preset": X264_PRESETS,
    }
    with gr.Row():
        fields = {
            name: put(gr.Dropdown, f"render.{name}", among=among, value=getattr(default, name),
                      min_width=260)
            for name, among in choices.items()
        }  # fmt: skip
    with gr.Row():
        fields["crf"] = put(
            gr.Slider, "render.crf", minimum=0, maximum=51, step=1, value=default.crf
        )
        fields["workers"] = put(gr.Number, "render.workers", value=0, minimum=0, precision=0)
    return fields


def model_fields(labels: Labels) -> Fields:
    """Which encoders run, and where."""
    gr = gradio()
    with gr.Row():
        return {
            "encoder": labels.put(gr.Dropdown, "encoder", among=ENCODERS, value="auto"),
            "clip_model": labels.put(gr.Textbox, "clip_model"),
            "device": labels.put(gr.Textbox, "device", value="auto"),
        }


def chosen(folders: Folders, values: Mapping[str, Any]) -> Fields:
    """Encoders as the library takes them.

    Raises:
        Refusal: Where a model is a path to something outside the folders.
    """
    model = (values["clip_model"] or "").strip()
    return {
        "encoder": values["encoder"],
        "clip_model": folders.model(model) if model else None,
        "device": (values["device"] or "auto").strip(),
    }


def rendering(values: Mapping[str, Any]) -> Fields:
    """The finished video's settings as the library takes them."""
    names = ("audio", "gaps", "framing", "retime", "transition", "preset")
    settings: Fields = {name: values[name] for name in names}
    workers = whole(values["workers"]) or RENDERING.workers
    return {**settings, "crf": int(values["crf"]), "workers": workers}


def whole(value: float | None) -> int | None:
    """A number of the page; None where it is 0 or was left empty."""
    return int(value) if value else None


def seconds(typed: str) -> float:
    """Seconds, or hours, minutes and seconds with colons.

    Raises:
        Refusal: Where it is neither.
    """
    found = typed_seconds(typed)
    if found is None:
        raise Refusal("refused.time", "{typed!r} is no time: give seconds or h:mm:ss", typed=typed)
    return found


def crop(typed: str) -> Rect:
    """Part of a movie's picture; all of it where nothing was typed.

    Raises:
        Refusal: Where it is no rectangle in the picture.
    """
    if not typed.strip():
        return FULL_FRAME
    try:
        return Rect.parse(typed.replace("，", ","))
    except ValueError as error:
        raise Refusal(
            "refused.crop",
            "{typed!r} is no crop: give x, y, width and height as fractions from 0 to 1",
            typed=typed,
        ) from error


def listed(values: Sequence[str] | str | None) -> list[str]:
    """Paths of a field that takes several, or one."""
    if not values:
        return []
    return [values] if isinstance(values, str) else [value for value in values if value.strip()]
