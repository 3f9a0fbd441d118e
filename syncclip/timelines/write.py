"""The formats by name, and writing them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from syncclip._files import write_text
from syncclip.errors import OutputError, SettingsError
from syncclip.timelines.edl import to_edl
from syncclip.timelines.fcp7 import to_fcp7
from syncclip.timelines.fcpxml import to_fcpxml
from syncclip.timelines.jianying import jianying_library, to_jianying
from syncclip.timelines.mlt import to_mlt
from syncclip.timelines.model import Edit, opentimelineio
from syncclip.timelines.subtitles import to_srt
from syncclip.timelines.tables import to_csv

__all__ = ["FORMATS", "TimelineFormat", "known_formats", "require", "write_timelines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineFormat:
    """A format that an edit can be written in."""

    suffix: str
    opens_in: str
    """Programs, as help and documents name them."""
    make: Callable[[Edit], str] | None = None
    """The file's text; None for a format that is a folder."""
    encoding: str = "utf-8"


def _to_otio(edit: Edit) -> str:
    text: str = edit.timeline.to_json_string(indent=2)
    return text + "\n"


FORMATS: dict[str, TimelineFormat] = {
    "otio": TimelineFormat(
        suffix=".otio", opens_in="DaVinci Resolve and everything with OpenTimelineIO", make=_to_otio
    ),
    "fcp7xml": TimelineFormat(
        suffix=".xml", opens_in="Premiere Pro, DaVinci Resolve", make=to_fcp7
    ),
    "fcpxml": TimelineFormat(
        suffix=".fcpxml", opens_in="Final Cut Pro, DaVinci Resolve", make=to_fcpxml
    ),
    "edl": TimelineFormat(suffix=".edl", opens_in="every conform tool (CMX 3600)", make=to_edl),
    "mlt": TimelineFormat(suffix=".mlt", opens_in="Shotcut, Kdenlive, melt", make=to_mlt),
    "csv": TimelineFormat(
        suffix=".csv", opens_in="spreadsheets", make=to_csv, encoding="utf-8-sig"
    ),
    "jianying": TimelineFormat(suffix=".jianying", opens_in="JianYing, CapCut (a draft folder)"),
    "srt": TimelineFormat(suffix=".srt", opens_in="players: labels over the video", make=to_srt),
}


def known_formats(names: Sequence[str]) -> tuple[str, ...]:
    """Names of formats, each once, in the order given.

    Raises:
        SettingsError: For a name that is no format.
    """
    for name in names:
        if name not in FORMATS:
            raise SettingsError(f"unknown format {name!r}; choose among: {', '.join(FORMATS)}")
    return tuple(dict.fromkeys(names))


def require(formats: Sequence[str]) -> None:
    """Make sure that the libraries which formats need are installed.

    Raises:
        MissingDependencyError: Where one is not.
    """
    opentimelineio()
    if "jianying" in formats:
        jianying_library()


def write_timelines(edit: Edit, folder: Path, formats: Sequence[str]) -> dict[str, Path]:
    """Write an edit in several formats, each file whole or not at all.

    Args:
        edit: The edit.
        folder: Made where it is missing; files of the same names are replaced.
        formats: Names in :data:`FORMATS`.

    Returns:
        The files by format.

    Raises:
        SettingsError: For an unknown format.
        OutputError: Where a file cannot be written.
        MissingDependencyError: Where a format needs a library that is not installed.
    """
    files = {}
    for name in known_formats(formats):
        form = FORMATS[name]
        path = folder / f"{edit.timeline.name}{form.suffix}"
        if form.make is None:
            _write_folder(path, to_jianying(edit))
        else:
            write_text(path, form.make(edit), encoding=form.encoding)
        files[name] = path
    return files


def _write_folder(path: Path, files: dict[str, str]) -> None:
    """Write a folder of files so that it is there whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".syncclip-", dir=path.parent))
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
    try:
        for name, text in files.items():
            write_text(part / name, text)
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o777 & ~mask)
        if path.is_dir():
            old = part.with_name(part.name + "-old")
            path.rename(old)
            part.rename(path)
            shutil.rmtree(old)
        else:
            part.rename(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
