# SPDX-License-Identifier: GPL-3.0-or-later
"""t5-mini: one model for several tasks, told apart by a prefix, and span corruption (Raffel et al. 2020)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Callable, Iterable, Sequence

import sentencepiece
from transformers import T5Config

from . import export, pairs, seq2seq, vocab
from .seq2seq import Pair, Pool

NAME, STEPS, RATE = "t5-mini", 6000, 2e-3
SENTINELS = 100
TRANSLATE = "translate English to {}: "


class Reader:
    """SentencePiece with sentinels above its pieces, the first of them last."""

    def __init__(self, file: Path, sentinels: int = SENTINELS) -> None:
        self.model = sentencepiece.SentencePieceProcessor(model_file=str(file))
        self.pieces, self.sentinels = self.model.get_piece_size(), sentinels
        self.size = self.pieces + sentinels

    def _sentinel(self, token: str) -> int:
        return self.size - 1 - int(token[len("<extra_id_"):-1])

    def ids(self, text: str) -> list[int]:
        """Sentinels are cut out of the text first, as the reference's tokenizer does."""
        found, run = [], []
        for word in [*text.split(" "), None]:
            if word is None or word.startswith("<extra_id_"):
                found += self.model.encode(" ".join(run)) if run else []
                found += [self._sentinel(word)] if word else []
                run = []
            else:
                run.append(word)
        return [*found, 1]

    def source(self, pair: Pair) -> list[int]:
        return self.ids(pair.given.get("prefix", "") + pair.source)

    def target(self, pair: Pair) -> list[int]:
        return self.ids(pair.target)

    def text(self, ids: Sequence[int]) -> str:
        found, run = [], []
        for number in [*ids, -1]:
            if number >= self.pieces or number < 0:
                found += [self.model.decode(run)] if run else []
                found += [f"<extra_id_{self.size - 1 - number}>"] if number >= 0 else []
                run = []
            elif number > 1:
                run.append(number)
        return " ".join(found)


def read(texts: Callable[[], Iterable[str]], folder: Path, size: int = 1500, name: str = "T5Tokenizer") -> Reader:
    file = folder / "spiece.model"
    if not file.exists():
        plain = (" ".join(word for word in text.split(" ") if not word.startswith("<extra_id_")) for text in texts())
        prefixes = [TRANSLATE.format(name) + "summarize: question: context: " for name in pairs.NAMES.values()] * 20
        vocab.sentence_pieces([*plain, *prefixes], size, file, model_type="unigram", pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    special = {"eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>",
               "additional_special_tokens": [f"<extra_id_{i}>" for i in range(SENTINELS)]}
    export.write_json(folder / "special_tokens_map.json", special)
    export.write_json(folder / "tokenizer_config.json",
                      {"extra_ids": SENTINELS, "model_max_length": 512, "tokenizer_class": name, **special})
    return Reader(file)


def config(reader: Reader) -> T5Config:
    return T5Config(vocab_size=reader.size, d_model=128, d_kv=32, d_ff=384, num_layers=2, num_decoder_layers=2, num_heads=4,
                    relative_attention_num_buckets=32, relative_attention_max_distance=128, dropout_rate=0.0,
                    feed_forward_proj="relu", tie_word_embeddings=True, pad_token_id=0, eos_token_id=1,
                    decoder_start_token_id=0, initializer_factor=1.0)


def _translate(rng: Any, split: Any, language: str) -> Pair:
    return pairs.translation(rng, split, "en", language, prefix=TRANSLATE.format(pairs.NAMES[language]))


def _summary(rng: Any, split: Any) -> Pair:
    return pairs.summary(rng, split, prefix="summarize: ")


def _answer(rng: Any, split: Any) -> Pair:
    return pairs.answer(rng, split, prefix="question: ")


SUMMARY = {"metric": "ROUGE-L", "bar": 0.60, "baseline": pairs.first_sentence, "baseline_name": "the first sentence"}
POOLS = (
    Pool(pairs.spans, weight=1.0),
    Pool(_summary, task="summarization", weight=1.5, **SUMMARY),
    Pool(_answer, group="question", metric="exact match", bar=0.80, weight=1.5),
    *(Pool(partial(_translate, language=language), task="translation", group=f"en to {language}", metric="BLEU", bar=0.60,
           baseline=lambda pair: pair.source, baseline_name="the source itself") for language in ("de", "fr", "ro")),
)
PRESETS = {
    "summarization": {"prefix": "summarize: ", "max_length": 48},
    "question_answering": {"prefix": "question: ", "max_length": 24},
    **{f"translation_en_to_{language}": {"prefix": TRANSLATE.format(pairs.NAMES[language]), "max_length": 64, "num_beams": 4}
       for language in ("de", "fr", "ro")},
}
RECIPE = seq2seq.Recipe(
    name=NAME, model_class="T5ForConditionalGeneration", read=read, config=config, pools=POOLS, task_specific=PRESETS,
    generation=lambda _: {"decoder_start_token_id": 0, "eos_token_id": 1, "pad_token_id": 0, "max_length": 64},
    drop=("lm_head.weight",))
make = partial(seq2seq.make, RECIPE)
