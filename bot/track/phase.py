"""The phase of an app: declared, else inferred, always with the reason."""

from datetime import datetime
from typing import Final, assert_never

from bot.model.fleet import LastCommit, OnlyBots, PersonsCommit, Phase, Repo
from bot.settings.sections import Phases
from bot.track.catalogued import Catalogued
from bot.track.declared import Declared

ARCHIVED: Final = "the repo is archived"


def phase_of(repo: Repo, said: Declared, phases: Phases, now: datetime, *, listed: Catalogued) -> tuple[Phase, str]:
    """A property of the repo decides, else what its catalogue says of the app, unless the repo is archived; else what it looks like."""
    if said.phase is not None and not repo.is_archived:
        return said.phase, said.phase_word.source
    if listed.phase is not None and not repo.is_archived:
        return listed.phase, said.phase_word.beside(listed.phase_word.source)
    phase, reason = infer_phase(repo, phases, now)
    return phase, said.phase_word.beside(listed.phase_word.beside(reason) if listed.phase is None else reason)


def infer_phase(repo: Repo, phases: Phases, now: datetime) -> tuple[Phase, str]:
    """The phase that a repo looks to be in, and what says so: archive, topics, the last release, else a person's last commit.

    Commits of bots keep no app in development: where a person's is not among those that were looked at, that is BAU, with its reason.
    """
    if repo.is_archived:
        return Phase.RETIRED, ARCHIVED
    by_topic = {topic.lower(): phase for topic, phase in phases.topics.items()}
    topic = next((topic for topic in repo.topics if topic.lower() in by_topic), None)
    if topic is not None:
        return by_topic[topic.lower()], f"topic {topic}"
    if repo.last_release_at is not None:
        return _by_age(repo.last_release_at, "last release", phases, now)
    return _by_commits(repo.last_commit, phases, now)


def _by_commits(last: LastCommit | None, phases: Phases, now: datetime) -> tuple[Phase, str]:
    match last:
        case PersonsCommit(at=at):
            return _by_age(at, "last commit by a person", phases, now)
        case OnlyBots(is_all=True):
            return Phase.BAU, "no release and no commit by a person"
        case OnlyBots(commits=commits, since=since):
            return Phase.BAU, f"no release, and none of the last {commits} commits, back to {since:%Y-%m-%d}, is by a person"
        case None:
            return Phase.BAU, "no release and no commit"
        case _ as unreachable:
            assert_never(unreachable)


def _by_age(last: datetime, what: str, phases: Phases, now: datetime) -> tuple[Phase, str]:
    age = now - last
    days = max(age.days, 0)
    said = f"{what} {'today' if days == 0 else 'yesterday' if days == 1 else f'{days} days ago'}"
    return (Phase.DEVELOPMENT if age <= phases.bau_after else Phase.BAU), said
