"""The review sheet: every segment beside its place in the movie, on one page."""

from syncclip.sheet.moments import Moment, moments
from syncclip.sheet.page import Pictures, review_page
from syncclip.sheet.pictures import data_uri, picture_size

__all__ = ["Moment", "Pictures", "data_uri", "moments", "picture_size", "review_page"]
