"""The digest of the tag in use: the rebuild bot's heart, kept apart from moves to another version."""

from dataclasses import replace
from typing import Final

from bot.decide.case import Case
from bot.decide.cooldown import Cooldown
from bot.decide.kinds import Kinds
from bot.decide.policies import first_objection, holding, inspecting, not_allowed, refusing
from bot.decide.promote import promotion_of, soak_of_promotion
from bot.decide.reading import names_one_release
from bot.decide.ripe import newest_ripe
from bot.decide.soak import Soak
from bot.model.dependency import Release
from bot.model.listing import DatasourceError
from bot.model.rules import Promotion
from bot.model.update import Hold, Propose, Unknown, Update, UpdateKind, UpToDate, Verdict

IMPLIED_TAG: Final = "latest"
"""The tag of an image reference that names none (distribution, reference.TagNameOnly)."""


def refresh(case: Case) -> Verdict:
    """Whether the tag in use, at which the pin stays, has another digest than the pin; or whether the pin shall get its first one."""
    pin = case.pin
    if pin.digest is None and not case.may_get_pinned:
        return UpToDate(pin=pin)
    if pin.digest is not None and (pin.value is None or names_one_release(pin, case.scheme)):
        return UpToDate(pin=pin)
    tag = pin.value or IMPLIED_TAG
    promotion = promotion_of(case, tag)
    source = tag if promotion is None else promotion.follows
    listed = case.releases.get(source)
    try:
        now_there = case.described(tag, Release(dependency=pin.dependency, value=source if listed is None else listed.value))
    except DatasourceError as error:
        return Unknown(pin=pin, reason=str(error))
    if now_there.digest is None:
        return Unknown(pin=pin, reason=f"no digest is known for {source}")
    if now_there.digest == pin.digest:
        return UpToDate(pin=pin)
    return _moved(case, now_there, listed) if promotion is None else _promoted(case, promotion, now_there)


def _promoted(case: Case, promotion: Promotion, now_there: Release) -> Verdict:
    """The verdict on a pin that gets what another tag has held; once that has moved on, the newest that it held for long enough.

    What stages of manifests hold is not asked besides: the tag that is followed stands for the stage before.
    """
    pin = case.pin
    update = Update(
        pin=pin,
        release=now_there,
        kind=UpdateKind.PIN if pin.digest is None else UpdateKind.DIGEST,
        promoted_from=promotion.follows,
    )
    refusal = first_objection((*refusing(case), Kinds(allow=case.rule.allow or frozenset())), update, case.now)
    if refusal is not None:
        return not_allowed([refusal])
    soak = soak_of_promotion(case, promotion)
    alone = replace(case, rule=replace(case.rule, soak=None), before=None)

    def objection(to: Update) -> Hold | None:
        soaking = soak.objection_to_digest(to, case.now)
        return soaking or first_objection((*holding(alone), *inspecting(alone)), to, case.now)

    hold = objection(update)
    is_young = hold is not None and hold.policy in {Cooldown.name, Soak.name}
    ripe = newest_ripe(alone, update, objection, of=promotion.follows) if is_young else None
    return Propose(update=ripe) if ripe is not None else hold or Propose(update=update)


def _moved(case: Case, now_there: Release, listed: Release | None) -> Verdict:
    """The verdict on a tag that stands at another digest than the pin."""
    pin = case.pin
    if now_there.first_seen is None and listed is not None and listed.digest == now_there.digest:
        now_there = replace(now_there, first_seen=listed.first_seen)
    update = Update(pin=pin, release=now_there, kind=UpdateKind.PIN if pin.digest is None else UpdateKind.DIGEST)
    refusal = first_objection((*refusing(case), Kinds(allow=case.rule.allow or frozenset())), update, case.now)
    if refusal is not None:
        return not_allowed([refusal])

    def objection(to: Update) -> Hold | None:
        return first_objection((*holding(case), *inspecting(case)), to, case.now)

    hold = objection(update)
    ripe = newest_ripe(case, update, objection) if hold is not None and hold.policy in {Cooldown.name, Soak.name} else None
    return Propose(update=ripe) if ripe is not None else hold or Propose(update=update)
