# SPDX-License-Identifier: GPL-3.0-or-later
"""What a mini has to beat."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import Iterable, Sequence


def majority(labels: Sequence[object]) -> float:
    """Share of the most frequent label."""
    return Counter(labels).most_common(1)[0][1] / len(labels)


class Trigram:
    """A trigram model with interpolated Kneser-Ney smoothing (Chen and Goodman 1998), one discount per order.

    The discount of an order is the usual estimate n1 / (n1 + 2 n2) from the counts of counts.
    """

    def __init__(self, rows: Iterable[Sequence[int]], vocabulary: int) -> None:
        self.vocabulary = vocabulary
        trigrams: Counter[tuple[int, int, int]] = Counter()
        bigrams_at_start: Counter[tuple[int, int]] = Counter()
        for row in rows:
            for i in range(2, len(row)):
                trigrams[row[i - 2], row[i - 1], row[i]] += 1
            if len(row) > 1:  # nothing stands before the first pair, so it is counted as it is
                bigrams_at_start[row[0], row[1]] += 1
        bigrams: Counter[tuple[int, int]] = Counter(bigrams_at_start)
        bigrams.update((b, c) for _, b, c in trigrams)
        unigrams: Counter[int] = Counter(c for _, c in bigrams)
        self._tables = []
        for table in (trigrams, bigrams, unigrams):
            counts = Counter(table.values())
            discount = counts[1] / (counts[1] + 2 * counts[2]) if counts[1] else 0.5
            totals: dict[tuple[int, ...], int] = defaultdict(int)
            kinds: dict[tuple[int, ...], int] = defaultdict(int)
            flat: dict[tuple[int, ...], int] = {}
            for key, count in table.items():
                gram = key if isinstance(key, tuple) else (key,)
                flat[gram] = count
                totals[gram[:-1]] += count
                kinds[gram[:-1]] += 1
            self._tables.append((discount, flat, totals, kinds))

    def probability(self, context: tuple[int, ...], token: int) -> float:
        """P(token | up to two tokens before it)."""
        return self._interpolate(3 - len(context) - 1, context, token)

    def _interpolate(self, level: int, context: tuple[int, ...], token: int) -> float:
        if level == 3:
            return 1.0 / self.vocabulary
        discount, counts, totals, kinds = self._tables[level]
        lower = self._interpolate(level + 1, context[1:], token)
        total = totals.get(context, 0)
        if total == 0:
            return lower
        kept = max(counts.get((*context, token), 0) - discount, 0.0) / total
        return kept + discount * kinds[context] / total * lower

    def perplexity(self, rows: Iterable[Sequence[int]]) -> float:
        """Per token; the first token of a row is given."""
        total, count = 0.0, 0
        for row in rows:
            for i in range(1, len(row)):
                total -= math.log(self.probability(tuple(row[max(0, i - 2):i]), row[i]))
                count += 1
        return math.exp(total / count)
