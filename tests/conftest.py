"""Clips are made once for the whole test session; no test reaches the network."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests import media, word_models

# Before any library of models is imported: they read it once.
os.environ["HF_HUB_OFFLINE"] = "1"
# Tests run one on each core; more threads than cores wait for each other, busily.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# A shell's background jobs ignore Ctrl-C, and so would the commands that tests start and stop.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], media.Clip]:
    """``clip(name)`` gives a clip of :data:`tests.media.VARIANTS`."""
    folder = tmp_path_factory.mktemp("clips")
    return cache(lambda name: media.VARIANTS[name](folder))


@pytest.fixture(scope="session")
def whisper_that_says(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[word_models.Said], Path]:
    """``whisper_that_says(words)`` gives a tiny checkpoint; of random weights without words."""
    pytest.importorskip("whisper")
    folder = tmp_path_factory.mktemp("whisper")

    @cache
    def made(says: word_models.Said) -> Path:
        name = f"{abs(hash(says))}.pt"
        return word_models.tiny_whisper(folder / name, says=says)

    return made


@pytest.fixture(scope="session")
def blip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BLIP captioning model of random weights."""
    pytest.importorskip("transformers")
    return word_models.tiny_blip(tmp_path_factory.mktemp("blip"))
