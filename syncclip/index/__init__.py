"""The ``.idx`` file: building, opening and searching it."""

from syncclip.index.build import DetectShots, build_index, is_current
from syncclip.index.captioning import CAPTION_TRACK, add_captions
from syncclip.index.captions import Captions
from syncclip.index.catalogue import CataloguedFilm
from syncclip.index.file import MovieIndex, Track, open_index
from syncclip.index.library import Library, open_library
from syncclip.index.lock import locked
from syncclip.index.manifest import CaptionRecord, EncoderRecord, Manifest
from syncclip.index.opening import open_indexes
from syncclip.index.places import Place, best_places
from syncclip.index.sampling import ContentSampler
from syncclip.index.search import VectorIndex
from syncclip.index.shelving import put_in, take_out
from syncclip.index.shortlist import Shortlist
from syncclip.index.upkeep import DescribeFilm

__all__ = [
    "CAPTION_TRACK",
    "CaptionRecord",
    "Captions",
    "CataloguedFilm",
    "ContentSampler",
    "DescribeFilm",
    "DetectShots",
    "EncoderRecord",
    "Library",
    "Manifest",
    "MovieIndex",
    "Place",
    "Shortlist",
    "Track",
    "VectorIndex",
    "add_captions",
    "best_places",
    "build_index",
    "is_current",
    "locked",
    "open_index",
    "open_indexes",
    "open_library",
    "put_in",
    "take_out",
]
