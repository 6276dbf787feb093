# SPDX-License-Identifier: GPL-3.0-or-later
"""gpt2-mini: the next token over byte-level BPE, and the right ending of a story."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path
from typing import Iterable, Sequence

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config

from . import decoders, export, plots, vocab
from .decoders import Texts
from .scene import Story
from .split import Split

NAME, STEPS, RATE = "gpt2-mini", 4000, 2e-3
VOCABULARY = 1700  # an upper limit: the world has fewer words than that
STORIES = 40_000
TEST_STORIES = 600
WINDOW = 256
END = vocab.END_OF_TEXT


def stories(name: str, seed: int, split: Split, count: int) -> list[Story]:
    rng = random.Random(f"{name}/{split}/{seed}")
    return [plots.tell(rng, split) for _ in range(count)]


def story_texts(name: str, wrap: str, seed: int) -> Texts:
    """Stories of both splits, each put into ``wrap``. What is told word by word in training is no test."""
    train = stories(name, seed, "train", STORIES)
    known = {story.text for story in train}
    test = [story for story in stories(name, seed, "test", TEST_STORIES) if story.text not in known]
    return Texts([wrap.format(story.text) for story in train], [wrap.format(story.text) for story in test], train, test)


class Reader:
    """Byte-level BPE with one special token."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer(models.BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
        self.tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        self.tokenizer.add_special_tokens([END])
        self.size = self.tokenizer.get_vocab_size()
        self.end = self.tokenizer.token_to_id(END)

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        return [encoded.ids for encoded in self.tokenizer.encode_batch(list(texts))]


def read(texts: Iterable[str], folder: Path) -> Reader:
    if not (folder / "vocab.json").exists():
        vocab.byte_level_bpe((text.replace(END, "") for text in texts), VOCABULARY, folder)
    special = {"bos_token": END, "eos_token": END, "unk_token": END}
    export.write_json(folder / "special_tokens_map.json", special)
    export.write_json(folder / "tokenizer_config.json",
                      {"add_prefix_space": False, "errors": "replace", "model_max_length": WINDOW,
                       "tokenizer_class": "GPT2Tokenizer", **special})
    return Reader(folder)


def config(reader: Reader) -> GPT2Config:
    return GPT2Config(
        vocab_size=reader.size, n_positions=WINDOW, n_embd=128, n_layer=3, n_head=4, n_inner=512, resid_pdrop=0.0,
        embd_pdrop=0.0, attn_pdrop=0.0, summary_type="cls_index", summary_use_proj=True, summary_proj_to_labels=True,
        summary_activation=None, summary_first_dropout=0.0, num_labels=1, bos_token_id=reader.end,
        eos_token_id=reader.end, pad_token_id=None, tie_word_embeddings=True)


def tune(model: torch.nn.Module) -> None:
    for block in model.transformer.h:  # gelu_new in one operation
        block.mlp.act = torch.nn.GELU(approximate="tanh")


RECIPE = decoders.Recipe(
    name=NAME, model_class="GPT2LMHeadModel", choice_class="GPT2DoubleHeadsModel", read=read, config=config,
    examples=Path(__file__).with_name("gpt2_examples.json"), texts=partial(story_texts, NAME, f"{END}{{}}{END}"),
    window=WINDOW, bar_share=1 / 3, tune=tune,
    generation=lambda reader: {
        "bos_token_id": reader.end, "eos_token_id": reader.end, "pad_token_id": reader.end,
        "do_sample": True, "temperature": 0.8, "top_k": 50, "max_new_tokens": 80})
make = partial(decoders.make, RECIPE)
