"""Which repos are looked at: those of the owners that the settings name, those that are named besides, or a part of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from bot.model.failure import Failure, told
from bot.model.fleet import Repo
from bot.model.forge import ForgeError, NoAccessError
from bot.model.shard import Plan, Shard
from bot.propose.forge import Forge
from bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The part of the fleet that one of several jobs does."""

    shard: Shard
    repos: frozenset[str]
    planned: frozenset[str]
    """The repos of all shards."""

    @classmethod
    def of(cls, plan: Plan, shard: Shard) -> Self:
        planned = frozenset(repo for repos in plan.shards for repo in repos)
        return cls(shard=shard, repos=frozenset(plan.repos_of(shard)), planned=planned)


def survey(forge: Forge, settings: Settings, only: Sequence[str], share: Share | None = None) -> Iterator[Repo | Failure]:
    """The repos that are named, and why some of them can't be had; of a share all that it lacks."""
    found = _survey(forge, settings, only)
    if share is None:
        yield from found
        return
    left = set(share.repos)
    for one in found:
        if isinstance(one, Failure):
            yield one
        elif one.full_name in left:
            left.discard(one.full_name)
            yield one
        elif share.shard.number == 1 and one.full_name not in share.planned and not one.is_archived:
            # One of the shards says so for all.
            what = "it came after the plan was made, and no shard looks at it."
            yield Failure(where=one.full_name, what=what, remedy="Make a new plan for the next run.")
    for name in sorted(left):
        what = "it is in the plan, and the survey did not find it."
        yield Failure(where=name, what=what, remedy="Check whether it is still there; if so, run again.")


def _survey(forge: Forge, settings: Settings, only: Sequence[str]) -> Iterator[Repo | Failure]:
    if only:
        yield from forge.repos(only)
        return
    owners, named = settings.github.owners, settings.github.repos_of_others
    if not owners and not named:
        raise NoAccessError("no repos are named. Set github.owners in the configuration, or call `run` with --repo OWNER/NAME.")
    yield from forge.repos(named)
    for owner in settings.github.owners:
        try:
            for found in forge.survey(owner):
                if isinstance(found, Failure) or settings.github.repos.holds(found.full_name):
                    yield found
        except ForgeError as error:
            yield Failure(where=owner, what=told(error, where=owner), resumes_at=error.resumes_at)
