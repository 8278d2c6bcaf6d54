"""What GitHub keeps on what runs: environments by GraphQL, many repos at once; deployment records by REST, for each digest."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from bot.clients.github.connection import Connection
from bot.clients.github.documents import ENVIRONMENTS
from bot.clients.github.failures import UnreadableError, translated
from bot.clients.github.linked_artifacts import records_of
from bot.clients.github.nodes import asked, whole
from bot.clients.github.page_size import PageSize
from bot.clients.github.typed import typed
from bot.clients.json_fields import mapping, moment, objects, text
from bot.model.failure import Failure, told
from bot.model.fleet import Repo
from bot.model.forge import ForgeError
from bot.model.runtime import DeploymentRecord, Environment, Environments, NewRecord, Origin

_PAGE: Final = 50
_MAX_PAYLOAD: Final = 10_000
_MAX_NAME: Final = 256
_MAX_VERSION: Final = 100
_WRITTEN_BY, _BOT, _STATE, _ENDED = "written-by", "rebuild-bot", "state", "decommissioned"
"""In tags of records."""
MOST_RECORDS: Final = 1_000
"""That GitHub takes in one request."""


class RuntimeReader:
    """Safe to use from several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection
        self._page: Final = PageSize(_PAGE)

    def environments(self, repos: Sequence[Repo]) -> Iterator[tuple[Repo, Environments | Failure]]:
        """The environments of each repo, by one request for fifty of them; or why they can't be had. Never raises."""
        by_id = {repo.node_id: repo for repo in repos if repo.node_id}
        try:
            with translated("the environments of some repos"):
                answers = asked(self._connection, ENVIRONMENTS, list(by_id), self._page, lambda page: {"ids": list(page)})
        except ForgeError as error:
            yield from ((repo, _failure(repo, error)) for repo in by_id.values())
            return
        for wanted, repo in by_id.items():
            try:
                with translated(f"{repo.full_name}: its environments"):
                    found = _environments(whole(answers.get(wanted, ())))
            except ForgeError as error:
                yield repo, _failure(repo, error)
            else:
                yield repo, found

    def records(self, owner: str, digest: str) -> tuple[DeploymentRecord, ...] | None:
        """What an organisation's linked artifacts tell of a digest: where it runs. None as `records_of` has it. Raises ForgeError."""
        found = records_of(self._connection, owner, digest, "deployment")
        return None if found is None else tuple(_record(entry, digest) for entry in found)


class RecordWriter:
    """Tells an organisation's linked artifacts what runs. Safe to use from several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection

    def write(self, owner: str, cluster: str, environment: str, records: Sequence[NewRecord]) -> tuple[str, ...]:
        """Set so many places of a cluster, a request for each thousand; the names of those that GitHub did not take. Raises ForgeError.

        The record of the same place is replaced: done twice, it is as done once.
        """
        refused: list[str] = []
        for start in range(0, len(records), MOST_RECORDS):
            entries = [_entry(record) for record in records[start : start + MOST_RECORDS]]
            given = {"logical_environment": environment, "deployments": entries, "partial_success": True}
            with translated(f"the deployment records of {owner}"), self._connection.writer() as client:
                url = f"/orgs/{owner}/artifacts/metadata/deployment-record/cluster/{quote(cluster, safe='')}"
                _, answer = client.requester.requestJsonAndCheck("POST", url, input=given)
                if not isinstance(answer, dict):
                    raise UnreadableError("no object")
                refused += [text(mapping(error.get("deployment")).get("deployment_name")) or "?" for error in objects(answer.get("errors"))]
        return tuple(refused)


def _entry(record: NewRecord) -> dict[str, object]:
    entry: dict[str, object] = {
        "name": record.image,
        "digest": record.digest,
        "status": "decommissioned" if record.is_ended else "deployed",
        "deployment_name": record.name,
        "github_repository": record.repo,
        **({"version": record.tag} if 0 < len(record.tag) <= _MAX_VERSION else {}),
    }
    return entry if record.origin is None else entry | {"tags": _tags(record.origin, is_ended=record.is_ended)}


def _tags(origin: Origin, *, is_ended: bool) -> dict[str, str]:
    """GitHub does not answer with the status of a record: what it was told is told in a tag besides."""
    tags = {_WRITTEN_BY: _BOT, "namespace": origin.namespace, "workload": origin.workload, "container": origin.container}
    return tags | ({_STATE: _ENDED} if is_ended else {})


def _origin(tags: Mapping[str, Any]) -> Origin | None:
    told = {key: text(tags.get(key))[:_MAX_NAME] for key in ("namespace", "workload", "container")}
    return Origin(**told) if text(tags.get(_WRITTEN_BY)) == _BOT and all(told.values()) else None


def _environments(node: Mapping[str, Any]) -> Environments:
    """A node of `ENVIRONMENTS`."""
    listed = node["environments"]
    return Environments(listed=tuple(_environment(one) for one in listed["nodes"] if one), is_cut=bool(listed["pageInfo"]["hasNextPage"]))


def _environment(node: Mapping[str, Any]) -> Environment:
    """Raises TypeError for a field of another type: words that nobody wrote are no name and no state."""
    last = node["latestCompletedDeployment"]
    if last is None:
        return _cut(Environment(name=node["name"], commit=""))
    status = last["latestStatus"]
    return _cut(
        Environment(
            name=node["name"],
            commit=last["commitOid"],
            state=(status or last)["state"] or "",
            at=datetime.fromisoformat((status or last)["createdAt"]).astimezone(UTC),
            payload=last["payload"] or "",
        )
    )


def _cut(read: Environment) -> Environment:
    one = typed(read)
    return replace(one, name=one.name[:_MAX_NAME], commit=one.commit[:64], state=one.state[:40], payload=one.payload[:_MAX_PAYLOAD])


def _record(entry: Mapping[str, Any], digest: str) -> DeploymentRecord:
    tags = mapping(entry.get("tags"))
    return DeploymentRecord(
        digest=digest,
        environment=text(entry.get("logical_environment"))[:_MAX_NAME],
        physical_environment=text(entry.get("physical_environment"))[:_MAX_NAME],
        cluster=text(entry.get("cluster"))[:_MAX_NAME],
        name=text(entry.get("deployment_name"))[:_MAX_NAME],
        created_at=moment(entry.get("created_at")),
        updated_at=moment(entry.get("updated_at")),
        origin=_origin(tags),
        is_ended=_ENDED in {text(entry.get("status")), text(tags.get(_STATE))},
    )


def _failure(repo: Repo, error: ForgeError) -> Failure:
    what = f"its environments can't be had: {told(error, where=f'{repo.full_name}: its environments')}"
    return Failure(where=repo.full_name, what=what, resumes_at=error.resumes_at)
