"""Linked artifacts: the storage records of an organisation."""

from typing import Any, Final

from bot.sandbox.github import shapes
from bot.sandbox.github.rest import Answer, ApiError, Call, Routes, invalid, not_found
from bot.sandbox.github.rest_artifacts import DIGEST, organization
from bot.sandbox.github.state import StorageRecord

_LONGEST: Final = {"name": 256, "registry_url": 256, "repository": 128, "artifact_url": 152, "path": 512, "version": 100}
_STATES: Final = frozenset({"active", "eol", "deleted"})


def _shape(record: StorageRecord) -> dict[str, Any]:
    told = {
        "id": record.id,
        "name": record.name,
        "digest": record.digest,
        "artifact_url": record.artifact_url,
        "registry_url": record.registry_url,
        "repository": record.repository,
        "status": record.status,
        "created_at": shapes.iso(record.created_at),
        "updated_at": shapes.iso(record.updated_at),
    }
    return {name: value for name, value in told.items() if value is not None}


def _list(call: Call) -> Answer:
    digest = call.path("digest")
    if not DIGEST.fullmatch(digest):
        raise invalid("StorageRecord", "subject_digest")
    records = call.world.storage_records.get(organization(call).login.lower(), [])
    found = [_shape(record) for record in records if record.digest == digest]
    return Answer(data={"total_count": len(found), "storage_records": found})


def _set(call: Call) -> Answer:
    """It takes the place of the one that was there. Without an attestation of the digest the repo has to be named."""
    owner = organization(call)
    if call.token is None or not call.token.may_write:
        raise ApiError(403, "Resource not accessible by integration")
    name, registry_url = call.need("StorageRecord", "name"), call.need("StorageRecord", "registry_url")
    digest = call.need("StorageRecord", "digest")
    for key, most in _LONGEST.items():
        if len(call.text(key) or "") > most:
            raise invalid("StorageRecord", key)
    status = call.text("status") or "active"
    if not DIGEST.fullmatch(digest) or not registry_url.startswith("https://") or status not in _STATES:
        raise invalid("StorageRecord", "digest, registry_url or status")
    repos = {repo.name.lower(): repo.id for repo in call.world.repos_of(owner)}
    attested = any(one.digest == digest for one in call.world.attestations.get(owner.login.lower(), []))
    named = (call.text("github_repository") or "").lower()
    if named not in repos if named else not attested:
        raise not_found()
    records = call.world.storage_records.setdefault(owner.login.lower(), [])
    made = StorageRecord(
        id=call.world.next_id(),
        name=name,
        digest=digest,
        registry_url=registry_url,
        repository=call.text("repository"),
        artifact_url=call.text("artifact_url"),
        status=status,
        created_at=call.now,
        updated_at=call.now,
    )
    known = next((one for one in records if one.place == made.place), None)
    if known is not None:
        records.remove(known)
        made.id, made.created_at = known.id, known.created_at
    records.append(made)
    shown = {"storage_records": [_shape(made)]} if call.body.get("return_records", True) else {}
    return Answer(data={"total_count": 1} | shown)


ROUTES: Routes = (
    ("GET", "/orgs/{login}/artifacts/{digest}/metadata/storage-records", _list),
    ("POST", "/orgs/{login}/artifacts/metadata/storage-record", _set),
)
