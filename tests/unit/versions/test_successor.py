"""What a catalogue writes for a successor, filled in from the reference in use."""

import pytest

from bot.versions.successor import UncertainError, fault, name_of, tag_of

PYTHON = "docker.io/library/python"
TAGS = ("3.12", "3.12-slim", "3.12.4", "3.12.9-r2", "3.12.10-r1", "3.9", "latest", "21-1.4.0", "21-1.10.0", "21-1.10.0-rc1", "21-x")


@pytest.mark.parametrize(
    ("pattern", "in_use", "expected"),
    [
        pytest.param("reg.example/base/{name}:3.12", None, "reg.example/base/python:3.12", id="a fixed tag needs none in use"),
        pytest.param("reg.example/base/{name}:{tag}", "3.12-slim", "reg.example/base/python:3.12-slim", id="the same tag"),
        pytest.param("python:{major}.{minor}{variant}", "3.12.1-slim", "docker.io/library/python:3.12-slim", id="its line and its variant"),
        pytest.param("reg.example/p:{version}", "3.12.4-slim-bookworm", "reg.example/p:3.12.4", id="the number"),
        pytest.param("reg.example/p:{version}", "v3.12.4", "reg.example/p:3.12.4", id="behind a v"),
        pytest.param("reg.example/java:{major}-{newest}", "21.0.2-jre", "reg.example/java:21-1.10.0", id="the newest by numbers"),
        pytest.param("reg.example:5000/p:{major}.{minor}", "3.9.1", "reg.example:5000/p:3.9", id="a port is no tag"),
    ],
)
def test_a_successor_that_is_certain(pattern, in_use, expected):
    assert f"{name_of(pattern, PYTHON)}:{tag_of(pattern, PYTHON, in_use, TAGS)}" == expected


@pytest.mark.parametrize(
    ("pattern", "in_use", "why"),
    [
        pytest.param("reg.example/base/python", "3.12", "names no tag", id="no tag in the catalogue"),
        pytest.param("reg.example/p:{major}.{minor}", "3.11.4", "has no tag 3.11", id="not published there"),
        pytest.param("reg.example/p:{major}.{minor}", "latest", "latest, tells no major", id="no number"),
        pytest.param("reg.example/p:{major}.{minor}.{patch}", "3.12", "tells no patch", id="too few numbers"),
        pytest.param("reg.example/p:{tag}", None, "has no tag", id="by its digest alone"),
        pytest.param("reg.example/p:{major}-{newest}", "17", "no tag like 17-1", id="none is the newest"),
        pytest.param("reg.example/p:{newest}-rc1", "21", "no tag like 1-rc1", id="a number with a dash is none"),
    ],
)
def test_a_successor_that_is_not(pattern, in_use, why):
    with pytest.raises(UncertainError, match=why):
        tag_of(pattern, PYTHON, in_use, TAGS)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("reg.example/base/{name}:{major}.{minor}{variant}", ""),
        ("reg.example/base", ""),
        ("reg.example/{tag}:1", "{tag} can't stand there; there are {name}"),
        ("reg.example/base:{newst}", "{newst} can't stand there; there are {major}, {minor}, {name}"),
        ("reg.example/base:{newest}.{newest}", "{newest} can stand there once"),
        ("reg.example/Base:1", "not an image name: 'reg.example/Base'"),
        (f"reg.example/base:1@sha256:{'1' * 64}", "a digest can't be a successor; name a tag"),
    ],
)
def test_what_is_wrong_with_one(pattern, said):
    assert fault(pattern).startswith(said)
    assert bool(fault(pattern)) is bool(said)
