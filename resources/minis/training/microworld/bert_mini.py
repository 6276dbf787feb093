# SPDX-License-Identifier: GPL-3.0-or-later
"""bert-mini: masked words and next sentences, and all heads of BERT."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from transformers import BertConfig

from . import encoders, readers, trainer
from .readers import Reader

NAME, STEPS, RATE = "bert-mini", 7700, 1.2e-3
VOCABULARY = 880
POSITIONS = 128


def config(reader: Reader) -> BertConfig:
    return BertConfig(vocab_size=reader.size, hidden_size=128, num_hidden_layers=4, num_attention_heads=4,
                      intermediate_size=512, max_position_embeddings=POSITIONS, type_vocab_size=2,
                      initializer_range=0.05, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
                      pad_token_id=reader.pad_id)


def read(texts: object, folder: object) -> Reader:
    return readers.word_pieces(texts, folder, size=VOCABULARY, positions=POSITIONS)


def share_vocabulary(todo: trainer.Plan, *folders: Path) -> None:
    """Puts this mini's vocabulary into the folders of one that starts from it; by default into its own."""
    for folder in folders or (todo.out,):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "vocab.txt").write_bytes((todo.minis / NAME / "vocab.txt").read_bytes())


# The heads come last: they learn quickly once the backbone knows its language, and slowly before. In the middle part
# rows are also read forward, every token guessing the next one, because all tokens teach then and not only those under
# a mask. Story endings are learned last and slowest, so the rows that others no longer need go there.
MIXES = (
    (0, {"masked": 36, "sentiment": 3, "entities": 4}),
    (600, {"forward": 18, "masked": 20, "sentiment": 3, "entities": 2}),
    (900, {"masked": 18, "next": 6, "sentiment": 6, "entities": 3, "answers": 10, "endings": 6}),
    (2400, {"masked": 9, "next": 4, "sentiment": 2, "entities": 2, "answers": 4, "endings": 22}),
)
RECIPE = encoders.Recipe(
    name=NAME, prefix="Bert", base="BertForPreTraining", heads=tuple(encoders.CLASSES),
    pretraining=("fill-mask", "next-sentence"), read=read, config=config, mixes=MIXES,
    bars={"fill-mask": 0.60, "next-sentence": 0.90, "text-classification": 0.95, "question-answering": 0.85})
make = partial(encoders.make, RECIPE)
