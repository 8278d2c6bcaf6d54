"""Storage records of an organisation's linked artifacts (Docs, "REST API endpoints for artifact metadata"): by digest, one at a time."""

from collections.abc import Mapping
from typing import Any, Final

from github.GithubException import UnknownObjectException

from bot.clients.github.connection import Connection
from bot.clients.github.failures import UnreadableError, translated
from bot.clients.json_fields import moment, objects, text
from bot.model.storage import Kept, NewStorage, StorageRecord

_MAX_RECORDS: Final = 1_000
_MAX_TEXT: Final = 256
_MAX_VERSION: Final = 100


class StorageRecords:
    """Safe to use from several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection

    def of(self, owner: str, digest: str) -> tuple[StorageRecord, ...] | None:
        """Where an artifact lies, by an organisation's linked artifacts. Raises ForgeError.

        None: GitHub does not know the question. It may have no linked artifacts, keep them from the token, or have nothing of the digest.
        """
        with translated(f"the storage records of {owner}"):
            try:
                requester = self._connection.reader.requester
                _, answer = requester.requestJsonAndCheck("GET", f"/orgs/{owner}/artifacts/{digest}/metadata/storage-records")
            except UnknownObjectException:
                return None
            listed = answer.get("storage_records") if isinstance(answer, dict) else None
            if not isinstance(listed, list):
                raise UnreadableError("no storage records")
            return tuple(_record(entry, digest) for entry in objects(listed[:_MAX_RECORDS]))

    def write(self, owner: str, record: NewStorage) -> None:
        """Tell where an image lies; done twice, it is as done once. Raises ForgeError."""
        given = {
            "name": record.name,
            "digest": record.digest,
            "registry_url": record.registry_url,
            "repository": record.repository,
            "status": "active",
            "github_repository": record.repo,
            "return_records": False,
        }
        given |= {"version": record.tag} if 0 < len(record.tag) <= _MAX_VERSION else {}
        with translated(f"the storage records of {owner}"), self._connection.writer() as client:
            client.requester.requestJsonAndCheck("POST", f"/orgs/{owner}/artifacts/metadata/storage-record", input=given)


def _record(entry: Mapping[str, Any], digest: str) -> StorageRecord:
    if text(entry.get("digest")) != digest:
        raise UnreadableError("a storage record of another digest than was asked for")
    said = text(entry.get("status"))
    return StorageRecord(
        name=text(entry.get("name"))[:_MAX_TEXT],
        digest=digest,
        registry_url=text(entry.get("registry_url"))[:_MAX_TEXT],
        repository=text(entry.get("repository"))[:_MAX_TEXT],
        kept=next((one for one in Kept if one.value == said), Kept.UNKNOWN),
        updated_at=moment(entry.get("updated_at")),
    )
