# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of pairs for the encoder–decoders: translations, summaries, titles, answers, and texts with holes."""

from __future__ import annotations

import random
from typing import Sequence

from . import markup, parallel, plots, tasks
from .seq2seq import Pair
from .split import Split

NAMES = {"en": "English", "de": "German", "fr": "French", "ro": "Romanian"}


def translation(rng: random.Random, split: Split, source: str, target: str, **given: str) -> Pair:
    said = parallel.text(rng, split)
    return Pair(said[source], said[target], given)


def summary(rng: random.Random, split: Split, **given: str) -> Pair:
    story = plots.tell(rng, split)
    return Pair(story.text, story.summary, given)


def title(rng: random.Random, split: Split, **given: str) -> Pair:
    story = plots.tell(rng, split)
    return Pair(story.text, story.title, given)


def answer(rng: random.Random, split: Split, wording: str = "{question} context: {passage}", **given: str) -> Pair:
    while True:
        asked = tasks.asked(rng, plots.tell(rng, split))
        if asked is not None:
            return Pair(wording.format(question=asked.question, passage=asked.passage), asked.answer, given)


def question(rng: random.Random, split: Split, wording: str = "{answer} [SEP] {passage}", **given: str) -> Pair:
    """An answer and its passage; the question is to be written."""
    while True:
        asked = tasks.asked(rng, plots.tell(rng, split))
        if asked is not None:
            return Pair(wording.format(answer=asked.answer, passage=asked.passage), asked.question, given)


def first_sentence(pair: Pair) -> str:
    """The baseline of a summary."""
    return pair.source.split(". ")[0] + "."


def spans(rng: random.Random, split: Split, language: str = "en") -> Pair:
    """Span corruption (Raffel et al. 2020): about 15 % of the words, in runs of one to three, become sentinels; the
    target says what stood there."""
    text = plots.tell(rng, split).text if language == "en" else parallel.text(rng, split, 3)[language]
    words = text.split()
    source, target, number, i = [], [], 0, 0
    while i < len(words):
        if rng.random() < 0.1 and number < 20:
            length = min(rng.choice((1, 1, 2, 3)), len(words) - i)
            source.append(f"<extra_id_{number}>")
            target += [f"<extra_id_{number}>", *words[i:i + length]]
            number, i = number + 1, i + length
        if i < len(words):
            source.append(words[i])
            i += 1
    if not number:
        return spans(rng, split, language)
    return Pair(" ".join(source), " ".join([*target, f"<extra_id_{number}>"]))


def noisy(rng: random.Random, split: Split, mask: str) -> Pair:
    """BART's five noises (Lewis et al. 2020), one or two of them at a time."""
    sentences = [markup.plain(sentence) for sentence in plots.tell(rng, split).sentences]
    whole = " ".join(sentences)
    kinds = rng.sample(("mask", "delete", "infill", "permute", "rotate"), rng.choice((1, 1, 2)))
    if "permute" in kinds:
        rng.shuffle(sentences)
    words = " ".join(sentences).split()
    if "rotate" in kinds:
        begin = rng.randrange(len(words))
        words = words[begin:] + words[:begin]
    if "infill" in kinds:
        words = infilled(rng, words, mask)
    if "mask" in kinds:
        words = [mask if rng.random() < 0.15 else word for word in words]
    if "delete" in kinds:
        words = [word for word in words if rng.random() > 0.1]
    return Pair(" ".join(words), whole)


def infilled(rng: random.Random, words: Sequence[str], mask: str) -> list[str]:
    """Runs of none to three words, each one mask."""
    found, i = [], 0
    while i < len(words):
        if rng.random() < 0.1:
            found.append(mask)
            i += rng.choice((0, 1, 2, 3))
        if i < len(words):
            found.append(words[i])
            i += 1
    return found


def gap(rng: random.Random, split: Split, mask: str) -> Pair:
    """Pegasus's gap sentences (Zhang et al. 2020): the sentence that shares most words with the others is to be written."""
    sentences = [markup.plain(sentence) for sentence in plots.tell(rng, split).sentences]

    def shared(place: int) -> float:
        own = set(sentences[place].lower().rstrip(".").split())
        rest = {word for i, text in enumerate(sentences) if i != place for word in text.lower().rstrip(".").split()}
        return len(own & rest) / len(own)

    chosen = max(range(len(sentences)), key=shared)
    return Pair(" ".join(mask if i == chosen else text for i, text in enumerate(sentences)), sentences[chosen])
