# SPDX-License-Identifier: GPL-3.0-or-later
"""The labelled examples of one split that all English encoders learn from or are measured on."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Any, Iterator

from . import plots, reviews, tasks
from .readers import Reader
from .rows import MASKED_SHARE
from .scene import Story
from .split import Split

# All encoders see the same examples; the first of them, bert-mini, gave the random numbers their name.
_NAME = "bert-mini"
STORIES = 12_000
# Further stories are told for their endings alone, and only of plots in which the right ending repeats a name or a
# day of the story: that is harder to learn than what follows from a job or from the weather.
MORE_ENDINGS = 40_000
COMPARED = ("hide_and_seek", "letter", "lost_tool", "present", "race")
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


def masked_line(rng: random.Random, reader: Reader, mask: str, item: tasks.Passage) -> dict[str, Any] | None:
    """The passage with 15 % of its words masked, of those that are one token and have white space after them, and the
    ids under the masks; None when there is no such word."""
    encoded = reader.pairs([(item.text, item.pair)])[0]
    texts = [item.text, item.pair or ""]
    spelled = Counter(zip(encoded.sequence_ids, encoded.word_ids))
    places = [i for i, (part, word) in enumerate(zip(encoded.sequence_ids, encoded.word_ids))
              if word is not None and spelled[part, word] == 1 and texts[part][encoded.offsets[i][1]:][:1] == " "]
    if not places:
        return None
    chosen = sorted(rng.sample(places, max(1, round(MASKED_SHARE * len(places)))))
    for place in reversed(chosen):
        part, (begin, end) = encoded.sequence_ids[place], encoded.offsets[place]
        texts[part] = texts[part][:begin] + mask + texts[part][end:]
    return {"task": "fill-mask", "text": texts[0], "text_pair": item.pair and texts[1],
            "answers": [encoded.ids[place] for place in chosen]}


def test_lines(found: Examples, kinds: tuple[str, ...], reader: Reader, mask: str) -> list[dict[str, Any]]:
    """Held-out examples of some tasks for an evaluation outside of Python."""
    rng = random.Random(f"{_NAME}/lines")
    lines: list[dict[str, Any]] = []
    lines += [line for line in (masked_line(rng, reader, mask, item) for item in found.passages[:100]) if line]
    lines += [{"task": "text-generation", "text": story.text} for story in found.stories[:60]]
    for item in found.next[:240]:
        lines.append({"task": "next-sentence", "text": item.text, "text_pair": item.pair, "label": item.label})
    for item in [item for item in map(tasks.order_of, found.passages) if item][:200]:
        lines.append({"task": "sentence-order", "text": item.text, "text_pair": item.pair, "label": item.label})
    for item in found.reviews[:100]:
        lines.append({"task": "text-classification", "text": item.text, "label": reviews.LABELS[item.label]})
    for item in found.tagged[:80]:
        lines.append({"task": "token-classification", "text": item.text,
                      "entities": [{"label": e.kind, "begin": e.begin, "end": e.end} for e in item.entities]})
    for item in found.asked[:100]:
        lines.append({"task": "question-answering", "text": item.question, "text_pair": item.passage,
                      "answer": item.answer, "begin": item.begin})
    for item in found.endings[:120]:
        lines.append({"task": "multiple-choice", "text": item.story, "choices": list(item.choices),
                      "label": item.label})
    return [line for line in lines if line["task"] in kinds]
