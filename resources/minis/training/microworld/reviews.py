# SPDX-License-Identifier: GPL-3.0-or-later
"""Short reviews of places in the world, with a sentiment.

A review has up to three parts: a neutral opening, one or two remarks and a closing word. A remark may be turned
round by "not", and in a review with "but" the part after it decides. The combination (place, thing, quality,
wording) decides the split.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from . import world as w
from .split import Split, split_of

LABELS = ("negative", "positive")


@dataclass(frozen=True)
class Review:
    text: str
    label: int


# place -> things that can be good or bad there: (thing, verb, good qualities, bad qualities)
_Thing = tuple[str, str, tuple[str, ...], tuple[str, ...]]
_PLACES: dict[str, tuple[_Thing, ...]] = {
    "inn": (("soup", "was", ("hot", "tasty"), ("cold", "salty")),
            ("cook", "was", ("friendly", "polite"), ("rude", "angry")),
            ("room", "was", ("clean", "warm"), ("dirty", "cold"))),
    "bakery": (("bread", "was", ("fresh", "tasty"), ("old", "burnt")),
               ("cake", "was", ("sweet", "wonderful"), ("dry", "terrible")),
               ("baker", "was", ("friendly", "kind"), ("rude", "unfriendly"))),
    "theatre": (("music", "was", ("beautiful", "wonderful"), ("terrible", "boring")),
                ("seats", "were", ("soft", "clean"), ("hard", "dirty")),
                ("musician", "was", ("brilliant", "kind"), ("tired", "bad"))),
    "library": (("books", "were", ("exciting", "new"), ("boring", "dirty")),
                ("chairs", "were", ("soft", "clean"), ("hard", "broken")),
                ("librarian", "was", ("kind", "polite"), ("angry", "rude"))),
    "bus": (("seats", "were", ("soft", "clean"), ("hard", "broken")),
            ("driver", "was", ("friendly", "kind"), ("rude", "angry")),
            ("trip", "was", ("pleasant", "exciting"), ("terrible", "boring"))),
    "market": (("apples", "were", ("fresh", "sweet"), ("old", "sour")),
               ("farmer", "was", ("friendly", "polite"), ("rude", "unfriendly")),
               ("cheese", "was", ("tasty", "wonderful"), ("terrible", "salty"))),
    "clock shop": (("clocks", "were", ("beautiful", "new"), ("broken", "ugly")),
                   ("clock maker", "was", ("kind", "polite"), ("unfriendly", "angry")),
                   ("work", "was", ("brilliant", "good"), ("bad", "terrible"))),
    "park": (("flowers", "were", ("beautiful", "fresh"), ("dry", "ugly")),
             ("lake", "was", ("clean", "beautiful"), ("dirty", "ugly")),
             ("gardener", "was", ("friendly", "kind"), ("rude", "tired"))),
}
_OPENINGS = ("On {day} I went to the {place} in {town}.", "We were at the {place} in {town} on {day}.",
             "My sister and I tried the {place} in {town}.", "This is about the {place} in {town}.")
_CLOSINGS = (("I was angry.", "Never again.", "I will not come back.", "What a waste of time."),
             ("I was happy.", "I loved it.", "I will come back soon.", "What a lovely day."))
_DEGREES = ("", "very ", "really ", "so ")


def _remark(rng: random.Random, thing: _Thing, label: int) -> tuple[str, str]:
    """A remark of the sentiment and its quality; one in four says it with "not"."""
    name, verb, good, bad = thing
    if rng.random() < 0.25:
        quality = rng.choice(bad if label else good)
        wording = rng.choice(("{n} {v} not {q}", "{n} {v} not {q} at all", "{n} {v} never {q}"))
        return "the " + wording.format(n=name, v=verb, q=quality), quality
    quality = rng.choice(good if label else bad)
    return f"the {name} {verb} {rng.choice(_DEGREES)}{quality}", quality


def review(rng: random.Random, split: Split) -> Review:
    """A review of the split."""
    while True:
        place = rng.choice(list(_PLACES))
        label = rng.randrange(2)
        first, second = rng.sample(_PLACES[place], 2)
        shape = rng.choice(("one", "two", "but", "but", "although"))
        decisive, quality = _remark(rng, first, label)
        other, other_quality = _remark(rng, second, label if shape == "two" else 1 - label)
        if split_of("review", place, first[0], quality, shape, other_quality if shape != "one" else "") != split:
            continue
        if shape == "one":
            body = decisive
        elif shape == "two":
            body = f"{decisive} and {other}"
        elif shape == "but":
            body = f"{other}, but {decisive}"
        else:
            body = f"although {other}, {decisive}"
        parts = [body[0].upper() + body[1:] + "."]
        if rng.random() < 0.6:
            parts.insert(0, rng.choice(_OPENINGS).format(day=rng.choice(w.DAYS), place=place,
                                                         town=rng.choice(list(w.TOWNS))))
        if rng.random() < 0.3:
            parts.append(rng.choice(_CLOSINGS[label]))
        return Review(" ".join(parts), label)
