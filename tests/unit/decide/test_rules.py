"""Which pins a rule speaks of."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from bot.decide.approved_bases import entry_for
from bot.decide.context import PinContext
from bot.decide.rules import idle, matches
from bot.model.dependency import DEPS_DEV, OCI, Dependency
from bot.model.pin import Pin, Role
from bot.model.rules import ApprovedBase, Match, Rule

CONTEXT = PinContext(repo="acme/shop", app="shop")
PYTHON = Pin(
    file=PurePosixPath("Dockerfile"),
    finder="dockerfile",
    dependency=Dependency(datasource=OCI, name="docker.io/library/python"),
    name="python",
    scheme="docker",
    value="3.12",
    role=Role.FINAL_BASE,
    sites=(),
    line=1,
    column=1,
)


def pin(name: str, *, datasource: str = OCI) -> Pin:
    return replace(PYTHON, dependency=Dependency(datasource=datasource, name=name))


@pytest.mark.parametrize(
    ("pattern", "of", "fits"),
    [
        pytest.param("docker.io/library/python", PYTHON, True, id="normal form"),
        pytest.param("library/python", PYTHON, True, id="without the registry"),
        pytest.param("python", PYTHON, True, id="as people write it"),
        pytest.param("py*", PYTHON, True, id="a pattern over the short name"),
        pytest.param("docker.io/*", PYTHON, True, id="a pattern over the long name"),
        pytest.param("!python", PYTHON, False, id="not as people write it"),
        pytest.param("!docker.io/library/*", PYTHON, False, id="not in normal form"),
        pytest.param("!redis", PYTHON, True, id="not another one"),
        pytest.param("acme/web", pin("docker.io/acme/web"), True, id="of an organisation"),
        pytest.param("web", pin("docker.io/acme/web"), False, id="no short name of an organisation's"),
        pytest.param("python", pin("ghcr.io/library/python"), False, id="of another registry"),
        pytest.param("python", pin("docker.io/library/python", datasource=DEPS_DEV), False, id="no image"),
    ],
)
def test_a_rule_may_call_an_image_as_docker_does(pattern, of, fits):
    assert matches(Match(dependencies=(pattern,)), of, CONTEXT) is fits
    if not pattern.startswith("!"):
        base = ApprovedBase(dependency=pattern, status="forbidden")
        assert (entry_for([base], of.dependency) is base) is fits


def test_rules_that_match_nothing_are_told():
    rules = [
        Rule(name="defaults"),
        Rule(name="of python", match=Match(dependencies=("python",))),
        Rule(name="of a typo", match=Match(dependencies=("pyhton",))),
        Rule(name="of another repo", match=Match(repos=("acme/web",))),
    ]

    assert idle(rules, [(PYTHON, CONTEXT)]) == ("of a typo", "of another repo")
    assert idle(rules, [(PYTHON, CONTEXT), (PYTHON, replace(CONTEXT, repo="acme/web"))]) == ("of a typo",)
