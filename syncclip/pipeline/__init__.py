"""The only place that composes stages: index, match, render, describe."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncclip.pipeline.correcting import Review, TruthOutcome
    from syncclip.pipeline.describing import describe
    from syncclip.pipeline.exporting import ExportOutcome, export
    from syncclip.pipeline.index_plan import IndexedFilm
    from syncclip.pipeline.indexing import IndexOutcome, index_movie
    from syncclip.pipeline.indexing_many import IndexManyOutcome, index_movies
    from syncclip.pipeline.library_search import FoundPlace, SearchOutcome, search
    from syncclip.pipeline.lists import VIDEO_SUFFIXES, is_many
    from syncclip.pipeline.matching import MatchOutcome, match
    from syncclip.pipeline.matching_many import BatchOutcome, match_many
    from syncclip.pipeline.rendering import RenderOutcome, render

__all__ = [
    "VIDEO_SUFFIXES",
    "BatchOutcome",
    "ExportOutcome",
    "FoundPlace",
    "IndexManyOutcome",
    "IndexOutcome",
    "IndexedFilm",
    "MatchOutcome",
    "RenderOutcome",
    "Review",
    "SearchOutcome",
    "TruthOutcome",
    "describe",
    "export",
    "index_movie",
    "index_movies",
    "is_many",
    "match",
    "match_many",
    "render",
    "search",
]

_MODULES = {
    "VIDEO_SUFFIXES": "lists",
    "BatchOutcome": "matching_many",
    "FoundPlace": "library_search",
    "IndexManyOutcome": "indexing_many",
    "IndexOutcome": "indexing",
    "IndexedFilm": "index_plan",
    "MatchOutcome": "matching",
    "RenderOutcome": "rendering",
    "SearchOutcome": "library_search",
    "ExportOutcome": "exporting",
    "Review": "correcting",
    "TruthOutcome": "correcting",
    "describe": "describing",
    "export": "exporting",
    "index_movie": "indexing",
    "index_movies": "indexing_many",
    "is_many": "lists",
    "match": "matching",
    "match_many": "matching_many",
    "render": "rendering",
    "search": "library_search",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever a stage's module offers
    """Import a stage on first use: indexing needs neither matching nor rendering."""
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
