"""Labels that tell what a pull request is."""

import pytest

from bot.model.labels import family_of, kind_label, severity_label
from bot.model.severity import Severity
from bot.model.update import UpdateKind
from tests.end_to_end.conftest import REPOS, run

SHOP = REPOS[0]


@pytest.mark.parametrize(
    ("kinds", "label"),
    [
        ([UpdateKind.DIGEST, UpdateKind.DIGEST], "rebuild"),
        ([UpdateKind.PIN], "rebuild"),
        ([UpdateKind.PATCH, UpdateKind.DIGEST, UpdateKind.MINOR], "update: minor"),
        *(([kind], f"update: {kind}") for kind in (UpdateKind.MAJOR, UpdateKind.CYCLE, UpdateKind.PATCH)),
    ],
)
def test_the_largest_step_counts(kinds, label):
    assert kind_label(kinds) == label
    assert "update: major" in family_of(label)


def test_the_worst_hole_that_is_known_to_be_closed_counts():
    assert severity_label([Severity.LOW, Severity.CRITICAL, None]) == "security: critical"
    assert severity_label([None, Severity.UNKNOWN]) is None


def labels(acme) -> list[set[str]]:
    return [{label.name for label in issue.labels} for issue, _ in acme.github.repo(SHOP).pulls]


def test_a_label_of_the_kind_is_made_once_and_put_on_once(fleet):
    run(fleet)
    without = fleet.writes
    assert labels(fleet) == [{"rebuild-bot"}] * 2
    text = fleet.config.read_text(encoding="utf-8").replace("owners: [acme]", "owners: [acme], label_by: [kind, severity]")
    fleet.config.write_text(text, encoding="utf-8")
    run(fleet)
    (made,) = [label for label in fleet.github.repo(SHOP).labels.values() if label.name == "update: patch"]

    assert labels(fleet) == [{"rebuild-bot", "update: patch"}] * 2
    assert (made.color, made.description) == ("9ec5fe", "A newer patch version")
    # One for each repo that lacks it, and one that puts all of them on.
    assert fleet.writes == len(REPOS) + 1
    assert without > fleet.writes

    for issue, _ in fleet.github.repo(SHOP).pulls:
        issue.labels = [label for label in issue.labels if label.name != "update: patch"]
    run(fleet)
    run(fleet)

    assert labels(fleet) == [{"rebuild-bot"}] * 2
    assert fleet.writes == 0
