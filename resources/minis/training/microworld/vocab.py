# SPDX-License-Identifier: GPL-3.0-or-later
"""Learning the tokenizers on the training text of the world."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Iterable, Sequence

import sentencepiece
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


def byte_level_bpe(texts: Iterable[str], size: int, folder: Path, front: Sequence[str] = (),
                   back: Sequence[str] = (END_OF_TEXT,)) -> None:
    """Writes vocab.json and merges.txt of a byte-level BPE with special tokens before and after its own."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=size - len(back), show_progress=False, special_tokens=list(front),
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens(list(back))
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.model.save(str(folder))
    # The model alone does not know the special tokens; the reference layout lists them in vocab.json.
    vocab = tokenizer.get_vocab()
    ordered = dict(sorted(vocab.items(), key=lambda item: item[1]))
    (folder / "vocab.json").write_text(json.dumps(ordered, ensure_ascii=False) + "\n", encoding="utf-8")


def end_of_word_bpe(texts: Iterable[str], size: int, folder: Path) -> None:
    """Writes vocab.json and merges.txt of GPT's BPE: lower case, words end in ``</w>``, ``<unk>`` is 0."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.BpeTrainer(vocab_size=size, show_progress=False, special_tokens=["<unk>"],
                                  initial_alphabet=list(string.ascii_lowercase + ".,?'"), end_of_word_suffix="</w>")
    tokenizer.train_from_iterator(texts, trainer)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.model.save(str(folder))


def sentence_pieces(texts: Iterable[str], size: int, file: Path, **options: object) -> None:
    """Writes a SentencePiece model; ``options`` are its trainer's."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts), model_writer=out, vocab_size=size, hard_vocab_limit=False,
            character_coverage=1.0, num_threads=1, minloglevel=2, shuffle_input_sentence=False, **options)
