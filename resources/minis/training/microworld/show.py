# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints some of the world: ``python -m microworld.show [--seed N] [--split test]``."""

from __future__ import annotations

import argparse
import random

from . import plots, reviews


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--split", choices=("train", "validation", "test"), default="train")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    for name in plots.plot_names():
        story = plots.tell(rng, options.split, name)
        print(f"[{name}] {story.text}")
        print(f"    not: {' | '.join(story.wrong_endings)}")
        for question in story.questions:
            print(f"    {question.text} {question.answer}")
    for _ in range(6):
        found = reviews.review(rng, options.split)
        print(f"[{reviews.LABELS[found.label]}] {found.text}")


if __name__ == "__main__":
    main()
