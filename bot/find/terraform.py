"""Terraform and OpenTofu (provider and language documentation): images of containers, charts of helm_release, modules from git."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.git_url import read_git_url
from bot.find.hcl_pins import TEMPLATE, HclSource, names_value
from bot.find.reference import version_pin
from bot.find.syntax.hcl import Block, String, read
from bot.find.syntax.lines import Lines
from bot.find.terraform_registry import module_name
from bot.model.dependency import HELM, OCI, TERRAFORM_MODULE, Dependency
from bot.model.image import ImageReference, InvalidReferenceError
from bot.model.pin import Finding, Role

_SUFFIXES: Final = frozenset({".tf", ".tofu", ".hcl"})
_OTHER_FINDERS: Final = ("bake.hcl", ".nomad.hcl", ".terraform.lock.hcl")
_IMAGE_RESOURCES: Final = frozenset({"docker_image", "docker_registry_image"})
_IMAGE_KEY: Final = re.compile(r"(?:.*_)?image(?:_uri|_name)?")
_CONTAINERS: Final = frozenset({"container", "init_container"})
_VERSION: Final = re.compile(r"v?[0-9][\w.+-]{0,100}", re.ASCII)
_OCI: Final = "oci://"


class TerraformFinder:
    name = "terraform"

    def matches(self, path: PurePosixPath) -> bool:
        return path.suffix in _SUFFIXES and not path.name.endswith(_OTHER_FINDERS)

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        source = HclSource(file=path, finder=self.name, lines=Lines(text))
        body = read(text)
        for block in body.walk():
            if block.type in {"resource", "data"} and block.labels[:1] == ("helm_release",):
                yield from _find_chart(source, block)
            elif block.type == "module" or (block.type == "terraform" and path.suffix == ".hcl"):
                yield from _find_module(source, block)
            elif block.type == "required_providers":
                yield from _pass_over_providers(source, block)
            yield from _find_images(source, block)


def _find_images(source: HclSource, block: Block) -> Iterator[Finding]:
    """Attributes of the block that hold an image. Outside of containers one without tag and digest may be a machine image."""
    is_image_resource = block.type == "resource" and block.labels[:1] and block.labels[0] in _IMAGE_RESOURCES
    for attribute in block.body.attributes:
        is_image = _IMAGE_KEY.fullmatch(attribute.name) or (is_image_resource and attribute.name == "name")
        string = attribute.strings[0] if attribute.is_string else None
        if not is_image or string is None or not string.text:
            continue
        if block.type in _CONTAINERS or names_value(string):
            yield source.reference(string, role=Role.IMAGE)


def _find_chart(source: HclSource, release: Block) -> Iterator[Finding]:
    chart, version, repository = (release.body.string(name) for name in ("chart", "version", "repository"))
    if chart is None or version is None:
        return
    address = repository.text if repository else ""
    if any(string.is_template for string in (chart, version, repository) if string):
        yield source.skip(version, TEMPLATE)
    elif chart.text.startswith(_OCI) or address.startswith(_OCI):
        whole = chart.text if chart.text.startswith(_OCI) else f"{address.rstrip('/')}/{chart.text}"
        try:
            name = ImageReference.parse(whole.removeprefix(_OCI)).name
        except InvalidReferenceError as error:
            yield source.skip(version, f"the chart's repository is no OCI name: {error}")
            return
        dependency, literal = Dependency(datasource=OCI, name=name), source.literal(version)
        yield version_pin(literal, dependency=dependency, name=name.rpartition("/")[2], role=Role.CHART, scheme="semver")
    elif address.startswith(("http://", "https://")):
        dependency = Dependency(datasource=HELM, name=f"{address.rstrip('/')}#{chart.text}")
        yield version_pin(source.literal(version), dependency=dependency, name=chart.text, role=Role.CHART, scheme="semver")
    elif not chart.text.startswith((".", "/")):
        yield source.skip(version, "the chart's repository is a name that only Helm's own configuration resolves")


def _find_module(source: HclSource, module: Block) -> Iterator[Finding]:
    """A module from git at a ref, or of a public registry; modules have no lock."""
    address, version = module.body.string("source"), module.body.string("version")
    if address is None:
        return
    found = None if address.is_template else read_git_url(address.text)
    if found is not None and _VERSION.fullmatch(found.ref.of(address.text)):
        ref = found.ref.of(address.text)
        literal = replace(source.literal(address), text=ref, start=address.span.start + found.ref.start)
        yield version_pin(literal, dependency=found.dependency, name=found.name, role=Role.GIT, scheme="semver")
    elif version is not None and version.text:
        yield _of_registry(source, address, version)


def _of_registry(source: HclSource, address: String, version: String) -> Finding:
    if address.is_template or version.is_template:
        return source.skip(version, TEMPLATE)
    module = module_name(address.text)
    if module is None:
        return source.skip(version, "a module of a private registry, which is not asked")
    dependency = Dependency(datasource=TERRAFORM_MODULE, name=module)
    return version_pin(source.literal(version), dependency=dependency, name=address.text.partition("//")[0], role=Role.GIT, scheme="semver")


def _pass_over_providers(source: HclSource, providers: Block) -> Iterator[Finding]:
    """Providers come from a Terraform registry, and their hashes stand in the lock file: a new version alone would not be taken."""
    for provider in providers.body.attributes:
        version = provider.body.string("version") if provider.body else None
        if version is not None and version.text:
            yield source.skip(
                version, "a provider of a Terraform registry, which is not watched; terraform init -upgrade moves it and its lock"
            )


PLUGIN: Final[Finder] = TerraformFinder()
