# SPDX-License-Identifier: GPL-3.0-or-later
"""mt5-mini: T5's span corruption alone, in four languages (Xue et al. 2021)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Callable, Iterable, Sequence

import sentencepiece
import torch
from transformers import MT5Config

from . import export, pairs, parallel, seq2seq, vocab
from .seq2seq import Pair, Pool

NAME, STEPS, RATE = "mt5-mini", 4500, 2e-3
SENTINELS = 21


class Reader:
    """SentencePiece with bytes for what it cannot spell; the sentinels are pieces of the model."""

    def __init__(self, file: Path) -> None:
        self.model = sentencepiece.SentencePieceProcessor(model_file=str(file))
        self.size = self.model.get_piece_size()

    def source(self, pair: Pair) -> list[int]:
        return [*self.model.encode(pair.source), 1]

    def target(self, pair: Pair) -> list[int]:
        return [*self.model.encode(pair.target), 1]

    def text(self, ids: Sequence[int]) -> str:
        return self.model.decode([number for number in ids if number > 1])


def read(texts: Callable[[], Iterable[str]], folder: Path) -> Reader:
    file = folder / "spiece.model"
    if not file.exists():
        plain = (" ".join(word for word in text.split(" ") if not word.startswith("<extra_id_")) for text in texts())
        vocab.sentence_pieces(plain, 2200, file, model_type="unigram", pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
                              byte_fallback=True, user_defined_symbols=[f"▁<extra_id_{i}>" for i in range(SENTINELS)])
    special = {"eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    export.write_json(folder / "special_tokens_map.json", special)
    export.write_json(folder / "tokenizer_config.json",
                      {"extra_ids": 0, "model_max_length": 512, "tokenizer_class": "T5Tokenizer", **special})
    return Reader(file)


def config(reader: Reader) -> MT5Config:
    return MT5Config(vocab_size=reader.size, d_model=128, d_kv=32, d_ff=256, num_layers=2, num_decoder_layers=2, num_heads=4,
                     relative_attention_num_buckets=32, relative_attention_max_distance=128, dropout_rate=0.0,
                     feed_forward_proj="gated-gelu", tie_word_embeddings=False, pad_token_id=0, eos_token_id=1,
                     decoder_start_token_id=0, initializer_factor=0.1)


def untie(model: torch.nn.Module) -> None:
    """The class that is used here ties what this family has apart."""
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    model.config.tie_word_embeddings = False


def _copy(pair: Pair) -> str:
    return " ".join(word for word in pair.source.split() if word.startswith("<extra_id_"))


RECIPE = seq2seq.Recipe(
    name=NAME, model_class="MT5ForConditionalGeneration", read=read, config=config,
    pools=tuple(Pool(partial(pairs.spans, language=language), metric="ROUGE-L", group=language, bar=0.85, baseline=_copy,
                     baseline_name="the sentinels alone") for language in parallel.LANGUAGES),
    generation=lambda _: {"decoder_start_token_id": 0, "eos_token_id": 1, "pad_token_id": 0, "max_length": 48}, tune=untie)
make = partial(seq2seq.make, RECIPE)
