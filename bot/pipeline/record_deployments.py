"""Record: tell an organisation's linked artifacts what is seen to run, where that is asked for; what is there already is not written."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

import structlog

from bot.clients.workers import Workers
from bot.model.deployment import Deployment
from bot.model.failure import Failure
from bot.model.image import ImageReference
from bot.model.runtime import DeploymentRecord, NewRecord
from bot.pipeline.attempt import attempt
from bot.pipeline.deployment_sources import DeploymentSources, RecordsOf
from bot.pipeline.deployments_on_github import published
from bot.pipeline.scanned import Scanned
from bot.track.deployments.read import Covered
from bot.track.deployments.to_end import to_end
from bot.track.deployments.to_record import Group, to_record, unknown_to

log = structlog.get_logger()

_T = TypeVar("_T")

_WORKERS: Final = 4
_REMEDY: Final = "The App needs the organisation's permission artifact metadata: write; else set track.write_deployment_records to false."


def record_deployments(
    sources: DeploymentSources,
    scanned: Sequence[Scanned],
    found: Sequence[Deployment],
    covered: Sequence[Covered] = (),
    *,
    now: datetime,
) -> list[Failure]:
    """Write what is not written yet, for each owner of the repos, and what runs no more by the lists that are whole; what could not be.

    Of more digests than `digests_per_run` each day has others in its turn, for those that are written are asked for like all. What may run
    no more is looked up with what is left.
    """
    if sources.write_records is None or sources.known_records is None:
        return []
    by_owner: dict[str, dict[str, str]] = {}
    for entry in scanned:
        owner, _, name = entry.repo.full_name.partition("/")
        by_owner.setdefault(owner, {}).update({image: name for app in entry.apps for image in app.images})
    running = {owner: to_record(found, repo_of) for owner, repo_of in by_owner.items()}
    left = sources.digests_per_run
    spare = max(left - sum(len(wanted.digests) for wanted in running.values()), 0)
    failures: list[Failure] = []
    for owner, repo_of in _turned(sorted(by_owner.items()), now.toordinal()):
        wanted = running[owner]
        digests = _in_turn(wanted.digests, left, now)
        left -= len(digests)
        if len(digests) < len(wanted.digests):
            failures.append(_left_over(owner, len(wanted.digests) - len(digests), len(wanted.digests)))
        images = _images(sources, scanned, owner, found) if covered else {}
        others = _in_turn([digest for digest in images if digest not in {*wanted.digests}], spare, now)
        spare -= len(others)
        known = _known(sources.known_records, owner, [*digests, *others])
        if isinstance(known, Failure):
            failures.append(known)
            continue
        ended = to_end(known, images, repo_of, covered)
        for group in sorted({*wanted.records, *ended}):
            new = [*unknown_to(wanted.records.get(group, ()), group, known), *ended.get(group, ())]
            failures += _write(sources, owner, group, new) if new else ()
    return failures


def _in_turn(digests: Sequence[str], most: int, now: datetime) -> list[str]:
    """So many of them, from where the day before left off."""
    return _turned(digests, now.toordinal() * most)[: max(most, 0)]


def _turned(items: Sequence[_T], by: int) -> list[_T]:
    start = by % len(items) if items else 0
    return [*items[start:], *items[:start]]


def _left_over(owner: str, count: int, of: int) -> Failure:
    what = f"{count} of {of} digests that are seen to run were not looked up, so nothing new is written of them; tomorrow others are first."
    return Failure(where=f"linked artifacts of {owner}", what=what, remedy="Raise track.digests_per_run.")


def _images(sources: DeploymentSources, scanned: Sequence[Scanned], owner: str, found: Sequence[Deployment]) -> dict[str, ImageReference]:
    """What the repos of an owner publish, by each digest that is known of it."""
    own = [entry for entry in scanned if entry.repo.full_name.partition("/")[0] == owner]
    images = [image for entry in own for image in published(sources.ledger, entry, found)]
    return {str(image.digest): image for image in images if image.digest is not None}


def _known(records_of: RecordsOf, owner: str, digests: Sequence[str]) -> dict[str, Sequence[DeploymentRecord]] | Failure:
    """What is there already of each digest; a digest that GitHub does not know the question of has nothing."""
    with Workers(_WORKERS, "records") as pool:
        told = list(pool.map(lambda digest: attempt(f"linked artifacts of {owner}", lambda: records_of(owner, digest)), digests))
    failed = next((one for one in told if isinstance(one, Failure)), None)
    if failed is not None:
        return failed
    return {digest: one or () for digest, one in zip(digests, told, strict=True) if not isinstance(one, Failure)}


def _write(sources: DeploymentSources, owner: str, group: Group, new: Sequence[NewRecord]) -> Iterator[Failure]:
    cluster, stage = group
    where = f"linked artifacts of {owner}, cluster {cluster}, {stage}"
    write = sources.write_records
    refused = attempt(where, partial(write, owner, cluster, stage, new)) if write is not None else ()
    if isinstance(refused, Failure):
        yield Failure(where=where, what=refused.what, remedy=_REMEDY, resumes_at=refused.resumes_at)
        return
    log.info("deployments.recorded", owner=owner, cluster=cluster, stage=stage, records=len(new) - len(refused))
    if refused:
        yield Failure(where=where, what=f"GitHub did not take {len(refused)} of {len(new)} records: {_some(refused)}.", remedy=_REMEDY)


def _some(names: Iterable[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:3]) + (", ..." if len(shown) > 3 else "")  # noqa: PLR2004 - enough to find the others by
