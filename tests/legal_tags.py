"""Tags of publishers who do nothing wrong, over a year, and how many alarms that makes: there must be none."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.decide.tripwire.alarms import alarm_of
from bot.decide.tripwire.moves import Sight
from bot.decide.tripwire.origin import Origin, with_provenance
from bot.model.dependency import GITHUB_TAGS, OCI, Dependency
from bot.model.lineage import BuiltBy

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
DAY: Final = timedelta(days=1)
KINDS: Final = ("same revision", "version label alone", "no labels", "labels of the base", "official", "habit", "floating", "action")
_NIGHTS: Final = (90, 180, 366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilds:
    """What publishers of one kind did, and what was said of it."""

    kind: str
    publishers: int
    rebuilds: int
    """Moves of tags."""
    false: int
    """Alarms, on three nights of the year."""


def rebuilds_of(chance: random.Random, *, at_least: int) -> list[Rebuilds]:
    """So many legal moves of tags, or a few more, by the kind of their publishers."""
    found = {kind: Rebuilds(kind=kind, publishers=0, rebuilds=0, false=0) for kind in KINDS}
    number = 0
    while sum(each.rebuilds for each in found.values()) < at_least:
        number += 1
        kind, dependency, sights, origins = legal(chance, number)
        # As each night sees it: what was there by then.
        seen = [[sight for sight in sights if sight.first_seen <= START + night * DAY] for night in _NIGHTS]
        before = found[kind]
        found[kind] = Rebuilds(
            kind=kind,
            publishers=before.publishers + 1,
            rebuilds=before.rebuilds + len(sights) - len({sight.value for sight in sights}),
            false=before.false + sum(alarm_of(dependency, there, origins.get) is not None for there in seen),
        )
    return list(found.values())


def way(value: str, *stops: tuple[str, float], until: float = 100) -> list[Sight]:
    """A tag by where it stood from which day on."""
    ends = [day for _, day in stops[1:]] + [until]
    return [
        Sight(value=value, digest=digest, first_seen=START + day * DAY, last_seen=START + end * DAY)
        for (digest, day), end in zip(stops, ends, strict=True)
    ]


def legal(chance: random.Random, number: int) -> tuple[str, Dependency, list[Sight], dict[str, Origin]]:
    """A year of one legal publisher's tags, with what its images say."""
    kind = chance.choice(KINDS)
    name = {"official": f"docker.io/library/image{number}"}.get(kind, f"ghcr.io/owner{number}/image{number}")
    tags = ["4", "4.2", "edge", "latest"] if kind == "floating" else ["1.2.3", "1.2.4-slim", "v2.0.0"]
    if kind == "action":
        return kind, Dependency(datasource=GITHUB_TAGS, name=f"owner{number}/action"), _rebuilt(chance, ["v4", "v4.1", "main"], 30), {}
    # Who builds a version from later commits does so from its first weeks on.
    sights = _rebuilt(chance, tags, 25 if kind == "habit" else chance.choice([7, 30, 90]))
    origins: dict[str, Origin] = {}
    for sight in sights:
        source = f"https://github.com/owner{number}/image{number}"
        opened = sight.first_seen
        origins[sight.digest] = {
            "same revision": Origin(source=source, revision=sight.value, version=sight.value, opened_at=opened),
            "version label alone": Origin(source=f"{source}#{sight.digest}", version=sight.value, opened_at=opened),
            "no labels": Origin(opened_at=opened),
            "labels of the base": Origin(source=f"https://github.com/os/base-{sight.digest}", revision=sight.digest, opened_at=opened),
            "official": Origin(source=f"{source}#{sight.digest}", revision=sight.digest, version=sight.value, opened_at=opened),
            "habit": Origin(source=source, revision=sight.digest, version=sight.value, opened_at=opened),
            "floating": Origin(source=source, revision=sight.digest, version=sight.digest, opened_at=opened),
        }[kind]
        origins[sight.digest] = with_provenance(origins[sight.digest], _built_by(number, len(origins))) or origins[sight.digest]
    return kind, Dependency(datasource=OCI, name=name), sights, origins


def _built_by(number: int, build: int) -> list[BuiltBy]:
    """As one publisher signs: each run has a number, rebuilds have a workflow and branch of their own, and some builds sign nothing."""
    account, repo = f"https://github.com/owner{number}", f"owner{number}/image{number}"
    source, shared = f"{account}/image{number}", f"{account}/workflows/.github/workflows/build.yml"
    forms = (
        BuiltBy(where="x", builder=f"{source}/actions/runs/{build}/attempts/1", source=f"{source}.git#refs/heads/release-{build}"),
        BuiltBy(
            where="x",
            builder=f"{source}/.github/workflows/nightly.yml@refs/heads/main",
            source=f"git@github.com:{repo}",
        ),
        BuiltBy(where="x", builder=f"{shared}@v{build}", source=f"{source.upper()}@refs/tags/{build}"),
        BuiltBy(where="x", builder="https://mobyproject.org/buildkit@v1", source=f"{source}/tree/{build}"),
        BuiltBy(where="x"),
    )
    return [forms[(number + build) % len(forms)]]


def _rebuilt(chance: random.Random, tags: list[str], gap: int) -> list[Sight]:
    days, day = [0.0], 0.0
    while (day := day + gap * chance.uniform(0.3, 1)) < 365:
        days.append(day)
    return [
        sight
        for tag in tags
        for sight in way(tag, *((f"{tag}@{number}", day + chance.random() / 48) for number, day in enumerate(days)), until=366)
    ]
