"""Modules of the public Terraform and OpenTofu registries (module registry protocol, version 1)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from bot.clients.http import HttpClient
from bot.model.dependency import TERRAFORM_MODULE, Dependency, Release
from bot.model.listing import DatasourceError
from bot.watch.web import JsonSource, text

_NAME: Final = re.compile(r"(?P<host>[a-z0-9.-]{1,253})/(?P<module>[\w-]{1,64}/[\w-]{1,64}/[a-z0-9]{1,64})", re.ASCII)
_REGISTRIES: Final = {host: f"https://{host}" for host in ("registry.terraform.io", "registry.opentofu.org")}


class TerraformModules:
    """The versions of a module. Which modules are those of private registries, with tokens of their own, is not asked."""

    name: Final = TERRAFORM_MODULE

    def __init__(self, http: HttpClient, *, registries: Mapping[str, str] = _REGISTRIES) -> None:
        self._sources = {host: JsonSource(http=http, base_url=url) for host, url in registries.items()}

    def releases(self, dependency: Dependency) -> Sequence[Release]:
        match = _NAME.fullmatch(dependency.name)
        source = self._sources.get(match["host"]) if match else None
        if match is None or source is None:
            raise DatasourceError(
                f"{dependency}: no module of the form host/namespace/name/provider. Hosts are {', '.join(self._sources)}."
            )
        modules = source.get("v1", "modules", *match["module"].split("/"), "versions").get("modules")
        first = modules[0] if isinstance(modules, list) and modules else None
        versions = first.get("versions") if isinstance(first, dict) else None
        if not isinstance(versions, list):
            raise DatasourceError(f"{dependency}: {match['host']} told no versions. Report it to the registry's operators.")
        values = (text(version, "version") for version in versions if isinstance(version, dict))
        return tuple(Release(dependency=dependency, value=value) for value in values if value)

    def describe(self, release: Release) -> Release:
        """The release as it is: the list tells all that is known."""
        return release
