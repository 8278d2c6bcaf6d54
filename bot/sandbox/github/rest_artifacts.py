"""Linked artifacts: the deployment records of an organisation."""

import re
from typing import Any, Final

from bot.sandbox.github import shapes
from bot.sandbox.github.rest import Answer, ApiError, Call, Routes, invalid, not_found
from bot.sandbox.github.state import Account, AccountKind, Record

DIGEST: Final = re.compile(r"sha256:[a-f0-9]{64}", re.ASCII)
_MOST: Final = 1_000


def organization(call: Call) -> Account:
    """Whose records are asked for. Raises ApiError: who may not know of them learns of nothing."""
    who, token = call.world.account(call.path("login")), call.token
    if who is None or who.kind is not AccountKind.ORGANIZATION or token is None or not token.may_read_records:
        raise not_found()
    if token.installed_for not in {None, who}:
        raise ApiError(403, "Resource not accessible by integration")
    return who


def _shape(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "digest": record.digest,
        "logical_environment": record.logical_environment,
        "physical_environment": record.physical_environment,
        "cluster": record.cluster,
        "deployment_name": record.deployment_name,
        "tags": record.tags,
        "runtime_risks": [],
        "created_at": shapes.iso(record.created_at),
        "updated_at": shapes.iso(record.updated_at),
        "attestation_id": None,
    }


def _list(call: Call) -> Answer:
    digest = call.path("digest")
    if not DIGEST.fullmatch(digest):
        raise invalid("DeploymentRecord", "subject_digest")
    records = call.world.records.get(organization(call).login.lower(), [])
    found = [record for record in records if record.digest == digest and record.status == "deployed"]
    return Answer(data={"total_count": len(found), "deployment_records": [_shape(record) for record in found]})


def _set_cluster(call: Call) -> Answer:
    """Each takes the place of the one that was there."""
    owner, entries = organization(call), call.body.get("deployments")
    if call.token is None or not call.token.may_write:
        raise ApiError(403, "Resource not accessible by integration")
    if not isinstance(entries, list) or not 0 < len(entries) <= _MOST:
        raise invalid("DeploymentRecord", "deployments")
    repos = {repo.name.lower() for repo in call.world.repos_of(owner)}
    gone = [one for one in entries if isinstance(one, dict) and str(one.get("github_repository") or "").lower() not in {"", *repos}]
    if gone and call.body.get("partial_success") is not True:
        raise not_found()
    made = [_made(call, entry) for entry in entries if entry not in gone]
    records = call.world.records.setdefault(owner.login.lower(), [])
    for record in made:
        known = next((one for one in records if one.place == record.place), None)
        if known is not None:
            records.remove(known)
            record.id, record.created_at = known.id, known.created_at if known.digest == record.digest else record.created_at
        records.append(record)
    data = {"total_count": len(made), "deployment_records": [_shape(record) for record in made]}
    errors = [{"cause": "not_found", "deployment": entry} for entry in gone]
    return Answer(status=207, data=data | {"errors": errors}) if errors else Answer(data=data)


def _made(call: Call, entry: Any) -> Record:  # noqa: ANN401 - JSON
    fields = entry if isinstance(entry, dict) else {}
    for name, most in (("name", 256), ("deployment_name", 256)):
        if not isinstance(fields.get(name), str) or not 0 < len(fields[name]) <= most:
            raise invalid("DeploymentRecord", name)
    if not DIGEST.fullmatch(str(fields.get("digest"))):
        raise invalid("DeploymentRecord", "digest")
    return Record(
        id=call.world.next_id(),
        digest=fields["digest"],
        logical_environment=call.need("DeploymentRecord", "logical_environment"),
        physical_environment=call.text("physical_environment") or "",
        cluster=call.path("cluster"),
        deployment_name=fields["deployment_name"],
        status=fields.get("status") or "deployed",
        tags=fields.get("tags") or {},
        created_at=call.now,
        updated_at=call.now,
    )


ROUTES: Routes = (
    ("GET", "/orgs/{login}/artifacts/{digest}/metadata/deployment-records", _list),
    ("POST", "/orgs/{login}/artifacts/metadata/deployment-record/cluster/{cluster}", _set_cluster),
)
