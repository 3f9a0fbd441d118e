"""Benchmarks of SyncClip: ``python -m benchmarks COMMAND``.

``make`` edits a commentary with exact truth out of any films; ``score`` scores one result of it;
``accuracy`` does both for a whole suite; ``speed`` measures time and memory; ``table`` fills the
tables of README and docs from the JSON files in ``benchmarks/results/``.

Truth is read with PyAV alone, never with SyncClip's own video code. SyncClip itself is run as its
users run it, by its command line, in a process whose cost is measured (:mod:`benchmarks.engine`).
"""
