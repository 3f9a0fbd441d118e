"""The class that scripts for the older tool of this name call: same names, same files.

``docs/migrating.md`` says what differs.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from syncclip.config import MatchConfig, RenderConfig
from syncclip.errors import (
    MissingDependencyError,
    ResultError,
    SettingsError,
    SyncClipError,
    WeightsError,
)
from syncclip.pipeline import MatchOutcome, index_movie, match
from syncclip.reports import quality_info, read_result, time_jump_stats

__all__ = ["YouTubeMovieMatcher"]

OLD_THRESHOLD = 0.85
"""The older tool's default, which stands for SyncClip's own: its likeness was another measure."""
RESULT = Path("proceed", "results", "visual_match_results.json")
WITHOUT_WORDS = (
    "no transcript: the result of an earlier run is used again, which has none; "
    "use_cache=False makes one"
)


class YouTubeMovieMatcher:
    """Finds a commentary in a movie and rebuilds it, called as the older tool was.

    Args:
        output_dir: Folder for everything; results stand under ``proceed`` in it.
        log_level: Name of the level from which messages are logged to ``syncclip``.
    """

    def __init__(self, output_dir: str | Path = "output", log_level: str = "INFO") -> None:
        self.output_dir = Path(output_dir)
        self.logger = logging.getLogger("syncclip")
        self.logger.setLevel(log_level.upper() if isinstance(log_level, str) else log_level)

    def process_visual_matching_enhanced(
        self,
        youtube_url: str,
        movie_path: str | Path,
        frame_interval: float = 1.0,
        similarity_threshold: float = OLD_THRESHOLD,
        whisper_model: str = "base",
        allow_time_jumps: bool = True,
        use_cache: bool = True,
    ) -> dict[str, Any]:
        """Match a commentary against a movie and make the video.

        Args:
            youtube_url: Address of the commentary, or its file.
            movie_path: The movie's file.
            frame_interval: Seconds between the frames that are looked up, at most: SyncClip never
                looks less often than its own default, which finds shots that a second misses.
            similarity_threshold: On the older tool's scale; its default stands for SyncClip's.
            whisper_model: Writes down what is spoken, where openai-whisper is installed and the
                weights can be had; the match is the same without it, and ``notes`` say so.
            allow_time_jumps: Whether the commentary may go back in the movie.
            use_cache: Use the index and the result of an earlier run.

        Returns:
            ``status``: ``"success"``, or ``"error"`` with ``error`` beside it; ``output_video`` and
            the paths of every report, ``transcript`` None where there is none; ``quality_info``;
            ``time_jump_stats``; ``notes``.
        """
        try:
            done, notes = self._run(
                youtube_url,
                Path(movie_path),
                config=_config(frame_interval, similarity_threshold, allow_time_jumps),
                whisper_model=whisper_model,
                use_cache=use_cache,
            )
        except SyncClipError as error:
            self.logger.error("%s", error)
            return {"status": "error", "error": str(error), "output_video": None}
        for note in notes:
            self.logger.warning("%s", note)
        for note in done.notes:
            self.logger.info("%s", note)
        return _as_dict(done, [*notes, *done.notes])

    def _run(
        self,
        commentary: str,
        movie: Path,
        *,
        config: MatchConfig,
        whisper_model: str,
        use_cache: bool,
    ) -> tuple[MatchOutcome, list[str]]:
        """What was found, and why there is no transcript where there is none."""
        index = index_movie(
            movie, self.output_dir / "indexes" / f"{movie.stem}.idx", force=not use_cache
        )

        def run(config: MatchConfig) -> MatchOutcome:
            return match(
                commentary,
                index.path,
                output=self.output_dir,
                config=config,
                render=RenderConfig(),
                movies=[movie],
                force=not use_cache,
            )

        if not whisper_model:
            return run(config), []
        if use_cache and self._stands_without_words():
            return run(config), [WITHOUT_WORDS]
        try:
            return run(replace(config, transcribe=whisper_model)), []
        except (MissingDependencyError, SettingsError, WeightsError) as error:
            # Speech comes first in a match: nothing was done yet that is done twice.
            return run(config), [f"no transcript: {error}"]

    def _stands_without_words(self) -> bool:
        """Whether the result of an earlier run is here, which was made without a transcript."""
        try:
            return "transcribe" not in read_result(self.output_dir / RESULT).settings
        except ResultError:
            return False


def _config(interval_s: float, threshold: float, time_jumps: bool) -> MatchConfig:
    own = MatchConfig()
    return MatchConfig(
        threshold=min(0.99, own.threshold * threshold / OLD_THRESHOLD),
        frame_interval_s=min(interval_s, own.frame_interval_s),
        time_jumps=time_jumps,
    )


def _as_dict(done: MatchOutcome, notes: Sequence[str]) -> dict[str, Any]:
    transcript = done.files.get("transcript_srt")
    quality, jumps = quality_info(done.result), time_jump_stats(done.result)
    return {
        "status": "success",
        "output_video": str(done.files["video"]),
        "results_file": str(done.files["result"]),
        "match_report": str(done.files["match_report"]),
        "quality_report": str(done.files["quality_report"]),
        "scene_descriptions": str(done.files["scene_descriptions"]),
        "alternative_segments": str(done.files["alternatives"]),
        "transcript": None if transcript is None else str(transcript),
        "output_dir": str(done.folder),
        "segments": len(done.result.segments),
        "quality_info": {
            "confidence": quality.confidence,
            "coverage": quality.coverage,
            "matched_s": quality.matched_s,
            "unmatched_s": quality.unmatched_s,
            "tiers": {tier.value: count for tier, count in quality.tiers.items()},
        },
        "time_jump_stats": {
            "total_segments": jumps.total_segments,
            "segments_with_jumps": jumps.segments_with_jumps,
            "forward_jumps": jumps.forward_jumps,
            "backward_jumps": jumps.backward_jumps,
            "largest_forward_s": jumps.largest_forward_s,
            "largest_backward_s": jumps.largest_backward_s,
        },
        "notes": list(notes),
    }
