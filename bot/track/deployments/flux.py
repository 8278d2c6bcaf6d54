"""Status of Flux's objects, as `kubectl get kustomizations,helmreleases,gitrepositories,ocirepositories -A -o json` lists them.

(fluxcd.io: Kustomization, `.status.lastAppliedRevision` and `.status.conditions`; HelmRelease, `.status.history`; GitRepository.)
A Kustomization tells which commit of which repo it applied last, and no image; those stand in the files of that commit. What is not ready
runs what was applied before, and is in doubt where the new one may have come halfway. A HelmRelease that is ready runs its values; of one
that is not, the values of before are not told, and nothing is.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.clients.json_fields import Object, mapping, moment, text, within
from bot.model.deployment import Spot
from bot.model.image_override import ImageOverride
from bot.track.deployments.found import PassedOver, Unreadable
from bot.track.deployments.pods import objects_of
from bot.track.deployments.read import Applied, AppliedFolder, AppliedRelease, Listing

_GROUP: Final = ".toolkit.fluxcd.io"
SOURCES: Final = frozenset({"GitRepository", "OCIRepository", "Bucket", "ExternalArtifact"})
_APPLIED: Final = frozenset({"Kustomization", "HelmRelease"})
_COMMIT: Final = re.compile(r"(?:^|[:/@])([0-9a-f]{40})$", re.ASCII)
"""At the end of a revision: `main@sha1:…`, `main/…` of Flux before 0.36, `sha1:…`."""
_NAME: Final = 253
_MOST_SHOWN: Final = 200
_MOST_VALUES: Final = 1_000_000
"""Characters of a HelmRelease's object: what a cluster keeps of one has some 1.5 MB at most."""
_UNTOUCHED: Final = frozenset({"ArtifactFailed", "BuildFailed", "DependencyNotReady"})
"""Reasons of Kustomization for which nothing of the new revision has come to the cluster (kustomize-controller: condition types)."""

Name = tuple[str, str, str]
"""Kind, namespace and name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What an object says of itself."""

    is_ready: bool
    reason: str
    said: str
    is_suspended: bool
    is_seen: bool
    """Whether Flux has looked at the object as it is."""

    @property
    def why(self) -> str:
        return f"not ready ({self.reason or 'it does not say so'})" + (f": {self.said}" if self.said else "")


def is_flux(kind: str, item: Object) -> bool:
    """Whether an object is one of those that tell something here."""
    return kind in SOURCES | _APPLIED and text(item.get("apiVersion")).partition("/")[0].endswith(_GROUP)


def found_in(items: Sequence[tuple[str, Object]], listing: Listing) -> Iterator[Applied | PassedOver | Unreadable]:
    """What the objects of one list applied, each with its source; and what is not told."""
    sources: dict[Name, Object] = {(kind, *_name(item)): item for kind, item in items if kind in SOURCES}
    for (kind, namespace, name), source in sources.items():
        state = _state(source)
        if not state.is_ready and not state.is_suspended:
            yield PassedOver(why=f"source is {state.why} ({kind} {namespace}/{name}): what is newer is not fetched")
    for kind, item in items:
        if kind == "Kustomization":
            yield _kustomization(item, sources, listing)
        elif kind == "HelmRelease":
            yield _release(item, listing)


def _kustomization(item: Object, sources: Mapping[Name, Object], listing: Listing) -> Applied | PassedOver | Unreadable:
    namespace, name = _name(item)
    spec, status, state = within(item, "spec"), within(item, "status"), _state(item)
    target = text(spec.get("targetNamespace"))[:_NAME]
    if not listing.holds(target or namespace):
        return PassedOver(why="Kustomizations are for namespaces that are not asked for")
    spot = Spot(cluster=_cluster(spec, listing), namespace=target, workload=f"kustomization {namespace}/{name}")
    revision = text(status.get("lastAppliedRevision"))
    if not revision:
        return PassedOver(why=f"Kustomization has applied nothing yet, or does not tell ({spot.workload}, {state.why})")
    reference = within(spec, "sourceRef")
    kind, source_name = text(reference.get("kind")), text(reference.get("name"))
    source = sources.get((kind, text(reference.get("namespace")) or namespace, source_name))
    if kind != "GitRepository":
        told = f"applies {revision[:80]} of {kind[:40] or 'no source'} {source_name[:_NAME]}: what is in that is not told in Git"
        return Unreadable(what=f"{spot}: {told}; list the pods of its namespace too")
    url = text(within(source, "spec").get("url"))
    if source is None or not url:
        return Unreadable(what=f"{spot}: its GitRepository {source_name[:_NAME]} is not in the list; fetch both in one")
    commit = _COMMIT.search(revision)
    if commit is None:
        return Unreadable(what=f"{spot}: its revision {revision[:80]!r} names no commit")
    return AppliedFolder(
        listing=listing,
        spot=spot,
        names=tuple(filter(None, (target, name, text(spec.get("path")), spot.cluster))),
        since=_since(status, revision),
        doubt=_doubt(spec, state),
        frozen=_frozen(state, f"Kustomization {namespace}/{name}"),
        url=url,
        path=text(spec.get("path")),
        commit=commit[1],
        overrides=tuple(_overrides(spec)),
    )


def _doubt(spec: Object, state: _State) -> str:
    """Why something else may run than what was applied last; empty: it was waited for until it was healthy."""
    if not state.is_ready and state.reason not in _UNTOUCHED:
        return f"Flux says it is {state.why}"
    if not state.is_seen:
        return "Flux has not looked at it since it was changed"
    if spec.get("wait") is not True and not objects_of(spec.get("healthChecks")):
        return "Flux applied it and does not look whether it runs (wait, healthChecks)"
    if any(map(_may_name_image, objects_of(spec.get("patches")))):
        return "a patch of the Kustomization may name another image"
    return ""


def _release(item: Object, listing: Listing) -> Applied | PassedOver | Unreadable:
    namespace, name = _name(item)
    spec, status, state = within(item, "spec"), within(item, "status"), _state(item)
    target = text(spec.get("targetNamespace"))[:_NAME] or namespace
    if not listing.holds(target):
        return PassedOver(why="HelmReleases are for namespaces that are not asked for")
    spot = Spot(cluster=_cluster(spec, listing), namespace=target, workload=f"helmrelease {name}")
    if not state.is_ready:
        return PassedOver(why=f"HelmRelease is {state.why} ({spot.workload} in {target}): what it ran before is not told by its values")
    if not mapping(spec.get("values")):
        return PassedOver(why="HelmReleases have no values, so that the chart alone names their images")
    document = _as_json({key: item.get(key) for key in ("apiVersion", "kind", "metadata", "spec")})
    if document is None:
        return Unreadable(what=f"{spot}: it has more than {_MOST_VALUES:,} characters, or is nested too deep")
    return AppliedRelease(
        listing=listing,
        spot=spot,
        names=tuple(filter(None, (target, name, spot.cluster))),
        since=_deployed_at(status),
        doubt=_doubt_of_release(spec, state),
        frozen=_frozen(state, f"HelmRelease {namespace}/{name}"),
        document=document,
    )


def _doubt_of_release(spec: Object, state: _State) -> str:
    if not state.is_seen:
        return "Flux has not looked at it since it was changed"
    if objects_of(spec.get("valuesFrom")):
        return "its values come from elsewhere as well (valuesFrom)"
    if any(within(spec, action).get("disableWait") is True for action in ("install", "upgrade")):
        return "Flux does not wait until it runs (disableWait)"
    if any(map(_may_name_image, objects_of(spec.get("postRenderers")))):
        return "a post-renderer may name another image"
    return ""


def _state(item: Object) -> _State:
    status, spec = within(item, "status"), within(item, "spec")
    ready: Object = next((one for one in objects_of(status.get("conditions")) if text(one.get("type")) == "Ready"), {})
    seen, now = status.get("observedGeneration"), within(item, "metadata").get("generation")
    is_suspended = spec.get("suspend") is True
    # Suspending is a change that is not looked at any more.
    newest = [now, now - 1] if is_suspended and isinstance(now, int) else [now]
    return _State(
        is_ready=text(ready.get("status")) == "True",
        reason=text(ready.get("reason"))[:80],
        said=text(ready.get("message"))[:_MOST_SHOWN],
        is_suspended=is_suspended,
        is_seen=now is None or seen in newest,
    )


def _may_name_image(patch: Object) -> bool:
    written = _as_json(patch)
    return written is None or "image" in written


def _as_json(value: object) -> str | None:
    """None: too long, or nested too deep."""
    try:
        written = json.dumps(value)
    except RecursionError:
        return None
    return written if len(written) <= _MOST_VALUES else None


def _name(item: Object) -> tuple[str, str]:
    metadata = within(item, "metadata")
    return text(metadata.get("namespace"))[:_NAME], text(metadata.get("name"))[:_NAME]


def _cluster(spec: Object, listing: Listing) -> str:
    """What is applied by a kubeconfig goes to another cluster than the list is of."""
    secret = within(spec, "kubeConfig", "secretRef").get("name") or within(spec, "kubeConfig", "configMapRef").get("name")
    return text(secret)[:_NAME] if "kubeConfig" in spec else listing.cluster


def _since(status: Object, revision: str) -> datetime | None:
    """When the revision was applied first, where Flux keeps a history of its snapshots (since 2.7)."""
    of_it = [one for one in objects_of(status.get("history")) if text(within(one, "metadata").get("revision")) == revision]
    times = [moment(one.get("firstReconciled")) for one in of_it if text(one.get("lastReconciledStatus")) == "ReconciliationSucceeded"]
    # One snapshot may have come with several revisions and names the last of them: it is there since then at the latest.
    return min((time for time in times if time is not None), default=None)


def _deployed_at(status: Object) -> datetime | None:
    newest: Object = next(iter(objects_of(status.get("history"))), {})
    return moment(newest.get("lastDeployed")) if text(newest.get("status")) == "deployed" else None


def _frozen(state: _State, name: str) -> str:
    return f"{name} is suspended: Flux brings nothing new there until it is resumed" if state.is_suspended else ""


def _overrides(spec: Object) -> Iterator[ImageOverride]:
    for image in objects_of(spec.get("images")):
        if text(image.get("name")):
            yield ImageOverride(
                name=text(image.get("name")),
                new_name=text(image.get("newName")),
                tag=text(image.get("newTag")),
                digest=text(image.get("digest")),
            )
