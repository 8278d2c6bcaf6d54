"""What git holds, as GitHub's GraphQL API shows it."""

import base64
import binascii
from abc import ABC, abstractmethod
from typing import Any

from bot.sandbox.github.git_diff import diff
from bot.sandbox.github.git_store import EMPTY_TREE, Commit, Entry, Person
from bot.sandbox.github.graphql_reviews import contexts
from bot.sandbox.github.paging import Info, connection
from bot.sandbox.github.rest import ApiError, Call, not_resolved
from bot.sandbox.github.shapes import iso, repo_page
from bot.sandbox.github.shapes_git import who
from bot.sandbox.github.state import CHECK_STATES, Account, AccountKind, Repo

Node = dict[str, Any]

_MAX_TEXT_BYTES = 512 * 1024
"""GitHub cuts the text of larger blobs."""


class GitNodes(ABC):
    """For one request. Repos and accounts are the subclass's."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.world = call.world
        self.base = call.base

    @abstractmethod
    def repo(self, repo: Repo) -> Node: ...

    @abstractmethod
    def account(self, who: Account) -> Node: ...

    @abstractmethod
    def as_user(self, who: Account) -> Node: ...

    def ref(self, repo: Repo, name: str) -> Node | None:
        """By its full or short name; None: no such reference."""
        refs = repo.store.refs()
        full = next((tried for tried in (name, f"refs/{name}", f"refs/heads/{name}", f"refs/tags/{name}") if tried in refs), None)
        if full is None:
            return None
        prefix = "/".join(full.split("/")[:2]) + "/"
        return {
            "__typename": "Ref",
            "id": _ref_id(repo, full),
            "name": full.removeprefix(prefix),
            "prefix": prefix,
            "repository": lambda _info: self.repo(repo),
            "refUpdateRule": _protection(repo, full),
            "rules": lambda _info, **options: connection("rules", _rules(repo, full), lambda item: item, options),
            # A branch is always at a commit; to ask git would cost a process for every repo of a survey.
            "target": lambda _info: (self.commit if prefix == "refs/heads/" else self.git_object)(repo, refs[full]),
        }

    def ref_named(self, wanted: str) -> tuple[Repo, str]:
        """The repo and full name behind a reference's id. Raises ApiError."""
        prefix, _, encoded = wanted.partition("_")
        try:
            number, _, name = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            prefix, number, name = "", "", ""
        for repo in self.world.repos.values():
            if prefix == "REF" and str(repo.id) == number and name in repo.store.refs():
                return repo, name
        raise not_resolved(f"a node with the global id of '{wanted}'.")

    def object(self, repo: Repo, *, expression: str | None, oid: str | None) -> Node | None:
        """By object name, or by an expression such as `main`, `HEAD` or `HEAD:folder/file`."""
        if oid is not None:
            return self.git_object(repo, oid)
        if expression is None:
            return None
        at, colon, path = expression.partition(":")
        commit = repo.store.commit_id(repo.default_branch if at == "HEAD" else at)
        if commit is None or not colon:
            return None if commit is None else self.commit(repo, commit)
        entry = repo.store.entry(commit, path.strip("/"))
        return None if entry is None else self.git_object(repo, entry.sha)

    def git_object(self, repo: Repo, sha: str) -> Node | None:
        match repo.store.kind(sha):
            case "commit":
                return self.commit(repo, sha)
            case "tree":
                return self._tree(repo, sha, "")
            case "blob":
                return self._blob(repo, sha)
            case "tag":
                return self._tag(repo, sha)
            case _:
                return None

    def commit(self, repo: Repo, sha: str, known: Commit | None = None) -> Node:
        """A commit that is not known is read only if a field asks for what is in it."""

        def read() -> Commit:
            nonlocal known
            known = known or repo.store.commit(sha)
            return known

        def file(_info: Info, *, path: str) -> Node | None:
            entry = repo.store.entry(sha, path)
            return None if entry is None else self._entry(repo, entry)

        def history(_info: Info, path: str = "", **options: Any) -> Node:  # noqa: ANN401 - the arguments of the query
            commits = repo.store.commits(sha, path=path) if path else repo.store.history(sha)
            return connection("history", commits, lambda item: self.commit(repo, item.sha, item), options)

        return self._object("Commit", repo, sha) | {
            "url": f"{repo_page(self.base, repo)}/commit/{sha}",
            "author": lambda _info: self._actor(read().author),
            "committer": lambda _info: self._actor(read().committer),
            "authoredDate": lambda _info: iso(read().author.at),
            "committedDate": lambda _info: iso(read().committer.at),
            "message": lambda _info: read().message,
            "messageHeadline": lambda _info: read().message.partition("\n")[0],
            "messageBody": lambda _info: read().message.partition("\n")[2].strip(),
            "parents": lambda _info, **options: connection("parents", read().parents, lambda item: self.commit(repo, item), options),
            "changedFilesIfAvailable": lambda _info: len(diff(repo.store, (*read().parents, EMPTY_TREE)[0], sha)),
            "statusCheckRollup": lambda _info: self._rollup(repo, sha),
            "tree": lambda _info: self._tree(repo, read().tree, ""),
            "file": file,
            "history": history,
        }

    def _rollup(self, repo: Repo, sha: str) -> Node | None:
        """The worst of all check runs and statuses; None: there are none."""
        if self.call.token is not None and not self.call.token.may_read_checks:
            raise ApiError(403, "Resource not accessible by integration")
        states = set(repo.checks.get(sha, {}).values())
        worst = next((state for state in CHECK_STATES if state in states), None)
        if worst is None:
            return None
        return {
            "id": f"SCR_{repo.id}_{sha}",
            "state": worst,
            "commit": lambda _info: self.commit(repo, sha),
            "contexts": lambda _info, **options: contexts(self.base, repo, sha, options),
        }

    def _actor(self, person: Person) -> Node:
        account = who(self.world, person)
        user = None if account is None or account.kind is AccountKind.ORGANIZATION else self.as_user(account)
        return {"name": person.name, "email": person.email, "date": iso(person.at), "user": user}

    def _tree(self, repo: Repo, sha: str, folder: str) -> Node:
        def entries(_info: Info) -> list[Node]:
            return [self._entry(repo, entry, folder) for entry in repo.store.tree(sha)]

        return self._object("Tree", repo, sha) | {"entries": entries}

    def _entry(self, repo: Repo, entry: Entry, folder: str = "") -> Node:
        path = f"{folder}/{entry.path}" if folder else entry.path
        name = path.rpartition("/")[2]

        def inside(_info: Info) -> Node | None:
            return self._tree(repo, entry.sha, path) if entry.kind == "tree" else self.git_object(repo, entry.sha)

        return {
            "name": name,
            "path": path,
            "extension": f".{name.rpartition('.')[2]}" if "." in name else "",
            "mode": int(entry.mode, 8),
            "oid": entry.sha,
            "size": entry.size_bytes or 0,
            "type": entry.kind,
            "object": inside,
            "repository": lambda _info: self.repo(repo),
        }

    def _blob(self, repo: Repo, sha: str) -> Node:
        data = repo.store.blob(sha)
        is_binary = b"\0" in data
        text = None if is_binary else data[:_MAX_TEXT_BYTES].decode(errors="replace")
        about = {"byteSize": len(data), "isBinary": is_binary, "isTruncated": len(data) > _MAX_TEXT_BYTES, "text": text}
        return self._object("Blob", repo, sha) | about

    def _tag(self, repo: Repo, sha: str) -> Node:
        head, _, message = repo.store.git("cat-file", "tag", sha).decode(errors="replace").partition("\n\n")
        fields = dict(line.split(" ", 1) for line in head.splitlines())
        target = fields["object"]
        about = {"name": fields["tag"], "message": message.rstrip("\n"), "target": lambda _info: self.git_object(repo, target)}
        return self._object("Tag", repo, sha) | about

    def _object(self, kind: str, repo: Repo, sha: str) -> Node:
        return {
            "__typename": kind,
            "id": _ref_id(repo, sha).replace("REF", kind[0], 1),
            "oid": sha,
            "abbreviatedOid": sha[:7],
            "repository": lambda _info: self.repo(repo),
        }


def _ref_id(repo: Repo, name: str) -> str:
    return f"REF_{base64.urlsafe_b64encode(f'{repo.id}:{name}'.encode()).decode().rstrip('=')}"


def _protection(repo: Repo, name: str) -> Node | None:
    """The classic one of the default branch, as who is no admin sees it."""
    if repo.has_ruleset or not _is_guarded(repo, name):
        return None
    return {
        "pattern": repo.default_branch,
        "requiredApprovingReviewCount": repo.required_approvals or None,
        "requiredStatusCheckContexts": sorted(repo.required_checks),
    }


def _is_guarded(repo: Repo, name: str) -> bool:
    return bool(repo.required_checks or repo.required_approvals) and name == f"refs/heads/{repo.default_branch}"


def _rules(repo: Repo, name: str) -> list[Node]:
    """The same as a ruleset tells it."""
    if not repo.has_ruleset or not _is_guarded(repo, name):
        return []
    checks = {"requiredStatusChecks": [{"context": context} for context in sorted(repo.required_checks)]}
    reviews = {"requiredApprovingReviewCount": repo.required_approvals}
    return [
        *([_rule(repo, "REQUIRED_STATUS_CHECKS", "RequiredStatusChecksParameters", checks)] if repo.required_checks else []),
        *([_rule(repo, "PULL_REQUEST", "PullRequestParameters", reviews)] if repo.required_approvals else []),
    ]


def _rule(repo: Repo, kind: str, parameters: str, values: Node) -> Node:
    about = {"__typename": parameters, **values}
    return {"__typename": "RepositoryRule", "id": f"RR_{repo.id}_{kind}", "type": kind, "parameters": about}
