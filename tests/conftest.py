"""Clips are made once for the whole test session."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from tests import media


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], media.Clip]:
    """``clip(name)`` gives a clip of :data:`tests.media.VARIANTS`."""
    folder = tmp_path_factory.mktemp("clips")
    return cache(lambda name: media.VARIANTS[name](folder))
