"""Workflows and their runs as GitHub's REST API writes them."""

from bot.sandbox.github.git_store import Commit
from bot.sandbox.github.shapes import Json, account, iso, node_id, repo_address, repo_page
from bot.sandbox.github.shapes import repo as repo_shape
from bot.sandbox.github.state import Repo, WorkflowRun


def workflow(base: str, where: Repo, path: str, name: str) -> Json:
    number = where.workflow_ids[path]
    address, page = repo_address(base, where), repo_page(base, where)
    return {
        "id": number,
        "node_id": node_id("W", number),
        "name": name,
        "path": path,
        "state": "active",
        "created_at": iso(where.created_at),
        "updated_at": iso(where.created_at),
        "url": f"{address}/actions/workflows/{number}",
        "html_url": f"{page}/blob/{where.default_branch}/{path}",
        "badge_url": f"{page}/workflows/{name}/badge.svg",
    }


def run(base: str, where: Repo, item: WorkflowRun, commit: Commit, *, may_write: bool) -> Json:
    address, page = repo_address(base, where), repo_page(base, where)
    own = f"{address}/actions/runs/{item.id}"
    minimal = repo_shape(base, where, may_write=may_write)
    who = account(base, item.actor)
    return {
        "id": item.id,
        "name": item.name,
        "node_id": node_id("WFR", item.id),
        "check_suite_id": item.id,
        "check_suite_node_id": node_id("CS", item.id),
        "head_branch": item.ref,
        "head_sha": item.head_sha,
        "path": item.path,
        "run_number": item.number,
        "run_attempt": 1,
        "referenced_workflows": [],
        "display_title": item.display_title,
        "event": item.event,
        "status": item.status,
        "conclusion": item.conclusion,
        "workflow_id": where.workflow_ids[item.path],
        "url": own,
        "html_url": f"{page}/actions/runs/{item.id}",
        "pull_requests": [],
        "created_at": iso(item.created_at),
        "updated_at": iso(item.updated_at),
        "actor": who,
        "triggering_actor": who,
        "run_started_at": iso(item.created_at),
        "jobs_url": f"{own}/jobs",
        "logs_url": f"{own}/logs",
        "check_suite_url": f"{address}/check-suites/{item.id}",
        "artifacts_url": f"{own}/artifacts",
        "cancel_url": f"{own}/cancel",
        "rerun_url": f"{own}/rerun",
        "previous_attempt_url": None,
        "workflow_url": f"{address}/actions/workflows/{where.workflow_ids[item.path]}",
        "head_commit": {
            "id": commit.sha,
            "tree_id": commit.tree,
            "message": commit.message,
            "timestamp": iso(item.created_at),
            "author": {"name": commit.author.name, "email": commit.author.email},
            "committer": {"name": commit.committer.name, "email": commit.committer.email},
        },
        "repository": minimal,
        "head_repository": minimal,
    }
