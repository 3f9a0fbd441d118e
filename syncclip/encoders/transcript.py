"""What is spoken, by Whisper (Radford et al. 2022) through openai-whisper."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncclip.encoders._common import fetched_again, first_line
from syncclip.encoders.batches import is_out_of_memory
from syncclip.encoders.devices import choose_device, is_graphics
from syncclip.encoders.models import MODELS, ModelDescription, WebFile
from syncclip.encoders.speech_parts import Part, is_silent, parts_of
from syncclip.encoders.weights import obtain
from syncclip.errors import (
    InputError,
    MissingDependencyError,
    SettingsError,
    SyncClipError,
    WeightsError,
)
from syncclip.progress import OnProgress
from syncclip.result import SpokenWord, TranscriptLine

__all__ = ["RATE_HZ", "Transcriber", "Transcript", "whisper_sizes"]

RATE_HZ = 16_000
"""Samples per second that Whisper hears."""
BEAMS = 5
"""Hypotheses that decoding follows at a time, as openai-whisper's own command does."""
OPTIONS: Mapping[str, Any] = {
    "task": "transcribe",
    "word_timestamps": True,
    # A window that is misheard must not lead the next astray: repeating loops come from it.
    "condition_on_previous_text": False,
    # Windows that repeat themselves (gzip ratio), that are unlikely, or that hold no speech are
    # decoded again or left out: openai-whisper's own limits.
    "compression_ratio_threshold": 2.4,
    "logprob_threshold": -1.0,
    "no_speech_threshold": 0.6,
    # Improbable words beside this much silence were made up.
    "hallucination_silence_threshold": 2.0,
}
LOOP_LINES = 3
"""From so many equal lines in a row on, the recogniser repeats itself: one of them is kept."""
LANGUAGE_LOOKS = 5
"""Windows by which the language is told: a commentary may begin with a clip in another one."""
WINDOW_S = 30
"""Seconds that Whisper hears at a time."""
SIZES: Mapping[str, Sequence[int]] = {
    "n_mels": (80, 128),
    "n_audio_ctx": (1500,),
    "n_audio_state": range(1, 8193),
    "n_audio_head": range(1, 257),
    "n_audio_layer": range(1, 257),
    "n_vocab": (51864, 51865, 51866),
    "n_text_ctx": range(16, 4097),
    "n_text_state": range(1, 8193),
    "n_text_head": range(1, 257),
    "n_text_layer": range(1, 257),
}
"""Sizes of a Whisper: what it hears and says is fixed, the rest is bounded, so that a stranger's
file cannot take all the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What was heard."""

    lines: tuple[TranscriptLine, ...]
    """By start."""
    language: str | None
    """Code of the language that was heard or named, ``"en"``; None where nothing was heard."""


def whisper_sizes() -> tuple[str, ...]:
    """Names of Whisper models without ``whisper-``."""
    names = (model.name for model in MODELS.values() if model.kind == "whisper")
    return tuple(name.removeprefix("whisper-") for name in names)


class Transcriber:
    """A loaded Whisper.

    Args:
        model: As ``whisper.load_model`` gives it, on its device.
        name: What the user calls it.
        notes: What the user must know of how it was loaded.
    """

    def __init__(self, model: Any, *, name: str, notes: Sequence[str] = ()) -> None:  # noqa: ANN401
        self._model, self.name, self.notes = model, name, tuple(notes)

    @classmethod
    def load(
        cls, name: str, *, device: str = "auto", on_progress: OnProgress | None = None
    ) -> Transcriber:
        """Load a model, fetching its weights where they are not at hand.

        Args:
            name: ``"tiny"`` … ``"turbo"``, with ``whisper-`` before it or without, or the path of a
                checkpoint.
            device: See :func:`~syncclip.encoders.devices.choose_device`.
            on_progress: Told how far a download is.

        Raises:
            MissingDependencyError: Where openai-whisper is not installed.
            SettingsError: Where there is no such model or device.
            WeightsError: Where weights cannot be had.
            InputError: Where a file is not a Whisper checkpoint.
        """
        known = MODELS.get(f"whisper-{name.removeprefix('whisper-')}")
        if known is None and not Path(name).is_file():
            raise SettingsError(
                f"unknown Whisper model {name!r}: no such file; choose one of "
                f"{', '.join(whisper_sizes())}, or the path of a checkpoint"
            )
        whisper = _whisper()
        chosen, notes = choose_device(device), []
        if chosen == "mps":
            chosen = "cpu"
            notes.append("Whisper does not run on Metal (mps): the transcript was made on the cpu")
        if known is None:
            _check_checkpoint(Path(name))
            model = _loaded(whisper, name, chosen)
        else:
            model = _known(whisper, known, chosen, on_progress)
        return cls(model, name=name, notes=notes)

    def transcribe(
        self,
        sound: NDArray[np.float32],
        *,
        language: str | None = None,
        on_second: Callable[[float], None] | None = None,
    ) -> Transcript:
        """Write down what is spoken.

        The same sound gives the same words every time on the same machine.

        Args:
            sound: (n,) samples at :data:`RATE_HZ`, -1 to 1.
            language: Code or English name; told from the sound by default.
            on_second: Told now and then which second was reached.

        Raises:
            SettingsError: Where the language is unknown, or the model knows English only.
            SyncClipError: Where memory runs out.
        """
        tell = on_second or (lambda _: None)
        parts = [part for part in parts_of(sound, RATE_HZ) if not is_silent(part.sound)]
        code = self._code(language) if language else self._heard(parts)
        lines: list[TranscriptLine] = []
        for part in parts:
            lines += _lines(self._one(part.sound, code)["segments"], part)
            tell((part.start + len(part.sound)) / RATE_HZ)
        lines.sort(key=lambda line: line.start_s)
        return Transcript(lines=tuple(_without_loops(lines)), language=code)

    def _code(self, language: str) -> str:
        from whisper.tokenizer import LANGUAGES, TO_LANGUAGE_CODE

        wanted = language.strip().lower()
        code = wanted if wanted in LANGUAGES else TO_LANGUAGE_CODE.get(wanted)
        if code is None:
            raise SettingsError(
                f"unknown language {language!r}; give a code such as en, de, es, fr, ja, zh or an "
                "English name, or leave --language out"
            )
        if code != "en" and not self._model.is_multilingual:
            raise SettingsError(f"{self.name} knows English only; take another model for {code}")
        return str(code)

    def _heard(self, parts: Sequence[Part]) -> str | None:
        """The language that several windows are most probably in."""
        if not parts:
            return None
        if not self._model.is_multilingual:
            return "en"
        from whisper.audio import log_mel_spectrogram, pad_or_trim

        looks = np.linspace(0, len(parts) - 1, min(len(parts), LANGUAGE_LOOKS)).astype(int)
        total: dict[str, float] = {}
        for look in looks:
            sound = pad_or_trim(parts[look].sound, WINDOW_S * RATE_HZ)
            mel = log_mel_spectrogram(sound, self._model.dims.n_mels).to(self._model.device)
            _, chances = self._model.detect_language(mel.to(self._precision()))
            for code, chance in chances.items():
                total[code] = total.get(code, 0.0) + chance
        return max(total, key=lambda code: total[code])

    def _precision(self) -> Any:  # noqa: ANN401 - a torch data type
        import torch

        return torch.float16 if is_graphics(str(self._model.device)) else torch.float32

    def _one(self, sound: NDArray[np.float32], language: str | None) -> dict[str, Any]:
        """What openai-whisper says; with fewer hypotheses at a time where memory runs out."""
        beams = BEAMS
        while True:
            try:
                with _repeatable(str(self._model.device)):
                    heard: dict[str, Any] = self._model.transcribe(
                        sound,
                        language=language,
                        beam_size=beams,
                        best_of=beams,
                        fp16=is_graphics(str(self._model.device)),
                        **OPTIONS,
                    )
                return heard
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                if beams == 1:
                    raise SyncClipError(
                        "memory runs out while transcribing; take a smaller model with "
                        "--transcribe, or --device cpu"
                    ) from error
                beams //= 2


def _whisper() -> Any:  # noqa: ANN401 - a module without types
    try:
        import whisper
    except ImportError:
        raise MissingDependencyError("whisper", extra="transcribe") from None
    if not hasattr(whisper, "load_model"):  # another package goes by the same name
        raise MissingDependencyError("whisper", extra="transcribe")
    return whisper


def _known(
    whisper: Any,  # noqa: ANN401
    model: ModelDescription,
    device: str,
    on_progress: OnProgress | None,
) -> Any:  # noqa: ANN401
    """A model by its name: only so openai-whisper knows which of its heads tell words' times."""
    path = obtain(model, on_progress=on_progress)
    assert isinstance(model.weights, WebFile)
    # openai-whisper would fetch a damaged file anew, without an end to its waiting.
    with path.open("rb") as file:
        whole = hashlib.file_digest(file, "sha256").hexdigest() == model.weights.sha256
    if not whole:
        raise WeightsError(f"{path} is damaged; {fetched_again(path, model.name)}")
    size = model.name.removeprefix("whisper-")
    return _loaded(whisper, size, device, download_root=str(path.parent))


def _loaded(whisper: Any, name: str, device: str, **options: str) -> Any:  # noqa: ANN401
    try:
        return whisper.load_model(name, device=device, **options).eval()
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise InputError(f"{name} is not a Whisper checkpoint: {first_line(error)}") from error
        raise SyncClipError(
            f"memory runs out while loading {name}; take a smaller model, or --device cpu"
        ) from error


def _check_checkpoint(path: Path) -> None:
    """See that a stranger's file holds the sizes of a Whisper, before anything is built of them."""
    import torch

    bad = f"{path} is not a Whisper checkpoint"
    try:
        with warnings.catch_warnings(action="ignore"):
            held = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a file from anywhere raises anything
        raise InputError(f"{bad}: {first_line(error)}") from error
    try:
        sizes = {str(name): int(size) for name, size in held["dims"].items()}
        weights = held["model_state_dict"]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError(f"{bad}: it lacks dims or model_state_dict") from None
    whole = isinstance(weights, Mapping) and set(sizes) == set(SIZES)
    for half in ("audio", "text") if whole else ():
        whole &= sizes[f"n_{half}_state"] % sizes[f"n_{half}_head"] == 0
    if not whole or any(size not in SIZES[name] for name, size in sizes.items()):
        raise InputError(f"{bad}: its sizes are {sizes}")


@contextmanager
def _repeatable(device: str) -> Iterator[None]:
    """Where Whisper throws dice (decoding at a temperature), it throws the same every time."""
    import torch

    numbered = [torch.device(device)] if device.startswith("cuda") else []
    with torch.random.fork_rng(devices=numbered), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Performing inference on CPU")
        warnings.filterwarnings("ignore", message="Failed to launch Triton kernels")
        warnings.filterwarnings("ignore", message="__array_wrap__ must accept")  # of its own code
        torch.manual_seed(0)
        yield


def _lines(segments: Sequence[Mapping[str, Any]], part: Part) -> Iterator[TranscriptLine]:
    """What openai-whisper's segments say, in seconds of the whole sound."""
    start_s, end_s = part.start / RATE_HZ, (part.start + len(part.sound)) / RATE_HZ

    def at(seconds: float) -> float:
        return round(min(start_s + max(float(seconds), 0.0), end_s), 3)

    for segment in segments:
        words = tuple(
            SpokenWord(
                start_s=at(word["start"]),
                end_s=max(at(word["start"]), at(word["end"])),
                text=str(word["word"]),
            )
            for word in segment.get("words", ())
        )
        line = TranscriptLine(
            start_s=at(segment["start"]),
            end_s=max(at(segment["start"]), at(segment["end"])),
            text=str(segment["text"]).strip(),
            words=words,
        )
        first, last = (round((s - start_s) * RATE_HZ) for s in (line.start_s, line.end_s))
        if line.text and not is_silent(part.sound[first:last]):
            yield line


def _without_loops(lines: Sequence[TranscriptLine]) -> Iterator[TranscriptLine]:
    for _, same in groupby(lines, key=lambda line: line.text.casefold()):
        run = list(same)
        yield from run[:1] if len(run) >= LOOP_LINES else run
