"""Sigstore's policy-controller: ClusterImagePolicy (policy.sigstore.dev). An image passes by any authority of each policy that fits it."""

from collections.abc import Iterator
from typing import Final

from bot.clients.json_fields import mapping, objects, text, within
from bot.inspect.admission.kyverno import text_of_keys
from bot.inspect.admission.policy import (
    Document,
    Enforcement,
    Grammar,
    ImagePolicy,
    Wanted,
    demands,
    documents_name,
    identity,
    patterns,
    pem_keys,
    specification,
)

SYSTEM: Final = "Sigstore policy-controller"


def policies(document: Document, file: str) -> Iterator[ImagePolicy]:
    """The demand of one manifest; nothing: it is no ClusterImagePolicy."""
    is_ours = text(document.get("apiVersion")).startswith("policy.sigstore.dev/")
    if not is_ours or text(document.get("kind")) != "ClusterImagePolicy":
        return
    spec = specification(document)
    globs = [text(one.get("glob")) for one in demands(spec.get("images"))]
    wanted = _wanted(spec) if globs and all(globs) else Wanted(problem="which images it is about was not understood")
    yield ImagePolicy(
        system=SYSTEM,
        name=documents_name(document),
        file=file,
        match=patterns(["**" if one == "*" else one for one in globs if one] or ["**"], Grammar.SEGMENTS),
        enforcement=Enforcement.REPORTED if text(spec.get("mode")) == "warn" else Enforcement.REFUSED,
        wanted=() if wanted is None else (wanted,),
    )


def _wanted(spec: Document) -> Wanted | None:
    """What has to be there; None: anything passes."""
    authorities = objects(spec.get("authorities"))
    actions = {text(within(one, "static").get("action")) for one in authorities if one.get("static")}
    if "pass" in actions and not spec.get("policy"):
        return None
    read = [_authority(one) for one in authorities if not one.get("static")]
    keys, identities = (tuple(item for one in read for item in getattr(one, name)) for name in ("keys", "identities"))
    gaps = tuple(one.problem for one in read if one.problem)
    if spec.get("policy"):
        return Wanted(problem="it has a policy of its own in CUE or Rego, which is not evaluated")
    if keys or identities:
        return Wanted(keys=keys, identities=identities, gaps=gaps)
    return Wanted(problem="; ".join(gaps) or "it lets nothing in" if authorities else "it names no authority")


def _authority(told: Document) -> Wanted:
    if told.get("attestations"):
        return Wanted(problem="an authority asks for attestations, which are not held against it")
    if told.get("source"):
        return Wanted(problem="an authority has signatures looked for in another place, which is not asked")
    if told.get("key"):
        inline = pem_keys(text_of_keys(within(told, "key").get("data")))
        return Wanted(keys=inline) if inline else Wanted(problem="an authority's key is in a secret or a key service, which is not asked")
    keyless = mapping(told.get("keyless"))
    if not keyless:
        return Wanted(problem="an authority is of a kind that is not read")
    if keyless.get("ca-cert") or keyless.get("trustRootRef"):
        return Wanted(problem="an authority trusts a Sigstore of its own, which is not read")
    known = tuple(filter(None, map(identity, objects(keyless.get("identities")))))
    return Wanted(identities=known) if known else Wanted(problem="whom an authority trusts is not told, or not understood")
