"""Track: the rebuilds that pull requests ask for, by their hidden ends, where GitHub keeps them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.model.image import Digest
from bot.model.pull_request import PullRequest, PullRequestState
from bot.model.rebuild_order import RebuildEvent, RebuildKey, RebuildStep
from bot.pipeline.scanned import Scanned
from bot.propose.marker import Rebuild
from bot.propose.marker import read as read_marker


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one pull request asks for one image."""

    pull: PullRequest
    rebuild: Rebuild


HeldRebuilds = Mapping[RebuildKey, Sequence[Held]]
"""Each key's in the order of their tries."""


def held_in(entry: Scanned, since: datetime) -> Mapping[str, HeldRebuilds]:
    """By the app's name: what pull requests of a repo ask for, or asked for that were merged or closed since a moment."""
    found: dict[str, dict[RebuildKey, list[Held]]] = {}
    apps = {app.name: app for app in entry.apps}
    for pull in entry.pull_requests:
        ended = pull.merged_at or pull.closed_at
        marker = read_marker(pull.body) if pull.state is PullRequestState.OPEN or (ended is not None and ended >= since) else None
        app = apps.get(marker.app) if marker is not None and marker.rebuilds else None
        if marker is None or app is None:
            continue
        for rebuild in marker.rebuilds:
            key = RebuildKey(app=app.key, image=rebuild.image, base=Digest(rebuild.digest))
            found.setdefault(app.name, {}).setdefault(key, []).append(Held(pull=pull, rebuild=rebuild))
    return {name: {key: sorted(some, key=_by_try) for key, some in keys.items()} for name, keys in found.items()}


def _by_try(one: Held) -> tuple[int, int]:
    return one.rebuild.attempt, one.pull.number


def as_asked(key: RebuildKey, held: Held) -> RebuildEvent:
    """The step of the record that a pull request stands for."""
    rebuild = held.rebuild
    at, step = held.pull.created_at, RebuildStep.ASKED
    return RebuildEvent(key=key, attempt=rebuild.attempt, step=step, at=at, digest=rebuild.old, said=rebuild.base, url=held.pull.url)
