# SPDX-License-Identifier: GPL-3.0-or-later
"""funnel-mini: three blocks, each half as long as the one before, and two layers over the length restored
(Dai et al. 2020). Texts and choices are scored from the short states of the base model alone."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Callable, Iterable

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from torch import nn
from transformers import FunnelBaseModel, FunnelConfig

from . import encoders, export, readers, vocab
from .readers import Reader

NAME, STEPS, RATE = "funnel-mini", 6000, 1.2e-3
VOCABULARY = 880
POSITIONS = 128
SPECIAL = ("<pad>", "<unk>", "<cls>", "<sep>", "<mask>", "<s>", "</s>")
NAMES = {"bos_token": "<s>", "cls_token": "<cls>", "eos_token": "</s>", "mask_token": "<mask>", "pad_token": "<pad>",
         "sep_token": "<sep>", "unk_token": "<unk>"}


def read(texts: Callable[[], Iterable[str]], folder: Path) -> Reader:
    """BERT's words under other names, and a kind of its own for the class token."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "vocab.txt"
    if not file.exists():
        learned = vocab.wordpiece(texts(), VOCABULARY)[len(vocab.SPECIAL):]
        file.write_text("".join(word + "\n" for word in [*SPECIAL, *learned]), encoding="utf-8")
    export.write_json(folder / "special_tokens_map.json", NAMES)
    export.write_json(folder / "tokenizer_config.json",
                      {"do_lower_case": True, "model_max_length": POSITIONS, "strip_accents": None,
                       "tokenize_chinese_chars": True, "tokenizer_class": "FunnelTokenizer", **NAMES})
    numbers = {word: number for number, word in enumerate(file.read_text(encoding="utf-8").split("\n")[:-1])}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<cls>:2 $A:0 <sep>:0", pair="<cls>:2 $A:0 <sep>:0 $B:1 <sep>:1",
        special_tokens=[(token, numbers[token]) for token in ("<cls>", "<sep>")])
    tokenizer.add_special_tokens(list(SPECIAL))
    return readers.FastReader(tokenizer, SPECIAL, "<mask>", "<pad>")


def config(reader: Reader) -> FunnelConfig:
    return FunnelConfig(vocab_size=reader.size, block_sizes=[2, 1, 1], num_decoder_layers=2, d_model=128, n_head=4, d_head=32,
                        d_inner=256, hidden_act="gelu_new", hidden_dropout=0.0, attention_dropout=0.0, activation_dropout=0.0,
                        initializer_std=0.05, pooling_type="mean", attention_type="relative_shift", separate_cls=True,
                        truncate_seq=True, pool_q_only=True, pad_token_id=0)


def adopt(head: nn.Module, base: nn.Module) -> None:
    """The full model, or for heads over the base model its embeddings and encoder."""
    if isinstance(head.funnel, FunnelBaseModel):
        head.funnel.embeddings, head.funnel.encoder = base.funnel.embeddings, base.funnel.encoder
    else:
        head.funnel = base.funnel


RECIPE = encoders.Recipe(
    name=NAME, prefix="Funnel", base="FunnelForMaskedLM", heads=tuple(encoders.CLASSES), pretraining=("fill-mask",),
    read=read, config=config, adopt=adopt,
    mixes=((0, {"masked": 36, "sentiment": 3, "entities": 4}),
           (1200, {"masked": 16, "sentiment": 4, "entities": 3, "answers": 8, "endings": 14})))
make = partial(encoders.make, RECIPE)
