"""Workflows: what starts them from the outside, and their runs. What a run does is for whoever holds the sandbox to play."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, Final

from bot.clients.plain_yaml import Plain, read_yaml
from bot.sandbox.github import shapes_actions
from bot.sandbox.github.rest import Answer, ApiError, Call, Page, Routes, not_found
from bot.sandbox.github.state import Repo, RunDetails, WorkflowRun

_FOLDER: Final = ".github/workflows"
_MAX_INPUTS: Final = 25
_MAX_KEYS: Final = 10
_MAX_EVENT_CHARACTERS: Final = 100
_BY_DISPATCH: Final = "workflow_dispatch"
_BY_REPOSITORY: Final = "repository_dispatch"


def _workflows(call: Call, repo: Repo, ref: str | None = None) -> dict[str, Mapping[str, Plain]]:
    """What each workflow file says, by its path, at the default branch or where `ref` points."""
    commit = repo.store.commit_id(ref or repo.default_branch)
    if commit is None:
        return {}
    found: dict[str, Mapping[str, Plain]] = {}
    for entry in repo.store.tree(commit, is_recursive=True):
        path = PurePosixPath(entry.path)
        if entry.kind == "blob" and str(path.parent) == _FOLDER and path.suffix in {".yml", ".yaml"}:
            told = read_yaml(repo.store.blob(entry.sha))
            found[entry.path] = told if isinstance(told, dict) else {}
            repo.workflow_ids.setdefault(entry.path, call.world.next_id())
    return found


def _events(workflow: Mapping[str, Plain]) -> dict[str, Plain]:
    told = workflow.get("on")
    if isinstance(told, str):
        return {told: None}
    return {str(name): None for name in told} if isinstance(told, list) else dict(told or {})


def _named(call: Call, repo: Repo, workflows: Mapping[str, Any]) -> str:
    """The path of the workflow that the address names, by its number or its file."""
    wanted = call.path("workflow")
    for path in workflows:
        if wanted in {str(repo.workflow_ids[path]), path.rpartition("/")[2]}:
            return path
    raise not_found()


def _list(call: Call) -> Answer:
    repo = call.repo()
    workflows = _workflows(call, repo)
    items = [(path, str(told.get("name") or path)) for path, told in workflows.items()]
    shape = _workflow_shape(call, repo)
    return Answer(data=Page(items=items, shape=lambda item: shape(*item), total_key=("total_count", "workflows")))


def _get(call: Call) -> Answer:
    repo = call.repo()
    workflows = _workflows(call, repo)
    path = _named(call, repo, workflows)
    return Answer(data=_workflow_shape(call, repo)(path, str(workflows[path].get("name") or path)))


def _workflow_shape(call: Call, repo: Repo) -> Any:  # noqa: ANN401 - a function of path and name
    return lambda path, name: shapes_actions.workflow(call.base, repo, path, name)


def _may_start(call: Call, repo: Repo) -> None:
    call.check_writable(repo)
    if call.token is not None and not call.token.may_start_workflows:
        raise ApiError(403, "Resource not accessible by integration")


def _dispatch(call: Call) -> Answer:
    repo = call.repo()
    _may_start(call, repo)
    path = _named(call, repo, _workflows(call, repo))
    ref = call.text("ref")
    if not ref:
        raise ApiError(422, 'Invalid request.\n\n"ref" wasn\'t supplied.')
    if repo.store.head(ref) is None and ref not in repo.store.tags():
        raise ApiError(422, f"No ref found for: {ref}")
    events = _events(_workflows(call, repo, ref).get(path, {}))
    if _BY_DISPATCH not in events:
        raise ApiError(422, "Workflow does not have 'workflow_dispatch' trigger")
    wants_details = call.body.get("return_run_details")
    if wants_details is not None and call.world.run_details is RunDetails.REFUSED:
        raise ApiError(422, 'Invalid request.\n\n"return_run_details" is not a permitted key.')
    inputs = _inputs(call, events[_BY_DISPATCH])
    run = _started(call, repo, path, event=_BY_DISPATCH, ref=ref, inputs=inputs)
    if wants_details is not True or call.world.run_details is not RunDetails.TOLD:
        return Answer(status=204)
    shown = _run_shape(call, repo)(run)
    return Answer(data={"workflow_run_id": run.id, "run_url": shown["url"], "html_url": shown["html_url"]})


def _inputs(call: Call, trigger: Plain) -> dict[str, str]:
    given = call.body.get("inputs") or {}
    declared = trigger.get("inputs") if isinstance(trigger, dict) else None
    known = declared if isinstance(declared, dict) else {}
    if len(given) > _MAX_INPUTS:
        raise ApiError(422, f"you may only define up to {_MAX_INPUTS} `inputs` for a `workflow_dispatch` event")
    if odd := sorted(set(given) - set(known)):
        raise ApiError(422, f"Unexpected inputs provided: {odd}")
    for name, what in known.items():
        if isinstance(what, dict) and what.get("required") == "true" and "default" not in what and not given.get(name):
            raise ApiError(422, f"Required input '{name}' not provided")
    return {name: str(value) for name, value in given.items()}


def _repository_dispatch(call: Call) -> Answer:
    repo = call.writable_repo()
    event = call.text("event_type") or ""
    payload = call.body.get("client_payload") or {}
    if not 0 < len(event) <= _MAX_EVENT_CHARACTERS:
        raise ApiError(422, "Invalid request.\n\nevent_type must be between 1 and 100 characters.")
    if not isinstance(payload, dict) or len(payload) > _MAX_KEYS:
        raise ApiError(422, f"Invalid request.\n\nNo more than {_MAX_KEYS} properties are allowed; {len(payload)} were supplied.")
    for path, told in _workflows(call, repo).items():
        trigger = _events(told).get(_BY_REPOSITORY, _MISSING)
        types = trigger.get("types") if isinstance(trigger, dict) else None
        if trigger is not _MISSING and (types is None or event in ([types] if isinstance(types, str) else types)):
            inputs = {name: str(value) for name, value in payload.items()}
            _started(call, repo, path, event=_BY_REPOSITORY, ref=repo.default_branch, inputs=inputs, title=event)
    return Answer(status=204)


_MISSING: Final = "not named"


def _started(call: Call, repo: Repo, path: str, *, event: str, ref: str, inputs: Mapping[str, str], title: str = "") -> WorkflowRun:
    told = _workflows(call, repo, ref).get(path, {})
    name = str(told.get("name") or path)
    run_name = str(told.get("run-name") or "")
    for key, value in inputs.items():
        for context in ("inputs", "github.event.client_payload"):
            run_name = run_name.replace(f"${{{{ {context}.{key} }}}}", value)
    run = WorkflowRun(
        id=call.world.next_id(),
        number=len(repo.runs) + 1,
        path=path,
        name=name,
        event=event,
        ref=ref,
        head_sha=repo.store.commit_id(ref) or "",
        actor=call.viewer,
        created_at=call.now,
        updated_at=call.now,
        display_title=run_name or title or name,
        inputs=dict(inputs),
    )
    repo.runs.append(run)
    return run


def _runs(call: Call) -> Answer:
    repo = call.repo()
    _workflows(call, repo)
    path = _named(call, repo, repo.workflow_ids) if call.path("workflow") else None
    found = [run for run in reversed(repo.runs) if (path is None or run.path == path) and _fits(call, run)]
    return Answer(data=Page(items=found, shape=_run_shape(call, repo), total_key=("total_count", "workflow_runs")))


def _fits(call: Call, run: WorkflowRun) -> bool:
    status, since = call.query("status"), call.query("created").removeprefix(">=")
    asked = {"event": run.event, "actor": run.actor.login, "branch": run.ref, "head_sha": run.head_sha}
    return (
        all(call.query(name) in {"", value} for name, value in asked.items())
        and status in {"", run.status, run.conclusion}
        and (not since or run.created_at.replace(microsecond=0) >= _moment(since))
    )


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ApiError(422, "Invalid request.\n\ncreated is no date.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _run(call: Call) -> Answer:
    repo = call.repo()
    for run in repo.runs:
        if str(run.id) == call.path("run"):
            return Answer(data=_run_shape(call, repo)(run))
    raise not_found()


def _run_shape(call: Call, repo: Repo) -> Any:  # noqa: ANN401 - a function of a run
    may_write = call.token is not None and call.token.may_change(repo)
    return lambda run: shapes_actions.run(call.base, repo, run, repo.store.commit(run.head_sha), may_write=may_write)


_ROOT: Final = "/repos/{owner}/{repo}"
ROUTES: Routes = (
    ("GET", f"{_ROOT}/actions/workflows", _list),
    ("GET", f"{_ROOT}/actions/workflows/{{workflow}}", _get),
    ("POST", f"{_ROOT}/actions/workflows/{{workflow}}/dispatches", _dispatch),
    ("GET", f"{_ROOT}/actions/workflows/{{workflow}}/runs", _runs),
    ("GET", f"{_ROOT}/actions/runs", _runs),
    ("GET", f"{_ROOT}/actions/runs/{{run}}", _run),
    ("POST", f"{_ROOT}/dispatches", _repository_dispatch),
)
