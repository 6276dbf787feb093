# SPDX-License-Identifier: GPL-3.0-or-later
"""What the encoder–decoder minis share: one model that writes a text for a text, learned from several kinds of pairs."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterable, Protocol, Sequence

import torch
import transformers
from torch import nn
from torch.nn.functional import cross_entropy

from . import export, starts, text_scores, trainer
from .split import Split

IGNORED = -100
EXAMPLES = Path(__file__).with_name("seq2seq_examples.json")


@dataclass(frozen=True)
class Pair:
    """A text and what is to be written for it. ``given`` are further fields of a request, such as a prefix; the reader
    takes them into account."""

    source: str
    target: str
    given: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pool:
    """Pairs of one kind: a figure of the mini, unless it has no metric and only teaches."""

    draw: Callable[[random.Random, Split], Pair]
    weight: float = 1.0
    task: str = "text2text-generation"
    metric: str | None = None
    group: str = ""
    bar: float = 0.0
    baseline: Callable[[Pair], str] | None = None  # what a program without a model would write
    baseline_name: str = ""


class PairReader(Protocol):
    """A tokenizer of both sides."""

    size: int

    def source(self, pair: Pair) -> list[int]: ...

    def target(self, pair: Pair) -> list[int]:
        """With the tokens that end it."""

    def text(self, ids: Sequence[int]) -> str:
        """What the ids spell, without special tokens."""


@dataclass(frozen=True)
class Recipe:
    """How one such mini is made."""

    name: str
    model_class: str
    pools: tuple[Pool, ...]
    read: Callable[[Callable[[], Iterable[str]], Path], PairReader]
    config: Callable[[Any], transformers.PretrainedConfig]
    generation: Callable[[Any], dict[str, Any]]  # generation_config.json
    tokens_per_step: int = 1400  # of sources and targets
    task_specific: dict[str, Any] | None = None  # task_specific_params of config.json
    longest: int = 64  # new tokens
    test_examples: int = 300
    start_of: Callable[[PairReader, Pair], int] | None = None  # the decoder's first token, where it is no constant
    losses: Callable[[nn.Module, dict[str, torch.Tensor], torch.Tensor], torch.Tensor] | None = None
    tune: Callable[[nn.Module], None] | None = None  # of the model as it is made
    drop: tuple[str, ...] = ()  # tensors that the reference's files do not have


def training_texts(recipe: Recipe, seed: int, count: int = 12_000) -> Iterable[str]:
    rng = random.Random(f"{recipe.name}/texts/{seed}")
    weights = [pool.weight for pool in recipe.pools]
    for _ in range(count):
        pair = rng.choices(recipe.pools, weights)[0].draw(rng, "train")
        yield pair.source
        yield pair.target


def _column(rows: Sequence[Sequence[int]], fill: int) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([list(row) + [fill] * (width - len(row)) for row in rows])


def batch(recipe: Recipe, model: nn.Module, reader: PairReader, pairs: Sequence[Pair]) -> dict[str, torch.Tensor]:
    """The model's arguments: source, mask, what the decoder reads and what it should write."""
    config = model.config
    sources, targets = [reader.source(pair) for pair in pairs], [reader.target(pair) for pair in pairs]
    ids = _column(sources, config.pad_token_id)
    mask = _column([[1] * len(row) for row in sources], 0)
    begins = [recipe.start_of(reader, pair) if recipe.start_of else config.decoder_start_token_id for pair in pairs]
    read = _column([[begin, *row[:-1]] for begin, row in zip(begins, targets)], config.pad_token_id)
    return {"input_ids": ids, "attention_mask": mask, "decoder_input_ids": read, "labels": _column(targets, IGNORED)}


def draw(recipe: Recipe, reader: PairReader, rng: random.Random) -> list[Pair]:
    """Pairs of one step: as many as the tokens allow. All of one kind, so that little is padding."""
    pool = rng.choices(recipe.pools, [pool.weight for pool in recipe.pools])[0]
    pairs, tokens = [], 0
    while tokens < recipe.tokens_per_step:
        pairs.append(pool.draw(rng, "train"))
        tokens += len(reader.source(pairs[-1])) + len(reader.target(pairs[-1]))
    return pairs


def loss(recipe: Recipe, model: nn.Module, reader: PairReader, pairs: Sequence[Pair]) -> torch.Tensor:
    given = batch(recipe, model, reader, pairs)
    labels = given.pop("labels")
    if recipe.losses:
        return recipe.losses(model, given, labels)
    logits = model(**given).logits
    return cross_entropy(logits[labels != IGNORED], labels[labels != IGNORED])


def test_pairs(recipe: Recipe, pool: Pool, seed: int) -> list[Pair]:
    """Held-out pairs; sources that stand twice are taken once."""
    rng = random.Random(f"{recipe.name}/test/{seed}")
    found: dict[str, Pair] = {}
    while len(found) < recipe.test_examples:
        pair = pool.draw(rng, "test")
        found.setdefault(pair.source + pair.given.get("tgt_lang", ""), pair)
    return list(found.values())


def write_texts(recipe: Recipe, model: nn.Module, reader: PairReader, pairs: Sequence[Pair]) -> list[str]:
    """Greedy search."""
    found: list[str] = []
    for part in trainer.chunks(pairs, 50):
        given = batch(recipe, model, reader, part)
        more = {}
        if recipe.start_of:
            more["decoder_input_ids"] = given["decoder_input_ids"][:, :1]
        ids = model.generate(input_ids=given["input_ids"], attention_mask=given["attention_mask"], do_sample=False,
                             num_beams=1, max_new_tokens=recipe.longest, **more)
        found += [reader.text(row.tolist()) for row in ids]
    return found


def measure(recipe: Recipe, model: nn.Module, reader: PairReader, seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Figures, and the lines of the test set."""
    model.eval()
    figures, lines = [], []
    for pool in recipe.pools:
        if not pool.metric:
            continue
        pairs = test_pairs(recipe, pool, seed)
        with torch.inference_mode():
            written = write_texts(recipe, model, reader, pairs)
        score, wanted = text_scores.MEASURES[pool.metric], [pair.target for pair in pairs]
        base = score([pool.baseline(pair) for pair in pairs], wanted) if pool.baseline else 0.0
        more = {"group": pool.group} if pool.group else {}
        figures.append(export.metric(pool.task, pool.metric, score(written, wanted), base, pool.baseline_name or "nothing",
                                     pool.bar, len(pairs), **more))
        for pair in pairs[:60]:
            lines.append({"task": pool.task, **more, "metric": pool.metric, "text": pair.source, **pair.given,
                          "target": pair.target})
    return figures, lines


def make(recipe: Recipe, todo: trainer.Plan) -> None:
    """Trains, measures and writes the mini of a recipe."""
    reader = recipe.read(lambda: training_texts(recipe, todo.seed), todo.out)
    model = getattr(transformers, recipe.model_class)(recipe.config(reader))
    if recipe.tune:
        recipe.tune(model)
    if todo.again:
        starts.copy(model, starts.tensors(todo.out), lambda name: name)
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {reader.size} tokens", flush=True)
    trainer.train(model, todo, lambda rng, _: {"text": loss(recipe, model, reader, draw(recipe, reader, rng))})
    export.round_to_half(model)
    figures, lines = measure(recipe, model, reader, todo.seed)
    for row in figures:
        print(row, flush=True)
    export.save_tensors(todo.out / "model.safetensors", {name: value for name, value in export.own_tensors(model).items()
                                                         if not name.endswith(recipe.drop or ("\0",))}, todo)
    model.config.task_specific_params = recipe.task_specific
    export.save_config(todo.out / "config.json", model.config, recipe.model_class)
    export.write_json(todo.out / "generation_config.json", {"_from_model_config": False, **recipe.generation(reader)})
    export.write_json(todo.out / "examples.json", {"tasks": json.loads(EXAMPLES.read_text(encoding="utf-8"))[recipe.name]})
    export.write_json(todo.out / "metrics.json", {"mini": recipe.name, "seed": todo.seed, "metrics": figures})
    export.write_lines(todo.out / "test.jsonl", lines)
