# SPDX-License-Identifier: GPL-3.0-or-later
"""Which combinations belong to training, validation and test.

A combination is a tuple of words such as (plot, person, town) or (phrasing, person). Its hash alone decides, so
the answer never depends on the seed, on the order of drawing or on how much text is made.
"""

from __future__ import annotations

import hashlib
from typing import Literal

Split = Literal["train", "validation", "test"]

TEST_SHARE = 0.12
VALIDATION_SHARE = 0.06


def split_of(*combination: str) -> Split:
    """The split that a combination belongs to."""
    digest = hashlib.sha256("\x1f".join(combination).encode("utf-8")).digest()
    place = int.from_bytes(digest[:8], "big") / 2.0 ** 64
    if place < TEST_SHARE:
        return "test"
    if place < TEST_SHARE + VALIDATION_SHARE:
        return "validation"
    return "train"


def phrasing(split: Split, line: str, who: str, count: int, wanted: int) -> int:
    """The phrasing of a line for a person: the wanted one, if the split may use it, or else the next allowed one.

    Training never says a line about a person in a phrasing that is reserved for validation or test; these two may
    use what is reserved for them and what is trained on. The first phrasing stays for training where none would.
    """
    places = [split_of(line, who, str(index)) for index in range(count)]
    allowed = [index for index, place in enumerate(places) if place in ("train", split)] or [0]
    return next(index % count for index in range(wanted, wanted + count) if index % count in allowed)
