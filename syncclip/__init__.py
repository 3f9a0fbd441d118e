"""SyncClip: find every shot of a commentary in its movie, to the frame, and rebuild the edit.

from syncclip import index_movie, match, render

index_movie("movie.mp4")
outcome = match("commentary.mp4", "movie.idx")
print(outcome.files["video"])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncclip._version import __version__

if TYPE_CHECKING:
    from syncclip.pipeline import (
        BatchOutcome,
        ExportOutcome,
        IndexManyOutcome,
        IndexOutcome,
        MatchOutcome,
        RenderOutcome,
        Review,
        SearchOutcome,
        TruthOutcome,
        describe,
        export,
        index_movie,
        index_movies,
        match,
        match_many,
        render,
        search,
    )

__all__ = [
    "BatchOutcome",
    "ExportOutcome",
    "IndexManyOutcome",
    "IndexOutcome",
    "MatchOutcome",
    "RenderOutcome",
    "Review",
    "SearchOutcome",
    "TruthOutcome",
    "__version__",
    "describe",
    "export",
    "index_movie",
    "index_movies",
    "match",
    "match_many",
    "render",
    "search",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the pipeline offers under that name
    """Import the pipeline on first use, so that ``import syncclip`` stays fast."""
    if name in __all__:
        from syncclip import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
