"""Workflows that are started from the outside, and their runs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from github.GithubException import GithubException, UnknownObjectException
from github.WorkflowRun import WorkflowRun

from bot.clients.github.connection import Connection
from bot.clients.github.failures import UnreadableError, translated
from bot.model.build import Build, BuildOrder, BuildState, Trigger

_MAX_RUNS: Final = 100
_UNPROCESSABLE: Final = 422
_DETAILS: Final = "return_run_details"
"""Has GitHub tell which run it started; GitHub Enterprise Server up to 3.19 does not know it."""


class Workflows:
    """Safe to use from several threads; raises ForgeError."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection

    def start(self, order: BuildOrder) -> Build | None:
        """Start it; None: it is started, and GitHub does not say as which run. Where the answer is lost, nobody knows whether it is."""
        with translated(_name(order)):
            match order.trigger:
                case Trigger.WORKFLOW:
                    return self._start_workflow(order)
                case Trigger.REPOSITORY:
                    given = {"event_type": order.name, "client_payload": dict(order.inputs)}
                    with self._connection.writer() as client:
                        client.requester.requestJsonAndCheck("POST", f"/repos/{order.repo}/dispatches", input=given)
                    return None

    def _start_workflow(self, order: BuildOrder) -> Build | None:
        given = {"ref": order.ref, "inputs": dict(order.inputs)}
        address = f"/repos/{order.repo}/actions/workflows/{order.name}/dispatches"
        with self._connection.writer() as client:
            try:
                _, told = client.requester.requestJsonAndCheck("POST", address, input={**given, _DETAILS: True})
            except GithubException as error:
                # Refused for that word alone: nothing was started.
                if error.status != _UNPROCESSABLE or _DETAILS not in str(error.data):
                    raise
                _, told = client.requester.requestJsonAndCheck("POST", address, input=given)
        number, url = (told.get("workflow_run_id"), told.get("html_url")) if isinstance(told, dict) else (None, None)
        if not isinstance(number, int) or not isinstance(url, str):
            return None
        # Not asked for: it is started, whatever a further question would come to.
        return Build(id=number, url=url, state=BuildState.RUNNING)

    def since(self, order: BuildOrder, moment: datetime, identity: frozenset[str]) -> Sequence[Build]:
        """The runs by that trigger that one of these logins started from a moment on, newest first; of a workflow only its own."""
        with translated(f"{_name(order)}: its runs"):
            asked = {"event": order.trigger.value, "created": f">={moment:%Y-%m-%dT%H:%M:%SZ}"}
            of_workflow = f"workflows/{order.name}/" if order.trigger is Trigger.WORKFLOW else ""
            listed = self._runs(f"/repos/{order.repo}/actions/{of_workflow}runs", asked)
            return [_build(run) for run in islice(listed, _MAX_RUNS) if _login(run) in identity]

    def _runs(self, address: str, asked: Mapping[str, str]) -> Iterator[WorkflowRun]:
        """Those of one page. PyGithub would ask for the workflow first, and for its number."""
        requester = self._connection.reader.requester
        headers, told = requester.requestJsonAndCheck("GET", address, parameters={**asked, "per_page": _MAX_RUNS})
        runs: Any = told.get("workflow_runs") if isinstance(told, dict) else None
        if not isinstance(runs, list):
            raise UnreadableError("no list of runs")
        return (WorkflowRun(requester, headers=headers, attributes=run, completed=True) for run in runs if isinstance(run, dict))

    def run(self, repo: str, number: int) -> Build | None:
        """None: there is no such run any more."""
        with translated(f"{repo}: the run {number}"):
            try:
                return _build(self._connection.reader.get_repo(repo).get_workflow_run(number))
            except UnknownObjectException:
                return None


def _build(run: WorkflowRun) -> Build:
    is_over = run.status == "completed"
    state = BuildState.RUNNING if not is_over else BuildState.SUCCEEDED if run.conclusion == "success" else BuildState.FAILED
    said = str((run.conclusion if is_over else run.status) or "")
    return Build(id=run.id, url=run.html_url, title=str(run.display_title or "")[:300], state=state, said=said[:50])


def _login(run: WorkflowRun) -> str:
    """Of who started it, by whichever field says so; PyGithub has None where none does, whatever its types say."""
    who: Sequence[Any] = (run.triggering_actor, run.actor)
    return next((str(one.login) for one in who if one is not None), "")


def _name(order: BuildOrder) -> str:
    return f"{order.repo}: the build by {order.name}"
