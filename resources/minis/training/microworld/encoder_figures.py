# SPDX-License-Identifier: GPL-3.0-or-later
"""What an encoder mini reaches on the held-out examples, each figure beside its baseline."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any, Callable, Iterator, Sequence

import torch

from . import baselines, export, rows, tasks, trainer
from .encoders import BARS, Minis, pair_logits, word_logits
from .examples import Examples
from .readers import Reader
from .rows import IGNORED, Row


class Figures:
    """All figures of a model on the given examples."""

    def __init__(self, model: Minis, reader: Reader, data: Examples, train: Examples, seed: int) -> None:
        self.model, self.reader, self.data, self.train, self.seed = model, reader, data, train, seed

    def row(self, task: str, name: str, value: float, baseline: tuple[float, str], count: int,
            **more: Any) -> dict[str, Any]:
        bar = self.model.recipe.bars.get(task, BARS[task])
        return export.metric(task, name, value, *baseline, bar, count, **more)

    def _parts(self, items: Sequence[Row]) -> Iterator[tuple[Sequence[Row], rows.Batch]]:
        for part in trainer.chunks(items, 64):
            yield part, self.model.batch(part)

    def fill_mask(self) -> dict[str, Any]:
        rng = random.Random(f"bert-mini/masks/{self.seed}")
        right = total = common = 0
        known = rows.plain(self.reader, [(x.text, x.pair) for x in self.train.passages])
        frequent = Counter(i for row in known for i in row.ids if i not in self.reader.special).most_common(1)[0][0]
        plain = rows.plain(self.reader, [(x.text, x.pair) for x in self.data.passages])
        for part, batch in self._parts([rows.masked(rng, row, self.reader, True) for row in plain]):
            labels = batch.labels(part)
            asked = labels != IGNORED
            guess = word_logits(self.model.words(batch))[asked].argmax(-1)
            right += int((guess == labels[asked]).sum())
            common += int((labels[asked] == frequent).sum())
            total += int(asked.sum())
        return self.row("fill-mask", "top-1 accuracy", right / total, (common / total, "most frequent token"),
                        len(plain), masked_tokens=total,
                        masking="15 % of the words of a text, each of its tokens replaced by the mask")

    def _classes(self, task: str, items: list[Row], logits: Callable[[rows.Batch], torch.Tensor]) -> dict[str, Any]:
        right = sum(int((logits(batch).argmax(-1) == torch.tensor([row.label for row in part])).sum())
                    for part, batch in self._parts(items))
        return self.row(task, "accuracy", right / len(items),
                        (baselines.majority([row.label for row in items]), "majority"), len(items))

    def next_sentence(self) -> dict[str, Any]:
        return self._classes("next-sentence", rows.classes(self.reader, self.data.next),
                             lambda batch: pair_logits(self.model.words(batch)))

    def sentence_order(self) -> dict[str, Any]:
        items = [item for item in map(tasks.order_of, self.data.passages) if item]
        return self._classes("sentence-order", rows.classes(self.reader, items),
                             lambda batch: pair_logits(self.model.words(batch)))

    def text_classification(self) -> dict[str, Any]:
        head = self.model.heads["text-classification"]
        return self._classes("text-classification", rows.classes(self.reader, self.data.reviews),
                             lambda batch: self.model.run(head, batch).logits)

    def token_classification(self) -> dict[str, Any]:
        hits = guessed = wanted = 0
        items = rows.entities(self.reader, self.data.tagged)
        for part, batch in self._parts(items):
            logits = self.model.run(self.model.heads["token-classification"], batch).logits
            for row, scores, begin in zip(part, logits, batch.begins):
                guess = scores.argmax(-1).tolist()[begin:begin + len(row.ids)]
                guess = [0 if label == IGNORED else g for g, label in zip(guess, row.label)]
                truth, answer = rows.spans_of(row.label), rows.spans_of(guess)
                hits, guessed, wanted = hits + len(truth & answer), guessed + len(answer), wanted + len(truth)
        return self.row("token-classification", "entity F1", 2 * hits / max(1, guessed + wanted),
                        self._tag_baseline(items), len(items), entities=wanted)

    def _tag_baseline(self, items: Sequence[Row]) -> tuple[float, str]:
        """Entity F1 of giving every token its most frequent label of the training text."""
        seen: dict[int, Counter[int]] = {}
        for row in rows.entities(self.reader, self.train.tagged):
            for token, label in zip(row.ids, row.label):
                if label != IGNORED:
                    seen.setdefault(token, Counter())[label] += 1
        best = {token: counts.most_common(1)[0][0] for token, counts in seen.items()}
        hits = guessed = wanted = 0
        for row in items:
            truth = rows.spans_of(row.label)
            answer = rows.spans_of([0 if label == IGNORED else best.get(token, 0)
                                    for token, label in zip(row.ids, row.label)])
            hits, guessed, wanted = hits + len(truth & answer), guessed + len(answer), wanted + len(truth)
        return 2 * hits / max(1, guessed + wanted), "most frequent label of each token"

    def question_answering(self) -> dict[str, Any]:
        right = 0
        items = rows.answers(self.reader, self.data.asked)
        for part, batch in self._parts(items):
            for row, start, end, begin in zip(part, *self.model.spans(batch, part), batch.begins):
                first, last = rows.best_span(start, end)
                right += (first - begin, last - begin) == row.label
        return self.row("question-answering", "exact match", right / len(items), (
            self._answer_baseline(), "most frequent answer of the question's first words that stands in the passage"),
            len(items))

    def _answer_baseline(self) -> float:
        """Exact match of the most frequent training answer for the first two words of the question that occurs."""
        def start(question: str) -> tuple[str, ...]:
            return tuple(question.split()[:2])

        seen: dict[tuple[str, ...], Counter[str]] = {}
        for item in self.train.asked:
            seen.setdefault(start(item.question), Counter())[item.answer.lower()] += 1
        right = 0
        for item in self.data.asked:
            for answer, _ in seen.get(start(item.question), Counter()).most_common():
                found = item.passage.lower().find(answer)
                if found >= 0:
                    right += (found, answer) == (item.begin, item.answer.lower())
                    break
        return right / len(self.data.asked)

    def multiple_choice(self) -> dict[str, Any]:
        right = 0
        items = rows.endings(self.reader, self.data.endings)
        for choices in items:
            scores, _, _ = self.model.choices(choices, len(choices))
            right += int(scores[0].argmax()) == choices[0].label
        return self.row("multiple-choice", "accuracy", right / len(items),
                        (sum(1 / len(choices) for choices in items) / len(items), "chance"), len(items))


def measure(model: Minis, reader: Reader, data: Examples, train: Examples, seed: int) -> list[dict[str, Any]]:
    """One row a task that the mini has."""
    figures = Figures(model, reader, data, train, seed)
    model.eval()
    found = []
    with torch.inference_mode():
        for task in (*model.recipe.pretraining, *model.recipe.heads):
            if own := model.recipe.more_figures.get(task):
                found.append(own(figures))
            else:
                found.append(getattr(figures, task.replace("-", "_"))())
    return found
