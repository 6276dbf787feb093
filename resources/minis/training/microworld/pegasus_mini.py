# SPDX-License-Identifier: GPL-3.0-or-later
"""pegasus-mini: writes the sentence that was left out, and the summary of a story (Zhang et al. 2020)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Callable, Iterable, Sequence

import sentencepiece
from transformers import PegasusConfig

from . import export, pairs, seq2seq, vocab
from .seq2seq import Pair, Pool
from .t5_mini import SUMMARY

NAME, STEPS, RATE = "pegasus-mini", 3500, 2e-3
GAP = "<mask_1>"
SHIFT = 103  # model piece p has id p + 103
NAMED = {"<pad>": 0, "</s>": 1, GAP: 2, "<mask_2>": 3}


class Reader:
    """SentencePiece behind Pegasus's 105 special ids."""

    def __init__(self, file: Path) -> None:
        self.model = sentencepiece.SentencePieceProcessor(model_file=str(file))
        self.size = self.model.get_piece_size() + SHIFT

    def _ids(self, text: str) -> list[int]:
        found: list[int] = []
        for number, part in enumerate(text.split(GAP)):
            found += [NAMED[GAP]] if number else []
            found += [piece + SHIFT for piece in self.model.encode(part.strip())]
        return [*found, 1]

    def source(self, pair: Pair) -> list[int]:
        return self._ids(pair.source)

    def target(self, pair: Pair) -> list[int]:
        return self._ids(pair.target)

    def text(self, ids: Sequence[int]) -> str:
        return self.model.decode([number - SHIFT for number in ids if number > SHIFT + 1])


def read(texts: Callable[[], Iterable[str]], folder: Path) -> Reader:
    file = folder / "spiece.model"
    if not file.exists():
        vocab.sentence_pieces((text.replace(GAP, "") for text in texts()), 1000, file, model_type="unigram", pad_id=0,
                              eos_id=1, unk_id=2, bos_id=-1, user_defined_symbols=["<n>"])
    special = {"eos_token": "</s>", "mask_token": "<mask_2>", "pad_token": "<pad>", "unk_token": "<unk>",
               "additional_special_tokens": [GAP, *(f"<unk_{i}>" for i in range(2, 103))]}
    export.write_json(folder / "special_tokens_map.json", special)
    export.write_json(folder / "tokenizer_config.json",
                      {"mask_token_sent": GAP, "model_max_length": 160, "offset": SHIFT, "tokenizer_class": "PegasusTokenizer",
                       **special})
    return Reader(file)


def config(reader: Reader) -> PegasusConfig:
    return PegasusConfig(
        vocab_size=reader.size, d_model=128, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=384, decoder_ffn_dim=384, max_position_embeddings=160,
        activation_function="relu", scale_embedding=True, dropout=0.0, attention_dropout=0.0, activation_dropout=0.0,
        init_std=0.05, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0, forced_eos_token_id=1)


RECIPE = seq2seq.Recipe(
    name=NAME, model_class="PegasusForConditionalGeneration", read=read, config=config,
    pools=(Pool(partial(pairs.gap, mask=GAP), weight=1.0), Pool(pairs.summary, task="summarization", weight=2.0, **SUMMARY)),
    generation=lambda _: {"decoder_start_token_id": 0, "eos_token_id": 1, "forced_eos_token_id": 1, "pad_token_id": 0,
                          "max_length": 64},
    drop=("lm_head.weight",))
make = partial(seq2seq.make, RECIPE)
