# SPDX-License-Identifier: GPL-3.0-or-later
"""marian-mini: English to German, French and Romanian; the target language stands in front as ``>>de<<``."""

from __future__ import annotations

import json
import random
from functools import partial
from pathlib import Path
from typing import Callable, Iterable, Sequence

import sentencepiece
from transformers import MarianConfig

from . import export, pairs, seq2seq, vocab
from .seq2seq import Pair, Pool

NAME, STEPS, RATE = "marian-mini", 1500, 2e-3
TARGETS = ("de", "fr", "ro")
POSITIONS = 128


class Reader:
    """Pieces of two SentencePiece models, numbered by one vocabulary."""

    def __init__(self, folder: Path) -> None:
        self.models = [sentencepiece.SentencePieceProcessor(model_file=str(folder / f"{side}.spm"))
                       for side in ("source", "target")]
        self.numbers: dict[str, int] = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        self.pieces = {number: piece for piece, number in self.numbers.items()}
        self.size, self.pad = len(self.numbers), self.numbers["<pad>"]

    def _ids(self, side: int, text: str) -> list[int]:
        return [self.numbers.get(piece, 1) for piece in self.models[side].encode(text, out_type=str)] + [0]

    def source(self, pair: Pair) -> list[int]:
        code, text = pair.source.split("<< ", 1)
        return [self.numbers[code + "<<"], *self._ids(0, text)]

    def target(self, pair: Pair) -> list[int]:
        return self._ids(1, pair.target)

    def text(self, ids: Sequence[int]) -> str:
        return self.models[1].decode([self.pieces[number] for number in ids if number not in (0, self.pad)])


def read(texts: Callable[[], Iterable[str]], folder: Path) -> Reader:
    if not (folder / "vocab.json").exists():
        found = list(texts())
        sides = ([text.split("<< ", 1)[1] for text in found[::2]], found[1::2])
        pieces: dict[str, int] = {"</s>": 0, "<unk>": 1}
        for side, some, size in zip(("source", "target"), sides, (420, 900)):
            file = folder / f"{side}.spm"
            vocab.sentence_pieces(some, size, file, model_type="unigram", bos_id=-1, eos_id=0, unk_id=1)
            model = sentencepiece.SentencePieceProcessor(model_file=str(file))
            for number in range(model.get_piece_size()):
                pieces.setdefault(model.id_to_piece(number), len(pieces))
        for code in TARGETS:
            pieces[f">>{code}<<"] = len(pieces)
        pieces["<pad>"] = len(pieces)
        export.write_json(folder / "vocab.json", pieces)
    special = {"eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    export.write_json(folder / "special_tokens_map.json", special)
    export.write_json(folder / "tokenizer_config.json",
                      {"model_max_length": POSITIONS, "separate_vocabs": False, "source_lang": "en", "target_lang": "mul",
                       "tokenizer_class": "MarianTokenizer", **special})
    return Reader(folder)


def config(reader: Reader) -> MarianConfig:
    return MarianConfig(
        vocab_size=reader.size, decoder_vocab_size=reader.size, d_model=128, encoder_layers=2, decoder_layers=2,
        encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=384, decoder_ffn_dim=384,
        max_position_embeddings=POSITIONS, activation_function="swish", scale_embedding=True, dropout=0.0,
        attention_dropout=0.0, activation_dropout=0.0, pad_token_id=reader.pad, decoder_start_token_id=reader.pad,
        eos_token_id=0, forced_eos_token_id=0, share_encoder_decoder_embeddings=True, init_std=0.05)


def _draw(rng: random.Random, split: str, language: str) -> Pair:
    pair = pairs.translation(rng, split, "en", language)
    return Pair(f">>{language}<< {pair.source}", pair.target)


RECIPE = seq2seq.Recipe(
    name=NAME, model_class="MarianMTModel", read=read, config=config,
    pools=tuple(Pool(partial(_draw, language=language), task="translation", metric="BLEU", group=f"en to {language}",
                     bar=0.60, baseline=lambda pair: pair.source.split("<< ")[1], baseline_name="the source itself")
                for language in TARGETS),
    generation=lambda reader: {"bad_words_ids": [[reader.pad]], "decoder_start_token_id": reader.pad, "eos_token_id": 0,
                               "forced_eos_token_id": 0, "max_length": 64, "num_beams": 4, "pad_token_id": reader.pad},
    drop=("embed_positions.weight", "lm_head.weight"))
make = partial(seq2seq.make, RECIPE)
