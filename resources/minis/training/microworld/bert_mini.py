# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains, measures and writes bert-mini: ``python -m microworld.bert_mini``.

One backbone and one pooler serve all heads. Every step mixes the losses of all tasks, so that no head is fitted to
a backbone that has moved on.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence, TypeVar

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertForPreTraining, BertTokenizer

from . import baselines, export, plots, reviews, tasks, trainer, vocab
from .scene import Story
from .split import Split

T = TypeVar("T")
NAME = "bert-mini"
VOCABULARY = 880
POSITIONS = 128
STORIES = 12_000
TEST_STORIES = 800
TEST_EXAMPLES = 600  # of every task
MASKED_SHARE = 0.15
IGNORED = -100
EXAMPLES = Path(__file__).with_name("bert_examples.json")

# task -> architecture of its head under the reference's names
HEADS = {"text-classification": "BertForSequenceClassification", "token-classification": "BertForTokenClassification",
         "question-answering": "BertForQuestionAnswering", "multiple-choice": "BertForMultipleChoice"}
# Rows of every task in one step, from the step named on. A story ending counts twice, with its right and a wrong
# ending. The heads come last: they learn quickly once the backbone knows its language, and slowly before. In the
# middle part rows are also read forward, every token guessing the next one, because all tokens teach then and not
# only those under a mask. Story endings are learned last and slowest, so the rows that others no longer need go there.
MIXES: tuple[tuple[int, dict[str, int]], ...] = (
    (0, {"forward": 0, "masked": 36, "next": 0, "sentiment": 3, "entities": 4, "answers": 0, "endings": 0}),
    (600, {"forward": 18, "masked": 20, "next": 0, "sentiment": 3, "entities": 2, "answers": 0, "endings": 0}),
    (900, {"forward": 0, "masked": 18, "next": 6, "sentiment": 6, "entities": 3, "answers": 10, "endings": 6}),
    (4000, {"forward": 0, "masked": 16, "next": 4, "sentiment": 2, "entities": 2, "answers": 6, "endings": 14}),
)


@dataclass(frozen=True)
class Row:
    """One encoded input with what its task wants to know: token labels, a class, or begin and end of a span."""

    ids: list[int]
    kinds: list[int]
    label: Any = None


class Minis(nn.Module):
    """BertForPreTraining and the further heads on its backbone."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.base = BertForPreTraining(config)
        hidden = config.hidden_size
        self.heads = nn.ModuleDict({
            "text-classification": nn.Linear(hidden, len(reviews.LABELS)),
            "token-classification": nn.Linear(hidden, len(tasks.BIO_LABELS)),
            "question-answering": nn.Linear(hidden, 2),
            "multiple-choice": nn.Linear(hidden, 1)})
        for head in self.heads.values():
            nn.init.normal_(head.weight, std=config.initializer_range)
            nn.init.zeros_(head.bias)

    def hidden(self, rows: Sequence[Row], forward: bool = False) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Last hidden states, pooled states and the mask of what is not padding. Read ``forward``, a token sees only
        what stands before it."""
        width = max(len(row.ids) for row in rows)
        ids = torch.tensor([row.ids + [0] * (width - len(row.ids)) for row in rows])
        kinds = torch.tensor([row.kinds + [0] * (width - len(row.kinds)) for row in rows])
        mask = torch.tensor([[1] * len(row.ids) + [0] * (width - len(row.ids)) for row in rows])
        seen = mask
        if forward:
            seen = torch.ones(len(rows), 1, width, width, dtype=torch.bool).tril()
        out = self.base.bert(input_ids=ids, token_type_ids=kinds, attention_mask=seen)
        return out.last_hidden_state, out.pooler_output, mask

    def spans(self, states: torch.Tensor, rows: Sequence[Row], mask: torch.Tensor) -> torch.Tensor:
        """Start and end logits; only the passage may hold the answer."""
        logits = self.heads["question-answering"](states)
        kinds = torch.zeros(mask.shape, dtype=torch.bool)
        for i, row in enumerate(rows):
            kinds[i, :len(row.kinds) - 1] = torch.tensor(row.kinds[:-1], dtype=torch.bool)
        return logits.masked_fill(~kinds[..., None], -1e4)


class Encoder:
    """From examples to rows."""

    def __init__(self, tokenizer: BertTokenizer) -> None:
        self.fast = tokenizer._tokenizer
        self.mask_id = tokenizer.mask_token_id
        self.special = set(tokenizer.all_special_ids)

    def pairs(self, pairs: Sequence[tuple[str, str | None]]) -> list[Any]:
        return self.fast.encode_batch([text if pair is None else (text, pair) for text, pair in pairs])

    def passages(self, examples: Sequence[tasks.Passage]) -> list[Row]:
        return [Row(e.ids, e.type_ids, e.word_ids) for e in self.pairs([(x.text, x.pair) for x in examples])]

    def next(self, examples: Sequence[tasks.NextSentence]) -> list[Row]:
        encoded = self.pairs([(x.text, x.pair) for x in examples])
        return [Row(e.ids, e.type_ids, x.label) for e, x in zip(encoded, examples)]

    def reviews(self, examples: Sequence[reviews.Review]) -> list[Row]:
        encoded = self.pairs([(x.text, None) for x in examples])
        return [Row(e.ids, e.type_ids, x.label) for e, x in zip(encoded, examples)]

    def entities(self, examples: Sequence[tasks.Tagged]) -> list[Row]:
        """Every token has a label; the pieces of a word after the first continue it."""
        rows = []
        for encoded, example in zip(self.pairs([(x.text, None) for x in examples]), examples):
            labels = [IGNORED if inside is None else 0 for inside in encoded.word_ids]
            for entity in example.entities:
                first = True
                for place, (begin, end) in enumerate(encoded.offsets):
                    if labels[place] != IGNORED and begin >= entity.begin and end <= entity.end:
                        labels[place] = tasks.BIO_LABELS.index(("B-" if first else "I-") + entity.kind)
                        first = False
            rows.append(Row(encoded.ids, encoded.type_ids, labels))
        return rows

    def answers(self, examples: Sequence[tasks.Asked]) -> list[Row]:
        rows = []
        for encoded, example in zip(self.pairs([(x.question, x.passage) for x in examples]), examples):
            inside = [place for place, (begin, end) in enumerate(encoded.offsets)
                      if encoded.sequence_ids[place] == 1 and begin >= example.begin
                      and end <= example.begin + len(example.answer)]
            rows.append(Row(encoded.ids, encoded.type_ids, (inside[0], inside[-1])))
        return rows

    def endings(self, examples: Sequence[tasks.Ending]) -> list[list[Row]]:
        flat = iter(self.pairs([(x.story, choice) for x in examples for choice in x.choices]))
        return [[Row(e.ids, e.type_ids, x.label) for e in (next(flat) for _ in x.choices)] for x in examples]


def masked(rng: random.Random, row: Row, mask_id: int, vocabulary: int, always: bool) -> Row:
    """Chooses words. For measuring 15 % of them are chosen, in training 15 to 35 %, because what is not chosen teaches
    nothing and a small model has no time to waste. In training a chosen token becomes the mask in 80 %, a random token in 10 % and
    stays in 10 % of the cases (Devlin et al. 2018); for measuring it always becomes the mask."""
    words: dict[tuple[int, int], list[int]] = {}
    for place, word in enumerate(row.label):
        if word is not None:
            words.setdefault((row.kinds[place], word), []).append(place)
    count = max(1, round((MASKED_SHARE if always else rng.uniform(MASKED_SHARE, 0.35)) * len(words)))
    ids, labels = list(row.ids), [IGNORED] * len(row.ids)
    for word in rng.sample(sorted(words), count):
        for place in words[word]:
            labels[place] = row.ids[place]
            luck = rng.random()
            if always or luck < 0.8:
                ids[place] = mask_id
            elif luck < 0.9:
                ids[place] = rng.randrange(5, vocabulary)
    return Row(ids, row.kinds, labels)


@dataclass
class Data:
    """All examples of one split, encoded."""

    masked: list[Row]
    next: list[Row]
    sentiment: list[Row]
    entities: list[Row]
    answers: list[Row]
    endings: list[list[Row]]


def tell(seed: int, split: Split, count: int) -> list[Story]:
    rng = random.Random(f"{NAME}/{split}/{seed}")
    return [plots.tell(rng, split) for _ in range(count)]


@dataclass(frozen=True)
class Examples:
    """All examples of one split in words."""

    passages: list[tasks.Passage]
    next: list[tasks.NextSentence]
    reviews: list[reviews.Review]
    tagged: list[tasks.Tagged]
    asked: list[tasks.Asked]
    endings: list[tasks.Ending]


def examples(seed: int, split: Split, stories: list[Story], known: set[str], count: int) -> Examples:
    """``count`` examples of each kind. What stands in ``known``, the sentences of the training text, is left out of
    single-sentence examples; with an empty set nothing is left out."""
    rng = random.Random(f"{NAME}/examples/{split}/{seed}")

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
        collect(lambda story: tasks.passage(rng, story), lambda x: x.pair is not None or fresh(x.text)),
        collect(lambda story: tasks.next_sentence(rng, story, tasks.unlike(rng, stories, story))),
        collect(lambda _: reviews.review(rng, split), lambda x: fresh(x.text)),
        collect(lambda story: tasks.tagged(rng, split, story), lambda x: fresh(x.text)),
        collect(lambda story: tasks.asked(rng, story)),
        collect(lambda story: tasks.ending(rng, story)))


def encode(encoder: Encoder, found: Examples) -> Data:
    return Data(encoder.passages(found.passages), encoder.next(found.next), encoder.reviews(found.reviews),
                encoder.entities(found.tagged), encoder.answers(found.asked), encoder.endings(found.endings))


def make_tokenizer(folder: Path, texts: list[str]) -> BertTokenizer:
    """Learns the word pieces and writes the tokenizer files of the reference layout."""
    folder.mkdir(parents=True, exist_ok=True)
    words = vocab.wordpiece(texts, VOCABULARY)
    (folder / "vocab.txt").write_text("".join(word + "\n" for word in words), encoding="utf-8")
    special = {"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
               "mask_token": "[MASK]"}
    export.write_json(folder / "special_tokens_map.json", special)
    export.write_json(folder / "tokenizer_config.json",
                      {"do_lower_case": True, "model_max_length": POSITIONS, "strip_accents": None,
                       "tokenize_chinese_chars": True, "tokenizer_class": "BertTokenizer", **special})
    return BertTokenizer.from_pretrained(str(folder))


def make_config(vocabulary: int) -> BertConfig:
    return BertConfig(vocab_size=vocabulary, hidden_size=128, num_hidden_layers=4, num_attention_heads=4,
                      intermediate_size=512, max_position_embeddings=POSITIONS, type_vocab_size=2,
                      initializer_range=0.05, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, pad_token_id=0)


def step_losses(model: Minis, encoder: Encoder, data: Data, vocabulary: int, rng: random.Random,
                step: int) -> dict[str, torch.Tensor]:
    """One mixed step: a pass over the short rows and a pass over the long ones."""
    mix = next(mix for first, mix in reversed(MIXES) if step >= first)
    single = [masked(rng, row, encoder.mask_id, vocabulary, False)
              for row in trainer.sample(rng, data.masked, mix["masked"])]
    pieces = {"masked": single, "next": trainer.sample(rng, data.next, mix["next"]),
              "sentiment": trainer.sample(rng, data.sentiment, mix["sentiment"]),
              "entities": trainer.sample(rng, data.entities, mix["entities"]),
              "answers": trainer.sample(rng, data.answers, mix["answers"])}
    chosen = []
    for rows in trainer.sample(rng, data.endings, mix["endings"]):
        wrong = rng.choice([row for i, row in enumerate(rows) if i != row.label])
        chosen.append([rows[rows[0].label], wrong])
    pieces["endings"] = [row for rows in chosen for row in rows]

    losses: dict[str, torch.Tensor] = {}
    if mix["forward"]:
        rows = trainer.sample(rng, data.masked, mix["forward"])
        states, _, mask = model.hidden(rows, forward=True)
        wanted = torch.tensor([row.ids[1:] + [IGNORED] * (mask.shape[1] - len(row.ids)) for row in rows])
        known = wanted != IGNORED
        losses["forward"] = cross_entropy(model.base.cls.predictions(states[:, :-1][known]), wanted[known])
    for group in (("sentiment", "entities"), ("masked", "next", "answers", "endings")):
        group = tuple(name for name in group if pieces[name])
        rows = [row for name in group for row in pieces[name]]
        states, pooled, mask = model.hidden(rows)
        begin = 0
        for name in group:
            part = slice(begin, begin + len(pieces[name]))
            begin = part.stop
            losses[name] = _loss(model, name, pieces[name], states[part], pooled[part], mask[part])
    return losses


def _labels(rows: Sequence[Row], width: int) -> torch.Tensor:
    return torch.tensor([row.label + [IGNORED] * (width - len(row.label)) for row in rows])


def _loss(model: Minis, name: str, rows: list[Row], states: torch.Tensor, pooled: torch.Tensor,
          mask: torch.Tensor) -> torch.Tensor:
    if name == "masked":
        labels = _labels(rows, states.shape[1])
        asked = labels != IGNORED
        return cross_entropy(model.base.cls.predictions(states[asked]), labels[asked])
    if name == "next":
        return 0.5 * cross_entropy(model.base.cls.seq_relationship(pooled), torch.tensor([row.label for row in rows]))
    if name == "sentiment":
        return 0.5 * cross_entropy(model.heads["text-classification"](pooled), torch.tensor([row.label for row in rows]))
    if name == "entities":
        logits = model.heads["token-classification"](states)
        return 0.5 * cross_entropy(logits.flatten(0, 1), _labels(rows, states.shape[1]).flatten(), ignore_index=IGNORED)
    if name == "answers":
        logits = model.spans(states, rows, mask)
        wanted = torch.tensor([row.label for row in rows])
        return 0.5 * (cross_entropy(logits[..., 0], wanted[:, 0]) + cross_entropy(logits[..., 1], wanted[:, 1])) / 2
    scores = model.heads["multiple-choice"](pooled).view(-1, 2)  # the right ending comes first here
    return 0.5 * cross_entropy(scores, torch.zeros(len(scores), dtype=torch.long))


def spans_of(labels: Sequence[int]) -> set[tuple[int, int, str]]:
    """The entities that a row of label numbers spells, as (first token, token after the last, kind)."""
    found, begin, kind = set(), 0, ""
    for place, number in enumerate([*labels, 0]):
        label = tasks.BIO_LABELS[number] if number >= 0 else "O"
        if kind and label != "I-" + kind:
            found.add((begin, place, kind))
            kind = ""
        if label != "O" and not kind:
            begin, kind = place, label[2:]
    return found


def best_span(start: torch.Tensor, end: torch.Tensor, longest: int = 8) -> tuple[int, int]:
    """The pair of places with the highest sum of logits, not longer than ``longest`` tokens."""
    sums = start[:, None] + end[None, :]
    places = torch.arange(len(start))
    length = places[None, :] - places[:, None]
    sums = sums.masked_fill((length < 0) | (length >= longest), -1e9)
    return divmod(int(sums.argmax()), len(start))


def measure(model: Minis, encoder: Encoder, data: Data, train: Data, seed: int, vocabulary: int) -> list[dict[str, Any]]:
    """All figures on the given examples, each beside its baseline."""
    rng = random.Random(f"{NAME}/masks/{seed}")
    model.eval()
    rows: list[dict[str, Any]] = []

    def passes(items: Sequence[Row]) -> Any:
        for part in trainer.chunks(items, 64):
            yield part, *model.hidden(part)

    with torch.inference_mode():
        right = total = common = 0
        frequent = Counter(i for row in train.masked for i in row.ids if i not in encoder.special).most_common(1)[0][0]
        for part, states, _, _ in passes([masked(rng, row, encoder.mask_id, vocabulary, True) for row in data.masked]):
            labels = _labels(part, states.shape[1])
            asked = labels != IGNORED
            guess = model.base.cls.predictions(states[asked]).argmax(-1)
            right += int((guess == labels[asked]).sum())
            common += int((labels[asked] == frequent).sum())
            total += int(asked.sum())
        rows.append(export.metric("fill-mask", "top-1 accuracy", right / total, common / total, "most frequent token",
                                  0.60, len(data.masked), masked_tokens=total,
                                  masking="15 % of the words of a text, each replaced by [MASK]"))

        right = sum(int((model.base.cls.seq_relationship(pooled).argmax(-1)
                         == torch.tensor([row.label for row in part])).sum())
                    for part, _, pooled, _ in passes(data.next))
        rows.append(export.metric("next-sentence", "accuracy", right / len(data.next),
                                  baselines.majority([row.label for row in data.next]), "majority", 0.90,
                                  len(data.next)))

        right = sum(int((model.heads["text-classification"](pooled).argmax(-1)
                         == torch.tensor([row.label for row in part])).sum())
                    for part, _, pooled, _ in passes(data.sentiment))
        rows.append(export.metric("text-classification", "accuracy", right / len(data.sentiment),
                                  baselines.majority([row.label for row in data.sentiment]), "majority", 0.95,
                                  len(data.sentiment)))

        hits = guessed = wanted = 0
        for part, states, _, _ in passes(data.entities):
            for row, logits in zip(part, model.heads["token-classification"](states)):
                guess = logits.argmax(-1).tolist()[:len(row.ids)]
                guess = [0 if label == IGNORED else g for g, label in zip(guess, row.label)]
                truth, answer = spans_of(row.label), spans_of(guess)
                hits, guessed, wanted = hits + len(truth & answer), guessed + len(answer), wanted + len(truth)
        rows.append(export.metric("token-classification", "entity F1", 2 * hits / max(1, guessed + wanted),
                                  *_tag_baseline(data, train), 0.95, len(data.entities), entities=wanted))

        right = 0
        for part, states, _, mask in passes(data.answers):
            for row, logits in zip(part, model.spans(states, part, mask)):
                right += best_span(logits[:, 0], logits[:, 1]) == row.label
        rows.append(export.metric("question-answering", "exact match", right / len(data.answers),
                                  _answer_baseline(data, train), "most frequent answer of the question's "
                                  "first words that stands in the passage", 0.85, len(data.answers)))

        right = 0
        for choices in data.endings:
            _, pooled, _ = model.hidden(choices)
            right += int(model.heads["multiple-choice"](pooled).argmax()) == choices[0].label
        rows.append(export.metric("multiple-choice", "accuracy", right / len(data.endings),
                                  sum(1 / len(choices) for choices in data.endings) / len(data.endings), "chance",
                                  0.85, len(data.endings)))
    return rows


def _tag_baseline(data: Data, train: Data) -> tuple[float, str]:
    """Entity F1 of giving every token its most frequent label of the training text."""
    seen: dict[int, Counter[int]] = {}
    for row in train.entities:
        for token, label in zip(row.ids, row.label):
            if label != IGNORED:
                seen.setdefault(token, Counter())[label] += 1
    best = {token: counts.most_common(1)[0][0] for token, counts in seen.items()}
    hits = guessed = wanted = 0
    for row in data.entities:
        truth = spans_of(row.label)
        answer = spans_of([0 if label == IGNORED else best.get(token, 0) for token, label in zip(row.ids, row.label)])
        hits, guessed, wanted = hits + len(truth & answer), guessed + len(answer), wanted + len(truth)
    return 2 * hits / max(1, guessed + wanted), "most frequent label of each token"


def _answer_baseline(data: Data, train: Data) -> float:
    """Exact match of the most frequent training answer for the first two words of the question that occurs."""
    seen: dict[tuple[int, ...], Counter[tuple[int, ...]]] = {}
    for row in train.answers:
        begin, end = row.label
        seen.setdefault(tuple(row.ids[1:3]), Counter())[tuple(row.ids[begin:end + 1])] += 1
    right = 0
    for row in data.answers:
        passage = row.kinds.index(1)
        for answer, _ in seen.get(tuple(row.ids[1:3]), Counter()).most_common():
            found = [i for i in range(passage, len(row.ids)) if tuple(row.ids[i:i + len(answer)]) == answer]
            if found:
                right += (found[0], found[0] + len(answer) - 1) == row.label
                break
    return right / len(data.answers)


def write(model: Minis, todo: trainer.Plan) -> None:
    """The backbone with the two heads of pre-training, and beside it the further heads alone."""
    state = model.base.state_dict()
    export.save_tensors(todo.out / "model.safetensors",
                        {name: value for name, value in state.items()
                         if not name.startswith("cls.predictions.decoder.") and not name.endswith("position_ids")},
                        todo.seed)
    export.save_config(todo.out / "config.json", model.base.config, "BertForPreTraining")
    labels = {"text-classification": reviews.LABELS, "token-classification": tasks.BIO_LABELS}
    for task, architecture in HEADS.items():
        name = "qa_outputs" if task == "question-answering" else "classifier"
        head = todo.out / "heads" / task
        export.save_tensors(head / "model.safetensors", {f"{name}.{key}": value for key, value
                                                         in model.heads[task].state_dict().items()}, todo.seed)
        values = model.base.config.to_dict()
        if task in labels:
            values |= {"id2label": dict(enumerate(labels[task])),
                       "label2id": {label: i for i, label in enumerate(labels[task])}}
        elif task == "multiple-choice":
            values |= {"id2label": {0: "LABEL_0"}, "label2id": {"LABEL_0": 0}}
        export.save_config(head / "config.json", BertConfig(**values), architecture)
    export.write_json(todo.out / "examples.json", json.loads(EXAMPLES.read_text(encoding="utf-8")))


def test_lines(found: Examples) -> list[dict[str, Any]]:
    """Held-out examples for an evaluation outside of Python."""
    rows: list[dict[str, Any]] = []
    for item in found.passages[:100]:
        rows.append({"task": "fill-mask", "text": item.text, "text_pair": item.pair})
    for item in found.next[:80]:
        rows.append({"task": "next-sentence", "text": item.text, "text_pair": item.pair, "label": item.label})
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
    return rows


def main() -> None:
    todo = trainer.plan(__doc__ or NAME, NAME, steps=5400, rate=1.2e-3)
    print("writing examples", flush=True)
    train_stories = tell(todo.seed, "train", STORIES)
    train_examples = examples(todo.seed, "train", train_stories, set(), STORIES)
    texts = [story.text for story in train_stories]
    known_stories = set(texts)
    known = {text for story in train_stories for text in story.text.replace("? ", ". ").split(". ")}
    known = {text if text[-1] in ".?!" else text + "." for text in known}
    known |= {item.text for item in train_examples.reviews} | {item.text for item in train_examples.tagged}
    known |= {item.text for item in train_examples.passages if item.pair is None}
    test_stories = [story for story in tell(todo.seed, "test", TEST_STORIES) if story.text not in known_stories]
    test_examples = examples(todo.seed, "test", test_stories, known, TEST_EXAMPLES)
    tokenizer = make_tokenizer(todo.out, texts + [item.text for item in train_examples.reviews]
                               + [item.text for item in train_examples.tagged]
                               + [item.question for item in train_examples.asked])
    encoder = Encoder(tokenizer)
    train, test = encode(encoder, train_examples), encode(encoder, test_examples)
    longest = max(len(row.ids) for rows in (train.masked, train.next, train.answers, *train.endings) for row in rows)
    if longest > POSITIONS:
        raise ValueError(f"an example has {longest} tokens")
    model = Minis(make_config(len(tokenizer)))
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(tokenizer)} tokens, longest example "
          f"{longest} tokens", flush=True)
    trainer.train(model, todo, lambda rng, step: step_losses(model, encoder, train, len(tokenizer), rng, step))
    export.round_to_half(model)
    metrics = measure(model, encoder, test, train, todo.seed, len(tokenizer))
    for row in metrics:
        print(row, flush=True)
    write(model, todo)
    export.write_json(todo.out / "metrics.json", {"mini": NAME, "seed": todo.seed, "metrics": metrics})
    export.write_lines(todo.out / "test.jsonl", test_lines(test_examples))


if __name__ == "__main__":
    main()
