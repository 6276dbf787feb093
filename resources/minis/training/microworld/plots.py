# SPDX-License-Identifier: GPL-3.0-or-later
"""The stories of the world.

A plot is a function that tells one story about a hero and a theme. The pair decides the split: a story whose
(plot, hero, theme) is reserved for test is never told in training. Every plot ends with a sentence that follows
from what was told before, so that a reader can say which of several endings is the right one.
"""

from __future__ import annotations

import random
from typing import Callable

from . import world as w
from .markup import a_job, job, loc, per
from .scene import NARRATORS, Scene, Story
from .split import Split, split_of
from .world import Person, article

Plot = Callable[[Scene, str], None]
_PLOTS: dict[str, tuple[tuple[str, ...], float, Plot]] = {}


def plot(themes: tuple[str, ...], weight: float = 1.0) -> Callable[[Plot], Plot]:
    """Registers a plot with its themes; ``weight`` is how often it is told."""
    def register(function: Plot) -> Plot:
        _PLOTS[function.__name__] = (themes, weight, function)
        return function
    return register


def plot_names() -> tuple[str, ...]:
    return tuple(_PLOTS)


def tell(rng: random.Random, split: Split, only: str | None = None) -> Story:
    """A story of the split, of a plot drawn by weight or of the one plot asked for."""
    names = [only] if only else list(_PLOTS)
    weights = [_PLOTS[name][1] for name in names]
    while True:
        name = rng.choices(names, weights)[0]
        themes, _, function = _PLOTS[name]
        hero, theme = w.anyone(rng), rng.choice(themes)
        if split_of(name, hero.name, theme) != split:
            continue
        scene = Scene(name, hero, split, rng, rng.randrange(NARRATORS))
        function(scene, theme)
        return scene.finish()


def _sample(rng: random.Random, options: list[str], right: str, count: int) -> list[str]:
    """Some options other than the right one."""
    return rng.sample([option for option in dict.fromkeys(options) if option != right], count)


@plot(tuple(w.DAYS), 1.4)
def workday(s: Scene, day: str) -> None:
    """From morning to evening: the job decides place, tool, work and lunch; the pet decides its food."""
    p, n = s.hero, per(s.hero.name)
    s.say("who", f"{per(p.full)} is {a_job(p.job.name)} in {loc(p.town.name)}",
          f"{n} works as {a_job(p.job.name)} in {loc(p.town.name)}",
          f"this is {per(p.full)}, {a_job(p.job.name)} from {loc(p.town.name)}")
    s.ask("job", p.job.name, f"what is {n}", f"what is the job of {n}", f"what does {n} work as")
    s.say("go", f"on {day} morning {p.sub} goes to the {p.job.place}",
          f"early on {day} {p.sub} walks to the {p.job.place}",
          f"every {day} {p.sub} goes to the {p.job.place} at eight o'clock")
    s.ask("place", f"the {p.job.place}", f"where does {n} go", f"where does {n} work")
    s.ask("day", day, f"on which day does {n} go to the {p.job.place}", f"when does {n} go to work")
    s.say("work", f"there {p.sub} takes the {p.job.tool} and {p.job.work}",
          f"with the help of the {p.job.tool} {p.sub} {p.job.work}",
          f"{p.sub} {p.job.work} and always needs the {p.job.tool}")
    s.ask("tool", f"the {p.job.tool}", f"what does {n} take", f"what does {n} need for the work")
    s.say("lunch", f"at noon {n} eats {p.job.lunch}", f"the {job(p.job.name)} {n} eats {p.job.lunch} at noon",
          f"for lunch {n} has {p.job.lunch}")
    s.ask("lunch", p.job.lunch, f"what does {n} eat", f"what does {n} have for lunch", f"what does {n} eat at noon")
    s.say("home", f"in the evening {n} goes home and feeds the {p.pet.name} that {p.pet.sound} {p.pet.bed}",
          f"after work {n} puts on a {p.colour} coat and goes home to the {p.pet.name}",
          f"at six o'clock the {job(p.job.name)} {n} goes home to the {p.pet.name} in {p.pos} {p.colour} house")
    s.ask("pet", p.pet.name, f"which animal does {n} have", f"who waits for {n} at home")
    wording = s.pick("end", "the {pet} {eats}", "then the {pet} is happy and {eats}")
    s.end(wording.format(pet=p.pet.name, eats=p.pet.eats),
          [wording.format(pet=p.pet.name, eats=eats)
           for eats in _sample(s.rng, [pet.eats for pet in w.PETS.values()], p.pet.eats, 3)])
    s.brief(f"a {day} of the {p.job.name} {n}",
            f"on {day} {n} works at the {p.job.place} in {loc(p.town.name)} and then goes home to the {p.pet.name}")


@plot(("home", "colour", "family", "animal"), 1.2)
def portrait(s: Scene, theme: str) -> None:
    """The facts about one person, in changing order."""
    p, n = s.hero, per(s.hero.name)
    s.say("job", f"{n} is {a_job(p.job.name)}", f"{per(p.full)} is {a_job(p.job.name)}",
          f"the {job(p.job.name)} {per(p.full)} is known to everybody")
    s.ask("job", p.job.name, f"what is {n}", f"what is the job of {n}", f"what does {n} work as")

    def home() -> None:
        s.say("home", f"{p.sub} lives in {loc(p.town.name)}, a town {p.town.land}",
              f"{n} has a small house in {loc(p.town.name)} near the {p.town.sight}",
              f"{p.pos} home is {loc(p.town.name)}, a place {p.town.land}")
        s.ask("home", p.town.name, f"where does {n} live", f"in which town does {n} live", f"where is {n} at home")

    def colour() -> None:
        s.say("colour", f"{p.pos} favourite colour is {p.colour}", f"{n} always wears a {p.colour} coat",
              f"{p.pos} house has a {p.colour} door")
        s.ask("colour", p.colour, f"which colour does {n} like", f"what is the favourite colour of {n}")

    def family() -> None:
        if p.sibling:
            s.say("family", f"{p.pos} {p.sibling_word} is called {per(p.sibling)}",
                  f"{n} has a {p.sibling_word} whose name is {per(p.sibling)}",
                  f"{per(p.sibling)} {per(p.surname)} is {p.pos} {p.sibling_word}")
            s.ask("family", p.sibling, f"who is the {p.sibling_word} of {n}",
                  f"what is the name of the {p.sibling_word} of {n}")
        else:
            s.say("alone", f"{n} is a guest and knows nobody here", f"{p.sub} is new and has no friends here yet")

    def animal() -> None:
        s.say("animal", f"{n} has a {p.pet.name} that {p.pet.sound} all day",
              f"{p.sub} has a {p.pet.name}", f"a {p.pet.name} lives in the house of {n}")
        s.ask("animal", p.pet.name, f"which animal does {n} have", f"what animal lives with {n}")

    parts = {"home": home, "colour": colour, "family": family, "animal": animal}
    order = [name for name in parts if name != theme]
    s.rng.shuffle(order)
    for name in [theme, *order[:s.rng.choice((2, 3))]]:
        parts[name]()
    wording = s.pick("end", "every day {who} goes to the {place} {goal}", "{who} loves to go to the {place} {goal}")
    who = s.pick("end who", n, p.sub)
    others = _sample(s.rng, list(w.JOBS), p.job.name, 3)
    s.end(wording.format(who=who, place=p.job.place, goal=p.job.goal),
          [wording.format(who=who, place=w.JOBS[o].place, goal=w.JOBS[o].goal) for o in others])
    s.brief(f"{n} and the {theme}" if theme == "family" else f"about {n}",
            f"this is about the {p.job.name} {n} and the {p.job.place}")


@plot(tuple(f"{weather.name} {fate}" for weather in w.WEATHER for fate in ("good", "bad")), 1.4)
def weather_day(s: Scene, theme: str) -> None:
    """The weather and what was taken along or forgotten decide how the day goes."""
    p, n = s.hero, per(s.hero.name)
    kind, fate = theme.split()
    weather = next(item for item in w.WEATHER if item.name == kind)
    sign = s.rng.choice(weather.signs).format(town=loc(p.town.name))
    s.say("sign", sign, f"{sign} today", f"{sign} this morning")
    s.ask("town", p.town.name, f"where is it {weather.name} today", f"in which town is it {weather.name}")
    friend = w.anyone(s.rng, (p,))
    s.say("fun", f"{per(friend.name)} {weather.fun}", f"{per(friend.name)} is happy and {weather.fun}",
          f"from the window {n} sees how {per(friend.name)} {weather.fun}")
    s.ask("friend", friend.name, f"who {weather.fun}")
    if s.rng.random() < 0.6:
        s.say("evening", f"on {weather.name} evenings {n} {weather.evening}",
              f"{n} always {weather.evening} when the evening is {weather.name}",
              f"on days like this {n} {weather.evening} at night")
    s.say("plan", f"{n} wants to go to the {p.job.place} {p.job.goal}",
          f"the {job(p.job.name)} {n} is on the way to the {p.job.place}",
          f"{per(p.full)} leaves the {p.colour} house and walks to the {p.job.place}")
    s.ask("goal", f"the {p.job.place}", f"where does {n} want to go", f"where is {n} going")
    if fate == "good":
        s.say("take", f"{p.sub} takes {p.pos} {p.colour} {weather.item}",
              f"luckily {p.sub} has {p.pos} {weather.item} in the bag",
              f"{p.pos} {p.sibling_word if p.sibling else 'friend'} gives {p.obj} the {weather.item}")
    else:
        s.say("forget", f"{p.sub} forgets {p.pos} {p.colour} {weather.item}",
              f"sadly {p.pos} {weather.item} is still at home",
              f"{p.sub} has lost {p.pos} {weather.item}")
    s.ask("item", weather.item, *((f"what does {n} take along", f"what does {n} have on the way") if fate == "good"
                                  else (f"what does {n} forget", f"what does {n} not have")))
    names = {"sub": p.sub, "pos": p.pos}
    wording = s.pick("end", "so {end}", "on the way {end}")
    right = (weather.good if fate == "good" else weather.bad).format(**names)
    options = [text.format(**names) for other in w.WEATHER for text in (other.good, other.bad)]
    opposite = (weather.bad if fate == "good" else weather.good).format(**names)
    wrong = [opposite, *_sample(s.rng, [o for o in options if o != opposite], right, 1)]
    s.end(wording.format(end=right), [wording.format(end=text) for text in wrong])
    s.brief(f"a {kind} day of {n}",
            f"on a {kind} day {n} {'takes' if fate == 'good' else 'does not have'} the {weather.item}, and {right}")


@plot(tuple(problem.job for problem in w.PROBLEMS), 1.6)
def help_needed(s: Scene, theme: str) -> None:
    """Somebody has a problem, and the one with the right job puts it right."""
    p, n = s.hero, per(s.hero.name)
    problem = next(item for item in w.PROBLEMS if item.job == theme)
    helper = w.with_job(s.rng, theme, (p,))
    h = per(helper.name)
    trouble = problem.trouble.format(x=n)
    s.say("trouble", trouble, f"today {trouble}", f"what bad luck, {trouble}")
    s.say("reaction", f"{per(p.full)} does not know what to do",
          f"{n}, the {job(p.job.name)} of {loc(p.town.name)}, is sad and looks for help",
          f"{n} calls {p.pos} friends in {loc(p.town.name)}")
    s.say("come", f"then the {job(theme)} {h} comes from {loc(helper.town.name)}",
          f"luckily {per(helper.full)} is {a_job(theme)} and lives in {loc(helper.town.name)}",
          f"{n} asks {h}, the {job(theme)} of {loc(helper.town.name)}")
    s.ask("helper", helper.name, f"who comes to {n}", f"who is the {theme}", f"who helps {n}")
    s.ask("from", helper.town.name, f"where does the {theme} come from", f"where does {h} live")
    deed = problem.deed.format(x=n)
    s.say("deed", f"{h} {deed}", f"{h} takes the {helper.job.tool} and {deed}",
          f"the {job(theme)} comes at once and {deed}")
    s.say("thanks", f"{n} thanks {h} and smiles", f"{n} gives the {job(theme)} {h} {article(p.colour)} flower",
          f"{n} thanks the {job(theme)} and is very happy now")
    wording = s.pick("end", "now {end}", "in the end {end}", "at last {end}")
    results = [item.result.format(x=n) for item in w.PROBLEMS]
    right = problem.result.format(x=n)
    s.end(wording.format(end=right), [wording.format(end=text) for text in _sample(s.rng, results, right, 3)])
    s.brief(f"{h} helps {n}", f"{trouble}, but the {job(theme)} {h} helps, and {right}")


@plot(tuple(w.SPOTS), 1.1)
def lost_tool(s: Scene, spot: str) -> None:
    """A tool is lost; one friend searches in vain, the other finds it."""
    p, n = s.hero, per(s.hero.name)
    finder = w.anyone(s.rng, (p,))
    other = w.anyone(s.rng, (p, finder))
    f, o = per(finder.name), per(other.name)
    tool = p.job.tool
    s.say("lost", f"the {job(p.job.name)} {n} cannot find the {tool}", f"{per(p.full)} has lost the {tool}",
          f"the {job(p.job.name)} {n} looks for the {tool} in the {p.job.place}")
    s.ask("tool", f"the {tool}", f"what has {n} lost", f"what is {n} looking for")
    s.say("need", f"without the {tool} nobody {p.job.work} in {loc(p.town.name)}",
          f"{n} needs the {tool} {p.job.goal}",
          f"{p.sub} is worried because {p.sub} wants {p.job.goal} in {loc(p.town.name)}")
    empty = s.rng.choice([place for place in w.SPOTS if place != spot])
    s.say("vain", f"{o} looks {empty}, but there is nothing", f"{o} searches {empty} and finds only dust",
          f"first {o} looks {empty} and finds nothing")
    s.ask("empty", empty, f"where does {o} look", f"where is nothing")
    s.say("found", f"then {f} finds the {tool} {spot}", f"but {f} looks {spot} and finds the {tool}",
          f"at last {f} sees that the {tool} is {spot}")
    s.ask("finder", finder.name, f"who finds the {tool}", f"who has found the {tool}")
    s.ask("spot", spot, f"where is the {tool}", f"where does {f} find the {tool}")
    s.say("back", f"{n} takes the {tool} and {p.job.work} again", f"the {job(p.job.name)} {n} takes it and smiles",
          f"now {n} can go back to the {p.job.place}")
    wording = s.pick("end", "{p} thanks {x} and gives {y} {l}", "{p} says thank you to {x} and gives {y} {l}",
                     "{p} shares {l} with {x} to say thank you")

    def ending(person: Person) -> str:
        return wording.format(p=n, x=per(person.name), y=person.obj, l=p.job.lunch)
    s.end(ending(finder), [ending(other)])
    s.brief(f"the lost {tool} of {n}", f"{n} has lost the {tool}, and {f} finds it {spot}")


@plot(tuple(gift.name for gift in w.GIFTS), 1.1)
def present(s: Scene, theme: str) -> None:
    """A thing goes from hand to hand; the last one keeps it."""
    p, n = s.hero, per(s.hero.name)
    gift = next(item for item in w.GIFTS if item.name == theme)
    second = w.anyone(s.rng, (p,))
    third = w.anyone(s.rng, (p, second))
    thing = f"{p.colour} {gift.name}"
    s.say("has", f"{n} has a {thing}", f"the {job(p.job.name)} {n} buys a {thing} in {loc(p.town.name)}",
          f"in the attic {per(p.full)} finds a {thing}")
    s.ask("thing", thing, f"what does {n} have", f"what is in the hands of {n}")
    s.say("give", f"{n} gives the {gift.name} to {per(second.name)}",
          f"{n} gives {per(second.full)} the {gift.name}",
          f"{p.sub} sends the {gift.name} to {per(second.name)} in {loc(second.town.name)}")
    s.ask("second", second.name, f"to whom does {n} give the {gift.name}", f"who gets the {gift.name} from {n}")
    last, sender = second, p
    if s.rng.random() < 0.5:
        s.say("pass", f"a day later {per(second.name)} gives the {gift.name} to {per(third.name)}",
              f"but {per(second.name)} has one already and gives it to {per(third.name)}",
              f"then {per(second.name)} passes the {gift.name} on to {per(third.name)}")
        s.ask("third", third.name, f"to whom does {per(second.name)} give the {gift.name}",
              f"who gets the {gift.name} from {per(second.name)}")
        last, sender = third, second
    s.say("joy", f"{per(last.name)} is very happy about the {thing}",
          f"{per(last.name)} thanks {per(sender.name)} for the {thing}",
          f"{per(last.name)} says thank you to {per(sender.name)}")
    s.say("use", f"every day after work at the {last.job.place} {per(last.name)} {gift.use}",
          f"in {loc(last.town.name)} {per(last.name)} {gift.use}", f"the {job(last.job.name)} {per(last.name)} {gift.use}")
    wording = s.pick("end", "in the end the {g} belongs to {x}", "now {x} has the {g}")
    others = [x for x in (p, second, third) if x is not last and (last is third or x is not third)]
    s.end(wording.format(g=gift.name, x=per(last.name)),
          [wording.format(g=gift.name, x=per(x.name)) for x in others])
    s.brief(f"the {gift.name} of {n}", f"a {thing} of {n} goes to {per(last.name)} in the end")


@plot(tuple(w.PETS), 1.0)
def hungry_pet(s: Scene, theme: str) -> None:
    """A pet is hungry, food for another animal (the theme) does not help, the right food does."""
    p, n, pet = s.hero, per(s.hero.name), s.hero.pet
    s.say("hungry", f"the {pet.name} of {n} is hungry", f"in the evening the {pet.name} of {per(p.full)} wants to eat",
          f"{n} has a hungry {pet.name} in {loc(p.town.name)}")
    s.ask("pet", pet.name, f"which animal is hungry", f"which animal wants to eat", f"which animal does {n} have")
    s.say("sound", f"the {pet.name} sits {pet.bed} and {pet.sound}", f"it {pet.sound} and does not stay {pet.bed}",
          f"the {pet.name} {pet.sound} so loudly that nobody can sleep")
    other = w.PETS[theme] if w.PETS[theme].food != pet.food else w.PETS["horse"]
    s.say("wrong", f"{n} brings {other.food}, but the {pet.name} does not want it",
          f"first {n} brings {other.food}, but that is food for a {other.name}",
          f"{n} has only {other.food} for a {other.name} at home")
    s.ask("wrong", other.food, f"what does {n} have first", f"what does the {pet.name} not want")
    friend = w.anyone(s.rng, (p,))
    s.say("right", f"then {per(friend.name)} brings {pet.food} from the market",
          f"so {per(friend.name)} goes to the market and buys {pet.food}",
          f"luckily {per(friend.name)} has {pet.food} in the bag")
    s.ask("food", pet.food, f"what does {per(friend.name)} bring", f"what is the food for the {pet.name}")
    s.ask("friend", friend.name, f"who brings the {pet.food}", f"who has food for the {pet.name}")
    wording = s.pick("end", "now the {pet} {eats} {bed}", "at last the {pet} {eats} and is happy")
    s.end(wording.format(pet=pet.name, eats=pet.eats, bed=pet.bed),
          [wording.format(pet=pet.name, eats=x.eats, bed=pet.bed)
           for x in s.rng.sample([x for x in w.PETS.values() if x.eats != pet.eats], 2)])
    s.brief(f"the hungry {pet.name}", f"the hungry {pet.name} of {n} gets {pet.food} from {per(friend.name)}")


@plot(tuple(w.TRANSPORT), 1.1)
def journey(s: Scene, transport: str) -> None:
    """A visit in another town with its own sight, and the way back home."""
    p, n = s.hero, per(s.hero.name)
    if p.sibling and s.rng.random() < 0.4:
        host = w.BY_NAME[p.sibling]
        relation = f"{p.pos} {p.sibling_word} {per(host.name)}"
    else:
        host = w.anyone(s.rng, (p,))
        relation = f"{p.pos} friend {per(host.name)}"
    if host.town is p.town:
        host = next(x for x in w.RESIDENTS if x.town is not p.town and x.name not in (p.name, p.sibling))
        relation = f"{p.pos} friend {per(host.name)}"
    day = s.rng.choice(w.DAYS)
    s.say("start", f"on {day} {n} travels from {loc(p.town.name)} to {loc(host.town.name)} by {transport}",
          f"{n} takes the {transport} from {loc(p.town.name)} to {loc(host.town.name)} on {day}",
          f"it is {day}, and {n} goes by {transport} from {loc(p.town.name)} to {loc(host.town.name)}")
    s.ask("to", host.town.name, f"where does {n} travel", f"to which town does {n} travel")
    s.ask("from", p.town.name, f"where does {n} come from", f"where does the journey begin")
    s.ask("how", transport, f"how does {n} travel")
    s.ask("day", day, f"on which day does {n} travel", f"when does {n} travel")
    s.say("visit", f"there {p.sub} visits {relation}", f"{relation} is waiting for {p.obj} there",
          f"{n} wants to see {relation}")
    s.ask("host", host.name, f"whom does {n} visit", f"who is waiting for {n}")
    s.say("sight", f"together they look at the {host.town.sight}",
          f"{per(host.name)} shows {p.obj} the {host.town.sight} of {loc(host.town.name)}",
          f"they go for a walk and see the {host.town.sight}")
    s.ask("sight", f"the {host.town.sight}", f"what do they see", f"what do they look at")
    s.say("meal", f"at noon they eat {host.job.lunch}, because {per(host.name)} is {a_job(host.job.name)}",
          f"{per(host.name)}, who is {a_job(host.job.name)}, brings {host.job.lunch}",
          f"then they have {host.job.lunch} at the {host.job.place}")
    s.ask("meal", host.job.lunch, f"what do they eat", f"what do {n} and {per(host.name)} have for lunch")
    wording = s.pick("end", "in the evening {n} goes back to {town} by {by}",
                     "at night the {by} brings {obj} home to {town}")

    def ending(town: str) -> str:
        return wording.format(n=n, obj=p.obj, town=loc(town), by=transport)
    third = s.rng.choice([t for t in w.TOWNS if t not in (p.town.name, host.town.name)])
    s.end(ending(p.town.name), [ending(host.town.name), ending(third)])
    s.brief(f"{n} in {loc(host.town.name)}",
            f"on {day} {n} visits {per(host.name)} in {loc(host.town.name)} and goes home by {transport}")


@plot(tuple(goods.name for goods in w.GOODS), 1.1)
def market(s: Scene, theme: str) -> None:
    """What is bought decides what is made of it."""
    p, n = s.hero, per(s.hero.name)
    goods = next(item for item in w.GOODS if item.name == theme)
    day = s.rng.choice(w.DAYS)
    buyer = w.anyone(s.rng, (p,))
    seller = w.with_job(s.rng, "farmer", (p, buyer))
    s.say("go", f"on {day} {n} goes to the market in {loc(p.town.name)}",
          f"there is a market in {loc(p.town.name)} on {day}, and {n} is there",
          f"{n} needs food and goes to the market in {loc(p.town.name)} on {day}")
    s.ask("where", p.town.name, f"where is the market", f"in which town is the market")
    s.ask("day", day, f"when does {n} go to the market", f"on which day is the market")
    s.say("buy", f"{p.sub} buys {goods.name} from the {job('farmer')} {per(seller.name)}",
          f"the {job('farmer')} {per(seller.name)} sells {p.obj} {goods.name}",
          f"{n} takes the best {goods.name} of the {job('farmer')} {per(seller.name)}")
    s.ask("goods", goods.name, f"what does {n} buy", f"what does the farmer sell")
    s.ask("seller", seller.name, f"who is the farmer", f"who sells the {goods.name}")
    s.say("carry", f"{n} carries the {goods.name} home in a {p.colour} basket",
          f"at home the {job(p.job.name)} {n} washes the {goods.name}",
          f"then {n} feeds the {p.pet.name} and cuts the {goods.name} in the kitchen")
    s.say("guest", f"in the evening {per(buyer.name)} comes to dinner", f"{p.pos} guest today is {per(buyer.name)}",
          f"{n} calls the {job(buyer.job.name)} {per(buyer.name)}, who is always hungry")
    s.ask("guest", buyer.name, f"who is the guest", f"who comes to dinner")
    wording = s.pick("end", "{sub} makes {dish} for {guest}", "together they eat {dish}", "soon {dish} is on the table")

    def ending(dish: str) -> str:
        return wording.format(sub=p.sub, dish=dish, guest=per(buyer.name))
    s.end(ending(goods.dish), [ending(x) for x in _sample(s.rng, [g.dish for g in w.GOODS], goods.dish, 3)])
    s.brief(f"{goods.name} from the market", f"{n} buys {goods.name} from {per(seller.name)} and makes {goods.dish} for {per(buyer.name)}")


@plot(tuple(w.RACE_GOALS), 0.9)
def race(s: Scene, goal: str) -> None:
    """Three run, two are held up, the third wins."""
    p = s.hero
    second = w.anyone(s.rng, (p,))
    third = w.anyone(s.rng, (p, second))
    runners = [p, second, third]
    s.rng.shuffle(runners)
    a, b, c = (per(x.name) for x in runners)
    s.say("start", f"{a}, {b} and {c} run a race to the {goal}", f"{a}, {b} and {c} race to the {goal} of {loc(p.town.name)}",
          f"who is faster, {a}, {b} or {c}, on the way to the {goal}?")
    if s.sentences[-1].endswith("."):
        s.ask("goal", f"the {goal}", "where does the race end", "where do they run")
    first, middle, last = runners
    s.say("shirts", f"{a} wears {first.colour}, {b} wears {middle.colour}, and {c} wears {last.colour}",
          f"{a} has a {first.colour} shirt, {b} a {middle.colour} one and {c} a {last.colour} one",
          f"the shirt of {a} is {first.colour}, that of {b} is {middle.colour} and that of {c} is {last.colour}")
    s.ask("shirt", first.colour, f"which colour does {a} wear")
    winner = s.rng.choice(runners)
    losers = [x for x in runners if x is not winner]
    s.rng.shuffle(losers)
    delays = s.rng.sample(w.DELAYS, 2)
    s.say("first delay", f"{per(losers[0].name)} {delays[0]}", f"after a minute {per(losers[0].name)} {delays[0]}",
          f"soon {per(losers[0].name)} {delays[0]}")
    s.ask("delay", losers[0].name, f"who {delays[0]}")
    s.say("second delay", f"then {per(losers[1].name)} {delays[1]}", f"a little later {per(losers[1].name)} {delays[1]}",
          f"{per(losers[1].name)} {delays[1]} as well")
    s.ask("delay", losers[1].name, f"who {delays[1]}")
    s.say("fast", f"{per(winner.name)} does not stop", f"only {per(winner.name)} runs on",
          f"{per(winner.name)} runs like the wind")
    s.ask("fast", winner.name, f"who is the fastest", f"who wins the race")
    wording = s.pick("end", "{x} wins the race and gets a {c} ribbon", "{x} is the first at the {g}",
                     "{x} wins the race to the {g}")

    def ending(x: Person) -> str:
        return wording.format(x=per(x.name), g=goal, c=x.colour)
    s.end(ending(winner), [ending(x) for x in losers])
    s.brief(f"a race to the {goal}",
            f"{per(winner.name)} is faster than {per(losers[0].name)} and {per(losers[1].name)} on the way to the {goal}")


@plot(tuple(w.HIDEOUTS), 0.9)
def hide_and_seek(s: Scene, spot: str) -> None:
    """Two hide, and the seeker looks in one of the two places first."""
    p = s.hero
    second = w.anyone(s.rng, (p,))
    seeker = w.anyone(s.rng, (p, second))
    other_spot = s.rng.choice([x for x in w.HIDEOUTS if x != spot])
    hidden = [(p, spot), (second, other_spot)]
    s.rng.shuffle(hidden)
    (a, place_a), (b, place_b) = hidden
    s.say("start", f"{per(a.name)}, {per(b.name)} and {per(seeker.name)} play hide and seek in {loc(p.town.name)}",
          f"in {loc(p.town.name)} {per(a.name)} and {per(b.name)} play hide and seek, and {per(seeker.name)} is the seeker")
    s.ask("town", p.town.name, "where do they play", "in which town do they play")
    s.say("first", f"{per(a.name)} hides {place_a}", f"{per(a.name)} sits {place_a} and is quiet",
          f"quickly {per(a.name)} runs and hides {place_a}")
    s.ask("place", place_a, f"where is {per(a.name)}", f"where does {per(a.name)} hide")
    s.say("second", f"{per(b.name)} hides {place_b}", f"{per(b.name)} sits {place_b} and waits",
          f"and {per(b.name)} hides {place_b}")
    s.ask("place", place_b, f"where is {per(b.name)}", f"where does {per(b.name)} hide")
    s.say("count", f"{per(seeker.name)} counts to ten beside the {seeker.pet.name}",
          f"{per(seeker.name)}, the {job(seeker.job.name)}, counts to ten", f"{per(seeker.full)} counts to ten")
    s.ask("seeker", seeker.name, "who counts to ten")
    found, place = s.rng.choice(hidden)
    lost = b if found is a else a
    s.say("look", f"{per(seeker.name)} looks {place} first", f"first {per(seeker.name)} looks {place}",
          f"{per(seeker.name)} hears something {place}")
    s.ask("seeker", seeker.name, f"who looks {place}", f"who hears something")
    wording = s.pick("end", "there {sub} finds {x}", "{sub} laughs, because {x} is there",
                     "so the next one to count is {x}")

    def ending(x: Person) -> str:
        return wording.format(sub=seeker.sub, x=per(x.name))
    s.end(ending(found), [ending(lost)])
    s.brief(f"hide and seek in {loc(p.town.name)}",
            f"{per(seeker.name)} looks for {per(a.name)} and {per(b.name)} and finds {per(found.name)} {place}")


@plot(tuple(w.DAYS), 0.9)
def letter(s: Scene, day: str) -> None:
    """A letter invites to something on a certain day; the guest keeps the day."""
    p, n = s.hero, per(s.hero.name)
    guest = w.anyone(s.rng, (p,))
    g = per(guest.name)
    s.say("write", f"{n} writes a letter to {g}", f"{per(p.full)} takes a {p.colour} pen and writes to {g}",
          f"{g} gets a letter from {n}")
    s.ask("to", guest.name, f"to whom does {n} write", f"who gets a letter")
    s.say("invite", f"please come to {loc(p.town.name)} on {day}, says the letter",
          f"it says: come to {loc(p.town.name)} on {day} to see me and my {p.pet.name}",
          f"{n} asks {g} to come to {loc(p.town.name)} on {day}")
    s.ask("day", day, f"when will {g} come", f"for which day is the letter")
    s.say("read", f"{g} reads the letter at the {guest.job.place}", f"{per(guest.full)} reads it twice and smiles",
          f"{g} puts the letter beside the {guest.job.tool}")
    s.say("answer", f"{guest.sub} wants to bring {n} {guest.job.lunch}, because {guest.sub} is {a_job(guest.job.name)}",
          f"the {job(guest.job.name)} answers that {guest.sub} will come and bring {n} {guest.job.lunch}",
          f"the {job(guest.job.name)} {g} packs {guest.job.lunch} for {n}")
    s.ask("bring", guest.job.lunch, f"what will {g} bring", f"what is the food for {n}")
    wording = s.pick("end", "on {d} {g} knocks at the door of {p}", "{g} comes to {p} on {d}",
                     "on {d} {p} and {g} sit in the garden")
    days = _sample(s.rng, list(w.DAYS), day, 2)
    s.end(wording.format(d=day, g=g, p=n), [wording.format(d=d, g=g, p=n) for d in days])
    s.brief(f"a letter to {g}", f"{n} asks {g} to come on {day}, and {g} brings {guest.job.lunch}")


@plot(tuple(animal.name for animal in w.WILD), 0.8)
def nature(s: Scene, theme: str) -> None:
    """A walk to an animal outside."""
    p, n = s.hero, per(s.hero.name)
    animal = next(item for item in w.WILD if item.name == theme)
    friend = w.anyone(s.rng, (p,))
    f = per(friend.name)
    s.say("walk", f"{n} and {f} go for a walk near {loc(p.town.name)}", f"after work at the {p.job.place} {n} meets {f} in {loc(p.town.name)}",
          f"on a quiet evening the {job(p.job.name)} {n} walks with the {job(friend.job.name)} {f}")
    s.ask("with", friend.name, f"with whom does {n} walk", f"who is with {n}")
    s.say("see", f"{animal.place} they see {article(animal.skin)} {animal.name}",
          f"{article(animal.skin)} {animal.name} is {animal.place}",
          f"{animal.place} {n} shows {friend.obj} {article(animal.skin)} {animal.name}")
    s.ask("animal", animal.name, "which animal do they see", f"which animal is {animal.place}")
    s.ask("place", animal.place, f"where is the {animal.name}", f"where do they see the {animal.name}")
    s.say("skill", f"the {animal.name} {animal.skill}", f"{f} knows that the {animal.name} {animal.skill}",
          f"they watch how it {animal.skill}")
    s.say("quiet", f"{n} takes a photo of the {animal.name}", f"{f} and {n} sit down and are very quiet",
          f"{f} wants to paint the {animal.name} with {article(animal.skin)} brush")
    wording = s.pick("end", "the {a} eats {f} and goes away", "then it eats {f} {p}")

    def ending(food: str) -> str:
        return wording.format(a=animal.name, f=food, p=animal.place)
    s.end(ending(animal.food),
          [ending(x) for x in _sample(s.rng, [x.food for x in w.WILD], animal.food, 2)])
    s.brief(f"the {animal.name} {animal.place}", f"{n} and {f} see {article(animal.skin)} {animal.name} {animal.place} that eats {animal.food}")
