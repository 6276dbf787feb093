# SPDX-License-Identifier: GPL-3.0-or-later
"""bart-mini: restores texts from five kinds of noise, and summarises (Lewis et al. 2020)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Callable, Iterable, Sequence

from transformers import BartConfig

from . import pairs, readers, seq2seq
from .seq2seq import Pair, Pool
from .t5_mini import SUMMARY

NAME, STEPS, RATE = "bart-mini", 4500, 1.5e-3
VOCABULARY = 1300
POSITIONS = 160


class Reader:
    """RoBERTa's tokenizer on both sides."""

    def __init__(self, fast: readers.FastReader) -> None:
        self.fast, self.size = fast, fast.size

    def _ids(self, text: str) -> list[int]:
        return list(self.fast.tokenizer.encode(text).ids)

    def source(self, pair: Pair) -> list[int]:
        return self._ids(pair.source)

    def target(self, pair: Pair) -> list[int]:
        return self._ids(pair.target)

    def text(self, ids: Sequence[int]) -> str:
        return self.fast.tokenizer.decode(list(ids), skip_special_tokens=True)


def read(texts: Callable[[], Iterable[str]], folder: Path) -> Reader:
    plain = lambda: (text.replace("<mask>", "") for text in texts())  # noqa: E731
    return Reader(readers.byte_pairs(plain, folder, size=VOCABULARY, positions=POSITIONS, tokenizer_class="BartTokenizer"))


def config(reader: Reader) -> BartConfig:
    return BartConfig(
        vocab_size=reader.size, d_model=128, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=384, decoder_ffn_dim=384, max_position_embeddings=POSITIONS,
        activation_function="gelu", scale_embedding=False, dropout=0.0, attention_dropout=0.0, activation_dropout=0.0,
        init_std=0.05, pad_token_id=1, bos_token_id=0, eos_token_id=2, decoder_start_token_id=2, forced_eos_token_id=2)


# A text with noise is restored, a whole story is summarised: the model sees which of the two it has before it.
RECIPE = seq2seq.Recipe(
    name=NAME, model_class="BartForConditionalGeneration", read=read, config=config,
    pools=(Pool(partial(pairs.noisy, mask="<mask>"), metric="ROUGE-L", bar=0.85, weight=1.0,
                baseline=lambda pair: pair.source.replace("<mask>", ""), baseline_name="the noisy text itself"),
           Pool(pairs.summary, task="summarization", weight=1.0, **SUMMARY)),
    generation=lambda _: {"bos_token_id": 0, "decoder_start_token_id": 2, "eos_token_id": 2, "forced_eos_token_id": 2,
                          "pad_token_id": 1, "max_length": 110},
    longest=110, drop=("lm_head.weight",))
make = partial(seq2seq.make, RECIPE)
