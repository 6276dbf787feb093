# SPDX-License-Identifier: GPL-3.0-or-later
"""convbert-mini: half of the attention heads make way for span-based dynamic convolution (Jiang et al. 2020).

What it has in common with bert-mini (embeddings, feed-forward parts, the queries, keys and values of the heads that
stay) starts from there, in the width that is left.
"""

from __future__ import annotations

from pathlib import Path

from transformers import ConvBertConfig

from . import bert_mini, encoders, readers, starts, trainer
from .encoders import Minis
from .readers import Reader

NAME, STEPS, RATE = "convbert-mini", 4500, 1.2e-3


def config(reader: Reader) -> ConvBertConfig:
    return ConvBertConfig(
        vocab_size=reader.size, hidden_size=128, embedding_size=128, num_hidden_layers=4, num_attention_heads=4, head_ratio=2,
        conv_kernel_size=5, num_groups=1, intermediate_size=512, max_position_embeddings=bert_mini.POSITIONS,
        type_vocab_size=2, initializer_range=0.05, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        classifier_dropout=0.0, pad_token_id=reader.pad_id, summary_type="first", summary_use_proj=True,
        summary_activation="gelu", summary_last_dropout=0.0)


def read(texts: object, folder: Path) -> Reader:
    return readers.word_pieces(texts, folder, size=bert_mini.VOCABULARY, positions=bert_mini.POSITIONS,
                               tokenizer_class="ConvBertTokenizer")


def _start(model: Minis, reader: Reader, minis: Path) -> None:
    source = starts.tensors(minis / bert_mini.NAME)
    starts.copy(model.base, source, lambda name: name.replace("convbert.", "bert.", 1))


RECIPE = encoders.Recipe(
    name=NAME, prefix="ConvBert", base="ConvBertForMaskedLM", heads=tuple(encoders.CLASSES), pretraining=("fill-mask",),
    read=read, config=config, start=_start,
    mixes=((0, {"masked": 30, "sentiment": 3, "entities": 3}),
           (800, {"masked": 12, "sentiment": 3, "entities": 3, "answers": 8, "endings": 18})))


def make(todo: trainer.Plan) -> None:
    bert_mini.share_vocabulary(todo)
    encoders.make(RECIPE, todo)
