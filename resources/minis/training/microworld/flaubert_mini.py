# SPDX-License-Identifier: GPL-3.0-or-later
"""flaubert-mini: masked words of French, and the sentiment of French opinions (Le et al. 2020).

Its layers are those of bert-mini under other names and start from there; its words are its own.
"""

from __future__ import annotations

import json
import random
import re
from functools import partial
from pathlib import Path
from typing import Callable, Iterable, Sequence

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import FlaubertConfig

from . import bert_mini, encoders, export, french, starts
from .encoders import Minis
from .examples import Examples
from .readers import Encoded, Pair, Reader
from .split import Split

NAME, STEPS, RATE = "flaubert-mini", 2500, 1e-3
VOCABULARY = 700
POSITIONS = 128
SPECIAL = ["<s>", "</s>", "<pad>", "<unk>", *(f"<special{i}>" for i in range(10))]
MASK = "<special1>"
# Moses' words, for texts with no other marks than these: an apostrophe stays with the letters before it.
_WORD = re.compile(r"\w+'|\w+|[^\w\s]")


class WordReader:
    """BPE over Moses' words; ``<s> A </s>`` around a text."""

    def __init__(self, folder: Path) -> None:
        self.bpe = models.BPE.from_file(str(folder / "vocab.json"), str(folder / "bpe.txt"), unk_token="<unk>",
                                        end_of_word_suffix="</w>")
        self.size = len(json.loads((folder / "vocab.json").read_text(encoding="utf-8")))
        self.pad_id, self.mask_id = SPECIAL.index("<pad>"), SPECIAL.index(MASK)
        self.special = frozenset(range(len(SPECIAL)))
        self.mask = MASK

    def pairs(self, pairs: Sequence[Pair]) -> Sequence[Encoded]:
        return [self._one(text) for text, _ in pairs]

    def _one(self, text: str) -> Encoded:
        out = Encoded([0], [0], [None], [(0, 0)], [None])
        for number, found in enumerate(_WORD.finditer(text)):
            for token in self.bpe.tokenize(found.group()):
                begin, end = found.start() + token.offsets[0], found.start() + token.offsets[1]
                for column, value in zip((out.ids, out.type_ids, out.word_ids, out.offsets, out.sequence_ids),
                                         (token.id, 0, number, (begin, end), 0)):
                    column.append(value)
        for column, value in zip((out.ids, out.type_ids, out.word_ids, out.offsets, out.sequence_ids), (1, 0, None, (0, 0), None)):
            column.append(value)
        return out


def read(texts: Callable[[], Iterable[str]], folder: Path) -> Reader:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "vocab.json").exists():
        learner = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
        learner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        learner.train_from_iterator((" ".join(_WORD.findall(text)) for text in texts()),
                                    trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=SPECIAL, show_progress=False,
                                                        end_of_word_suffix="</w>"))
        model = json.loads(learner.to_str())["model"]
        merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
        (folder / "vocab.json").write_text(json.dumps(model["vocab"], ensure_ascii=False) + "\n", encoding="utf-8")
        # No header, and a third column that nobody reads.
        (folder / "merges.txt").write_text("".join(f"{merge} 1\n" for merge in merges), encoding="utf-8")
    lines = [line.rsplit(" ", 1)[0] for line in (folder / "merges.txt").read_text(encoding="utf-8").split("\n")[:-1]]
    (folder / "bpe.txt").write_text("#version: 0.2\n" + "".join(line + "\n" for line in lines), encoding="utf-8")
    names = {"bos_token": "<s>", "cls_token": "</s>", "mask_token": MASK, "pad_token": "<pad>", "sep_token": "</s>",
             "unk_token": "<unk>", "additional_special_tokens": [f"<special{i}>" for i in range(10)]}
    export.write_json(folder / "special_tokens_map.json", names)
    export.write_json(folder / "tokenizer_config.json",
                      {"do_lowercase": False, "model_max_length": POSITIONS, "tokenizer_class": "FlaubertTokenizer", **names})
    reader = WordReader(folder)
    (folder / "bpe.txt").unlink()
    return reader


def config(reader: Reader) -> FlaubertConfig:
    return FlaubertConfig(
        vocab_size=reader.size, emb_dim=128, n_layers=4, n_heads=4, max_position_embeddings=POSITIONS, dropout=0.0,
        attention_dropout=0.0, gelu_activation=True, sinusoidal_embeddings=False, causal=False, asm=False, n_langs=1,
        use_lang_emb=True, pre_norm=False, layerdrop=0.0, embed_init_std=0.05, init_std=0.05, bos_index=0, eos_index=1,
        pad_index=2, unk_index=3, mask_index=5, mask_token_id=5, lang_id=0, bos_token_id=0, pad_token_id=2, is_encoder=True,
        summary_type="first", summary_use_proj=True, summary_activation=None, summary_proj_to_labels=True,
        summary_first_dropout=0.0)


_NAMES = ((r"transformer\.attentions\.(\d)\.q_lin", r"attention.self.query"), (r"transformer\.attentions\.(\d)\.k_lin", "attention.self.key"),
          (r"transformer\.attentions\.(\d)\.v_lin", "attention.self.value"),
          (r"transformer\.attentions\.(\d)\.out_lin", "attention.output.dense"),
          (r"transformer\.layer_norm1\.(\d)", "attention.output.LayerNorm"), (r"transformer\.ffns\.(\d)\.lin1", "intermediate.dense"),
          (r"transformer\.ffns\.(\d)\.lin2", "output.dense"), (r"transformer\.layer_norm2\.(\d)", "output.LayerNorm"))


def bert_name(name: str) -> str:
    """What bert-mini calls a tensor of this family."""
    for ours, theirs in _NAMES:
        name = re.sub(ours, lambda found, theirs=theirs: f"bert.encoder.layer.{found.group(1)}.{theirs}", name)
    return (name.replace("transformer.position_embeddings", "bert.embeddings.position_embeddings")
            .replace("transformer.layer_norm_emb", "bert.embeddings.LayerNorm"))


def _start(model: Minis, reader: Reader, minis: Path) -> None:
    starts.copy(model.base, starts.tensors(minis / bert_mini.NAME), bert_name)


def data(seed: int, split: Split, count: int) -> Examples:
    rng = random.Random(f"{NAME}/{split}/{seed}")
    return Examples([], [french.passage(rng, split) for _ in range(count)], [], [french.review(rng, split) for _ in range(count)],
                    [], [], [])


# Types of tokens are given: the family's tokenizer returns them, and each adds the vector of the word of that number.
RECIPE = encoders.Recipe(
    name=NAME, prefix="Flaubert", base="FlaubertWithLMHeadModel", heads=("text-classification",), pretraining=("fill-mask",),
    read=read, config=config, start=_start, data=data,
    examples=Path(__file__).with_name("flaubert_examples.json"), mixes=((0, {"masked": 40, "sentiment": 8}),))
make = partial(encoders.make, RECIPE)
