"""Storage records of an organisation's linked artifacts (Docs, "REST API endpoints for artifact metadata"): by digest, one at a time."""

from collections.abc import Mapping
from typing import Any, Final

from bot.clients.github.connection import Connection
from bot.clients.github.failures import translated
from bot.clients.github.linked_artifacts import records_of
from bot.clients.json_fields import moment, text
from bot.model.storage import Kept, NewStorage, StorageRecord

_MAX_TEXT: Final = 256
_MAX_VERSION: Final = 100


class StorageRecords:
    """Safe to use from several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection

    def of(self, owner: str, digest: str) -> tuple[StorageRecord, ...] | None:
        """Where an artifact lies, by an organisation's linked artifacts. None as `records_of` has it. Raises ForgeError."""
        found = records_of(self._connection, owner, digest, "storage")
        return None if found is None else tuple(_record(entry, digest) for entry in found)

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
    said = text(entry.get("status"))
    return StorageRecord(
        name=text(entry.get("name"))[:_MAX_TEXT],
        digest=digest,
        registry_url=text(entry.get("registry_url"))[:_MAX_TEXT],
        repository=text(entry.get("repository"))[:_MAX_TEXT],
        kept=next((one for one in Kept if one.value == said), Kept.UNKNOWN),
        updated_at=moment(entry.get("updated_at")),
    )
