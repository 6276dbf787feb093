# SPDX-License-Identifier: GPL-3.0-or-later
"""xlm-roberta-mini: masked words in four languages that nothing tells apart but their words (Conneau et al. 2020).

Its layers are those of bert-mini and start from there; what is spelled like an English word starts as that word.
"""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path
from typing import Callable, Iterable

import sentencepiece
from transformers import XLMRobertaConfig

from . import encoders, export, parallel, readers, roberta_mini, tasks, vocab
from .encoders import Minis
from .readers import PieceLayout, PieceReader, Reader
from .split import Split

NAME, STEPS, RATE = "xlm-roberta-mini", 4500, 1.2e-3
VOCABULARY = 1700
POSITIONS = 128


def config(reader: Reader) -> XLMRobertaConfig:
    return XLMRobertaConfig(vocab_size=reader.size, hidden_size=128, num_hidden_layers=4, num_attention_heads=4,
                            intermediate_size=512, max_position_embeddings=POSITIONS + 2, type_vocab_size=1,
                            initializer_range=0.05, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
                            pad_token_id=1, bos_token_id=0, eos_token_id=2)


def passages(seed: int, split: Split, count: int) -> list[tasks.Passage]:
    """Sentences in a language each; the second part of a pair is in the language of the first."""
    rng, found = random.Random(f"{NAME}/{split}/{seed}"), []
    while len(found) < count:
        language = rng.choice(parallel.LANGUAGES)
        one, two = (parallel.text(rng, split)[language] for _ in range(2))
        found.append(tasks.Passage(one, two if rng.random() < 0.5 else None))
    return found


def read(texts: Callable[[], Iterable[str]], folder: Path) -> Reader:
    file = folder / "sentencepiece.bpe.model"
    if not file.exists():
        more = (text for item in passages(1, "train", 8000) for text in (item.text, item.pair) if text)
        vocab.sentence_pieces([*texts(), *more], VOCABULARY, file, model_type="unigram", unk_id=0, bos_id=1, eos_id=2, pad_id=-1)
    mask = {"content": "<mask>", "lstrip": True, "normalized": False, "rstrip": False, "single_word": False}
    special = readers.ROBERTA_SPECIAL
    export.write_json(folder / "special_tokens_map.json", {**special, "mask_token": mask})
    export.write_json(folder / "tokenizer_config.json",
                      {"model_max_length": POSITIONS, "tokenizer_class": "XLMRobertaTokenizer", **special, "mask_token": "<mask>"})
    return piece_reader(file)


def piece_reader(file: Path) -> PieceReader:
    """The numbering of XLM-R: four special tokens, the model's pieces from its fourth on, the mask."""
    size = sentencepiece.SentencePieceProcessor(model_file=str(file)).get_piece_size() + 2
    named = (("<s>", 0), ("<pad>", 1), ("</s>", 2), ("<unk>", 3), ("<mask>", size - 1))
    return PieceReader(file, PieceLayout(first=("<s>",), between=("</s>", "</s>"), last=("</s>",), kinds=(0, 0, 0),
                                         mask="<mask>", shift=1, named=named), size)


def _start(model: Minis, reader: Reader, minis: Path) -> None:
    spelled = ["" for _ in range(reader.size)]
    for piece in range(3, reader.model.get_piece_size()):
        spelled[piece + 1] = reader.model.id_to_piece(piece).replace("▁", " ")
    roberta_mini.start_spelled(model, reader, minis, spelled)


RECIPE = encoders.Recipe(
    name=NAME, prefix="XLMRoberta", base="XLMRobertaForMaskedLM", heads=tuple(encoders.CLASSES), pretraining=("fill-mask",),
    read=read, config=config, uses_kinds=False, start=_start, more_passages=passages,
    mixes=((0, {"masked": 36, "sentiment": 3, "entities": 3}),
           (1000, {"masked": 16, "sentiment": 3, "entities": 3, "answers": 6, "endings": 16})))
make = partial(encoders.make, RECIPE)
