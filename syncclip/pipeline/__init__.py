"""The only place that composes stages: index, match, render, describe."""

from syncclip.pipeline.describing import describe
from syncclip.pipeline.indexing import IndexOutcome, index_movie
from syncclip.pipeline.matching import MatchOutcome, match
from syncclip.pipeline.rendering import RenderOutcome, render

__all__ = [
    "IndexOutcome",
    "MatchOutcome",
    "RenderOutcome",
    "describe",
    "index_movie",
    "match",
    "render",
]
