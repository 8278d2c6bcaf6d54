"""A scenario made by chance: the same seed makes the same one."""

import random
from typing import Final

from tests.scenario.form import AppForm, BaseTag, Build, Deploy, Happening, Merge, Outage, Release, Retire, Revive, Scenario

_BASES: Final[tuple[BaseTag, ...]] = ("python:3.12", "python:3.13", "node:22", "java:21", "debian:bookworm")


def generate(*, seed: int, apps: int = 40, days: int = 182) -> Scenario:
    """Bases that are rebuilt every other week, and apps whose people take that up soon, late, halfway or not at all."""
    chance = random.Random(seed)
    forms = tuple(_app(number, chance) for number in range(apps))
    events: list[Happening] = []
    for base in _BASES:
        events += [Release(day=day, release=base) for day in _days(chance, every=14, until=days)]
    for form in forms:
        events += _life(form, chance, days)
    events += [Outage(day=day, outage="registry", days=chance.randint(1, 3)) for day in _days(chance, every=60, until=days)]
    # Of a day the publishers come first, then the apps, in an order of their own.
    events.sort(key=lambda event: (event.day, not isinstance(event, Release), chance.random()))
    return Scenario(format=1, days=days, bases=_BASES, apps=forms, events=tuple(events))


def _app(number: int, chance: random.Random) -> AppForm:
    publishes = chance.random() < 0.85
    stages = chance.choice([(), ("production",), ("qa", "production"), ("qa", "production")]) if publishes else ()
    return AppForm(
        name=f"app-{number:02}",
        base=chance.choice(_BASES),
        pinned=chance.random() < 0.7,
        publishes=publishes,
        stages=stages,
        criticality=chance.choice(["low", "medium", "high"]),
        owner=chance.choice(["", "@acme/payments", "@acme/platform", "@acme/shop"]),
    )


def _life(form: AppForm, chance: random.Random, days: int) -> list[Happening]:
    """What the people of one app do: each has a habit, and now and then something goes wrong."""
    events: list[Happening] = []
    pace = chance.choice([5, 10, 25, 70])
    for day in _days(chance, every=pace, until=days):
        events.append(Merge(day=day, merge=form.name))
        if not form.publishes:
            continue
        built = day + chance.choice([0, 0, 1, 4])
        if chance.random() < 0.85:
            kind = chance.choices(["files", "cache", "squashed"], [8, 2, 0.6])[0]
            events.append(Build(day=built, build=form.name, base=kind))
        for stage in form.stages:
            built += chance.choice([0, 1, 3])
            if chance.random() < 0.8:
                which = chance.choices(["newest", "before"], [9, 1])[0]
                events.append(Deploy(day=built, deploy=form.name, stage=stage, build=which))
    if chance.random() < 0.15:
        events.append(Outage(day=chance.randrange(days), outage=form.name, days=chance.randint(1, 4)))
    if chance.random() < 0.15:
        retired = chance.randrange(days)
        events.append(Retire(day=retired, retire=form.name, how=chance.choice(["declared", "archived"])))
        if chance.random() < 0.6:
            events.append(Revive(day=retired + chance.randint(1, 30), revive=form.name))
    return [event for event in events if event.day < days]


def _days(chance: random.Random, *, every: int, until: int) -> list[int]:
    day, found = 0, []
    while (day := day + max(round(chance.expovariate(1 / every)), 1)) < until:
        found.append(day)
    return found
