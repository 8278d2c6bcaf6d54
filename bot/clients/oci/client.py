"""A reading client of OCI registries, by the OCI distribution specification 1.1."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
import structlog

from bot.clients.http import Answer, HttpClient
from bot.clients.http_cache import Content
from bot.clients.oci.blob import BlobStream
from bot.clients.oci.credentials import Anonymous, Keychain
from bot.clients.oci.documents import (
    ACCEPT,
    OCI_INDEX,
    Descriptor,
    InvalidDocumentError,
    Manifest,
    image_facts,
    is_content,
    read_manifest,
    sha256,
)
from bot.clients.oci.endpoint import Endpoint, Mirror, host_of, resolve
from bot.clients.oci.session import NotFoundError, RegistryError, Session
from bot.clients.paging import next_page
from bot.clients.trouble import unreadable_json
from bot.model.image import Digest, ImageReference, InvalidReferenceError, Platform, is_tag
from bot.model.notes import ImageFacts, PublishedImage
from bot.model.secret import Secret

__all__ = ["Mirror", "NotFoundError", "RegistryClient", "RegistryError", "Resolved", "TagList"]

log = structlog.get_logger()

_MEBIBYTE: Final = 1 << 20
_MANY_PAGES: Final = 300
_FEW_TAGS: Final = 10
"""On a page, where a thousand are asked for: registries that give fewer give a hundred or fifty."""
_MAX_MANIFEST_BYTES: Final = 4 * _MEBIBYTE
"""What registries must accept at least (distribution specification, "Pushing Manifests")."""
_MAX_CONFIG_BYTES: Final = 8 * _MEBIBYTE
_PAGE: Final = 1000
"""Asked for; registries answer with what they like. More than this is refused by some (Amazon ECR: `maxResults` up to 1000)."""
_PAGE_SIZE_REFUSED: Final = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.METHOD_NOT_ALLOWED})
"""By registries that do not like the size; all of them know the plain list."""
_WARNING: Final = re.compile(r'299 \S{1,200} "((?:[^"\\]|\\.){1,1000})"', re.ASCII)
_LIFECYCLE: Final = "application/vnd.microsoft.artifact.lifecycle"
_END_OF_LIFE: Final = "vnd.microsoft.artifact.lifecycle.end-of-life.date"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagList:
    """Every tag of a repository, in the registry's order."""

    tags: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    """What the registry says against using the repository (`Warning: 299` headers)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a tag stands for at the moment of asking."""

    digest: Digest
    media_type: str
    modified_at: datetime | None = None
    """The answer's Last-Modified header, where there is one; aware, UTC."""
    warnings: tuple[str, ...] = ()


class RegistryClient:
    """Reads tags, digests, manifests and configs. Safe to use from several threads. Every method raises RegistryError."""

    def __init__(
        self,
        *,
        http: HttpClient,
        keychain: Keychain | None = None,
        mirrors: Mapping[str, Mirror] | None = None,
        max_tags: int = 300_000,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Without a keychain it is anonymous. `mirrors` may have any keys; a longer prefix goes before a shorter one."""
        self._session = Session(http=http, keychain=keychain or Anonymous(), now=now)
        self._mirrors = mirrors or {}
        self._max_tags = max_tags

    def greet(self, prefix: str) -> str:
        """Ask the root of the registry behind a prefix, with the credential for it; the host that answered."""
        endpoint = host_of(prefix, self._mirrors)
        self._session.get(endpoint, "", max_body_bytes=_MEBIBYTE)
        return endpoint.host

    def tags(self, reference: ImageReference) -> tuple[str, ...]:
        """Every tag of the repository, in the registry's order, each once."""
        return self.tag_list(reference).tags

    def tag_list(self, reference: ImageReference) -> TagList:
        """Every tag of the repository, through all pages, with the registry's warnings."""
        endpoint = self._endpoint(reference)
        tags: dict[str, None] = {}
        warnings: dict[str, None] = {}
        for number, answer in enumerate(self._tag_pages(endpoint), start=1):
            before = len(tags)
            tags.update(dict.fromkeys(tag for tag in _listed(answer) if is_tag(tag)))
            warnings.update(dict.fromkeys(_warnings(answer)))
            if len(tags) > self._max_tags:
                raise RegistryError(f"{answer}: more than {self._max_tags:,} tags, which are not read. Pin the image by digest alone.")
            if len(tags) == before and next_page(answer) is not None:
                raise RegistryError(f"{answer}: a page without a new tag names a next one; the list has no end. Report it to the registry.")
            if number >= _MANY_PAGES and len(tags) < number * _FEW_TAGS:
                raise RegistryError(f"{answer}: {number} pages with hardly a tag on each; the list has no end. Report it to the registry.")
        log.info("releases.listed", registry=endpoint.host, repository=endpoint.repository, releases=len(tags))
        return TagList(tags=tuple(tags), warnings=tuple(warnings))

    def digest(self, reference: ImageReference) -> Digest:
        """The digest that the reference's tag (`latest` where it has none) stands for at this moment."""
        return self.resolve(reference).digest

    def resolve(self, reference: ImageReference) -> Resolved:
        """The digest of a tag by HEAD, which costs no pull; by GET and our own hash where the registry names none."""
        answer = self._head(reference)
        named = None if answer is None else _named_digest(answer)
        if answer is None or named is None:
            manifest = self._fetch(reference, None)
            return Resolved(digest=manifest.digest, media_type=manifest.media_type, warnings=_warnings(answer) if answer else ())
        return Resolved(
            digest=named,
            media_type=answer.headers.get("content-type", "").partition(";")[0],
            modified_at=_modified_at(answer),
            warnings=_warnings(answer),
        )

    def manifest(self, reference: ImageReference) -> Manifest:
        """The manifest or index under a digest, or under what the tag stands for at this moment; its digest is the hash of its bytes."""
        if reference.digest is not None:
            return self._fetch(reference, reference.digest)
        answer = self._head(reference)
        return self._fetch(reference, None if answer is None else _named_digest(answer))

    def blob(self, reference: ImageReference, descriptor: Descriptor, *, max_bytes: int) -> bytes:
        """The bytes of a blob, proved by their digest."""
        return self._proved(reference, f"blobs/{descriptor.digest}", descriptor.digest, max_body_bytes=max_bytes).body

    @contextmanager
    def stream(self, reference: ImageReference, descriptor: Descriptor, *, total_timeout: timedelta) -> Iterator[BlobStream]:
        """The bytes of a blob as they come, neither kept nor held; no more than its descriptor says."""
        endpoint, path = self._endpoint(reference), f"blobs/{descriptor.digest}"
        with self._session.stream(endpoint, path, max_body_bytes=descriptor.size, total_timeout=total_timeout) as pieces:
            yield BlobStream(pieces, descriptor, endpoint.url(path))

    def part(self, reference: ImageReference, descriptor: Descriptor, *, start: int, size: int, total_timeout: timedelta) -> bytes | None:
        """So many bytes of a blob, not proved: whoever asks knows their digest. None: the registry gives only whole blobs."""
        path = f"blobs/{descriptor.digest}"
        return self._session.part(self._endpoint(reference), path, start=start, size=size, total_timeout=total_timeout)

    def facts(self, reference: ImageReference, platform: Platform | None = None) -> ImageFacts:
        """What is known of the image for one platform (linux/amd64 where none is wished for and the image has it).

        Raises NotFoundError where the index has no image for the platform.
        """
        return self._facts(reference, self.manifest(reference), platform)

    def published(self, reference: ImageReference) -> PublishedImage:
        """The image that stands at the reference, with its platforms: one request for an index, one more for a single image's config."""
        top = self._fetch(reference, reference.digest)
        if top.is_index:
            return PublishedImage(digest=top.digest, platforms=tuple(map(str, top.platforms)))
        platform = self._facts(reference, top, None).platform
        return PublishedImage(digest=top.digest, platforms=(platform,) if platform else ())

    def referrers(self, reference: ImageReference, *, artifact_type: str | None = None) -> tuple[Descriptor, ...]:
        """What is attached to the manifest `reference.digest`: by the referrers API, else by the fallback tag `sha256-<hex>`."""
        if reference.digest is None:
            raise RegistryError(f"{reference}: referrers are asked for by digest.")
        query = f"?{httpx.QueryParams({'artifactType': artifact_type})}" if artifact_type else ""
        try:
            pages = list(self._session.pages(self._endpoint(reference), f"referrers/{reference.digest}{query}", accept=OCI_INDEX))
            found = [child for answer in pages for child in _read(answer, sha256(answer.body), OCI_INDEX).manifests]
        except NotFoundError:
            found = self._tagged_referrers(reference, reference.digest)
        return tuple(child for child in found if artifact_type in {None, child.artifact_type})

    def end_of_life(self, reference: ImageReference) -> date | None:
        """The day that an attached life cycle names (Microsoft's container images carry one); None: none is attached."""
        days = []
        for referrer in self.referrers(reference, artifact_type=_LIFECYCLE):
            try:
                days.append(datetime.fromisoformat(referrer.annotations.get(_END_OF_LIFE, "")[:40]).date())
            except ValueError:
                continue
        return min(days, default=None)

    def endpoint(self, reference: ImageReference) -> Endpoint:
        """Where the reference's repository is asked for."""
        return self._endpoint(reference)

    def pull_token(self, reference: ImageReference) -> Secret | None:
        """An Authorization header's value that lets whoever has it pull the repository for some minutes.

        None: none is wanted, or only a credential that lasts would do.
        """
        return self._session.pull_token(self._endpoint(reference), f"manifests/{_wanted(reference)}")

    def _endpoint(self, reference: ImageReference) -> Endpoint:
        return resolve(reference, self._mirrors)

    def _head(self, reference: ImageReference) -> Answer | None:
        """The headers of a tag's manifest; None where the registry knows no HEAD."""
        try:
            return self._session.head(self._endpoint(reference), f"manifests/{_wanted(reference)}", accept=ACCEPT)
        except RegistryError as error:
            if error.status == httpx.codes.METHOD_NOT_ALLOWED:
                return None
            raise

    def _fetch(self, reference: ImageReference, digest: Digest | None) -> Manifest:
        """The manifest of a digest; without one, of the tag, its digest being the hash of what came."""
        path = f"manifests/{digest or _wanted(reference)}"
        if digest is None:
            answer = self._session.get(self._endpoint(reference), path, accept=ACCEPT, max_body_bytes=_MAX_MANIFEST_BYTES)
        else:
            answer = self._proved(reference, path, digest, accept=ACCEPT, max_body_bytes=_MAX_MANIFEST_BYTES)
        return _read(answer, digest or sha256(answer.body), answer.headers.get("content-type", ""))

    def _proved(self, reference: ImageReference, path: str, digest: Digest, *, max_body_bytes: int, accept: str = "*/*") -> Answer:
        """What stands under a digest. Other bytes are asked for once more: a proxy's page, now or on the disk since, must not stay."""

        def asked(*, is_anew: bool) -> Answer:
            caching = Content(name=digest, is_anew=is_anew)
            return self._session.get(self._endpoint(reference), path, accept=accept, max_body_bytes=max_body_bytes, caching=caching)

        answer = asked(is_anew=False)
        if not is_content(answer.body, digest) and not is_content((answer := asked(is_anew=True)).body, digest):
            raise RegistryError(f"{answer}: the bytes are not those of {digest} and are not used. Report it to the registry.")
        return answer

    def _facts(self, reference: ImageReference, top: Manifest, platform: Platform | None) -> ImageFacts:
        index = top if top.is_index else None
        manifest = self._child(reference, top, platform) if index else top
        if manifest.config is None:
            raise RegistryError(f"{reference}: its manifest {manifest.digest} names no config.")
        config = self.blob(reference, manifest.config, max_bytes=_MAX_CONFIG_BYTES)
        try:
            return image_facts(manifest, config, index=index)
        except InvalidDocumentError as error:
            raise RegistryError(f"{reference}: the config {manifest.config.digest} can't be read: {error}.") from error

    def _child(self, reference: ImageReference, index: Manifest, platform: Platform | None) -> Manifest:
        child = index.child(platform)
        if child is None:
            known = ", ".join(map(str, index.platforms)) or "none"
            raise NotFoundError(f"{reference}: no image for {platform or 'any platform'}; there are: {known}.")
        return self._fetch(reference, child.digest)

    def _tag_pages(self, endpoint: Endpoint) -> Iterator[Answer]:
        pages = self._session.pages(endpoint, f"tags/list?n={_PAGE}")
        try:
            first = next(pages)
        except RegistryError as error:
            if error.status not in _PAGE_SIZE_REFUSED:
                raise
            yield from self._session.pages(endpoint, "tags/list")
            return
        yield first
        yield from pages

    def _tagged_referrers(self, reference: ImageReference, digest: Digest) -> list[Descriptor]:
        """By the tag that clients write where the registry has no referrers API (distribution specification, "Referrers Tag Schema")."""
        try:
            return list(self.manifest(reference.at(tag=digest.replace(":", "-"))).manifests)
        except NotFoundError:
            return []


def _wanted(reference: ImageReference) -> str:
    return reference.digest or reference.tag or "latest"


def _named_digest(answer: Answer) -> Digest | None:
    named = answer.headers.get("docker-content-digest")
    try:
        return None if named is None else Digest(named)
    except InvalidReferenceError as error:
        raise RegistryError(f"{answer}: its Docker-Content-Digest is {error}. Report it to the registry.") from error


def _listed(answer: Answer) -> list[str]:
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise RegistryError(f"{answer}: {unreadable_json(error)}. Check that it is a registry.") from error
    items = told.get("tags") if isinstance(told, dict) else ()
    if not isinstance(items, list | None):
        raise RegistryError(f"{answer}: no list of tags. Check that it is a registry.")
    return [item for item in items or () if isinstance(item, str)]


def _read(answer: Answer, digest: Digest, content_type: str) -> Manifest:
    try:
        return read_manifest(answer.body, content_type=content_type, digest=digest)
    except InvalidDocumentError as error:
        raise RegistryError(f"{answer}: {error}. Report it to the registry.") from error


def _warnings(answer: Answer) -> tuple[str, ...]:
    """What stands in `Warning: 299` headers (distribution specification, "Warnings"), unquoted."""
    found = (text for header in answer.headers.get_list("warning") for text in _WARNING.findall(header[:5000]))
    return tuple(re.sub(r"\\(.)", r"\1", text) for text in found)


def _modified_at(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers["last-modified"]).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return None
