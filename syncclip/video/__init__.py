"""Reads video files: stream facts, exact times, thumbnails, full frames, shots, borders."""

from __future__ import annotations

from pathlib import Path

from syncclip.contracts import VideoReader
from syncclip.errors import SettingsError
from syncclip.video._fingerprint import fingerprint
from syncclip.video._probe import probe
from syncclip.video._still import read_still
from syncclip.video._tags import FileTags, read_tags
from syncclip.video._times import frame_times
from syncclip.video.audio import read_sound
from syncclip.video.borders import find_content
from syncclip.video.shots import Transition, detect_shots, find_transitions, shots_from

__all__ = [
    "READERS",
    "FileTags",
    "Transition",
    "detect_shots",
    "find_content",
    "find_transitions",
    "fingerprint",
    "frame_times",
    "open_video",
    "probe",
    "read_sound",
    "read_still",
    "read_tags",
    "shots_from",
]

READERS = ("pyav", "decord")


def open_video(path: str | Path, *, reader: str = "pyav", threads: int = 0) -> VideoReader:
    """Open a local video file.

    Args:
        path: The file. Its name is never read as a pattern, protocol or option.
        reader: ``"pyav"`` (default, reads everything) or ``"decord"`` (an extra).
        threads: Decoding threads; 0 lets the decoder choose.

    Raises:
        VideoError: Where the file is not a video that this reader reads exactly.
        MissingDependencyError: Where decord is asked for and not installed.
        SettingsError: For an unknown reader.
    """
    if reader not in READERS:
        raise SettingsError(f"unknown reader {reader!r}; choose one of: {', '.join(READERS)}")
    if reader == "decord":
        from syncclip.video.decord_reader import DecordReader

        return DecordReader(path, threads=threads)
    from syncclip.video.pyav_reader import PyAVReader

    return PyAVReader(path, threads=threads)
