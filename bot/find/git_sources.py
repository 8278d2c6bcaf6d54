"""The folders of git repos that Argo CD and Flux apply (argo-cd: Application specification; Flux: Kustomization, GitRepository).

What an object leaves to another one is looked for in all files of its repo: the GitRepository of a Kustomization, what a generator lists
for an ApplicationSet, the values of the chart whose template an Application is. What is not there stays unknown, with the reason.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import ListedTree
from bot.find.git_url import git_dependency
from bot.find.manifest import group_of, manifests
from bot.find.syntax.yaml import Mapping, Stream, read
from bot.find.template_parameters import Parameters, chart_of, filled, of_chart, of_generators
from bot.model.git_source import GitSource

_ARGO: Final = "argoproj.io"
_FLUX: Final = ".toolkit.fluxcd.io"
_MAX: Final = 10_000
"""Objects of one repo."""
_BY_HELM: Final = ("values", "valuesObject", "parameters", "valueFiles", "fileParameters")
"""What an Application may set of a chart's values (argo-cd: `source.helm`)."""


def may_have_sources(text: str) -> bool:
    """Whether objects of Argo CD or Flux may stand in a text. Cheap."""
    return "toolkit.fluxcd.io/" in text or "argoproj.io/" in text


@dataclass(frozen=True, kw_only=True)
class _Object:
    file: PurePosixPath
    stream: Stream
    manifest: Mapping

    @property
    def kind(self) -> str:
        return self.manifest.text("kind")

    @property
    def namespace(self) -> str:
        return self.manifest.text("metadata", "namespace")

    @property
    def name(self) -> str:
        return self.manifest.text("metadata", "name")


def git_sources(files: Iterable[PurePosixPath], tree: ListedTree, *, own: Collection[str] = ()) -> Iterator[GitSource]:
    """Every source in these files of a repo that is a folder of a git repo; charts are none.

    `own`: the addresses of the repo itself (`template_parameters.address`), for generators that list what lies in it.
    """
    objects = list(_objects(files, tree))
    repos = [one for one in objects if one.kind == "GitRepository" and group_of(one.manifest).endswith(_FLUX)]
    helm = {
        _folder(source.text("path"))
        for one in objects
        if one.kind == "Application" and group_of(one.manifest) == _ARGO
        for source in _sources(one.manifest.mapping("spec"))
        if any(source.at("helm", field) is not None for field in _BY_HELM)
    }
    for one in objects:
        group = group_of(one.manifest)
        match one.kind:
            case "Application" if group == _ARGO:
                chart = chart_of(one.file, tree)
                values = None if chart is not None and str(chart) in helm else of_chart(one.file, tree)
                yield from _of_application(one, one.manifest.mapping("spec"), values or {})
            case "ApplicationSet" if group == _ARGO:
                spec = one.manifest.mapping("spec", "template", "spec")
                yield from _distinct(
                    source for parameters in of_generators(one.manifest, tree, own=own) for source in _of_application(one, spec, parameters)
                )
            case "Kustomization" if group.endswith(_FLUX):
                yield from _of_kustomization(one, repos)
            case _:
                pass


def _objects(files: Iterable[PurePosixPath], tree: ListedTree) -> Iterator[_Object]:
    count = 0
    for file in files:
        stream = read(tree.read(file) or "")
        for document in stream.documents:
            for manifest in manifests(document):
                count += 1
                if count > _MAX:
                    return
                yield _Object(file=file, stream=stream, manifest=manifest)


def _distinct(sources: Iterable[GitSource]) -> list[GitSource]:
    return list(dict.fromkeys(sources))


def _sources(spec: Mapping | None) -> list[Mapping]:
    if spec is None:
        return []
    single, several = spec.mapping("source"), spec.sequence("sources")
    return [*([single] if single else []), *(several.mappings() if several else ())]


def _of_application(one: _Object, spec: Mapping | None, parameters: Parameters) -> Iterator[GitSource]:
    for source in _sources(spec):
        url = source.scalar("repoURL")
        if spec is None or url is None or source.text("chart") or not source.scalar("path"):
            continue

        yield GitSource(
            file=one.file,
            line=one.stream.line(url),
            name=f"{one.kind} {one.name}",
            repo=git_dependency(filled(url.value, parameters)),
            path=_folder(filled(source.text("path"), parameters)),
            revision=filled(source.text("targetRevision"), parameters),
            cluster=filled(spec.text("destination", "name") or spec.text("destination", "server"), parameters),
            namespace=filled(spec.text("destination", "namespace"), parameters),
        )


def _of_kustomization(one: _Object, repos: Sequence[_Object]) -> Iterator[GitSource]:
    spec = one.manifest.mapping("spec")
    reference = spec.mapping("sourceRef") if spec else None
    if spec is None or reference is None or reference.text("kind") != "GitRepository":
        return
    wanted = (reference.text("namespace") or one.namespace, reference.text("name"))
    found = _nearest(one, [repo for repo in repos if repo.name == wanted[1] and _may_be(wanted[0], repo.namespace)], wanted[0])
    name = reference.scalar("name")
    if name is None:
        return
    repo = None if isinstance(found, str) else found.manifest.scalar("spec", "url")
    yield GitSource(
        file=one.file,
        line=one.stream.line(repo if repo is not None and not isinstance(found, str) and found.file == one.file else name),
        name=f"Kustomization {one.name}",
        repo=None if repo is None else git_dependency(repo.value),
        path=_folder(spec.text("path")),
        revision="" if isinstance(found, str) else _revision(found),
        namespace=spec.text("targetNamespace"),
        problem=found if isinstance(found, str) else "" if repo is not None else "its GitRepository has no address",
    )


def _may_be(wanted: str, namespace: str) -> bool:
    """A namespace that is not written is set by whoever applies the file."""
    return wanted == namespace or not wanted or not namespace


def _nearest(one: _Object, repos: Sequence[_Object], namespace: str) -> "_Object | str":
    """The one that counts; else why nobody knows: the files of several clusters may name alike what is not the same."""
    exact = [repo for repo in repos if repo.namespace == namespace]
    candidates = exact or repos
    shared = max((_shared(one.file, repo.file) for repo in candidates), default=0)
    for some in (candidates, [repo for repo in candidates if _shared(one.file, repo.file) == shared]):
        if some and len({(repo.manifest.text("spec", "url"), _revision(repo)) for repo in some}) == 1:
            return some[0]
    wanted = f"GitRepository {one.manifest.text('spec', 'sourceRef', 'name')}"
    return f"{len(candidates)} different {wanted} are as near" if candidates else f"no file of its repo holds its {wanted}"


def _shared(one: PurePosixPath, other: PurePosixPath) -> int:
    """How many folders two files have in common, from the root."""
    count = 0
    for mine, theirs in zip(one.parent.parts, other.parent.parts, strict=False):
        if mine != theirs:
            break
        count += 1
    return count + 1000 * (one == other)


def _revision(repo: _Object) -> str:
    """The ref that counts (Flux: GitRepository, `.spec.ref`)."""
    refs = (repo.manifest.text("spec", "ref", field) for field in ("commit", "name", "semver", "tag", "branch"))
    return next((ref for ref in refs if ref), "master")


def _folder(written: str) -> str:
    return "/".join(part for part in written.split("/") if part not in {"", "."})
