"""What a file of SyncClip's own holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from syncclip.errors import InputError
from syncclip.index import EncoderRecord, MovieIndex, open_index
from syncclip.reports import quality_info, read_result

__all__ = ["describe"]


def describe(path: str | Path) -> dict[str, Any]:
    """Facts about an ``.idx`` file or a result file, as plain values.

    Raises:
        IndexFileError: Where an index is not sound.
        ResultError: Where a result is not sound.
        InputError: Where the file is missing.
    """
    path = Path(path)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise InputError(f"{path} {what}; name an .idx file or a visual_match_results.json")
    return _result(path) if path.suffix.lower() == ".json" else _index(path)


def _index(path: Path) -> dict[str, Any]:
    with open_index(path) as index:
        made, info = index.manifest, index.manifest.info
        return {
            "kind": "index",
            "movie": index.name,
            "movie_path": str(info.path),
            "created_by": made.created_by,
            "fingerprint": made.fingerprint,
            "duration_s": index.times.end_s,
            "frames": len(index.times),
            "frame_rate": str(info.frame_rate),
            "size_px": f"{info.width_px}x{info.height_px}",
            "content_px": [made.content.x, made.content.y, made.content.w, made.content.h],
            "codec": info.codec,
            "shots": len(index.shots),
            "tracks": {encoder.id: _track(index, encoder) for encoder in made.encoders},
            **({} if made.captions is None else {"captions_model": made.captions.model}),
            "damaged_places": len(made.gaps),
            "bytes": path.stat().st_size,
        }


def _track(index: MovieIndex, made: EncoderRecord) -> dict[str, Any]:
    """Frames described, length of a vector, and what the encoder was and was shown."""
    model = {"model": made.model} if made.model else {}
    facts = {"numbers": made.dim, "shown": made.preprocessing, "fingerprint": made.fingerprint}
    return {"frames": len(index.tracks[made.id].frames), **model, **facts}


def _result(path: Path) -> dict[str, Any]:
    result = read_result(path)
    quality = quality_info(result)
    return {
        "kind": "result",
        "commentary": result.commentary,
        "duration_s": result.duration_s,
        "frames": result.frames,
        "frame_rate": str(result.frame_rate),
        "movies": [movie.name for movie in result.movies],
        "segments": len(result.segments),
        "coverage": quality.coverage,
        "confidence": quality.confidence,
        "tiers": {tier.value: count for tier, count in quality.tiers.items()},
        **({"spoken_lines": len(result.transcript)} if result.transcript else {}),
        "notes": list(result.notes),
        "version": result.version,
    }
