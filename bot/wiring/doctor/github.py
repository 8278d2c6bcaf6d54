"""What the bot needs of GitHub: a credential that is taken, the permissions that the configuration makes use of, budget, and time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from bot.clients.github.forge import GitHubForge
from bot.clients.github.identity import Budget, Identity
from bot.clients.github.installations import Installations
from bot.model.checkup import Checkup, Subject
from bot.model.failure import Failure
from bot.model.forge import ClockError, ForgeError, NoAccessError
from bot.model.rebuild_order import RebuildPolicy
from bot.settings import Settings
from bot.wiring.clients import Now
from bot.wiring.forge import github_forge

_ABOUT: Final = Subject("GitHub")
_FAR_APART: Final = timedelta(minutes=5)
_SCARCE: Final = 0.1
"""Of an hourly limit: with less left a run over a fleet will wait."""
_LEVELS: Final = {"read": 1, "write": 2, "admin": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A permission of a GitHub App, by the name that the API has for it (GitHub Docs, "Permissions required for GitHub Apps")."""

    name: str
    level: str
    why: str
    is_must: bool = True
    """Otherwise a part of what is found goes without."""


def needs(settings: Settings) -> tuple[Need, ...]:
    """What the configuration makes use of."""
    track = settings.track
    dispatches = any(entry.policy is RebuildPolicy.DISPATCH for entry in settings.rebuild.images)
    has_canaries = settings.order.canary is not None
    has_artifacts = any(entry.artifact is not None for entry in track.inventories)
    wanted = (
        (True, Need(name="metadata", level="read", why="to find the repos")),
        (True, Need(name="contents", level="write", why="for branches and commits")),
        (True, Need(name="pull_requests", level="write", why="to open them")),
        (True, Need(name="issues", level="write", why="for labels and the weekly issue")),
        (True, Need(name="workflows", level="write", why="to move actions in .github/workflows", is_must=False)),
        (True, Need(name="checks", level="read", why="to say which checks fail, and for canaries", is_must=has_canaries)),
        (True, Need(name="statuses", level="read", why="the same, of commit statuses", is_must=has_canaries)),
        (True, Need(name="members", level="read", why="to ask teams for reviews", is_must=False)),
        (dispatches, Need(name="actions", level="write", why="to have images rebuilt (rebuild)")),
        (settings.properties.read, Need(name="organization_custom_properties", level="read", why="for properties.read")),
        (track.github_deployments, Need(name="deployments", level="read", why="for track.github_deployments")),
        (track.deployment_records, Need(name="artifact_metadata", level="read", why="for track.deployment_records")),
        (track.write_deployment_records, Need(name="artifact_metadata", level="write", why="for track.write_deployment_records")),
        (track.write_storage_records, Need(name="artifact_metadata", level="write", why="for track.write_storage_records")),
        (track.attestations, Need(name="attestations", level="read", why="for track.attestations")),
        (has_artifacts, Need(name="actions", level="read", why="for the artifacts of track.inventories")),
    )
    return tuple(need for is_wanted, need in wanted if is_wanted)


def look_at_github(settings: Settings, *, now: Now) -> Iterator[Checkup]:
    """The credential, then each owner by itself."""
    where = urlsplit(settings.github.api_url).netloc
    try:
        forge = github_forge(settings, only=())
    except NoAccessError as error:
        yield _ABOUT.failed(where, error, "Set a credential")
        return
    try:
        yield from _owners(forge, settings, where, now)
        yield from _report_repo(forge, settings)
    finally:
        forge.close()


def _owners(forge: GitHubForge | Installations, settings: Settings, where: str, now: Now) -> Iterator[Checkup]:
    owners = settings.github.owners or tuple(dict.fromkeys(name.partition("/")[0] for name in settings.github.repos_of_others))
    if not owners:
        remedy = "Set github.owners in the configuration"
        yield _ABOUT.wrong(where, "no repos are named", remedy)
    is_told = False
    for owner in owners or ("",):
        try:
            identity = forge.examined(owner, now())
        except (ForgeError, ClockError) as error:
            yield _refused(owner or where, error)
            continue
        if not is_told or isinstance(forge, Installations):
            yield from _identity(identity, owner if isinstance(forge, Installations) else where, settings, now())
            is_told = True
        if owner:
            yield _repos(forge, owner)


def _identity(identity: Identity, where: str, settings: Settings, now: datetime) -> Iterator[Checkup]:
    if identity.is_suspended:
        said = "the installation of the App is suspended"
        yield _ABOUT.wrong(where, said, "Let an owner unsuspend it")
    if identity.permissions is not None:
        scope = "all repos" if identity.is_of_all_repos else "selected repos alone: what is not selected is not seen"
        yield _ABOUT.fine(f"{where}: the App", f"it is installed for {scope}")
        yield from (_permission(need, identity.permissions, where) for need in needs(settings))
    else:
        yield _token(identity, where)
    yield from (_budget(budget, where, now) for budget in identity.budgets)
    if not identity.budgets:
        remedy = "Check what answers at github.api_url"
        yield _ABOUT.unknown(f"{where}: budget", "GitHub does not say", remedy)
    yield _clock(identity.ahead, where)


def _permission(need: Need, given: Mapping[str, str], where: str) -> Checkup:
    what, has = f"{where}: {need.name}: {need.level}", given.get(need.name)
    if _LEVELS.get(has or "", 0) >= _LEVELS[need.level]:
        return _ABOUT.fine(what, f"given, {need.why}")
    said = f"not given{f' (only {has})' if has else ''}; it is wanted {need.why}"
    if not need.is_must:
        return _ABOUT.fine(what, f"{said}, which is left out until then")
    remedy = f"Give the App the permission {need.name.replace('_', ' ')}: {need.level}, and let the owner accept it"
    return _ABOUT.wrong(what, said, remedy)


def _token(identity: Identity, where: str) -> Checkup:
    what = f"{where}: the token"
    if identity.scopes is None:
        said = "it is taken; what it may is not told by GitHub (a fine-grained token, or that of a workflow)"
        remedy = "See that it has contents, pull requests and issues to write, and workflows to move actions"
        return _ABOUT.unknown(what, said, remedy)
    if not identity.scopes & {"repo", "public_repo"}:
        has = ", ".join(sorted(identity.scopes)) or "none"
        return _ABOUT.wrong(what, f"its scopes are: {has}", "Give it the scope repo")
    lacks = "" if "workflow" in identity.scopes else "; without the scope workflow no action of .github/workflows is moved"
    return _ABOUT.fine(what, f"it is taken, with the scopes {', '.join(sorted(identity.scopes))}{lacks}")


def _budget(budget: Budget, where: str, now: datetime) -> Checkup:
    what = f"{where}: {budget.resource} budget"
    said = f"{budget.left:,} of {budget.limit:,} requests of this hour are left"
    if budget.left > budget.limit * _SCARCE:
        return _ABOUT.fine(what, said)
    minutes = max(0, round((budget.resets_at - now).total_seconds() / 60))
    return _ABOUT.wrong(what, said, f"Wait {minutes} minutes, or give the bot an identity of its own")


def _clock(ahead: timedelta | None, where: str) -> Checkup:
    what = f"{where}: clock"
    if ahead is None:
        return _ABOUT.unknown(what, "GitHub told no time", "Check the clock by hand")
    seconds = round(abs(ahead).total_seconds())
    if abs(ahead) <= _FAR_APART:
        return _ABOUT.fine(what, f"{seconds} s apart")
    side = "ahead of" if ahead > timedelta() else "behind"
    said = f"this machine is {seconds:,} s {side} GitHub"
    return _ABOUT.wrong(what, said, "Set the clock: waits and first sights are counted by it")


def _repos(forge: GitHubForge | Installations, owner: str) -> Checkup:
    """Whether at least one repo of an owner can be seen, by one page of the survey."""
    what = f"{owner}: repos"
    try:
        found = list(islice(forge.survey(owner), 1))
    except ForgeError as error:
        return _refused(what, error)
    if not found:
        return _ABOUT.wrong(what, "none is seen", "Install the App for some, or let the token see them")
    if isinstance(found[0], Failure):
        return _ABOUT.unknown(what, found[0].what, found[0].remedy)
    return _ABOUT.fine(what, "they are seen")


def _report_repo(forge: GitHubForge | Installations, settings: Settings) -> Iterator[Checkup]:
    name = settings.github.report_repo
    what = "the weekly issue"
    if name is None:
        yield _ABOUT.fine(what, "no repo is named for it (github.report_repo); `report` needs one")
        return
    try:
        repo = forge.repo(name)
    except ForgeError as error:
        yield _refused(f"{what}: {name}", error)
        return
    if repo.is_archived:
        yield _ABOUT.wrong(what, f"{name} is archived", "Set github.report_repo to another one")
    else:
        yield _ABOUT.fine(what, f"{name} is there")


def _refused(what: str, error: ForgeError | ClockError) -> Checkup:
    return _ABOUT.failed(what, error, "See what GitHub says")
