# SPDX-License-Identifier: GPL-3.0-or-later
"""Learning the tokenizers on the training text of the world."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Iterable

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
END_OF_TEXT = "<|endoftext|>"


def wordpiece(texts: Iterable[str], size: int) -> list[str]:
    """An uncased WordPiece vocabulary in which every word of plain Latin letters can be spelled."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    letters = string.ascii_lowercase + string.digits
    alphabet = list(letters + ".,!?'\":;-()")
    pieces = ["##" + letter for letter in letters]
    trainer = trainers.WordPieceTrainer(vocab_size=size - len(pieces), special_tokens=list(SPECIAL),
                                        initial_alphabet=alphabet, show_progress=False, min_frequency=2)
    tokenizer.train_from_iterator(texts, trainer)
    learned = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get)
    head = [*SPECIAL, *alphabet, *pieces]
    return (head + [token for token in learned if token not in set(head)])[:size]


def byte_level_bpe(texts: Iterable[str], size: int, folder: Path) -> None:
    """Writes vocab.json and merges.txt of a byte-level BPE whose last token ends a text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=size - 1, show_progress=False,
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([END_OF_TEXT])
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.model.save(str(folder))
    # The model alone does not know the special token; the reference layout lists it in vocab.json.
    import json
    vocab = tokenizer.get_vocab()
    ordered = dict(sorted(vocab.items(), key=lambda item: item[1]))
    (folder / "vocab.json").write_text(json.dumps(ordered, ensure_ascii=False) + "\n", encoding="utf-8")
