# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests the world itself: ``python -m microworld.check``. Needs no package besides Python."""

from __future__ import annotations

import random
import re

from . import markup, plots, reviews, tasks, world

COUNT = 3_000


def check_facts() -> None:
    """The tables agree with each other."""
    for person in world.RESIDENTS:
        sibling = world.BY_NAME[person.sibling]
        assert sibling.sibling == person.name and sibling.surname == person.surname, person
        assert sibling.female != person.female, person
    jobs = {person.job.name for person in world.RESIDENTS}
    assert jobs == set(world.JOBS) == {problem.job for problem in world.PROBLEMS}
    names = [person.name for person in world.RESIDENTS] + [name for name, _ in world.GUEST_NAMES]
    assert len(names) == len(set(names))


def check_stories() -> None:
    """Answers stand in their passages, endings differ, and no combination is in two splits."""
    told: dict[str, set[str]] = {}
    for split in ("train", "validation", "test"):
        rng = random.Random(f"check/{split}")
        told[split] = set()
        for _ in range(COUNT):
            story = plots.tell(rng, split)
            told[split].add(story.text)
            assert "{" not in story.text and "|" not in story.text and "  " not in story.text, story.text
            assert all(re.match(r"[A-Z]", markup.plain(sentence)) for sentence in story.sentences), story.text
            right = markup.plain(story.sentences[-1])
            assert story.wrong_endings and right not in story.wrong_endings, story.text
            assert len(set(story.wrong_endings)) == len(story.wrong_endings), story.wrong_endings
            example = tasks.asked(rng, story)
            if example:
                assert example.passage[example.begin:example.begin + len(example.answer)] == example.answer
            tagged = tasks.tagged(rng, split, story)
            assert all(entity.end <= len(tagged.text) for entity in tagged.entities)
    shared = told["train"] & (told["validation"] | told["test"])
    assert len(shared) < COUNT // 200, f"{len(shared)} stories of the held-out parts are told in training"


def check_same_again() -> None:
    """The same seed gives the same text."""
    first, second = (([plots.tell(rng, "train").text for _ in range(50)], reviews.review(rng, "train"))
                     for rng in (random.Random(7), random.Random(7)))
    assert first == second


def main() -> None:
    for check in (check_facts, check_stories, check_same_again):
        check()
        print(f"{check.__name__}: good")


if __name__ == "__main__":
    main()
