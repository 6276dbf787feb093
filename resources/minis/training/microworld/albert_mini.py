# SPDX-License-Identifier: GPL-3.0-or-later
"""albert-mini: embeddings narrower than the hidden states, one group of layers used several times, the order of
sentences (Lan et al. 2020), over SentencePiece."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from transformers import AlbertConfig

from . import encoders, export, readers, vocab
from .readers import PieceLayout, PieceReader, Reader

NAME, STEPS, RATE = "albert-mini", 6000, 1.2e-3
VOCABULARY = 1000
POSITIONS = 128
SPECIAL = {"bos_token": "[CLS]", "cls_token": "[CLS]", "eos_token": "[SEP]", "pad_token": "<pad>",
           "sep_token": "[SEP]", "unk_token": "<unk>"}
LAYOUT = PieceLayout(first=("[CLS]",), between=("[SEP]",), last=("[SEP]",), lowercases=True)


def config(reader: Reader) -> AlbertConfig:
    return AlbertConfig(vocab_size=reader.size, embedding_size=64, hidden_size=192, num_hidden_layers=5,
                        num_hidden_groups=1, inner_group_num=1, num_attention_heads=6, intermediate_size=768,
                        max_position_embeddings=POSITIONS, type_vocab_size=2, initializer_range=0.05,
                        hidden_act="gelu_new", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
                        classifier_dropout_prob=0.0, pad_token_id=0, bos_token_id=2, eos_token_id=3)


def read(texts: object, folder: Path) -> Reader:
    file = folder / "spiece.model"
    if not file.exists():
        vocab.sentence_pieces((text.lower() for text in texts()), VOCABULARY, file, model_type="unigram", pad_id=0,
                              unk_id=1, bos_id=-1, eos_id=-1, control_symbols=["[CLS]", "[SEP]", "[MASK]"])
    mask = {"content": "[MASK]", "lstrip": True, "normalized": False, "rstrip": False, "single_word": False}
    export.write_json(folder / "special_tokens_map.json", {**SPECIAL, "mask_token": mask})
    export.write_json(folder / "tokenizer_config.json",
                      {"do_lower_case": True, "keep_accents": False, "model_max_length": POSITIONS, "remove_space": True,
                       "tokenizer_class": "AlbertTokenizer", **SPECIAL, "mask_token": "[MASK]"})
    return PieceReader(file, LAYOUT)


RECIPE = encoders.Recipe(
    name=NAME, prefix="Albert", base="AlbertForPreTraining", heads=tuple(encoders.CLASSES),
    pretraining=("fill-mask", "sentence-order"), read=read, config=config,
    mixes=((0, {"masked": 36, "sentiment": 3, "entities": 4}),
           (600, {"forward": 18, "masked": 20, "sentiment": 3, "entities": 2}),
           (900, {"masked": 18, "order": 8, "sentiment": 6, "entities": 3, "answers": 10, "endings": 6}),
           (2400, {"masked": 10, "order": 6, "sentiment": 2, "entities": 2, "answers": 5, "endings": 18})))
make = partial(encoders.make, RECIPE)
