"""Matching, pure: arrays and frozen records in, segments out."""

from syncclip.matching.candidates import CandidateSettings, Lookup, Neighbours
from syncclip.matching.finder import FinderSettings, Found, find, reconsider
from syncclip.matching.path import PathSettings
from syncclip.matching.records import Commentary, Source
from syncclip.matching.segments import build_segments
from syncclip.matching.windows import crop_windows, cut_windows

__all__ = [
    "CandidateSettings",
    "Commentary",
    "FinderSettings",
    "Found",
    "Lookup",
    "Neighbours",
    "PathSettings",
    "Source",
    "build_segments",
    "crop_windows",
    "cut_windows",
    "find",
    "reconsider",
]
