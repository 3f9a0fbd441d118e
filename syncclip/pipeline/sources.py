"""Opened indexes as the matcher takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncclip.index import IndexHead, MovieIndex
from syncclip.matching import Source
from syncclip.pipeline.commentary import content_aspect
from syncclip.result import MovieRef

__all__ = ["movie_refs", "movie_sources"]


def movie_sources(indexes: Sequence[MovieIndex]) -> list[Source]:
    """Movies in the order of their indexes; their signatures stay in the mapped files."""
    return [
        Source(
            name=index.name,
            signatures=index.signatures,
            seconds=index.times.seconds,
            end_s=index.times.end_s,
            aspect=content_aspect(index.manifest.info, index.manifest.content),
            shots_s=index.times.seconds[[shot.start_frame for shot in index.shots]],
        )
        for index in indexes
    ]


def movie_refs(indexes: Sequence[IndexHead]) -> list[MovieRef]:
    """Movies as a result names them."""
    return [replace(index.ref, index=str(index.path.absolute())) for index in indexes]
