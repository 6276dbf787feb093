# SPDX-License-Identifier: GPL-3.0-or-later
"""How the encoders read text: their tokenizers, learned on the world and written in the reference layout.

Every reader gives rows of the same kind, so that the tasks need not know which tokenizer made them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterable, Protocol, Sequence

import sentencepiece
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from . import export, vocab

Pair = tuple[str, str | None]


@dataclass(frozen=True)
class Encoded:
    """One text or pair in tokens. Special tokens have no word and no part."""

    ids: list[int]
    type_ids: list[int]
    word_ids: list[int | None]
    offsets: list[tuple[int, int]]
    sequence_ids: list[int | None]


class Reader(Protocol):
    """A tokenizer in use."""

    size: int
    mask_id: int
    mask: str  # as it is written in a text
    pad_id: int
    special: frozenset[int]

    def pairs(self, pairs: Sequence[Pair]) -> Sequence[Any]:
        """One :class:`Encoded`, or something with the same attributes, a pair."""


class FastReader:
    """A reader over a tokenizer of the ``tokenizers`` package."""

    def __init__(self, tokenizer: Tokenizer, special: Sequence[str], mask: str, pad: str) -> None:
        self.tokenizer = tokenizer
        self.size = tokenizer.get_vocab_size()
        self.mask_id, self.pad_id = tokenizer.token_to_id(mask), tokenizer.token_to_id(pad)
        self.mask = mask
        self.special = frozenset(tokenizer.token_to_id(token) for token in special)

    def pairs(self, pairs: Sequence[Pair]) -> Sequence[Any]:
        return self.tokenizer.encode_batch([text if pair is None else (text, pair) for text, pair in pairs])


BERT_SPECIAL = {"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
                "mask_token": "[MASK]"}


def word_pieces(texts: Callable[[], Iterable[str]], folder: Path, size: int, positions: int,
                tokenizer_class: str = "BertTokenizer") -> FastReader:
    """WordPiece in vocab.txt, as BERT and its relatives have it. A vocabulary that lies there already is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "vocab.txt"
    if not file.exists():
        file.write_text("".join(word + "\n" for word in vocab.wordpiece(texts(), size)), encoding="utf-8")
    words = file.read_text(encoding="utf-8").split("\n")[:-1]
    export.write_json(folder / "special_tokens_map.json", BERT_SPECIAL)
    export.write_json(folder / "tokenizer_config.json",
                      {"do_lower_case": True, "model_max_length": positions, "strip_accents": None,
                       "tokenize_chinese_chars": True, "tokenizer_class": tokenizer_class, **BERT_SPECIAL})
    numbers = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", numbers["[SEP]"]), ("[CLS]", numbers["[CLS]"]))
    tokenizer.add_special_tokens(list(vocab.SPECIAL))
    return FastReader(tokenizer, vocab.SPECIAL, "[MASK]", "[PAD]")


ROBERTA_SPECIAL = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>",
                   "pad_token": "<pad>", "cls_token": "<s>"}


def byte_pairs(texts: Callable[[], Iterable[str]], folder: Path, size: int, positions: int,
               tokenizer_class: str = "RobertaTokenizer") -> FastReader:
    """Byte-level BPE with RoBERTa's special tokens at its begin and the mask at its end."""
    folder.mkdir(parents=True, exist_ok=True)
    front = ["<s>", "<pad>", "</s>", "<unk>"]
    if not (folder / "vocab.json").exists():
        vocab.byte_level_bpe(texts(), size, folder, front, ["<mask>"])
    mask = {"content": "<mask>", "lstrip": True, "normalized": False, "rstrip": False, "single_word": False}
    export.write_json(folder / "special_tokens_map.json", {**ROBERTA_SPECIAL, "mask_token": mask})
    export.write_json(folder / "tokenizer_config.json",
                      {"add_prefix_space": False, "errors": "replace", "model_max_length": positions,
                       "tokenizer_class": tokenizer_class, **ROBERTA_SPECIAL, "mask_token": "<mask>"})
    tokenizer = Tokenizer(models.BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True,
                                                            add_prefix_space=False)
    tokenizer.add_special_tokens([*front, AddedToken("<mask>", lstrip=True)])
    return FastReader(tokenizer, [*front, "<mask>"], "<mask>", "<pad>")


@dataclass(frozen=True)
class PieceLayout:
    """What a family puts around SentencePiece's pieces. ``first`` stands in front; ``between`` ends the first text of
    a pair and ``last`` the whole row; ``kinds`` are the type ids of the first text, the second and of ``last``."""

    first: tuple[str, ...] = ()
    between: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    kinds: tuple[int, int, int] = (0, 1, 1)
    mask: str = "[MASK]"
    pad: str = "<pad>"
    lowercases: bool = False
    shift: int = 0  # model piece p has id p + shift
    named: tuple[tuple[str, int], ...] = ()  # ids of tokens outside the model, or in another place than there


class PieceReader:
    """A reader over a SentencePiece model."""

    def __init__(self, file: Path, layout: PieceLayout, size: int | None = None) -> None:
        self.model = sentencepiece.SentencePieceProcessor(model_file=str(file))
        self.layout = layout
        self.names = dict(layout.named)
        self.unknown = self.names.get("<unk>", self.model.unk_id() + layout.shift)
        self.size = size or self.model.get_piece_size() + layout.shift
        self.mask_id, self.pad_id = self.id(layout.mask), self.id(layout.pad)
        self.mask = layout.mask
        around = (*layout.first, *layout.between, *layout.last, layout.mask, layout.pad)
        self.special = frozenset(self.id(token) for token in around)

    def id(self, token: str) -> int:
        return self.names[token] if token in self.names else self.model.piece_to_id(token) + self.layout.shift

    def text(self, text: str) -> list[tuple[int, int, tuple[int, int]]]:
        """(id, number of the word, where it stands) of every piece."""
        shown = text.lower() if self.layout.lowercases else text
        found, word, begin = [], -1, -1  # the model puts one space before the text
        for piece, number in zip(self.model.encode(shown, out_type=str), self.model.encode(shown, out_type=int)):
            end = begin + len(piece)
            word += piece.startswith("▁") or word < 0
            number = self.unknown if number == self.model.unk_id() else number + self.layout.shift
            found.append((number, word, (begin + piece.startswith("▁"), end)))
            begin = end
        return found

    def pairs(self, pairs: Sequence[Pair]) -> Sequence[Encoded]:
        return [self._pair(*pair) for pair in pairs]

    def _pair(self, text: str, second: str | None) -> Encoded:
        out = Encoded([], [], [], [], [])

        def special(tokens: tuple[str, ...], kind: int) -> None:
            for token in tokens:
                for column, value in zip((out.ids, out.type_ids, out.word_ids, out.offsets, out.sequence_ids),
                                         (self.id(token), kind, None, (0, 0), None)):
                    column.append(value)

        special(self.layout.first, self.layout.kinds[0])
        for part, words in enumerate([text] if second is None else [text, second]):
            if part:
                special(self.layout.between, self.layout.kinds[0])
            for number, word, place in self.text(words):
                out.ids.append(number)
                out.type_ids.append(self.layout.kinds[part])
                out.word_ids.append(word)
                out.offsets.append(place)
                out.sequence_ids.append(part)
        # A row's last separator belongs to the text before it, what follows has a kind of its own.
        special(self.layout.last[:1], self.layout.kinds[0 if second is None else 1])
        special(self.layout.last[1:], self.layout.kinds[2])
        return out
