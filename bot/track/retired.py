"""Which apps look retired: asked, never concluded."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import assert_never

from bot.model.exposure import Known
from bot.model.fleet import App, LastCommit, OnlyBots, PersonsCommit, Phase, Repo
from bot.model.gap import Gap, GapKind


def maybe_retired(apps: Iterable[tuple[Repo, App]], deployed: Collection[str], *, silent_after: timedelta, now: datetime) -> Iterator[Gap]:
    """The apps whose images are deployed nowhere that is known, and where no person has done anything for so long.

    `deployed` are the names of all images that any source names. Where that is none of the fleet's, nothing is asked: then nobody knows.
    A phase that somebody declared is not questioned.
    """
    listed = list(apps)
    if not any(image in deployed for _, app in listed for image in app.images):
        return
    for repo, app in listed:
        if app.phase is Phase.RETIRED or _is_declared(app) or not app.images or any(image in deployed for image in app.images):
            continue
        last = last_sign(repo)
        if last is None or now - last < silent_after:
            continue
        silent = f"no person committed or released for {(now - last).days} days"
        said = f"is deployed nowhere that is known, and {silent}: retired? Declare its phase"
        yield Gap(
            kind=GapKind.RETIRED,
            app=app.name,
            image=app.images[0],
            stage="",
            said=said,
            is_so=Known.UNKNOWN,
            evidence=(f"{repo.full_name}: phase {app.phase.value} ({app.phase_reason})",),
        )


def last_sign(repo: Repo) -> datetime | None:
    """When a person last released or committed, at the latest; None: that is not known."""
    times = (_commit_at(repo.last_commit), repo.last_release_at)
    return max((time for time in times if time is not None), default=None)


def _commit_at(last: LastCommit | None) -> datetime | None:
    match last:
        case PersonsCommit(at=at):
            return at
        case OnlyBots(since=since, is_all=is_all):
            return None if is_all else since
        case None:
            return None
        case _ as unreachable:
            assert_never(unreachable)


def _is_declared(app: App) -> bool:
    """By the fleet file or by a property: a topic, and what was inferred, are no word on just this app."""
    return app.phase_reason == "declared" or app.phase_reason.startswith("property ")


def without_owner(apps: Iterable[App], deployed: Collection[str]) -> Iterator[Gap]:
    """The apps that are deployed and belong to nobody."""
    for app in apps:
        images = [image for image in app.images if image in deployed]
        if images and not app.owners and app.phase is not Phase.RETIRED:
            why = f" ({app.owners_reason})" if app.owners_reason else ""
            said = f"is deployed and has no owner{why}: name one in the fleet file, a property, its catalogue or CODEOWNERS"
            yield Gap(kind=GapKind.NO_OWNER, app=app.name, image=images[0], stage="", said=said, evidence=(app.repo,))
