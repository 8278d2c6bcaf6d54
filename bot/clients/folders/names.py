"""What a clone is called: as its origin calls it, else by where it lies."""

import re
from typing import Final
from urllib.parse import urlsplit

LOCAL: Final = "local"
"""The owner of clones that came from nowhere, or from a folder."""
_FULL_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9_.-]{1,100}")
_SCP: Final = re.compile(r"(?:[^/@:\s]{1,100}@)?(?P<host>[A-Za-z0-9.-]{2,253}):(?P<path>[^:\s]{1,500})")
"""`git@host:owner/name.git`"""
_SCHEMES: Final = frozenset({"http", "https", "ssh", "git", "git+ssh"})
_MAX_NAME: Final = 100


def is_name(full_name: str) -> bool:
    """Whether a text can be the name of a repo, and so of a folder: no way out of it."""
    return _FULL_NAME.fullmatch(full_name) is not None and not full_name.endswith(("/.", "/.."))


def name_of(origin: str, relative: str) -> str:
    """`owner/name`: the last two parts of the path of its origin, where that is a server; else `local/` and its path below the folder."""
    _, path = server_and_path(origin)
    hosted = "/".join(path.split("/")[-2:])
    return hosted if is_name(hosted) else local_name(relative)


def local_name(relative: str) -> str:
    """`local/` and the path of a clone below the folder, its slashes as dashes."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", relative.removesuffix(".git"))[:_MAX_NAME].lstrip(".")
    return f"{LOCAL}/{name or 'clone'}"


def server_and_path(origin: str) -> tuple[str, str]:
    """The host of an address and the path there, without `.git` and credentials; both empty where it is no address of a server."""
    try:
        address = urlsplit(origin.strip())
        host = address.hostname or ""
    except ValueError:
        return "", ""
    path = address.path
    if address.scheme not in _SCHEMES:
        match = None if "://" in origin else _SCP.fullmatch(origin.strip())
        if match is None:
            return "", ""
        host, path = match["host"], match["path"]
    return host.lower(), path.strip("/").removesuffix(".git")
