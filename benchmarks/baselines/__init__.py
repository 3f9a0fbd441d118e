"""Other aligners on the same input, so that SyncClip's figures have something beside them.

``similarity`` measures once how much commentary and movies look alike; ``per_frame``, ``hough``,
``temporal_network`` and ``warping`` find runs in it; ``runs`` makes segments of all of them in one
way. ``video_signature`` is FFmpeg's own filter. ``suite`` runs them and SyncClip on the same cases.
"""
