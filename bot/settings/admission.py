"""The section of the configuration on what clusters let in."""

from collections.abc import Iterator
from enum import StrEnum

from bot.settings.assess import PathText
from bot.settings.types import Section


class WouldRefuse(StrEnum):
    """What becomes of an image that an admission controller would refuse."""

    HOLD = "hold"
    REMARK = "remark"


class Admission(Section):
    """What clusters let in, as the policies of their admission controllers say."""

    policies: tuple[PathText, ...] = ()
    """Files, or folders of them: Kyverno, Sigstore policy-controller, Connaisseur's Helm values, Ratify with Gatekeeper."""
    would_refuse: WouldRefuse = WouldRefuse.REMARK
    """hold: such an image is not proposed; remark: the pull request says so."""

    def paths(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every path of this section as it is written, with its place in the configuration."""
        yield from ((("admission", "policies", position), path) for position, path in enumerate(self.policies))
