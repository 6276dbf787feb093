# SPDX-License-Identifier: GPL-3.0-or-later
"""A story under construction, and the finished story."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from . import markup
from .split import Split, phrasing
from .world import Person


@dataclass(frozen=True)
class Question:
    """A question with its answer, a piece of one sentence of the story."""

    text: str
    answer: str
    sentence: int


@dataclass(frozen=True)
class Story:
    """A finished story. The right ending is the last sentence; the wrong ones fit other stories."""

    plot: str
    sentences: tuple[str, ...]  # with marks
    questions: tuple[Question, ...]
    wrong_endings: tuple[str, ...]
    title: str = ""
    summary: str = ""  # one sentence; it tells what the story is about in other words

    @property
    def marked(self) -> str:
        return " ".join(self.sentences)

    @property
    def text(self) -> str:
        return markup.plain(self.marked)


NARRATORS = 3


@dataclass
class Scene:
    """Collects sentences and questions. All choices of wording go through :meth:`pick`.

    A story has one of three narrators. The variants of a line are in the order of the narrators, so that whoever
    has read the first line can tell how the next ones will be worded.
    """

    plot: str
    hero: Person
    split: Split
    rng: random.Random
    narrator: int
    sentences: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    title: str = ""
    summary: str = ""

    def pick(self, line: str, *variants: str) -> str:
        """The narrator's variant, by the rule that keeps some phrasings of a person for test."""
        return variants[self._index(line, len(variants), self.narrator % len(variants))]

    def _index(self, line: str, count: int, wanted: int) -> int:
        return phrasing(self.split, f"{self.plot}.{line}", self.hero.name, count, wanted)

    def say(self, line: str, *variants: str) -> None:
        """Adds the narrator's variant as the next sentence."""
        self.sentences.append(markup.sentence(self.pick(line, *variants)))

    def ask(self, line: str, answer: str, *variants: str) -> None:
        """Adds a question whose answer stands in the sentence said last."""
        wanted = self.rng.randrange(len(variants))  # a reader asks, not the narrator
        question = markup.plain(variants[self._index("ask " + line, len(variants), wanted)])
        where = len(self.sentences) - 1
        if markup.find(markup.plain(self.sentences[where]), answer) is None:
            raise ValueError(f"{self.plot}: no {answer!r} in {self.sentences[where]!r}")
        self.questions.append(Question(question[0].upper() + question[1:] + "?", answer, where))

    def end(self, right: str, wrong: list[str]) -> None:
        """Ends the story; ``wrong`` are endings in the same wording that another story would have."""
        self.sentences.append(markup.sentence(right))
        self.wrong = [markup.plain(markup.sentence(text)) for text in wrong]

    def brief(self, title: str, summary: str) -> None:
        """The story in a few words and in one sentence. Nothing is drawn for them."""
        self.title = markup.plain(title)[0].upper() + markup.plain(title)[1:]
        self.summary = markup.plain(markup.sentence(summary))

    def finish(self) -> Story:
        return Story(self.plot, tuple(self.sentences), tuple(self.questions), tuple(self.wrong), self.title,
                     self.summary)
