"""The whole job on a film and a commentary made on the spot, held against the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from syncclip import pipeline
from syncclip.config import RenderConfig
from syncclip.demo.film import make_film
from syncclip.demo.judge import Verdict, judge
from syncclip.demo.recap import make_recap
from syncclip.errors import OutputError
from syncclip.progress import OnProgress
from syncclip.video import open_video

__all__ = ["DemoOutcome", "Verdict", "run_demo"]

SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOutcome:
    """What the demo made and how right it is."""

    movie: Path
    commentary: Path
    index: pipeline.IndexOutcome
    match: pipeline.MatchOutcome
    verdicts: tuple[Verdict, ...]
    """One for every piece of the commentary."""

    @property
    def passed(self) -> bool:
        """True where every piece was found and the insert was not claimed."""
        return all(verdict.passed for verdict in self.verdicts)


def run_demo(
    folder: Path,
    *,
    movie: Path | None = None,
    reader: str = "pyav",
    on_progress: OnProgress | None = None,
) -> DemoOutcome:
    """Edit a commentary out of a film, then index, match and render as a user would.

    Args:
        folder: Where everything is written; made where it is missing.
        movie: The film to use; a small one is made by seeded code by default.
        reader: Decoder for the film.
        on_progress: Told how far each step is.

    Raises:
        SyncClipError: Where the film cannot be used or a file cannot be written.
    """
    _make_folder(folder)
    own_film = movie is None
    if movie is None:
        movie = folder / "demo-film.mp4"
        make_film(movie, seed=SEED, on_progress=on_progress)
    index = pipeline.index_movie(
        movie,
        folder / f"{movie.stem}.idx",
        encoder="builtin",
        reader=reader,
        force=own_film,  # an index left there by an earlier version is the demo's own
        on_progress=on_progress,
    )
    commentary = folder / "demo-commentary.mp4"
    again = commentary.exists()  # then the result in this folder is an earlier demo's
    with open_video(movie, reader=reader) as film:
        truth = make_recap(
            commentary, film, duration_s=index.duration_s, seed=SEED, on_progress=on_progress
        )
    match = pipeline.match(
        commentary,
        index.path,
        output=folder,
        render=RenderConfig(preset="veryfast"),
        movies=[movie],
        reader=reader,
        force=again,
        on_progress=on_progress,
    )
    return DemoOutcome(
        movie=movie,
        commentary=commentary,
        index=index,
        match=match,
        verdicts=judge(truth, match.result.segments),
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"cannot make the folder {folder}: {reason}; choose another with --output"
        ) from error
