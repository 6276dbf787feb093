# SPDX-License-Identifier: GPL-3.0-or-later
"""What is true in the micro-world.

Everything here is a constant. Twenty-four residents have fixed facts that a model can learn by heart; the guests
are strangers whose facts change from story to story, so that a model has to read them in the text.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """A job decides where a person works, with what, what the person does and what is for lunch."""

    name: str
    place: str
    tool: str
    work: str
    lunch: str
    goal: str  # "to bake bread", said where the work has not begun yet


@dataclass(frozen=True)
class Problem:
    """Something that one job in particular can put right. ``{x}`` is the person who has the problem."""

    job: str
    trouble: str
    deed: str
    result: str
    thing: str  # what is broken or missing, as a question asks for it


@dataclass(frozen=True)
class Pet:
    """An animal at home, with its food, its sound and its place."""

    name: str
    food: str
    eats: str  # "gnaws the bone"
    sound: str
    bed: str  # "on the sofa"


@dataclass(frozen=True)
class Wild:
    """An animal outside, with what it is known for."""

    name: str
    place: str  # "in the park"
    food: str
    skill: str
    skin: str


@dataclass(frozen=True)
class Town:
    """A town and the sight that only this town has."""

    name: str
    sight: str
    land: str


@dataclass(frozen=True)
class Weather:
    """Weather decides what to wear, what happens without it, what one does and how the day ends."""

    name: str
    signs: tuple[str, ...]  # ``{town}`` is the place
    item: str
    good: str  # ending with the item; ``{sub}``, ``{pos}`` are pronouns
    bad: str  # ending without it
    fun: str
    evening: str  # what people do on such evenings


@dataclass(frozen=True)
class Gift:
    """A present and what one does with it."""

    name: str
    use: str


@dataclass(frozen=True)
class Goods:
    """Something from the market and what becomes of it."""

    name: str
    dish: str


@dataclass(frozen=True)
class Person:
    """A person with everything that can be asked about her or him."""

    name: str
    female: bool
    surname: str
    job: Job
    town: Town
    pet: Pet
    colour: str
    sibling: str  # first name; empty for guests

    @property
    def full(self) -> str:
        return f"{self.name} {self.surname}"

    @property
    def sub(self) -> str:
        return "she" if self.female else "he"

    @property
    def obj(self) -> str:
        return "her" if self.female else "him"

    @property
    def pos(self) -> str:
        return "her" if self.female else "his"

    @property
    def sibling_word(self) -> str:
        """What the sibling of this person is; every family has one sister and one brother."""
        return "brother" if self.female else "sister"


def article(noun: str) -> str:
    """The noun with its indefinite article."""
    return ("an " if noun[0] in "aeiou" else "a ") + noun


JOBS: dict[str, Job] = {job.name: job for job in (
    Job("baker", "bakery", "rolling pin", "bakes bread", "bread", "to bake bread"),
    Job("farmer", "farm", "tractor", "grows corn", "potatoes", "to grow corn"),
    Job("teacher", "school", "chalk", "teaches the children", "an apple", "to teach the children"),
    Job("doctor", "hospital", "thermometer", "helps sick people", "soup", "to help sick people"),
    Job("fisher", "harbour", "net", "catches fish", "fish", "to catch fish"),
    Job("gardener", "park", "spade", "plants flowers", "salad", "to plant flowers"),
    Job("painter", "studio", "brush", "paints pictures", "grapes", "to paint pictures"),
    Job("bus driver", "bus station", "whistle", "drives the bus", "a sandwich", "to drive the bus"),
    Job("cook", "inn", "spoon", "cooks dinner", "noodles", "to cook dinner"),
    Job("carpenter", "workshop", "hammer", "builds tables", "cheese", "to build tables"),
    Job("fire fighter", "fire station", "hose", "puts out fires", "rice", "to put out fires"),
    Job("pilot", "airport", "compass", "flies planes", "nuts", "to fly planes"),
    Job("vet", "animal clinic", "bandage", "helps sick animals", "carrots", "to help sick animals"),
    Job("musician", "theatre", "violin", "plays songs", "cake", "to play songs"),
    Job("librarian", "library", "ladder", "lends books", "biscuits", "to lend books"),
    Job("clock maker", "clock shop", "screwdriver", "repairs clocks", "plums", "to repair clocks"),
)}

PROBLEMS: tuple[Problem, ...] = (
    Problem("baker", "{x} needs a cake for a party", "bakes a big cake", "{x} cuts the cake for the guests", "a cake"),
    Problem("farmer", "the cart of {x} is stuck in the mud", "pulls the cart out with a tractor",
            "{x} drives the cart home", "the cart"),
    Problem("teacher", "{x} cannot read a difficult word", "explains the difficult word",
            "{x} can read the word aloud", "a difficult word"),
    Problem("doctor", "{x} has a fever", "brings good medicine", "the fever of {x} is gone", "a fever"),
    Problem("fisher", "the boat of {x} drifts away", "pulls the boat back to the harbour",
            "{x} ties up the boat", "the boat"),
    Problem("gardener", "the flowers of {x} are dry", "waters the flowers", "the flowers of {x} bloom again",
            "the flowers"),
    Problem("painter", "the wall of {x} is grey", "paints the wall", "{x} looks at the bright wall", "the wall"),
    Problem("bus driver", "{x} has missed the last train", "drives {x} home in the bus",
            "{x} is home before midnight", "the last train"),
    Problem("cook", "{x} is very hungry", "cooks a big pot of soup", "{x} is full of soup", "hungry"),
    Problem("carpenter", "the chair of {x} is broken", "mends the chair with a hammer",
            "{x} can sit on the chair again", "the chair"),
    Problem("fire fighter", "the kitchen of {x} is on fire", "puts out the fire with a hose",
            "the kitchen of {x} is safe", "the kitchen"),
    Problem("pilot", "{x} must reach the island today", "flies {x} to the island", "{x} walks on the island",
            "the island"),
    Problem("vet", "the pony of {x} is ill", "looks after the pony", "the pony of {x} gallops again", "the pony"),
    Problem("musician", "it is too quiet at the party of {x}", "plays the violin", "the guests of {x} dance",
            "the party"),
    Problem("librarian", "{x} wants to know more about the moon", "finds a book about the moon",
            "{x} reads about the moon", "the moon"),
    Problem("clock maker", "the clock of {x} has stopped", "repairs the clock", "the clock of {x} ticks again",
            "the clock"),
)

PETS: dict[str, Pet] = {pet.name: pet for pet in (
    Pet("dog", "a bone", "gnaws the bone", "barks", "in the basket"),
    Pet("cat", "milk", "drinks the milk", "purrs", "on the sofa"),
    Pet("horse", "hay", "munches the hay", "neighs", "in the stable"),
    Pet("rabbit", "a carrot", "nibbles the carrot", "hops", "in the hutch"),
    Pet("parrot", "seeds", "cracks the seeds", "talks", "in the cage"),
    Pet("goat", "grass", "chews the grass", "bleats", "in the shed"),
    Pet("mouse", "cheese", "nibbles the cheese", "squeaks", "in the box"),
    Pet("hen", "corn", "pecks the corn", "clucks", "in the nest"),
)}

WILD: tuple[Wild, ...] = (
    Wild("frog", "by the pond", "flies", "jumps very far", "green"),
    Wild("owl", "in the old tree", "mice", "sees in the dark", "brown"),
    Wild("fox", "in the forest", "berries", "runs without a sound", "red"),
    Wild("squirrel", "in the park", "nuts", "climbs every tree", "brown"),
    Wild("swan", "on the lake", "water plants", "swims in a circle", "white"),
    Wild("bee", "in the meadow", "honey", "flies from flower to flower", "yellow"),
    Wild("crow", "in the field", "worms", "steals shiny things", "black"),
    Wild("seal", "on the beach", "fish", "dives under the waves", "grey"),
)

TOWNS: dict[str, Town] = {town.name: town for town in (
    Town("Green Hill", "windmill", "on a hill"),
    Town("Silver Lake", "fountain", "by the water"),
    Town("North Bridge", "stone bridge", "on the river"),
    Town("Sunny Bay", "lighthouse", "by the sea"),
    Town("Oakwick", "giant oak", "in the forest"),
    Town("Fernby", "castle", "in the valley"),
    Town("Merrow", "clock tower", "on the plain"),
    Town("Tarnley", "cable car", "in the mountains"),
)}

WEATHER: tuple[Weather, ...] = (
    Weather("sunny", ("the sun is shining in {town}", "it is a sunny day in {town}"), "straw hat",
            "{sub} stays cool in the sun", "{sub} gets a red nose from the sun", "swims in the lake",
            "eats ice cream"),
    Weather("rainy", ("it is raining in {town}", "it is a rainy day in {town}"), "umbrella",
            "{sub} stays dry in the rain", "{sub} gets wet in the rain", "jumps over the puddles", "drinks hot tea"),
    Weather("snowy", ("it is snowing in {town}", "it is a snowy day in {town}"), "gloves",
            "{pos} hands stay warm in the snow", "{pos} hands are cold from the snow", "builds a snowman",
            "drinks hot chocolate"),
    Weather("windy", ("a strong wind blows in {town}", "it is a windy day in {town}"), "scarf",
            "{pos} neck stays warm in the wind", "{sub} catches a cold in the wind", "flies a kite",
            "eats warm soup"),
    Weather("foggy", ("thick fog lies over {town}", "it is a foggy day in {town}"), "lamp",
            "{sub} finds the way in the fog", "{sub} loses the way in the fog", "walks slowly along the river",
            "sits by the fire"),
    Weather("frosty", ("there is ice on the streets of {town}", "it is a frosty day in {town}"), "boots",
            "{sub} does not slip on the ice", "{sub} slips on the ice", "skates on the pond", "takes a hot bath"),
)

GIFTS: tuple[Gift, ...] = (
    Gift("kite", "flies the kite on the hill"),
    Gift("ball", "kicks the ball across the meadow"),
    Gift("book", "reads the book under a tree"),
    Gift("drum", "plays the drum all afternoon"),
    Gift("puzzle", "does the puzzle at the table"),
    Gift("toy boat", "sails the toy boat on the pond"),
    Gift("camera", "takes photos with the camera"),
    Gift("teddy bear", "sleeps with the teddy bear"),
)

GOODS: tuple[Goods, ...] = (
    Goods("apples", "an apple cake"), Goods("carrots", "carrot soup"), Goods("strawberries", "bread with jam"),
    Goods("tomatoes", "tomato soup"), Goods("lemons", "lemon ice"), Goods("eggs", "pancakes"),
    Goods("cherries", "a cherry pie"), Goods("potatoes", "potato salad"),
)

COLOURS = ("red", "blue", "green", "yellow", "white", "black")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TRANSPORT = ("train", "bus", "ship", "bicycle")
SPOTS = ("under the table", "behind the door", "in the garden", "on the roof", "under the bed", "beside the well",
         "in the attic", "on the stairs")
HIDEOUTS = ("behind the barn", "in the cellar", "under the bridge", "in the wardrobe", "behind the curtain",
            "in the hay")
RACE_GOALS = ("windmill", "harbour", "well", "church", "market")
DELAYS = ("falls over a stone", "stops to drink water", "loses a shoe", "goes the wrong way", "sits down to rest")

# name, female, surname, job, town, pet, colour; two rows of a surname are brother and sister.
_RESIDENTS = (
    ("Anna", True, "Miller", "baker", "Green Hill", "cat", "red"),
    ("Tom", False, "Miller", "farmer", "Oakwick", "dog", "green"),
    ("Rose", True, "Baker", "pilot", "Tarnley", "parrot", "blue"),
    ("Ben", False, "Baker", "carpenter", "Merrow", "goat", "yellow"),
    ("Mia", True, "Cook", "teacher", "Fernby", "rabbit", "yellow"),
    ("Leo", False, "Cook", "fire fighter", "Green Hill", "dog", "red"),
    ("Clara", True, "Fisher", "doctor", "Silver Lake", "cat", "white"),
    ("Otto", False, "Fisher", "painter", "Sunny Bay", "parrot", "blue"),
    ("Emma", True, "Brown", "gardener", "North Bridge", "hen", "green"),
    ("Paul", False, "Brown", "musician", "Fernby", "mouse", "black"),
    ("Nora", True, "Stone", "fisher", "Sunny Bay", "dog", "blue"),
    ("Max", False, "Stone", "bus driver", "North Bridge", "horse", "white"),
    ("Ida", True, "Wood", "librarian", "Merrow", "mouse", "black"),
    ("Sam", False, "Wood", "cook", "Silver Lake", "hen", "yellow"),
    ("Lily", True, "Bell", "clock maker", "Tarnley", "rabbit", "white"),
    ("Hugo", False, "Bell", "vet", "Oakwick", "horse", "green"),
    ("Ella", True, "King", "farmer", "Fernby", "goat", "red"),
    ("Robin", False, "King", "pilot", "Sunny Bay", "cat", "black"),
    ("Maria", True, "Reed", "cook", "Merrow", "parrot", "green"),
    ("Finn", False, "Reed", "fisher", "North Bridge", "rabbit", "blue"),
    ("Zoe", True, "Frost", "fire fighter", "Tarnley", "horse", "red"),
    ("Oscar", False, "Frost", "doctor", "Green Hill", "goat", "white"),
    ("Ruth", True, "Hill", "musician", "Silver Lake", "hen", "black"),
    ("Jack", False, "Hill", "gardener", "Oakwick", "mouse", "yellow"),
)

GUEST_NAMES = (("Alice", True), ("Eva", True), ("Julia", True), ("Kate", True),
               ("David", False), ("Felix", False), ("Peter", False), ("Noah", False))


def _residents() -> tuple[Person, ...]:
    siblings = {row[0]: other[0] for row in _RESIDENTS for other in _RESIDENTS
                if row[2] == other[2] and row[0] != other[0]}
    return tuple(Person(name, female, surname, JOBS[job], TOWNS[town], PETS[pet], colour, siblings[name])
                 for name, female, surname, job, town, pet, colour in _RESIDENTS)


RESIDENTS: tuple[Person, ...] = _residents()
BY_NAME: dict[str, Person] = {person.name: person for person in RESIDENTS}
SURNAMES: tuple[str, ...] = tuple(sorted({person.surname for person in RESIDENTS}))


def guest(rng: random.Random) -> Person:
    """A stranger: the name is known in the world, all facts are drawn anew."""
    name, female = rng.choice(GUEST_NAMES)
    return Person(name, female, rng.choice(SURNAMES), rng.choice(list(JOBS.values())),
                  rng.choice(list(TOWNS.values())), rng.choice(list(PETS.values())), rng.choice(COLOURS), "")


def anyone(rng: random.Random, without: tuple[Person, ...] = (), guests: float = 0.2) -> Person:
    """A resident, or with probability ``guests`` a guest, who is none of ``without``."""
    while True:
        person = guest(rng) if rng.random() < guests else rng.choice(RESIDENTS)
        if all(person.name != other.name for other in without):
            return person


def with_job(rng: random.Random, job: str, without: tuple[Person, ...] = ()) -> Person:
    """Someone who does this job: a resident who does, or now and then a guest."""
    names = {person.name for person in without}
    found = [person for person in RESIDENTS if person.job.name == job and person.name not in names]
    if found and rng.random() < 0.8:
        return rng.choice(found)
    while True:
        stranger = guest(rng)
        if stranger.name not in names:
            return Person(stranger.name, stranger.female, stranger.surname, JOBS[job], stranger.town, stranger.pet,
                          stranger.colour, "")
