"""The job that runs, or ran last, as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from syncclip.progress import Progress
from syncclip.ui.jobs import Item, Job
from syncclip.ui.texts import amount, error_text, stage, text

__all__ = ["FILES", "file_link", "job_panel"]

FILES = "/files"
"""Address under which files of the folders are served."""
LISTED = 20
"""Notes that are shown of an item."""


def file_link(path: str | Path, *, download: bool = False) -> str:
    """The address of a file."""
    return f"{FILES}?path={quote(str(path), safe='')}" + ("&download=1" if download else "")


def job_panel(job: Job | None, language: str) -> str:
    """A job: what is done, how far the rest is, what came of it."""
    if job is None:
        return ""
    parts = [f"<h3>{escape(_title(job, language))}</h3>"]
    if job.active:
        parts.append(_stages(job, language))
    parts.append(_links({"files": job.reports}, language))
    parts += [_item(item, job.kind, language) for item in job.items if item.outcome or item.error]
    return f'<div class="sc-job sc-{job.state}" data-state="{job.state}">{"".join(parts)}</div>'


def _title(job: Job, language: str) -> str:
    what = text(f"job.{job.kind}", language)
    if not job.active:
        return f"{what}: {text(f'state.{job.state}', language)}"
    stopping = f" – {text('state.stopping', language)}" if job.state == "stopping" else ""
    if job.together:
        return f"{what}: {text('job.together', language, count=len(job.items))}{stopping}"
    of = f" ({job.at + 1} / {len(job.items)})" if len(job.items) > 1 else ""
    return f"{what}: {job.items[job.at].name}{of}{stopping}"


def _stages(job: Job, language: str) -> str:
    shown = "".join(_stage(progress, language) for progress in job.stages.values())
    return f'<ul class="sc-stages">{shown or _waiting(language)}</ul>'


def _waiting(language: str) -> str:
    return f"<li><span>{escape(text('job.starting', language))}</span><progress></progress></li>"


def _stage(progress: Progress, language: str) -> str:
    ended = progress.total is not None and progress.done >= progress.total
    share = (
        "" if progress.total is None else f' max="{progress.total or 1}" value="{progress.done}"'
    )
    return (
        f'<li class="{"sc-ended" if ended else ""}">'
        f"<span>{escape(stage(progress.stage, language))}</span><progress{share}></progress>"
        f"<small>{escape(amount(progress, language))}</small></li>"
    )


def _item(item: Item, kind: str, language: str) -> str:
    head = f"<strong>{escape(item.name)}</strong>"
    if item.error is not None:
        why = escape(error_text(item.error, language))
        return f'<div class="sc-item sc-error">{head}<p>{why}</p></div>'
    outcome = item.outcome or {}
    said = "".join(f"<p>{escape(line)}</p>" for line in _summary(outcome, kind, language))
    notes = "".join(f"<li>{escape(str(note))}</li>" for note in outcome.get("notes", ())[:LISTED])
    return (
        f'<div class="sc-item"><div>{head}{said}{_links(outcome, language)}'
        f"{_places(outcome, language)}{f'<ul class=sc-notes>{notes}</ul>' if notes else ''}</div>"
        f"{_shown(outcome)}</div>"
    )


def _summary(outcome: Mapping[str, Any], kind: str, language: str) -> Iterator[str]:
    if "coverage" in outcome:
        share, sure = f"{outcome['coverage']:.1%}", f"{outcome['confidence']:.0f} %"
        yield text("done.match", language, coverage=share, confidence=sure)
        tiers = [(tier, n) for tier, n in outcome["tiers"].items() if n]
        yield ", ".join(f"{n} {text(f'tier.{tier}', language)}" for tier, n in tiers)
    elif kind == "index" and outcome.get("frames"):
        key = "done.index" if outcome.get("built") else "done.current"
        yield text(key, language, frames=outcome["frames"])


def _links(outcome: Mapping[str, Any], language: str) -> str:
    """The files to open or download."""
    links = []
    for name, path in _files(outcome):
        page = path.suffix == ".html"
        title = escape(text("open" if page else "download", language))
        how = 'target="_blank" rel="noopener"' if page else "download"
        said = f'{how} title="{title}" data-file="{escape(name)}"'
        links.append(
            f'<a href="{file_link(path, download=not page)}" {said}>{escape(path.name)}</a>'
        )
    return f'<div class="sc-files">{"".join(links)}</div>' if links else ""


def _shown(outcome: Mapping[str, Any]) -> str:
    """The finished video, or a sheet of thumbnails."""
    for name, path in _files(outcome):
        if name == "video":
            return f'<video controls preload="metadata" src="{file_link(path)}"></video>'
        if name == "sheet" and path.suffix == ".png":
            return f'<img class="sc-sheet" src="{file_link(path)}" alt="">'
    return ""


def _files(outcome: Mapping[str, Any]) -> list[tuple[str, Path]]:
    found = outcome.get("files", {}).items()
    return [(name, Path(path)) for name, path in found if path is not None and name != "log"]


def _places(outcome: Mapping[str, Any], language: str) -> str:
    if "places" not in outcome:
        return ""
    heads = "".join(f"<th>{escape(text(f'place.{h}', language))}</th>" for h in
                    ("movie", "from", "best", "to", "score"))  # fmt: skip
    rows = "".join(
        f"<tr><td>{escape(movie)}</td><td>{start:.2f} s</td><td>{best:.2f} s</td>"
        f"<td>{end:.2f} s</td><td>{score:.3f}</td></tr>"
        for movie, start, best, end, score in outcome["places"]
    )
    return f'<table class="sc-table"><tr>{heads}</tr>{rows}</table>'
