# SPDX-License-Identifier: GPL-3.0-or-later
"""From examples to rows of numbers, and from rows to the tensors that an encoder takes."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, Sequence

import torch

from . import reviews, tasks
from .readers import Pair, Reader

IGNORED = -100
MASKED_SHARE = 0.15


@dataclass(frozen=True)
class Row:
    """One encoded input with what its task wants to know: token labels, a class, or begin and end of a span.
    ``words`` numbers the words of each part, ``parts`` says to which text a token belongs; special tokens have none."""

    ids: list[int]
    kinds: list[int]
    label: Any = None
    words: list[int | None] = field(default_factory=list)
    parts: list[int | None] = field(default_factory=list)


@dataclass(frozen=True)
class Batch:
    """Rows of one width."""

    ids: torch.Tensor  # (rows, width)
    kinds: torch.Tensor
    mask: torch.Tensor
    begins: list[int]  # padding in front of each row

    def labels(self, rows: Sequence[Row]) -> torch.Tensor:
        """Labels of tokens in the places of their tokens."""
        out = torch.full(self.ids.shape, IGNORED)
        for i, (row, begin) in enumerate(zip(rows, self.begins)):
            out[i, begin:begin + len(row.ids)] = torch.tensor(row.label)
        return out


def batch(rows: Sequence[Row], pad: int, left: bool = False, pad_kind: int = 0) -> Batch:
    width = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), width), pad)
    kinds, mask, begins = torch.full_like(ids, pad_kind), torch.zeros_like(ids), []
    for i, row in enumerate(rows):
        begin = width - len(row.ids) if left else 0
        part = slice(begin, begin + len(row.ids))
        ids[i, part], kinds[i, part], mask[i, part] = torch.tensor(row.ids), torch.tensor(row.kinds), 1
        begins.append(begin)
    return Batch(ids, kinds, mask, begins)


def _row(encoded: Any, label: Any = None) -> Row:
    return Row(list(encoded.ids), list(encoded.type_ids), label, list(encoded.word_ids), list(encoded.sequence_ids))


def plain(reader: Reader, pairs: Sequence[Pair]) -> list[Row]:
    return [_row(e) for e in reader.pairs(pairs)]


def classes(reader: Reader, examples: Sequence[tasks.NextSentence | reviews.Review]) -> list[Row]:
    """Rows with a class: of a pair, or of a review."""
    encoded = reader.pairs([(x.text, getattr(x, "pair", None)) for x in examples])
    return [_row(e, x.label) for e, x in zip(encoded, examples)]


def entities(reader: Reader, examples: Sequence[tasks.Tagged]) -> list[Row]:
    """Every token has a label; the pieces of a word after the first continue it."""
    found = []
    for encoded, example in zip(reader.pairs([(x.text, None) for x in examples]), examples):
        labels = [IGNORED if inside is None else 0 for inside in encoded.sequence_ids]
        for entity in example.entities:
            first = True
            for place, (begin, end) in enumerate(encoded.offsets):
                if labels[place] != IGNORED and begin >= entity.begin and end <= entity.end and end > begin:
                    labels[place] = tasks.BIO_LABELS.index(("B-" if first else "I-") + entity.kind)
                    first = False
        found.append(_row(encoded, labels))
    return found


def answers(reader: Reader, examples: Sequence[tasks.Asked]) -> list[Row]:
    found = []
    for encoded, example in zip(reader.pairs([(x.question, x.passage) for x in examples]), examples):
        inside = [place for place, (begin, end) in enumerate(encoded.offsets)
                  if encoded.sequence_ids[place] == 1 and end > begin and begin >= example.begin
                  and end <= example.begin + len(example.answer)]
        found.append(_row(encoded, (inside[0], inside[-1]) if inside else (0, 0)))
    return found


def endings(reader: Reader, examples: Sequence[tasks.Ending]) -> list[list[Row]]:
    flat = iter(reader.pairs([(x.story, choice) for x in examples for choice in x.choices]))
    return [[_row(next(flat), x.label) for _ in x.choices] for x in examples]


def masked(rng: random.Random, row: Row, reader: Reader, always: bool) -> Row:
    """Chooses words. For measuring 15 % of them are chosen, in training 15 to 35 %, because what is not chosen teaches
    nothing and a small model has no time to waste. In training a chosen token becomes the mask in 80 %, a random token
    in 10 % and stays in 10 % of the cases (Devlin et al. 2018); for measuring it always becomes the mask."""
    words: dict[tuple[int, int], list[int]] = {}
    for place, (word, part) in enumerate(zip(row.words, row.parts)):
        if word is not None and part is not None:
            words.setdefault((part, word), []).append(place)
    count = max(1, round((MASKED_SHARE if always else rng.uniform(MASKED_SHARE, 0.35)) * len(words)))
    ids, labels = list(row.ids), [IGNORED] * len(row.ids)
    for word in rng.sample(sorted(words), count):
        for place in words[word]:
            labels[place] = row.ids[place]
            luck = rng.random()
            if always or luck < 0.8:
                ids[place] = reader.mask_id
            elif luck < 0.9:
                ids[place] = rng.randrange(len(reader.special), reader.size)
    return Row(ids, row.kinds, labels, row.words, row.parts)


def differing(right: Row, wrong: Row) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where two inputs differ, as begin and end in each; at least one token."""
    a, b = right.ids, wrong.ids
    shortest = min(len(a), len(b))
    begin = next((i for i in range(shortest) if a[i] != b[i]), shortest - 1)
    back = next((i for i in range(shortest) if a[-1 - i] != b[-1 - i]), shortest)
    back = min(back, shortest - begin - 1)
    return (begin, len(a) - back), (begin, len(b) - back)


def hidden_word(right: Row, wrong: Row, reader: Reader) -> Row:
    """The right ending with masks over what tells it from a wrong one."""
    (begin, end), _ = differing(right, wrong)
    labels = [IGNORED] * len(right.ids)
    labels[begin:end] = right.ids[begin:end]
    return Row(right.ids[:begin] + [reader.mask_id] * (end - begin) + right.ids[end:], right.kinds, labels)


def spans_of(labels: Sequence[int]) -> set[tuple[int, int, str]]:
    """The entities that a row of label numbers spells, as (first token, token after the last, kind)."""
    found, begin, kind = set(), 0, ""
    for place, number in enumerate([*labels, 0]):
        label = tasks.BIO_LABELS[number] if number >= 0 else "O"
        if kind and label != "I-" + kind:
            found.add((begin, place, kind))
            kind = ""
        if label != "O" and not kind:
            begin, kind = place, label[2:]
    return found


def best_span(start: torch.Tensor, end: torch.Tensor, longest: int = 8) -> tuple[int, int]:
    """The pair of places with the highest sum of logits, not longer than ``longest`` tokens."""
    sums = start[:, None] + end[None, :]
    places = torch.arange(len(start))
    length = places[None, :] - places[:, None]
    sums = sums.masked_fill((length < 0) | (length >= longest), -1e9)
    return divmod(int(sums.argmax()), len(start))
