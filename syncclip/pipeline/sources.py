"""Opened indexes as the matcher takes them."""

from __future__ import annotations

from collections.abc import Sequence

from syncclip.index import MovieIndex
from syncclip.matching import Source
from syncclip.pipeline.commentary import content_aspect

__all__ = ["movie_sources"]


def movie_sources(indexes: Sequence[MovieIndex]) -> list[Source]:
    """Movies in the order of their indexes; their signatures stay in the mapped files."""
    return [
        Source(
            name=index.name,
            signatures=index.signatures,
            seconds=index.times.seconds,
            end_s=index.times.end_s,
            aspect=content_aspect(index.manifest.info, index.manifest.content),
        )
        for index in indexes
    ]
