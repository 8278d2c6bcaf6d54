"""The policies that hold for one pin, in the order in which they are asked."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.decide.approved_bases import ApprovedBases
from bot.decide.case import Case
from bot.decide.content import NoOps, OlderBuilds, Platforms
from bot.decide.cooldown import cooldown_of
from bot.decide.follow import Follow
from bot.decide.freezes import Freezes
from bot.decide.kinds import Kinds
from bot.decide.latest import Latest, latest_version
from bot.decide.long_term import LongTerm
from bot.decide.opt_out import OptedOut
from bot.decide.policy import Policy
from bot.decide.prereleases import Prereleases
from bot.decide.ranges import Ranges
from bot.decide.signatures import Signatures
from bot.decide.soak import Soak
from bot.decide.windows import Windows
from bot.decide.worth import WorthIt
from bot.model.severity import Severity
from bot.model.update import Hold, NotAllowed, Update
from bot.versions.ranking import Ranking


def refusing(case: Case) -> tuple[Policy, ...]:
    """What refuses any update of the pin, whatever its value."""
    return (OptedOut(), ApprovedBases(bases=case.approved_bases))


def choosing(case: Case, ranking: Ranking) -> tuple[Policy, ...]:
    """What takes a value out of the choice for as long as the rules stay as they are."""
    line = None if ranking.current is None else ranking.current.line
    on_line = (entry.version for entry in ranking.entries if entry.version is not None and entry.version.line == line)
    has_finals = any(not version.is_prerelease for version in on_line)
    in_use = None if ranking.current is None else case.releases.get(ranking.current.raw)
    prereleases = Prereleases(
        scheme=case.scheme,
        current=ranking.current,
        line_has_finals=has_finals,
        is_on_marked=in_use is not None and in_use.is_prerelease,
    )
    return (
        *(() if case.rule.prereleases else (prereleases,)),
        Kinds(allow=case.rule.allow or frozenset()),
        LongTerm(scheme=case.scheme, current=ranking.current),
        Ranges(scheme=case.scheme, versions=case.rule.versions, ignore=case.rule.ignore),
        Latest(scheme=case.scheme, latest=latest_version(case.releases.values(), case.scheme, ranking.current)),
    )


def holding(case: Case) -> tuple[Policy, ...]:
    """What lets an update wait; asked before anything is asked of a registry."""
    return (
        Follow(scheme=case.scheme, app=case.rule.follow, values=case.values_in_use),
        soak_of(case),
        Freezes(freezes=case.rule.freezes),
        cooldown_of(case.rule, case.evidence),
        Windows(windows=case.rule.windows or ()),
        Windows(windows=case.rule.also_windows),
    )


def soak_of(case: Case) -> Soak:
    """The soak that the rule asks for."""
    return Soak(
        soak=case.rule.soak,
        before=case.before,
        scheme=case.scheme,
        evidence=case.evidence,
        urgent_from=case.rule.urgent_from or Severity.UNKNOWN,
    )


def inspecting(case: Case) -> tuple[Policy, ...]:
    """What looks at the content, once the digest is known."""
    return (
        Platforms(evidence=case.evidence),
        OlderBuilds(evidence=case.evidence),
        NoOps(skips=bool(case.rule.skip_no_ops), evidence=case.evidence),
        WorthIt(only_if=case.rule.only_if, evidence=case.evidence),
        Signatures(evidence=case.evidence),
    )


def not_allowed(refusals: Sequence[Hold]) -> NotAllowed:
    """The verdict on a pin whose newer values, newest first and at least one, are all refused."""
    first = next((refusal for refusal in refusals if refusal.policy != Prereleases.name), refusals[0])
    return NotAllowed(
        update=first.update,
        policy=first.policy,
        reason=first.reason,
        until=first.until,
        refused=tuple(dict.fromkeys(refusal.update.release.value for refusal in refusals)),
    )


def first_objection(policies: Iterable[Policy], update: Update, now: datetime) -> Hold | None:
    """The first policy's objection; None: all consent."""
    return next(filter(None, (policy.objection(update, now) for policy in policies)), None)
