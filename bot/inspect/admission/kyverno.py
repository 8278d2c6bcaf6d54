"""Kyverno: `verifyImages` of ClusterPolicy and Policy (kyverno.io), and ImageValidatingPolicy (policies.kyverno.io)."""

from collections.abc import Iterator, Sequence
from typing import Final

import re2  # type: ignore[import-untyped]

from bot.clients.json_fields import mapping, objects, text, texts, within
from bot.inspect.admission.policy import (
    Document,
    Enforcement,
    ImagePolicy,
    Wanted,
    demands,
    documents_name,
    identity,
    patterns,
    pem_keys,
    specification,
)

SYSTEM: Final = "Kyverno"
_ALL: Final = patterns(["*"])
_VALIDATED: Final = re2.compile(
    r"\s*images\.\w+\.map\(\s*(\w+)\s*,\s*verifyImageSignatures\(\s*(\w+)\s*,\s*\[([\w\s.,]*)\]\s*\)\s*\)"
    r"\.all\(\s*(\w+)\s*,\s*(\w+)\s*>\s*0\s*\)\s*"
)
"""The one form of a validation (CEL) that says: each image has a signature by one of these attestors."""


def policies(document: Document, file: str) -> Iterator[ImagePolicy]:
    """The demands of one manifest; nothing: it is none of Kyverno's, or demands no signature."""
    group = text(document.get("apiVersion")).partition("/")[0]
    kind = text(document.get("kind"))
    if group == "kyverno.io" and kind in {"ClusterPolicy", "Policy"}:
        yield from _of_rules(document, file)
    elif group == "policies.kyverno.io" and kind in {"ImageValidatingPolicy", "NamespacedImageValidatingPolicy"}:
        yield _of_validations(document, file)


def _of_rules(document: Document, file: str) -> Iterator[ImagePolicy]:
    spec = specification(document)
    for rule in demands(spec.get("rules")):
        for one in demands(rule.get("verifyImages")):
            action = text(one.get("failureAction")) or text(spec.get("validationFailureAction")) or "Audit"
            listed = texts(one.get("imageReferences")) + texts(one.get("image"))
            yield ImagePolicy(
                system=SYSTEM,
                name="/".join(filter(None, (documents_name(document), text(rule.get("name"))))),
                file=file,
                match=patterns(listed) or _ALL,
                skip=patterns(texts(one.get("skipImageReferences"))),
                enforcement=Enforcement.REFUSED if action.lower() == "enforce" else Enforcement.REPORTED,
                wanted=tuple(_of_verification(one, has_resources=bool(rule.get("preconditions") or rule.get("celPreconditions")))),
            )


def _of_verification(one: Document, *, has_resources: bool) -> Iterator[Wanted]:
    if text(one.get("required")).lower() == "false":
        return
    if text(one.get("type")).lower() == "notary":
        yield Wanted(problem="it asks for signatures of Notary, which are not held against it")
        return
    if one.get("attestations"):
        yield Wanted(problem="it asks for attestations and what they say, which is not held against them")
    if text(one.get("repository")):
        yield Wanted(problem="it has signatures looked for in another repository, which is not asked")
    if has_resources:
        yield Wanted(problem="it has preconditions, which are not evaluated")
    attestors = demands(one.get("attestors"))
    if not attestors and not one.get("attestations") and (text(one.get("key")) or text(one.get("issuer"))):
        yield _entry(one)
    for attestor in attestors:
        yield from _of_attestor(attestor)


def _of_attestor(attestor: Document) -> Iterator[Wanted]:
    """Without a count all of its entries have to match, and each key of a list is an entry of its own (Kyverno, CRD `attestors`)."""
    read = [_entry(entry) for entry in demands(attestor.get("entries"))]
    found = [part for one in read for part in ([Wanted(keys=(key,)) for key in one.keys] if len(one.keys) > 1 else [one])]
    count = text(attestor.get("count")) or str(len(found))
    if not found:
        yield Wanted(problem="an attestor names nobody")
    elif count == str(len(found)):
        yield from found
    elif count == "1":
        yield _any_of(found)
    else:
        yield Wanted(problem=f"it asks for {count[:20]} of {len(found)} signatures, which are not counted")


def _any_of(found: Sequence[Wanted]) -> Wanted:
    keys, identities = (tuple(item for one in found for item in getattr(one, name)) for name in ("keys", "identities"))
    gaps = tuple(gap for one in found for gap in (*one.gaps, one.problem) if gap)
    return Wanted(keys=keys, identities=identities, gaps=gaps, problem="" if keys or identities else "; ".join(gaps))


def _entry(entry: Document) -> Wanted:
    """Who is named by one entry. Whether a signature by a key is logged, as Kyverno wants unless `ignoreTlog` is set, is not looked at."""
    if entry.get("attestor"):
        return Wanted(problem="it has attestors within attestors, which are not read")
    if entry.get("annotations"):
        return Wanted(problem="it asks for annotations of the signature, which are not compared")
    keys = mapping(entry.get("keys"))
    written = text_of_keys(keys.get("publicKeys")) or text_of_keys(entry.get("key"))
    if keys or entry.get("key"):
        inline = pem_keys(written)
        return Wanted(keys=inline) if inline else Wanted(problem="its key is in a secret or a key service, which is not asked")
    keyless = mapping(entry.get("keyless")) or (entry if entry.get("issuer") else {})
    if not keyless:
        return Wanted(problem="it trusts certificates of its own, which are not read")
    if keyless.get("roots") or within(keyless, "rekor").get("pubkey") or within(keyless, "ctlog").get("pubkey"):
        return Wanted(problem="it trusts a Sigstore of its own, which is not read; name its trusted_root in `signatures`")
    who = identity(keyless)
    return Wanted(identities=(who,)) if who else Wanted(problem="whom it trusts is not told, or not understood")


def text_of_keys(value: object) -> str:
    """A key as it is written: longer than other fields may be."""
    most = 100_000
    return value[:most] if isinstance(value, str) else ""


def _of_validations(document: Document, file: str) -> ImagePolicy:
    spec = specification(document)
    actions = {action.lower() for action in texts(spec.get("validationActions"))} or {"deny"}
    references = demands(spec.get("matchImageReferences"))
    globs = [text(one.get("glob")) for one in references if text(one.get("glob"))]
    by_expression = any(one.get("expression") for one in references)
    wanted = list(_validations(spec))
    if by_expression:
        wanted.append(Wanted(problem="it says by an expression which images it is about, which is not evaluated"))
    if spec.get("matchConditions"):
        wanted.append(Wanted(problem="it has conditions, which are not evaluated"))
    return ImagePolicy(
        system=SYSTEM,
        name=documents_name(document),
        file=file,
        match=_ALL if by_expression or not globs else patterns(globs),
        enforcement=Enforcement.REFUSED if "deny" in actions else Enforcement.REPORTED,
        wanted=tuple(wanted),
    )


def _validations(spec: Document) -> Iterator[Wanted]:
    attestors = {text(one.get("name")): _attestor(one) for one in objects(spec.get("attestors"))}
    for validation in demands(spec.get("validations")):
        found = _VALIDATED.fullmatch(text(validation.get("expression")))
        names = [name.strip().removeprefix("attestors.") for name in found.group(3).split(",")] if found else []
        if not found or found.group(1) != found.group(2) or found.group(4) != found.group(5) or not set(names) <= set(attestors):
            yield Wanted(problem="one of its expressions was not understood")
        else:
            yield _any_of([attestors[name] for name in names])


def _attestor(told: Document) -> Wanted:
    cosign = mapping(told.get("cosign"))
    if not cosign:
        return Wanted(problem="it asks for signatures of Notary, which are not held against it")
    if cosign.get("annotations") or cosign.get("source"):
        return Wanted(problem="it asks for annotations or another place of the signature, which is not held against it")
    if cosign.get("key"):
        inline = pem_keys(text_of_keys(within(cosign, "key").get("data")))
        return Wanted(keys=inline) if inline else Wanted(problem="its key is in a secret or a key service, which is not asked")
    keyless = mapping(cosign.get("keyless"))
    if keyless.get("roots") or not keyless:
        return Wanted(problem="it trusts certificates of its own, which are not read")
    found = [identity(one) for one in objects(keyless.get("identities"))]
    known = tuple(one for one in found if one is not None)
    return Wanted(identities=known) if known else Wanted(problem="whom it trusts is not told, or not understood")
