"""The mutations of GitHub's GraphQL API. Several in one document are done one after another; what one refuses stops none of the next."""

from collections.abc import Callable
from typing import Any, Final

from bot.sandbox.github.graphql_commit import create_commit
from bot.sandbox.github.graphql_nodes import Nodes
from bot.sandbox.github.merging import merge_state
from bot.sandbox.github.paging import Info
from bot.sandbox.github.rest import ApiError, Call, check_text, not_resolved
from bot.sandbox.github.rest_git import create_ref, delete_ref, move_ref
from bot.sandbox.github.rest_issues import comment, set_state, write_text
from bot.sandbox.github.rest_labels import put
from bot.sandbox.github.rest_pulls import open_pull, set_base
from bot.sandbox.github.shapes import node_id
from bot.sandbox.github.state import AutoMerge, Issue, MergeMethod, Pull, Repo

_Given = dict[str, Any]
_Payload = dict[str, Any]
_Mutation = Callable[[Call, Nodes, _Given], _Payload]


def mutations(call: Call, nodes: Nodes) -> dict[str, Callable[..., _Payload]]:
    """The functions by the names that documents call them."""

    def of(mutation: _Mutation) -> Callable[..., _Payload]:
        def run(_info: Info, *, input: _Given) -> _Payload:  # noqa: A002 - GitHub's name of the argument
            return {"clientMutationId": input.get("clientMutationId"), **mutation(call, nodes, input)}

        return run

    return {name: of(mutation) for name, mutation in _MUTATIONS.items()}


def _create_ref(call: Call, nodes: Nodes, given: _Given) -> _Payload:
    repo, name = nodes.repo_of_id(given["repositoryId"]), given["name"]
    call.check_writable(repo)
    if name in repo.store.refs():
        raise ApiError(422, f'A ref named "{name}" already exists in the repository.')
    create_ref(call, repo, name, given["oid"])
    return {"ref": nodes.ref(repo, name)}


def _update_ref(call: Call, nodes: Nodes, given: _Given) -> _Payload:
    repo, name = nodes.ref_named(given["refId"])
    call.check_writable(repo)
    move_ref(call, repo, name, given["oid"], is_forced=bool(given.get("force")))
    return {"ref": nodes.ref(repo, name)}


def _delete_ref(call: Call, nodes: Nodes, given: _Given) -> _Payload:
    repo, name = nodes.ref_named(given["refId"])
    call.check_writable(repo)
    delete_ref(call, repo, name)
    return {}


def _create_pull_request(call: Call, nodes: Nodes, given: _Given) -> _Payload:
    repo, title, body = nodes.repo_of_id(given["repositoryId"]), given["title"], given.get("body")
    call.check_writable(repo)
    check_text("PullRequest", title=title, body=body)
    head, base = given["headRefName"], given["baseRefName"]
    issue, pull = open_pull(call, repo, title=title, body=body, head=head, base=base, is_draft=bool(given.get("draft")))
    return {"pullRequest": nodes.pull(repo, issue, pull)}


def _update_pull_request(call: Call, nodes: Nodes, given: _Given) -> _Payload:
    repo, issue, pull = _pull(call, nodes, given["pullRequestId"])
    write_text(issue, "PullRequest", title=given.get("title"), body=given.get("body", issue.body), now=call.now)
    set_base(repo, pull, given.get("baseRefName"))
    return {"pullRequest": nodes.pull(repo, issue, pull)}


def _close_pull_request(call: Call, nodes: Nodes, given: _Given) -> _Payload:
    repo, issue, pull = _pull(call, nodes, given["pullRequestId"])
    set_state(call, issue, "closed", "PullRequest")
    return {"pullRequest": nodes.pull(repo, issue, pull)}


def _add_comment(call: Call, nodes: Nodes, given: _Given) -> _Payload:
    repo, issue = nodes.thread_of_id(given["subjectId"])
    call.check_writable(repo)
    made = comment(call, issue, given["body"])
    edge = {"node": nodes.comment(repo, issue, made)}
    return {"subject": nodes.node(given["subjectId"]), "commentEdge": edge}


def _delete_comment(call: Call, nodes: Nodes, given: _Given) -> _Payload:
    repo, item = nodes.comment_of_id(given["id"])
    call.check_writable(repo)
    issue = next(issue for issue in repo.issues.values() if item in issue.comments)
    issue.comments.remove(item)
    return {}


def _add_labels(call: Call, nodes: Nodes, given: _Given) -> _Payload:
    repo, issue = nodes.thread_of_id(given["labelableId"])
    call.check_writable(repo)
    known = {node_id("LA", label.id): label for label in repo.labels.values()}
    for wanted in given["labelIds"]:
        if wanted not in known:
            raise not_resolved(f"a node with the global id of '{wanted}'.")
    labels = [known[wanted] for wanted in given["labelIds"]]
    put(issue, [*issue.labels, *(label for label in labels if label not in issue.labels)], call.now)
    return {}


def _add_reaction(call: Call, nodes: Nodes, given: _Given) -> _Payload:
    """One that is there already stays, and is no fault."""
    repo, item = nodes.comment_of_id(given["subjectId"])
    call.check_writable(repo)
    people = item.reactions.setdefault(given["content"], [])
    if call.viewer not in people:
        people.append(call.viewer)
    return {"reactionGroups": nodes.reactions(item)}


def _enable_auto_merge(call: Call, nodes: Nodes, given: _Given) -> _Payload:
    """What waits for nothing is refused: GitHub merges by itself what it has to wait for."""
    repo, issue, pull = _pull(call, nodes, given["pullRequestId"])
    method = MergeMethod[given["mergeMethod"]]
    if not repo.allows_auto_merge:
        raise ApiError(422, "Auto merge is not allowed for this repository")
    if method not in repo.merge_methods:
        raise ApiError(422, f"Merge method {method.value} merging is not allowed on this repository")
    if given.get("expectedHeadOid") not in {None, pull.head_sha}:
        raise ApiError(422, "Head sha didn't match expected head sha")
    state = merge_state(repo, issue, pull)
    if state in {"CLEAN", "UNSTABLE"}:
        raise ApiError(422, f"Pull request Pull request is in {state.lower()} status")
    pull.auto_merge, issue.updated_at = AutoMerge(by=call.viewer, method=method), call.now
    return {"pullRequest": nodes.pull(repo, issue, pull)}


def _disable_auto_merge(call: Call, nodes: Nodes, given: _Given) -> _Payload:
    repo, issue, pull = _pull(call, nodes, given["pullRequestId"])
    if pull.auto_merge is None:
        raise ApiError(422, "Can't disable auto-merge for this pull request.")
    pull.auto_merge, issue.updated_at = None, call.now
    pull.auto_merge_ends.append((call.viewer, call.now))
    return {"pullRequest": nodes.pull(repo, issue, pull)}


def _pull(call: Call, nodes: Nodes, wanted: str) -> tuple[Repo, Issue, Pull]:
    repo, issue = nodes.thread_of_id(wanted)
    if issue.pull is None:
        raise not_resolved(f"a PullRequest with the global id of '{wanted}'.")
    call.check_writable(repo)
    return repo, issue, issue.pull


_MUTATIONS: Final[dict[str, _Mutation]] = {
    "addComment": _add_comment,
    "addLabelsToLabelable": _add_labels,
    "addReaction": _add_reaction,
    "closePullRequest": _close_pull_request,
    "createCommitOnBranch": create_commit,
    "createPullRequest": _create_pull_request,
    "createRef": _create_ref,
    "deleteIssueComment": _delete_comment,
    "deleteRef": _delete_ref,
    "disablePullRequestAutoMerge": _disable_auto_merge,
    "enablePullRequestAutoMerge": _enable_auto_merge,
    "updatePullRequest": _update_pull_request,
    "updateRef": _update_ref,
}
