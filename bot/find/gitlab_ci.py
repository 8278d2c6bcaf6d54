"""GitLab CI/CD (YAML syntax reference): image and services, global, by default and of each job; components and files that are included.

Variables are resolved by what the file gives them, those of the job before the global ones. What a project's settings say is not known.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.git_url import git_dependency
from bot.find.interpolated import Interpolation
from bot.find.reference import find_reference, version_pin
from bot.find.syntax.yaml import Mapping, Node, Scalar, Sequence, read
from bot.find.yaml_pins import YamlSource
from bot.model.pin import Finding, Role

_FILES: Final = re.compile(r"(?:.*/)?(?:[^/]*\.gitlab-ci|\.gitlab-ci[^/]*)\.ya?ml|(?:.*/)?\.gitlab/ci/.*\.ya?ml")
_NO_JOBS: Final = frozenset({"variables", "workflow", "include", "stages", "spec", "cache"})
_COMPONENT: Final = re.compile(
    r"(?P<project>[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}(?::[0-9]{1,5})?(?:/[\w.-]{1,100}){1,10})/[\w-]{1,100}@(?P<ref>[^\s@]{1,200})", re.ASCII
)
_VERSION: Final = re.compile(r"v?[0-9]{1,6}(?:\.[0-9]{1,6}){0,3}(?:[-+][\w.+-]{1,60})?", re.ASCII)
_HUB_PROXY: Final = re.compile(r"\$\{?CI_DEPENDENCY_PROXY_(?:DIRECT_)?GROUP_IMAGE_PREFIX\}?/")
"""GitLab's pull-through cache of Docker Hub: what stands behind it is a name on Docker Hub."""


class GitlabCiFinder:
    name = "gitlab-ci"
    precedence = 10

    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(str(path).lower()) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - included files are found themselves
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        for document in source.stream.mappings():
            seen: set[int] = set()
            for image, variables in _images(document):
                if id(image) not in seen:
                    seen.add(id(image))
                    yield _find(source, image, Interpolation.of_scalars(variables))
            include = document.get("include")
            for entry in include.mappings() if isinstance(include, Sequence) else (include,):
                if isinstance(entry, Mapping):
                    yield from _find_included(source, entry)


def _images(document: Mapping) -> Iterator[tuple[Scalar, dict[str, Scalar]]]:
    """The images of the file itself, then those of `default` and of each job, in reading order, each with the variables there."""
    everywhere = _variables(document)
    jobs = [document, *(value for key, value in document.entries() if isinstance(value, Mapping) and key.value not in _NO_JOBS)]
    for job in jobs:
        variables = everywhere if job is document else everywhere | _variables(job)
        services = job.sequence("services")
        nodes: tuple[Node | None, ...] = (job.get("image"), *(services.items if isinstance(services, Sequence) else ()))
        for node in nodes:
            image = node.scalar("name") if isinstance(node, Mapping) else node
            if isinstance(image, Scalar) and image.value and not image.is_null:
                yield image, variables


def _variables(job: Mapping) -> dict[str, Scalar]:
    variables = job.mapping("variables")
    values = (
        (key.value, node.scalar("value") if isinstance(node, Mapping) else node) for key, node in (variables.entries() if variables else ())
    )
    return {name: value for name, value in values if isinstance(value, Scalar)}


def _find(source: YamlSource, image: Scalar, interpolation: Interpolation) -> Finding:
    proxied = _HUB_PROXY.match(image.value)
    if proxied and image.is_exact:
        return find_reference(source.literal(image, part=image.value[proxied.end() :]), role=Role.CI_IMAGE)
    return interpolation.reference(source, image, role=Role.CI_IMAGE)


def _find_included(source: YamlSource, entry: Mapping) -> Iterator[Finding]:
    component, remote, ref = entry.scalar("component"), entry.scalar("remote"), entry.scalar("ref")
    if component is not None:
        yield _find_component(source, component)
    elif remote is not None:
        found = source.git(remote)
        if found is not None:
            yield found
    elif ref is not None and entry.get("project") is not None and _VERSION.fullmatch(ref.value):
        yield source.skip(ref, "a project of the GitLab that runs the pipeline, whose address is not in the file")


def _find_component(source: YamlSource, component: Scalar) -> Finding:
    reason = source.obstacle(component)
    match = _COMPONENT.fullmatch(component.value)
    if reason or match is None:
        return source.skip(component, reason or "no component: host/project/name@version")
    ref = match["ref"]
    if not _VERSION.fullmatch(ref):
        return source.skip(component, "a branch, a commit or ~latest: nothing is released under it")
    dependency = git_dependency(f"https://{match['project']}")
    return version_pin(source.literal(component, part=ref), dependency=dependency, name=match["project"], role=Role.GIT, scheme="semver")


PLUGIN: Final[Finder] = GitlabCiFinder()
