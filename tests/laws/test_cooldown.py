"""A cooldown delays and never starves: in every rhythm of rebuilds, releases and runs, a pin is no older than the cooldown and one gap."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, count, pairwise
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.decide.context import PinContext
from bot.decide.decider import Decider
from bot.decide.evidence import Evidence, NoEvidence
from bot.ledger.ledger import Ledger
from bot.model.dependency import OCI, Dependency, Release
from bot.model.image import Digest
from bot.model.listing import NotListedError
from bot.model.pin import Pin, Role
from bot.model.rules import Rule
from bot.model.update import Hold, Propose, Update, UpToDate
from bot.pipeline.decide import decide
from bot.pipeline.parts import Parts
from bot.pipeline.watch import watch
from bot.watch.watcher import Watcher

START = datetime(2026, 3, 1, tzinfo=UTC)
APPS = (Dependency(datasource=OCI, name=f"ghcr.io/acme/app-{number}") for number in count())
"""Each is new to the ledger."""
RHYTHMS = st.lists(st.integers(1, 200), min_size=1, max_size=12)
"""Hours between what happens."""


def digest(number: int) -> Digest:
    return Digest(f"sha256:{number:064x}")


def pin_to(app: Dependency, value: str, number: int | None) -> Pin:
    return Pin(
        file=PurePosixPath("Dockerfile"),
        finder="dockerfile",
        dependency=app,
        name="app",
        scheme="docker",
        value=value,
        digest=None if number is None else digest(number),
        role=Role.FINAL_BASE,
        sites=(),
        line=1,
        column=1,
    )


class Place:
    """A registry as it is at one moment: tags, what they stand at, and whether old digests are kept."""

    name = OCI

    def __init__(self, tags: dict[str, int], *, keeps: bool = True) -> None:
        self.tags, self.keeps = tags, keeps

    def releases(self, dependency: Dependency) -> list[Release]:
        return [Release(dependency=dependency, value=tag) for tag in self.tags]

    def describe(self, release: Release) -> Release:
        there = digest(self.tags[release.value])
        if release.digest not in {None, there} and not self.keeps:
            raise NotListedError(f"{release.digest} is gone")
        return replace(release, digest=release.digest or there)


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    ledger = Ledger.open("sqlite://")
    yield ledger
    ledger.close()


def look(ledger: Ledger, place: Place, pin: Pin, rule: Rule, now: datetime, *, evidence: Evidence | None = None) -> Pin:
    """The pin after one run of the bot whose pull request is merged at once."""
    parts = Parts(watcher=Watcher([place]), decider=Decider((rule,), evidence=evidence), ledger=ledger, stage_of=lambda _: "")
    listings = watch(parts, [pin.dependency], now=now)
    [decision] = decide(parts, [(pin, PinContext(repo="", app=""))], listings, now=now)
    assert isinstance(decision.verdict, Propose | Hold | UpToDate), decision
    if not isinstance(decision.verdict, Propose):
        return pin
    release = decision.verdict.update.release
    return replace(pin, value=release.value, digest=release.digest if pin.digest is not None else None)


@settings(deadline=None, max_examples=30)
@given(rebuilds=RHYTHMS, runs=RHYTHMS, cooldown=st.integers(0, 400))
def test_no_rhythm_of_rebuilds_starves_a_digest(ledger: Ledger, rebuilds: list[int], runs: list[int], cooldown: int) -> None:
    pin, seen = pin_to(next(APPS), "3.12", 0), {0: 0}
    built = list(accumulate(rebuilds))
    for hour in (0, *accumulate(runs)):
        number = sum(moment <= hour for moment in built)
        seen.setdefault(number, hour)
        pin = look(ledger, Place({"3.12": number}), pin, Rule(digest_cooldown=timedelta(hours=cooldown)), START + timedelta(hours=hour))
        mine = next(known for known in seen if digest(known) == pin.digest)
        gap = max((later - earlier for earlier, later in pairwise(seen.values())), default=0)

        assert mine == number or hour - seen[mine] <= cooldown + gap
        assert mine == max((known for known, at in seen.items() if at == 0 or hour - at >= cooldown), default=0)


@settings(deadline=None, max_examples=30)
@given(releases=RHYTHMS, runs=RHYTHMS, cooldown=st.integers(0, 400), is_digest_pinned=st.booleans())
def test_no_rhythm_of_releases_starves_a_version(
    ledger: Ledger,
    releases: list[int],
    runs: list[int],
    cooldown: int,
    is_digest_pinned: bool,  # noqa: FBT001
) -> None:
    pin, seen = pin_to(next(APPS), "1.0.0", 0 if is_digest_pinned else None), {"1.0.0": 0}
    published = list(accumulate(releases))
    for hour in (0, *accumulate(runs)):
        tags = {f"1.0.{number}": number for number in range(1 + sum(moment <= hour for moment in published))}
        for tag in tags:
            seen.setdefault(tag, hour)
        pin = look(ledger, Place(tags), pin, Rule(cooldown=timedelta(hours=cooldown)), START + timedelta(hours=hour))
        ripe = [tag for tag, at in seen.items() if at == 0 or hour - at >= cooldown]

        assert pin.value == ripe[-1]


RIPE_AFTER = Rule(digest_cooldown=timedelta(days=3))


class Built(NoEvidence):
    """Evidence that knows which digests were built after the pin's."""

    def __init__(self, *newer: int) -> None:
        self._newer = {digest(number) for number in newer}

    def is_newer_build(self, update: Update) -> bool:
        return update.release.digest in self._newer


@pytest.mark.parametrize(
    ("numbers", "options", "expected"),
    [
        pytest.param((0, 1, 2, 3, 4, 5), {}, 2, id="rebuilt every day"),
        pytest.param((0, 1, 2, 3, 4, 5), {"keeps": False}, 0, id="the registry keeps no digest without a tag"),
        pytest.param((0, 1, 1, 1, 1, 2), {"keeps": False}, 1, id="it was ripe while it stood"),
        pytest.param((0, 1, 0, 0, 2, 2), {}, 0, id="one that was taken back ripens never"),
        pytest.param((0, 1, 2, 3, 4, 5), {"pinned_then": 4}, 4, id="a person was faster"),
        pytest.param((0, 1, 2, 3, 4, 5), {"pinned_then": 99}, 99, id="a person has one that was never seen"),
        pytest.param((0, 1, 2, 3, 4, 5), {"pinned_then": 99, "built_later": 2}, 2, id="one that was never seen, and is older"),
    ],
)
def test_which_digest_goes_out(ledger: Ledger, numbers: tuple[int, ...], options: dict[str, int], expected: int) -> None:
    """A run on each day at which the tag stands at the number of that day; `pinned_then` is what the pin has before the last one."""
    app = next(APPS)
    pin = pin_to(app, "3.12", 0)
    for day, number in enumerate(numbers):
        if day == len(numbers) - 1 and "pinned_then" in options:
            pin = pin_to(app, "3.12", options["pinned_then"])
        place = Place({"3.12": number}, keeps=bool(options.get("keeps", True)))
        evidence = Built(options.get("built_later", 10**6))
        pin = look(ledger, place, pin, RIPE_AFTER, START + timedelta(days=day), evidence=evidence)

    assert pin.digest == digest(expected)


def test_a_version_that_waited_goes_out_with_a_digest_that_is_old_enough(ledger: Ledger) -> None:
    app = next(APPS)
    pin = pin_to(app, "1.0.0", 0)
    rule = Rule(cooldown=timedelta(days=3), digest_cooldown=timedelta(days=2))
    for day, tags in enumerate([{}, {"1.0.1": 1}, {"1.0.1": 1}, {"1.0.1": 1}, {"1.0.1": 2}]):
        pin = look(ledger, Place({"1.0.0": 0, **tags}), pin, rule, START + timedelta(days=day))
    assert (pin.value, pin.digest) == ("1.0.1", digest(2)), "no other digest of it was ever seen"

    for day in (5, 6):
        pin = look(ledger, Place({"1.0.0": 0, "1.0.1": 2, "1.0.2": day}), pin_to(app, "1.0.0", 0), rule, START + timedelta(days=day))
    assert (pin.value, pin.digest) == ("1.0.1", digest(2))
    pin = look(ledger, Place({"1.0.0": 0, "1.0.1": 7, "1.0.2": 6}), pin_to(app, "1.0.0", 0), rule, START + timedelta(days=7))

    assert (pin.value, pin.digest) == ("1.0.1", digest(2))
