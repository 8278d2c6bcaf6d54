"""What package managers of languages leave behind in an image."""

import io
import zipfile

from bot.sandbox.registry.images import Files


def installed_by_pip(folder: str, **versions: str) -> Files:
    return {
        f"{folder}/{name}-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\n".encode()
        for name, version in versions.items()
    }


def jar(path: str, *, group: str, artifact: str, version: str) -> Files:
    """An archive with what Maven writes of itself into it; the same bytes each time."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        entry = zipfile.ZipInfo(f"META-INF/maven/{group}/{artifact}/pom.properties")
        archive.writestr(entry, f"groupId={group}\nartifactId={artifact}\nversion={version}\n")
    return {path: sink.getvalue()}
