"""The phase of an app: declared, else inferred, always with the reason."""

from datetime import datetime

from bot.model.fleet import Phase, Repo
from bot.settings.sections import Phases


def infer_phase(repo: Repo, phases: Phases, now: datetime) -> tuple[Phase, str]:
    """The phase that a repo looks to be in, and what says so: archive, topics, the last release, else the last commit."""
    if repo.is_archived:
        return Phase.RETIRED, "the repo is archived"
    by_topic = {topic.lower(): phase for topic, phase in phases.topics.items()}
    topic = next((topic for topic in repo.topics if topic.lower() in by_topic), None)
    if topic is not None:
        return by_topic[topic.lower()], f"topic {topic}"
    last, what = (repo.last_release_at, "release") if repo.last_release_at else (repo.committed_at, "commit")
    if last is None:
        return Phase.BAU, "no release and no commit"
    age = now - last
    days = max(age.days, 0)
    said = f"last {what} {'today' if days == 0 else 'yesterday' if days == 1 else f'{days} days ago'}"
    return (Phase.DEVELOPMENT if age <= phases.bau_after else Phase.BAU), said
