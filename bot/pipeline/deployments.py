"""What runs where, or is written to run, by every source that the settings name."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.ledger.ledger import Ledger
from bot.model.dependency import OCI
from bot.model.deployment import Deployment
from bot.model.failure import Failure
from bot.model.fleet import Repo
from bot.model.git_source import GitSource
from bot.model.image import Digest
from bot.pipeline.applied import by_applied
from bot.pipeline.attempt import attempt
from bot.pipeline.deployment_sources import DeploymentSources
from bot.pipeline.deployments_on_github import by_environments, by_records
from bot.pipeline.lists import Lists
from bot.pipeline.purpose_tags import by_purpose_tags
from bot.pipeline.scanned import Scanned
from bot.track.deployments import manifest
from bot.track.deployments.read import Applied, Covered, Read
from bot.track.deployments.same_image import Kin


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployments:
    """What is known of what runs."""

    found: tuple[Deployment, ...] = ()
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    """What was passed over and is no fault, with the list that says so."""
    covered: tuple[Covered, ...] = ()
    """Of what the lists are whole; nothing where one of them failed, or is not believed: it may hold what another one lacks."""
    kin: Kin = field(default_factory=Kin)
    """For `is_same_image`."""


def deployments(sources: DeploymentSources, scanned: Sequence[Scanned], *, now: datetime) -> Deployments:
    """Every image that runs or is written to run, by each source. A source that fails is a value, and the others count."""
    gathered = _Gathered()
    git = [source for entry in scanned for source in entry.git_sources]
    for entry in scanned:
        unknown = entry.git_sources
        gathered.found += manifest.written(entry.repo, entry.findings, sources.stage_of, now=now, sources=git, unknown=unknown)
        gathered.notes += [_not_known(entry.repo, one) for one in unknown if one.problem]
    kin = Kin.of(sources.ledger.contents.opened())
    listed = list(_lists(sources.lists, now))
    gathered.take(listed)
    gathered.take(by_applied(sources, scanned, gathered.applied))
    gathered.take(by_purpose_tags(sources, scanned, now=now))
    gathered.take(by_environments(sources, scanned, kin, now=now))
    gathered.found = list(_with_digests(gathered.found, sources.ledger))
    gathered.take(by_records(sources, scanned, gathered.found, now=now))
    return Deployments(
        found=tuple(gathered.found), failures=tuple(gathered.failures), notes=tuple(gathered.notes), covered=_covered(listed), kin=kin
    )


def _covered(listed: Sequence[tuple[str, Read | Failure]]) -> tuple[Covered, ...]:
    reads = [one for _, one in listed if isinstance(one, Read) and not one.problems]
    return tuple(one.covered for one in reads if one.covered is not None) if len(reads) == len(listed) else ()


def _not_known(repo: Repo, source: GitSource) -> str:
    return f"{repo.full_name} {source.file}:{source.line}: what {source.name} applies is not known: {source.problem}"


@dataclass(slots=True)
class _Gathered:
    found: list[Deployment] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    applied: list[Applied] = field(default_factory=list)

    def take(self, told: Iterable[tuple[str, Read | Failure]]) -> None:
        for name, one in list(told):
            if isinstance(one, Failure):
                self.failures.append(one)
                continue
            self.found += one.deployments
            self.applied += one.applied
            self.failures += [Failure(where=name, what=problem) for problem in one.problems]
            self.notes += [f"{name}: {note}" for note in one.notes]


def _lists(lists: Lists, now: datetime) -> Iterator[tuple[str, Read | Failure]]:
    listed = attempt("the lists of what runs", lambda: list(lists.read(now=now)))
    if isinstance(listed, Failure):
        yield listed.where, listed
    else:
        yield from listed


def _with_digests(found: Sequence[Deployment], ledger: Ledger) -> Iterator[Deployment]:
    """What names a tag alone, at the only digest that this tag was ever seen at, where the bot saw the tag come."""
    known = ledger.sightings.only_digests(OCI, {one.image.name for one in found if one.image.digest is None and one.image.tag})
    for one in found:
        image = one.image
        digest = known.get((image.name, image.tag or "")) if image.digest is None else None
        yield one if digest is None else replace(one, image=image.at(tag=image.tag, digest=Digest(digest)), is_digest_by_tag=True)
