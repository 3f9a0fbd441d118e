"""Weights of models: where they are kept, whether they are at hand, and fetching them.

Nothing here waits for ever: a server that does not answer is given up after a few seconds, a
download that stands still after a few more, and every failure is one error that names the ways out.
The caches are those of the models' own libraries, so that what they fetched counts as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from syncclip.encoders.download import NotReachable, download, is_reachable
from syncclip.encoders.models import HubFiles, ModelDescription, WebFile
from syncclip.errors import MissingDependencyError, WeightsError
from syncclip.progress import OnProgress, Progress

__all__ = ["at_hand", "cache_folder", "hub_cache", "is_offline", "obtain", "obtainable"]

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


def hub_cache() -> Path:
    """The folder of the Hugging Face hub's cache, as its library finds it."""
    said = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if said:
        return Path(said).expanduser()
    home = os.environ.get("HF_HOME")
    return (Path(home).expanduser() if home else _user_cache() / "huggingface") / "hub"


def cache_folder(model: ModelDescription) -> Path:
    """The folder in which the weights of a model are kept."""
    if isinstance(model.weights, WebFile):
        return _user_cache() / model.weights.folder
    return hub_cache() / f"models--{model.weights.repository.replace('/', '--')}"


def at_hand(model: ModelDescription) -> Path | None:
    """The weights as they lie in the cache, without any network.

    Returns:
        The file, or the folder where several are needed; None where something is missing.
    """
    if isinstance(model.weights, WebFile):
        file = cache_folder(model) / model.weights.name
        return file if file.is_file() else None
    return _in_hub_cache(model.weights)


def obtainable(model: ModelDescription) -> str | None:
    """Why the weights could not be had now; None where they are at hand or a server answers.

    Takes :data:`GLANCE_S` at most.
    """
    if at_hand(model) is not None:
        return None
    if is_offline():
        return "HF_HUB_OFFLINE forbids the network"
    if not is_reachable(_address(model), timeout_s=GLANCE_S):
        return f"{_host(model)} does not answer"
    return None


def obtain(model: ModelDescription, *, on_progress: OnProgress | None = None) -> Path:
    """The weights of a model, fetched where they are not at hand.

    Args:
        model: What is wanted.
        on_progress: Told how far the download is.

    Returns:
        The file, or the folder where there are several.

    Raises:
        WeightsError: Where they are not at hand and cannot be fetched.
        MissingDependencyError: Where the package that fetches them is not installed.
    """
    here = at_hand(model)
    if here is not None:
        return here
    if is_offline():
        raise _unavailable(model, "HF_HUB_OFFLINE forbids the network")
    report = on_progress or (lambda _: None)

    def told(done: int, total: int | None) -> None:
        size = None if total is None else total / 1e6
        report(Progress(f"Fetching {model.name}", done / 1e6, size, "MB"))

    try:
        if not is_reachable(_address(model), timeout_s=PATIENCE_S, attempts=ATTEMPTS):
            raise NotReachable(f"{_host(model)} does not answer")
        if isinstance(model.weights, HubFiles):
            return _from_hub(model.weights, told)
        target = cache_folder(model) / model.weights.name
        return download(model.weights.url, target, sha256=model.weights.sha256, told=told)
    except (NotReachable, OSError, ValueError) as error:
        raise _unavailable(model, _reason(error)) from error


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


def _endpoint() -> str:
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def _address(model: ModelDescription) -> str:
    return model.weights.url if isinstance(model.weights, WebFile) else _endpoint()


def _host(model: ModelDescription) -> str:
    return _address(model).partition("//")[2].partition("/")[0]


def _in_hub_cache(weights: HubFiles) -> Path | None:
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return None
    files: list[Path] = []
    for group in weights.files:
        places = (
            try_to_load_from_cache(weights.repository, name, cache_dir=hub_cache())
            for name in group
        )
        found = next((Path(place) for place in places if isinstance(place, str)), None)
        if found is None:
            return None
        files.append(found)
    return _one(files)


def _from_hub(weights: HubFiles, told: Callable[[int, int | None], None]) -> Path:
    """Fetch every file into the hub's cache."""
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
    except ImportError:
        raise MissingDependencyError("huggingface_hub", extra="models") from None
    files: list[Path] = []
    for group in weights.files:
        for name in group:
            try:
                place = hf_hub_download(
                    weights.repository,
                    name,
                    cache_dir=hub_cache(),
                    endpoint=_endpoint(),
                    etag_timeout=PATIENCE_S,
                    tqdm_class=_counter(told),
                )
            except LocalEntryNotFoundError:  # the network, not the repository
                raise
            except EntryNotFoundError:
                continue
            files.append(Path(place))
            break
        else:
            raise ValueError(f"{weights.page} has no {' or '.join(group)}")
    return _one(files)


def _one(files: list[Path]) -> Path:
    return files[0] if len(files) == 1 else files[0].parent


def _counter(told: Callable[[int, int | None], None]) -> type:
    """What stands in for the hub's progress bar, and tells how far it is instead of drawing."""
    from tqdm.auto import tqdm

    class Counter(tqdm):  # type: ignore[misc]
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **{**options, "disable": True})
            self._whole, self._done = options.get("total"), 0

        def update(self, n: float | None = 1) -> None:
            self._done += int(n or 0)
            told(self._done, self._whole if isinstance(self._whole, int) else None)

    return Counter
