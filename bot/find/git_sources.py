"""The folders of git repos that Argo CD and Flux apply (argo-cd: Application specification; Flux: Kustomization, GitRepository)."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.git_url import git_dependency
from bot.find.manifest import group_of, manifests
from bot.find.syntax.yaml import Mapping, Stream, read
from bot.model.git_source import GitSource

FINDERS: Final = frozenset({"argo-cd", "flux"})
"""A file in which one of them found something may have sources."""
_ARGO: Final = "argoproj.io"
_FLUX: Final = ".toolkit.fluxcd.io"
_MAX: Final = 1_000


def git_sources(path: PurePosixPath, text: str) -> Iterator[GitSource]:
    """Every source in a file that is a folder of a git repo; charts are none."""
    stream = read(text)
    objects = [manifest for document in stream.documents for manifest in manifests(document)][:_MAX]
    repos = {_named(one): one for one in objects if one.text("kind") == "GitRepository" and group_of(one).endswith(_FLUX)}
    for one in objects:
        match one.text("kind"):
            case "Application" if group_of(one) == _ARGO:
                yield from _of_application(path, one, one.mapping("spec"), stream)
            case "ApplicationSet" if group_of(one) == _ARGO:
                yield from _of_application(path, one, one.mapping("spec", "template", "spec"), stream)
            case "Kustomization" if group_of(one).endswith(_FLUX):
                yield from _of_kustomization(path, one, repos, stream)
            case _:
                pass


def _of_application(path: PurePosixPath, application: Mapping, spec: Mapping | None, stream: Stream) -> Iterator[GitSource]:
    if spec is None:
        return
    single, several = spec.mapping("source"), spec.sequence("sources")
    for source in (*([single] if single else []), *(several.mappings() if several else ())):
        url = source.scalar("repoURL")
        if url is None or source.text("chart") or not source.scalar("path"):
            continue
        yield GitSource(
            file=path,
            line=stream.line(url),
            name=f"{application.text('kind')} {application.text('metadata', 'name')}",
            repo=git_dependency(url.value),
            path=_folder(source.text("path")),
            revision=source.text("targetRevision"),
            cluster=spec.text("destination", "name") or spec.text("destination", "server"),
            namespace=spec.text("destination", "namespace"),
        )


def _of_kustomization(
    path: PurePosixPath, kustomization: Mapping, repos: dict[tuple[str, str], Mapping], stream: Stream
) -> Iterator[GitSource]:
    spec = kustomization.mapping("spec")
    if spec is None or spec.text("sourceRef", "kind") != "GitRepository":
        return
    own = kustomization.text("metadata", "namespace")
    repo = repos.get((spec.text("sourceRef", "namespace") or own, spec.text("sourceRef", "name")))
    url = repo.scalar("spec", "url") if repo is not None else None
    if repo is None or url is None:
        return  # it may stand in another file, or be made by hand
    refs = (repo.text("spec", "ref", field) for field in ("commit", "tag", "semver", "name", "branch"))
    yield GitSource(
        file=path,
        line=stream.line(url),
        name=f"Kustomization {kustomization.text('metadata', 'name')}",
        repo=git_dependency(url.value),
        path=_folder(spec.text("path")),
        revision=next((ref for ref in refs if ref), "master"),
        namespace=spec.text("targetNamespace"),
    )


def _named(manifest: Mapping) -> tuple[str, str]:
    return manifest.text("metadata", "namespace"), manifest.text("metadata", "name")


def _folder(written: str) -> str:
    return "/".join(part for part in written.split("/") if part not in {"", "."})
