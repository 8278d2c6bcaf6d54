"""The newest digest of a value that may go out, where the one that it stands at now is too young: no rhythm of rebuilds starves a pin."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice, takewhile
from typing import Final

from bot.decide.case import Case
from bot.decide.cooldown import cooldown_of
from bot.decide.policies import soak_of
from bot.model.dependency import OCI, Release
from bot.model.listing import DatasourceError
from bot.model.update import Hold, Update, UpdateKind

_MOST_ASKED: Final = 5
"""Digests that a registry is asked about: each is a request, and the first is nearly always there."""


def newest_ripe(case: Case, update: Update, objection: Callable[[Update], Hold | None], *, of: str = "") -> Update | None:
    """The update with the newest digest of its value that nothing objects to and that is still published; None: there is none.

    An older digest than the pin's is never taken: where the pin's is none that this bot has seen the value at, the image itself has to
    say that it was built later. `of`: the value whose digests are meant, where that is another one.
    """
    value = of or update.release.value
    seen = case.digests_seen(case.releases.get(value, replace(update.release, value=value)))
    newer = tuple(takewhile(lambda release: release.digest != case.pin.digest, seen))
    is_proved = update.kind is not UpdateKind.DIGEST or len(newer) < len(seen)
    cooldown, soak = cooldown_of(case.rule, case.evidence), soak_of(case)
    others = (replace(update, release=_at(update.release, release)) for release in newer if release.digest != update.release.digest)
    ripe = (
        other
        for other in others
        if cooldown.objection_to_digest(other, case.now) is None and soak.objection_to_digest(other, case.now) is None
    )
    for other in islice(ripe, _MOST_ASKED):
        if objection(other) is None and (is_proved or case.evidence.is_newer_build(other)) and _is_published(case, other.release):
            return other
    return None


def _at(release: Release, seen: Release) -> Release:
    """The release at a digest that it was seen at; what its publisher says of the present one is not said of that."""
    return replace(release, digest=seen.digest, first_seen=seen.first_seen, published_at=None)


def _is_published(case: Case, release: Release) -> bool:
    """Whether the digest is still there: of a git tag's commit, that another tag stands at it."""
    if case.pin.dependency.datasource != OCI:
        return any(other.digest == release.digest for other in case.releases.values())
    listed = case.releases.get(release.value, release)
    try:
        return case.described(release.value, replace(listed, digest=release.digest)).digest == release.digest
    except DatasourceError:
        return False
