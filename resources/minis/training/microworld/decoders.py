# SPDX-License-Identifier: GPL-3.0-or-later
"""What the minis share that read from left to right: the next token, and where the family has it the right ending."""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterable, Protocol, Sequence

import torch
import transformers
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from . import baselines, export, rows, starts, tasks, trainer
from .rows import Row
from .scene import Story


class TextReader(Protocol):
    """A tokenizer that puts nothing around a text."""

    size: int

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text."""


@dataclass(frozen=True)
class Texts:
    """What a decoder learns from and is measured on. Every text begins and ends as the family wants it."""

    train: list[str]
    test: list[str]
    train_stories: list[Story] = field(default_factory=list)  # for the endings; empty without that task
    test_stories: list[Story] = field(default_factory=list)


@dataclass(frozen=True)
class Recipe:
    """How one such mini is made."""

    name: str
    model_class: str
    examples: Path
    read: Callable[[Iterable[str], Path], TextReader]
    texts: Callable[[int], Texts]  # of a seed
    config: Callable[[TextReader], transformers.PretrainedConfig]
    choice_class: str | None = None  # with a second head for the right ending
    window: int = 256
    tokens_per_step: int = 1536
    packs: bool = True  # several texts one after the other in a row; else each text by itself
    bar_share: float = 0.5  # of the trigram's perplexity
    generation: Callable[[Any], dict[str, Any]] = lambda reader: {}  # what generation_config.json says
    tune: Callable[[nn.Module], None] | None = None  # faster operations for the same function


class Decoder(nn.Module):
    """The language model with its second head, if it has one."""

    def __init__(self, recipe: Recipe, reader: TextReader) -> None:
        super().__init__()
        self.base = getattr(transformers, recipe.choice_class or recipe.model_class)(recipe.config(reader))
        # Used in training only: which tokens of an ending are wrong, as for the encoders.
        self.judge = nn.Linear(self.base.config.hidden_size, 1) if recipe.choice_class else None

    def logits(self, ids: torch.Tensor) -> torch.Tensor:
        return self.base.lm_head(self.base.transformer(ids).last_hidden_state)

    def choices(self, some: Sequence[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """The score of each row, read at its last token, and all states. Padding is on the right, where no token sees it."""
        ids, last = padded(some)
        states = self.base.transformer(ids).last_hidden_state
        return self.base.multiple_choice_head(states, last), states


def padded(some: Sequence[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows as one tensor, and the place of the last token of each."""
    width = max(map(len, some))
    return (torch.tensor([row + [0] * (width - len(row)) for row in some]),
            torch.tensor([len(row) - 1 for row in some]))


def choice_rows(reader: TextReader, example: tasks.Ending) -> list[list[int]]:
    return reader.ids([f"{example.story} {choice}" for choice in example.choices])


def _packed(rng: random.Random, pool: list[list[int]], length: int) -> list[int]:
    """Texts one after the other up to the length; every second row begins within a text."""
    ids = pool[rng.randrange(len(pool))]
    ids = ids[rng.randrange(len(ids)):] if rng.random() < 0.5 else list(ids)
    while len(ids) < length:
        ids = ids + pool[rng.randrange(len(pool))]
    return ids[:length]


def text_loss(recipe: Recipe, model: Decoder, pool: list[list[int]], rng: random.Random, step: int) -> torch.Tensor:
    if recipe.packs:
        length = recipe.window if step % 8 == 0 else 96
        ids = torch.tensor([_packed(rng, pool, length) for _ in range(recipe.tokens_per_step // length)])
        return cross_entropy(model.logits(ids)[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
    some: list[list[int]] = []
    while sum(map(len, some)) < recipe.tokens_per_step:
        some.append(pool[rng.randrange(len(pool))][:recipe.window])
    ids, last = padded(some)
    known = torch.arange(ids.shape[1] - 1)[None, :] < last[:, None]
    return cross_entropy(model.logits(ids)[:, :-1][known], ids[:, 1:][known])


def ending_loss(model: Decoder, reader: TextReader, examples: Sequence[tasks.Ending]) -> torch.Tensor:
    """Right against wrong for whole endings, and at the tokens in which a right and a wrong one differ."""
    some = [row for example in examples for row in choice_rows(reader, example)]
    scores, states = model.choices(some)
    judged, found, wanted = model.judge(states)[..., 0], [], []
    for i in range(0, len(some), 2):
        for row, (begin, end) in enumerate(rows.differing(Row(some[i], []), Row(some[i + 1], []))):
            found.append(judged[i + row, begin:end])
            wanted.extend([float(row)] * (end - begin))
    return (0.5 * cross_entropy(scores.view(-1, 2), torch.zeros(len(some) // 2, dtype=torch.long))
            + 0.5 * binary_cross_entropy_with_logits(torch.cat(found), torch.tensor(wanted)))


def measure(recipe: Recipe, model: Decoder, reader: TextReader, texts: Texts, train: list[list[int]],
            seed: int) -> list[dict[str, Any]]:
    """Perplexity per token after the first of each text, and the share of right endings."""
    test = reader.ids(texts.test)
    total, count = 0.0, 0
    model.eval()
    with torch.inference_mode():
        for part in trainer.chunks(sorted(test, key=len), 32):
            ids, last = padded(part)
            chosen = model.logits(ids)[:, :-1].log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
            valid = torch.arange(ids.shape[1] - 1)[None, :] < last[:, None]
            total -= chosen[valid].double().sum().item()
            count += int(valid.sum())
        trigram = baselines.Trigram(train, reader.size).perplexity(test)
        found = [export.metric("text-generation", "perplexity per token", math.exp(total / count), trigram,
                               "interpolated Kneser-Ney trigram on the same tokens and training text",
                               trigram * recipe.bar_share, len(test), lower_is_better=True, tokens=count)]
        if recipe.choice_class:
            rng = random.Random(f"{recipe.name}/endings/{seed}")
            endings = [tasks.ending(rng, story) for story in texts.test_stories]
            right = sum(int(model.choices(choice_rows(reader, example))[0].argmax()) == example.label
                        for example in endings)
            found.append(export.metric("multiple-choice", "accuracy", right / len(endings),
                                       sum(1 / len(example.choices) for example in endings) / len(endings), "chance",
                                       0.85, len(endings)))
    return found


def write(recipe: Recipe, model: Decoder, reader: TextReader, texts: Texts, todo: trainer.Plan) -> None:
    """Weights, configs, examples and test set; an output matrix that is the input embedding is stored once."""
    own = export.own_tensors(model.base)
    head = {name: value for name, value in own.items() if name.startswith("multiple_choice_head.")}
    export.save_tensors(todo.out / "model.safetensors",
                        {name: value for name, value in own.items() if name not in head}, todo)
    export.save_config(todo.out / "config.json", model.base.config, recipe.model_class)
    if recipe.choice_class:
        place = todo.out / "heads" / "multiple-choice"
        export.save_tensors(place / "model.safetensors", head, todo)
        export.save_config(place / "config.json", model.base.config, recipe.choice_class)
    export.write_json(todo.out / "generation_config.json", {"_from_model_config": False, **recipe.generation(reader)})
    export.write_json(todo.out / "examples.json", json.loads(recipe.examples.read_text(encoding="utf-8")))
    rng = random.Random(f"{recipe.name}/lines/{todo.seed}")
    lines: list[dict[str, Any]] = [{"task": "text-generation", "text": text} for text in texts.test[:120]]
    for story in texts.test_stories[200:320]:
        example = tasks.ending(rng, story)
        lines.append({"task": "multiple-choice", "text": example.story, "choices": list(example.choices),
                      "label": example.label})
    export.write_lines(todo.out / "test.jsonl", lines)


def make(recipe: Recipe, todo: trainer.Plan) -> None:
    """Trains, measures and writes the mini of a recipe."""
    print("writing texts", flush=True)
    texts = recipe.texts(todo.seed)
    reader = recipe.read(texts.train, todo.out)
    pool = reader.ids(texts.train)
    model = Decoder(recipe, reader)
    if todo.again:
        starts.copy(model.base, starts.tensors(todo.out),
                    lambda name: ("multiple-choice/" if name.startswith("multiple_choice") else "") + name)
    if recipe.tune:
        recipe.tune(model.base)
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {reader.size} tokens", flush=True)

    def losses(rng: random.Random, step: int) -> dict[str, torch.Tensor]:
        if step % 2 or not recipe.choice_class:
            return {"text": text_loss(recipe, model, pool, rng, step)}
        some = [tasks.two_choices(rng, tasks.ending(rng, story))
                for story in trainer.sample(rng, texts.train_stories, 16)]
        return {"ending": ending_loss(model, reader, some)}

    trainer.train(model, todo, losses)
    export.round_to_half(model)
    metrics = measure(recipe, model, reader, texts, pool, todo.seed)
    for row in metrics:
        print(row, flush=True)
    write(recipe, model, reader, texts, todo)
    export.write_json(todo.out / "metrics.json", {"mini": recipe.name, "seed": todo.seed, "metrics": metrics})
