"""Components that say what they are in the user's language, and change when that changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from syncclip.ui.extra import gradio
from syncclip.ui.texts import DEFAULT, TEXTS, text

__all__ = ["Labels"]

VALUED = ("Button", "Markdown")
"""Components whose text is their value."""


class Labels:
    """Makes components and remembers what each of them says."""

    def __init__(self) -> None:
        self._kept: list[tuple[Any, str, tuple[str, ...]]] = []

    def put(self, kind: Any, key: str, *, among: Sequence[str] = (), **options: Any) -> Any:  # noqa: ANN401 - Gradio's classes
        """Make a component.

        Args:
            kind: Its class.
            key: Of its text. ``KEY.info`` and ``KEY.placeholder`` say more, where there are any.
            among: Values that may be chosen; ``KEY=VALUE`` or ``choice.VALUE`` says what each is.
            options: Passed on to the class.
        """
        component = kind(**self._words(kind.__name__, key, tuple(among), DEFAULT), **options)
        self._kept.append((component, key, tuple(among)))
        return component

    @property
    def components(self) -> list[Any]:
        """All of them."""
        return [component for component, _, _ in self._kept]

    def updates(self, language: str) -> list[Any]:
        """What changes them into a language, in the same order."""
        gr = gradio()
        return [
            gr.update(**self._words(type(component).__name__, key, among, language))
            for component, key, among in self._kept
        ]

    def _words(self, kind: str, key: str, among: Sequence[str], language: str) -> dict[str, Any]:
        words: dict[str, Any] = {"value" if kind in VALUED else "label": text(key, language)}
        for name in ("info", "placeholder"):
            if f"{key}.{name}" in TEXTS[DEFAULT]:
                words[name] = text(f"{key}.{name}", language)
        if among:
            words["choices"] = [(_choice(key, value, language), value) for value in among]
        return words


def _choice(key: str, value: str, language: str) -> str:
    """What a value means in this component, else anywhere, else itself."""
    known = (name for name in (f"{key}={value}", f"choice.{value}") if name in TEXTS[DEFAULT])
    name = next(known, None)
    return value if name is None else text(name, language)
