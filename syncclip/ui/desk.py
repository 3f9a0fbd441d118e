"""What all tabs share: folders, files, the job that runs, words, and the panel that shows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from syncclip.errors import SyncClipError
from syncclip.ui.access import Folders
from syncclip.ui.extra import gradio
from syncclip.ui.jobs import Item, Job, Jobs
from syncclip.ui.labels import Labels
from syncclip.ui.panel import job_panel
from syncclip.ui.shelf import Shelf
from syncclip.ui.texts import error_text, text

__all__ = ["Desk"]

LOOK_EVERY_S = 0.5
DRAW_EVERY_S = 0.15
"""Seconds between changes of the panel: a page cannot show more."""


@dataclass
class Desk:
    """The app as its tabs see it."""

    folders: Folders
    shelf: Shelf
    jobs: Jobs
    labels: Labels
    language: Any
    """Component that holds the user's language."""
    panel: Any
    """Component that shows the job."""
    ended: Any
    """State that changes when a job has ended: what is kept fresh follows it."""
    _refreshed: list[tuple[Any, Callable[[str], Any]]] = field(default_factory=list)

    def keep_fresh(self, component: Any, value: Callable[[str], Any]) -> Any:  # noqa: ANN401 - Gradio's
        """Give a component its value anew whenever files may have changed.

        Args:
            component: It.
            value: From the user's language to what Gradio takes as its update.
        """
        self._refreshed.append((component, value))
        return component

    @property
    def fresh(self) -> list[Any]:
        """Components that are kept fresh."""
        return [component for component, _ in self._refreshed]

    def refresh(self, language: str) -> list[Any]:
        """Their new values."""
        return [value(language) for _, value in self._refreshed]

    def runs(
        self,
        button: Any,  # noqa: ANN401 - Gradio's
        kind: str,
        items: Callable[..., Sequence[Item]],
        inputs: Sequence[Any],
    ) -> Any:  # noqa: ANN401 - Gradio's event
        """Make a button begin a job, show it, and look for new files at its end.

        Args:
            button: It.
            kind: Of the job.
            items: From the values of ``inputs`` to the job's items.
            inputs: Components.
        """

        def begin(language: str, *values: Any) -> str:  # noqa: ANN401 - of any component
            with self.told(language):
                job = self.jobs.begin(kind, items(*values))
            return job_panel(job, language)

        begun = button.click(
            begin,
            [self.language, *inputs],
            self.panel,
            show_progress="hidden",
            scroll_to_output=True,
            api_visibility="private",
        )
        return self.followed(begun.success)

    def followed(self, after: Any) -> Any:  # noqa: ANN401 - Gradio's event
        """Follow the job after an event; at its end :attr:`ended` changes."""
        watched = after(
            self.follow,
            self.language,
            self.panel,
            show_progress="hidden",
            concurrency_limit=None,
            api_visibility="private",
        )
        return watched.then(
            time.time, None, self.ended, show_progress="hidden", api_visibility="private"
        )

    def follow(self, language: str) -> Iterator[str]:
        """The panel as the job goes on, until it ends."""
        seen = None
        while True:
            job: Job | None = self.jobs.wait(seen, LOOK_EVERY_S)
            if job is None:
                return
            if job is not seen:
                yield job_panel(job, language)
            if not job.active:
                return
            seen = job
            time.sleep(DRAW_EVERY_S)

    @contextmanager
    def told(self, language: str) -> Iterator[None]:
        """Say errors on the page."""
        try:
            yield
        except SyncClipError as error:
            said, title = error_text(error, language), text("error", language)
            raise gradio().Error(said, title=title, print_exception=False) from error
