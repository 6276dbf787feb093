# SPDX-License-Identifier: GPL-3.0-or-later
"""The labelled examples of one split that all English encoders learn from or are measured on."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Iterator

from . import plots, reviews, tasks
from .scene import Story
from .split import Split

# All encoders see the same examples; the first of them, bert-mini, gave the random numbers their name.
_NAME = "bert-mini"
STORIES = 12_000
# Further stories are told for their endings alone, and only of plots in which the right ending repeats a name, a place
# or a day of the story: that is harder to learn than what follows from a job or from the weather.
MORE_ENDINGS = 24_000
COMPARED = ("hide_and_seek", "journey", "letter", "lost_tool", "portrait", "present", "race")
TEST_STORIES = 800
TEST_EXAMPLES = 600  # of every task


@dataclass(frozen=True)
class Examples:
    """All examples of one split in words."""

    stories: list[Story]
    passages: list[tasks.Passage]
    next: list[tasks.NextSentence]
    reviews: list[reviews.Review]
    tagged: list[tasks.Tagged]
    asked: list[tasks.Asked]
    endings: list[tasks.Ending]

    def texts(self) -> Iterator[str]:
        """What a tokenizer learns from."""
        yield from (story.text for story in self.stories)
        yield from (item.text for item in self.reviews)
        yield from (item.text for item in self.tagged)
        yield from (item.question for item in self.asked)


def training(seed: int) -> Examples:
    found = _examples(seed, "train", tell(seed, "train", STORIES), set(), STORIES)
    rng = random.Random(f"{_NAME}/endings/{seed}")
    more = [plots.tell(rng, "train") for _ in range(MORE_ENDINGS)]
    found.endings.extend(tasks.ending(rng, story) for story in more if story.plot in COMPARED)
    return found


def test(seed: int, train: Examples) -> Examples:
    """What stands word by word in the training text is left out."""
    endings = (f"{item.story} {item.choices[item.label]}" for item in train.endings)
    told = {story.text for story in train.stories}.union(endings)
    known = {text for story in told for text in story.replace("? ", ". ").split(". ")}
    known = {text if text[-1] in ".?!" else text + "." for text in known}
    known |= {item.text for item in train.reviews} | {item.text for item in train.tagged}
    known |= {item.text for item in train.passages if item.pair is None}
    stories = [story for story in tell(seed, "test", TEST_STORIES) if story.text not in told]
    return _examples(seed, "test", stories, known, TEST_EXAMPLES)


def tell(seed: int, split: Split, count: int) -> list[Story]:
    rng = random.Random(f"{_NAME}/{split}/{seed}")
    return [plots.tell(rng, split) for _ in range(count)]


def _examples(seed: int, split: Split, stories: list[Story], known: set[str], count: int) -> Examples:
    """``count`` examples of each kind. What stands in ``known``, the sentences of the training text, is left out of
    single-sentence examples; with an empty set nothing is left out."""
    rng = random.Random(f"{_NAME}/examples/{split}/{seed}")

    def fresh(text: str) -> bool:
        return text not in known

    def collect(make: Any, keep: Any = lambda item: True) -> list[Any]:
        found: list[Any] = []
        while len(found) < count:
            item = make(rng.choice(stories))
            if item is not None and keep(item):
                found.append(item)
        return found

    return Examples(
        stories,
        collect(lambda story: tasks.passage(rng, story), lambda x: x.pair is not None or fresh(x.text)),
        collect(lambda story: tasks.next_sentence(rng, story, tasks.unlike(rng, stories, story))),
        collect(lambda _: reviews.review(rng, split), lambda x: fresh(x.text)),
        collect(lambda story: tasks.tagged(rng, split, story), lambda x: fresh(x.text)),
        collect(lambda story: tasks.asked(rng, story)),
        collect(lambda story: tasks.ending(rng, story)))


def test_lines(found: Examples, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """Held-out examples of some tasks for an evaluation outside of Python."""
    rows: list[dict[str, Any]] = []
    for item in found.passages[:100]:
        rows.append({"task": "fill-mask", "text": item.text, "text_pair": item.pair})
    for item in found.next[:80]:
        rows.append({"task": "next-sentence", "text": item.text, "text_pair": item.pair, "label": item.label})
    for item in map(tasks.order_of, found.passages):
        if item is not None and sum(row["task"] == "sentence-order" for row in rows) < 80:
            rows.append({"task": "sentence-order", "text": item.text, "text_pair": item.pair, "label": item.label})
    for item in found.reviews[:80]:
        rows.append({"task": "text-classification", "text": item.text, "label": reviews.LABELS[item.label]})
    for item in found.tagged[:80]:
        rows.append({"task": "token-classification", "text": item.text,
                     "entities": [{"label": e.kind, "begin": e.begin, "end": e.end} for e in item.entities]})
    for item in found.asked[:80]:
        rows.append({"task": "question-answering", "text": item.question, "text_pair": item.passage,
                     "answer": item.answer, "begin": item.begin})
    for item in found.endings[:60]:
        rows.append({"task": "multiple-choice", "text": item.story, "choices": list(item.choices),
                     "label": item.label})
    return [row for row in rows if row["task"] in kinds]
