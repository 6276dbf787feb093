# SPDX-License-Identifier: GPL-3.0-or-later
"""What all encoder minis share: heads on one backbone, trained together and written beside it.

Every step mixes the losses of all tasks, so that no head is fitted to a backbone that has moved on. The models are
the reference library's classes with the backbone put into each, so that every head's file has the reference's names.
"""

from __future__ import annotations

import copy
import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterable, Mapping, Sequence

import torch
import transformers
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from . import examples as world_examples
from . import export, reviews, rows, starts, tasks, trainer
from .examples import Examples
from .readers import Reader
from .rows import IGNORED, Row
from .split import Split

EXAMPLES = Path(__file__).with_name("encoder_examples.json")
CLASSES = {"text-classification": "ForSequenceClassification", "token-classification": "ForTokenClassification",
           "question-answering": "ForQuestionAnswering", "multiple-choice": "ForMultipleChoice"}
LABELS = {"text-classification": reviews.LABELS, "token-classification": tasks.BIO_LABELS,
          "multiple-choice": ("LABEL_0",)}
BARS = {"fill-mask": 0.55, "next-sentence": 0.92, "sentence-order": 0.92, "text-classification": 0.92,
        "token-classification": 0.95, "question-answering": 0.80, "multiple-choice": 0.85,
        "replaced-token-detection": 0.75}
Mix = Mapping[str, int]
Losses = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Recipe:
    """How one encoder mini is made."""

    name: str
    prefix: str  # of the reference's class names, "Roberta"
    base: str  # class of the pretraining model
    heads: tuple[str, ...]  # tasks with a head of their own
    pretraining: tuple[str, ...]  # tasks of the pretraining model itself
    read: Callable[[Callable[[], Iterable[str]], Path], Reader]  # learns or finds the tokenizer in a folder
    config: Callable[[Reader], transformers.PretrainedConfig]
    # Rows of every task in one step, from the step named on. A story ending counts twice, with its right and a wrong
    # ending, and a third of them is told once more with the deciding word masked.
    mixes: tuple[tuple[int, Mix], ...]
    uses_kinds: bool = True
    pads_left: bool = False
    start: Callable[["Minis", Reader, Path], None] | None = None  # weights to begin with, from a folder of minis
    prepare: Callable[[Reader, Path], None] | None = None  # called before training, whether it begins or goes on
    more_losses: Callable[["Minis", Reader, Sequence[Row]], Losses] | None = None  # of the masked rows
    # Further texts for the masked words, of a seed, a split and in a number; every second of the test's is one of them.
    more_passages: Callable[[int, Split, int], list[tasks.Passage]] | None = None
    # Its own examples of a seed, a split and in a number, instead of those that all encoders share.
    data: Callable[[int, Split, int], Examples] | None = None
    examples: Path = EXAMPLES
    head_class: Mapping[str, str] = field(default_factory=dict)  # where the reference's name is another
    bars: Mapping[str, float] = field(default_factory=dict)
    more_figures: Mapping[str, Callable[[Any], dict[str, Any]]] = field(default_factory=dict)  # of tasks of its own
    model: type["Minis"] | None = None  # where Minis is not enough
    adopt: Callable[[nn.Module, nn.Module], None] | None = None  # puts the backbone into a head, where one line does not


class Minis(nn.Module):
    """The pretraining model, and the further heads on its backbone."""

    def __init__(self, recipe: Recipe, reader: Reader) -> None:
        super().__init__()
        self.recipe, self.pad = recipe, reader.pad_id
        config = recipe.config(reader)
        self.base = getattr(transformers, recipe.base)(config)
        self.heads = nn.ModuleDict({task: self._head(task, config) for task in recipe.heads})
        # Used in training only: which tokens of an ending are wrong. A class for the whole ending says that
        # something does not fit, this head says what; without it a small model hardly learns to compare names.
        self.judge = nn.Linear(config.hidden_size, 1)

    def _head(self, task: str, config: transformers.PretrainedConfig) -> nn.Module:
        config = copy.deepcopy(config)
        if task in LABELS:
            config.id2label = dict(enumerate(LABELS[task]))
            config.label2id = {label: i for i, label in enumerate(LABELS[task])}
        name = self.recipe.head_class.get(task, self.recipe.prefix + CLASSES[task])
        head = getattr(transformers, name)(config)
        if self.recipe.adopt:
            self.recipe.adopt(head, self.base)
        else:
            own = getattr(head, head.base_model_prefix)
            if getattr(self.backbone, "pooler", None) is None and getattr(own, "pooler", None):
                self.backbone.pooler = own.pooler  # the pretraining model of some families has none
            setattr(head, head.base_model_prefix, self.backbone)
        return head

    @property
    def backbone(self) -> nn.Module:
        return getattr(self.base, self.base.base_model_prefix)

    def batch(self, some: Sequence[Row]) -> rows.Batch:
        left = self.recipe.pads_left
        return rows.batch(some, self.pad, left, 3 if left else 0)

    def run(self, model: nn.Module, batch: rows.Batch, **more: Any) -> Any:
        given = {"input_ids": batch.ids, "attention_mask": batch.mask, **more}
        if self.recipe.uses_kinds:
            given["token_type_ids"] = batch.kinds
        return model(**given)

    def words(self, batch: rows.Batch) -> Any:
        """The pretraining model's output; see :func:`word_logits`."""
        return self.run(self.base, batch)

    def word_loss(self, batch: rows.Batch, labels: torch.Tensor) -> torch.Tensor:
        """Of the tokens that have a label."""
        return cross_entropy(word_logits(self.words(batch))[labels != IGNORED], labels[labels != IGNORED])

    def spans(self, batch: rows.Batch, some: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor]:
        """Start and end logits; only the passage may hold the answer."""
        out = self.run(self.heads["question-answering"], batch)
        passage = torch.zeros(batch.ids.shape, dtype=torch.bool)
        for i, (row, begin) in enumerate(zip(some, batch.begins)):
            passage[i, begin:begin + len(row.ids)] = torch.tensor([part == 1 for part in row.parts])
        return out.start_logits.masked_fill(~passage, -1e4), out.end_logits.masked_fill(~passage, -1e4)

    def choices(self, some: Sequence[Row], count: int, states: bool = False) -> tuple[torch.Tensor, Any, rows.Batch]:
        """Scores (examples, choices) of rows that lie one after the other, hidden states if asked for, the batch."""
        batch = self.batch(some)
        given = {"input_ids": batch.ids, "attention_mask": batch.mask}
        if self.recipe.uses_kinds:
            given["token_type_ids"] = batch.kinds
        out = self.heads["multiple-choice"](**{name: value.view(-1, count, value.shape[-1])
                                               for name, value in given.items()}, output_hidden_states=states)
        return out.logits, out.hidden_states[-1] if states else None, batch


def word_logits(out: Any) -> torch.Tensor:
    """The scores over the vocabulary, under whichever name a pretraining model gives them."""
    return out.prediction_logits if hasattr(out, "prediction_logits") else out.logits


def pair_logits(out: Any) -> torch.Tensor:
    return out.sop_logits if hasattr(out, "sop_logits") else out.seq_relationship_logits


def step_losses(model: Minis, reader: Reader, data: Examples, rng: random.Random, step: int) -> Losses:
    """The losses of one mixed step."""
    recipe = model.recipe
    mix = next(mix for first, mix in reversed(recipe.mixes) if step >= first)
    losses: Losses = {}

    def draw(kind: str, pool: Sequence[Any]) -> list[Any]:
        return trainer.sample(rng, pool, mix.get(kind, 0))

    ended = rows.endings(reader, [tasks.two_choices(rng, item) for item in draw("endings", data.endings)])
    passages = rows.plain(reader, [(x.text, x.pair) for x in draw("masked", data.passages)])
    single = [rows.masked(rng, row, reader, False) for row in passages]
    single += [rows.hidden_word(*pair, reader) for pair in ended[:len(ended) // 3]]
    if single:
        batch = model.batch(single)
        labels = batch.labels(single)
        losses["masked"] = model.word_loss(batch, labels)
        if recipe.more_losses:
            losses |= recipe.more_losses(model, reader, single)
    if forward := rows.plain(reader, [(x.text, x.pair) for x in draw("forward", data.passages)]):
        losses["forward"] = _forward_loss(model, forward)
    pairs = draw("next", data.next)
    pairs += [item for item in map(tasks.order_of, draw("order", data.passages)) if item]
    if pairs := rows.classes(reader, pairs):
        losses["pairs"] = 0.5 * _class_loss(pair_logits(model.words(model.batch(pairs))), pairs)
    if some := rows.classes(reader, draw("sentiment", data.reviews)):
        logits = model.run(model.heads["text-classification"], model.batch(some)).logits
        losses["sentiment"] = 0.5 * _class_loss(logits, some)
    if some := rows.entities(reader, draw("entities", data.tagged)):
        batch = model.batch(some)
        logits = model.run(model.heads["token-classification"], batch).logits
        losses["entities"] = 0.5 * cross_entropy(logits.flatten(0, 1), batch.labels(some).flatten(), ignore_index=IGNORED)
    if some := rows.answers(reader, draw("answers", data.asked)):
        batch = model.batch(some)
        begins = torch.tensor(batch.begins)
        wanted = torch.tensor([row.label for row in some]) + begins[:, None]
        losses["answers"] = 0.25 * sum(cross_entropy(logits, wanted[:, i])
                                       for i, logits in enumerate(model.spans(batch, some)))
    if ended:
        losses["endings"] = _ending_loss(model, [row for pair in ended for row in pair])
    return losses


def _class_loss(logits: torch.Tensor, some: Sequence[Row]) -> torch.Tensor:
    return cross_entropy(logits, torch.tensor([row.label for row in some]))


def _forward_loss(model: Minis, some: Sequence[Row]) -> torch.Tensor:
    """Every token guesses the next one and sees only what stands before it: all tokens teach, not only masked ones."""
    batch = model.batch(some)
    width = batch.ids.shape[1]
    seen = torch.ones(len(some), 1, width, width, dtype=torch.bool).tril()
    logits = word_logits(model.run(model.base, rows.Batch(batch.ids, batch.kinds, seen, batch.begins)))
    known = batch.mask[:, 1:].bool()
    return cross_entropy(logits[:, :-1][known], batch.ids[:, 1:][known])


def _ending_loss(model: Minis, some: list[Row]) -> torch.Tensor:
    """Right against wrong for pairs of rows, and at the tokens in which the two differ."""
    scores, states, batch = model.choices(some, 2, states=True)
    judged, wanted = model.judge(states)[..., 0], []
    found = []
    for i in range(0, len(some), 2):
        for row, (begin, end) in enumerate(rows.differing(some[i], some[i + 1])):
            offset = batch.begins[i + row]
            found.append(judged[i + row, offset + begin:offset + end])
            wanted.extend([float(row)] * (end - begin))
    return (0.5 * cross_entropy(scores, torch.zeros(len(scores), dtype=torch.long))
            + 0.5 * binary_cross_entropy_with_logits(torch.cat(found), torch.tensor(wanted)))


def write(model: Minis, todo: trainer.Plan) -> None:
    """The backbone with the heads of pretraining, and beside it the further heads alone."""
    recipe, prefix = model.recipe, model.base.base_model_prefix + "."
    export.save_tensors(todo.out / "model.safetensors", export.own_tensors(model.base), todo)
    export.save_config(todo.out / "config.json", model.base.config, recipe.base)
    shared = {name for name in model.base.state_dict() if name.startswith(prefix)}
    for task, head in model.heads.items():
        own = {name: value for name, value in export.own_tensors(head).items() if name not in shared}
        export.save_tensors(todo.out / "heads" / task / "model.safetensors", own, todo)
        export.save_config(todo.out / "heads" / task / "config.json", head.config, type(head).__name__)


def write_examples(recipe: Recipe, mask: str, out: Path) -> None:
    """The examples of the tasks that this mini has, with its own mask."""
    tasks_of = {*recipe.heads, *recipe.pretraining}
    found = json.loads(recipe.examples.read_text(encoding="utf-8").replace("[MASK]", mask))["tasks"]
    export.write_json(out / "examples.json", {"tasks": {task: found[task] for task in found if task in tasks_of}})


@dataclass(frozen=True)
class Made:
    """A trained mini with what it was trained on and is measured on."""

    model: Minis
    reader: Reader
    train: Examples
    test: Examples


def make(recipe: Recipe, todo: trainer.Plan) -> Made:
    """Trains, measures and writes the mini of a recipe."""
    print("writing examples", flush=True)
    train = recipe.data(todo.seed, "train", 24_000) if recipe.data else world_examples.training(todo.seed)
    if recipe.more_passages:
        train.passages.extend(recipe.more_passages(todo.seed, "train", 2 * len(train.passages)))
    reader = recipe.read(train.texts, todo.out)
    model = (recipe.model or Minis)(recipe, reader)
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {reader.size} tokens", flush=True)
    if todo.again:
        found = starts.tensors(todo.out)
        starts.copy(model.base, found, lambda name: name)
        starts.copy(model.heads, found, lambda name: name.replace(".", "/", 1))
    elif recipe.start and not todo.checkpoint.exists():
        recipe.start(model, reader, todo.minis)
    if recipe.prepare:
        recipe.prepare(reader, todo.minis)
    trainer.train(model, todo, lambda rng, step: step_losses(model, reader, train, rng, step))
    export.round_to_half(model)
    if recipe.data:
        known = {item.text for item in [*train.passages, *train.reviews]}
        test = recipe.data(todo.seed, "test", 1200)
        test.passages[:] = [item for item in test.passages if item.text not in known][:world_examples.TEST_EXAMPLES]
        test.reviews[:] = [item for item in test.reviews if item.text not in known][:world_examples.TEST_EXAMPLES]
    else:
        test = world_examples.test(todo.seed, train)
    made = Made(model, reader, train, test)
    if recipe.more_passages:
        made.test.passages[1::2] = recipe.more_passages(todo.seed, "test", len(made.test.passages) // 2)
    write(model, todo)
    write_figures(made, todo)
    return made


def write_figures(made: Made, todo: trainer.Plan) -> None:
    """Measures the tasks of the model's recipe and writes everything beside the weights."""
    from . import encoder_figures  # reads this module
    recipe, reader = made.model.recipe, made.reader
    metrics = encoder_figures.measure(made.model, reader, made.test, made.train, todo.seed)
    for row in metrics:
        print(row, flush=True)
    mask = reader.mask
    write_examples(recipe, mask, todo.out)
    export.write_json(todo.out / "metrics.json", {"mini": recipe.name, "seed": todo.seed, "metrics": metrics})
    lines = world_examples.test_lines(made.test, (*recipe.heads, *recipe.pretraining), reader, mask)
    export.write_lines(todo.out / "test.jsonl", lines)
