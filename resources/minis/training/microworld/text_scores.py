# SPDX-License-Identifier: GPL-3.0-or-later
"""How near a written text comes to the one it should be; the same measures as ``modelarium-cli evaluate``."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Sequence

_WORD = re.compile(r"[0-9A-Za-z\u0080-\U0010ffff]+|\S")


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def bleu(written: Sequence[str], wanted: Sequence[str]) -> float:
    """Corpus BLEU with one reference a text, up to four words, in 0 … 1 (Papineni et al. 2002)."""
    matches, totals, ours, theirs = [0] * 4, [0] * 4, 0, 0
    for text, reference in zip(written, wanted):
        a, b = words(text), words(reference)
        ours, theirs = ours + len(a), theirs + len(b)
        for length in range(1, 5):
            grams = [Counter(tuple(x[i:i + length]) for i in range(len(x) - length + 1)) for x in (a, b)]
            totals[length - 1] += sum(grams[0].values())
            matches[length - 1] += sum((grams[0] & grams[1]).values())
    if not all(matches):
        return 0.0
    precision = math.exp(sum(math.log(m / t) for m, t in zip(matches, totals)) / 4)
    return min(1.0, math.exp(1 - theirs / ours)) * precision


def rouge_l(written: Sequence[str], wanted: Sequence[str]) -> float:
    """Mean F1 of the longest common subsequence of words, in lower case (Lin 2004)."""
    return sum(_rouge_l(words(a.lower()), words(b.lower())) for a, b in zip(written, wanted)) / len(wanted)


def _rouge_l(a: list[str], b: list[str]) -> float:
    row = [0] * (len(b) + 1)
    for word in a:
        diagonal = 0
        for j, other in enumerate(b):
            above = row[j + 1]
            row[j + 1] = diagonal + 1 if word == other else max(above, row[j])
            diagonal = above
    return 2 * row[-1] / (len(a) + len(b)) if a or b else 1.0


def exact(written: Sequence[str], wanted: Sequence[str]) -> float:
    return sum(words(a) == words(b) for a, b in zip(written, wanted)) / len(wanted)


MEASURES = {"BLEU": bleu, "ROUGE-L": rouge_l, "exact match": exact}
