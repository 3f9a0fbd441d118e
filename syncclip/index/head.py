"""What the header of an ``.idx`` file says, without its arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from syncclip.contracts import Encoder, PictureEncoder
from syncclip.index._messages import mismatch, unsound
from syncclip.index.container import read_manifest
from syncclip.index.manifest import EncoderRecord, Manifest
from syncclip.result import MovieRef

__all__ = ["IndexHead", "read_head"]


@dataclass(frozen=True, slots=True, eq=False)
class IndexHead:
    """Which movie an index is of, and how it was made."""

    path: Path
    """The ``.idx`` file."""
    name: str
    """The movie's name in results: its file name, unless two movies share it."""
    manifest: Manifest

    @property
    def ref(self) -> MovieRef:
        """The movie as a result names it."""
        info = self.manifest.info
        return MovieRef(
            name=self.name,
            path=str(info.path),
            index=str(self.path),
            fingerprint=self.manifest.fingerprint,
            duration_s=self.manifest.end_s,
            frame_rate=info.frame_rate,
            width_px=info.width_px,
            height_px=info.height_px,
            content=self.manifest.content,
        )

    def require(self, encoders: Sequence[Encoder]) -> None:
        """See that queries of these encoders can be compared with the tracks.

        Raises:
            IndexMismatchError: Where a track is missing or was made by another model.
        """
        made = {record.id: record for record in self.manifest.encoders}
        for encoder in encoders:
            want = EncoderRecord.of(encoder, self.manifest.config)
            have = made.get(want.id)
            if have is None:
                raise mismatch(self.path, f"has no track of the encoder {want.id!r}")
            if have.dim != want.dim:
                raise mismatch(
                    self.path,
                    f"has vectors of length {have.dim} of the encoder {want.id!r}, "
                    f"which now gives {want.dim}",
                )
            if have != want:
                raise mismatch(self.path, f"was made with another version of {want.id!r}")

    def model_of(self, track: str) -> str | None:
        """The model of a track as its user named it; None where there is no such track."""
        return next((made.model for made in self.manifest.encoders if made.id == track), None)

    def require_track(self, track: str) -> None:
        """See that there is a track of a model.

        Raises:
            IndexMismatchError: Where there is none.
        """
        if self.model_of(track) is None:
            raise mismatch(self.path, f"has no track of {track!r}", remedy=_rebuild_with(track))

    def require_model(self, track: str, fingerprint: str) -> None:
        """See that a model's track, if there is one, was made with these weights.

        Raises:
            IndexMismatchError: Where it was made with others.
        """
        for made in self.manifest.encoders:
            if made.id == track and made.fingerprint != fingerprint:
                raise mismatch(
                    self.path,
                    f"has a track of {track!r} made with another model ({made.model})",
                    remedy=f"{_rebuild_with(track)}, or match with --encoder builtin",
                )

    def require_shown(self, encoder: PictureEncoder) -> None:
        """See that a model's track, if there is one, has its length and preprocessing.

        Raises:
            IndexMismatchError: Where it was made by another version of the model's library.
        """
        for made in self.manifest.encoders:
            same = made.dim == encoder.dim and made.preprocessing.startswith(encoder.preprocessing)
            if made.id == encoder.id and not same:
                raise mismatch(
                    self.path,
                    f"has a track of {made.id!r} of {made.dim} numbers from {made.preprocessing}, "
                    f"and the model now gives {encoder.dim} from {encoder.preprocessing}",
                    remedy=f"{_rebuild_with(made.id)}, or match with --encoder builtin",
                )


def _rebuild_with(track: str) -> str:
    return f"rebuild it with: syncclip index MOVIE --encoder {track} --force"


def read_head(path: Path) -> IndexHead:
    """Read the header of an index; whether its arrays are sound is not looked at.

    Raises:
        IndexFileError: Where it is missing, no index, or its header is damaged.
        IndexMismatchError: Where another version of SyncClip's format was used.
    """
    made = read_manifest(path)
    try:
        manifest = Manifest.from_json(made)
    except ValueError as error:
        raise unsound(path, str(error)) from error
    return IndexHead(path, manifest.name, manifest)
