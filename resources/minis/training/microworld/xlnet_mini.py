# SPDX-License-Identifier: GPL-3.0-or-later
"""xlnet-mini: tokens guessed in drawn orders, each from those that come before it in the order (Yang et al. 2019)."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any, Callable, Iterable

import torch
from torch.nn.functional import cross_entropy
from transformers import XLNetConfig

from . import baselines, encoder_figures, encoders, export, readers, rows, trainer, vocab
from .encoders import Minis
from .readers import PieceLayout, PieceReader, Reader
from .rows import IGNORED

NAME, STEPS, RATE = "xlnet-mini", 6000, 1.2e-3
VOCABULARY = 1100
CONTROLS = ["<cls>", "<sep>", "<pad>", "<mask>", "<eod>", "<eop>"]
SPECIAL = {"bos_token": "<s>", "cls_token": "<cls>", "eos_token": "</s>", "pad_token": "<pad>", "sep_token": "<sep>",
           "unk_token": "<unk>"}
LAYOUT = PieceLayout(between=("<sep>",), last=("<sep>", "<cls>"), kinds=(0, 1, 2), mask="<mask>")


class Permuted(Minis):
    """XLNet's language model: what a token may see is a matter of the order, not of masks in the text."""

    def predicted(self, batch: rows.Batch, wanted: torch.Tensor, order: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores (tokens, vocabulary) and ids of the wanted tokens. A wanted token sees every token that is not wanted
        and the wanted ones before it in the order; the others see only those that are not wanted."""
        earlier = order[:, None, :] < order[:, :, None]
        hidden = wanted[:, None, :] & ~(wanted[:, :, None] & earlier)
        hidden = hidden | ~batch.mask.bool()[:, None, :]
        count = int(wanted.sum(1).max())
        mapping = torch.zeros(len(wanted), count, wanted.shape[1])
        chosen = []
        for i, row in enumerate(wanted):
            places = row.nonzero()[:, 0]
            mapping[i, torch.arange(len(places)), places] = 1.0
            chosen.append(torch.arange(count) < len(places))
        out = self.base(input_ids=batch.ids, token_type_ids=batch.kinds, perm_mask=hidden.float(), target_mapping=mapping)
        return out.logits[torch.stack(chosen)], batch.ids[wanted]

    def word_loss(self, batch: rows.Batch, labels: torch.Tensor) -> torch.Tensor:
        """Half of the rows in a drawn order of the labelled tokens, half of them from left to right after a drawn place:
        what stands before it sees all of itself, as it does when a text is written on."""
        ids = torch.where(labels != IGNORED, labels, batch.ids)
        whole = rows.Batch(ids, batch.kinds, batch.mask, batch.begins)
        half = len(ids) // 2
        wanted, order = labels != IGNORED, torch.rand(labels.shape)
        places = torch.arange(labels.shape[1])
        for i in range(half):
            first = batch.begins[i] + 1 + int(torch.rand(()) * (len(places) - batch.begins[i] - 2))
            wanted[i] = batch.mask[i].bool() & (places >= first)
        order[:half] = places
        return cross_entropy(*self.predicted(whole, wanted, order))


def config(reader: Reader) -> XLNetConfig:
    return XLNetConfig(vocab_size=reader.size, d_model=128, n_layer=4, n_head=4, d_inner=512, ff_activation="gelu",
                       attn_type="bi", initializer_range=0.05, dropout=0.0, mem_len=64, summary_type="last",
                       summary_use_proj=True, summary_activation="tanh", summary_last_dropout=0.0, use_mems_eval=True,
                       use_mems_train=False, pad_token_id=5, bos_token_id=1, eos_token_id=2, start_n_top=5, end_n_top=5)


def read(texts: Callable[[], Iterable[str]], folder: Path) -> Reader:
    file = folder / "spiece.model"
    if not file.exists():
        vocab.sentence_pieces(texts(), VOCABULARY, file, model_type="unigram", unk_id=0, bos_id=1, eos_id=2, pad_id=-1,
                              control_symbols=CONTROLS)
    mask = {"content": "<mask>", "lstrip": True, "normalized": False, "rstrip": False, "single_word": False}
    more = {"additional_special_tokens": ["<eop>", "<eod>"]}
    export.write_json(folder / "special_tokens_map.json", {**SPECIAL, **more, "mask_token": mask})
    export.write_json(folder / "tokenizer_config.json",
                      {"do_lower_case": False, "keep_accents": False, "model_max_length": 512, "remove_space": True,
                       "tokenizer_class": "XLNetTokenizer", **SPECIAL, **more, "mask_token": "<mask>"})
    return PieceReader(file, LAYOUT)


def _perplexity(figures: encoder_figures.Figures) -> dict[str, Any]:
    """Of the test's stories from left to right, each token from those before it."""
    model, reader = figures.model, figures.reader
    plain = [rows.Row([number for number, _, _ in reader.text(story.text)], []) for story in figures.data.stories[:300]]
    known = [[number for number, _, _ in reader.text(story.text)] for story in figures.train.stories]
    total = count = 0
    for part in trainer.chunks(plain, 32):
        part = [rows.Row(row.ids, [0] * len(row.ids)) for row in part]
        batch = model.batch(part)
        wanted = batch.mask.bool()
        for i, begin in enumerate(batch.begins):
            wanted[i, begin] = False
        order = torch.arange(wanted.shape[1]).expand(wanted.shape)
        logits, ids = model.predicted(batch, wanted, order)
        total += cross_entropy(logits, ids, reduction="sum").item()
        count += len(ids)
    trigram = baselines.Trigram(known, reader.size).perplexity([row.ids for row in plain])
    return export.metric("text-generation", "perplexity per token", math.exp(total / count), trigram,
                         "interpolated Kneser-Ney trigram on the same tokens and training text", trigram / 2, len(plain),
                         lower_is_better=True, tokens=count)


RECIPE = encoders.Recipe(
    name=NAME, prefix="XLNet", base="XLNetLMHeadModel", heads=tuple(encoders.CLASSES), pretraining=("text-generation",),
    read=read, config=config, pads_left=True, model=Permuted, more_figures={"text-generation": _perplexity},
    head_class={"question-answering": "XLNetForQuestionAnsweringSimple"},
    mixes=((0, {"masked": 30, "sentiment": 3, "entities": 3}),
           (1200, {"masked": 14, "sentiment": 3, "entities": 3, "answers": 8, "endings": 12})))
make = partial(encoders.make, RECIPE)
