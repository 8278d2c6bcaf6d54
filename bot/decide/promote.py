"""A purpose tag (`:prod`) whose pins get the digest of another one (`:qa`): in files alone, for no tag is moved in a registry."""

from bot.decide.case import Case
from bot.decide.soak import Soak
from bot.decide.stage_before import StageBefore
from bot.model.dependency import OCI, Release
from bot.model.rules import Promotion
from bot.model.severity import Severity


def promotion_of(case: Case, tag: str) -> Promotion | None:
    """What the rule asks for a tag of an image, the last of several; None: its pins follow the tag itself."""
    if case.pin.dependency.datasource != OCI:
        return None
    return next((one for one in reversed(case.rule.promote) if one.tag == tag), None)


def soak_of_promotion(case: Case, promotion: Promotion) -> Soak:
    """What lets a digest wait until the tag that is followed has held it, or what came after it, for as long as is asked."""
    spans = case.history(Release(dependency=case.pin.dependency, value=promotion.follows))
    return Soak(
        soak=promotion.after,
        before=StageBefore(name=f":{promotion.follows}", own=f":{promotion.tag}", spans=tuple(spans)),
        scheme=case.scheme,
        evidence=case.evidence,
        urgent_from=case.rule.urgent_from or Severity.UNKNOWN,
    )
