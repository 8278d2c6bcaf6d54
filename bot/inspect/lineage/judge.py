"""The judge: layers confirm or refute what was said of an image's base. Pure.

An image stands on another one where the layers of that one are its lowest, and the instructions that made them its first ones. The longest
such stack that is known is the nearest; whether it is the base itself, or an image that nobody knows lies between, only the builder can
tell: BuildKit, which lists all images of a build, or an annotation, which is not handed on from base to image as labels are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.inspect.lineage.detector import NotHeard, Said, Says
from bot.inspect.lineage.fit import Fit, fit, is_dated
from bot.inspect.lineage.history import first_own_step
from bot.inspect.lineage.provenance import names
from bot.inspect.lineage.stack import Stack
from bot.ledger.bases import BaseImage
from bot.model.image import Digest
from bot.model.lineage import Claim, Confidence, FoundBase, Lineage, Way

_WAYS: Final = tuple(Way)
_ALONE: Final = {Says.ITS_BASE: Confidence.CLAIMED, Says.WRITTEN: Confidence.INFERRED}
"""What is worth telling where no layers bear it out: of this very image, and no word that was handed on from its base."""
_REFUTED: Final = defaultdict(lambda: "said wrongly", {Way.DOCKERFILE: "the build took another one, an older one for instance"})
_IN_DOUBT: Final = "its layers are the lowest of the image, but its instructions are not the first ones of the image's history"
_OF_THE_BASE: Final = frozenset({Says.ITS_BASE, Says.MAYBE_OF_ITS_BASE, Says.NAME_OF_ITS_BASE, Says.WRITTEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was said, and the image that it names."""

    said: Said
    bases: tuple[BaseImage, ...] = ()
    """That image, as it is known: one, or for a tag alone all that it is known to have stood at."""
    problem: str = ""
    """Why it is not known, or not all that the tag stood at is."""

    @property
    def claim(self) -> Claim:
        return self.said.claim


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The base, all that are made of the same, and whether nothing lies between."""

    base: BaseImage
    same: tuple[BaseImage, ...]
    is_direct: bool
    fit: Fit


def judge(image: Stack, heard: Sequence[Heard], known: Iterable[BaseImage], not_heard: Sequence[NotHeard] = ()) -> Lineage:
    """The base of an image, by what was said of it and by the images that are known to be made of its lowest layers."""
    others = [base for base in known if not image.digests & {base.digest, base.manifest}]
    heard = [replace(one, bases=tuple(base for base in one.bases if not image.digests & {base.digest, base.manifest})) for one in heard]
    found = _by_whole_list(image, heard, others) or _by_layers(image, heard, others)
    refuted, unchecked = _refuted(image, heard, found), _unchecked(image, heard, found)
    told = Lineage(
        image=image.reference,
        digest=image.manifest.digest,
        index_digest=image.index.digest if image.index else None,
        platform=image.platform,
        created_at=image.created_at,
        revision=image.revision,
        refuted=refuted,
        not_read=tuple(map(str, not_heard)),
    )
    if found is not None:
        return replace(told, base=_told(image, heard, found), unchecked=unchecked)
    claimed = next((one for one in heard if one.said.says in _ALONE and one.problem and one.claim.base.digest), None)
    if claimed is None or _whole_list(heard):
        return replace(told, unknown=_why_unknown(image, heard, others), unchecked=unchecked)
    said, confidence = _unverified(claimed), _ALONE[claimed.said.says]
    # A builder may take an older image of the same tag out of its cache: of what is written the tag alone follows.
    named = said.base.at(tag=said.base.tag) if confidence is Confidence.INFERRED and said.base.tag else said.base
    digests = frozenset({named.digest} if named.digest else ())
    base = FoundBase(base=named, confidence=confidence, known_by=(said,), digests=digests)
    return replace(told, base=base, unchecked=tuple(one for one in unchecked if one != said))


def _by_whole_list(image: Stack, heard: Sequence[Heard], known: Sequence[BaseImage]) -> _Found | None:
    """The base, where all images of the build are known: it is among them, and what else may lie below is not."""
    bases = [base for one in _whole_list(heard) for base in one.bases]
    return _unchanged(image, bases) or _nearest(image, bases, heard, known, is_direct=True)


def _whole_list(heard: Sequence[Heard]) -> Sequence[Heard]:
    """All images of the build; empty where they are not told, or one of them is not known."""
    listed = [one for one in heard if one.said.says is Says.ONE_OF_ALL]
    return () if any(one.problem for one in listed) else listed


def _by_layers(image: Stack, heard: Sequence[Heard], known: Sequence[BaseImage]) -> _Found | None:
    """The nearest of all images that are known, or that were named."""
    unchanged = _unchanged(image, [base for one in heard if one.said.says is Says.ITS_BASE for base in one.bases])
    found = unchanged or _nearest(image, [*known, *(base for one in heard for base in one.bases)], heard, known, is_direct=False)
    if found is not None and unchanged is None:
        same = _keys(found.same)
        is_direct = any(one.said.says is Says.ITS_BASE and same & _keys(one.bases) for one in heard)
        is_direct = is_direct or (found.fit is Fit.BELOW and found.base.steps == first_own_step(image))
        return replace(found, is_direct=is_direct)
    return found


def _unchanged(image: Stack, named: Iterable[BaseImage]) -> _Found | None:
    """The base of an image that adds no step to it: it differs from it in nothing that layers and history tell."""
    same = [base for base in named if fit(image, base) is Fit.SAME]
    return _Found(base=max(same, key=_age), same=tuple(same), is_direct=True, fit=Fit.SAME) if same else None


def _nearest(
    image: Stack, candidates: Iterable[BaseImage], heard: Sequence[Heard], known: Sequence[BaseImage], *, is_direct: bool
) -> _Found | None:
    named = {base.digest for one in heard for base in one.bases}
    fits = [(base, fit(image, base)) for base in candidates]
    fitting = [(base, found) for base, found in fits if found.is_proof or (found is Fit.HISTORY_LOST and base.digest in named)]
    if not fitting:
        return None
    nearest, how = max(fitting, key=lambda one: (one[0].layers, one[1] is Fit.BELOW, one[0].steps if one[1] is Fit.BELOW else 0))
    everyone = {(base.digest, base.platform): base for base in [*known, *(base for one in heard for base in one.bases)]}
    alike = [base for base in everyone.values() if (base.chain, base.instructions) == (nearest.chain, nearest.instructions)]
    alike = [base for base in alike if is_dated(image, base)] or alike
    offered = {base.digest for base, _ in fitting}
    best = max(alike, key=lambda base: (base.digest in offered, base.digest in named, _age(base)))
    return _Found(base=best, same=tuple(alike), is_direct=is_direct, fit=how)


def _keys(bases: Iterable[BaseImage]) -> frozenset[tuple[Digest, str]]:
    """Digest and platform: one index is another image on another platform."""
    return frozenset((base.digest, base.platform) for base in bases)


def _age(base: BaseImage) -> tuple[object, ...]:
    """To find the newest by, and of those of one age always the same one."""
    return (*base.age, base.digest)


def _told(image: Stack, heard: Sequence[Heard], found: _Found) -> FoundBase:
    base, same = found.base, _keys(found.same)
    by_layers = Claim(way=Way.LAYERS, base=base.reference, platform=base.platform, evidence=_evidence(image, found))
    named = [one.claim for one in heard if same & _keys(one.bases)]
    called = {str(one.reference) for one in found.same} - {str(base.reference)}
    return FoundBase(
        base=next(
            (one.base.at(tag=one.base.tag or base.tag or None, digest=base.digest) for one in named if one.base.name == base.name),
            base.reference,
        ),
        confidence=Confidence.PROVED if found.is_direct else Confidence.AT_LEAST,
        known_by=tuple(sorted((*named, by_layers), key=lambda claim: _WAYS.index(claim.way))),
        digests=frozenset(digest for one in found.same for digest in (one.digest, one.manifest)),
        also_called=tuple(sorted(called)),
    )


def _evidence(image: Stack, found: _Found) -> str:
    layers, of = found.base.layers, len(image.chains)
    told = f"its {layers} layer{'' if layers == 1 else 's'} {'is' if layers == 1 else 'are'} the lowest of {of}"
    match found.fit:
        case Fit.BELOW:
            told += f", and its {found.base.steps} steps the first ones of the image's history"
        case Fit.SAME:
            told += ", and the image adds no step to it"
        case _:
            told += "; no history tells more"
    return told if found.is_direct else f"{told}; images that are not known may lie between"


def _refuted(image: Stack, heard: Sequence[Heard], found: _Found | None) -> tuple[Claim, ...]:
    return tuple(replace(one.claim, evidence=f"{one.claim.evidence}, but {why}") for one, why in _wrong(image, heard, found))


def _wrong(image: Stack, heard: Sequence[Heard], found: _Found | None) -> Iterator[tuple[Heard, str]]:
    """What was said to be the base and is not, with the reason. A list of what a build used says that of none of them."""
    for one in heard:
        if one.said.says not in _OF_THE_BASE or not one.bases or one.problem:
            continue
        fits = {fit(image, base) for base in one.bases}
        if found is not None and _keys(found.same) & _keys(one.bases):
            continue
        if fits == {Fit.NOT_BELOW}:
            yield one, f"its layers are not the lowest of the image: {_REFUTED[one.claim.way]}, or it was squashed, flattened or rebased"
        elif found is not None and fits & {Fit.BELOW, Fit.BELOW_BY_LAYERS, Fit.HISTORY_LOST}:
            other = found.base.reference
            named = f"{other.familiar}{f':{other.tag}' if other.tag else ''}"
            is_above = any((base.layers, base.steps) > (found.base.layers, found.base.steps) for base in one.bases)
            yield one, f"its build did not use it, and used {named}" if is_above else f"{named}, which stands on it, lies between"


def _unchecked(image: Stack, heard: Sequence[Heard], found: _Found | None) -> tuple[Claim, ...]:
    same = _keys(found.same) if found else frozenset()
    doubtful = [one for one in heard if one.said.says in _OF_THE_BASE and not same & _keys(one.bases)]
    return tuple(_unverified(replace(one, problem=one.problem or _IN_DOUBT)) for one in doubtful if one.problem or _is_in_doubt(image, one))


def _is_in_doubt(image: Stack, one: Heard) -> bool:
    """Whether the layers say so and the history does not: it is another image of the same layers, or the history was written anew."""
    fits = {fit(image, base) for base in one.bases}
    return bool(fits & {Fit.OTHER_HISTORY, Fit.SAME}) and fits <= {Fit.NOT_BELOW, Fit.OTHER_HISTORY, Fit.SAME}


def _unverified(one: Heard) -> Claim:
    return replace(one.claim, evidence=f"{one.claim.evidence}; not checked: {one.problem}")


def _why_unknown(image: Stack, heard: Sequence[Heard], known: Sequence[BaseImage]) -> str:
    if not image.chains:
        return "it has no layers"
    listed = _whole_list(heard)
    if listed:
        said = f"the layers of none of the images that its build used ({names(one.claim for one in listed)}) are its lowest"
        return f"{said}: built from scratch, squashed, flattened or rebased"
    if any(one.said.says is Says.NO_BASE for one in heard):
        return "built from scratch: an annotation of its manifest or index says so"
    begun = [base for base in known if fit(image, base) is Fit.HISTORY_LOST]
    if begun:
        lowest = max(begun, key=lambda base: (base.layers, _age(base))).reference
        said = f"its lowest layers are those of {lowest.familiar}{f':{lowest.tag}' if lowest.tag else ''}"
        return f"{said}, but it has no history by which that one could be told from others that begin with them"
    beside = next((base for base in known if fit(image, base) is Fit.OTHER_HISTORY), None)
    if beside is not None:
        said = f"its lowest layers are those of {beside.reference.familiar}, but its history is not"
        return f"{said}: built on another image of the same layers, beside that one, or with a history written anew"
    one_layer = ", or squashed or flattened into its one layer" if len(image.chains) == 1 else ""
    return f"no known image's layers are its lowest: built from scratch, or on a base that was never seen{one_layer}"
