"""Opens a local video file with PyAV and chooses its video stream."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import av.container
import av.error
import av.stream
import av.video
from av.codec.context import ThreadType

from syncclip.errors import VideoError

__all__ = ["Source", "check_file", "file_url", "open_container"]

# Demuxers that FFmpeg picks for things that are not one video file: text drawn as a terminal,
# playlists that open other files, and single pictures.
_NOT_VIDEO_FILES = {"tty", "hls", "dash", "concat", "sdp", "rtsp", "lavfi", "image2", "imf", "ico"}


def file_url(path: Path) -> str:
    """The name by which FFmpeg opens exactly this local file.

    The ``file:`` prefix and the absolute path keep names that start with a dash or look like
    ``https:`` or ``concat:`` from being read as anything else.
    """
    return f"file:{path.absolute()}"


def check_file(path: Path) -> None:
    """Raise a clear error unless ``path`` is a file with something in it.

    Raises:
        VideoError: Missing, folder, no permission, not a regular file, or empty.
    """
    name = repr(str(path))
    try:
        if path.is_dir():
            raise VideoError(f"{name} is a folder, not a video; name one video file")
        if not path.exists():
            raise VideoError(f"no such file: {name}; check the path")
        if not path.is_file():
            raise VideoError(f"{name} is not a regular file; copy the video to a file first")
        with path.open("rb") as file:
            empty = not file.read(1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VideoError(f"cannot read {name}: {reason}; check its permissions") from error
    if empty:
        raise VideoError(f"{name} is empty (0 bytes); copy or download it again")


class Source:
    """An open container and the video stream chosen in it.

    Args:
        path: A local file.
        threads: Decoding threads; 0 lets FFmpeg choose.

    Raises:
        VideoError: Where the file is not a video that this FFmpeg decodes.
    """

    def __init__(self, path: Path, *, threads: int = 0) -> None:
        check_file(path)
        self.path = path
        self._threads = threads
        self._open()

    def _open(self) -> None:
        self.container = open_container(self.path)
        try:
            self.stream = _choose_stream(self.container, self.path)
            self.stream.codec_context.thread_count = self._threads
            self.stream.codec_context.thread_type = ThreadType.AUTO
        except BaseException:
            self.container.close()
            raise

    def rewind(self) -> None:
        """Start again at the first packet, with a fresh decoder."""
        self.container.close()
        self._open()

    def end_pts_from_header(self) -> int | None:
        """Where the container says the video stream ends; None where it does not say."""
        stream, unit = self.stream, self.stream.time_base or Fraction(1, 1_000_000)
        if stream.duration:
            return (stream.start_time or 0) + stream.duration
        hours, _, rest = stream.metadata.get("DURATION", "").partition(":")  # Matroska's own tag
        minutes, _, seconds = rest.partition(":")
        try:
            return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) / unit)
        except ValueError:
            return None

    def close(self) -> None:
        """Release the file."""
        self.container.close()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_container(path: Path) -> av.container.InputContainer:
    """Open a container of moving pictures or sound.

    Raises:
        VideoError: Where the file is none.
    """
    try:
        container = av.open(
            file_url(path),
            mode="r",
            metadata_errors="replace",
            options={"protocol_whitelist": "file"},
        )
    except (av.error.FFmpegError, OSError, UnicodeError) as error:
        raise VideoError(_why_not(path, error)) from error
    names = set(container.format.name.split(","))
    if names & _NOT_VIDEO_FILES or any(name.endswith("_pipe") for name in names):
        container.close()
        kind = container.format.name
        raise VideoError(f"{str(path)!r} is not a video (it reads as {kind}); name another file")
    return container


def _why_not(path: Path, error: Exception) -> str:
    name = repr(str(path))
    with path.open("rb") as file:
        head = file.read(64)
    if head[4:8] in (b"ftyp", b"mdat", b"free", b"wide", b"skip"):
        return (
            f"{name} is cut short or damaged: its table of contents (moov) is missing; "
            "download or copy it again"
        )
    reason = getattr(error, "strerror", None) or str(error)
    return f"{name} is not a video that can be read ({reason}); name another file"


def _choose_stream(container: av.container.InputContainer, path: Path) -> av.video.VideoStream:
    """The stream a player shows: default disposition first, then the largest picture."""
    name = repr(str(path))
    streams = list(container.streams.video)
    films = [s for s in streams if not s.disposition & av.stream.Disposition.attached_pic]
    if not films and streams:
        raise VideoError(
            f"{name} has no video, only a cover picture; name a file with moving pictures"
        )
    if not films:
        what = "only sound" if container.streams.audio else "no video stream"
        raise VideoError(f"{name} has no video: it holds {what}; name a file with moving pictures")
    playable = [s for s in films if s.codec_context is not None and s.time_base]
    if not playable:
        raise VideoError(f"{name} is in a codec that this FFmpeg cannot decode; convert it first")
    default = av.stream.Disposition.default
    return max(
        playable,
        key=lambda s: (
            bool(s.disposition & default),
            s.codec_context.width * s.codec_context.height,
        ),
    )
