"""What tests of decisions share: pins, listings, a registry, and the verdict in a word."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from bot.decide.decider import Decider, PinContext
from bot.decide.evidence import NoEvidence
from bot.decide.follow import values_in_use
from bot.model.dependency import Dependency, Release
from bot.model.fleet import Phase
from bot.model.image import Digest
from bot.model.listing import DatasourceError, Listing
from bot.model.pin import Pin, Role
from bot.model.update import Propose, UpdateKind

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)  # A Monday.
LONG_AGO = NOW - timedelta(days=400)
CONTEXT = PinContext(repo="acme/shop", app="shop", stage="production", phase=Phase.BAU)
NGINX = Dependency(datasource="oci", name="docker.io/library/nginx")
ALL = frozenset(UpdateKind)


def digest(number):
    return Digest(f"sha256:{number:064x}")


def pin(value="1.2.0", *, dependency=NGINX, scheme="docker", role=Role.IMAGE, **more):
    name = dependency.name.rpartition("/")[2]
    return Pin(
        file=PurePosixPath("deploy/values.yaml"),
        finder="helm-values",
        dependency=dependency,
        name=name,
        scheme=scheme,
        value=value,
        role=role,
        sites=(),
        line=1,
        column=1,
        **more,
    )


def listing(*values, dependency=NGINX, problem=None):
    """Values, or (value, days since it was first seen), or (value, digest) pairs."""
    releases = []
    for entry in values:
        value, known = entry if isinstance(entry, tuple) else (entry, None)
        release = Release(dependency=dependency, value=value, first_seen=LONG_AGO)
        if isinstance(known, str):
            release = replace(release, digest=known)
        elif known is not None:
            release = replace(release, first_seen=NOW - timedelta(days=known))
        releases.append(release)
    return Listing(dependency=dependency, releases=tuple(releases), problem=problem)


class Registry:
    """Gives digests, and remembers what it was asked for."""

    def __init__(self, digests=()):
        self.digests = dict(digests)
        self.asked = []

    def describe(self, release):
        self.asked.append(release.value)
        if release.value not in self.digests:
            raise DatasourceError(f"{release.value} is gone")
        return replace(release, digest=self.digests[release.value])


def decide(the_pin, the_listing, *rules, registry=None, now=NOW, context=CONTEXT, bases=(), evidence=None, in_use=()):
    decider = Decider(rules, bases, evidence=evidence).knowing(values_in_use(in_use))
    return decider.decide(the_pin, the_listing, context, (registry or Registry()).describe, now)


def outcome(decision):
    """The verdict in one word or two: the proposed value and kind, else the name of the verdict."""
    verdict = decision.verdict
    if isinstance(verdict, Propose):
        return verdict.update.release.value, verdict.update.kind
    return type(verdict)


def verdicts(decision):
    return {candidate.value: candidate.verdict for candidate in decision.candidates}


class Knows(NoEvidence):
    """Evidence as a table."""

    def __init__(self, *, no_ops=(), older=(), lost=None):
        self._no_ops, self._older, self._lost = no_ops, older, lost or {}

    def is_no_op(self, update):
        return update.release.digest in self._no_ops

    def is_older_build(self, update):
        return update.release.digest in self._older

    def lost_platforms(self, update):
        return self._lost.get(update.release.value, ())
