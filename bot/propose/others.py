"""Pull requests of other bots (Renovate, Dependabot) that ask for what this one would: they are honoured, and told. Pure.

What they ask for is read off branch and title, which come with the list of pull requests. Only what is certain counts: a title in words
of somebody's own is taken for another matter, for two pull requests are a nuisance, and one that is missing is worse.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from bot.model.dependency import GITHUB_TAGS, HELM, OCI
from bot.model.pull_request import OtherRequest, PullRequest, PullRequestState
from bot.model.run import AppDecisions
from bot.model.update import OTHER_BOT, Decision, Hold, Propose, Update
from bot.propose.marker import read as read_marker
from bot.propose.naming import short_name

_WORKFLOWS: Final = "github_actions"
_ECOSYSTEMS: Final[Mapping[str, frozenset[str]]] = {
    OCI: frozenset({"docker", "docker_compose", "helm"}),
    HELM: frozenset({"helm"}),
    GITHUB_TAGS: frozenset({_WORKFLOWS}),
}
"""By datasource: what Dependabot calls the ecosystems whose files name such dependencies, in its branches."""
_TOPICS: Final[Mapping[str, frozenset[str]]] = {
    OCI: frozenset({"docker tag", "docker digest"}),
    HELM: frozenset({"helm release"}),
    GITHUB_TAGS: frozenset({"action", "digest"}),
}
"""The same as Renovate says it in its titles."""
_DEPENDABOT: Final = re.compile(r"[Bb]umps? (?P<name>[^ ]{1,200}) from [^ ]{1,200} to [^ ]{1,200}(?: in (?P<folder>/[^ ]{0,200}))?")
_RENOVATE: Final = re.compile(
    r"[Uu]pdate (?:(?P<before>[Hh]elm release) )?(?P<name>[^ ]{1,200})(?: (?P<topic>(?:[Dd]ocker )?(?:tag|digest|action)))?"
    r"(?: to v?[0-9a-f][^ ]{0,200})?(?: \([^()]{1,100}\))?"
)
_PREFIX: Final = re.compile(r"[A-Za-z]{1,20}(?:\([^()]{1,40}\))?!?: ")


def left_to_others(app: AppDecisions, others: Sequence[OtherRequest], own: Iterable[PullRequest]) -> AppDecisions:
    """The app's decisions, where what another bot asks for is held; what this one asks for already stays its own."""
    if not others:
        return app
    markers = [read_marker(pull.body) for pull in own if pull.state is PullRequestState.OPEN]
    mine = {target.dependency for marker in markers if marker is not None for target in marker.asked_of(app.app.name)}
    return replace(app, decisions=tuple(_left(decision, others, mine) for decision in app.decisions))


def _left(decision: Decision, others: Sequence[OtherRequest], mine: set[str]) -> Decision:
    if not isinstance(decision.verdict, Propose) or str(decision.pin.dependency) in mine:
        return decision
    update = decision.verdict.update
    other = next((other for other in others if asks_for(other, update)), None)
    if other is None:
        return decision
    reason = f"{other.branch.partition('/')[0]} asks for it in #{other.number}"
    return replace(decision, verdict=Hold(update=update, policy=OTHER_BOT, reason=reason))


def asks_for(other: OtherRequest, update: Update) -> bool:
    """Whether another bot's pull request is surely about the pin of an update."""
    title = _PREFIX.sub("", other.title, count=1)
    datasource, names = update.pin.dependency.datasource, {short_name(update), update.pin.dependency.name, update.pin.name}
    if other.branch.startswith("dependabot/"):
        said, ecosystem = _DEPENDABOT.fullmatch(title), other.branch.split("/")[1]
        if said is None or said["name"] not in names or ecosystem not in _ECOSYSTEMS.get(datasource, ()):
            return False
        # Workflows belong to the root, wherever they lie.
        return ecosystem == _WORKFLOWS or PurePosixPath("/") / update.pin.file.parent == PurePosixPath(said["folder"] or "/")
    said = _RENOVATE.fullmatch(title)
    return said is not None and said["name"].partition(":")[0] in names and _topic(said) in _TOPICS.get(datasource, ())


def _topic(said: re.Match[str]) -> str:
    return (said["before"] or said["topic"] or "").lower()
