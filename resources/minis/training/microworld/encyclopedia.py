# SPDX-License-Identifier: GPL-3.0-or-later
"""An encyclopedia of the world: entries with facts that can be asked.

Beside what all stories share (towns, jobs, animals) it describes villages that occur nowhere else: their facts are
drawn once and for all from their names, so that a model has to read an entry to know them. (Entry, fact) decides the
split of a question; the entry itself may be read in training.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass

from . import world as w
from .split import Split, split_of
from .world import article

_FIRST = ("Ald", "Bram", "Cor", "Dun", "Esk", "Far", "Glen", "Hol", "Ing", "Kel", "Lang", "Mor", "Nes", "Ock", "Pen", "Rud",
          "Sel", "Thorn", "Ul", "Wex")
_SECOND = ("bourne", "field", "ham", "ley", "mere", "stead", "ton", "wick")
_RIVERS = ("Asha", "Belm", "Corra", "Deva", "Elna", "Ferro", "Gild", "Hesta")
_TREES = ("oak", "birch", "pine", "lime", "willow", "maple", "elm", "cedar")
_CRAFTS = ("glass", "baskets", "bells", "candles", "carpets", "knives", "shoes", "paper")
_FEASTS = ("lanterns", "kites", "apples", "boats", "songs", "snow", "masks", "bread")


@dataclass(frozen=True)
class Fact:
    kind: str
    sentences: tuple[str, ...]  # wordings; each holds the answer
    questions: tuple[str, ...]
    answer: str


@dataclass(frozen=True)
class Entry:
    title: str
    opening: tuple[str, ...]
    facts: tuple[Fact, ...]

    def text(self, rng: random.Random, count: int | None = None, must: Fact | None = None) -> str:
        """The opening and some of the facts in drawn order and wording; ``must`` is one of them."""
        facts = [fact for fact in self.facts if fact is not must]
        rng.shuffle(facts)
        facts = facts[:(count or len(self.facts)) - bool(must)] + ([must] if must else [])
        rng.shuffle(facts)
        return " ".join([rng.choice(self.opening), *(rng.choice(fact.sentences) for fact in facts)])


def _village(name: str) -> Entry:
    rng = random.Random(hashlib.sha256(name.encode()).digest())
    founder = f"{rng.choice(w.RESIDENTS).name} {rng.choice(w.SURNAMES)}"
    river, tree, craft, feast = (rng.choice(x) for x in (_RIVERS, _TREES, _CRAFTS, _FEASTS))
    day, animal, goods = rng.choice(w.DAYS), rng.choice(w.WILD).name, rng.choice(w.GOODS).name
    town = rng.choice(list(w.TOWNS))
    return Entry(name, (f"{name} is a village near {town}.", f"The village of {name} lies not far from {town}."), (
        Fact("founder", (f"It was founded by {founder}.", f"{founder} built the first house there."),
             (f"Who founded {name}?", f"Who built the first house in {name}?"), founder),
        Fact("river", (f"The river {river} flows through it.", f"It stands on the river {river}."),
             (f"Which river flows through {name}?", f"On which river does {name} stand?"), river),
        Fact("tree", (f"An old {tree} grows in its middle.", f"In the middle of it there is {article(tree)}."),
             (f"Which tree grows in the middle of {name}?",), tree),
        Fact("craft", (f"People there make {craft}.", f"It is known for its {craft}."),
             (f"What is {name} known for?", f"What do people make in {name}?"), craft),
        Fact("feast", (f"Every year there is a feast of {feast}.", f"Its feast of {feast} is famous."),
             (f"What is the feast of {name} about?", f"Which feast is there in {name}?"), feast),
        Fact("market", (f"The market is on {day}.", f"On {day} there is a market with many {goods}."),
             (f"When is the market of {name}?", f"On which day is the market of {name}?"), day),
        Fact("animal", (f"A {animal} stands on its flag.", f"Its flag shows a {animal}."),
             (f"Which animal is on the flag of {name}?", f"What does the flag of {name} show?"), animal)))


def _job(job: w.Job) -> Entry:
    a = article(job.name).capitalize()
    return Entry(job.name, (f"{a} {job.work}.", f"{a} is a person who {job.work}."), (
        Fact("place", (f"The place of work is the {job.place}.", f"The {job.name} works at the {job.place}."),
             (f"Where does a {job.name} work?",), f"the {job.place}"),
        Fact("tool", (f"The tool of the {job.name} is the {job.tool}.", f"Every {job.name} needs the {job.tool}."),
             (f"What does a {job.name} need?",), f"the {job.tool}"),
        Fact("lunch", (f"At noon a {job.name} eats {job.lunch}.", f"The usual lunch is {job.lunch}."),
             (f"What does a {job.name} eat?",), job.lunch)))


def _town(town: w.Town) -> Entry:
    people = [person.full for person in w.RESIDENTS if person.town is town]
    return Entry(town.name, (f"{town.name} is a town {town.land}.", f"The town of {town.name} lies {town.land}."), (
        Fact("sight", (f"Its sight is the {town.sight}.", f"Visitors come to see the {town.sight}."),
             (f"What can visitors see in {town.name}?",), f"the {town.sight}"),
        Fact("resident", (f"{people[0]} lives there.", f"Its best known citizen is {people[0]}."),
             (f"Who is the best known citizen of {town.name}?",), people[0])))


def _wild(animal: w.Wild) -> Entry:
    return Entry(animal.name, (f"The {animal.name} is {article(animal.skin)} animal.", f"A {animal.name} is {animal.skin}."), (
        Fact("place", (f"It lives {animal.place}.", f"It can be seen {animal.place}."),
             (f"Where does the {animal.name} live?",), animal.place),
        Fact("food", (f"It eats {animal.food}.", f"Its food is {animal.food}."), (f"What does the {animal.name} eat?",), animal.food),
        Fact("skill", (f"It {animal.skill}.", f"Everybody knows that it {animal.skill}."),
             (f"What does the {animal.name} do?",), animal.skill)))


VILLAGES = tuple(_village(first + second) for first in _FIRST for second in _SECOND)
COMMON = tuple([_job(job) for job in w.JOBS.values()] + [_town(town) for town in w.TOWNS.values()]
               + [_wild(animal) for animal in w.WILD])
ENTRIES = VILLAGES + COMMON


@dataclass(frozen=True)
class Asked:
    """A question, its answer and the entry that holds it."""

    entry: Entry
    fact: Fact
    question: str


def ask(rng: random.Random, split: Split, entries: tuple[Entry, ...] = ENTRIES) -> Asked:
    while True:
        entry = rng.choice(entries)
        fact = rng.choice(entry.facts)
        if split_of("fact", entry.title, fact.kind) == split:
            return Asked(entry, fact, rng.choice(fact.questions))
