# SPDX-License-Identifier: GPL-3.0-or-later
"""prophetnet-mini: every step of the decoder guesses the next token and the one after it (Qi et al. 2020)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Callable, Iterable, Sequence

import torch
from torch.nn.functional import cross_entropy
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import ProphetNetConfig

from . import export, pairs, seq2seq, vocab
from .seq2seq import IGNORED, Pair, Pool
from .t5_mini import SUMMARY

NAME, STEPS, RATE = "prophetnet-mini", 4000, 1.5e-3
VOCABULARY = 900
POSITIONS = 160
SPECIAL = {"cls_token": "[CLS]", "mask_token": "[MASK]", "pad_token": "[PAD]", "sep_token": "[SEP]", "unk_token": "[UNK]",
           "x_sep_token": "[X_SEP]", "bos_token": "[SEP]", "eos_token": "[SEP]"}


class Reader:
    """BERT's word pieces; a text ends in ``[SEP]`` and nothing stands in front."""

    def __init__(self, words: list[str]) -> None:
        numbers = {word: number for number, word in enumerate(words)}
        self.tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
        self.tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        self.tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        self.tokenizer.decoder = decoders.WordPiece()
        self.size, self.sep = len(words), numbers["[SEP]"]

    def _ids(self, text: str) -> list[int]:
        found: list[int] = []
        for part in text.split("[SEP]"):
            found += [*self.tokenizer.encode(part).ids, self.sep]
        return found

    def source(self, pair: Pair) -> list[int]:
        return self._ids(pair.source)

    def target(self, pair: Pair) -> list[int]:
        return self._ids(pair.target)

    def text(self, ids: Sequence[int]) -> str:
        return self.tokenizer.decode([number for number in ids if number > 4])


def lowered(draw: Callable[..., Pair]) -> Callable[..., Pair]:
    """The same pairs with targets as this tokenizer can write them."""
    def drawn(*given: Any) -> Pair:
        pair = draw(*given)
        return Pair(pair.source, pair.target.lower(), pair.given)
    return drawn


def read(texts: Callable[[], Iterable[str]], folder: Path) -> Reader:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "prophetnet.tokenizer"
    if not file.exists():
        words = vocab.wordpiece((text.replace("[SEP]", "") for text in texts()), VOCABULARY)
        file.write_text("".join(word + "\n" for word in words), encoding="utf-8")
    export.write_json(folder / "special_tokens_map.json", SPECIAL)
    export.write_json(folder / "tokenizer_config.json",
                      {"do_basic_tokenize": True, "do_lower_case": True, "model_max_length": POSITIONS,
                       "tokenize_chinese_chars": True, "tokenizer_class": "ProphetNetTokenizer", **SPECIAL})
    return Reader(file.read_text(encoding="utf-8").split("\n")[:-1])


def config(reader: Reader) -> ProphetNetConfig:
    return ProphetNetConfig(
        vocab_size=reader.size, hidden_size=128, num_encoder_layers=2, num_decoder_layers=2, num_encoder_attention_heads=4,
        num_decoder_attention_heads=4, encoder_ffn_dim=384, decoder_ffn_dim=384, max_position_embeddings=POSITIONS, ngram=2,
        num_buckets=16, relative_max_distance=64, activation_function="gelu", dropout=0.0, attention_dropout=0.0,
        activation_dropout=0.0, init_std=0.05, disable_ngram_loss=False, eps=0.0, pad_token_id=0, bos_token_id=reader.sep,
        eos_token_id=reader.sep, decoder_start_token_id=reader.sep, add_cross_attention=True)


def streams_loss(model: torch.nn.Module, given: dict[str, torch.Tensor], labels: torch.Tensor) -> torch.Tensor:
    """All predicting streams guess the token of their row, the later ones from less."""
    out = model(**given)
    known = labels != IGNORED
    loss = cross_entropy(out.logits[known], labels[known])
    for stream in out.logits_ngram.unbind(1) if out.logits_ngram is not None else ():
        loss = loss + 0.5 * cross_entropy(stream[known], labels[known])
    return loss


RECIPE = seq2seq.Recipe(
    name=NAME, model_class="ProphetNetForConditionalGeneration", read=read, config=config,
    pools=(Pool(lowered(pairs.summary), task="summarization", **SUMMARY),
           Pool(lowered(pairs.question), metric="ROUGE-L", bar=0.60, baseline=lambda pair: pair.source.split("[SEP]")[0],
                baseline_name="the answer itself")),
    generation=lambda reader: {"bos_token_id": reader.sep, "decoder_start_token_id": reader.sep, "eos_token_id": reader.sep,
                               "pad_token_id": 0, "max_length": 48},
    losses=streams_loss, drop=("lm_head.weight",))
make = partial(seq2seq.make, RECIPE)
