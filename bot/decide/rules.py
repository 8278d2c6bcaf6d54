"""Rules that match a pin, merged into the one that holds for it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import reduce
from typing import Final

from bot.decide.context import PinContext
from bot.model.dependency import OCI, Dependency
from bot.model.image import DOCKER_HUB
from bot.model.pin import Pin
from bot.model.rules import Match, Rule
from bot.model.update import UpdateKind

DEFAULT: Final = Rule(
    name="default",
    allow=frozenset({UpdateKind.MINOR, UpdateKind.PATCH, UpdateKind.DIGEST}),
    prereleases=False,
    skip_no_ops=True,
)
"""What holds where no rule says otherwise."""


def merged(rules: Iterable[Rule], pin: Pin, context: PinContext) -> Rule:
    """The one rule for a pin: of the matching ones the later wins, field by field; what is a list of many adds up."""
    return merge(rule for rule in rules if matches(rule.match, pin, context))


def merge(matching: Iterable[Rule], onto: Rule = DEFAULT) -> Rule:
    """The rules that match a pin, over the default, as one."""
    return reduce(_over, matching, onto)


def hurried(rule: Rule) -> Rule:
    """The same without a cooldown, and with no soak beyond that the stage before has it."""
    promote = tuple(replace(one, after=timedelta()) for one in rule.promote)
    soak = None if rule.soak is None else timedelta()
    return replace(rule, cooldown=timedelta(), digest_cooldown=timedelta(), soak=soak, promote=promote)


def matches(match: Match, pin: Pin, context: PinContext) -> bool:
    """Whether each field that is not empty fits the pin."""
    asked = (
        (match.dependencies, names_of(pin.dependency)),
        (match.datasources, (pin.dependency.datasource,)),
        (match.finders, (pin.finder,)),
        (match.roles, (pin.role.value,)),
        (match.files, (pin.file.as_posix(),)),
        (match.repos, (context.repo,)),
        (match.apps, (context.app,)),
        (match.stages, (context.stage,)),
        (match.phases, (context.phase.value,)),
    )
    return all(_fits(patterns, values) for patterns, values in asked)


def idle(rules: Iterable[Rule], pins: Sequence[tuple[Pin, PinContext]]) -> tuple[str, ...]:
    """The names of the rules that speak of some pins, and match none of these."""
    return tuple(rule.name for rule in rules if rule.match != Match() and not any(matches(rule.match, *each) for each in pins))


def names_of(dependency: Dependency) -> tuple[str, ...]:
    """The names that a rule may call it by: the normal one, and for an image of Docker Hub those that Docker takes as well.

    `docker.io/library/python` is `library/python` and `python` too, as in the reference grammar of distribution.
    """
    hub = f"{DOCKER_HUB}/"
    if dependency.datasource != OCI or not dependency.name.startswith(hub):
        return (dependency.name,)
    short = dependency.name.removeprefix(hub)
    return tuple(dict.fromkeys([dependency.name, short, short.removeprefix("library/")]))


def _fits(patterns: Sequence[str], values: Sequence[str]) -> bool:
    """Whether one of the patterns fits, or none but negated ones stand there, and no negated one does."""
    if not patterns:  # Nearly all are, and this is asked of every rule for every pin of a fleet.
        return True
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
    refused = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    return (not wanted or _any_fits(wanted, values)) and not _any_fits(refused, values)


def _any_fits(patterns: Sequence[str], values: Sequence[str]) -> bool:
    return any(fnmatchcase(value, pattern) for value in values for pattern in patterns)


def _over(earlier: Rule, later: Rule) -> Rule:
    return replace(
        earlier,
        name=later.name or earlier.name,
        allow=earlier.allow if later.allow is None else later.allow,
        versions=earlier.versions if later.versions is None else later.versions,
        ignore=earlier.ignore + later.ignore,
        cooldown=earlier.cooldown if later.cooldown is None else later.cooldown,
        digest_cooldown=earlier.digest_cooldown if later.digest_cooldown is None else later.digest_cooldown,
        urgent_from=earlier.urgent_from if later.urgent_from is None else later.urgent_from,
        urgent_cooldown=earlier.urgent_cooldown if later.urgent_cooldown is None else later.urgent_cooldown,
        only_if=earlier.only_if if later.only_if is None else later.only_if,
        prereleases=earlier.prereleases if later.prereleases is None else later.prereleases,
        windows=earlier.windows if later.windows is None else later.windows,
        freezes=earlier.freezes + later.freezes,
        group=earlier.group if later.group is None else later.group,
        soak=earlier.soak if later.soak is None else later.soak,
        promote=earlier.promote + later.promote,
        rebuilds_together=earlier.rebuilds_together if later.rebuilds_together is None else later.rebuilds_together,
        follow=earlier.follow if later.follow is None else later.follow,
        labels=tuple(dict.fromkeys(earlier.labels + later.labels)),
        reviewers=tuple(dict.fromkeys(earlier.reviewers + later.reviewers)),
        assignees=tuple(dict.fromkeys(earlier.assignees + later.assignees)),
        milestone=earlier.milestone if later.milestone is None else later.milestone,
        draft=earlier.draft if later.draft is None else later.draft,
        auto_merge=earlier.auto_merge if later.auto_merge is None else later.auto_merge,
        auto_merge_if=earlier.auto_merge_if if later.auto_merge_if is None else later.auto_merge_if,
        skip_no_ops=earlier.skip_no_ops if later.skip_no_ops is None else later.skip_no_ops,
        ranges=earlier.ranges if later.ranges is None else later.ranges,
        bump_chart=earlier.bump_chart if later.bump_chart is None else later.bump_chart,
    )
