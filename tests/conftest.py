"""Clips are made once for the whole test session; no test reaches the network."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache

import pytest

from tests import media

# Before any library of models is imported: they read it once.
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], media.Clip]:
    """``clip(name)`` gives a clip of :data:`tests.media.VARIANTS`."""
    folder = tmp_path_factory.mktemp("clips")
    return cache(lambda name: media.VARIANTS[name](folder))
