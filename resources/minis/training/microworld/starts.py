# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights to begin with: a mini whose layers are those of another one starts from what that one has learned."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Mapping

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

Tensors = Mapping[str, torch.Tensor]


def tensors(mini: Path) -> dict[str, torch.Tensor]:
    """The weights of a finished mini: the backbone's, and the heads' with their task in front."""
    found = dict(load_file(str(mini / "model.safetensors")))
    for file in sorted(mini.glob("heads/*/model.safetensors")):
        found |= {f"{file.parent.name}/{name}": value for name, value in load_file(str(file)).items()}
    return {name: value.float() for name, value in found.items()}


def copy(model: torch.nn.Module, source: Tensors, name_of: Callable[[str], str | None]) -> int:
    """Gives every weight the value of the source's tensor that ``name_of`` its own name names, where that exists in
    the same shape. Returns how many were copied."""
    count = 0
    with torch.no_grad():
        for name, value in model.state_dict(keep_vars=True).items():
            found = source.get(name_of(name) or "")
            if found is not None and found.shape == value.shape:
                value.copy_(found)
                count += 1
    return count


def copy_words(words: torch.Tensor, spelled: list[str], source: torch.Tensor, pieces: Tokenizer) -> None:
    """Gives every token the mean vector of the word pieces that spell it. Tokens without letters stay as they are."""
    with torch.no_grad():
        for row, text in enumerate(spelled):
            ids = pieces.encode(text, add_special_tokens=False).ids if text.strip() else []
            if ids and 1 not in ids:
                words[row] = source[ids].mean(0)
