"""Every error SyncClip raises on purpose.

    SyncClipError
    ├── InputError                 a file the user gave cannot be used
    │   ├── VideoError             … because it is not a readable video
    │   ├── IndexFileError         … because it is not a sound .idx file
    │   │   └── IndexMismatchError … it is sound, but made by another version, encoder or size
    │   ├── ResultError            … because it is not a sound result file
    │   └── MovieChangedError      the movie is not the one that was indexed
    ├── OutputError                a result cannot be written (permission, disk full, already there)
    ├── FFmpegError                the ffmpeg program is missing or failed
    ├── MissingDependencyError     an optional package is not installed
    ├── WeightsError               the weights of a model cannot be had or read
    └── SettingsError              an option has an impossible value

A message is one line: what failed, on which file, and what to do next. Only the command line
turns these into an exit code.
"""

from __future__ import annotations

__all__ = [
    "FFmpegError",
    "IndexFileError",
    "IndexMismatchError",
    "InputError",
    "MissingDependencyError",
    "MovieChangedError",
    "OutputError",
    "ResultError",
    "SettingsError",
    "SyncClipError",
    "VideoError",
    "WeightsError",
]


class SyncClipError(Exception):
    """Base of every error that SyncClip raises on purpose."""


class InputError(SyncClipError):
    """A file or folder the user gave cannot be used."""


class VideoError(InputError):
    """A file is not a video that can be read."""


class IndexFileError(InputError):
    """A file is not a sound ``.idx`` file."""


class IndexMismatchError(IndexFileError):
    """An ``.idx`` file is sound but was made by another version, encoder or setting."""


class ResultError(InputError):
    """A result file is not sound."""


class MovieChangedError(InputError):
    """The movie found is not the one that was indexed."""


class OutputError(SyncClipError):
    """A result cannot be written."""


class FFmpegError(SyncClipError):
    """The ffmpeg program is missing or failed."""


class MissingDependencyError(SyncClipError):
    """An optional package is not installed.

    Args:
        package: Import name that was missing.
        extra: SyncClip extra that installs it.
    """

    def __init__(self, package: str, *, extra: str) -> None:
        super().__init__(
            f"{package} is not installed; install it with: pip install 'syncclip[{extra}]'"
        )
        self.package = package
        self.extra = extra


class WeightsError(SyncClipError):
    """The weights of a model are not at hand, cannot be fetched, or do not fit."""


class SettingsError(SyncClipError):
    """An option has an impossible value."""
