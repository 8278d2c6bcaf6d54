"""Images that the manifests of a Kustomize base name without a tag, because the kustomizations above set it (kustomize: `images`)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from bot.find.kubernetes import KubernetesFinder
from bot.find.kustomize import KustomizeFinder
from bot.model.pin import Finding, Pin, Skip

_NAMED: Final = 3
"""How many places a reason names."""


def with_set_elsewhere(findings: Iterable[Finding]) -> Iterator[Finding]:
    """All findings of a tree, in their order: an image without tag and digest in a manifest is no pin where a kustomization sets one.

    Docker would read `latest`; but that is not what runs, and whatever was proposed there would be overwritten.
    """
    known = tuple(findings)
    setters: dict[str, list[Pin]] = defaultdict(list)
    for one in known:
        if isinstance(one, Pin) and one.finder == KustomizeFinder.name and (one.value or one.digest):
            setters[str(one.dependency)].append(one)
    for one in known:
        is_open = isinstance(one, Pin) and one.finder == KubernetesFinder.name and not (one.value or one.digest)
        yield _skip(one, setters[str(one.dependency)]) if isinstance(one, Pin) and is_open and str(one.dependency) in setters else one


def _skip(pin: Pin, setters: list[Pin]) -> Skip:
    places = ", ".join(f"{one.file}:{one.line}" for one in setters[:_NAMED])
    more = f" and {len(setters) - _NAMED} more" if len(setters) > _NAMED else ""
    return Skip(
        file=pin.file, line=pin.line, text=pin.name, reason=f"it has no tag here; kustomizations set one: {places}{more}", finder=pin.finder
    )
