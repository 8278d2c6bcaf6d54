"""The attestations that GitHub keeps for a repo (REST documentation, "List attestations"), as bundles whose signatures can be proved."""

import json
from collections.abc import Sequence
from typing import Final

from bot.clients.json_fields import mapping
from bot.model.attestation import Attestation
from bot.model.listing import DatasourceError
from bot.watch.github import GitHubApi

MOST: Final = 30
"""Of one digest; more are not asked for."""
_MAX_BYTES: Final = 1 << 20


def bundles(api: GitHubApi, repo: str, digest: str) -> Sequence[Attestation]:
    """The bundles of a digest, whole, each with its certificate and the logs' proofs, at the cost of one request.

    `repo` is `owner/name`. Raises DatasourceError, of which NotListedError: there are none, or the token may not see the repo.
    """
    owner, _, name = repo.partition("/")
    told = api.source().get("repos", owner, name, "attestations", digest, query={"per_page": str(MOST)})
    listed = told.get("attestations")
    if not isinstance(listed, list):
        raise DatasourceError(f"the attestations of {repo}: GitHub's answer lacks their list. Report it.")
    found = [_attestation(mapping(entry).get("bundle")) for entry in listed[:MOST]]
    if len(listed) < MOST:
        return found
    return [*found, Attestation(repo_id=0, problem=f"GitHub may keep more than {MOST} attestations of it, and the rest was not read")]


def _attestation(bundle: object) -> Attestation:
    if not mapping(bundle):
        return Attestation(repo_id=0, problem="GitHub tells where an attestation lies, and not what is in it")
    written = json.dumps(bundle).encode()
    if len(written) > _MAX_BYTES:
        return Attestation(repo_id=0, problem=f"an attestation has {len(written)} bytes, and at most {_MAX_BYTES} are read")
    return Attestation(repo_id=0, bundle=written)
