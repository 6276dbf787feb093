# SPDX-License-Identifier: GPL-3.0-or-later
"""electra-mini and electra-generator-mini: a small generator replaces words, the discriminator finds them
(Clark et al. 2020). Both are trained together; they share the word embeddings. The discriminator starts from
bert-mini, whose layers are the same.
"""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any, Sequence

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from transformers import ElectraConfig, ElectraForMaskedLM

from . import bert_mini, encoder_figures, encoders, export, readers, rows, starts, trainer
from .encoders import Losses, Minis
from .readers import Reader
from .rows import IGNORED, Row

NAME, STEPS, RATE = "electra-mini", 1600, 8e-4
GENERATOR = "electra-generator-mini"
WEIGHT = 8.0  # of the discriminator's loss; far more tokens take part in it than in the generator's


def config(reader: Reader, hidden: int = 128, layers: int = 4, heads: int = 4) -> ElectraConfig:
    return ElectraConfig(vocab_size=reader.size, embedding_size=128, hidden_size=hidden, num_hidden_layers=layers,
                         num_attention_heads=heads, intermediate_size=4 * hidden,
                         max_position_embeddings=bert_mini.POSITIONS, type_vocab_size=2, initializer_range=0.05,
                         hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, pad_token_id=reader.pad_id)


def read(texts: object, folder: Path) -> Reader:
    return readers.word_pieces(texts, folder, size=bert_mini.VOCABULARY, positions=bert_mini.POSITIONS,
                               tokenizer_class="ElectraTokenizer")


class Pair(Minis):
    """The discriminator with its heads, and the generator beside it."""

    def __init__(self, recipe: encoders.Recipe, reader: Reader) -> None:
        super().__init__(recipe, reader)
        self.generator = ElectraForMaskedLM(config(reader, hidden=64, layers=2, heads=2))
        theirs, ours = self.generator.electra.embeddings, self.base.electra.embeddings
        for name in ("word_embeddings", "position_embeddings", "token_type_embeddings"):
            setattr(theirs, name, getattr(ours, name))
        self.generator.generator_lm_head.weight = ours.word_embeddings.weight

    def words(self, batch: rows.Batch) -> Any:
        """Masked words are the generator's affair."""
        return self.run(self.generator, batch)


def _start(model: Minis, reader: Reader, minis: Path) -> None:
    source = starts.tensors(minis / bert_mini.NAME)
    starts.copy(model.base, source, lambda name: name.replace("electra.", "bert.", 1))
    starts.copy(model.heads, source, lambda name: name.replace(".classifier", "/classifier", 1))


def corrupted(model: Minis, some: Sequence[Row]) -> tuple[rows.Batch, torch.Tensor, torch.Tensor]:
    """Masked rows with the generator's drawn words in place of the masks, which tokens are replaced by others, and the
    generator's loss."""
    batch = model.batch(some)
    labels = batch.labels(some)
    asked = labels != IGNORED
    logits = model.words(batch).logits[asked]
    drawn = torch.distributions.Categorical(logits=logits.detach()).sample()
    ids = batch.ids.clone()
    ids[asked] = drawn
    replaced = torch.zeros_like(asked)
    replaced[asked] = drawn != labels[asked]
    return replace(batch, ids=ids), replaced, cross_entropy(logits, labels[asked])


def _replaced_loss(model: Minis, reader: Reader, some: Sequence[Row]) -> Losses:
    batch, replaced, _ = corrupted(model, some)
    seen = batch.mask.bool()
    logits = model.run(model.base, batch).logits
    return {"replaced": WEIGHT * binary_cross_entropy_with_logits(logits[seen], replaced[seen].float())}


def _replaced_figure(figures: encoder_figures.Figures) -> dict[str, Any]:
    """F1 of the replaced tokens in the test's passages; the generator's draws depend on the seed alone."""
    model, reader = figures.model, figures.reader
    rng = random.Random(f"bert-mini/masks/{figures.seed}")
    torch.manual_seed(figures.seed)
    plain = rows.plain(reader, [(x.text, x.pair) for x in figures.data.passages])
    hits = guessed = wanted = tokens = 0
    for part in trainer.chunks([rows.masked(rng, row, reader, True) for row in plain], 64):
        batch, replaced, _ = corrupted(model, part)
        guess = (model.run(model.base, batch).logits > 0) & batch.mask.bool()
        hits, guessed, wanted = hits + int((guess & replaced).sum()), guessed + int(guess.sum()), wanted + int(replaced.sum())
        tokens += int(batch.mask.sum())
    share = wanted / tokens
    return figures.row("replaced-token-detection", "F1 of replaced tokens", 2 * hits / max(1, guessed + wanted),
                       (2 * share / (1 + share), "every token is called replaced"), len(plain), replaced_tokens=wanted)


RECIPE = encoders.Recipe(
    name=NAME, prefix="Electra", base="ElectraForPreTraining", heads=("text-classification", "token-classification"),
    pretraining=("replaced-token-detection",), read=read, config=config, start=_start, more_losses=_replaced_loss,
    more_figures={"replaced-token-detection": _replaced_figure},
    model=Pair, mixes=((0, {"masked": 40, "sentiment": 4, "entities": 3}),))


def make(todo: trainer.Plan) -> None:
    """The discriminator first; the generator was trained with it and needs only to be measured and written."""
    generator = replace(todo, out=todo.out.with_name(GENERATOR))
    bert_mini.share_vocabulary(todo, todo.out, generator.out)
    made = encoders.make(RECIPE, todo)
    read(made.train.texts, generator.out)
    export.save_tensors(generator.out / "model.safetensors", export.own_tensors(made.model.generator), todo)
    export.save_config(generator.out / "config.json", made.model.generator.config, "ElectraForMaskedLM")
    made.model.recipe = replace(RECIPE, name=GENERATOR, heads=(), pretraining=("fill-mask",))
    encoders.write_figures(made, generator)
