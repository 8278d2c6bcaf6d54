"""The layers of an image on each of its platforms, without opening one: what a base is told by."""

from typing import Final

from bot.clients.oci.documents import InvalidDocumentError, Manifest
from bot.clients.oci.session import RegistryError
from bot.inspect.configuration import read_config
from bot.inspect.registry import Registry
from bot.model.image import ImageReference
from bot.model.rebuild import plain_platform

_MAX_CONFIG_BYTES: Final = 8 << 20
_MAX_PLATFORMS: Final = 30


def chains(registry: Registry, reference: ImageReference) -> dict[str, tuple[str, ...]]:
    """The diff_ids by platform, the lowest first; two requests for each platform. Raises RegistryError where there is no such image.

    A platform whose configuration can't be read is left out: nothing is known of it then.
    """
    top = registry.manifest(reference)
    if not top.is_index:
        return dict(filter(None, [_chain(registry, reference, top)]))
    found: dict[str, tuple[str, ...]] = {}
    for platform in top.platforms[:_MAX_PLATFORMS]:
        child = top.child(platform)
        if child is None or platform.os == "unknown":
            continue
        try:
            told = _chain(registry, reference, registry.manifest(reference.at(digest=child.digest)))
        except RegistryError:
            continue
        if told is not None:
            found[plain_platform(str(platform))] = told[1]
    return found


def _chain(registry: Registry, reference: ImageReference, manifest: Manifest) -> tuple[str, tuple[str, ...]] | None:
    if manifest.config is None:
        return None
    try:
        config = read_config(registry.blob(reference, manifest.config, max_bytes=_MAX_CONFIG_BYTES))
    except InvalidDocumentError:
        return None
    return (plain_platform(config.platform), config.diff_ids) if len(config.diff_ids) == len(manifest.layers) else None
