"""What custom properties say of apps, and what counts before and after them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from bot.model.fleet import App, Criticality, PersonsCommit, Phase, Property, Repo
from bot.settings.properties import Properties
from bot.settings.sections import Phases
from bot.track.apps import apps_of
from bot.track.fleet_file import FleetEntry

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
LATELY = PersonsCommit(at=NOW - timedelta(days=1))
REPO = Repo(
    full_name="acme/shop", default_branch="main", head="0" * 40, clone_url="https://x/acme/shop.git", last_commit=LATELY, properties=()
)
INFERRED = "last commit by a person yesterday"
READ = Properties(read=True)


def having(**properties: str | tuple[str, ...]) -> Repo:
    values = {name: (value,) if isinstance(value, str) else value for name, value in properties.items()}
    return replace(REPO, properties=tuple(Property(name=name, values=value) for name, value in values.items()))


def app(repo: Repo, settings: Properties = READ, entry: FleetEntry | None = None) -> App:
    files = {"CODEOWNERS": "* @acme/all\n"}
    fleet = () if entry is None else (entry,)
    (found,) = apps_of(repo, fleet, read_file=lambda path: files.get(str(path)), phases=Phases(), properties=settings, now=NOW)
    return found


PHASES = {
    "none is set": (REPO, Phase.DEVELOPMENT, INFERRED),
    "one that says it": (having(phase="bau"), Phase.BAU, "property phase: bau"),
    "capitals": (having(Lifecycle="Maintenance"), Phase.BAU, "property Lifecycle: Maintenance"),
    "the first name counts": (having(lifecycle="deprecated", phase="active"), Phase.DEVELOPMENT, "property phase: active"),
    "before a topic": (replace(having(phase="development"), topics=("bau",)), Phase.DEVELOPMENT, "property phase: development"),
    "not before the archive": (replace(having(phase="bau"), is_archived=True), Phase.RETIRED, "the repo is archived"),
    "a value without a meaning": (having(phase="beta"), Phase.DEVELOPMENT, f"{INFERRED} (property phase: beta stands for no phase)"),
    "several values of one meaning": (having(phase=("bau", "maintenance")), Phase.BAU, "property phase: bau, maintenance"),
    "several meanings": (
        having(phase=("bau", "active")),
        Phase.DEVELOPMENT,
        f"{INFERRED} (property phase: bau, active stands for no phase)",
    ),
    "not known": (replace(REPO, properties=None), Phase.DEVELOPMENT, f"{INFERRED} (its custom properties are not known)"),
    "not known, with a topic": (
        replace(REPO, properties=None, topics=("bau",)),
        Phase.BAU,
        "topic bau (its custom properties are not known)",
    ),
}


@pytest.mark.parametrize(("repo", "phase", "reason"), PHASES.values(), ids=PHASES.keys())
def test_the_phase_by_properties(repo: Repo, phase: Phase, reason: str) -> None:
    found = app(repo)

    assert (found.phase, found.phase_reason) == (phase, reason)


OWNERS = {
    "none is set": (REPO, ("@acme/all",), "CODEOWNERS"),
    "a team's bare name": (having(team="payments"), ("@acme/payments",), "property team: payments"),
    "a team of whomever": (having(owner="acme-pay/core"), ("@acme-pay/core",), "property owner: acme-pay/core"),
    "people": (having(owners=("@dana", "@lee", "@dana")), ("@dana", "@lee"), "property owners: @dana, @lee, @dana"),
    "an address": (having(owner="pay@acme.example"), ("pay@acme.example",), "property owner: pay@acme.example"),
    "no owner": (having(owner="the payments people"), ("@acme/all",), "CODEOWNERS (property owner: the payments people names no owner)"),
    "more than an owner": (having(owner="@x <img>"), ("@acme/all",), "CODEOWNERS (property owner: @x <img> names no owner)"),
    "not known": (replace(REPO, properties=None), ("@acme/all",), "CODEOWNERS (its custom properties are not known)"),
}  # fmt: skip


@pytest.mark.parametrize(("repo", "owners", "reason"), OWNERS.values(), ids=OWNERS.keys())
def test_owners_by_properties(repo: Repo, owners: tuple[str, ...], reason: str) -> None:
    found = app(repo)

    assert (found.owners, found.owners_reason) == (owners, reason)


CRITICALITIES = {
    "none is set": (REPO, Criticality.MEDIUM, ""),
    "one that says it": (having(criticality="Critical"), Criticality.HIGH, "property criticality: Critical"),
    "a value without a meaning": (having(criticality="7"), Criticality.MEDIUM, "property criticality: 7 stands for no criticality"),
    "not known": (replace(REPO, properties=None), Criticality.MEDIUM, "its custom properties are not known"),
}


@pytest.mark.parametrize(("repo", "criticality", "reason"), CRITICALITIES.values(), ids=CRITICALITIES.keys())
def test_criticality_by_properties(repo: Repo, criticality: Criticality, reason: str) -> None:
    found = app(repo)

    assert (found.criticality, found.criticality_reason) == (criticality, reason)


EVERYTHING = having(phase="retired", owner="payments", criticality="high")


def test_the_fleet_file_counts_before_properties_and_these_for_what_it_leaves_open() -> None:
    whole = FleetEntry(name="s", repo="acme/shop", owners=("@dana",), criticality=Criticality.LOW, phase=Phase.BAU)
    bare = FleetEntry(name="s", repo="acme/shop", path=PurePosixPath())

    declared, left_open = app(EVERYTHING, entry=whole), app(EVERYTHING, entry=bare)

    assert (declared.phase, declared.owners, declared.criticality) == (Phase.BAU, ("@dana",), Criticality.LOW)
    assert {declared.phase_reason, declared.owners_reason, declared.criticality_reason} == {"declared"}
    assert (left_open.phase, left_open.owners, left_open.criticality) == (Phase.RETIRED, ("@acme/payments",), Criticality.HIGH)


def test_names_and_meanings_are_the_settings() -> None:
    settings = Properties(
        read=True,
        phase=("stage-of-life",),
        phases={"Run": Phase.BAU},
        criticality=("tier",),
        criticalities={"1": Criticality.HIGH},
        owners=(),
    )

    found = app(having(**{"stage-of-life": "run", "tier": "1", "owner": "payments"}), settings)

    assert (found.phase, found.criticality, found.owners) == (Phase.BAU, Criticality.HIGH, ("@acme/all",))


def test_properties_say_nothing_unless_they_are_read() -> None:
    found = app(EVERYTHING, Properties())

    assert (found.phase, found.phase_reason, found.owners_reason, found.criticality_reason) == (
        Phase.DEVELOPMENT,
        INFERRED,
        "CODEOWNERS",
        "",
    )
