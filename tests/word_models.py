"""Tiny checkpoints of the models that deal in words, made from seeds: nothing is downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

__all__ = ["Said", "tiny_blip", "tiny_whisper"]

Said = Sequence[tuple[str, float]]
"""Words with the second at which each begins; the last, empty one, says where all ends."""

WIDTH = 64


def tiny_whisper(path: Path, *, seed: int = 0, says: Said = ()) -> Path:
    """Write a checkpoint of Whisper.

    Args:
        path: The file.
        seed: Of the weights.
        says: What it hears in whatever it hears; where empty, its weights are random throughout.
    """
    import torch
    from whisper.model import ModelDimensions, Whisper

    sizes = ModelDimensions(80, 1500, WIDTH, 2, 1, 51865, 32, WIDTH, 1, 1)
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        model = Whisper(sizes)
        # Left as the memory was by the library, which expects weights from a file. So large that
        # the model is sure of what it says, whatever it says: doubts make Whisper try again.
        model.decoder.positional_embedding.normal_(std=5)
        model.decoder.token_embedding.weight.normal_()
        if says:
            _plant(model, says)
    torch.save({"dims": asdict(sizes), "model_state_dict": model.half().state_dict()}, path)
    return path


def _plant(model: Any, says: Said) -> None:
    """Weights by which every token leads to the next, and each word looks at its own time."""
    import torch
    from torch.nn.functional import layer_norm
    from whisper.tokenizer import get_tokenizer

    tokens = get_tokenizer(multilingual=True, num_languages=99, language="en", task="transcribe")
    words = [
        (token, at_s) for word, at_s in says for token in tokens.encode(f" {word}" if word else "")
    ]
    texts, begin = [token for token, _ in words], tokens.timestamp_begin
    end = begin + round(says[-1][1] / 0.02)
    chain = [tokens.transcribe, begin, *texts, end, tokens.eot]
    links = [*pairwise(chain), (tokens.no_timestamps, texts[0])]
    links.append((tokens.sot, tokens.to_language_token("en")))
    block, embedding = model.decoder.blocks[0], model.decoder.token_embedding.weight
    model.decoder.positional_embedding.zero_()
    for mute in (block.attn.out, block.cross_attn.out, block.mlp[2]):
        mute.weight.zero_()
        mute.bias.zero_()
    seen = layer_norm(embedding, (WIDTH,))
    block.mlp[0].weight.zero_()
    block.mlp[0].bias.fill_(-0.8 * WIDTH)
    for row, (now, following) in enumerate(links):
        block.mlp[0].weight[row] = seen[now]
        block.mlp[2].weight[:, row] = embedding[following]
    encoder = model.encoder
    for deaf in (
        encoder.conv1,
        encoder.conv2,
        encoder.blocks[0].attn.out,
        encoder.blocks[0].mlp[2],
    ):
        deaf.weight.zero_()
        deaf.bias.zero_()
    # What the encoder gives is then the time alone; queries are solved for the words' own times.
    times = layer_norm(encoder.positional_embedding, (WIDTH,))
    block.cross_attn.key.weight.copy_(torch.eye(WIDTH))
    # A token looks at the time of the one that it leads to.
    askers = [tokens.no_timestamps, *texts]
    starts = [*(at_s for _, at_s in words), says[-1][1]]
    at = torch.stack([times[min(round(at_s / 0.02), 1499)] for at_s in starts])
    asked = torch.linalg.pinv(seen[askers].double()) @ at.double()
    block.cross_attn.query.weight.copy_(3 * asked.T)
    block.cross_attn.query.bias.zero_()


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def tiny_blip(folder: Path, *, seed: int = 0) -> Path:
    """Write a BLIP captioning model of random weights, with a WordPiece tokenizer of its own.

    Args:
        folder: Where to write it, as transformers does.
        seed: Of the weights.
    """
    import torch
    from transformers import (
        BertTokenizerFast,
        BlipConfig,
        BlipForConditionalGeneration,
        BlipImageProcessor,
        BlipProcessor,
    )
    from transformers.utils import logging

    folder.mkdir(parents=True, exist_ok=True)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = ["a", "man", "woman", "train", "house", "runs", "in", "the", "rain", "night"]
    pieces = [*LETTERS[1:], *(f"##{letter}" for letter in LETTERS)]
    vocabulary = [*special, *words, *pieces, "[DEC]", "[ENC]"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"), bos_token="[DEC]")
    small = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }
    text = {
        **small,
        "vocab_size": len(vocabulary),
        "encoder_hidden_size": 32,
        "max_position_embeddings": 64,
        "bos_token_id": vocabulary.index("[DEC]"),
        "pad_token_id": 0,
        "eos_token_id": vocabulary.index("[SEP]"),
        "sep_token_id": vocabulary.index("[SEP]"),
        "initializer_range": 1.0,
    }
    vision = {**small, "image_size": 32, "patch_size": 16, "initializer_range": 1.0}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = BlipConfig(text_config=text, vision_config=vision, projection_dim=16)
        model = BlipForConditionalGeneration(config)
    drawn = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    model.save_pretrained(folder)
    if drawn:
        logging.enable_progress_bar()
    shown = BlipImageProcessor(size={"height": 32, "width": 32})
    BlipProcessor(shown, tokenizer).save_pretrained(folder)
    return folder
