"""What is left undecided, and how rules add up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.decide.decider import Decider
from bot.model.dependency import Dependency
from bot.model.pin import Role
from bot.model.rules import Grouping, Ignored, Match, Rule
from bot.model.update import Propose, Undecidable, UpdateKind, UpToDate
from tests.unit.decide.deciding import ALL, CONTEXT, NOW, decide, listing, outcome, pin


@pytest.mark.parametrize(
    ("current", "values"),
    [
        pytest.param("1.2.3-abc1234", ["1.2.3-def5678"], id="hash-of-the-same-version"),
        pytest.param("1.2.3-abc1234", ["1.2.4-def5678", "1.2.4-aaa1111"], id="two-newest"),
        pytest.param("sha-abc1234", ["sha-def5678"], id="hashes-alone"),
    ],
)
def test_uncertain_order_is_undecidable(current, values):
    decision = decide(pin(current), listing(current, *values))

    assert outcome(decision) is Undecidable
    assert "order" in decision.verdict.reason


@pytest.mark.parametrize(("current", "other"), [("2.11a", "2.12"), ("8.8.0-alpha8.1", "8.8.3"), ("6.2.3", "2025.1.1")])
def test_another_form_above_is_no_all_clear(current, other):
    decision = decide(pin(current), listing(current, other))

    assert outcome(decision) is Undecidable
    assert decision.verdict.reason.startswith(f"{other}: above {current} by its numbers, in another form")


def test_a_stray_is_doubted_only_where_it_could_be_taken():
    tags = listing("5.0.0", "4.6.0", "4.7.0", "14.3.9")

    assert outcome(decide(pin("5.0.0"), tags, Rule(allow=ALL - {UpdateKind.PIN}))) is Undecidable
    assert outcome(decide(pin("5.0.0"), tags)) is UpToDate


def test_later_rules_win_field_by_field_and_lists_add_up():
    one = Rule(
        name="one",
        allow=frozenset({UpdateKind.PATCH}),
        cooldown=timedelta(days=3),
        labels=("a",),
        ignore=(Ignored(versions="9"),),
        group=Grouping(name="x"),
    )
    two = Rule(name="two", match=Match(stages=("prod*",)), cooldown=timedelta(days=7), labels=("b", "a"), ignore=(Ignored(versions="8"),))
    three = Rule(name="three", match=Match(stages=("dev",)), allow=ALL)

    rule = Decider((one, two, three)).rule_for(pin(), CONTEXT)

    assert (rule.name, rule.allow, rule.cooldown, rule.group) == (
        "two",
        frozenset({UpdateKind.PATCH}),
        timedelta(days=7),
        Grouping(name="x"),
    )
    assert (rule.labels, [ignored.versions for ignored in rule.ignore]) == (("a", "b"), ["9", "8"])


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (Match(), True),
        (Match(dependencies=("docker.io/library/*",)), True),
        (Match(dependencies=("docker.io/library/*", "!*/nginx")), False),
        (Match(dependencies=("!*/redis",)), True),
        (Match(datasources=("helm",)), False),
        (Match(finders=("helm-*",)), True),
        (Match(roles=("image", "ci image")), True),
        (Match(files=("deploy/*.yaml",), repos=("acme/*",)), True),
        (Match(files=("deploy/*.yaml",), repos=("other/*",)), False),
        (Match(apps=("shop",), stages=("production",), phases=("bau",)), True),
        (Match(phases=("development",)), False),
    ],
    ids=repr,
)
def test_match(match, expected):
    rule = Decider((Rule(name="it", match=match),)).rule_for(pin(), CONTEXT)

    assert (rule.name == "it") is expected


@pytest.mark.parametrize(
    ("head", "verdict"),
    [pytest.param("b" * 40, Propose, id="the branch went on"), pytest.param("a" * 40, UpToDate, id="it is at its head")],
)
def test_a_commit_of_a_branch_follows_its_head(head: str, verdict: type) -> None:
    remote = Dependency(datasource="git-refs", name="https://github.com/acme/action")
    found = pin("main", dependency=remote, scheme="loose", role=Role.ACTION, digest="a" * 40)
    branches = listing(("main", head), ("v2", "c" * 40), ("3.0.0", "d" * 40), dependency=remote)

    decision = Decider([Rule(allow=ALL)]).decide(found, branches, CONTEXT, lambda release: replace(release, digest=head), NOW)

    assert isinstance(decision.verdict, verdict)
    if isinstance(decision.verdict, Propose):
        update = decision.verdict.update
        assert (update.kind, update.release.value, update.release.digest) == (UpdateKind.DIGEST, "main", head)
