"""Track: the rebuilds that pull requests ask for, by their hidden ends, where GitHub keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.model.fleet import App
from bot.model.image import Digest
from bot.model.pull_request import PullRequest
from bot.model.rebuild_order import RebuildEvent, RebuildKey, RebuildStep
from bot.pipeline.scanned import Scanned
from bot.propose.marker import Rebuild
from bot.propose.marker import read as read_marker


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one pull request asks for one image."""

    pull: PullRequest
    rebuild: Rebuild


def held_for(entry: Scanned, app: App) -> Mapping[RebuildKey, list[Held]]:
    """The rebuilds of an app that pull requests asked for, each key's in the order of its tries."""
    found: dict[RebuildKey, list[Held]] = {}
    for pull in entry.pull_requests:
        marker = read_marker(pull.body)
        for rebuild in marker.rebuilds if marker is not None and marker.app == app.name else ():
            key = RebuildKey(app=app.key, image=rebuild.image, base=Digest(rebuild.digest))
            found.setdefault(key, []).append(Held(pull=pull, rebuild=rebuild))
    return {key: sorted(some, key=lambda one: (one.rebuild.attempt, one.pull.number)) for key, some in found.items()}


def as_asked(key: RebuildKey, held: Held) -> RebuildEvent:
    """The step of the record that a pull request stands for."""
    rebuild = held.rebuild
    at, step = held.pull.created_at, RebuildStep.ASKED
    return RebuildEvent(key=key, attempt=rebuild.attempt, step=step, at=at, digest=rebuild.old, said=rebuild.base, url=held.pull.url)
