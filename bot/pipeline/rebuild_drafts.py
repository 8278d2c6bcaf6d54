"""Propose: the edits that have an app's images built anew, and the pull request that shall hold them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import PurePosixPath

from bot.decide.freezes import Freezes
from bot.decide.opt_out import OptedOut
from bot.decide.policies import first_objection
from bot.decide.windows import Windows
from bot.find.build_steps import BuildStep
from bot.find.edit import CannotEditError
from bot.find.rebuild_edits import rebuilt
from bot.model.dependency import Release
from bot.model.edit import FileChange
from bot.model.image import Digest, ImageReference
from bot.model.labels import Family, kind_label
from bot.model.pin import Pin
from bot.model.pull_request import PullRequest
from bot.model.rebuild import RebuildFinding, RebuildGoal
from bot.model.rebuild_order import RebuildPolicy, RebuildWish
from bot.model.rules import Rule
from bot.model.run import AppDecisions
from bot.model.update import Update, UpdateKind
from bot.pipeline.attempt import attempt
from bot.pipeline.decide_fleet import context_of
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.rebuild_remedies import Edited, remedy_for, steps_for
from bot.pipeline.rebuild_try import Rebuilding
from bot.pipeline.reviewers import reviewers_of
from bot.pipeline.scanned import Scanned
from bot.propose.compose import Draft
from bot.propose.marker import Rebuild
from bot.propose.rebuilt import Place, ToBuild, draft_rebuild
from bot.track.followed import is_base


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An image that is to be built anew by a pull request."""

    wish: RebuildWish
    rebuild: Rebuild
    pull: PullRequest | None = None
    """The open one that asks for it."""
    before: Digest | None = None
    """Of a remedy: the image that the build was to replace which it is a remedy for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """One pull request, and what is not in it, with the reason in a sentence."""

    draft: Draft | None
    images: tuple[Wanted, ...]
    refused: tuple[tuple[Wanted, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    wanted: Wanted
    edited: Edited
    finding: RebuildFinding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafting:
    """What an app's pull requests are made with."""

    parts: FleetParts
    by: Rebuilding
    entry: Scanned
    decisions: AppDecisions

    def draft(self, wanted: Sequence[Wanted], pull: PullRequest | None) -> Drafted:
        """The pull request of some images, each edit proved. Its day is that of the open one: nothing changes from run to run.

        Raises ToldError where the files can't be had.
        """
        day = (self.by.now() if pull is None else pull.created_at).date()
        made: list[_Made] = []
        refused: list[tuple[Wanted, str]] = []
        for one in wanted:
            found = _edited(self.by, self.entry, one, day)
            if isinstance(found, str):
                refused.append((one, found))
            else:
                made.append(found)
        draft = _draft(self, made, day) if made else None
        return Drafted(draft=draft, images=tuple(one.wanted for one in made), refused=tuple(refused))


def _edited(by: Rebuilding, entry: Scanned, one: Wanted, day: date) -> _Made | str:
    wish, tree, repo = one.wish, entry.tree, entry.repo.full_name
    if wish.doubt or wish.rule.policy is RebuildPolicy.REPORT:
        return f"{wish.doubt or 'the rules do not ask for it any more'}."
    steps = steps_for(tree, wish.image, repo=repo)
    dockerfile = dockerfile_of(wish.image, wish.files, steps)
    if isinstance(dockerfile, str):
        return dockerfile
    if one.rebuild.because:
        finding = by.judging.finding(wish, one.before or Digest(one.rebuild.old))
        edited = remedy_for(tree, dockerfile, steps, finding, day, repo=repo)
        return edited if isinstance(edited, str) else _Made(wanted=one, edited=edited, finding=finding)
    data = tree.read_bytes(dockerfile)
    if data is None:
        return f"{dockerfile} can't be read."
    try:
        found = rebuilt(dockerfile, data, day)
    except CannotEditError as error:
        return f"{error}."
    place = Place(file=dockerfile, line=found.line, said=found.said)
    return _Made(wanted=one, edited=Edited(change=found.change, place=place), finding=None)


def dockerfile_of(image: ImageReference, files: Sequence[PurePosixPath], steps: Sequence[BuildStep]) -> PurePosixPath | str:
    """The Dockerfile that builds an image, of those whose last stage names its base; a text, a sentence: why that is not certain."""
    told = {step.dockerfile for step in steps}
    if None in told or len(told) > 1:
        return f"the workflows do not tell for certain by which Dockerfile {image.familiar} is built."
    by_step = next(iter(told), None)
    if by_step is not None:
        return by_step if by_step in files else f"{by_step}, by which a workflow builds it, does not name that base in its last stage."
    if len(files) == 1:
        return files[0]
    if not files:
        return "no Dockerfile of the app names that base in its last stage."
    return f"{len(files)} Dockerfiles of the app name that base in their last stage, and no workflow tells which of them builds it."


def _draft(drafting: Drafting, made: Sequence[_Made], day: date) -> Draft:
    parts, entry, decisions = drafting.parts, drafting.entry, drafting.decisions
    changes: dict[PurePosixPath, FileChange] = {one.edited.change.path: one.edited.change for one in made}
    rules = [_rule(parts, decisions, pin) for one in made if (pin := pin_of(decisions, one.wanted.wish)) is not None]
    reviewers = tuple(dict.fromkeys(name for rule in rules for name in rule.reviewers))
    by_kind = (kind_label([UpdateKind.DIGEST]),) if Family.KIND in parts.label_by else ()
    return draft_rebuild(
        app=decisions.app,
        repo=entry.repo,
        images=[
            ToBuild(
                rebuild=one.wanted.rebuild,
                places=(one.edited.place,),
                goal=partial(_goal, drafting.by, one.wanted),
                finding=one.finding,
            )
            for one in made
        ],
        changes=tuple(changes[path] for path in sorted(changes)),
        rule=Rule(
            labels=tuple(dict.fromkeys(label for rule in rules for label in rule.labels)),
            assignees=tuple(dict.fromkeys(name for rule in rules for name in rule.assignees)),
            milestone=next((rule.milestone for rule in rules if rule.milestone), None),
            reviewers=reviewers_of(reviewers, changes, entry.codeowners),
        ),
        labels=(*parts.labels, *by_kind),
        branch_prefix=parts.branch_prefix,
        wording=parts.wording,
        today=day,
        hears_comments=parts.forge.abilities.hears_comments,
    )


def _goal(by: Rebuilding, one: Wanted) -> RebuildGoal:
    """What the build has to bring, as far as that can be told now."""
    found = attempt(one.wish.key.image, lambda: by.judging.goal(one.wish, Digest(one.rebuild.old)))
    return found if isinstance(found, RebuildGoal) else one.wish.goal


def pin_of(decisions: AppDecisions, wish: RebuildWish) -> Pin | None:
    """A place where the app's files name the base."""
    name = ImageReference.parse(wish.base).name
    return next((one.pin for one in decisions.decisions if is_base(one.pin) and one.pin.dependency.name == name), None)


def _rule(parts: FleetParts, decisions: AppDecisions, pin: Pin) -> Rule:
    return parts.decider.rule_for(pin, context_of(parts, decisions.app, pin))


def objection(drafting: Drafting, one: Wanted, now: datetime) -> str:
    """Why its pull request may not be opened now, by what holds updates too: a person's word, the file's, the rules'; empty: it may."""
    parts, entry, decisions = drafting.parts, drafting.entry, drafting.decisions
    app = decisions.app
    if kept := parts.orders.keeps_from(app.repo, app.name, one.rebuild.target.dependency, now):
        return kept
    if entry.own_rules.silence:
        return entry.own_rules.silence
    pin = pin_of(decisions, one.wish)
    if pin is None:
        return "its files do not name that base any more"
    rule = _rule(parts, decisions, pin)
    policies = (OptedOut(), Freezes(freezes=rule.freezes), Windows(windows=rule.windows or ()), Windows(windows=rule.also_windows))
    release = Release(dependency=pin.dependency, value=pin.value or "", digest=one.wish.base_digest)
    held = first_objection(policies, Update(pin=pin, release=release, kind=UpdateKind.DIGEST), now)
    if held is not None:
        return held.reason
    return "" if rule.allow else "the rules let no update of that base out"
