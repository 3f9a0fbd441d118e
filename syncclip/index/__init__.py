"""The ``.idx`` file: building, opening and searching it."""

from syncclip.index.build import DetectShots, build_index, is_current
from syncclip.index.captioning import CAPTION_TRACK, add_captions
from syncclip.index.captions import Captions
from syncclip.index.catalogue import CataloguedFilm, FileState, index_states
from syncclip.index.file import MovieIndex, Track, open_index
from syncclip.index.head import IndexHead, read_head
from syncclip.index.library import Library, open_library
from syncclip.index.lock import locked
from syncclip.index.manifest import CaptionRecord, EncoderRecord, Manifest
from syncclip.index.opening import index_files, open_indexes, open_searchable, sound_indexes
from syncclip.index.places import Place, places_in, ranked
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
    "FileState",
    "IndexHead",
    "Library",
    "Manifest",
    "MovieIndex",
    "Place",
    "Shortlist",
    "Track",
    "VectorIndex",
    "add_captions",
    "build_index",
    "index_files",
    "index_states",
    "is_current",
    "locked",
    "open_index",
    "open_indexes",
    "open_library",
    "open_searchable",
    "places_in",
    "put_in",
    "ranked",
    "read_head",
    "sound_indexes",
    "take_out",
]
