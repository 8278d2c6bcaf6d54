"""Which kind of update a step is."""

import pytest

from bot.decide.kinds import kind_of
from bot.model.update import UpdateKind
from bot.versions import SCHEMES


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("1.2.3", "2.0.0", UpdateKind.MAJOR),
        ("7", "8", UpdateKind.MAJOR),
        ("1.2.3", "1.3.0", UpdateKind.MINOR),
        ("3.12-slim", "3.13-slim", UpdateKind.MINOR),
        ("1.2.3", "1.2.4", UpdateKind.PATCH),
        ("24.3.2.23", "24.3.3.102", UpdateKind.PATCH),
        ("1.2.3-rc1", "1.2.3", UpdateKind.PATCH),
        ("1.2.3-r1", "1.2.3-r2", UpdateKind.PATCH),
        ("8u402-b06-jre", "8u412-b08-jre", UpdateKind.PATCH),
        ("bookworm-20240211", "bookworm-20250311", UpdateKind.PATCH),
        ("RELEASE.2024-01-13T07-53-03Z", "RELEASE.2025-02-09T21-25-16Z", UpdateKind.PATCH),
        ("base-20240101.0.204074", "base-20250225.0.217910", UpdateKind.PATCH),
        ("2024.12", "2025.1", UpdateKind.MINOR),
        ("2024.12.5", "2025.1.0", UpdateKind.MINOR),
        ("2025.1.0", "2025.2.0", UpdateKind.MINOR),
        ("2025.1.0", "2025.1.1", UpdateKind.PATCH),
        ("2019-latest", "2022-latest", UpdateKind.MAJOR),
        ("24.04", "26.04", UpdateKind.MAJOR),
    ],
)
def test_kind(old, new, kind):
    docker = SCHEMES["docker"]

    assert kind_of(docker.parse(old), docker.parse(new)) is kind


def test_between_what_is_no_version_any_step_is_major():
    assert kind_of(None, SCHEMES["docker"].parse("1.2.3")) is UpdateKind.MAJOR
