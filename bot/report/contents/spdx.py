"""Contents as an SPDX 2.3 document."""

from datetime import UTC, datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import bot
from bot.model.contents import Contents, Package

Row = dict[str, object]

_DOCUMENT: Final = "SPDXRef-DOCUMENT"
_IMAGE: Final = "SPDXRef-image"


def spdx(contents: Contents, now: datetime) -> Row:
    """The document; the same contents and time give the same one."""
    name = contents.image.partition("@")[0]
    packages = [_package(package, number) for number, package in enumerate(contents.packages)]
    unread = "; ".join(map(str, contents.not_read))
    image: Row = {
        "SPDXID": _IMAGE,
        "name": name,
        "versionInfo": contents.digest,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "primaryPackagePurpose": "CONTAINER",
        **({"comment": f"Not complete. Not read: {unread}"} if unread else {}),
    }
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "name": name,
        "documentNamespace": f"https://spdx.org/spdxdocs/rebuild-bot-{uuid5(NAMESPACE_URL, f'{name} {contents.digest} {now.isoformat()}')}",
        "creationInfo": {
            "created": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "creators": [f"Tool: rebuild-bot-{bot.__version__}"],
        },
        "packages": [image, *packages],
        "relationships": [
            {"spdxElementId": _DOCUMENT, "relatedSpdxElement": _IMAGE, "relationshipType": "DESCRIBES"},
            *(
                {"spdxElementId": _IMAGE, "relatedSpdxElement": package["SPDXID"], "relationshipType": "CONTAINS"}
                for package in packages
            ),
        ],
    }  # fmt: skip


def _package(package: Package, number: int) -> Row:
    source = " ".join(filter(None, (package.source_name, package.source_version)))
    said = {"built from": source, "layer": package.layer, "known by": package.known_by.value}
    locator = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": package.purl}] if package.purl else []
    return {
        "SPDXID": f"SPDXRef-package-{number}",
        "name": package.name,
        "versionInfo": package.version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "sourceInfo": "; ".join(f"{name}: {value}" for name, value in said.items() if value),
        "externalRefs": locator,
    }
