"""SyncClip: find every shot of a commentary in its movie, to the frame, and rebuild the edit."""

__version__ = "0.1.0"
