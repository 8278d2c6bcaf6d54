"""Hosts that by their name are registries of images and nothing else."""

import re
from typing import Final

from bot.model.image import ImageReference, InvalidReferenceError

_REGISTRIES: Final = re.compile(
    r"(?:index\.|registry-1\.)?docker\.io|ghcr\.io|quay\.io|(?:[a-z-]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev|mcr\.microsoft\.com|public\.ecr\.aws"
    r"|[0-9]{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?|[a-z0-9]+\.azurecr\.(?:io|cn|us)|nvcr\.io|lscr\.io|cgr\.dev|(?:[a-z0-9-]+\.)?icr\.io"
    r"|[a-z0-9-]+\.ocir\.io|(?:registry|docker|cr|hub|harbor|oci|container-registry|containers?|images?)(?:\.[a-z0-9-]+){2,8}|registry\.[a-z0-9-]+\.[a-z]+"
    r"|registry\.k8s\.io|docker\.elastic\.co",
    re.ASCII | re.IGNORECASE,
)
"""The public ones, those of cloud providers by their scheme, and own ones that say it in their first label."""
_FORGES: Final = re.compile(
    r"(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|dev\.azure\.com)|(?:git|gitea|gitlab|forge)\.[^/]+"
)
"""Hosts of repos, whose names look like those of images."""
_MAX_HOST_CHARACTERS: Final = 253


def on_registry(name: str) -> bool:
    """Whether a name without tag and digest is one of an image on a host that can be nothing but a registry."""
    host = name.partition("/")[0]
    return len(host) <= _MAX_HOST_CHARACTERS and _REGISTRIES.fullmatch(host.partition(":")[0]) is not None and _is_name(name)


def on_host(name: str) -> bool:
    """Whether a name without tag and digest says its host and may be one of an image: what stands on a forge is a repo."""
    host = name.partition("/")[0]
    return "." in host and not _FORGES.fullmatch(host[: _MAX_HOST_CHARACTERS + 1]) and _is_name(name)


def _is_name(name: str) -> bool:
    if "/" not in name:
        return False
    try:
        reference = ImageReference.parse(name)
    except InvalidReferenceError:
        return False
    return reference.tag is None and reference.digest is None
