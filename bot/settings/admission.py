"""The section of the configuration on what clusters let in."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator

from bot.settings.assess import PathText
from bot.settings.types import RepoName, Section


def _folder(text: str) -> str:
    if text and (not text.isprintable() or {".", "..", ""} & set(text.split("/"))):
        raise ValueError(f"{text!r} is no folder in a repo; write it from its root, like clusters/prod/policies")
    return text


RelativeFolder = Annotated[str, AfterValidator(_folder)]
"""A folder in a repo, from its root."""


class WouldRefuse(StrEnum):
    """What becomes of an image that an admission controller would refuse."""

    HOLD = "hold"
    REMARK = "remark"


class PolicyRepoEntry(Section):
    """A repo with policies."""

    repo: RepoName
    """owner/name; of those that the bot's token may read."""
    folder: RelativeFolder = ""
    """Where in it; empty: everywhere."""


class Admission(Section):
    """What clusters let in, as the policies of their admission controllers say."""

    policies: tuple[PathText, ...] = ()
    """Files, or folders of them: Kyverno, Sigstore policy-controller, Connaisseur's Helm values, Ratify with Gatekeeper."""
    repos: tuple[PolicyRepoEntry, ...] = ()
    """Repos with such policies, as their default branch has them; read by runs over the fleet."""
    would_refuse: WouldRefuse = WouldRefuse.REMARK
    """hold: such an image is not proposed; remark: the pull request says so."""

    def paths(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every path of this section as it is written, with its place in the configuration."""
        yield from ((("admission", "policies", position), path) for position, path in enumerate(self.policies))
