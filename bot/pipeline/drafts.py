"""Draft: the updates of an app become edits, each proved, and the pull requests that shall hold them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from bot.find.proof import Wanted
from bot.model.edit import FileChange
from bot.model.failure import Failure
from bot.model.fleet import App
from bot.model.labels import Family, kind_label, severity_label
from bot.model.pull_request import PullRequestState
from bot.model.rules import Rule
from bot.model.run import AppDecisions
from bot.model.update import Propose, Update
from bot.pipeline.decide_fleet import context_of
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.repo_files import changes
from bot.pipeline.reviewers import reviewers_of
from bot.pipeline.scanned import Scanned
from bot.pipeline.turns import urgency_of
from bot.propose.compose import Draft, compose
from bot.propose.group import REBUILDS, Group, groups
from bot.propose.marker import read as read_marker
from bot.propose.naming import branch_name
from bot.propose.renamed import on_its_branch
from bot.propose.wording import Wording


def drafts_of(parts: FleetParts, entry: Scanned, app: AppDecisions, today: date) -> tuple[list[Draft], list[Failure]]:
    """One draft for each group of an app's updates, with the edits proved; the dependency that can't be edited is a failure."""
    drafts: list[Draft] = []
    failures: list[Failure] = []
    together = groups_of(parts, entry, app)
    known = parts.known_files.changes_of(entry.repo, app.app.name) if together else {}
    now_known: dict[str, tuple[FileChange, ...]] = {}
    for group in together:
        changed, learned = changes(entry.tree, [Wanted.by(update) for update in group.updates], parts.finders, known)
        now_known |= learned
        proved = [update for update in group.updates if Wanted.by(update) in changed.done]
        failures += [replace(failure, where=f"{entry.repo.full_name}: {failure.where}") for failure in changed.failures]
        dependencies = {update.pin.dependency for update in proved}
        if changed.changes:
            rule = _rule_for(parts, app.app)(group.updates[0])
            reviewers = reviewers_of(rule.reviewers, [change.path for change in changed.changes], entry.codeowners)
            draft = compose(
                app=app.app,
                repo=entry.repo,
                updates=proved,
                explain=parts.explainer.explain,
                changes=changed.changes,
                rule=replace(rule, group=group.name, reviewers=reviewers),
                held=[decision for decision in app.decisions if decision.pin.dependency in dependencies],
                labels=(*parts.labels, *_telling_labels(parts, app.app, proved)),
                branch_prefix=parts.branch_prefix,
                wording=parts.wording,
                today=today,
                is_draft=any(update.kind in (_rule_for(parts, app.app)(update).draft or ()) for update in proved),
                is_auto_merged=_is_auto_merged(parts, app.app, proved),
            )
            drafts.append(on_its_branch(draft, entry.pull_requests))
    if now_known != known:
        parts.known_files.keep_changes(entry.repo, app.app.name, now_known)
    return drafts, failures


def _telling_labels(parts: FleetParts, app: App, updates: Sequence[Update]) -> Iterator[str]:
    if Family.KIND in parts.label_by:
        yield kind_label([update.kind for update in updates])
    if Family.SEVERITY in parts.label_by:
        found = severity_label([urgency_of(parts, app, update).severity for update in updates])
        yield from () if found is None else (found,)


def _is_auto_merged(parts: FleetParts, app: App, updates: Sequence[Update]) -> bool:
    """Whether the rules let GitHub merge each of them."""
    rule_for = _rule_for(parts, app)
    return all(update.kind in (rule_for(update).auto_merge or ()) for update in updates)


def groups_of(parts: FleetParts, entry: Scanned, app: AppDecisions) -> tuple[Group, ...]:
    """What of an app goes out together."""
    updates = [decision.verdict.update for decision in app.decisions if isinstance(decision.verdict, Propose)]
    return groups(updates, _rule_for(parts, app.app), stands_alone=partial(_stands_alone, parts, entry, app.app))


def branch_of(parts: FleetParts, app: App, group: Group) -> str:
    """The branch of its pull request."""
    fill = Wording(settings=parts.wording).branch
    return branch_name(app, group.updates, group=group.name, prefix=parts.branch_prefix, fill=fill)


def _rule_for(parts: FleetParts, app: App) -> Callable[[Update], Rule]:
    """The rule of each update, as far as nobody with write access said otherwise."""

    def ruled(update: Update) -> Rule:
        return parts.decider.rule_for(update.pin, context_of(parts, app, update.pin))

    return parts.orders.ruled(app.repo, app.name, ruled)


def _stands_alone(parts: FleetParts, entry: Scanned, app: App, update: Update) -> bool:
    """Whether a new digest gets a pull request of its own: it has one that is open, or what it closes is urgent.

    What stands in the open one of the rebuilds stays there, so that nothing is closed and opened again as more becomes known.
    """
    own, shared = (branch_of(parts, app, Group(updates=(update,), name=name)) for name in (None, REBUILDS))
    is_open = {pull.branch: pull for pull in entry.pull_requests if pull.state is PullRequestState.OPEN}
    if own in is_open:
        return True
    marker = read_marker(is_open[shared].body) if shared in is_open else None
    if marker is not None and any(target.dependency == str(update.pin.dependency) for target in marker.targets):
        return False
    return urgency_of(parts, app, update).is_pressing
