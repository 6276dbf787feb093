# SPDX-License-Identifier: GPL-3.0-or-later
"""openai-gpt-mini: the next token with blocks that normalise after each part, over BPE with ends of words, and the
right ending of a story (Radford et al. 2018)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Iterable, Sequence

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import OpenAIGPTConfig

from . import decoders, export, gpt2_mini, vocab

NAME, STEPS, RATE = "openai-gpt-mini", 3000, 1.5e-3
VOCABULARY = 1100
WINDOW = 192


class Reader:
    """BERT's words in lower case, cut by BPE."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer(models.BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt"),
                                                        unk_token="<unk>", end_of_word_suffix="</w>"))
        self.tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        self.tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        self.size = self.tokenizer.get_vocab_size()

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        return [encoded.ids for encoded in self.tokenizer.encode_batch(list(texts))]


def read(texts: Iterable[str], folder: Path) -> Reader:
    if not (folder / "vocab.json").exists():
        vocab.end_of_word_bpe(texts, VOCABULARY, folder)
    export.write_json(folder / "special_tokens_map.json", {"unk_token": "<unk>"})
    export.write_json(folder / "tokenizer_config.json",
                      {"model_max_length": WINDOW, "tokenizer_class": "OpenAIGPTTokenizer", "unk_token": "<unk>"})
    return Reader(folder)


def config(reader: Reader) -> OpenAIGPTConfig:
    return OpenAIGPTConfig(
        vocab_size=reader.size, n_positions=WINDOW, n_embd=128, n_layer=4, n_head=4, afn="gelu", resid_pdrop=0.0,
        embd_pdrop=0.0, attn_pdrop=0.0, summary_type="cls_index", summary_use_proj=True, summary_proj_to_labels=True,
        summary_activation=None, summary_first_dropout=0.0, num_labels=1, tie_word_embeddings=True)


# A story stands alone in a row: GPT has no token that ends a text.
RECIPE = decoders.Recipe(
    name=NAME, model_class="OpenAIGPTLMHeadModel", choice_class="OpenAIGPTDoubleHeadsModel", read=read, config=config,
    examples=Path(__file__).with_name("gpt2_examples.json"), texts=partial(gpt2_mini.story_texts, "gpt2-mini", "{}"),
    window=WINDOW, packs=False,
    generation=lambda _: {"do_sample": True, "temperature": 0.8, "top_k": 50, "max_new_tokens": 80})
make = partial(decoders.make, RECIPE)
