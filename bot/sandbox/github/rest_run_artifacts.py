"""What runs of workflows uploaded: the list, and where each archive lies."""

import hashlib
from typing import Any, Final

from bot.sandbox.github.rest import Answer, Call, Page, Routes, not_found
from bot.sandbox.github.shapes import iso, node_id, repo_address
from bot.sandbox.github.state import Artifact, Repo


def _list(call: Call) -> Answer:
    repo, name = call.repo(), call.query("name")
    items = [one for one in reversed(repo.artifacts) if not name or one.name == name]
    return Answer(data=Page(items=items, shape=lambda one: _shape(call, repo, one), total_key=("total_count", "artifacts")))


def _shape(call: Call, repo: Repo, one: Artifact) -> dict[str, Any]:
    own = f"{repo_address(call.base, repo)}/actions/artifacts/{one.id}"
    return {
        "id": one.id,
        "node_id": node_id("MDg6", one.id),
        "name": one.name,
        "size_in_bytes": len(one.data),
        "url": own,
        "archive_download_url": f"{own}/zip",
        "expired": one.is_expired,
        "digest": f"sha256:{hashlib.sha256(one.data).hexdigest()}",
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
        "expires_at": iso(one.created_at),
        "workflow_run": {
            "id": one.run.id,
            "repository_id": repo.id,
            "head_repository_id": repo.id + 1 if one.is_of_fork else repo.id,
            "head_branch": one.run.ref,
            "head_sha": one.run.head_sha,
        },
    }


def _archive(call: Call) -> Answer:
    repo = call.repo()
    one = next((one for one in repo.artifacts if str(one.id) == call.path("artifact")), None)
    if one is None or one.is_expired:
        raise not_found()
    return Answer(status=302, headers={"location": f"{call.world.artifact_storage}/{one.id}.zip"})


_ROOT: Final = "/repos/{owner}/{repo}/actions/artifacts"
ROUTES: Routes = (
    ("GET", _ROOT, _list),
    ("GET", f"{_ROOT}/{{artifact}}/zip", _archive),
)
