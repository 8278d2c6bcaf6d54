"""Ratify with Gatekeeper: Rego and stores of keys decide, so that it is told that an image may be refused, and never who may sign."""

from collections.abc import Iterator
from typing import Final

from bot.clients.json_fields import mapping, text
from bot.inspect.admission.policy import Document, Enforcement, ImagePolicy, Wanted, documents_name, patterns

SYSTEM: Final = "Ratify"
_PROBLEM: Final = "what it demands is decided by Rego and by verifiers of Ratify, which are not evaluated"


def policies(document: Document, file: str) -> Iterator[ImagePolicy]:
    """A constraint of Gatekeeper whose template asks Ratify, by the name that Ratify's own have; an Executor of Ratify 2."""
    version, kind = text(document.get("apiVersion")), text(document.get("kind"))
    spec = mapping(document.get("spec"))
    is_constraint = version.startswith("constraints.gatekeeper.sh/") and "ratif" in kind.lower()
    is_executor = version.startswith("config.ratify.dev/") and kind == "Executor"
    if is_constraint or is_executor:
        action = text(spec.get("enforcementAction")) or "deny"
        yield ImagePolicy(
            system=SYSTEM,
            name=documents_name(document),
            file=file,
            match=patterns(["*"]),
            enforcement=Enforcement.REFUSED if action == "deny" else Enforcement.REPORTED,
            wanted=(Wanted(problem=_PROBLEM),),
        )
