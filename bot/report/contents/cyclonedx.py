"""Contents as a CycloneDX 1.6 bill of materials. It says of itself when it is not complete."""

from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import bot
from bot.model.contents import Contents, OperatingSystem, Package

Row = dict[str, object]

_IMAGE: Final = "image"
_SYSTEM: Final = "operating-system"


def cyclonedx(contents: Contents, now: datetime) -> Row:
    """The document; the same contents and time give the same one."""
    components = [_component(package, number) for number, package in enumerate(contents.packages)]
    if contents.operating_system:
        components.insert(0, _system(contents.operating_system))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'{contents.image} {contents.digest} {now.isoformat()}')}",
        "version": 1,
        "metadata": {
            "timestamp": now.isoformat(timespec="seconds"),
            "tools": {"components": [{"type": "application", "name": "rebuild-bot", "version": bot.__version__}]},
            "component": {
                "type": "container",
                "bom-ref": _IMAGE,
                "name": contents.image.partition("@")[0],
                "version": contents.digest,
                "properties": _properties({"platform": contents.platform}),
            },
        },
        "components": components,
        "dependencies": [{"ref": _IMAGE, "dependsOn": [str(component["bom-ref"]) for component in components]}],
        "compositions": [{"aggregate": "incomplete" if contents.not_read else "unknown", "assemblies": [_IMAGE]}],
        "properties": [{"name": "rebuild-bot:not-read", "value": str(missing)} for missing in contents.not_read],
    }


def _component(package: Package, number: int) -> Row:
    known = {
        "layer": package.layer,
        "path": package.path,
        "source": " ".join(filter(None, (package.source_name, package.source_version))),
        "module": package.module,
        "known-by": package.known_by.value,
    }
    return {
        "type": "library",
        "bom-ref": f"package-{number}",
        **({"group": package.namespace} if package.namespace and package.type in {"maven", "npm"} else {}),
        "name": package.name,
        "version": package.version,
        **({"purl": package.purl} if package.purl else {}),
        "properties": _properties(known),
    }


def _system(system: OperatingSystem) -> Row:
    return {"type": "operating-system", "bom-ref": _SYSTEM, "name": system.id, "version": system.version, "description": system.name}


def _properties(known: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": f"rebuild-bot:{name}", "value": value} for name, value in known.items() if value]
