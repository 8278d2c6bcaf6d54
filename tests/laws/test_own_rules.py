"""Whatever a repo's own file says, it lets nothing out that would not go out without it, and nothing that goes further."""

from datetime import datetime, timedelta
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.decide.cooldown import cooldown_of
from bot.decide.decider import PinContext
from bot.decide.freezes import Freezes
from bot.decide.kinds import Kinds
from bot.decide.own_rules import quieter
from bot.decide.ranges import Ranges
from bot.decide.rules import merge
from bot.decide.windows import Windows
from bot.model.dependency import Release
from bot.model.listing import Listing
from bot.model.pin import Pin
from bot.model.rules import ApprovedBase, Rule
from bot.model.update import Propose, Update, UpdateKind
from bot.settings.repo_file import repo_rules
from bot.versions import SCHEMES
from tests.laws.test_decide_once import (
    CHART,
    ENTRIES,
    IMAGE,
    NOW,
    PINS,
    RULES,
    SEEN,
    SETTINGS,
    VALUES,
    Knows,
    Place,
    decider_for,
    listings,
    seen_before,
)

ODD = st.sampled_from((None, True, -2, "", "*", "~", ">=1", ["x"], {"a": 1}))
DAY = st.sampled_from((0, 1, 3, 30, 3650))
VERSIONS = st.sampled_from((*VALUES, "*", ">=1.2.1", "2.x", "1.2.*", "<2"))
WINDOWS = st.lists(st.sampled_from(({"days": ["monday"]}, {"days": ["friday"]}, {"to_hour": 6}, {})), max_size=2)
QUIET_WEEKS = {"starts": "2026-11-01T00:00:00Z", "ends": "2026-12-01T00:00:00Z", "reason": "quiet"}
SAID: dict[str, st.SearchStrategy[Any]] = {
    "allow": st.lists(st.sampled_from(list(UpdateKind)).map(str), unique=True),
    "ignore": st.lists(st.fixed_dictionaries({"versions": VERSIONS}), max_size=2),
    "cooldown_days": DAY,
    "digest_cooldown_days": DAY,
    "windows": WINDOWS,
    "freezes": st.sampled_from(([], [QUIET_WEEKS])),
    "group": st.just("all"),
    "labels": st.just(["one"]),
}
MATCHES = st.sampled_from(({}, {"dependencies": ["python"]}, {"finders": ["!dockerfile"]}, {"files": ["deploy/*"]}))
ENTRY = st.fixed_dictionaries({"match": MATCHES, "group": st.just("some")}, optional={key: SAID[key] for key in SAID if key != "group"})
SOUND = st.fixed_dictionaries({}, optional={**SAID, "enabled": st.just(True), "rules": st.lists(ENTRY, max_size=3)})
ANY = st.fixed_dictionaries({}, optional=dict.fromkeys([*SAID, "enabled", "limits", "rules", "odd"], ODD))
FILES = (SOUND | SOUND | SOUND | ANY).map(yaml.safe_dump)


@settings(deadline=None, max_examples=120)
@given(entries=ENTRIES, told=SETTINGS, image=listings(IMAGE), chart=listings(CHART), file=FILES)
def test_nothing_goes_out_that_would_not_and_nothing_goes_further(
    entries: list[tuple[Pin, PinContext]],
    told: tuple[list[Rule], tuple[ApprovedBase, ...], bool],
    image: Listing,
    chart: Listing,
    file: str,
) -> None:
    without, described = decider_for(entries, told), {IMAGE: image, CHART: chart}
    with_file = without.within({repo: repo_rules(file) for repo in ("acme/shop", "acme/bank")})
    for pin, context in entries:
        about = described[pin.dependency], context, Place().describe, NOW
        as_is, quiet = (decider.decide(pin, *about, digests_seen=seen_before).verdict for decider in (without, with_file))

        if isinstance(quiet, Propose):
            assert isinstance(as_is, Propose)
            assert quiet.update.kind in (without.rule_for(pin, context).allow or ()) or quiet.update.range_step
            assert not _is_newer(quiet.update, as_is.update)


def objections(rule: Rule, update: Update, now: datetime) -> list[bool]:
    """Which of the policies that rest on what a file can say object."""
    policies = (
        Kinds(allow=rule.allow or frozenset()),
        Ranges(scheme=SCHEMES["docker"], versions=rule.versions, ignore=rule.ignore),
        cooldown_of(rule, Knows()),
        Freezes(freezes=rule.freezes),
        Windows(windows=rule.windows or ()),
        Windows(windows=rule.also_windows),
    )
    return [policy.objection(update, now) is not None for policy in policies]


RELEASES = st.builds(Release, dependency=st.just(IMAGE), value=st.sampled_from(VALUES), first_seen=SEEN)
UPDATES = st.builds(Update, pin=PINS, release=RELEASES, kind=st.sampled_from(UpdateKind))


@settings(deadline=None, max_examples=100)
@given(org=st.lists(RULES, max_size=3), file=SOUND.map(yaml.safe_dump), update=UPDATES, days_later=st.integers(0, 40))
def test_what_objects_without_the_file_objects_with_it(org: list[Rule], file: str, update: Update, days_later: int) -> None:
    rule, now = merge(org), NOW + timedelta(days=days_later)
    quiet = quieter(rule, merge(repo_rules(file).rules, Rule()))

    assert all(after >= before for before, after in zip(objections(rule, update, now), objections(quiet, update, now), strict=True))
    assert set(rule.labels) <= set(quiet.labels)
    assert rule.group in {None, quiet.group}


def _is_newer(one: Update, other: Update) -> bool:
    if one.kind in {UpdateKind.DIGEST, UpdateKind.PIN}:
        return False
    scheme = SCHEMES[one.pin.scheme]
    new, most = (scheme.parse(each.release.value if each.range_step is None else each.range_step[1]) for each in (one, other))
    return new is not None and most is not None and new.is_newer_than(most)
