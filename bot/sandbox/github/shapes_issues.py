"""Issues, pull requests and comments as GitHub's REST API writes them."""

from bot.sandbox.github.merging import Comparison
from bot.sandbox.github.shapes import Json, account, iso, label, node_id, repo, repo_address, repo_page, team
from bot.sandbox.github.state import Account, AccountKind, AutoMerge, Comment, Issue, Milestone, Pull, Repo


def association(where: Repo, who: Account) -> str:
    """What somebody is to a repo; in the sandbox every person belongs to it."""
    if who is where.owner:
        return "OWNER"
    return "MEMBER" if who.kind is AccountKind.USER else "NONE"


def comment(base: str, where: Repo, issue: Issue, item: Comment) -> Json:
    address, kind = repo_address(base, where), "issues" if issue.pull is None else "pull"
    url = f"{address}/issues/comments/{item.id}"
    return {
        "id": item.id,
        "node_id": node_id("IC", item.id),
        "url": url,
        "html_url": f"{repo_page(base, where)}/{kind}/{issue.number}#issuecomment-{item.id}",
        "issue_url": f"{address}/issues/{issue.number}",
        "user": account(base, item.author),
        "body": item.body,
        "created_at": iso(item.created_at),
        "updated_at": iso(item.updated_at),
        "author_association": association(where, item.author),
        "reactions": _reactions(url, item),
        "performed_via_github_app": None,
    }


def issue(base: str, where: Repo, item: Issue) -> Json:
    """A pull request too, which is an issue with a `pull_request`."""
    address, page = f"{repo_address(base, where)}/issues/{item.number}", repo_page(base, where)
    data = {
        "id": item.id,
        "node_id": node_id("I" if item.pull is None else "PR", item.id),
        "url": address,
        "repository_url": repo_address(base, where),
        "labels_url": f"{address}/labels{{/name}}",
        "comments_url": f"{address}/comments",
        "events_url": f"{address}/events",
        "timeline_url": f"{address}/timeline",
        "html_url": f"{page}/{'issues' if item.pull is None else 'pull'}/{item.number}",
        "state_reason": item.state_reason,
        "comments": len(item.comments),
        "closed_by": None if item.closed_by is None else account(base, item.closed_by),
        "reactions": _no_reactions(address),
        "performed_via_github_app": None,
        "sub_issues_summary": _sub_issues(item),
        "parent_issue_url": None if item.parent is None else f"{repo_address(base, where)}/issues/{item.parent.number}",
    }
    if item.pull is not None:
        data["draft"] = item.pull.is_draft
        data["pull_request"] = {
            "url": f"{repo_address(base, where)}/pulls/{item.number}",
            "html_url": f"{page}/pull/{item.number}",
            "diff_url": f"{page}/pull/{item.number}.diff",
            "patch_url": f"{page}/pull/{item.number}.patch",
            "merged_at": iso(item.pull.merged_at),
        }
    return data | _common(base, where, item)


def _sub_issues(item: Issue) -> Json:
    total, completed = len(item.sub_issues), sum(not child.is_open for child in item.sub_issues)
    return {"total": total, "completed": completed, "percent_completed": completed * 100 // total if total else 0}


def pull(base: str, where: Repo, item: Issue, details: Pull, *, may_write: bool) -> Json:
    """The short form, as lists have it."""
    address, page = repo_address(base, where), f"{repo_page(base, where)}/pull/{item.number}"
    url, issue_url = f"{address}/pulls/{item.number}", f"{address}/issues/{item.number}"
    addresses = {
        "html": page,
        "issue": issue_url,
        "comments": f"{issue_url}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{address}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{address}/statuses/{details.head_sha}",
    }
    whole_repo = repo(base, where, may_write=may_write)
    return {
        "id": item.id,
        "node_id": node_id("PR", item.id),
        "url": url,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        **{f"{name}_url": target for name, target in addresses.items()},
        "_links": {name: {"href": target} for name, target in {"self": url, **addresses}.items()},
        **_common(base, where, item),
        "merged_at": iso(details.merged_at),
        "merge_commit_sha": details.merge_commit,
        "requested_reviewers": [account(base, reviewer) for reviewer in details.reviewers],
        "requested_teams": [team(base, where.owner, reviewer) for reviewer in details.team_reviewers],
        "draft": details.is_draft,
        "auto_merge": None if details.auto_merge is None else _auto_merge(base, item, details.auto_merge),
        **{
            side: {
                "label": f"{where.owner.login}:{branch}",
                "ref": branch,
                "sha": sha,
                "user": account(base, where.owner),
                "repo": whole_repo,
            }
            for side, branch, sha in (("head", details.head, details.head_sha), ("base", details.base, details.base_sha))
        },
    }


def _auto_merge(base: str, item: Issue, wished: AutoMerge) -> Json:
    return {
        "enabled_by": account(base, wished.by),
        "merge_method": wished.method.value,
        "commit_title": f"{item.title} (#{item.number})",
        "commit_message": "",
    }


def whole_pull(base: str, where: Repo, item: Issue, details: Pull, comparison: Comparison, *, may_write: bool) -> Json:
    """The long form: what git says of it, too."""
    is_merged = details.merged_at is not None
    mergeable = None if not item.is_open else comparison.is_mergeable
    states = {None: "unknown", True: "draft" if details.is_draft else "clean", False: "dirty"}
    return pull(base, where, item, details, may_write=may_write) | {
        "merged": is_merged,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": states[mergeable],
        "merged_by": None if details.merged_by is None else account(base, details.merged_by),
        "comments": len(item.comments),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": comparison.commit_count,
        "additions": sum(file.additions for file in comparison.files),
        "deletions": sum(file.deletions for file in comparison.files),
        "changed_files": len(comparison.files),
    }


def _common(base: str, where: Repo, item: Issue) -> Json:
    """What issues and pull requests say alike."""
    return {
        "number": item.number,
        "state": item.state,
        "locked": item.is_locked,
        "active_lock_reason": None,
        "title": item.title,
        "body": item.body,
        "user": account(base, item.author),
        "labels": [label(base, where, entry) for entry in item.labels],
        "assignee": account(base, item.assignees[0]) if item.assignees else None,
        "assignees": [account(base, assignee) for assignee in item.assignees],
        "milestone": None if item.milestone is None else milestone(base, where, item.milestone),
        "author_association": association(where, item.author),
        "created_at": iso(item.created_at),
        "updated_at": iso(item.updated_at),
        "closed_at": iso(item.closed_at),
    }


def milestone(base: str, where: Repo, item: Milestone) -> Json:
    address = f"{repo_address(base, where)}/milestones/{item.number}"
    inside = [issue for issue in where.issues.values() if issue.milestone is item]
    return {
        "url": address,
        "html_url": f"{repo_page(base, where)}/milestone/{item.number}",
        "labels_url": f"{address}/labels",
        "id": item.id,
        "node_id": node_id("MI", item.id),
        "number": item.number,
        "state": "open" if item.is_open else "closed",
        "title": item.title,
        "description": None,
        "creator": account(base, item.creator),
        "open_issues": sum(issue.is_open for issue in inside),
        "closed_issues": sum(not issue.is_open for issue in inside),
        "created_at": iso(item.created_at),
        "updated_at": iso(item.created_at),
        "closed_at": None if item.is_open else iso(item.created_at),
        "due_on": None,
    }


def _reactions(address: str, item: Comment) -> Json:
    names = {"THUMBS_UP": "+1", "THUMBS_DOWN": "-1"}
    counts = {names.get(kind, kind.lower()): len(people) for kind, people in item.reactions.items()}
    return _no_reactions(address) | counts | {"total_count": sum(counts.values())}


def _no_reactions(address: str) -> Json:
    names = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")
    return {"url": f"{address}/reactions", "total_count": 0} | dict.fromkeys(names, 0)
