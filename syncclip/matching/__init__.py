"""Matching, pure: arrays and frozen records in, segments out."""

from syncclip.matching.candidates import CandidateSettings, Lookup, Neighbours
from syncclip.matching.closeup import Closeup, Closeups, Stretch
from syncclip.matching.confidence import tier_of
from syncclip.matching.dialogue import find_dialogue
from syncclip.matching.examination import CloseupTask, Examiner, FinderSettings, FitTask, Workers
from syncclip.matching.finder import Found, find, reconsider
from syncclip.matching.fusion import FusionSettings, Neighbourhood, TrackNeighbours
from syncclip.matching.hints import Hint, Hints, Named, caption_hints
from syncclip.matching.overlays import Overlays
from syncclip.matching.panes import SplitScreen, find_splits, may_be_split, with_panes
from syncclip.matching.path import PathSettings
from syncclip.matching.records import Commentary, Hypothesis, Source
from syncclip.matching.segments import build_segments, part_of
from syncclip.matching.shortlist import (
    FilmVotes,
    ShortlistSettings,
    film_votes,
    films_between,
    middle_windows,
    shortlisted,
    view_of,
)
from syncclip.matching.windows import crop_windows, cut_windows

__all__ = [
    "CandidateSettings",
    "Closeup",
    "CloseupTask",
    "Closeups",
    "Commentary",
    "Examiner",
    "FilmVotes",
    "FinderSettings",
    "FitTask",
    "Found",
    "FusionSettings",
    "Hint",
    "Hints",
    "Hypothesis",
    "Lookup",
    "Named",
    "Neighbourhood",
    "Neighbours",
    "Overlays",
    "PathSettings",
    "ShortlistSettings",
    "Source",
    "SplitScreen",
    "Stretch",
    "TrackNeighbours",
    "Workers",
    "build_segments",
    "caption_hints",
    "crop_windows",
    "cut_windows",
    "film_votes",
    "films_between",
    "find",
    "find_dialogue",
    "find_splits",
    "may_be_split",
    "middle_windows",
    "part_of",
    "reconsider",
    "shortlisted",
    "tier_of",
    "view_of",
    "with_panes",
]
