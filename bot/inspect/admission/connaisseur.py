"""Connaisseur: validators and the image policy in its Helm values, where the closest pattern counts.

They stand below `application` from version 3 on, and on top before.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from bot.clients.json_fields import mapping, objects, text, within
from bot.inspect.admission.kyverno import text_of_keys
from bot.inspect.admission.policy import Document, Enforcement, ImagePolicy, Wanted, patterns, pem_keys

SYSTEM: Final = "Connaisseur"
_DEFAULT: Final = "default"


def policies(document: Document, file: str) -> Iterator[ImagePolicy]:
    """The demands of one file of values; nothing: it is not Connaisseur's."""
    values = mapping(document.get("application")) or document
    entries = [entry for entry in objects(values.get("policy")) if text(entry.get("pattern"))]
    validators = {text(one.get("name")): one for one in objects(values.get("validators"))}
    if not entries or not validators:
        return
    is_audit = text(within(values, "features").get("detectionMode") or values.get("detectionMode")).lower() == "true"
    for entry in entries:
        pattern = text(entry.get("pattern"))
        wanted = _wanted(entry, validators)
        yield ImagePolicy(
            system=SYSTEM,
            name=pattern,
            file=file,
            match=patterns([pattern]),
            skip=patterns([closer for one in entries if _weight(closer := text(one.get("pattern"))) > _weight(pattern)]),
            enforcement=Enforcement.REPORTED if is_audit else Enforcement.REFUSED,
            wanted=() if wanted is None else (wanted,),
        )


def _weight(pattern: str) -> int:
    """How close a pattern is: by what is written in it besides wildcards."""
    return len(pattern.replace("*", ""))


def _wanted(entry: Document, validators: Mapping[str, Document]) -> Wanted | None:
    """What has to be there; None: anything passes."""
    named = text(entry.get("validator")) or _DEFAULT
    validator = validators.get(named)
    if validator is None:
        return Wanted(problem=f"its validator {named[:60]} is not in this file")
    kind = text(validator.get("type"))
    options = mapping(entry.get("with"))
    if kind == "static":
        passes = text(validator.get("approve")).lower() == "true"
        return None if passes else Wanted(problem="it lets nothing in")
    if kind != "cosign":
        return Wanted(problem=f"it asks for signatures of another kind ({kind[:40] or 'none named'}), which are not held against it")
    return _of_roots(validator, options)


def _of_roots(validator: Document, options: Document) -> Wanted:
    roots = {text(one.get("name")): one for one in objects(validator.get("trustRoots"))}
    named = text(options.get("trustRoot")) or _DEFAULT
    threshold = text(options.get("threshold")) or "1"
    chosen = list(roots.values()) if named == "*" else [roots[named]] if named in roots else []
    if not chosen:
        return Wanted(problem=f"its trust root {named[:60]} is not in this file")
    if len(chosen) > 1 and threshold != "1":
        return Wanted(problem=f"it asks for {threshold[:20]} of {len(chosen)} signatures, which are not counted")
    inline = [pem_keys(text_of_keys(one.get("key"))) for one in chosen]
    keys = tuple(key for found in inline for key in found)
    gap = "a trust root is none of keys that stand in the file, and is not asked"
    if not keys:
        return Wanted(problem=gap)
    return Wanted(keys=keys, gaps=(gap,) if not all(inline) else ())
