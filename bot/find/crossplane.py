"""Crossplane packages: Provider, Configuration, Function, and the packages a Configuration depends on (crossplane.io: packages)."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.image_map import is_pinned
from bot.find.manifest import group_of, manifests
from bot.find.syntax.yaml import Mapping, read
from bot.find.yaml_pins import YamlSource, distinct, is_yaml
from bot.model.dependency import OCI, Dependency
from bot.model.pin import Finding, Role, Skip

_PACKAGES: Final = "pkg.crossplane.io"
_DEPENDENCIES: Final = ("provider", "configuration", "function", "package")
_NO_HOST: Final = "a package without a host comes from the control plane's default registry, which is not known here"


class CrossplaneFinder:
    """The packages that a control plane installs, and those that crossplane.yaml names with a version or range."""

    name = "crossplane"

    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path)

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - a package stands in one file
        if _PACKAGES not in text:
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        objects = (manifest for document in source.stream.documents for manifest in manifests(document))
        yield from distinct(finding for manifest in objects for finding in _find_in_object(source, manifest))


def _find_in_object(source: YamlSource, manifest: Mapping) -> Iterator[Finding]:
    match group_of(manifest):
        case "pkg.crossplane.io":
            package = manifest.scalar("spec", "package")
            if package and is_pinned(package.value):
                found = source.reference(package)
                has_host = "." in package.value.partition("/")[0]
                yield found if has_host or isinstance(found, Skip) else source.skip(package, _NO_HOST)
        case "meta.pkg.crossplane.io":
            dependencies = manifest.sequence("spec", "dependsOn")
            for dependency in dependencies.mappings() if dependencies else ():
                yield from _dependency(source, dependency)
            image = manifest.scalar("spec", "controller", "image") or manifest.scalar("spec", "image")
            if image:
                yield source.reference(image)
        case _:
            pass


def _dependency(source: YamlSource, dependency: Mapping) -> Iterator[Finding]:
    version = dependency.scalar("version")
    name = next(filter(None, (dependency.text(field) for field in _DEPENDENCIES)), "")
    if version and name:
        package = Dependency(datasource=OCI, name=name)
        yield source.version(version, dependency=package, name=name, role=Role.IMAGE, scheme="semver")


PLUGIN: Final[Finder] = CrossplaneFinder()
