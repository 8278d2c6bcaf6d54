"""One clone, read and written by git's plumbing: its objects and references, and nothing else of it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from bot.clients.folders import trees
from bot.clients.folders.clones import Place
from bot.clients.folders.trees import NOTHING, Entry
from bot.clients.git.command import BareRepo
from bot.model.forge import ForgeError, StaleHeadError

BOT_NAME: Final = "rebuild-bot"
BOT_EMAIL: Final = "rebuild-bot@localhost"
"""No account of any forge has it."""

_TIMEOUT: Final = timedelta(minutes=2)
_MAX_REFS: Final = 20_000
_MAX_COMMITS: Final = 250
"""Of a branch, beyond its base."""
_HEADS: Final = "refs/heads/"
_ORIGIN: Final = "refs/remotes/origin/"
_COMMIT_DIGITS: Final = 40

_CONFIG: Final = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.sshCommand": "false",
    "commit.gpgSign": "false",
    "gpg.program": "false",
    "gpg.ssh.program": "false",
    "log.showSignature": "false",
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
    "diff.renames": "false",
}
"""Above the clone's own configuration, which may name programs: even moving a reference runs a hook."""
_ENVIRONMENT: Final = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
}


class NamedBy(StrEnum):
    """What says which branch is the default one."""

    ORIGIN = "origin/HEAD"
    HEAD = "its HEAD, as the clone is bare"
    SETTING = "init.defaultBranch, as there is no origin/HEAD"
    CURRENT = "the current branch, as there is no origin/HEAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultBranch:
    name: str
    head: str
    """Empty: it has no commit yet."""
    named_by: NamedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    commit: str
    checked_out_at: str = ""
    """The work tree that has it checked out; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCommit:
    email: str
    name: str
    committed_at: datetime
    headline: str


class Clone:
    """Every call raises ForgeError where git fails."""

    def __init__(self, place: Place, *, name: str) -> None:
        self.place: Final = place
        self.name: Final = name
        self._bare: Final = self._with_environment({})

    def _with_environment(self, more: Mapping[str, str]) -> BareRepo:
        return BareRepo(
            self.place.git_folder,
            name=self.name,
            config=_CONFIG,
            environment={**_ENVIRONMENT, **more},
            timeout=_TIMEOUT,
            remedy="Look at the clone with git fsck.",
        )

    def _lines(self, *arguments: str, stdin: str | bytes = "") -> list[str]:
        return self._bare.git(*arguments, stdin=stdin).decode("utf-8", "replace").splitlines()

    def setting(self, key: str) -> str:
        """The last value in the configuration; empty: none."""
        values = self._bare.git("config", "--null", "--default", "", "--get", key).decode("utf-8", "replace").split("\0")
        return values[0]

    # References

    def default_branch(self, *, not_below: str) -> DefaultBranch:
        """By origin/HEAD, in a bare clone by its HEAD; else by init.defaultBranch or what is checked out, unless it is `not_below` that.

        Its head is origin's, unless the branch here has all of that and more. Raises ForgeError where nothing says which it is.
        """
        refs = self._refs(_HEADS, _ORIGIN)
        heads = {name.removeprefix(_HEADS): ref for name, ref in refs.items() if name.startswith(_HEADS)}
        of_origin = {name.removeprefix(_ORIGIN): ref for name, ref in refs.items() if name.startswith(_ORIGIN)}
        current = self._symbolic("HEAD").removeprefix(_HEADS)
        candidates = (
            (self._symbolic(f"{_ORIGIN}HEAD").removeprefix(_ORIGIN), NamedBy.ORIGIN),
            (current if self.place.is_bare else "", NamedBy.HEAD),
            (self.setting("init.defaultBranch"), NamedBy.SETTING),
            (current, NamedBy.CURRENT),
        )
        for name, by in candidates:
            if name and not name.startswith(not_below) and (name in heads or name in of_origin):
                return DefaultBranch(name=name, head=self._newer(heads.get(name), of_origin.get(name)), named_by=by)
        if not refs:
            return DefaultBranch(name=current, head="", named_by=NamedBy.CURRENT)
        remedy = "Run `git remote set-head origin --auto` in it, or check the branch out"
        raise ForgeError(f"{self.name}: nothing says which branch is the default one. {remedy}.")

    def _newer(self, here: Ref | None, of_origin: Ref | None) -> str:
        if here is None or of_origin is None:
            return (here or of_origin or Ref(commit="")).commit
        return here.commit if self.reaches(here.commit, of_origin.commit) else of_origin.commit

    def branch(self, name: str) -> Ref | None:
        return self._refs(f"{_HEADS}{name}").get(f"{_HEADS}{name}")

    def _refs(self, *patterns: str) -> dict[str, Ref]:
        fields = "%(refname)%00%(objectname)%00%(worktreepath)"
        lines = self._lines("for-each-ref", f"--count={_MAX_REFS + 1}", f"--format={fields}", *patterns)
        if len(lines) > _MAX_REFS:
            raise ForgeError(f"{self.name}: more than {_MAX_REFS:,} branches. Prune them, or leave the repo out.")
        parts = [line.split("\0") for line in lines]
        return {name: Ref(commit=commit, checked_out_at=at) for name, commit, at in parts}

    def _symbolic(self, name: str) -> str:
        try:
            return self._lines("symbolic-ref", "--quiet", name)[0]
        except (ForgeError, IndexError):
            return ""

    def move(self, branch: str, commit: str | None, *, old: str | None) -> None:
        """The branch goes from one commit to another in one step; None: it does not exist. Raises StaleHeadError where it was elsewhere."""
        self._refuse_links(branch)
        ref = f"{_HEADS}{branch}"
        there = self.branch(branch)
        if there is not None and there.checked_out_at:
            raise ForgeError(f"{self.name}: the branch {branch} is checked out in {there.checked_out_at}. Check another one out there.")
        step = f"update {ref}\0{commit}\0{old or NOTHING}\0" if commit else f"delete {ref}\0{old or ''}\0"
        try:
            self._bare_as_bot(None).git("update-ref", "-z", "--stdin", stdin=step)
        except ForgeError as error:
            there = self.branch(branch)
            if (there.commit if there else None) != old:
                raise StaleHeadError(f"{self.name}: somebody moved the branch {branch} just now. Run again.", is_temporary=True) from error
            raise

    def _refuse_links(self, branch: str) -> None:
        folder = self.place.git_folder / "refs" / "heads"
        for part in (folder, *(folder.joinpath(*branch.split("/")[:count]) for count in range(1, branch.count("/") + 2))):
            if part.is_symlink():
                raise ForgeError(f"{self.name}: {part} is a link, and is not written through. Put a folder there.")

    # History

    def reaches(self, commit: str, other: str) -> bool:
        """Whether `commit` has `other` among those before it, or is it."""
        return commit == other or not self._lines("rev-list", "--max-count=1", "--end-of-options", other, f"^{commit}")

    def has(self, commit: str) -> bool:
        return self._lines("cat-file", "--batch-check=%(objecttype)", stdin=f"{commit}\n") == ["commit"]

    def fork_point(self, base: str, commit: str) -> str:
        """The newest commit that both have; empty: they have nothing in common."""
        try:
            return self._lines("merge-base", "--end-of-options", base, commit)[0]
        except (ForgeError, IndexError):
            return ""

    def authors(self, base: str, commit: str) -> frozenset[str]:
        """The addresses of who made what the base lacks, authors and committers: who rebased or amended it has a hand in it."""
        listed = self._lines(
            *("rev-list", f"--max-count={_MAX_COMMITS}", "--no-commit-header", "--format=%ae%n%ce", "--end-of-options"),
            *(commit, f"^{base}"),
        )
        return frozenset(filter(None, listed))

    def past(self, commit: str, *, most: int) -> list[PastCommit]:
        """The newest commits, newest first."""
        fields = "%ae%x00%an%x00%ct%x00%s"
        listed = self._lines("rev-list", f"--max-count={most}", "--no-commit-header", f"--format={fields}", "--end-of-options", commit)
        parts = [line.split("\0") for line in listed]
        return [
            PastCommit(email=part[0], name=part[1], committed_at=_moment(part[2]), headline=part[3])
            for part in parts
            if len(part) == 4  # noqa: PLR2004
        ]

    def committed_at(self, commit: str) -> datetime:
        return _moment(self._lines("rev-list", "--max-count=1", "--no-commit-header", "--format=%ct", "--end-of-options", commit)[0])

    def merged_by(self, base: str, commit: str) -> str | None:
        """The commit by which a base got another one: the merge, the commit itself, or the first that changes its files in the same way.

        None: it has it not, or the clone has lost the commit.
        """
        if not self.has(commit):
            return None
        if self.reaches(base, commit):
            after = self._lines("rev-list", "--first-parent", "--ancestry-path", "--end-of-options", base, f"^{commit}")
            return commit if not after or self._parents(after[-1])[:1] == [commit] else after[-1]
        fork = self.fork_point(base, commit)
        if not fork:
            return None
        paths = [str(path) for path in trees.changed(self._bare, fork, commit)]
        if not paths:
            return None
        between = (f"{base}...{commit}", "--", *paths)
        if self._lines("rev-list", "--max-count=1", "--cherry-pick", "--right-only", *between):
            return None
        marked = self._lines("rev-list", "--cherry-mark", "--left-only", *between)
        return next((line.removeprefix("=") for line in reversed(marked) if line.startswith("=")), None)

    def _parents(self, commit: str) -> list[str]:
        return self._lines("rev-list", "--parents", "--max-count=1", "--end-of-options", commit)[0].split()[1:]

    # Files

    def entries(self, commit: str, paths: Sequence[PurePosixPath]) -> dict[PurePosixPath, Entry]:
        """Those of the files that a commit has."""
        return trees.entries(self._bare, commit, paths)

    def is_one_commit(self, head: str, *, on: str, files: Mapping[PurePosixPath, Entry]) -> bool:
        """Whether a head is one commit on another one that changes these files in this way, and nothing else."""
        return self._parents(head) == [on] and trees.changed(self._bare, on, head) == files

    def conflicts(self, base: str, head: str) -> bool:
        """Whether the base and the head changed the same lines since they parted."""
        fork = self.fork_point(base, head)
        return not fork or (fork != base and trees.conflicts(self._bare, fork, head, base))

    def commit(self, on: str, files: Mapping[PurePosixPath, tuple[str, bytes]], *, message: str, at: datetime) -> str:
        """A new commit of the bot's on top of another one, with files (mode and content) put in their places."""
        tree = trees.written(self._bare, on, files)
        return self._bare_as_bot(at).git("commit-tree", "--no-gpg-sign", "-p", on, tree, stdin=message).decode("ascii").strip()

    def _bare_as_bot(self, at: datetime | None) -> BareRepo:
        facts = {"NAME": BOT_NAME, "EMAIL": BOT_EMAIL} | ({} if at is None else {"DATE": f"@{int(at.timestamp())} +0000"})
        return self._with_environment({f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in facts.items()})


def is_commit(text: str) -> bool:
    return len(text) == _COMMIT_DIGITS and set(text) <= set("0123456789abcdef")


def _moment(seconds: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        # A commit may bear any time.
        return datetime.fromtimestamp(0, UTC)
