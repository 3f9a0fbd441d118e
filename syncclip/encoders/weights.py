"""Weights of models: where they are kept, whether they are at hand, and fetching them.

Nothing here waits for ever: a server that does not answer is given up after a few seconds, a
download that stands still after a minute or two, and every failure is one error that names the ways
out.
The caches are those of the models' own libraries, so that what they fetched counts as well.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from syncclip.encoders import hub
from syncclip.encoders.download import NotReachable, download, is_reachable
from syncclip.encoders.models import HubFiles, ModelDescription, WebFile
from syncclip.errors import WeightsError
from syncclip.progress import OnProgress, Progress

__all__ = ["at_hand", "cache_folder", "is_offline", "lacks", "obtain", "obtainable"]

GLANCE_S = 2.5
"""How long a server may take to answer where nobody asked for a download: a name that cannot be
resolved is known at once, and an answer from the other end of the world takes half a second."""
PATIENCE_S = 5.0
"""The same where the user waits for it."""
ATTEMPTS = 3

_TRUE = {"1", "ON", "YES", "TRUE"}
_LOCAL = {
    "clip": "--clip-model PATH",
    "blip": "--blip-model PATH",
    "whisper": "--transcribe PATH",
}
"""The option that takes a local copy of each kind of model."""


def is_offline() -> bool:
    """Whether the user's environment forbids the network (``HF_HUB_OFFLINE``)."""
    said = (os.environ.get("HF_HUB_OFFLINE"), os.environ.get("TRANSFORMERS_OFFLINE"))
    return any((value or "").upper() in _TRUE for value in said)


def cache_folder(model: ModelDescription) -> Path:
    """The folder in which the weights of a model are kept."""
    if isinstance(model.weights, WebFile):
        return _user_cache() / model.weights.folder
    return hub.repository_folder(model.weights.repository)


def at_hand(model: ModelDescription) -> Path | None:
    """The weights as they lie in the cache, without any network.

    Returns:
        The file, or the folder where several are needed; None where something is missing.
    """
    if isinstance(model.weights, WebFile):
        file = cache_folder(model) / model.weights.name
        return file if file.is_file() else None
    return hub.cached(model.weights)


def lacks(model: ModelDescription) -> tuple[str, ...]:
    """Repositories of what is needed beside the weights, and is not in the cache."""
    return tuple(each.repository for each in model.beside if hub.cached(each) is None)


def obtainable(model: ModelDescription) -> str | None:
    """Why the weights could not be had now; None where they are at hand or a server answers.

    Takes :data:`GLANCE_S` at most.
    """
    if at_hand(model) is not None:
        return None
    return _unreachable(model, timeout_s=GLANCE_S)


def obtain(
    model: ModelDescription, *, whole: bool = False, on_progress: OnProgress | None = None
) -> Path:
    """The weights of a model, fetched where they are not at hand, with what is needed beside them.

    Args:
        model: What is wanted.
        whole: Fetch what is needed beside weights that are at hand, too.
        on_progress: Told how far the download is.

    Returns:
        The file, or the folder where there are several.

    Raises:
        WeightsError: Where they are not at hand and cannot be fetched.
        MissingDependencyError: Where the package that fetches them is not installed.
    """
    here = at_hand(model)
    if here is not None and not (whole and lacks(model)):
        return here
    if isinstance(model.weights, HubFiles):  # said before any network is asked
        hub.require_hub()
    report = on_progress or (lambda _: None)

    def told(done: int, total: int | None) -> None:
        size = None if total is None else total / 1e6
        report(Progress(f"Fetching {model.name}", done / 1e6, size, "MB"))

    reason = _unreachable(model, timeout_s=PATIENCE_S, attempts=ATTEMPTS)
    if reason is not None:
        raise _unavailable(model, reason)
    try:
        if isinstance(model.weights, HubFiles):
            for each in model.beside:
                if hub.cached(each) is None:
                    hub.fetch(each, told)
            return here or hub.fetch(model.weights, told)
        target = cache_folder(model) / model.weights.name
        return download(model.weights.url, target, sha256=model.weights.sha256, told=told)
    except (NotReachable, OSError, ValueError) as error:
        raise _unavailable(model, _reason(error)) from error


def _unreachable(model: ModelDescription, *, timeout_s: float, attempts: int = 1) -> str | None:
    """Why nobody would give the weights now; None where somebody answers about them.

    It is the file's own address that is asked: a server may answer at its root and nowhere else.
    """
    if is_offline():
        return "HF_HUB_OFFLINE forbids the network"
    reason = _no_address() if isinstance(model.weights, HubFiles) else None
    if reason is None and not is_reachable(_address(model), timeout_s=timeout_s, attempts=attempts):
        reason = f"{_host(model)} does not answer"
    return reason


def _unavailable(model: ModelDescription, reason: str) -> WeightsError:
    """The one error about weights, with the ways out."""
    folder, local = cache_folder(model), _LOCAL[model.kind]
    if isinstance(model.weights, WebFile):
        ways = f"put the file {model.weights.url} into {folder}, or name your own copy with {local}"
    else:
        ways = (
            f"run 'syncclip models fetch {model.name}' where there is a network and copy its "
            f"cache folder to {folder}, or set HF_ENDPOINT to a mirror that answers, "
            f"or name your own copy with {local}"
        )
    return WeightsError(
        f"the weights of {model.name} are not at hand and cannot be fetched ({reason}); {ways}"
    )


def _reason(error: Exception) -> str:
    first, _, _ = (str(error) or type(error).__name__).partition("\n")
    return first.rstrip(". ")


def _user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _address(model: ModelDescription) -> str:
    return model.weights.url if isinstance(model.weights, WebFile) else hub.address(model.weights)


def _host(model: ModelDescription) -> str:
    return _address(model).partition("//")[2].partition("/")[0]


def _no_address() -> str | None:
    """Why the hub can have no address; None where it has one."""
    said = hub.endpoint()
    if said.lower().startswith(("http://", "https://")) and urlsplit(said).netloc:
        return None
    return f"HF_ENDPOINT is {said!r}, which is no http address"
