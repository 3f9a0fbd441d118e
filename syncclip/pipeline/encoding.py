"""Which encoders run, and why."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import util

from syncclip.config import EncoderName
from syncclip.encoders import ClipEncoder, ClipModel, find_clip_model, known_clip_model
from syncclip.encoders.clip_model import is_gone, is_local
from syncclip.encoders.devices import check_device_name
from syncclip.encoders.weights import lacks, obtainable
from syncclip.errors import MissingDependencyError, SettingsError, WeightsError
from syncclip.progress import OnProgress

__all__ = [
    "EncoderName",
    "ModelChoice",
    "choose_clip",
    "moved_away",
    "require_clip",
    "why_no_clip",
]

NEEDED = ("torch", "open_clip")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """Whether CLIP runs beside the built-in encoder, and why."""

    clip: ClipModel | None
    """None: it does not."""
    why: str
    """In a few words: ``"CLIP is not installed"``."""
    notes: tuple[str, ...] = ()
    """What the user must know."""

    def load(self, *, device: str) -> ClipEncoder | None:
        """The model, ready to run; None where it does not."""
        return None if self.clip is None else ClipEncoder(self.clip, device=device)

    def without(self, error: WeightsError | MissingDependencyError) -> ModelChoice:
        """What is left where the model does not load."""
        return ModelChoice(clip=None, why="CLIP cannot be loaded", notes=(str(error),))


def choose_clip(
    asked: EncoderName,
    *,
    name: str | None = None,
    device: str = "auto",
    on_progress: OnProgress | None = None,
) -> ModelChoice:
    """Decide whether CLIP runs.

    ``"auto"`` takes it where it is installed and its weights are at hand or a server has them; that
    is found out within seconds. A model that was named is wanted, whatever else was said.

    Args:
        asked: The user's choice.
        name: The model, as a user names it; the default one by default.
        device: Where it is to run; only checked to be a name of one.
        on_progress: Told how far a download is.

    Raises:
        SettingsError: Where the choice contradicts itself or no such model is known.
        MissingDependencyError: Where CLIP is wanted and not installed.
        WeightsError: Where it is wanted and its weights cannot be had.
    """
    check_device_name(device)
    if asked == "builtin":
        if name is not None:
            raise SettingsError("a CLIP model was named, and --encoder builtin uses none")
        return ModelChoice(clip=None, why="as asked")
    if asked == "clip" or name is not None:
        require_clip()
        found = find_clip_model(name, on_progress=on_progress)
        return ModelChoice(clip=found, why="as asked", notes=_wordless(found))
    reason = why_no_clip()
    if reason is not None:
        return ModelChoice(clip=None, why=reason)
    try:
        return ModelChoice(
            clip=find_clip_model(on_progress=on_progress), why="its weights are at hand"
        )
    except (
        WeightsError,
        MissingDependencyError,
    ) as error:  # it answers no more
        return ModelChoice(clip=None, why=str(error))


def _wordless(model: ClipModel) -> tuple[str, ...]:
    """A note where a model cannot read words here: what it reads them with is not at hand."""
    lacking = lacks(known_clip_model(model.name)) if model.tag else ()
    if not lacking:
        return ()
    return (
        f"{model.name} cannot read words: {' and '.join(lacking)} is not at hand; "
        f"fetch it with: syncclip models fetch {model.name}",
    )


def require_clip(*others: str) -> None:
    """See that CLIP is installed, before weights are fetched for it.

    Args:
        others: Packages that are needed with it.

    Raises:
        MissingDependencyError: Where it is not.
    """
    for package in (*NEEDED, *others):
        if util.find_spec(package) is None:
            raise MissingDependencyError(package, extra="models")


def moved_away(name: str) -> str | None:
    """That the files which an index names are not there; None where they are, or none are meant."""
    return f"{name} is not there any more; name it with --clip-model" if is_gone(name) else None


def why_no_clip(name: str | None = None) -> str | None:
    """Why a CLIP model cannot run here; None where it can. Quick, and nothing is loaded.

    Args:
        name: As an index keeps it; the default one by default.
    """
    if not _installed():
        return "CLIP is not installed: pip install 'syncclip[models]'"
    if name is not None and (reason := moved_away(name)):
        return reason
    if name is not None and is_local(name):
        return None
    try:
        model = known_clip_model(name)
    except SettingsError as error:
        return str(error)
    reason = obtainable(model)
    return None if reason is None else f"the weights of {model.name} are not at hand: {reason}"


def _installed() -> bool:
    return all(util.find_spec(package) is not None for package in NEEDED)
