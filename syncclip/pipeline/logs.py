"""One log file for each run."""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from syncclip._version import __version__
from syncclip.errors import OutputError
from syncclip.reports import quality_info
from syncclip.result import MatchResult, MovieRef

__all__ = ["RunLog", "log_job", "log_result", "run_log"]

LISTED = 20
"""Movies of a library that are logged; the others are only counted."""


class _Patient(logging.FileHandler):
    """A log file whose own failure, such as a full disk, ends nothing.

    What ended the run is for the error that it raises to say; ``logging`` would print a traceback
    over it, and closing the file would raise in its place.
    """

    def handleError(self, record: logging.LogRecord) -> None:
        """Leave the line out."""

    def close(self) -> None:
        """Close the file, also where its last lines do not fit."""
        with suppress(OSError):
            super().close()


class RunLog(logging.LoggerAdapter[logging.Logger]):
    """The logger of one run; ``path`` is its file."""

    def __init__(self, logger: logging.Logger, path: Path) -> None:
        super().__init__(logger)
        self.path = path


def log_job(log: RunLog, commentary: str, fingerprint: str, movies: Sequence[MovieRef]) -> None:
    """The files that a run is about; of many movies the first."""
    log.info("commentary %s, fingerprint %s", commentary, fingerprint)
    log.info("%d movies", len(movies))
    for movie in movies[:LISTED]:
        log.info(
            "movie %s, fingerprint %s, index %s, indexed as %s",
            *(movie.name, movie.fingerprint, movie.index, movie.path),
        )


def log_result(log: RunLog, result: MatchResult) -> None:
    """What was found, how sure it is, and the time it took."""
    quality = quality_info(result)
    tiers = ", ".join(f"{number} {tier.value}" for tier, number in quality.tiers.items())
    log.info("encoders %s", ", ".join(result.encoders))
    log.info("%d segments: %s", len(result.segments), tiers)
    log.info("coverage %.4f, confidence %.1f", quality.coverage, quality.confidence)
    for note in result.notes:
        log.info("note: %s", note)
    log.info("seconds: %s", dict(result.timings_s))


@contextmanager
def run_log(folder: Path, command: str) -> Iterator[RunLog]:
    """Log to a new file in a folder; what ends the run early is logged too.

    Raises:
        OutputError: Where the file cannot be written.
    """
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    path = folder / f"{command}-{stamp}.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = _Patient(path, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be written: {error.strerror}; choose another place with --output"
        ) from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger(f"syncclip.run.{stamp}")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        system = f"Python {platform.python_version()}, {platform.platform()}"
        logger.info("syncclip %s %s; %s", __version__, command, system)
        yield RunLog(logger, path)
        logger.info("finished")
    except BaseException as error:
        said = f": {error}" if str(error) else ""
        logger.error("ended by %s%s", type(error).__name__, said)
        raise
    finally:
        logger.removeHandler(handler)
        handler.close()
