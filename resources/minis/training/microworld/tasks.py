# SPDX-License-Identifier: GPL-3.0-or-later
"""Labelled examples for every task, made from the stories and reviews of one split."""

from __future__ import annotations

import random
from dataclasses import dataclass

from . import markup, plots
from . import world as w
from .markup import Entity, job, loc, per
from .scene import Story
from .split import Split, split_of

# The reference library's order: logit 0 says "B follows A".
NEXT_LABELS = ("is next", "not next")
BIO_LABELS = ("O", *(f"{prefix}-{kind}" for kind in markup.ENTITY_TYPES for prefix in "BI"))


@dataclass(frozen=True)
class Passage:
    """Running text for the masked word."""

    text: str
    pair: str | None


@dataclass(frozen=True)
class NextSentence:
    text: str
    pair: str
    label: int


@dataclass(frozen=True)
class Tagged:
    text: str
    entities: tuple[Entity, ...]


@dataclass(frozen=True)
class Asked:
    question: str
    passage: str
    answer: str
    begin: int  # where the answer lies in the passage


@dataclass(frozen=True)
class Ending:
    story: str
    choices: tuple[str, ...]
    label: int


def _join(sentences: tuple[str, ...] | list[str]) -> str:
    return markup.plain(" ".join(sentences))


def next_sentence(rng: random.Random, story: Story, other: Story) -> NextSentence:
    """The beginning of a story and what follows, or a piece of another story that shares no sentence with it."""
    cut = rng.randrange(2, len(story.sentences)) if len(story.sentences) > 2 else 1
    begin = _join(story.sentences[:cut])
    if rng.random() < 0.5:
        return NextSentence(begin, _join(story.sentences[cut:cut + rng.choice((1, 2))]), 0)
    place = rng.randrange(1, len(other.sentences))
    return NextSentence(begin, _join(other.sentences[place:place + rng.choice((1, 2))]), 1)


def unlike(rng: random.Random, stories: list[Story], story: Story) -> Story:
    """Another story, of another plot or about other people."""
    while True:
        other = rng.choice(stories)
        if other is story or set(other.sentences) & set(story.sentences):
            continue
        if other.plot == story.plot and _first_name(other) == _first_name(story):
            continue
        return other


def _first_name(story: Story) -> str:
    text, found = markup.entities(story.marked)
    return next((text[e.begin:e.end] for e in found if e.kind == "PER"), "")


def passage(rng: random.Random, story: Story) -> Passage:
    """One or two sentences of a story, or a beginning and what follows as a pair."""
    count = len(story.sentences)
    if rng.random() < 0.4:
        begin = rng.randrange(count)
        return Passage(_join(story.sentences[begin:begin + rng.choice((1, 1, 2))]), None)
    cut = rng.randrange(1, count)
    return Passage(_join(story.sentences[:cut]), _join(story.sentences[cut:cut + 2]))


def asked(rng: random.Random, story: Story) -> Asked | None:
    """A question and a passage of the story with the answer; None when the story has no question."""
    if not story.questions:
        return None
    question = rng.choice(story.questions)
    first = 0 if rng.random() < 0.8 else rng.randrange(question.sentence + 1)
    last = rng.randrange(question.sentence, len(story.sentences))
    sentences = [markup.plain(sentence) for sentence in story.sentences]
    text = " ".join(sentences[first:last + 1])
    offset = sum(len(sentence) + 1 for sentence in sentences[first:question.sentence])
    inside = markup.find(sentences[question.sentence], question.answer)
    assert inside is not None, "Scene.ask checks that the answer is there"
    begin = offset + inside
    return Asked(question.text, text, text[begin:begin + len(question.answer)], begin)


def ending(rng: random.Random, story: Story, choices: int | None = None) -> Ending:
    """The story without its last sentence and the endings to choose from, in drawn order."""
    wrong = list(story.wrong_endings)
    rng.shuffle(wrong)
    right = markup.plain(story.sentences[-1])
    options = [right, *wrong[:(choices - 1) if choices else 3]]
    rng.shuffle(options)
    return Ending(_join(story.sentences[:-1]), tuple(options), options.index(right))


def tagged(rng: random.Random, split: Split, story: Story) -> Tagged:
    """One or two sentences of a story, or a line about names that are words and words that are names."""
    if rng.random() < 0.3:
        marked = _name_riddle(rng, split)
    else:
        begin = rng.randrange(len(story.sentences))
        marked = " ".join(story.sentences[begin:begin + rng.choice((1, 2))])
    text, found = markup.entities(marked)
    return Tagged(text, tuple(found))


def _name_riddle(rng: random.Random, split: Split) -> str:
    """Sentences in which only the context tells the name from the job or the flower."""
    flowers = ("rose", "lily")
    surnames = w.SURNAMES
    jobs = tuple(name for name in w.JOBS)
    while True:
        kind = rng.randrange(6)
        a, b = rng.sample(surnames, 2)
        one, two = rng.sample(jobs, 2)
        x, y = rng.sample(w.RESIDENTS, 2)
        town = rng.choice(list(w.TOWNS))
        flower = rng.choice(flowers)
        if split_of("riddle", str(kind), a, one) != split:
            continue
        title_a, title_b = rng.choice(("Mr", "Mrs")), rng.choice(("Mr", "Mrs"))
        return markup.sentence((
            f"{title_a} {per(a)} is a {job(one)}, and {title_b} {per(b)} is a {job(two)}",
            f"{title_a} {per(a)} asks the {job(one)} {title_b} {per(b)} for help",
            f"{per(x.name)} gives {per(y.name)} a {flower} for the {job(one)} {per(a)}",
            f"{per(x.name + ' ' + a)} from {loc(town)} plants a {flower} for the {job(one)}",
            f"the {job(one)} of {loc(town)} is called {per(y.name + ' ' + a)}",
            f"a {job(one)} and a {job(two)} meet {title_a} {per(a)} in {loc(town)}",
        )[kind])


def order_of(passage: Passage) -> NextSentence | None:
    """The two parts of a passage in their order (0) or swapped (1); None when it has one part only. The words decide
    which, so that the same passage is always asked in the same way."""
    if passage.pair is None:
        return None
    if len(passage.text) * 31 + len(passage.pair) * 17 + ord(passage.pair[0]) & 1:
        return NextSentence(passage.text, passage.pair, 0)
    return NextSentence(passage.pair, passage.text, 1)


def two_choices(rng: random.Random, example: Ending) -> Ending:
    """The right ending, which comes first here, and one of the wrong ones."""
    wrong = rng.choice([choice for i, choice in enumerate(example.choices) if i != example.label])
    return Ending(example.story, (example.choices[example.label], wrong), 0)
