"""Survey and find: the repos of the fleet, and what is in their files."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import structlog

from bot.model.failure import Failure
from bot.model.fleet import Repo
from bot.model.pull_request import PullRequest
from bot.pipeline.attempt import attempt
from bot.pipeline.fleet_parts import FleetParts, Scanned
from bot.pipeline.last_good import longest_unseen_first
from bot.pipeline.repo_files import LaterTree, read_files
from bot.report.markdown import number_of

log = structlog.get_logger()
_WORKERS: Final = 8


def find(parts: FleetParts) -> tuple[list[Scanned], list[Failure], list[str]]:
    """Survey and find: every repo that is no archive, several at once, in the order of their names.

    Where a limit ends the look, it ends at those that were looked at last.
    What was scanned, what failed, and the names of the repos that have no commit yet.
    """
    surveyed = list(_counted(parts))
    repos = [repo for repo in surveyed if isinstance(repo, Repo) and not repo.is_archived and repo.head]
    place = {repo.full_name: number for number, repo in enumerate(repos)}
    scanned: list[Scanned] = []
    failures = [failure for failure in surveyed if isinstance(failure, Failure)]
    repos = longest_unseen_first(parts, repos)
    pulls = parts.forge.pull_requests(repos, branch_prefix=parts.branch_prefix)
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="find") as pool:
        for number, result in enumerate(pool.map(lambda repo: _attempted(parts, repo, pulls[repo.full_name]), repos), 1):
            if isinstance(result, Scanned):
                scanned.append(result)
            else:
                failures.append(result)
                if result.resumes_at is None:
                    parts.progress.tell(result.where, f"failed: {result.what}")
            parts.progress("find", number, len(repos))
    scanned.sort(key=lambda entry: place[entry.repo.full_name])
    empty = [repo.full_name for repo in surveyed if isinstance(repo, Repo) and not repo.is_archived and not repo.head]
    return scanned, failures, empty


def _counted(parts: FleetParts) -> Iterator[Repo | Failure]:
    for number, found in enumerate(parts.survey(), 1):
        parts.progress("survey", number, -1)
        yield found


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
    return Scanned(repo=repo, tree=tree, apps=apps, findings=files.findings, pull_requests=tuple(pulls))
