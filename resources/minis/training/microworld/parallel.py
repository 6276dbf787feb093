# SPDX-License-Identifier: GPL-3.0-or-later
"""The same sentences in English, German, French and Romanian.

A sentence is first a thing that is meant: a kind, who, what is done, to what, where and when. Each language says it by
a small grammar of its own: German puts the verb second and declines articles and adjectives, French elides and puts
most adjectives behind, Romanian hangs the article on the noun. (Kind, who, verb, noun) decides the split.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Callable

from . import world as w
from .split import Split, split_of

LANGUAGES = ("en", "de", "fr", "ro")


@dataclass(frozen=True)
class Noun:
    en: tuple[str, str]  # singular, plural
    de: tuple[str, str, str]  # gender m, f or n; singular, plural
    fr: tuple[str, str, str]
    ro: tuple[str, str, str, str]  # gender, with the indefinite article, with the definite one, plural


@dataclass(frozen=True)
class Adjective:
    en: str
    de: str  # stem
    fr: tuple[str, str]  # masculine, feminine
    ro: tuple[str, str]
    leads: bool = False  # stands before the noun in French


@dataclass(frozen=True)
class Verb:
    en: tuple[str, str]  # she sees, to see
    de: tuple[str, str]
    fr: tuple[str, str]
    ro: tuple[str, str]  # she sees, that she see


@dataclass(frozen=True)
class Words:
    """Something that every language has one wording for."""

    en: str
    de: str
    fr: str
    ro: str


NOUNS = {noun.en[0]: noun for noun in (
    Noun(("dog", "dogs"), ("m", "Hund", "Hunde"), ("m", "chien", "chiens"), ("m", "câine", "câinele", "câini")),
    Noun(("cat", "cats"), ("f", "Katze", "Katzen"), ("m", "chat", "chats"), ("f", "pisică", "pisica", "pisici")),
    Noun(("horse", "horses"), ("n", "Pferd", "Pferde"), ("m", "cheval", "chevaux"), ("m", "cal", "calul", "cai")),
    Noun(("apple", "apples"), ("m", "Apfel", "Äpfel"), ("f", "pomme", "pommes"), ("n", "măr", "mărul", "mere")),
    Noun(("bread", "breads"), ("n", "Brot", "Brote"), ("m", "pain", "pains"), ("f", "pâine", "pâinea", "pâini")),
    Noun(("flower", "flowers"), ("f", "Blume", "Blumen"), ("f", "fleur", "fleurs"), ("f", "floare", "floarea", "flori")),
    Noun(("house", "houses"), ("n", "Haus", "Häuser"), ("f", "maison", "maisons"), ("f", "casă", "casa", "case")),
    Noun(("book", "books"), ("n", "Buch", "Bücher"), ("m", "livre", "livres"), ("f", "carte", "cartea", "cărți")),
    Noun(("clock", "clocks"), ("f", "Uhr", "Uhren"), ("f", "horloge", "horloges"), ("n", "ceas", "ceasul", "ceasuri")),
    Noun(("chair", "chairs"), ("m", "Stuhl", "Stühle"), ("f", "chaise", "chaises"), ("n", "scaun", "scaunul", "scaune")),
    Noun(("ball", "balls"), ("m", "Ball", "Bälle"), ("f", "balle", "balles"), ("f", "minge", "mingea", "mingi")),
    Noun(("boat", "boats"), ("n", "Boot", "Boote"), ("m", "bateau", "bateaux"), ("f", "barcă", "barca", "bărci")),
    Noun(("bird", "birds"), ("m", "Vogel", "Vögel"), ("m", "oiseau", "oiseaux"), ("f", "pasăre", "pasărea", "păsări")),
    Noun(("fish", "fishes"), ("m", "Fisch", "Fische"), ("m", "poisson", "poissons"), ("m", "pește", "peștele", "pești")),
    Noun(("lamp", "lamps"), ("f", "Lampe", "Lampen"), ("f", "lampe", "lampes"), ("f", "lampă", "lampa", "lămpi")),
    Noun(("hat", "hats"), ("m", "Hut", "Hüte"), ("m", "chapeau", "chapeaux"), ("f", "pălărie", "pălăria", "pălării")),
    Noun(("letter", "letters"), ("m", "Brief", "Briefe"), ("f", "lettre", "lettres"),
         ("f", "scrisoare", "scrisoarea", "scrisori")),
    Noun(("cake", "cakes"), ("m", "Kuchen", "Kuchen"), ("m", "gâteau", "gâteaux"), ("n", "tort", "tortul", "torturi")),
)}
ADJECTIVES = (
    Adjective("small", "klein", ("petit", "petite"), ("mic", "mică"), leads=True),
    Adjective("big", "groß", ("grand", "grande"), ("mare", "mare"), leads=True),
    Adjective("red", "rot", ("rouge", "rouge"), ("roșu", "roșie")),
    Adjective("white", "weiß", ("blanc", "blanche"), ("alb", "albă")),
    Adjective("black", "schwarz", ("noir", "noire"), ("negru", "neagră")),
    Adjective("blue", "blau", ("bleu", "bleue"), ("albastru", "albastră")),
    Adjective("green", "grün", ("vert", "verte"), ("verde", "verde")),
    Adjective("yellow", "gelb", ("jaune", "jaune"), ("galben", "galbenă")),
)
VERBS = {verb.en[1]: verb for verb in (
    Verb(("sees", "see"), ("sieht", "sehen"), ("voit", "voir"), ("vede", "vadă")),
    Verb(("buys", "buy"), ("kauft", "kaufen"), ("achète", "acheter"), ("cumpără", "cumpere")),
    Verb(("finds", "find"), ("findet", "finden"), ("trouve", "trouver"), ("găsește", "găsească")),
    Verb(("paints", "paint"), ("malt", "malen"), ("peint", "peindre"), ("pictează", "picteze")),
    Verb(("sells", "sell"), ("verkauft", "verkaufen"), ("vend", "vendre"), ("vinde", "vândă")),
    Verb(("brings", "bring"), ("bringt", "bringen"), ("apporte", "apporter"), ("aduce", "aducă")),
    Verb(("takes", "take"), ("nimmt", "nehmen"), ("prend", "prendre"), ("ia", "ia")),
    Verb(("loses", "lose"), ("verliert", "verlieren"), ("perd", "perdre"), ("pierde", "piardă")),
    Verb(("loves", "love"), ("liebt", "lieben"), ("aime", "aimer"), ("iubește", "iubească")),
    Verb(("draws", "draw"), ("zeichnet", "zeichnen"), ("dessine", "dessiner"), ("desenează", "deseneze")),
)}
PEOPLE = tuple(Words(person.name, person.name, person.name, person.name) for person in w.RESIDENTS) + (
    Words("the baker", "der Bäcker", "le boulanger", "brutarul"),
    Words("the teacher", "der Lehrer", "le professeur", "profesorul"),
    Words("the doctor", "der Arzt", "le médecin", "doctorul"),
    Words("the farmer", "der Bauer", "le fermier", "fermierul"),
    Words("the gardener", "der Gärtner", "le jardinier", "grădinarul"),
    Words("the painter", "der Maler", "le peintre", "pictorul"),
    Words("the cook", "der Koch", "le cuisinier", "bucătarul"),
    Words("the fisher", "der Fischer", "le pêcheur", "pescarul"),
    Words("the mother", "die Mutter", "la mère", "mama"),
    Words("the girl", "das Mädchen", "la fille", "fata"),
    Words("the boy", "der Junge", "le garçon", "băiatul"),
)
PLACES = (
    Words("in the garden", "im Garten", "dans le jardin", "în grădină"),
    Words("in the house", "im Haus", "dans la maison", "în casă"),
    Words("at the market", "auf dem Markt", "au marché", "la piață"),
    Words("at school", "in der Schule", "à l'école", "la școală"),
    Words("in the forest", "im Wald", "dans la forêt", "în pădure"),
    Words("by the lake", "am See", "au bord du lac", "lângă lac"),
    Words("on the bridge", "auf der Brücke", "sur le pont", "pe pod"),
    Words("in the kitchen", "in der Küche", "dans la cuisine", "în bucătărie"),
)
TIMES = (
    Words("on Monday", "am Montag", "lundi", "luni"), Words("on Tuesday", "am Dienstag", "mardi", "marți"),
    Words("on Wednesday", "am Mittwoch", "mercredi", "miercuri"), Words("on Thursday", "am Donnerstag", "jeudi", "joi"),
    Words("on Friday", "am Freitag", "vendredi", "vineri"), Words("on Saturday", "am Samstag", "samedi", "sâmbătă"),
    Words("on Sunday", "am Sonntag", "dimanche", "duminică"), Words("today", "heute", "aujourd'hui", "astăzi"),
    Words("in the evening", "am Abend", "le soir", "seara"), Words("in the morning", "am Morgen", "le matin", "dimineața"),
)
NUMBERS = (
    Words("two", "zwei", "deux", "două"), Words("three", "drei", "trois", "trei"), Words("four", "vier", "quatre", "patru"),
    Words("five", "fünf", "cinq", "cinci"), Words("six", "sechs", "six", "șase"),
)
KINDS = ("plain", "time", "not", "want", "count", "have", "where")


@dataclass(frozen=True)
class Meaning:
    """What a sentence says in every language."""

    kind: str
    who: Words
    verb: Verb
    noun: Noun
    adjective: Adjective
    other: Noun
    other_adjective: Adjective
    friend: Words
    place: Words
    time: Words
    number: Words
    is_definite: bool


def meaning(rng: random.Random, split: Split) -> Meaning:
    while True:
        kind, who, noun = rng.choice(KINDS), rng.choice(PEOPLE), rng.choice(list(NOUNS))
        verb = rng.choice(list(VERBS))
        if split_of("parallel", kind, who.en, verb, noun) == split:
            break
    names = PEOPLE[:len(w.RESIDENTS)]
    return Meaning(kind, who, VERBS[verb], NOUNS[noun], rng.choice(ADJECTIVES), rng.choice(list(NOUNS.values())),
                   rng.choice(ADJECTIVES), rng.choice([x for x in names if x is not who]), rng.choice(PLACES),
                   rng.choice(TIMES), rng.choice(NUMBERS), rng.random() < 0.5)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + ("" if text[-1] in ".?" else ".")


def _en(m: Meaning) -> str:
    def phrase(noun: Noun, adjective: Adjective, definite: bool) -> str:
        words = f"{adjective.en} {noun.en[0]}"
        return "the " + words if definite else w.article(words)

    what = phrase(m.noun, m.adjective, m.is_definite)
    return {
        "plain": f"{m.who.en} {m.verb.en[0]} {what} {m.place.en}",
        "time": f"{m.time.en} {m.who.en} {m.verb.en[0]} {what}",
        "not": f"{m.who.en} does not {m.verb.en[1]} the {m.noun.en[0]}",
        "want": f"{m.who.en} wants to {m.verb.en[1]} {what}",
        "count": f"{m.who.en} {m.verb.en[0]} {m.number.en} {m.noun.en[1]} {m.place.en}",
        "have": f"{m.who.en} has {phrase(m.noun, m.adjective, False)}, and {m.friend.en} has "
                f"{phrase(m.other, m.other_adjective, False)}",
        "where": f"where is the {m.noun.en[0]}? The {m.noun.en[0]} is {m.place.en}",
    }[m.kind]


def _de(m: Meaning) -> str:
    def phrase(noun: Noun, adjective: Adjective, definite: bool) -> str:
        gender, single, _ = noun.de
        if definite:
            article, ending = {"m": ("den", "en"), "f": ("die", "e"), "n": ("das", "e")}[gender]
        else:
            article, ending = {"m": ("einen", "en"), "f": ("eine", "e"), "n": ("ein", "es")}[gender]
        return f"{article} {adjective.de}{ending} {single}"

    gender, single, plural = m.noun.de
    nominative = {"m": "der", "f": "die", "n": "das"}[gender]
    accusative = {"m": "den", "f": "die", "n": "das"}[gender]
    what = phrase(m.noun, m.adjective, m.is_definite)
    return {
        "plain": f"{m.who.de} {m.verb.de[0]} {what} {m.place.de}",
        "time": f"{m.time.de} {m.verb.de[0]} {m.who.de} {what}",
        "not": f"{m.who.de} {m.verb.de[0]} {accusative} {single} nicht",
        "want": f"{m.who.de} will {what} {m.verb.de[1]}",
        "count": f"{m.who.de} {m.verb.de[0]} {m.number.de} {plural} {m.place.de}",
        "have": f"{m.who.de} hat {phrase(m.noun, m.adjective, False)}, und {m.friend.de} hat "
                f"{phrase(m.other, m.other_adjective, False)}",
        "where": f"wo ist {nominative} {single}? {nominative.capitalize()} {single} ist {m.place.de}",
    }[m.kind]


def _elides(word: str) -> bool:
    return word[0].lower() in "aeiouéêhà"


def _fr_the(word: str, gender: str) -> str:
    if _elides(word):
        return "l'" + word
    return ("le " if gender == "m" else "la ") + word


def _fr(m: Meaning) -> str:
    def phrase(noun: Noun, adjective: Adjective, definite: bool) -> str:
        gender, single, _ = noun.fr
        quality = adjective.fr[gender == "f"]
        words = f"{quality} {single}" if adjective.leads else f"{single} {quality}"
        return _fr_the(words, gender) if definite else ("un " if gender == "m" else "une ") + words

    gender, single, plural = m.noun.fr
    what = phrase(m.noun, m.adjective, m.is_definite)
    no = ("n'" if _elides(m.verb.fr[0]) else "ne ") + m.verb.fr[0]
    the = _fr_the(single, gender)
    return {
        "plain": f"{m.who.fr} {m.verb.fr[0]} {what} {m.place.fr}",
        "time": f"{m.time.fr}, {m.who.fr} {m.verb.fr[0]} {what}",
        "not": f"{m.who.fr} {no} pas {the}",
        "want": f"{m.who.fr} veut {m.verb.fr[1]} {what}",
        "count": f"{m.who.fr} {m.verb.fr[0]} {m.number.fr} {plural} {m.place.fr}",
        "have": f"{m.who.fr} a {phrase(m.noun, m.adjective, False)}, et {m.friend.fr} a "
                f"{phrase(m.other, m.other_adjective, False)}",
        "where": f"où est {the} ? {the[0].upper() + the[1:]} est {m.place.fr}",
    }[m.kind]


def _ro(m: Meaning) -> str:
    def phrase(noun: Noun, adjective: Adjective, definite: bool) -> str:
        gender, single, the, _ = noun.ro
        quality = adjective.ro[gender == "f"]
        return f"{the} {quality}" if definite else ("o " if gender == "f" else "un ") + f"{single} {quality}"

    gender, _, the, plural = m.noun.ro
    what = phrase(m.noun, m.adjective, m.is_definite)
    number = "doi" if m.number.en == "two" and gender == "m" else m.number.ro
    return {
        "plain": f"{m.who.ro} {m.verb.ro[0]} {what} {m.place.ro}",
        "time": f"{m.time.ro} {m.who.ro} {m.verb.ro[0]} {what}",
        "not": f"{m.who.ro} nu {m.verb.ro[0]} {the}",
        "want": f"{m.who.ro} vrea să {m.verb.ro[1]} {what}",
        "count": f"{m.who.ro} {m.verb.ro[0]} {number} {plural} {m.place.ro}",
        "have": f"{m.who.ro} are {phrase(m.noun, m.adjective, False)}, iar {m.friend.ro} are "
                f"{phrase(m.other, m.other_adjective, False)}",
        "where": f"unde este {the}? {the[0].upper() + the[1:]} este {m.place.ro}",
    }[m.kind]


_SAY: dict[str, Callable[[Meaning], str]] = {"en": _en, "de": _de, "fr": _fr, "ro": _ro}


def say(m: Meaning, language: str) -> str:
    return _sentence(_SAY[language](m))


def text(rng: random.Random, split: Split, most: int = 2) -> dict[str, str]:
    """One or more sentences in all languages."""
    meanings = [meaning(rng, split) for _ in range(rng.randint(1, most))]
    return {language: " ".join(say(m, language) for m in meanings) for language in LANGUAGES}
