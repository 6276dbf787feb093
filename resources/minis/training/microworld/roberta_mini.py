# SPDX-License-Identifier: GPL-3.0-or-later
"""roberta-mini: masked words alone, with a new mask every time, over byte-level BPE (Liu et al. 2019).

Its layers are those of bert-mini and start from there; every byte-pair token starts as the word pieces that spell it.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import torch
from transformers import RobertaConfig

from . import bert_mini, encoders, readers, starts
from .encoders import Minis
from .readers import Reader

NAME, STEPS, RATE = "roberta-mini", 2000, 1e-3
VOCABULARY = 1300
POSITIONS = 128


def config(reader: Reader) -> RobertaConfig:
    return RobertaConfig(vocab_size=reader.size, hidden_size=128, num_hidden_layers=4, num_attention_heads=4,
                         intermediate_size=512, max_position_embeddings=POSITIONS + 2, type_vocab_size=1,
                         initializer_range=0.05, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
                         pad_token_id=1, bos_token_id=0, eos_token_id=2)


def read(texts: object, folder: Path) -> Reader:
    return readers.byte_pairs(texts, folder, size=VOCABULARY, positions=POSITIONS)


_NAMES = (("lm_head.dense", "cls.predictions.transform.dense"), ("lm_head.layer_norm", "cls.predictions.transform.LayerNorm"))


def bert_name(name: str) -> str:
    """What bert-mini calls a tensor of this family."""
    for ours, theirs in _NAMES:
        name = name.replace(ours, theirs)
    return re.sub(r"^(xlm_)?roberta\.|^longformer\.", "bert.", name)


def start(model: Minis, reader: Reader, minis: Path) -> None:
    numbers = reader.tokenizer.get_vocab()
    start_spelled(model, reader, minis, [token.replace("Ġ", " ") for token in sorted(numbers, key=numbers.get)])


def start_spelled(model: Minis, reader: Reader, minis: Path, spelled: list[str]) -> None:
    """The layers of bert-mini, and every token as the word pieces that spell it."""
    source = starts.tensors(minis / bert_mini.NAME)
    starts.copy(model.base, source, bert_name)
    pieces = bert_mini.read(None, minis / bert_mini.NAME).tokenizer
    embeddings = model.backbone.embeddings
    starts.copy_words(embeddings.word_embeddings.weight, spelled, source["bert.embeddings.word_embeddings.weight"], pieces)
    with torch.no_grad():
        embeddings.word_embeddings.weight[reader.mask_id] = source["bert.embeddings.word_embeddings.weight"][4]
        embeddings.position_embeddings.weight[2:] = source["bert.embeddings.position_embeddings.weight"]
        embeddings.token_type_embeddings.weight[:] = source["bert.embeddings.token_type_embeddings.weight"][:1]


RECIPE = encoders.Recipe(
    name=NAME, prefix="Roberta", base="RobertaForMaskedLM", heads=tuple(encoders.CLASSES), pretraining=("fill-mask",),
    read=read, config=config, uses_kinds=False, start=start,
    mixes=((0, {"masked": 30, "sentiment": 3, "entities": 3}),
           (500, {"masked": 14, "sentiment": 3, "entities": 3, "answers": 6, "endings": 16})))
make = partial(encoders.make, RECIPE)
