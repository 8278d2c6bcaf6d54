"""A run that is cut off before or after any of its writes, and another one after it, come to what an undisturbed run comes to."""

import re
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from bot.clients.folders import files
from bot.clients.folders.clone import BOT_EMAIL, Clone
from bot.clients.folders.forge import FolderForge
from bot.model.edit import FileChange
from bot.model.pull_request import Proposal, PullRequestState
from tests.clones import branches, clone, git, texts

REPO, BRANCH = "acme/shop", "rebuild-bot/shop/python"
OLD, NEW, NEWER = b"FROM python:3.12.4\n", b"FROM python:3.12.5\n", b"FROM python:3.12.6\n"
LABELS = ("rebuild-bot",)


class CutOffError(BaseException):
    """Nothing catches it."""


class Knife:
    """Counts the writes, and cuts before the one (even) or after it (odd)."""

    def __init__(self, monkeypatch, at=-1):
        self.writes = 0
        self.at = at
        for owner, name in ((Clone, "move"), (files, "_put")):
            monkeypatch.setattr(owner, name, self._around(getattr(owner, name)))

    def _around(self, write):
        def cut(*args, **kwargs):
            place = self.writes
            self.writes += 1
            if place * 2 == self.at:
                raise CutOffError
            result = write(*args, **kwargs)
            if place * 2 + 1 == self.at:
                raise CutOffError
            return result

        return cut


def forge_of(root):
    return FolderForge(root, branch_prefix="rebuild-bot/", now=lambda: datetime(2026, 5, 4, 12, tzinfo=UTC))


def proposal(shop, new):
    return Proposal(
        repo=REPO,
        base="main",
        base_head=git(shop, "rev-parse", "main"),
        branch=BRANCH,
        title=f"Update to {new.decode().strip()}",
        body="What it does.\n",
        commit_message="Update\n",
        changes=(FileChange(path=PurePosixPath("Dockerfile"), old=OLD, new=new),),
        updates=(),
    )


def propose(root, new):
    """As the pipeline does: what is there is looked at first, and labels go on last."""
    forge = forge_of(root)
    (repo,) = forge.fleet()
    pulls = [pull for pull in forge.pull_requests([repo], branch_prefix="rebuild-bot/")[REPO] if pull.state is PullRequestState.OPEN]
    state = forge.branch(REPO, BRANCH, base="main")
    assert state is None or state.authors == {BOT_EMAIL}
    assert all(pull.branch == BRANCH for pull in pulls)
    pull = forge.write(proposal(root / "shop", new), replacing=state.head if state else None)
    if not pull.labels_ever:
        forge.request_reviews(pull, ["@ann"])
        assert forge.put_labels([(pull, LABELS)]) == []


def close(root):
    forge = forge_of(root)
    (repo,) = forge.fleet()
    for pull in forge.pull_requests([repo], branch_prefix="rebuild-bot/")[REPO]:
        if pull.state is PullRequestState.OPEN:
            forge.close_pull_request(pull, comment="Not needed any more.")


def state_of(root):
    head = branches(root / "shop").get(BRANCH)
    content = head and git(root / "shop", "show", f"{head}:Dockerfile")
    commits = head and git(root / "shop", "rev-list", "--count", f"main..{head}")
    told = {path: re.sub(re.escape(str(root)), "ROOT", text) for path, text in texts(root).items()}
    return content, commits, told


STEPS = {
    "opening": ([], lambda root: propose(root, NEW)),
    "moving": ([lambda root: propose(root, NEW)], lambda root: propose(root, NEWER)),
    "closing": ([lambda root: propose(root, NEW)], close),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_is_cut_off_is_taken_up_by_the_next(tmp_path, step):
    before, last = STEPS[step]

    def begun(name):
        root = tmp_path / name
        clone(root / "shop", {"Dockerfile": OLD}, origin="https://github.com/acme/shop")
        for each in before:
            each(root)
        return root

    whole = begun("whole")
    with pytest.MonkeyPatch.context() as patched:
        knife = Knife(patched)
        last(whole)
    wanted = state_of(whole)
    assert knife.writes > 1

    for at in range(2 * knife.writes):
        root = begun(f"cut-{at}")
        with pytest.MonkeyPatch.context() as patched:
            Knife(patched, at)
            with pytest.raises(CutOffError):
                last(root)
        last(root)
        settled = state_of(root)
        last(root)

        assert _without_commits(settled) == _without_commits(wanted), at
        assert state_of(root) == settled, at


def _without_commits(state):
    """The clones were made one after the other, so that their commits have other names."""
    content, commits, told = state
    return content, commits, {path: re.sub(r"[0-9a-f]{40}|`ROOT[^`]*`", "…", text) for path, text in told.items()}
