"""A reading client of OCI registries, by the OCI distribution specification 1.1."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Final

import httpx
import structlog

from bot.clients.http import Answer, HttpClient, HttpError, without_query
from bot.clients.oci.challenge import Authorizer, Challenge, ChallengeError, parse_challenges
from bot.clients.oci.credentials import Anonymous, CredentialError, Keychain
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
from bot.clients.oci.endpoint import Endpoint, Mirror, resolve
from bot.model.image import Digest, ImageReference, InvalidReferenceError, Platform, is_tag
from bot.model.notes import ImageFacts

log = structlog.get_logger()

_MEBIBYTE: Final = 1 << 20
_MAX_MANIFEST_BYTES: Final = 4 * _MEBIBYTE
"""What registries must accept at least (distribution specification, "Pushing Manifests")."""
_MAX_CONFIG_BYTES: Final = 8 * _MEBIBYTE
_MAX_PAGE_BYTES: Final = 32 * _MEBIBYTE
_PAGE: Final = 1000
"""Asked for; registries answer with what they like. More than this is refused by some (Amazon ECR: `maxResults` up to 1000)."""
_LINK: Final = re.compile(r'<([^<>]{1,4000})>\s*;[^,]{0,200}\brel="?next"?', re.ASCII)
_WARNING: Final = re.compile(r'299 \S{1,200} "((?:[^"\\]|\\.){1,1000})"', re.ASCII)


class RegistryError(Exception):
    """The registry refused, failed or sent nonsense; the message says what, where and the remedy."""

    def __init__(self, message: str, *, is_temporary: bool = False) -> None:
        super().__init__(message)
        self.is_temporary = is_temporary


class NotFoundError(RegistryError):
    """The registry answered: there is no such repository, tag or digest."""


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
        self._http = http
        self._keychain = keychain or Anonymous()
        self._mirrors = mirrors or {}
        self._max_tags = max_tags
        self._authorizer = Authorizer(http=http, now=now)
        self._lock = Lock()
        self._challenges: dict[str, tuple[Challenge, ...]] = {}

    def tags(self, reference: ImageReference) -> tuple[str, ...]:
        """Every tag of the repository, in the registry's order, each once."""
        return self.tag_list(reference).tags

    def tag_list(self, reference: ImageReference) -> TagList:
        """Every tag of the repository, through all pages, with the registry's warnings."""
        endpoint = resolve(reference, self._mirrors)
        tags: dict[str, None] = {}
        warnings: dict[str, None] = {}
        for answer in self._tag_pages(endpoint):
            before = len(tags)
            for tag in _listed(answer, "tags"):
                if isinstance(tag, str) and is_tag(tag):
                    tags[tag] = None
            warnings.update(dict.fromkeys(_warnings(answer)))
            if len(tags) > self._max_tags:
                raise RegistryError(f"{answer}: more than {self._max_tags} tags, which are not read. Name the wanted one by digest.")
            if len(tags) == before and _next_page(answer) is not None:
                raise RegistryError(f"{answer}: a page without a new tag names a next one; the list has no end. Report it to the registry.")
        log.info("releases.listed", registry=endpoint.host, repository=endpoint.repository, tags=len(tags))
        return TagList(tags=tuple(tags), warnings=tuple(warnings))

    def digest(self, reference: ImageReference) -> Digest:
        """The digest that the reference's tag (`latest` where it has none) stands for at this moment."""
        return self.resolve(reference).digest

    def resolve(self, reference: ImageReference) -> Resolved:
        """The digest of a tag by HEAD, which costs no pull; by GET and our own hash where the registry names none."""
        endpoint = resolve(reference, self._mirrors)
        answer = self._ask("HEAD", endpoint, f"manifests/{_wanted(reference)}", accept=ACCEPT, max_body_bytes=0)
        named = answer.headers.get("docker-content-digest")
        if named is None:
            manifest = self.manifest(reference)
            return Resolved(digest=manifest.digest, media_type=manifest.media_type, warnings=_warnings(answer))
        return Resolved(
            digest=_digest(named, answer),
            media_type=answer.headers.get("content-type", "").partition(";")[0],
            modified_at=_modified_at(answer),
            warnings=_warnings(answer),
        )

    def manifest(self, reference: ImageReference) -> Manifest:
        """The manifest or index under a tag or digest; its digest is the hash of its bytes."""
        endpoint = resolve(reference, self._mirrors)
        answer = self._ask("GET", endpoint, f"manifests/{_wanted(reference)}", accept=ACCEPT, max_body_bytes=_MAX_MANIFEST_BYTES)
        named = answer.headers.get("docker-content-digest")
        expected = reference.digest or (None if named is None else _digest(named, answer))
        if expected is not None and not is_content(answer.body, expected):
            raise RegistryError(f"{answer}: the bytes are not those of {expected}; they are not used. Report it to the registry.")
        try:
            return read_manifest(answer.body, content_type=answer.headers.get("content-type", ""), digest=expected or sha256(answer.body))
        except InvalidDocumentError as error:
            raise RegistryError(f"{answer}: {error}.") from error

    def blob(self, reference: ImageReference, descriptor: Descriptor, *, max_bytes: int) -> bytes:
        """The bytes of a blob, proved by their digest."""
        endpoint = resolve(reference, self._mirrors)
        answer = self._ask("GET", endpoint, f"blobs/{descriptor.digest}", max_body_bytes=max_bytes)
        if not is_content(answer.body, descriptor.digest):
            raise RegistryError(f"{answer}: the bytes are not those of {descriptor.digest}; they are not used. Report it to the registry.")
        return answer.body

    def facts(self, reference: ImageReference, platform: Platform | None = None) -> ImageFacts:
        """What is known of the image for one platform (linux/amd64 where none is wished for and the image has it).

        Raises NotFoundError where the index has no image for the platform.
        """
        top = self.manifest(reference)
        index = top if top.is_index else None
        manifest = self._child(reference, top, platform) if index else top
        if manifest.config is None:
            raise RegistryError(f"{reference}: its manifest {manifest.digest} names no config.")
        config = self.blob(reference, manifest.config, max_bytes=_MAX_CONFIG_BYTES)
        try:
            return image_facts(manifest, config, index=index)
        except InvalidDocumentError as error:
            raise RegistryError(f"{reference}: the config {manifest.config.digest} can't be read: {error}.") from error

    def platforms(self, reference: ImageReference) -> tuple[Platform, ...]:
        """The platforms of an index; none for a single manifest."""
        return self.manifest(reference).platforms

    def referrers(self, reference: ImageReference, *, artifact_type: str | None = None) -> tuple[Descriptor, ...]:
        """What is attached to the manifest `reference.digest`: by the referrers API, else by the fallback tag `sha256-<hex>`."""
        if reference.digest is None:
            raise RegistryError(f"{reference}: referrers are asked for by digest.")
        endpoint = resolve(reference, self._mirrors)
        try:
            pages = list(self._referrer_pages(endpoint, reference.digest, artifact_type))
            found = [child for answer in pages for child in _read(answer, reference.digest).manifests]
        except NotFoundError:
            try:
                found = list(self.manifest(reference.at(tag=reference.digest.replace(":", "-"))).manifests)
            except NotFoundError:
                found = []
        return tuple(child for child in found if artifact_type in {None, child.artifact_type})

    def _child(self, reference: ImageReference, index: Manifest, platform: Platform | None) -> Manifest:
        child = index.child(platform)
        if child is None:
            known = ", ".join(map(str, index.platforms)) or "none"
            raise NotFoundError(f"{reference}: no image for {platform or 'any platform'}; there are: {known}.")
        return self.manifest(reference.at(digest=child.digest))

    def _tag_pages(self, endpoint: Endpoint) -> Iterator[Answer]:
        try:
            first = self._ask("GET", endpoint, f"tags/list?n={_PAGE}", max_body_bytes=_MAX_PAGE_BYTES)
        except NotFoundError:
            raise
        except RegistryError as error:
            if error.is_temporary:
                raise
            # Some registries refuse a page size that they do not like; all of them know the plain list.
            first = self._ask("GET", endpoint, "tags/list", max_body_bytes=_MAX_PAGE_BYTES)
        yield from self._pages(first, endpoint)

    def _referrer_pages(self, endpoint: Endpoint, digest: Digest, artifact_type: str | None) -> Iterator[Answer]:
        query = str(httpx.QueryParams({"artifactType": artifact_type})) if artifact_type else ""
        path = f"referrers/{digest}" + (f"?{query}" if query else "")
        yield from self._pages(self._ask("GET", endpoint, path, accept=OCI_INDEX, max_body_bytes=_MAX_PAGE_BYTES), endpoint)

    def _pages(self, first: Answer, endpoint: Endpoint) -> Iterator[Answer]:
        """The answer and all that its Link headers lead to, on the same host only, each address once."""
        seen = {first.url}
        answer = first
        while True:
            yield answer
            link = _next_page(answer)
            if link is None:
                return
            url = _joined(answer, link)
            if url in seen:
                raise RegistryError(f"{answer}: its Link header leads in a circle. Report it to the registry.")
            seen.add(url)
            answer = self._send("GET", url, endpoint, headers={}, max_body_bytes=_MAX_PAGE_BYTES)

    def _ask(self, method: str, endpoint: Endpoint, path: str, *, max_body_bytes: int, accept: str | None = None) -> Answer:
        return self._send(method, endpoint.url(path), endpoint, headers={"accept": accept} if accept else {}, max_body_bytes=max_body_bytes)

    def _send(self, method: str, url: str, endpoint: Endpoint, *, headers: Mapping[str, str], max_body_bytes: int) -> Answer:
        try:
            answer = self._authorized(method, url, endpoint, headers=headers, max_body_bytes=max_body_bytes)
        except HttpError as error:
            raise RegistryError(str(error), is_temporary=error.is_temporary) from error
        except (ChallengeError, CredentialError) as error:
            raise RegistryError(str(error)) from error
        if not answer.is_success:
            raise _refusal(answer, endpoint)
        return answer

    def _authorized(self, method: str, url: str, endpoint: Endpoint, *, headers: Mapping[str, str], max_body_bytes: int) -> Answer:
        """Ask with what the host wanted last time; where it wants something else now, once more with that."""
        with self._lock:
            known = self._challenges.get(endpoint.host)
        credential = self._keychain.credential(endpoint.credential_host)
        secret = self._authorizer.authorization(known, endpoint, credential) if known else None
        answer = self._http.request(method, url, headers=headers, authorization=secret, max_body_bytes=max_body_bytes)
        challenges = parse_challenges(answer.headers)
        if answer.status != httpx.codes.UNAUTHORIZED or not challenges:
            return answer
        with self._lock:
            self._challenges[endpoint.host] = challenges
        if secret is not None:
            self._authorizer.forget(endpoint)
        secret = self._authorizer.authorization(challenges, endpoint, credential)
        return self._http.request(method, url, headers=headers, authorization=secret, max_body_bytes=max_body_bytes)


def _wanted(reference: ImageReference) -> str:
    return reference.digest or reference.tag or "latest"


def _digest(named: str, answer: Answer) -> Digest:
    try:
        return Digest(named)
    except InvalidReferenceError as error:
        raise RegistryError(f"{answer}: its Docker-Content-Digest is {error}. Report it to the registry.") from error


def _listed(answer: Answer, name: str) -> list[object]:
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise RegistryError(f"{answer}: no valid JSON ({type(error).__name__}). Check that it is a registry.") from error
    items = told.get(name) if isinstance(told, dict) else ()
    if items is None:
        return []
    if not isinstance(items, list):
        raise RegistryError(f"{answer}: no list of {name}. Check that it is a registry.")
    return items


def _read(answer: Answer, digest: Digest) -> Manifest:
    try:
        return read_manifest(answer.body, content_type=OCI_INDEX, digest=digest)
    except InvalidDocumentError as error:
        raise RegistryError(f"{answer}: {error}.") from error


def _next_page(answer: Answer) -> str | None:
    """The address of the next page, as its Link header writes it (RFC 8288)."""
    for header in answer.headers.get_list("link"):
        found = _LINK.search(header[:5000])
        if found:
            return found[1]
    return None


def _joined(answer: Answer, link: str) -> str:
    """The link as an address on the host that was asked; raises RegistryError where it leads elsewhere."""
    try:
        target = httpx.URL(answer.url).join(link)
    except httpx.InvalidURL as error:
        raise RegistryError(f"{answer}: its Link header holds no address. Report it to the registry.") from error
    asked = httpx.URL(answer.url)
    if target.host != asked.host or target.scheme not in {"http", "https"}:
        raise RegistryError(
            f"{answer}: its Link header leads to another host ({without_query(str(target))[:200]}), which is not followed. "
            "Report it to the registry."
        )
    # Behind a proxy that ends TLS, registries write their inner scheme and port: what was asked stands.
    return str(target.copy_with(scheme=asked.scheme, port=asked.port))


def _warnings(answer: Answer) -> tuple[str, ...]:
    return tuple(re.sub(r"\\(.)", r"\1", text) for header in answer.headers.get_list("warning") for text in _WARNING.findall(header[:5000]))


def _modified_at(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers["last-modified"]).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return None


def _refusal(answer: Answer, endpoint: Endpoint) -> RegistryError:
    """What a status that is no success means, in the words of the registry's error body."""
    said = _said(answer)
    what = f"{answer}" + (f" ({said})" if said else "")
    match answer.status:
        case httpx.codes.NOT_FOUND:
            return NotFoundError(f"{what}. Check the name and the tag.")
        case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
            return RegistryError(f"{what}. Check that it exists and that `docker login {endpoint.credential_host}` may pull it.")
        case _:
            return RegistryError(f"{what}. Check that {endpoint.host} is a registry.")


def _said(answer: Answer) -> str:
    """The codes and messages of an error body (distribution specification, "Error Codes"), short and printable."""
    try:
        errors = json.loads(answer.body[:65536])["errors"]
        said = "; ".join(f"{error.get('code')}: {error.get('message')}" for error in errors[:3])
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return ""
    return "".join(character if character.isprintable() else " " for character in said)[:300]
