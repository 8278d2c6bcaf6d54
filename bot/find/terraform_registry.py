"""Addresses of modules in a registry (Terraform: module sources): `namespace/name/provider`, perhaps behind a host and before a folder."""

import re
from typing import Final

_DEFAULT_HOST: Final = "registry.terraform.io"
_PUBLIC: Final = frozenset({_DEFAULT_HOST, "registry.opentofu.org"})
_SOURCE: Final = re.compile(
    r"(?:(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]{1,5})?)/)?"
    r"(?P<module>[0-9A-Za-z][\w-]{0,63}/[0-9A-Za-z][\w-]{0,63}/[0-9a-z]{1,64})(?://[^?]*)?",
    re.ASCII,
)


def module_name(source: str) -> str | None:
    """Host and module of a source of a public registry; None for any other: a private one wants a token of its own."""
    match = _SOURCE.fullmatch(source)
    host = (match["host"] or _DEFAULT_HOST) if match else ""
    return f"{host}/{match['module']}" if match and host in _PUBLIC else None
