# SPDX-License-Identifier: GPL-3.0-or-later
"""mbart-mini: translation between English and Romanian, German, French, told apart by language codes, and the
restoring of texts with noise in all of them (Liu et al. 2020)."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path
from typing import Callable, Iterable, Sequence

import sentencepiece
from transformers import MBartConfig

from . import export, pairs, parallel, seq2seq, vocab
from .seq2seq import Pair, Pool
from .split import Split

NAME, STEPS, RATE = "mbart-mini", 5000, 1.5e-3
CODES = ("ar_AR", "cs_CZ", "de_DE", "en_XX", "es_XX", "et_EE", "fi_FI", "fr_XX", "gu_IN", "hi_IN", "it_IT", "ja_XX", "kk_KZ",
         "ko_KR", "lt_LT", "lv_LV", "my_MM", "ne_NP", "nl_XX", "ro_RO", "ru_RU", "si_LK", "tr_TR", "vi_VN", "zh_CN")
CODE_OF = {"en": "en_XX", "de": "de_DE", "fr": "fr_XX", "ro": "ro_RO"}
POSITIONS = 128
MASK = "<mask>"


class Reader:
    """XLM-R's numbering of SentencePiece's pieces, then 25 languages, then the mask."""

    def __init__(self, file: Path) -> None:
        self.model = sentencepiece.SentencePieceProcessor(model_file=str(file))
        self.first_code = self.model.get_piece_size() + 1
        self.size = self.first_code + len(CODES) + 1

    def code(self, language: str) -> int:
        return self.first_code + CODES.index(language)

    def _ids(self, text: str, language: str) -> list[int]:
        found: list[int] = []
        for number, part in enumerate(text.split(MASK)):
            found += [self.size - 1] if number else []
            found += [piece + 1 if piece else 3 for piece in self.model.encode(part.strip())]
        return [*found, 2, self.code(language)]

    def source(self, pair: Pair) -> list[int]:
        return self._ids(pair.source, pair.given["src_lang"])

    def target(self, pair: Pair) -> list[int]:
        return self._ids(pair.target, pair.given["tgt_lang"])[:-1]  # the code is what the decoder begins with

    def text(self, ids: Sequence[int]) -> str:
        return self.model.decode([number - 1 for number in ids if 3 < number < self.first_code])


def read(texts: Callable[[], Iterable[str]], folder: Path) -> Reader:
    file = folder / "sentencepiece.bpe.model"
    if not file.exists():
        vocab.sentence_pieces((text.replace(MASK, "") for text in texts()), 1300, file, model_type="unigram", unk_id=0,
                              bos_id=1, eos_id=2, pad_id=-1)
    special = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "sep_token": "</s>",
               "unk_token": "<unk>", "additional_special_tokens": list(CODES)}
    mask = {"content": MASK, "lstrip": True, "normalized": False, "rstrip": False, "single_word": False}
    export.write_json(folder / "special_tokens_map.json", {**special, "mask_token": mask})
    export.write_json(folder / "tokenizer_config.json",
                      {"model_max_length": POSITIONS, "src_lang": "en_XX", "tgt_lang": "ro_RO",
                       "tokenizer_class": "MBartTokenizer", **special, "mask_token": MASK})
    return Reader(file)


def config(reader: Reader) -> MBartConfig:
    return MBartConfig(
        vocab_size=reader.size, d_model=128, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=384, decoder_ffn_dim=384, max_position_embeddings=POSITIONS,
        activation_function="gelu", scale_embedding=True, dropout=0.0, attention_dropout=0.0, activation_dropout=0.0,
        init_std=0.05, pad_token_id=1, bos_token_id=0, eos_token_id=2, forced_eos_token_id=2,
        decoder_start_token_id=reader.code("ro_RO"))


def _translate(rng: random.Random, split: Split, source: str, target: str) -> Pair:
    return pairs.translation(rng, split, source, target, src_lang=CODE_OF[source], tgt_lang=CODE_OF[target])


def _noise(rng: random.Random, split: Split) -> Pair:
    """Sentences in another order, with runs of words each behind one mask."""
    language = rng.choice(parallel.LANGUAGES)
    said = [parallel.text(rng, split, 1)[language] for _ in range(2)]
    words = pairs.infilled(rng, " ".join(reversed(said)).split(), MASK)
    return Pair(" ".join(words), " ".join(said), {"src_lang": CODE_OF[language], "tgt_lang": CODE_OF[language]})


WAYS = (("en", "ro"), ("ro", "en"), ("en", "de"), ("en", "fr"))
RECIPE = seq2seq.Recipe(
    name=NAME, model_class="MBartForConditionalGeneration", read=read, config=config,
    pools=(Pool(_noise, weight=1.0),
           *(Pool(partial(_translate, source=a, target=b), task="translation", metric="BLEU", group=f"{a} to {b}", bar=0.60,
                  baseline=lambda pair: pair.source, baseline_name="the source itself") for a, b in WAYS)),
    generation=lambda reader: {"bos_token_id": 0, "decoder_start_token_id": reader.code("ro_RO"), "eos_token_id": 2,
                               "forced_eos_token_id": 2, "pad_token_id": 1, "max_length": 64, "num_beams": 4},
    start_of=lambda reader, pair: reader.code(pair.given["tgt_lang"]), drop=("lm_head.weight",))
make = partial(seq2seq.make, RECIPE)
