"""Texts that look like secrets: none belongs in a file that is kept in git."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_SHAPES: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "a GitHub token": re.compile(r"\b(?:gh[opsur]_[A-Za-z0-9_.]{20,}|github_pat_[A-Za-z0-9_]{20,})"),
        "a private key": re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----"),
        "a GitLab token": re.compile(r"\bglpat-[A-Za-z0-9_-]{16,}"),
        "a Docker Hub token": re.compile(r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{16,}"),
        "an AWS key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
        "a signed web token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}"),
        "a password in a URL": re.compile(r"://[^/\s:@]{0,200}:[^/\s@]{1,500}@"),
    }
)
_SECRET_KEYS: Final = frozenset({"token", "password", "passwd", "secret", "private_key", "api_key", "client_secret", "access_token"})


def leak_in(text: str) -> str | None:
    """What kind of secret the text holds, or None. The shapes are those that the vendors document for push protection."""
    return next((kind for kind, shape in _SHAPES.items() if shape.search(text)), None)


def is_secret_key(key: str) -> bool:
    """Whether a key of this name asks for a secret: `token`, `password`, `github_token`."""
    normal = key.lower().replace("-", "_")
    return normal in _SECRET_KEYS or normal.endswith(("_token", "_password", "_secret", "_private_key"))
