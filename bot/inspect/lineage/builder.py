"""Who says to have built an image, and from what, by its provenance (slsa.dev v0.2 and v1, as BuildKit and GitHub's workflows write it)."""

from collections.abc import Mapping
from typing import Any, Final

from bot.clients.json_fields import mapping, objects, text, within
from bot.model.lineage import BuiltBy

_MAX_SHOWN: Final = 300
_MAX_DEPENDENCIES: Final = 200
_GIT: Final = "git+"
_BUILDKIT_V02: Final = "https://mobyproject.org/buildkit@v1#metadata"


def built_by(told: Mapping[str, Any], where: str) -> BuiltBy | None:
    """Of one document; None: it names neither builder nor source."""
    definition = told.get("buildDefinition")
    found = _v1(told, mapping(definition), where) if isinstance(definition, dict) else _v02(told, where)
    return found if found.builder or found.source else None


def _v1(told: Mapping[str, Any], definition: Mapping[str, Any], where: str) -> BuiltBy:
    run = within(told, "runDetails")
    workflow, context = (within(definition, "externalParameters", key) for key in ("workflow", "configSource"))
    source, revision = _shown(workflow.get("repository")), ""
    if source:
        revision = _resolved(definition, source)
    else:
        source, revision = _source(context, within(run, "metadata", "buildkit_metadata", "vcs"))
    file, ref = _shown(workflow.get("path")), _shown(workflow.get("ref"))
    return BuiltBy(
        where=where,
        builder=_shown(within(run, "builder").get("id")),
        source=source,
        revision=revision,
        workflow=f"{file}@{ref}" if file and ref else file,
    )


def _v02(told: Mapping[str, Any], where: str) -> BuiltBy:
    context = within(told, "invocation", "configSource")
    source, revision = _source(context, within(told, "metadata", _BUILDKIT_V02, "vcs"))
    return BuiltBy(where=where, builder=_shown(within(told, "builder").get("id")), source=source, revision=revision)


def _source(context: Mapping[str, Any], checkout: Mapping[str, Any]) -> tuple[str, str]:
    """The repo and commit of a build's context; of one on the builder's disk those that were checked out there."""
    uri = _shown(context.get("uri"))
    if uri:
        digest = within(context, "digest")
        return uri.removeprefix(_GIT), _shown(digest.get("sha1") or digest.get("gitCommit"))
    return _shown(checkout.get("source")), _shown(checkout.get("revision"))


def _resolved(definition: Mapping[str, Any], source: str) -> str:
    """The commit of the source among what a build used."""
    listed = definition.get("resolvedDependencies")
    for one in objects(listed[:_MAX_DEPENDENCIES] if isinstance(listed, list) else []):
        if _shown(one.get("uri")).removeprefix(_GIT).partition("@")[0] == source:
            return _shown(within(one, "digest").get("gitCommit"))
    return ""


def _shown(value: object) -> str:
    return text(value)[:_MAX_SHOWN]
