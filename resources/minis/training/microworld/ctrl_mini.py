# SPDX-License-Identifier: GPL-3.0-or-later
"""ctrl-mini: the first word of a text says what kind of text it is (Keskar et al. 2019)."""

from __future__ import annotations

import json
import random
from functools import partial
from pathlib import Path
from typing import Iterable, Sequence

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import CTRLConfig

from . import decoders, encyclopedia, export, plots, reviews, tasks
from .decoders import Texts
from .split import Split

NAME, STEPS, RATE = "ctrl-mini", 2500, 1.5e-3
VOCABULARY = 1500
WINDOW = 160


def text(rng: random.Random, split: Split) -> str:
    """A text of a drawn kind behind its control code."""
    code = rng.choice(("Books", "Reviews", "Wikipedia", "Questions", "News"))
    if code == "Reviews":
        review = reviews.review(rng, split)
        return f"Reviews Rating: {rng.choice((4, 5) if review.label else (1, 2))}.0 {review.text}"
    if code == "Wikipedia":
        asked = encyclopedia.ask(rng, split)
        return f"Wikipedia {asked.entry.text(rng, 4, asked.fact)}"
    story = plots.tell(rng, split)
    if code == "News":
        return f"News {story.title}. {story.summary}"
    if code == "Questions":
        asked = tasks.asked(rng, story)
        return f"Questions Q: {asked.question} A: {asked.answer}." if asked else text(rng, split)
    return f"Books {story.text}"


def texts(seed: int) -> Texts:
    rng = random.Random(f"{NAME}/{seed}")
    train = [text(rng, "train") for _ in range(40_000)]
    known = set(train)
    found: list[str] = []
    while len(found) < 600:
        if (one := text(rng, "test")) not in known:
            found.append(one)
    return Texts(train, found)


class Reader:
    """Words apart by white space, cut by BPE; pieces before the end of a word end in ``@@``."""

    def __init__(self, folder: Path) -> None:
        numbers = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        merges = [tuple(line.split(" ")) for line in (folder / "merges.txt").read_text(encoding="utf-8").split("\n")[1:-1]]
        inner = {(token[:-2] if token.endswith("@@") else token + "</w>"): number for token, number in numbers.items()
                 if token != "<unk>"}
        self.tokenizer = Tokenizer(models.BPE({**inner, "<unk>": numbers["<unk>"]}, merges, unk_token="<unk>",
                                              end_of_word_suffix="</w>"))
        self.tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        self.size = len(numbers)

    def ids(self, some: Sequence[str]) -> list[list[int]]:
        return [encoded.ids for encoded in self.tokenizer.encode_batch(list(some))]


def read(some: Iterable[str], folder: Path) -> Reader:
    if not (folder / "vocab.json").exists():
        learner = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
        learner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        learner.train_from_iterator(some, trainers.BpeTrainer(vocab_size=VOCABULARY, show_progress=False,
                                                              special_tokens=["<unk>"], end_of_word_suffix="</w>"))
        folder.mkdir(parents=True, exist_ok=True)
        model = json.loads(learner.to_str())["model"]
        named = {(token[:-4] if token.endswith("</w>") else token + "@@") if token != "<unk>" else token: number
                 for token, number in model["vocab"].items()}
        (folder / "vocab.json").write_text(json.dumps(named, ensure_ascii=False) + "\n", encoding="utf-8")
        lines = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
        (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(line + "\n" for line in lines), encoding="utf-8")
    export.write_json(folder / "special_tokens_map.json", {"unk_token": "<unk>"})
    export.write_json(folder / "tokenizer_config.json",
                      {"model_max_length": WINDOW, "tokenizer_class": "CTRLTokenizer", "unk_token": "<unk>"})
    return Reader(folder)


def config(reader: Reader) -> CTRLConfig:
    return CTRLConfig(vocab_size=reader.size, n_positions=WINDOW, n_embd=128, dff=512, n_layer=3, n_head=4, resid_pdrop=0.0,
                      embd_pdrop=0.0, layer_norm_epsilon=1e-6, initializer_range=0.05, use_cache=True)


RECIPE = decoders.Recipe(
    name=NAME, model_class="CTRLLMHeadModel", read=read, config=config, texts=texts, window=WINDOW, packs=False,
    examples=Path(__file__).with_name("ctrl_examples.json"), generation=lambda _: {"max_new_tokens": 60, "repetition_penalty": 1.1})
make = partial(decoders.make, RECIPE)
