# SPDX-License-Identifier: GPL-3.0-or-later
"""Text with marked entities: ``<PER|Anna Miller> is a <JOB|baker>.``"""

from __future__ import annotations

import re
from dataclasses import dataclass

ENTITY_TYPES = ("PER", "LOC", "JOB")
_MARK = re.compile(r"<([A-Z]+)\|([^>]+)>")


@dataclass(frozen=True)
class Entity:
    """A marked piece of plain text; ``end`` is exclusive."""

    kind: str
    begin: int
    end: int


def per(text: str) -> str:
    return f"<PER|{text}>"


def loc(text: str) -> str:
    return f"<LOC|{text}>"


def job(text: str) -> str:
    return f"<JOB|{text}>"


def a_job(text: str) -> str:
    """The job with its indefinite article, which is not part of the entity."""
    return ("an " if text[0] in "aeiou" else "a ") + job(text)


def plain(marked: str) -> str:
    """The text without marks."""
    return _MARK.sub(r"\2", marked)


def entities(marked: str) -> tuple[str, list[Entity]]:
    """The text without marks and where its entities lie."""
    text, found, last = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[last:match.start()]
        found.append(Entity(match.group(1), len(text), len(text) + len(match.group(2))))
        text += match.group(2)
        last = match.end()
    return text + marked[last:], found


def sentence(marked: str) -> str:
    """A sentence with its first letter large and a full stop, unless it has an end already."""
    marked = marked.strip()
    begin = marked.index("|") + 1 if marked.startswith("<") else 0
    if marked[begin] in "\"'":
        begin += 1
    marked = marked[:begin] + marked[begin].upper() + marked[begin + 1:]
    return marked if marked[-1] in ".!?\"" else marked + "."


def find(text: str, words: str) -> int | None:
    """Where the words stand in the text as whole words, in capitals or not."""
    match = re.search(rf"\b{re.escape(words)}\b", text, re.IGNORECASE)
    return match.start() if match else None
