"""How pull requests are worded."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from bot.settings import templates
from bot.settings.templates import TemplateFaultError
from bot.settings.types import Section

AUTO: Final = "auto"
"""A prefix where the repo's own history has them."""
NONE: Final = "none"
_MAX_PREFIX_CHARACTERS: Final = 40
_UPDATE: Final = {
    "app": "shop",
    "name": "python",
    "dependency": "docker.io/library/python",
    "kind": "patch",
    "old": "3.12.4-slim",
    "new": "3.12.5-slim",
    "file": "Dockerfile",
    "line": 1,
    "role": "final-stage base",
}
TITLE_SAMPLE: Final[Mapping[str, object]] = {
    "title": "Update python to 3.12.5-slim",
    "prefix": "",
    "app": "shop",
    "apps": ["shop"],
    "repo": "acme/shop",
    "group": "",
    "stage": "",
    "kinds": ["patch"],
    "updates": [_UPDATE],
    "closes": "",
    "severity": "",
    "risk": "",
}
MESSAGE_SAMPLE: Final[Mapping[str, object]] = {**TITLE_SAMPLE, "message": "Update python\n\nDockerfile:1 python 3.12.4 -> 3.12.5"}
BODY_SAMPLE: Final[Mapping[str, object]] = {**TITLE_SAMPLE, "summary": "**Closes no known hole.**", "body": "**Closes no known hole.**"}


def _checked(sample: Mapping[str, object], rule: Callable[[str], str]) -> Callable[[str], str]:
    def validator(template: str) -> str:
        rule(templates.check(template, sample))
        return template

    return validator


def _some(text: str) -> str:
    if not text:
        raise TemplateFaultError("it gives an empty text")
    return text


def _branch(template: str) -> str:
    templates.check_branch(template)
    return template


def _prefix(text: str) -> str:
    if text in {AUTO, NONE}:
        return text
    made = text.replace("{type}", "chore").replace("{kind}", "digest")
    if "{" in made or "}" in made:
        raise ValueError(f"{text!r} can't be filled in; {{type}} (fix or chore) and {{kind}} (digest, patch, ...) are there")
    if not made.strip() or not made.isprintable() or len(made) > _MAX_PREFIX_CHARACTERS:
        raise ValueError(f"{text!r} is no prefix; write auto, none, or at most {_MAX_PREFIX_CHARACTERS} characters like '{{type}}(deps): '")
    return text if text.endswith(" ") else f"{text} "


class PullRequests(Section):
    """What pull requests are called, and how they read."""

    commit_prefix: Annotated[str, AfterValidator(_prefix), Field(min_length=1)] = AUTO
    title: Annotated[str, AfterValidator(_checked(TITLE_SAMPLE, templates.line))] | None = None
    branch: Annotated[str, AfterValidator(_branch)] | None = None
    commit_message: Annotated[str, AfterValidator(_checked(MESSAGE_SAMPLE, templates.message))] | None = None
    body: Annotated[str, AfterValidator(_checked(BODY_SAMPLE, _some))] | None = None
