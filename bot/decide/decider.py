"""Pins and releases -> verdicts. Pure: what must be asked is asked through the functions handed in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Self

from bot.decide.approved_bases import remark_on
from bot.decide.case import Case, Detail
from bot.decide.context import PinContext
from bot.decide.cycles import numbering_of
from bot.decide.evidence import Evidence, NoEvidence
from bot.decide.follow import ValuesInUse
from bot.decide.migrate import Move, migration
from bot.decide.missing import missing
from bot.decide.own_rules import no_wider, silenced, with_own
from bot.decide.question import Question, of_verdicts, without_place
from bot.decide.reading import BadPatternError, Reading, is_oci_chart, published, read_pin, warning_of
from bot.decide.refresh import refresh
from bot.decide.rules import hurried, idle, matches, merge, merged
from bot.decide.stage_before import Span, StageBefore
from bot.decide.values import Judgement, judge, without_newer
from bot.decide.written_ranges import range_decision, range_of
from bot.model.dependency import Dependency, Release
from bot.model.image import Digest
from bot.model.listing import Listing
from bot.model.pin import Pin
from bot.model.repo_rules import RepoRules
from bot.model.rules import ApprovedBase, Rule
from bot.model.signature import SignatureState
from bot.model.update import (
    Candidate,
    Decision,
    Frozen,
    Hold,
    NotAllowed,
    Propose,
    Undecidable,
    Unknown,
    Update,
    UpdateKind,
    UpToDate,
    Verdict,
)
from bot.versions import SCHEMES
from bot.versions.ranking import rank
from bot.versions.remembering import RememberingScheme
from bot.versions.scheme import VersionScheme

__all__ = ["Decider", "PinContext"]


class Decider:
    """Decides about pins by rules. Safe to use from several threads."""

    def __init__(
        self,
        rules: Sequence[Rule],
        approved_bases: Sequence[ApprovedBase] = (),
        *,
        evidence: Evidence | None = None,
        values_in_use: ValuesInUse | None = None,
        detail: Detail = Detail.NEWER,
        by_cycle: bool = True,
        own_rules: Mapping[str, RepoRules] | None = None,
    ) -> None:
        """`by_cycle`: of language runtimes and databases the line is the cycle, and the newest of it is offered first.

        `own_rules` are those of repos' own files, by the repo's name: they narrow what `rules` let out.
        """
        self._own_rules = own_rules or {}
        self._rules = tuple(rules)
        self._approved_bases = tuple(approved_bases)
        self._evidence = evidence or NoEvidence()
        self._detail = detail
        self._by_cycle = by_cycle
        self._values_in_use = values_in_use or {}
        self._of_verdicts: dict[tuple[int, ...], Rule] = {}
        self._lessons: dict[tuple[Dependency, str, str | None, bool], tuple[Listing, VersionScheme, Mapping[str, Release]]] = {}

    def knowing(self, values: ValuesInUse) -> Self:
        """The same decider with the values that apps are on (`bot.decide.follow.values_in_use`): what rules with `follow` ask for."""
        return self._with(values_in_use=values)

    def within(self, own_rules: Mapping[str, RepoRules]) -> Self:
        """The same decider, made quieter by what the files of repos say, by the repo's name."""
        return self._with(own_rules=own_rules)

    @property
    def knows_soaks(self) -> bool:
        """Whether any rule lets a stage, or a tag named for one, wait for the one before it."""
        return any(rule.soak is not None or rule.promote for rule in self._rules)

    def not_signed(self, update: Update) -> str:
        """What is wrong with the signatures of its new image, in words; empty: nothing, or nobody demands any."""
        check = self._evidence.signature(update)
        return "" if check is None or check.verdict.state is SignatureState.VALID else str(check.verdict)

    def idle_rules(self, pins: Sequence[tuple[Pin, PinContext]]) -> tuple[str, ...]:
        """The names of the rules that speak of some pins, and match none of these."""
        return idle(self._rules, pins)

    def by_numbers(self) -> Self:
        """The same decider, for which products have no cycles: their versions are compared by the numbers alone."""
        return self._with(by_cycle=False)

    def _with(
        self, *, values_in_use: ValuesInUse | None = None, own_rules: Mapping[str, RepoRules] | None = None, by_cycle: bool | None = None
    ) -> Self:
        return type(self)(
            self._rules,
            self._approved_bases,
            evidence=self._evidence,
            values_in_use=self._values_in_use if values_in_use is None else values_in_use,
            detail=self._detail,
            by_cycle=self._by_cycle if by_cycle is None else by_cycle,
            own_rules=self._own_rules if own_rules is None else own_rules,
        )

    def rule_for(self, pin: Pin, context: PinContext) -> Rule:
        """The one rule that holds for a pin: the default and all that match it, merged in their order, narrowed by its repo's own."""
        rule = with_own(merged(self._rules, pin, context), self._own_rules.get(context.repo), pin, context)
        return hurried(rule) if context.is_urgent else rule

    def migration(
        self, move: Move, listing: Listing, context: PinContext, describe: Callable[[Release], Release], now: datetime
    ) -> Decision | None:
        """The verdict on a move to another base; None: the pin names its successor already.

        The catalogue allows it, whatever kinds the rules do; a repo's own file may leave it out.
        """
        rule, own = merged(self._rules, move.pin, context), self._own_rules.get(context.repo)
        allowed = replace(rule, allow=(rule.allow or frozenset()) | {UpdateKind.MIGRATE})
        rule = with_own(allowed, own, move.pin, context)
        if context.is_urgent:
            rule = hurried(rule)
        decision = migration(move, listing, rule, describe=describe, evidence=self._evidence, now=now)
        return decision if decision is None or own is None or not own.silence else silenced(decision, own.silence)

    def decide(
        self,
        pin: Pin,
        listing: Listing,
        context: PinContext,
        describe: Callable[[Release], Release],
        now: datetime,
        *,
        digests_seen: Callable[[Release], Sequence[Release]] = lambda _: (),
        history: Callable[[Release], Sequence[Span]] = lambda _: (),
    ) -> Decision:
        """The verdict on one pin at `now` (aware), with every value that was newer and why it was taken or passed over.

        In the update of a Propose, `release.value` is the text to write, and `release.digest` is set exactly where the pin has a
        digest or shall get one; for the kinds digest and pin the value stays as it is. `describe` is asked for the digest of what may
        go out; where it raises DatasourceError, that value does not go out. `digests_seen` gives what a value stood at before, newest
        first: where the present digest is too young, the newest that is old enough goes out. `history` gives what a tag stood at and when.
        """
        question = self._asking(pin, pin, merged(self._rules, pin, context), context)
        return self.answer(question, listing, describe, now, digests_seen=digests_seen, history=history)

    def question(self, pin: Pin, context: PinContext) -> Question:
        """What is to be decided about a pin, without its place: of equal ones the answers are equal but for the pin (`given_to`)."""
        places = tuple(place for place, rule in enumerate(self._rules) if matches(rule.match, pin, context))
        rule = self._of_verdicts.get(places)
        if rule is None:
            rule = self._of_verdicts[places] = of_verdicts(merge(self._rules[place] for place in places))
        return self._asking(without_place(pin), pin, rule, context)

    def _asking(self, asked: Pin, pin: Pin, rule: Rule, context: PinContext) -> Question:
        """What is asked about a pin that the organisation's rule holds for."""
        own = self._own_rules.get(context.repo)
        narrowed = rule if own is None else of_verdicts(with_own(of_verdicts(rule), own, pin, context))
        is_same = own is None or narrowed == of_verdicts(rule)
        hurry = hurried if context.is_urgent else _as_it_is
        return Question(
            pin=asked,
            rule=hurry(rule if is_same else narrowed),
            before=_before(rule, context),
            asked=context.asked,
            within=None if is_same else hurry(rule),
            silence="" if own is None else own.silence,
        )

    def answer(
        self,
        question: Question,
        listing: Listing,
        describe: Callable[[Release], Release],
        now: datetime,
        *,
        digests_seen: Callable[[Release], Sequence[Release]] = lambda _: (),
        history: Callable[[Release], Sequence[Span]] = lambda _: (),
    ) -> Decision:
        """As `decide`, of a question; the pin in what comes back is the question's own."""

        def by(rule: Rule) -> Decision:
            return self._by_rule(replace(question, rule=rule), listing, describe, now, digests_seen=digests_seen, history=history)

        decision = by(question.rule)
        if question.within is not None and isinstance(decision.verdict, Propose | Hold | NotAllowed):
            decision = no_wider(by(question.within), decision, self._taught(question.pin, listing)[0])
        return silenced(decision, question.silence) if question.silence else decision

    def _by_rule(
        self,
        question: Question,
        listing: Listing,
        describe: Callable[[Release], Release],
        now: datetime,
        *,
        digests_seen: Callable[[Release], Sequence[Release]],
        history: Callable[[Release], Sequence[Span]],
    ) -> Decision:
        pin = question.pin
        if listing.problem is not None:
            return Decision(pin=pin, verdict=Unknown(pin=pin, reason=listing.problem))
        if listing.shrunk is not None:
            return Decision(pin=pin, verdict=Frozen(pin=pin, reason=listing.shrunk))
        if pin.scheme not in SCHEMES:
            reason = f"no version scheme is called {pin.scheme!r}; there are {', '.join(sorted(SCHEMES))}"
            return Decision(pin=pin, verdict=Undecidable(pin=pin, reason=reason))
        try:
            scheme, releases = self._taught(pin, listing)
        except BadPatternError as error:
            return Decision(pin=pin, verdict=Undecidable(pin=pin, reason=str(error)))
        case = Case(
            pin=pin,
            rule=question.rule,
            approved_bases=self._approved_bases,
            evidence=self._evidence,
            values_in_use=self._values_in_use,
            scheme=scheme,
            releases=releases,
            describe=describe,
            digests_seen=digests_seen,
            history=history,
            now=now,
            detail=self._detail,
            numbering=numbering_of(pin) if self._by_cycle else None,
            before=question.before,
            asked=question.asked,
            lost=frozenset(published((Release(dependency=pin.dependency, value=value) for value in listing.lost), pin)),
        )
        decision = _decide(case)
        if isinstance(decision.verdict, Propose) and case.rule.bump_chart is not None:
            return replace(decision, verdict=Propose(update=replace(decision.verdict.update, bump_chart=case.rule.bump_chart)))
        return decision

    def _taught(self, pin: Pin, listing: Listing) -> tuple[VersionScheme, Mapping[str, Release]]:
        """The pin's scheme, taught by the listing, and the releases: worked out once for all pins that share them."""
        key = (pin.dependency, pin.scheme, pin.extract_version, is_oci_chart(pin))
        known = self._lessons.get(key)
        if known is None or known[0] is not listing:
            releases = published(listing.releases, pin)
            known = self._lessons[key] = (listing, RememberingScheme(SCHEMES[pin.scheme].taught(releases)), releases)
        return known[1], known[2]


def _as_it_is(rule: Rule) -> Rule:
    return rule


def _before(rule: Rule, context: PinContext) -> StageBefore | None:
    """What only pins with a soak are asked about: others share their answers whatever a stage held."""
    return None if rule.soak is None else context.before


def _decide(case: Case) -> Decision:
    pin = case.pin
    reading = read_pin(pin, case.releases, case.scheme)
    remarks = tuple(filter(None, (reading.remark, remark_on(case.approved_bases, pin), warning_of(reading, case.releases))))
    if reading.value is None and pin.digest is not None:
        reason = (
            "pinned by digest alone, and no published value is known to have that digest"
            if isinstance(pin.digest, Digest)
            else "pinned by commit alone, and no published tag stands at that commit"
        )
        return Decision(pin=pin, verdict=Undecidable(pin=pin, reason=reason), candidates=remarks)
    if reading.value is None:
        return Decision(pin=pin, verdict=_if_pinned(case, "names no version"), candidates=remarks)
    written = range_of(case, reading.value)
    if written is not None:
        as_range = range_decision(case, written)
        return replace(as_range, candidates=(*remarks, *as_range.candidates))
    return _among_versions(case, reading, remarks)


def _among_versions(case: Case, reading: Reading, remarks: tuple[Candidate, ...]) -> Decision:
    """The decision on a pin that has a value, by what was published beside it."""
    pin, value = case.pin, reading.value or ""
    ranking = rank(case.scheme, value, case.releases)
    judgement = judge(case, ranking)
    unlisted = missing(case, ranking, judgement)
    if unlisted.verdict is not None:
        verdict = unlisted.verdict
    elif judgement.chosen is not None:
        verdict = Propose(update=judgement.chosen)
    elif ranking.current is None:
        verdict = _if_pinned(case, f"{value} is {ranking.problem}")
    else:
        verdict = _without_newer(case, judgement, reading.remark)
    return Decision(pin=pin, verdict=verdict, candidates=(*remarks, *unlisted.remarks, *judgement.candidates))


def _if_pinned(case: Case, why_not_newer: str) -> Verdict:
    """What can be said of a pin that has no version: its digest alone moves."""
    if case.pin.digest is None and not case.may_get_pinned:
        return Undecidable(pin=case.pin, reason=f"{why_not_newer}: nothing is newer than it, and it has no digest to refresh")
    return refresh(case)


def _without_newer(case: Case, judgement: Judgement, remark: Candidate | None) -> Verdict:
    """No value goes out now: the digest of the tag in use may, and what waits or is in doubt is said."""
    verdict = UpToDate(pin=case.pin) if _is_ahead(case, remark) else refresh(case)
    return without_newer(case, judgement, verdict)


def _is_ahead(case: Case, remark: Candidate | None) -> bool:
    """Whether the pin's digest belongs to a newer version than the tag beside it: the tag's own digest would be a step back."""
    if remark is None or case.pin.value is None:
        return False
    real, written = case.scheme.parse(remark.value), case.scheme.parse(case.pin.value)
    return real is not None and written is not None and not written.is_newer_than(real)
