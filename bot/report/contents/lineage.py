"""The lineage of an image as facts, as Markdown and as plain values."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import assert_never

from bot.model.image import ImageReference
from bot.model.lineage import Behind, BuiltBy, Claim, Confidence, FoundBase, Lineage
from bot.report.contents.document import Row
from bot.report.markdown import number_of, plain, table

_MOST_NEWER = 5


def summary(lineage: Lineage) -> str:
    """`built on debian:12`, in the words that its confidence allows."""
    if lineage.base is None:
        return f"its base is not known: {lineage.unknown}"
    return f"{_how(lineage.base.confidence)} {short(lineage.base.base)}"


def facts(lineage: Lineage, behind: Behind | None, newer: Sequence[str], now: datetime) -> Iterator[tuple[str, str]]:
    """What there is to say, heading and text."""
    yield "Image", f"{lineage.image} ({lineage.digest}{f', of the index {lineage.index_digest}' if lineage.index_digest else ''})"
    yield "Platform", lineage.platform or "not told"
    if lineage.created_at:
        yield "Created", f"{lineage.created_at:%Y-%m-%d %H:%M} UTC, says its publisher"
    yield from (("Built by", built_by_text(one)) for one in lineage.built_by)
    if lineage.base is None:
        yield "Base", f"not known: {lineage.unknown}"
    else:
        yield "Base", f"{lineage.base.base}: {_meaning(lineage.base)}"
        yield from (("Known by", claim_text(claim)) for claim in lineage.base.known_by)
        if lineage.base.also_called:
            yield "Also", ", ".join(lineage.base.also_called)
    if behind is not None:
        yield "Behind", behind_text(behind, now)
    if newer:
        more = f" and {len(newer) - _MOST_NEWER} more" if len(newer) > _MOST_NEWER else ""
        yield "Releases", f"{number_of(len(newer), 'newer one')}: {', '.join(newer[:_MOST_NEWER])}{more}"
    yield from (("Refuted", claim_text(claim)) for claim in lineage.refuted)
    yield from (("Unchecked", claim_text(claim)) for claim in lineage.unchecked)


def claim_text(claim: Claim) -> str:
    """One way of knowing in words."""
    return f"{claim.way}: {short(claim.base)}: {claim.evidence}"


def built_by_text(one: BuiltBy) -> str:
    """`https://github.com/… from https://github.com/acme/shop at 1f3c… (referrer)`: nobody checked it."""
    source = f" from {one.source}" if one.source else ""
    commit = f" at {one.revision}" if one.revision else ""
    workflow = f" by {one.workflow}" if one.workflow else ""
    return f"{one.builder or 'a builder without a name'}{source}{commit}{workflow} (so says its provenance, {one.where})"


def behind_text(behind: Behind, now: datetime) -> str:
    """`debian:12 stands at 4f5e… of 2026-10-01: 3 builds and 41 days behind`."""
    at = behind.tagged.digest.short if behind.tagged.digest else "?"
    name = f"{behind.tagged.familiar}:{behind.tagged.tag}"
    if behind.is_current:
        return f"nothing: {name} stands at it"
    built = [moment for moment in (behind.base_built_at, behind.newest_built_at) if moment is not None]
    dates = f" (built {built[1]:%Y-%m-%d}, the base {built[0]:%Y-%m-%d})" if len(built) == 2 else ""  # noqa: PLR2004 of both
    days = behind.days(now)
    if behind.digests is None or days is None:
        return f"{name} stands at {at}{dates}; since when is not known, for it was never seen at the base"
    return f"{name} stands at {at}{dates}: {number_of(behind.digests, 'build')} and {number_of(days, 'day')} behind, as far as it was seen"


def markdown(lineage: Lineage, behind: Behind | None, newer: Sequence[str], now: datetime) -> str:
    """All of it; names of others are neutralised."""
    return table(["", ""], ([heading, plain(text)] for heading, text in facts(lineage, behind, newer, now)))


def lineage_row(lineage: Lineage, behind: Behind | None, newer: Sequence[str]) -> Row:
    """The stable contract of `lineage --format json`, but for what a rebuild brings."""
    return {
        "image": str(lineage.image),
        "digest": lineage.digest,
        "index_digest": lineage.index_digest,
        "platform": lineage.platform or None,
        "created_at": lineage.created_at.isoformat() if lineage.created_at else None,
        "revision": lineage.revision or None,
        "built_by": [asdict(one) for one in lineage.built_by],
        "base": _base_row(lineage.base) if lineage.base else None,
        "unknown": lineage.unknown or None,
        "refuted": [_claim_row(claim) for claim in lineage.refuted],
        "unchecked": [_claim_row(claim) for claim in lineage.unchecked],
        "not_read": list(lineage.not_read),
        "behind": _behind_row(behind) if behind else None,
        "newer": list(newer),
    }


def short(image: ImageReference) -> str:
    """The image as people write it, with its short digest."""
    return image.familiar + (f":{image.tag}" if image.tag else "") + (f"@{image.digest.short}" if image.digest else "")


def _base_row(found: FoundBase) -> Row:
    return {
        "name": found.base.name,
        "tag": found.base.tag,
        "digest": found.base.digest,
        "confidence": found.confidence.value,
        "known_by": [_claim_row(claim) for claim in found.known_by],
        "digests": sorted(found.digests),
        "also_called": list(found.also_called),
    }


def _claim_row(claim: Claim) -> Row:
    return {"way": claim.way.value, "base": str(claim.base), "platform": claim.platform or None, "evidence": claim.evidence}


def _behind_row(behind: Behind) -> Row:
    return {
        "tag": behind.tagged.tag,
        "digest": behind.tagged.digest,
        "is_current": behind.is_current,
        "digests": behind.digests,
        "since": behind.since.isoformat() if behind.since else None,
        "base_built_at": behind.base_built_at.isoformat() if behind.base_built_at else None,
        "newest_built_at": behind.newest_built_at.isoformat() if behind.newest_built_at else None,
    }


def _how(confidence: Confidence) -> str:
    match confidence:
        case Confidence.PROVED:
            return "built on"
        case Confidence.AT_LEAST:
            return "stands on"
        case Confidence.CLAIMED:
            return "said to be built on"
        case Confidence.INFERRED:
            return "by its Dockerfile built on"
        case _:
            assert_never(confidence)


def _meaning(found: FoundBase) -> str:
    match found.confidence:
        case Confidence.PROVED:
            return "proved"
        case Confidence.AT_LEAST:
            return "it stands on that, maybe with images between that are not known"
        case Confidence.CLAIMED:
            return "claimed, and not to be checked by its layers"
        case Confidence.INFERRED:
            return "inferred from its Dockerfile, and not to be checked by its layers"
        case _:
            assert_never(found.confidence)
