"""Draft: the updates of an app become edits, each proved, and the pull requests that shall hold them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from bot.find.proof import Wanted
from bot.model.edit import FileChange
from bot.model.failure import Failure
from bot.model.labels import Family, kind_label, severity_label
from bot.model.pull_request import PullRequest, PullRequestState
from bot.model.rules import Grouping, MergeIf, Rule
from bot.model.run import AppDecisions
from bot.model.update import Decision, Update
from bot.pipeline.decide_fleet import context_of
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.repo_files import changes
from bot.pipeline.reviewers import reviewers_of
from bot.pipeline.scanned import Scanned, by_repo
from bot.pipeline.steps import known_step
from bot.pipeline.turns import urgency_of
from bot.propose.auto_merge import unmet
from bot.propose.compose import Draft, compose
from bot.propose.group import REBUILDS, Group, groups, is_shared
from bot.propose.marker import Target
from bot.propose.marker import read as read_marker
from bot.propose.naming import branch_name, short_name
from bot.propose.portions import portions, possible
from bot.propose.renamed import on_its_branch
from bot.propose.takers import Takers
from bot.propose.wording import Wording


@dataclass(frozen=True, kw_only=True)
class Share:
    """What is drafted at once: the updates of one app, or those that several apps of a repo share."""

    entry: Scanned
    apps: tuple[AppDecisions, ...]
    is_shared: bool = False

    @property
    def takers(self) -> Takers:
        return Takers(apps=tuple(app.app for app in self.apps), is_shared=self.is_shared)

    @property
    def name(self) -> str:
        """Where a failure is told."""
        return f"{self.entry.repo.full_name}: {self.takers.name}"

    @property
    def updates(self) -> list[Update]:
        """What goes out."""
        return [update for app in self.apps for update in app.wanted]


def shares(decided: Sequence[tuple[Scanned, AppDecisions]]) -> list[Share]:
    """Each app, and after those of a repo of several what they may share."""
    found: list[Share] = []
    for entry, apps in by_repo(decided):
        found += [Share(entry=entry, apps=(app,)) for app in apps]
        if len(apps) > 1:
            found.append(Share(entry=entry, apps=tuple(apps), is_shared=True))
    return found


def drafts_of(parts: FleetParts, share: Share, today: date) -> tuple[list[Draft], list[Failure]]:
    """One draft for each group of updates, with the edits proved; the dependency that can't be edited is a failure."""
    drafts: list[Draft] = []
    failures: list[Failure] = []
    entry = share.entry
    together = groups_of(parts, share)
    # No app is called so, and what is kept is of one share.
    place = "" if share.is_shared else share.apps[0].app.name
    known = parts.known_files.changes_of(entry.repo, place) if together else {}
    now_known: dict[str, tuple[FileChange, ...]] = {}
    for group, declined_in in (one for whole in together for one in _parted(parts, share, whole)):
        changed, learned = changes(entry.tree, [Wanted.by(update) for update in group.updates], parts.finders, known)
        now_known |= learned
        proved = [update for update in group.updates if Wanted.by(update) in changed.done]
        failures += [replace(failure, where=f"{entry.repo.full_name}: {failure.where}") for failure in changed.failures]
        if changed.changes:
            draft = _draft(parts, share, replace(group, updates=tuple(proved)), changed.changes, today)
            if draft.marker.is_too_long:
                failures.append(_too_long(entry, proved[0]))
            else:
                drafts.append(replace(draft, declined_in=declined_in))
    if now_known != known:
        parts.known_files.keep_changes(entry.repo, place, now_known)
    return drafts, failures


def _too_long(entry: Scanned, update: Update) -> Failure:
    where = f"{entry.repo.full_name}: {update.pin.file}:{update.pin.line}"
    what = f"the name or value of {short_name(update)[:80]!r} is longer than a pull request can hold."
    return Failure(where=where, what=what, remedy="Shorten it, or ignore it by a rule.")


def _parted(parts: FleetParts, share: Share, group: Group) -> Iterator[tuple[Group, PullRequest | None]]:
    """The group without what somebody said no to, and that by itself; what its open pull request asks for already stays in it."""
    pulls, takers = share.entry.pull_requests, share.takers.having(group.updates)
    members = {(takers.app_of(update).name, Target.of(update)) for update in group.updates}
    if len(members) == 1 or all(pull.state is not PullRequestState.CLOSED for pull in pulls):
        yield group, None
        return
    asked = _asked_already(pulls, branch_of(parts, takers, group))
    declined: dict[str, tuple[PullRequest, list[Update]]] = {}
    rest: list[Update] = []
    for update in group.updates:
        app = takers.app_of(update).name
        is_asked = (app, str(update.pin.dependency)) in asked
        pull = None if is_asked else parts.proposer.declined_in(app, update, pulls)
        (rest if pull is None else declined.setdefault(pull.url, (pull, []))[1]).append(update)
    yield from ((replace(group, updates=tuple(updates)), pull) for pull, updates in declined.values())
    if rest:
        yield replace(group, updates=tuple(rest)), None


def _asked_already(pulls: Sequence[PullRequest], branch: str) -> set[tuple[str, str]]:
    """By app and dependency: what the open pull request of a branch asks for."""
    is_open = (pull for pull in pulls if pull.state is PullRequestState.OPEN and pull.branch == branch)
    markers = [marker for pull in is_open if (marker := read_marker(pull.body)) is not None]
    return {(app, target.dependency) for marker in markers for app, targets in marker.by_app.items() for target in targets}


def _draft(parts: FleetParts, share: Share, group: Group, made: Sequence[FileChange], today: date) -> Draft:
    entry, takers = share.entry, share.takers.having(group.updates)
    rules = [_rule_for(parts, takers)(update) for update in group.updates]
    reviewers = dict.fromkeys(name for rule in rules for name in rule.reviewers)
    asked = {(takers.app_of(update), update.pin.dependency) for update in group.updates}
    is_auto_merged = parts.forge.abilities.merges_by_itself and all(
        update.kind in (rule.auto_merge or ()) and not update.is_migration for update, rule in zip(group.updates, rules, strict=True)
    )
    conditions = [rule.auto_merge_if for rule in rules if rule.auto_merge_if is not None] if is_auto_merged else []
    unsigned = next(filter(None, map(parts.decider.not_signed, group.updates)), "") if is_auto_merged else ""
    steps = [known_step(parts.steps, update) for update in group.updates] if any(map(_asks_for_holes, conditions)) else []
    draft = compose(
        takers=takers,
        repo=entry.repo,
        updates=group.updates,
        explain=parts.explainer.explain,
        changes=made,
        rule=Rule(
            group=None if group.name is None else Grouping(name=group.name),
            auto_merge_if=MergeIf(requires_check=any(one.requires_check for one in conditions)),
            labels=tuple(dict.fromkeys(label for rule in rules for label in rule.labels)),
            assignees=tuple(dict.fromkeys(name for rule in rules for name in rule.assignees)),
            milestone=next((rule.milestone for rule in rules if rule.milestone), None),
            reviewers=reviewers_of(tuple(reviewers), [change.path for change in made], entry.codeowners),
        ),
        held=[one for app in share.apps for one in _told_beside(app, group) if (app.app, one.pin.dependency) in asked],
        labels=(*parts.labels, *_telling_labels(parts, takers, group.updates)),
        branch_prefix=parts.branch_prefix,
        portion=group.portion,
        wording=parts.wording,
        today=today,
        is_draft=any(update.kind in (rule.draft or ()) for update, rule in zip(group.updates, rules, strict=True)),
        is_auto_merged=is_auto_merged,
        not_merged_for=unsigned or unmet(conditions, steps),
        hears_comments=parts.forge.abilities.hears_comments,
    )
    return on_its_branch(draft, entry.pull_requests)


def _told_beside(app: AppDecisions, group: Group) -> Sequence[Decision]:
    """The decisions of which a pull request tells besides what it asks for."""
    return app.migrations if any(update.is_migration for update in group.updates) else app.decisions


def _asks_for_holes(condition: MergeIf) -> bool:
    return condition.closes is not None or condition.brings_none


def _telling_labels(parts: FleetParts, takers: Takers, updates: Sequence[Update]) -> Iterator[str]:
    if Family.KIND in parts.label_by:
        yield kind_label([update.kind for update in updates])
    if Family.SEVERITY in parts.label_by:
        found = severity_label([urgency_of(parts, takers.app_of(update), update).severity for update in updates])
        yield from () if found is None else (found,)


def groups_of(parts: FleetParts, share: Share) -> tuple[Group, ...]:
    """What of a share goes out together."""
    takers = share.takers
    rule_for = _rule_for(parts, takers)
    is_alone = len(share.entry.apps) == 1

    def goes_shared(update: Update) -> bool:
        return not is_alone and not update.is_migration and is_shared(rule_for(update), takers.app_of(update))

    updates = [one for one in share.updates if goes_shared(one) is share.is_shared]
    whole = groups(updates, rule_for, stands_alone=partial(_stands_alone, parts, share.entry, takers))
    is_open = partial(_is_open, parts, share)
    return tuple(one for group in whole for one in portions(group, takers.having(group.updates), is_open))


def _is_open(parts: FleetParts, share: Share, group: Group) -> bool:
    branch = branch_of(parts, share.takers.having(group.updates), group)
    return any(pull.branch == branch and pull.state is PullRequestState.OPEN for pull in share.entry.pull_requests)


def branch_of(parts: FleetParts, takers: Takers, group: Group) -> str:
    """The branch of its pull request."""
    fill = Wording(settings=parts.wording).branch
    return branch_name(takers, group.updates, group=group.name, portion=group.portion, prefix=parts.branch_prefix, fill=fill)


def _rule_for(parts: FleetParts, takers: Takers) -> Callable[[Update], Rule]:
    """The rule of each update, as far as nobody with write access said otherwise."""

    def ruled(update: Update) -> Rule:
        app = takers.app_of(update)
        return parts.orders.ruled(app.repo, app.name, parts.decider.rule_for(update.pin, context_of(parts, app, update.pin)), update)

    return ruled


def _stands_alone(parts: FleetParts, entry: Scanned, takers: Takers, update: Update) -> bool:
    """Whether a new digest gets a pull request of its own: it has one that is open, or what it closes is urgent.

    What stands in the open one of the rebuilds stays there, so that nothing is closed and opened again as more becomes known.
    """
    is_open = {pull.branch: pull for pull in entry.pull_requests if pull.state is PullRequestState.OPEN}
    if is_open and branch_of(parts, takers, Group(updates=(update,), name=None)) in is_open:
        return True
    for portion in possible(update, takers) if is_open else ():
        shared = is_open.get(branch_of(parts, takers, Group(updates=(update,), name=REBUILDS, portion=portion)))
        marker = None if shared is None else read_marker(shared.body)
        if marker is not None and any(target.dependency == str(update.pin.dependency) for target in marker.targets):
            return False
    return urgency_of(parts, takers.app_of(update), update).is_pressing
