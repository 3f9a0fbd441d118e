"""The page: its tabs put together, its look, its language."""

from __future__ import annotations

from typing import Any

from syncclip.ui.access import Folders
from syncclip.ui.assets import asset
from syncclip.ui.desk import Desk
from syncclip.ui.extra import gradio
from syncclip.ui.index_tab import index_tab
from syncclip.ui.jobs import Jobs
from syncclip.ui.labels import Labels
from syncclip.ui.match_tab import match_tab
from syncclip.ui.panel import job_panel
from syncclip.ui.review_tab import review_tab
from syncclip.ui.search_tab import models_exist, search_tab
from syncclip.ui.shelf import Shelf
from syncclip.ui.texts import DEFAULT, LANGUAGES, TEXTS

__all__ = ["build_page", "page_style", "page_theme"]

FONTS = ("system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "PingFang SC",
         "Microsoft YaHei", "sans-serif")  # fmt: skip
MONO = ("ui-monospace", "SFMono-Regular", "Consolas", "Noto Sans Mono", "monospace")
"""Fonts of the systems themselves: none is fetched."""

AS_LIKED = """
() => {
  const known = (language) => ["en", "zh"].includes(language);
  const said = localStorage.getItem("syncclip-language");
  const browsers = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
  return [known(said) ? said : browsers];
}
"""
"""The language that the user chose before, else the browser's."""
REMEMBERED = """
(language) => {
  localStorage.setItem("syncclip-language", language);
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  return [language];
}
"""


def build_page(folders: Folders, jobs: Jobs) -> Any:  # noqa: ANN401 - Gradio's Blocks
    """Build the page.

    Args:
        folders: Whose files it works on.
        jobs: What runs.

    Raises:
        MissingDependencyError: Where gradio is not installed.
    """
    gr = gradio()
    with gr.Blocks(title="SyncClip", analytics_enabled=False, fill_width=True) as page:
        labels = Labels()
        with gr.Row(elem_id="sc-top"):
            labels.put(gr.Markdown, "title", elem_id="sc-title")
            language = gr.Radio(
                list(LANGUAGES),
                value=DEFAULT,
                show_label=False,
                container=False,
                elem_id="sc-language",
            )
        with gr.Row(elem_id="sc-panel"):
            panel = gr.HTML("")
            cancel = labels.put(gr.Button, "cancel", variant="stop", elem_id="sc-cancel")
        desk = Desk(folders, Shelf(folders), jobs, labels, language, panel, ended=gr.State(0.0))
        cancel.click(jobs.stop, api_visibility="private")
        _lay_out_tabs(desk)
        _speak(desk, page)
    return page


def _lay_out_tabs(desk: Desk) -> None:
    gr, put = gradio(), desk.labels.put
    with gr.Tabs():
        with put(gr.Tab, "tab.index", id="index"):
            index_tab(desk)
        with put(gr.Tab, "tab.match", id="match"):
            match_tab(desk)
        with put(gr.Tab, "tab.review", id="review"):
            review_tab(desk)
        if models_exist(desk.shelf):
            with put(gr.Tab, "tab.search", id="search"):
                search_tab(desk)


def _speak(desk: Desk, page: Any) -> None:  # noqa: ANN401 - Gradio's Blocks
    """Say everything in the user's language, and show what was going on before the page came."""
    words, job, quiet = (
        desk.labels,
        desk.jobs,
        {"show_progress": "hidden", "api_visibility": "private"},
    )

    def said(language: str) -> list[Any]:
        language = language if language in TEXTS else DEFAULT
        return [job_panel(job.latest, language), *words.updates(language), *desk.refresh(language)]

    outputs = [desk.panel, *words.components, *desk.fresh]
    desk.language.change(said, desk.language, outputs, js=REMEMBERED, **quiet)
    desk.ended.change(desk.refresh, desk.language, desk.fresh, **quiet)
    liked = page.load(lambda language: language, desk.language, desk.language, js=AS_LIKED, **quiet)
    desk.followed(liked.then)


def page_theme() -> Any:  # noqa: ANN401 - Gradio's theme
    """The look: Gradio's own, with fonts that are there already."""
    themes = gradio().themes
    return themes.Base(
        primary_hue=themes.colors.indigo,
        secondary_hue=themes.colors.indigo,
        neutral_hue=themes.colors.slate,
        font=[themes.Font(name) for name in FONTS],
        font_mono=[themes.Font(name) for name in MONO],
        radius_size=themes.sizes.radius_md,
    )


def page_style() -> str:
    """Style sheets of the page and of the review."""
    return "\n".join(asset(name) for name in ("page.css", "review.css"))
