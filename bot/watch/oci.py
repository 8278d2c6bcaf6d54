"""Images and OCI charts: tags by the registry's list, digests by HEAD."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from bot.clients.oci.client import NotFoundError, RegistryClient, RegistryError
from bot.model.dependency import OCI, Dependency, Release
from bot.model.image import Digest, ImageReference, InvalidReferenceError
from bot.watch.datasource import DatasourceError, NotListedError


class OciDatasource:
    """Every tag of a repository is a release; its digest is what HEAD says at the moment of asking.

    A release that names a digest is asked for by that: whether it is still there, whatever its tag stands at now.
    """

    name: Final = OCI

    def __init__(self, client: RegistryClient, *, lifecycle_registries: Collection[str] = ("mcr.microsoft.com",)) -> None:
        """`lifecycle_registries` are asked, beside the digest, when the image's life ends: one request more for each tag."""
        self._client = client
        self._lifecycle_registries = frozenset(lifecycle_registries)

    def releases(self, dependency: Dependency) -> Sequence[Release]:
        reference = _reference(dependency)
        try:
            listed = self._client.tag_list(reference)
        except RegistryError as error:
            raise _look_up_error(error) from error
        deprecation = "; ".join(listed.warnings) or None
        return tuple(Release(dependency=dependency, value=tag, deprecation=deprecation) for tag in listed.tags)

    def describe(self, release: Release) -> Release:
        reference = _reference(release.dependency).at(tag=release.value, digest=Digest(release.digest) if release.digest else None)
        try:
            resolved = self._client.resolve(reference)
            end = (
                self._client.end_of_life(reference.at(digest=resolved.digest)) if reference.registry in self._lifecycle_registries else None
            )
        except RegistryError as error:
            raise _look_up_error(error) from error
        notes = [*resolved.warnings, *([f"end of life on {end}"] if end else [])]
        return replace(
            release,
            digest=resolved.digest,
            published_at=resolved.modified_at or release.published_at,
            deprecation="; ".join(notes) or release.deprecation,
        )


def _reference(dependency: Dependency) -> ImageReference:
    try:
        return ImageReference.parse(dependency.name)
    except InvalidReferenceError as error:
        raise DatasourceError(f"{dependency}: {error}. Correct the name.") from error


def _look_up_error(error: RegistryError) -> DatasourceError:
    if isinstance(error, NotFoundError):
        return NotListedError(str(error))
    return DatasourceError(str(error), is_temporary=error.is_temporary)
