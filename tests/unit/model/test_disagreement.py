"""What is told of a hole on which sources differ."""

import pytest

from bot.model.assessment import Hole, Rating
from bot.model.contents import Package
from bot.model.severity import Severity

CRITICAL, HIGH, LOW, UNKNOWN = Severity.CRITICAL, Severity.HIGH, Severity.LOW, Severity.UNKNOWN


@pytest.mark.parametrize(
    ("ratings", "silent", "expected"),
    [
        pytest.param([], (), "", id="nobody says anything"),
        pytest.param([], ("Clair",), "", id="nobody whose name is known tells of it"),
        pytest.param([("Quay", LOW), ("OSV", LOW)], (), "", id="they agree"),
        pytest.param([("Quay", LOW), ("OSV", UNKNOWN)], (), "", id="one does not rate it"),
        pytest.param([("Quay", LOW), ("OSV", HIGH)], (), "Quay says low, OSV high", id="they differ"),
        pytest.param(
            [("Quay", LOW), ("IQ", CRITICAL), ("OSV", CRITICAL)], (), "Quay says low, IQ and OSV critical", id="two against the first"
        ),
        pytest.param(
            [("Quay", LOW), ("IQ", HIGH), ("Xray", LOW), ("OSV", LOW)], (), "Quay, Xray and OSV say low, IQ high", id="three with the first"
        ),
        pytest.param([("Quay", LOW), ("Quay", LOW), ("OSV", HIGH)], (), "Quay says low, OSV high", id="one of them twice"),
        pytest.param([("Quay", HIGH), ("OSV", LOW), ("Quay", LOW)], (), "Quay says high, OSV and Quay low", id="one of them in two minds"),
        pytest.param(
            [("Quay", LOW), ("OSV", HIGH)],
            ("Clair",),
            "Quay says low, OSV high; Clair does not tell of it",
            id="they differ, one is silent",
        ),
        pytest.param([("OSV", HIGH)], ("Clair",), "OSV tells of it, Clair does not", id="one tells, one is silent"),
        pytest.param([("Quay", LOW), ("OSV", UNKNOWN)], ("IQ", "Clair"), "Quay and OSV tell of it, IQ and Clair do not", id="two and two"),
    ],
)
def test_who_says_what_is_told_the_most_trusted_one_first(ratings, silent, expected):
    hole = Hole(
        id="CVE-2026-0001",
        package=Package(type="deb", name="libssl3", version="1"),
        ratings=tuple(Rating(by=by, severity=severity) for by, severity in ratings),
        silent=silent,
        source="Quay",
    )

    assert hole.disagreement == expected
