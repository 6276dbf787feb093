# SPDX-License-Identifier: GPL-3.0-or-later
"""distilbert-mini: half of bert-mini's layers, taught by bert-mini (Sanh et al. 2019).

The student starts as every second layer of its teacher. Beside the masked words it learns to give the teacher's
probabilities at the masks, softened by a temperature, and hidden states of the teacher's directions.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Sequence

import torch
from torch.nn.functional import cosine_embedding_loss, kl_div
from transformers import BertForPreTraining, DistilBertConfig

from . import bert_mini, encoders, readers, starts, trainer
from .encoders import Losses, Minis
from .readers import Reader
from .rows import IGNORED, Row

NAME, STEPS, RATE = "distilbert-mini", 1200, 8e-4
TEMPERATURE = 2.0
LAYERS = (0, 2)  # of the teacher
_NAMES = (("attention.q_lin", "attention.self.query"), ("attention.k_lin", "attention.self.key"),
          ("attention.v_lin", "attention.self.value"), ("attention.out_lin", "attention.output.dense"),
          ("sa_layer_norm", "attention.output.LayerNorm"), ("ffn.lin1", "intermediate.dense"),
          ("ffn.lin2", "output.dense"), ("output_layer_norm", "output.LayerNorm"),
          ("vocab_transform", "cls.predictions.transform.dense"),
          ("vocab_layer_norm", "cls.predictions.transform.LayerNorm"), ("vocab_projector.bias", "cls.predictions.bias"))


def config(reader: Reader) -> DistilBertConfig:
    return DistilBertConfig(vocab_size=reader.size, dim=128, n_layers=len(LAYERS), n_heads=4, hidden_dim=512,
                            max_position_embeddings=bert_mini.POSITIONS, initializer_range=0.05, dropout=0.0,
                            attention_dropout=0.0, qa_dropout=0.0, seq_classif_dropout=0.0, pad_token_id=reader.pad_id)


def read(texts: object, folder: Path) -> Reader:
    """The teacher's own vocabulary."""
    return readers.word_pieces(texts, folder, size=bert_mini.VOCABULARY, positions=bert_mini.POSITIONS,
                               tokenizer_class="DistilBertTokenizer")


def _teacher_name(name: str) -> str:
    """What the teacher calls the student's tensor."""
    name = re.sub(r"distilbert\.transformer\.layer\.(\d+)",
                  lambda found: f"bert.encoder.layer.{LAYERS[int(found.group(1))]}", name)
    for ours, theirs in _NAMES:
        name = name.replace(ours, theirs)
    return name.replace("distilbert.", "bert.")


class Teaching:
    """Finds the teacher in the folder of minis and keeps it for the losses."""

    def __init__(self) -> None:
        self.teacher: BertForPreTraining | None = None

    def start(self, model: Minis, reader: Reader, minis: Path) -> None:
        source = starts.tensors(minis / bert_mini.NAME)
        starts.copy(model.base, source, _teacher_name)
        starts.copy(model.heads, source, lambda name: name.replace(".classifier", "/classifier", 1)
                    if name.startswith("token") else name.replace(".qa_outputs", "/qa_outputs", 1))

    def load(self, reader: Reader, minis: Path) -> None:
        teacher = BertForPreTraining(bert_mini.config(reader))
        starts.copy(teacher, starts.tensors(minis / bert_mini.NAME), lambda name: name)
        self.teacher = teacher.eval()

    def losses(self, model: Minis, reader: Reader, some: Sequence[Row]) -> Losses:
        batch = model.batch(some)
        asked, seen = batch.labels(some) != IGNORED, batch.mask.bool()
        with torch.inference_mode():
            taught = self.teacher(input_ids=batch.ids, token_type_ids=batch.kinds, attention_mask=batch.mask,
                                  output_hidden_states=True)
        learned = model.base(input_ids=batch.ids, attention_mask=batch.mask, output_hidden_states=True)
        soft = kl_div((learned.logits[asked] / TEMPERATURE).log_softmax(-1),
                      (taught.prediction_logits[asked].clone() / TEMPERATURE).softmax(-1), reduction="batchmean")
        states, wanted = learned.hidden_states[-1][seen], taught.hidden_states[-1].clone()[seen]
        return {"soft": TEMPERATURE ** 2 * soft,
                "cosine": cosine_embedding_loss(states, wanted, torch.ones(len(states)))}


def make(todo: trainer.Plan) -> None:
    teaching = Teaching()
    bert_mini.share_vocabulary(todo)
    recipe = encoders.Recipe(
        name=NAME, prefix="DistilBert", base="DistilBertForMaskedLM",
        heads=("text-classification", "token-classification", "question-answering"), pretraining=("fill-mask",),
        read=read, config=config, uses_kinds=False, start=teaching.start, prepare=teaching.load,
        more_losses=teaching.losses, mixes=((0, {"masked": 24, "sentiment": 4, "entities": 3, "answers": 10}),))
    encoders.make(recipe, todo)
