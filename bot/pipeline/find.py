"""Survey and find: the repos of the fleet, and what is in their files."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import structlog

from bot.clients.workers import Workers
from bot.model.failure import Failure
from bot.model.fleet import Repo
from bot.model.pull_request import PullRequest
from bot.model.repo_rules import MAX_CHARACTERS, NOTHING, RepoRules
from bot.pipeline.attempt import attempt
from bot.pipeline.attested_images import with_attested_images
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.last_good import longest_unseen_first
from bot.pipeline.repo_files import LaterTree, RepoFiles, read_files
from bot.pipeline.scanned import Scanned
from bot.propose.renamed import under_present_name
from bot.report.markdown import number_of
from bot.settings.repo_file import repo_rules

log = structlog.get_logger()
_WORKERS: Final = 8


@dataclass(kw_only=True)
class Found:
    """What a look over the fleet has found so far: it grows while the look goes on, so that an interruption loses nothing of it."""

    repos: list[Repo] = field(default_factory=list)
    """Those that are to be looked at: no archive, and with a commit. In the order in which the survey had them."""
    is_survey_whole: bool = False
    """Whether these are all."""
    empty: list[str] = field(default_factory=list)
    """The names of those that have no commit yet."""
    archived: list[str] = field(default_factory=list)
    """The names of those that the survey knows to be archives."""
    scanned: list[Scanned] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def find(parts: FleetParts, found: Found) -> None:
    """Survey and find: every repo that is no archive, several at once; what was scanned is in the order of their names at the end.

    Where a limit ends the look, it ends at those that were looked at last.
    """
    _survey(parts, found)
    place = {repo.full_name: number for number, repo in enumerate(found.repos)}
    repos = longest_unseen_first(parts, found.repos)
    pulls = parts.forge.pull_requests(repos, branch_prefix=parts.branch_prefix)
    with Workers(_WORKERS, "find") as pool:
        for number, result in enumerate(pool.map(lambda repo: _attempted(parts, repo, pulls[repo.full_name]), repos), 1):
            if isinstance(result, Scanned):
                found.scanned.append(result)
            else:
                found.failures.append(result)
                if result.resumes_at is None:
                    parts.progress.tell(result.where, f"failed: {result.what}")
            parts.progress("find", number, len(repos))
    found.scanned.sort(key=lambda entry: place[entry.repo.full_name])
    found.scanned[:] = with_attested_images(parts.attestations, parts.ledger, found.scanned)


def _survey(parts: FleetParts, found: Found) -> None:
    for number, one in enumerate(parts.survey(), 1):
        parts.progress("survey", number, -1)
        if isinstance(one, Failure):
            found.failures.append(one)
        elif not one.is_archived and one.head:
            found.repos.append(one)
        elif one.is_archived:
            found.archived.append(one.full_name)
        else:
            found.empty.append(one.full_name)
    found.is_survey_whole = True


def _attempted(parts: FleetParts, repo: Repo, pulls: Sequence[PullRequest] | Failure) -> Scanned | Failure:
    """A repo whose pull requests are not known is not looked at: what it would be asked may have been asked, or declined, before."""
    return pulls if isinstance(pulls, Failure) else attempt(repo.full_name, partial(_scan, parts, repo, pulls))


def _scan(parts: FleetParts, repo: Repo, pulls: Sequence[PullRequest]) -> Scanned:
    tree = LaterTree(partial(parts.open_tree, repo))
    files = parts.known_files.of(repo)
    if files is None:
        files = read_files(tree, repo, parts.finders)
        parts.known_files.keep(repo, files)
        log.info("repo.scanned", repo=repo.full_name, findings=len(files.findings))
        parts.progress.tell(repo.full_name, f"read anew: {number_of(len(files.findings), 'finding')}")
    apps = tuple(parts.apps_of(repo, files))
    own = under_present_name(pulls, apps)
    return Scanned(
        repo=repo,
        tree=tree,
        apps=apps,
        findings=files.findings,
        pull_requests=own,
        codeowners=files.codeowners,
        git_sources=files.git_sources,
        own_rules=_own_rules(parts, files),
    )


def _own_rules(parts: FleetParts, files: RepoFiles) -> RepoRules:
    """What the repo's own file asks for."""
    is_configuration = files.own_file is not None and files.own_file == parts.configuration[: MAX_CHARACTERS + 1]
    return repo_rules(files.own_file) if files.has_own_file and not is_configuration else NOTHING


def with_own_rules(parts: FleetParts, scanned: Sequence[Scanned]) -> FleetParts:
    """The parts with a decider that is as quiet as the repos' own files ask for."""
    own_rules = {entry.repo.full_name: entry.own_rules for entry in scanned if entry.own_rules != NOTHING}
    return replace(parts, decider=parts.decider.within(own_rules)) if own_rules else parts
