# SPDX-License-Identifier: GPL-3.0-or-later
"""French alone: sentences of the world, and opinions about its places. (Thing, quality, form, second quality) decides
the split of an opinion."""

from __future__ import annotations

import random

from . import parallel, tasks
from .reviews import Review
from .split import Split, split_of

# with the article, feminine or not
_THINGS = (("la soupe", True), ("le pain", False), ("la chambre", True), ("le gâteau", False), ("la musique", True),
           ("le jardin", False), ("la boulangerie", True), ("le marché", False), ("le cuisinier", False), ("la maison", True),
           ("le spectacle", False), ("la visite", True))
# masculine, feminine
_QUALITIES = ((("mauvais", "mauvaise"), ("horrible", "horrible"), ("ennuyeux", "ennuyeuse"), ("laid", "laide"),
               ("décevant", "décevante"), ("triste", "triste"), ("froid", "froide")),
              (("bon", "bonne"), ("magnifique", "magnifique"), ("agréable", "agréable"), ("parfait", "parfaite"),
               ("excellent", "excellente"), ("charmant", "charmante"), ("superbe", "superbe")))
_DEGREES = ("", "très ", "vraiment ", "si ")
_CLOSINGS = (("Je ne reviendrai pas.", "Quel dommage."), ("Je reviendrai bientôt.", "Quel plaisir."))


def _remark(rng: random.Random, thing: tuple[str, bool], label: int) -> tuple[str, str]:
    """A remark of the sentiment, one in four with "ne … pas", and its quality."""
    name, feminine = thing
    if rng.random() < 0.25:
        quality = rng.choice(_QUALITIES[1 - label])[feminine]
        return f"{name} n'était pas {quality}", quality
    quality = rng.choice(_QUALITIES[label])[feminine]
    return f"{name} était {rng.choice(_DEGREES)}{quality}", quality


def review(rng: random.Random, split: Split) -> Review:
    while True:
        label, (first, second) = rng.randrange(2), rng.sample(_THINGS, 2)
        shape = rng.choice(("one", "two", "but", "but", "although"))
        decisive, quality = _remark(rng, first, label)
        other, other_quality = _remark(rng, second, label if shape == "two" else 1 - label)
        if split_of("avis", first[0], quality, shape, other_quality if shape != "one" else "") == split:
            break
    body = {"one": decisive, "two": f"{decisive} et {other}", "but": f"{other}, mais {decisive}",
            "although": f"même si {other}, {decisive}"}[shape]
    parts = [body[0].upper() + body[1:] + "."]
    if rng.random() < 0.3:
        parts.append(rng.choice(_CLOSINGS[label]))
    return Review(" ".join(parts), label)


def passage(rng: random.Random, split: Split) -> tasks.Passage:
    """One to three sentences; opinions among them, so that their words are known too."""
    if rng.random() < 0.25:
        return tasks.Passage(review(rng, split).text, None)
    return tasks.Passage(parallel.text(rng, split, 3)["fr"], None)
