"""Skaffold (skaffold.yaml reference): builders, tools that run in images, Helm releases. The artifacts' own images are outputs."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.syntax.yaml import Mapping, Scalar, read
from bot.find.syntax.yaml_paths import select
from bot.find.yaml_pins import YamlSource, is_yaml
from bot.model.pin import Finding, Role

_API: Final = "skaffold/v"
_ROLES: Final = {
    "build.artifacts[].buildpacks.builder": Role.BUILD_BASE,
    "build.artifacts[].buildpacks.runImage": Role.FINAL_BASE,
    "build.artifacts[].jib.fromImage": Role.FINAL_BASE,
    "build.artifacts[].ko.fromImage": Role.FINAL_BASE,
    "build.artifacts[].kaniko.image": Role.CI_IMAGE,
    "build.artifacts[].kaniko.initImage": Role.CI_IMAGE,
    "build.googleCloudBuild.dockerImage": Role.CI_IMAGE,
    "build.googleCloudBuild.kanikoImage": Role.CI_IMAGE,
    "build.googleCloudBuild.mavenImage": Role.CI_IMAGE,
    "build.googleCloudBuild.gradleImage": Role.CI_IMAGE,
    "build.googleCloudBuild.packImage": Role.CI_IMAGE,
    "build.googleCloudBuild.koImage": Role.CI_IMAGE,
    "build.googleCloudBuild.bazelImage": Role.CI_IMAGE,
    "customActions[].containers[].image": Role.CI_IMAGE,
    "verify[].container.image": Role.CI_IMAGE,
}
_RELEASES: Final = ("manifests.helm.releases[]", "render.helm.releases[]", "deploy.helm.releases[]")
_OCI: Final = "oci://"


class SkaffoldFinder:
    name = "skaffold"
    precedence = 10

    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path)

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        if _API not in text:
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        for document in source.stream.mappings():
            if document.text("apiVersion").startswith(_API):
                for pipeline in (document, *select(document, "profiles[]")):
                    if isinstance(pipeline, Mapping):
                        yield from _find_in_pipeline(source, pipeline)


def _find_in_pipeline(source: YamlSource, pipeline: Mapping) -> Iterator[Finding]:
    own = {artifact.value for artifact in select(pipeline, "build.artifacts[].image") if isinstance(artifact, Scalar)}
    for path, role in _ROLES.items():
        for node in select(pipeline, path):
            if isinstance(node, Scalar) and node.value and node.value not in own:
                yield source.reference(node, role=role)
    for path in _RELEASES:
        for release in (node for node in select(pipeline, path) if isinstance(node, Mapping)):
            yield from _find_chart(source, release)


def _find_chart(source: YamlSource, release: Mapping) -> Iterator[Finding]:
    version, chart, repository = release.scalar("version"), release.text("remoteChart"), release.text("repo")
    if version is None or not version.value or not chart:
        return
    if chart.startswith(_OCI):
        yield source.chart(version, repository=chart, chart="")
    elif repository.startswith(("http://", "https://", _OCI)):
        yield source.chart(version, repository=repository, chart=chart)
    else:
        yield source.skip(version, "the chart's repository is a name that only Helm's own configuration resolves; give it as `repo`")


PLUGIN: Final[Finder] = SkaffoldFinder()
