"""What the look into one repo found."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.model.fleet import App, Repo
from bot.model.git_source import GitSource
from bot.model.pin import Finding
from bot.model.pull_request import PullRequest
from bot.model.repo_rules import NOTHING, RepoRules
from bot.model.run import AppDecisions
from bot.pipeline.scanned_tree import ScannedTree


@dataclass(frozen=True, kw_only=True)
class Scanned:
    """One repo as it was found: its apps, what is in its files, and the bot's pull requests in any state."""

    repo: Repo
    tree: ScannedTree
    apps: tuple[App, ...]
    findings: tuple[Finding, ...]
    pull_requests: tuple[PullRequest, ...]
    codeowners: str | None = None
    """The text of the CODEOWNERS that counts; None: there is none."""
    git_sources: tuple[GitSource, ...] = ()
    """What Argo CD and Flux apply by its files, of any repo."""
    own_rules: RepoRules = NOTHING
    """What the repo's own file asks for."""

    def app_of(self, file: PurePosixPath) -> App | None:
        """The app whose folder holds the file, the deepest one where several do."""
        holding = [app for app in self.apps if file.is_relative_to(app.path)]
        return max(holding, key=lambda app: len(app.path.parts), default=None)


def by_repo(decided: Sequence[tuple[Scanned, AppDecisions]]) -> list[tuple[Scanned, list[AppDecisions]]]:
    """Each repo once, with all its apps, in order."""
    found: dict[str, tuple[Scanned, list[AppDecisions]]] = {}
    for entry, app in decided:
        found.setdefault(entry.repo.full_name, (entry, []))[1].append(app)
    return list(found.values())
