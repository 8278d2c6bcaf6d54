"""Attestations: how artifacts were made, by the digests of many. No signature is checked, as GitHub checks none."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from bot.sandbox.github.paging import cursor, position
from bot.sandbox.github.rest import Answer, ApiError, Call, Routes, invalid, not_found, number
from bot.sandbox.github.state import Account, AccountKind, Attestation

_MOST_DIGESTS: Final = 1_024
_MAX_PAGE_SIZE: Final = 100


def bundle_of(name: str, digest: str, predicate: Mapping[str, Any], predicate_type: str) -> dict[str, Any]:
    """A Sigstore bundle of nobody's: what it says is as any workflow would say it, and its signature is none."""
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": digest.removeprefix("sha256:")}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    }
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    return {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"certificate": {"rawBytes": ""}, "tlogEntries": []},
        "dsseEnvelope": {"payload": payload, "payloadType": "application/vnd.in-toto+json", "signatures": [{"sig": ""}]},
    }


def _owner(call: Call, kind: AccountKind) -> Account:
    """Whose artifacts are asked for. Raises ApiError."""
    who = call.world.account(call.path("login"))
    if who is None or who.kind is not kind or not call.world.has_attestations:
        raise not_found()
    if call.token is None or not call.token.may_read_attestations:
        raise ApiError(403, "Resource not accessible by integration")
    return who


def _of_org(call: Call) -> Answer:
    return _bulk(call, _owner(call, AccountKind.ORGANIZATION))


def _of_user(call: Call) -> Answer:
    return _bulk(call, _owner(call, AccountKind.USER))


def _bulk(call: Call, owner: Account) -> Answer:
    digests = call.body.get("subject_digests")
    if not isinstance(digests, list) or not 0 < len(digests) <= _MOST_DIGESTS:
        raise invalid("Attestation", "subject_digests")
    wanted, kind = set(map(str, digests)), call.text("predicate_type")
    found = [one for one in _readable(call, owner) if one.digest in wanted and kind in {None, one.predicate_type}]
    start = position(call.query("after") or None, 0)
    end = start + min(number(call.query("per_page", "30")) or 30, _MAX_PAGE_SIZE)
    by_digest: dict[str, list[dict[str, Any]]] = {}
    for one in found[start:end]:
        by_digest.setdefault(one.digest, []).append(_shape(call, owner, one))
    told: dict[str, Any] = {"has_next": end < len(found), "has_previous": start > 0}
    if end < len(found):
        told["next"] = cursor(end - 1)
    return Answer(data={"attestations_subject_digests": by_digest, "page_info": told})


def _readable(call: Call, owner: Account) -> list[Attestation]:
    seen = {repo.id for repo in call.world.repos_of(owner) if call.token is not None and call.token.may_see(repo)}
    return [one for one in call.world.attestations.get(owner.login.lower(), []) if one.repo_id in seen]


def _shape(call: Call, owner: Account, one: Attestation) -> dict[str, Any]:
    where = {"repository_id": one.repo_id, "bundle_url": f"{call.base}/attestations/{owner.login}/{one.digest}.json.sn"}
    return where if one.bundle is None else {"bundle": one.bundle, **where}


def _repos(call: Call) -> Answer:
    owner = _owner(call, AccountKind.ORGANIZATION)
    attesting = {one.repo_id for one in _readable(call, owner)}
    repos = sorted((repo for repo in call.world.repos_of(owner) if repo.id in attesting), key=lambda repo: repo.id)
    start = position(call.query("after") or None, 0)
    end = start + min(number(call.query("per_page", "30")) or 30, _MAX_PAGE_SIZE)
    more = f"{call.base}/api/v3/orgs/{owner.login}/attestations/repositories?after={quote(cursor(end - 1), safe='')}"
    return Answer(
        data=[{"id": repo.id, "name": repo.name} for repo in repos[start:end]],
        headers={"link": f'<{more}>; rel="next"'} if end < len(repos) else {},
    )


ROUTES: Routes = (
    ("POST", "/orgs/{login}/attestations/bulk-list", _of_org),
    ("POST", "/users/{login}/attestations/bulk-list", _of_user),
    ("GET", "/orgs/{login}/attestations/repositories", _repos),
)
