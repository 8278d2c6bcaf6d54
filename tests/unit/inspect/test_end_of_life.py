"""Until when a distribution is cared for."""

from datetime import date

import pytest

from bot.inspect.end_of_life import dated
from bot.model.contents import OperatingSystem


@pytest.mark.parametrize(
    ("id_", "version", "name", "expected"),
    [
        ("debian", "12", "", date(2026, 7, 11)),
        ("ubuntu", "22.04", "", date(2027, 4, 1)),
        ("alpine", "3.19.1", "", date(2025, 11, 1)),
        ("rhel", "9.4", "", date(2032, 5, 31)),
        ("rocky", "8.9", "", date(2029, 5, 31)),
        ("amzn", "2023", "", date(2029, 6, 30)),
        ("centos", "9", "CentOS Stream 9", date(2027, 5, 31)),
        ("centos", "7", "CentOS Linux 7 (Core)", date(2024, 6, 30)),
        ("alpine", "3.999", "", None),
        ("alpine", "", "", None),
        ("wolfi", "20230201", "", None),
    ],
)
def test_the_day_is_that_of_the_cycle(id_, version, name, expected):
    system = dated(OperatingSystem(id=id_, version=version, name=name))

    assert system.end_of_life == expected
    assert bool(system.end_of_life_source) is bool(expected)


def test_its_own_word_goes_first():
    system = OperatingSystem(id="fedora", version="40", end_of_life=date(2030, 1, 1), end_of_life_source="its own os-release")

    assert dated(system) == system
