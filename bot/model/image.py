"""Image references, digests and platforms, by the grammar of the distribution project (reference/reference.go) and the OCI image spec."""

import re
from dataclasses import dataclass, replace
from typing import Final, Self

DOCKER_HUB: Final = "docker.io"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}", re.ASCII)
_TAG: Final = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_PATH: Final = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*", re.ASCII)
_LABEL: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_REGISTRY: Final = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?", re.ASCII)
_MAX_REPOSITORY_CHARACTERS: Final = 255


class InvalidReferenceError(ValueError):
    """The text is no image reference; the message says why."""


class Digest(str):
    """A content digest, `sha256:` and 64 hexadecimal digits (or sha512 and 128). Raises InvalidReferenceError for any other text."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not _DIGEST.fullmatch(text):
            message = f"not a digest: {text[:90]!r}"
            raise InvalidReferenceError(message)
        return super().__new__(cls, text)

    @property
    def short(self) -> str:
        """The first 12 hexadecimal digits, as docker shows them."""
        return self.partition(":")[2][:12]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Platform:
    """What an image runs on, as in the OCI image index: `linux/arm/v7`."""

    os: str
    architecture: str
    variant: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of `os/architecture[/variant]`; what is left out is empty."""
        system, _, rest = text.partition("/")
        architecture, _, variant = rest.partition("/")
        return cls(os=system, architecture=architecture, variant=variant)

    def __str__(self) -> str:
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))


DEFAULT_PLATFORMS: Final = ("linux/amd64", "linux/arm64")
"""What apps run on where nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReference:
    """Where an image is and which one: registry host, repository path, tag and digest."""

    registry: str
    repository: str
    tag: str | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The reference that `text` writes, with Docker's defaults (docker.io, library/) spelled out.

        Raises InvalidReferenceError where the distribution grammar does not accept it. No tag stays no tag.
        """
        named, at, digest_text = text.partition("@")
        digest = Digest(digest_text) if at else None
        name, tag = split_tag(named)
        if tag is not None and not _TAG.fullmatch(tag):
            message = f"not a tag: {tag[:140]!r} in {text[:200]!r}"
            raise InvalidReferenceError(message)
        registry, repository = _split_registry(name)
        if not _REGISTRY.fullmatch(registry) or not _PATH.fullmatch(repository) or len(repository) > _MAX_REPOSITORY_CHARACTERS:
            message = f"not an image name: {name[:200]!r}"
            raise InvalidReferenceError(message)
        return cls(registry=registry, repository=repository, tag=tag, digest=digest)

    @property
    def name(self) -> str:
        """Registry and repository, the normal form of the dependency's name: `docker.io/library/python`."""
        return f"{self.registry}/{self.repository}"

    @property
    def familiar(self) -> str:
        """The name as people write it: `python` for `docker.io/library/python`."""
        if self.registry != DOCKER_HUB:
            return self.name
        return self.repository.removeprefix("library/") if self.repository.count("/") == 1 else self.repository

    def at(self, *, tag: str | None = None, digest: Digest | None = None) -> Self:
        """The same repository at another tag, digest, or both."""
        return replace(self, tag=tag, digest=digest)

    def __str__(self) -> str:
        return self.name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


def split_tag(named: str) -> tuple[str, str | None]:
    """Name and tag of `name:tag` without a digest: a colon counts only behind the last slash, so that ports survive."""
    head, colon, tail = named.rpartition(":")
    if colon and "/" not in tail and not (named.endswith("]") or "]" in tail):
        return head, tail
    return named, None


def is_tag(text: str) -> bool:
    """Whether the OCI distribution spec accepts the text as a tag."""
    return _TAG.fullmatch(text) is not None


def _split_registry(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    is_host = slash and ("." in first or ":" in first or first == "localhost" or first != first.lower())
    registry, repository = (first, rest) if is_host else (DOCKER_HUB, name)
    if registry in {"index.docker.io", "registry-1.docker.io"}:
        registry = DOCKER_HUB
    if registry == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    return registry, repository
