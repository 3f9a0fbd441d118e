"""Encodes pieces of the result: exact frames in, H.264 that can be joined without loss out."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from syncclip._ffmpeg import FFmpeg, file_url, run_ffmpeg
from syncclip.rendering.colour import Colour
from syncclip.rendering.footage import Footage
from syncclip.rendering.geometry import pane_box
from syncclip.rendering.plan import Fade, Layer, Piece
from syncclip.rendering.sources import RawClip, ReaderPool, layer_filters

__all__ = ["Cutter", "Encoding", "remove_pieces"]

_FORMAT_VERSION = 1
"""Part of every piece's name: raise it when the same plan would be encoded differently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How every piece is encoded; pieces of one encoding can be joined by copying."""

    program: FFmpeg
    version: str
    """Of the program: another one may encode otherwise."""
    rate: Fraction
    colour: Colour
    crf: int
    preset: str

    @property
    def timescale(self) -> int:
        """Ticks per second in a piece; a frame lasts ``rate.denominator`` of them."""
        return self.rate.numerator

    def options(self) -> list[str]:
        """FFmpeg's output options."""
        x264 = ["-c:v", "libx264", "-preset", self.preset, "-crf", str(self.crf)]
        # stitchable: headers depend on settings alone, so that all pieces share one.
        x264 += ["-x264-params", "stitchable=1:open-gop=0", "-pix_fmt", "yuv420p"]
        container = ["-video_track_timescale", str(self.timescale), "-f", "mp4"]
        return ["-an", "-sn", *x264, *self.colour.encoder_options(), *container]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutter:
    """Makes pieces, each under a name that all its content determines."""

    footage: Footage
    encoding: Encoding
    pool: ReaderPool
    folder: Path

    def path(self, piece: Piece) -> Path:
        """Where a piece is kept. The same content has the same name, in this run or the next."""
        facts = {
            "format": _FORMAT_VERSION,
            "ffmpeg": self.encoding.version,
            "options": self.encoding.options(),
            "rate": str(self.encoding.rate),
            "frames": piece.frames,
            "fade": None if piece.fade is None else [piece.fade.first, piece.fade.step],
            "layers": [self._layer_facts(layer) for layer in piece.layers],
        }
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        return self.folder / f"piece-{digest[:32]}.mp4"

    def _layer_facts(self, layer: Layer) -> list[object]:
        source = self.footage.file_of(layer)
        picture = (
            hashlib.sha256(self.footage.still(layer).tobytes()).hexdigest()
            if source is None
            else source.fingerprint
        )
        filters = layer_filters(layer, self.footage, self.encoding.colour)
        return [picture, self.footage.size, filters, layer.pts.tolist()]

    def encode(self, piece: Piece, *, stop: threading.Event, on_frame: Callable[[], None]) -> None:
        """Encode a piece under a temporary name, then give it its own.

        Raises:
            FFmpegError: Where encoding fails.
            OutputError: Where the disk is full.
            VideoError: Where a source frame cannot be read.
        """
        path = self.path(piece)
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            if len(piece.layers) == 1:
                output = [*self.encoding.options(), file_url(part)]
                self._encode_layer(piece.layer, piece.frames, output, stop, on_frame)
            else:
                self._encode_together(piece, part, stop, on_frame)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def _encode_layer(
        self,
        layer: Layer,
        frames: int,
        output: list[str],
        stop: threading.Event,
        on_frame: Callable[[], None],
    ) -> None:
        opened = RawClip.open(layer, frames, footage=self.footage, pool=self.pool)
        with opened as clip:
            raw = ["-f", "rawvideo", "-pix_fmt", clip.pixel_format]
            raw += ["-video_size", f"{clip.width_px}x{clip.height_px}"]
            raw += ["-framerate", str(self.encoding.rate), "-i", "pipe:0"]
            # Raw frames come in with unknown meaning, so the chain starts by saying it.
            filters = clip.colour.input_filters()
            filters += layer_filters(layer, self.footage, self.encoding.colour)
            run_ffmpeg(
                self.encoding.program,
                [*raw, "-vf", ",".join(filters), *output],
                doing=f"cutting {self._name(layer)}",
                stdin=_counted(clip.frames, on_frame),
                stop=stop,
            )

    def _encode_together(
        self, piece: Piece, part: Path, stop: threading.Event, on_frame: Callable[[], None]
    ) -> None:
        """Bring all layers into the result's frame without loss, then mix or lay them together."""
        layers = [part.with_suffix(f".{number}.part") for number in range(len(piece.layers))]
        try:
            for layer, path in zip(piece.layers, layers, strict=True):
                lossless = ["-an", "-c:v", "ffv1", "-f", "nut", file_url(path)]
                count = on_frame if layer is piece.layer else _nothing
                self._encode_layer(layer, piece.frames, lossless, stop, count)
            inputs = [word for path in layers for word in ("-i", file_url(path))]
            joined = self._beside(piece.beside) if piece.fade is None else self._mix(piece.fade)
            graph = ",".join([joined, *self.encoding.colour.output_filters()])
            run_ffmpeg(
                self.encoding.program,
                [*inputs, "-filter_complex", graph, *self.encoding.options(), file_url(part)],
                doing=f"joining the layers of {self._name(piece.layer)}",
                stop=stop,
            )
        finally:
            for path in layers:
                path.unlink(missing_ok=True)

    def _beside(self, panes: Sequence[Layer]) -> str:
        """Filters that cut each further pane out of its frame and lay it into the first one's."""
        whole, steps = "[0:v]", []
        for number, layer in enumerate(panes, start=1):
            assert layer.pane is not None
            box = pane_box(layer.pane, self.footage.commentary_box)
            steps.append(f"[{number}:v]crop={box.w}:{box.h}:{box.x}:{box.y}[pane{number}]")
            into = f"[whole{number}]" if number < len(panes) else ""
            steps.append(f"{whole}[pane{number}]overlay={box.x}:{box.y}:format=yuv420{into}")
            whole = into
        return ";".join(steps)

    def _mix(self, fade: Fade) -> str:
        """Filters that mix both layers: xfade, twenty times as fast as a blend expression.

        It rounds its times to the input's time base, so that one is made fine first.
        """
        length_s = 1 / (fade.step * float(self.encoding.rate))
        ramp = f"duration={length_s:.6f}:offset={-fade.first * length_s:.6f}"
        frame = f"{self.encoding.rate.denominator}/{self.encoding.rate.numerator}"
        fine = "[0:v]settb=1/1000000[below];[1:v]settb=1/1000000[over]"
        return f"{fine};[below][over]xfade=transition=fade:{ramp},settb={frame}"

    def _name(self, layer: Layer) -> str:
        source = self.footage.file_of(layer)
        start = self.footage.segments[layer.segment].start_s
        what = layer.source.value if source is None else source.path.name
        return f"{what!r} for the segment at {start:.2f} s"


def _counted(frames: Iterable[bytes], on_frame: Callable[[], None]) -> Iterator[bytes]:
    for frame in frames:
        yield frame
        on_frame()


def _nothing() -> None:
    """Counts no frame: further layers add none to the result."""


def remove_pieces(folder: Path) -> None:
    """Remove pieces, whole and begun, and the folder if nothing else is in it."""
    for pattern in ("piece-*.mp4", "piece-*.part"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()
