"""What the page says, in English and in Simplified Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from syncclip.errors import SyncClipError
from syncclip.progress import Progress
from syncclip.ui.access import Refusal
from syncclip.ui.chinese import CHINESE, STAGES, UNITS
from syncclip.ui.chinese_errors import said_in_chinese
from syncclip.ui.english import ENGLISH

__all__ = ["DEFAULT", "LANGUAGES", "TEXTS", "amount", "error_text", "stage", "text", "texts_under"]

TEXTS: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "zh": CHINESE}
"""By language; both have the same keys."""
LANGUAGES = (("English", "en"), ("中文", "zh"))
"""As the page offers them."""
DEFAULT = "en"


def text(key: str, language: str, **values: object) -> str:
    """A text with values in it; another language than the two counts as English."""
    return TEXTS.get(language, ENGLISH)[key].format(**values)


def texts_under(prefix: str, language: str) -> dict[str, str]:
    """All texts whose keys start with a prefix, by what follows it."""
    found = TEXTS.get(language, ENGLISH)
    return {key.removeprefix(prefix): said for key, said in found.items() if key.startswith(prefix)}


def stage(name: str, language: str) -> str:
    """A stage of a job; one that is not known stays as the library calls it."""
    if language == "zh" and name in STAGES:
        return STAGES[name]
    for verb in ("Reading ", "Fetching "):  # of a file or a model, by name
        if language == "zh" and name.startswith(verb):
            return text(f"stage.{verb}", language, name=name.removeprefix(verb))
    return name


def amount(progress: Progress, language: str) -> str:
    """How far a stage is: ``"1200 / 3400 frames"``."""
    unit = UNITS.get(progress.unit, progress.unit) if language == "zh" else progress.unit
    done = f"{progress.done:.0f}"
    return f"{done} {unit}" if progress.total is None else f"{done} / {progress.total:.0f} {unit}"


def error_text(error: SyncClipError | str, language: str) -> str:
    """An error in the user's language: the app's own words, or the library's where they are known.

    Args:
        error: It, or its message, which is all that a job's process sends of it.
        language: The user's.
    """
    if isinstance(error, Refusal):
        return text(error.key, language, **error.values)
    return said_in_chinese(str(error)) if language == "zh" else str(error)
