"""GitHub's answers -> values of the model."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from github.Commit import Commit
from github.Issue import Issue as GithubIssue

from bot.clients.github.logins import known, login_of
from bot.clients.github.people import Bots, headlines_of, last_commit_of
from bot.clients.github.typed import typed
from bot.model.comment import Comment, Reaction, Thread
from bot.model.fleet import Repo
from bot.model.forge import Issue
from bot.model.pull_request import PullRequest, PullRequestState


def repo_of(node: Mapping[str, Any], bots: Bots) -> Repo:
    """The fragment `RepoFields`."""
    pulls, last = node["changed"], next(iter(node["changed"]["nodes"]), None)
    is_told = (pulls["totalCount"] == 0) == (last is None)
    branch = node["defaultBranchRef"] or {"name": "", "target": {"oid": ""}}
    history = branch["target"].get("history")
    return typed(
        Repo(
            full_name=node["nameWithOwner"],
            default_branch=branch["name"],
            head=branch["target"]["oid"],
            clone_url=f"{node['url']}.git",
            node_id=node["id"],
            pull_requests_mark=f"{pulls['totalCount']} {(last or {}).get('id')} {(last or {}).get('updatedAt')}" if is_told else "",
            pull_requests_changed_at=_time((last or {}).get("updatedAt")),
            topics=tuple(topic["topic"]["name"] for topic in node["repositoryTopics"]["nodes"]),
            is_archived=node["isArchived"],
            last_commit=None if history is None else last_commit_of(history, bots),
            headlines=() if history is None else headlines_of(history),
            last_release_at=_time((node["latestRelease"] or {}).get("publishedAt")),
        )
    )


def pull_request_of(repo: str, node: Mapping[str, Any]) -> PullRequest:
    """The fragment `PullRequestFields`."""
    created_at = datetime.fromisoformat(node["createdAt"])
    labels = frozenset(label["name"] for label in node["labels"]["nodes"])
    return typed(
        PullRequest(
            repo=repo,
            number=node["number"],
            url=node["url"],
            state=PullRequestState(node["state"].lower()),
            branch=node["headRefName"],
            base=node["baseRefName"],
            title=node["title"],
            body=node["body"],
            head=node["headRefOid"],
            labels=labels,
            created_at=created_at,
            updated_at=_time(node["updatedAt"]) or created_at,
            merged_at=_time(node["mergedAt"]),
            closed_at=_time(node["closedAt"]),
            merge_commit=(node["mergeCommit"] or {}).get("oid"),
            author=actor_of(node["author"]),
            authors=frozenset(login_of(commit["commit"]["author"] or {}) for commit in node["commits"]["nodes"]),
            has_conflict=node["mergeable"] == "CONFLICTING",
            closed_by=_closer(node) if node["state"] == "CLOSED" else None,
            labels_ever=labels | {event["label"]["name"] for event in node["labellings"]["nodes"] if event and event.get("label")},
            node_id=node["id"],
            auto_merge_by=actor_of((node["autoMergeRequest"] or {}).get("enabledBy")),
            comments=node["comments"]["totalCount"],
        )
    )


def thread_of(pages: Sequence[Mapping[str, Any]]) -> Thread:
    """The comments of one pull request, of one or more nodes of `COMMENTS`, each once: one that changes meanwhile is on two pages."""
    comments = [_comment_of(one) for page in pages for one in page["comments"]["nodes"]]
    once = {comment.node_id: comment for comment in reversed(comments)}
    return Thread(comments=tuple(reversed(once.values())), is_cut=bool(pages[-1]["comments"]["pageInfo"]["hasNextPage"]))


def _comment_of(node: Mapping[str, Any]) -> Comment:
    own = {group["content"] for group in node["reactionGroups"] or () if group["viewerHasReacted"]}
    return typed(
        Comment(
            node_id=node["id"],
            author=actor_of(node["author"]),
            is_by_person=(node["author"] or {}).get("__typename") == "User",
            body=node["body"],
            written_at=datetime.fromisoformat(node["lastEditedAt"] or node["createdAt"]).astimezone(UTC),
            reactions=frozenset(reaction for reaction in Reaction if reaction.value in own),
        )
    )


def _closer(node: Mapping[str, Any]) -> str | None:
    """Who closed it last; None: an account that is gone."""
    actors = [actor_of(event["actor"]) for event in node["closings"]["nodes"] if event and event.get("actor")]
    return actors[-1] if actors else None


def actor_of(actor: Mapping[str, Any] | None) -> str | None:
    """GraphQL leaves out the mark by which REST and `viewer` name a bot."""
    if actor is None:
        return None
    return f"{actor['login']}[bot]" if actor["__typename"] == "Bot" else actor["login"]


def author_of(commit: Commit) -> str:
    """The login, or the e-mail address of an author whom GitHub does not know."""
    # An author whom GitHub does not know is null in its answer, which PyGithub's type denies.
    login: str | None = getattr(commit.author, "login", None)
    return login or known(commit.commit.author.email)


def issue_of(issue: GithubIssue) -> Issue:
    return typed(
        Issue(
            number=issue.number,
            url=issue.html_url,
            title=issue.title,
            body=issue.body or "",
            is_open=issue.state == "open",
            labels=frozenset(label.name for label in issue.labels),
            updated_at=issue.updated_at.astimezone(UTC),
            id=issue.id,
        )
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
