"""Crossplane packages: Provider, Configuration, Function, and the packages a Configuration depends on (crossplane.io: packages)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bot.find.finder import Finder
from bot.find.image_map import is_pinned
from bot.find.manifest import group_of
from bot.find.objects import ObjectsFinder
from bot.find.syntax.yaml import Mapping
from bot.find.yaml_pins import YamlSource
from bot.model.dependency import OCI, Dependency
from bot.model.pin import Finding, Pin, Role

_PACKAGES: Final = "pkg.crossplane.io"
_META: Final = "meta.pkg.crossplane.io"
_DEPENDENCIES: Final = ("provider", "configuration", "function", "package")
_DEFAULT_REGISTRY: Final = "xpkg.upbound.io"
"""Where Crossplane 1.9 to 1.20 looks for a package without a host; later ones want the host."""


def _find_in_object(source: YamlSource, manifest: Mapping) -> Iterator[Finding]:
    if group_of(manifest) == _META:
        yield from _find_in_package_file(source, manifest)
        return
    package = manifest.scalar("spec", "package")
    if package and is_pinned(package.value):
        found = source.reference(package)
        has_host = "." in package.value.partition("/")[0]
        if isinstance(found, Pin) and not has_host:
            found = replace(found, dependency=Dependency(datasource=OCI, name=f"{_DEFAULT_REGISTRY}/{found.name}"))
        yield found


def _find_in_package_file(source: YamlSource, manifest: Mapping) -> Iterator[Finding]:
    """What crossplane.yaml depends on, and the image that the package runs."""
    dependencies = manifest.sequence("spec", "dependsOn")
    for dependency in dependencies.mappings() if dependencies else ():
        yield from _dependency(source, dependency)
    image = manifest.scalar("spec", "controller", "image") or manifest.scalar("spec", "image")
    if image:
        yield source.reference(image)


def _dependency(source: YamlSource, dependency: Mapping) -> Iterator[Finding]:
    version = dependency.scalar("version")
    name = next(filter(None, (dependency.text(field) for field in _DEPENDENCIES)), "")
    if version and name:
        package = Dependency(datasource=OCI, name=name)
        yield source.version(version, dependency=package, name=name, role=Role.IMAGE, scheme="semver")


PLUGIN: Final[Finder] = ObjectsFinder(name="crossplane", groups=frozenset({_PACKAGES, _META}), find_in_object=_find_in_object)
