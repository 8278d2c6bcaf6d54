"""What verdicts cost: `python -m tests.bench.decide [PINS]` prints a table. No network: listings and digests are made up."""

import logging
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import PurePosixPath

import structlog

from bot.decide.context import PinContext
from bot.decide.decider import Decider
from bot.ledger.ledger import Ledger
from bot.model.dependency import LONG_AGO, OCI, Dependency, Release
from bot.model.image import Digest
from bot.model.listing import Listing
from bot.model.pin import Pin, Role
from bot.model.rules import Ignored, Match, Rule
from bot.model.update import Decision, UpdateKind
from bot.pipeline.decide import decide
from bot.pipeline.parts import Parts
from bot.watch.watcher import Watcher

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
IMAGES, VALUES_IN_USE, PINS_OF_A_REPO = 100, 4, 30
RULES = (
    Rule(name="all", cooldown=timedelta(days=3)),
    Rule(name="old", match=Match(dependencies=("*/app-?",)), ignore=(Ignored(versions=">=5"),)),
    Rule(name="careful", match=Match(stages=("production",)), allow=frozenset({UpdateKind.PATCH, UpdateKind.DIGEST})),
    Rule(name="labels", match=Match(repos=("acme/team-1*",)), labels=("team-1",)),
)


class Place:
    """A registry in which each value has a digest."""

    name = OCI

    def releases(self, dependency: Dependency) -> list[Release]:
        values = (
            f"{major}.{minor}.{patch}{variant}"
            for major in range(1, 4)
            for minor in range(10)
            for patch in range(5)
            for variant in ("", "-slim")
        )
        return [Release(dependency=dependency, value=value, first_seen=LONG_AGO) for value in values]

    def describe(self, release: Release) -> Release:
        return replace(release, digest=release.digest or digest_of(release.value))


def main(count: int = 10_000) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    pins, place = made_pins(count), Place()
    listings = {pin.dependency: Listing(dependency=pin.dependency, releases=tuple(place.releases(pin.dependency))) for pin, _ in pins}
    decider = Decider(RULES)
    questions = len({decider.question(pin, context) for pin, context in pins})
    sys.stdout.write(f"{len(pins):,} pins of {len(pins) // PINS_OF_A_REPO:,} repos, {len(RULES)} rules, {questions} questions\n\n")
    sys.stdout.write("| decided | seconds | decisions a second |\n| --- | ---: | ---: |\n")

    def each() -> Sequence[Decision]:
        decider = Decider(RULES)
        return [decider.decide(pin, listings[pin.dependency], context, place.describe, NOW) for pin, context in pins]

    def together() -> Sequence[Decision]:
        with closing(Ledger.open("sqlite://")) as ledger:
            parts = Parts(watcher=Watcher([place]), decider=Decider(RULES), ledger=ledger, stage_of=lambda _: "")
            return decide(parts, pins, listings, now=NOW)

    for name, do in (("each pin by itself", each), ("as a run does", together)):
        sys.stdout.write(f"| {name} | {measured(do, count)} |\n")


def measured(do: Callable[[], Sequence[Decision]], count: int) -> str:
    started = time.perf_counter()
    decided = len(do())
    seconds = time.perf_counter() - started
    assert decided == count
    return f"{seconds:.1f} | {count / seconds:,.0f}"


def made_pins(count: int) -> list[tuple[Pin, PinContext]]:
    return [(made_pin(number), made_context(number // PINS_OF_A_REPO, number)) for number in range(count)]


def made_pin(number: int) -> Pin:
    image, place = number * 7 % IMAGES, number * 7 // IMAGES % VALUES_IN_USE
    value = f"1.{place}.{place}" + ("-slim" if place % 2 else "")
    return Pin(
        file=PurePosixPath(f"services/{number % PINS_OF_A_REPO}/Dockerfile"),
        finder="dockerfile",
        dependency=Dependency(datasource=OCI, name=f"docker.io/acme/app-{image}"),
        name=f"acme/app-{image}",
        scheme="docker",
        value=value,
        digest=digest_of(value) if image % 2 else None,
        role=Role.FINAL_BASE,
        sites=(),
        line=1 + number % 3,
        column=6,
    )


def made_context(repo: int, number: int) -> PinContext:
    return PinContext(repo=f"acme/team-{repo}", app=f"team-{repo}", stage="production" if number % PINS_OF_A_REPO < 10 else "")


def digest_of(value: str) -> Digest:
    return Digest(f"sha256:{sha256(value.encode()).hexdigest()}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
