"""Where the releases of some dependencies are, where images do not say it or say it wrongly."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from bot.model.notes import NamedSource
from bot.settings.types import PlainGlob, ReadAs, Section, is_repo_name

_PREFIX: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@/-]{0,99}", re.ASCII)
_PATH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/@+-]{0,199}", re.ASCII)


def repo_or_owner(name: str) -> str:
    """The text, where it is `owner/name` or `owner/*`. Raises ValueError."""
    if not is_repo_name(name.removesuffix("*") + "x" * name.endswith("/*")):
        raise ValueError(f"{name!r} is no repo; write it as owner/name, or owner/* for the one that is called like the image or chart")
    return name


def _tag_prefix(text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise ValueError(f"{text!r} is no prefix of tags; write what stands before the version: 'chart-', or 'api/v'")
    return text


def _path(text: str) -> str:
    if not _PATH.fullmatch(text) or {"", ".", ".."} & set(text.split("/")):
        raise ValueError(f"{text!r} is no path in a repo; write it from its root, with plain characters: 'docs/CHANGELOG.md'")
    return text


class SourceEntry(Section):
    """Where the releases of some dependencies are."""

    match: Annotated[tuple[PlainGlob, ...], Field(min_length=1)]
    """Names in normal form: docker.io/acme/*, https://charts.example.com#api."""
    repo: Annotated[str, AfterValidator(repo_or_owner)]
    """`owner/name`; `owner/*` for the repo that is called like the image or chart."""
    tag_prefix: Annotated[str, AfterValidator(_tag_prefix)] | None = None
    """What stands before the version in the tags of the releases that count; null: told by the versions."""
    changelog: Annotated[str, AfterValidator(_path)] | None = None
    """The path of its changelog; null: looked for in the usual places."""

    def source(self) -> NamedSource:
        return NamedSource(match=self.match, repo=self.repo, tag_prefix=self.tag_prefix, changelog=self.changelog)


Sources = tuple[Annotated[NamedSource, ReadAs(SourceEntry, SourceEntry.source)], ...]
