"""Movie in, ``.idx`` file out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from syncclip._addresses import is_stored
from syncclip.config import IndexConfig, PictureConfig
from syncclip.encoders import BuiltinEncoder, ClipEncoder
from syncclip.encoders.devices import check_device_name
from syncclip.errors import (
    IndexFileError,
    InputError,
    MissingDependencyError,
    OutputError,
    SettingsError,
    WeightsError,
)
from syncclip.index import MovieIndex, build_index, is_current, open_index
from syncclip.pipeline.captioning import caption_index, find_caption_models
from syncclip.pipeline.damage import damage_notes
from syncclip.pipeline.encoding import EncoderName, ModelChoice, choose_clip
from syncclip.progress import OnProgress
from syncclip.video import detect_shots, find_content, fingerprint, open_video

__all__ = ["IndexOutcome", "index_movie"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOutcome:
    """What :func:`index_movie` did."""

    path: Path
    built: bool
    """False where the index was already current."""
    frames: int
    duration_s: float
    bytes: int
    seconds: float
    """Time it took."""
    notes: tuple[str, ...]
    """What the user must know: damage met, borders found."""
    encoders: tuple[str, ...] = ()
    """Of the tracks that the index holds."""
    why: str = ""
    """Why it has a track of a model, or none."""


def index_movie(
    movie: str | Path,
    output: str | Path | None = None,
    *,
    config: IndexConfig | None = None,
    encoder: EncoderName = "auto",
    clip_model: str | None = None,
    captions: bool = False,
    blip_model: str | None = None,
    device: str = "auto",
    reader: str = "pyav",
    threads: int = 0,
    force: bool = False,
    on_progress: OnProgress | None = None,
) -> IndexOutcome:
    """Read a movie once and write its index.

    A run that was stopped goes on where it was. An index that is already current is left alone;
    so is, by ``encoder="auto"``, one that merely has no track of a model.

    Args:
        movie: The movie's file.
        output: The ``.idx`` file; ``<movie stem>.idx`` in the working folder by default.
        config: What goes into the index.
        encoder: ``"builtin"``, which needs no model and is always there; ``"clip"`` beside it; or
            ``"auto"``: CLIP too where it is installed and its weights are at hand or obtainable.
        clip_model: ``"NAME"``, ``"NAME:PRETRAINED"`` or a local checkpoint, as open_clip has it.
        captions: Caption every shot, and have CLIP make vectors of the captions; they are added to
            an index that is already current.
        blip_model: What captions: ``"owner/name"`` of the Hugging Face hub, or a folder.
        device: Where models run: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``.
        reader: Decoder: ``"pyav"`` or ``"decord"``.
        threads: Decoding threads; 0 lets the decoder choose. The index does not depend on them.
        force: Index again, whatever stands at ``output``.
        on_progress: Told how far the work is.

    Raises:
        InputError: Where a file in a store is named.
        VideoError: Where the movie cannot be read.
        OutputError: Where the index cannot be written, or something else stands in its place.
        MissingDependencyError: Where a model is asked for and not installed.
        WeightsError: Where its weights cannot be had.
        SettingsError: Where the model or the device is unknown or not usable here.
    """
    began = time.monotonic()
    for name in (movie, output or ""):
        if is_stored(name):
            raise InputError(f"{name} is in a store; call index_movies, which reads and writes one")
    movie, config = Path(movie), config or IndexConfig()
    output = Path(output) if output is not None else Path(f"{movie.stem}.idx")
    if blip_model is not None and not captions:
        raise SettingsError("--blip-model is what captions shots: add --captions")
    models = None
    if captions:
        check_device_name(device)
        read_by = clip_model or _clip_of(output)
        models = find_caption_models(blip_model, read_by, on_progress=on_progress)
        if encoder == "builtin":  # CLIP is then for the captions' words alone
            clip_model = None
    choice = _read(
        movie,
        output,
        config=config,
        encoder=encoder,
        clip_model=clip_model,
        device=device,
        reader=reader,
        threads=threads,
        force=force,
        on_progress=on_progress,
    )
    added = models is not None and caption_index(
        output, movie, models, device=device, reader=reader, on_progress=on_progress
    )
    if added and choice is None:
        choice = ModelChoice(clip=None, why="captions were added")
    return _outcome(output, choice, began=began)


def _clip_of(output: Path) -> str | None:
    """The CLIP of an index that is there already, so that frames and captions share one."""
    try:
        with open_index(output) as index:
            return index.model_of(ClipEncoder.id)
    except IndexFileError:
        return None


def _read(
    movie: Path,
    output: Path,
    *,
    config: IndexConfig,
    encoder: EncoderName,
    clip_model: str | None,
    device: str,
    reader: str,
    threads: int,
    force: bool,
    on_progress: OnProgress | None,
) -> ModelChoice | None:
    """Index a movie, captions aside; None where the index was current."""
    encoders = (BuiltinEncoder(),)
    optional = encoder == "auto" and clip_model is None
    with open_video(movie, reader=reader, threads=threads) as probe:
        mark = fingerprint(movie)
        current = partial(is_current, output, fingerprint=mark, config=config, encoders=encoders)
        if optional and not force and current():
            return None
        choice = choose_clip(encoder, name=clip_model, device=device, on_progress=on_progress)
        wanted = {} if choice.clip is None else {ClipEncoder.id: choice.clip.fingerprint}
        if not force and current(models=wanted):
            return None
        if output.exists() and not force:
            raise OutputError(
                f"{output} exists and is not the current index of {movie.name}"
                f"{' with this model' if wanted and current() else ''}; "
                "replace it with --force or name another file with -o"
            )
        content = find_content(probe)
    try:
        model = choice.load(device=device)
    except (WeightsError, MissingDependencyError) as error:
        if not optional:
            raise
        model, choice = None, choice.without(error)
    with open_video(movie, reader=reader, threads=threads) as video:
        build_index(
            video,
            output=output,
            config=config,
            fingerprint=mark,
            content=content,
            encoders=encoders,
            detect_shots=detect_shots,
            model=model,
            chosen=PictureConfig(),
            on_progress=on_progress,
        )
    return choice


def _outcome(path: Path, choice: ModelChoice | None, *, began: float) -> IndexOutcome:
    """What is at ``path``: built by this choice of models, or left alone."""
    with open_index(path) as index:
        return IndexOutcome(
            path=path,
            built=choice is not None,
            frames=len(index.times),
            duration_s=index.times.end_s,
            bytes=path.stat().st_size,
            seconds=time.monotonic() - began,
            notes=(*_notes(index), *(() if choice is None else choice.notes)),
            encoders=tuple(index.tracks),
            why="already current" if choice is None else choice.why,
        )


def _notes(index: MovieIndex) -> tuple[str, ...]:
    made = index.manifest
    notes = []
    whole = (made.info.width_px, made.info.height_px)
    if (made.content.w, made.content.h) != whole:
        rect = made.content
        notes.append(
            f"the picture fills {rect.w}x{rect.h} of {whole[0]}x{whole[1]} pixels "
            f"from ({rect.x}, {rect.y}); the bars around it are left out"
        )
    rate = made.info.frame_rate
    return (*notes, *damage_notes(index.name, made.gaps, frame_rate=rate, rest="indexed"))
