"""What an organisation's linked artifacts tell of one digest (Docs, "REST API endpoints for artifact metadata")."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from github.GithubException import UnknownObjectException

from bot.clients.github.connection import Connection
from bot.clients.github.failures import UnreadableError, translated
from bot.clients.json_fields import objects, text

_MAX_RECORDS: Final = 10_000


def records_of(
    connection: Connection, owner: str, digest: str, kind: Literal["deployment", "storage"]
) -> Sequence[Mapping[str, Any]] | None:
    """The records of this kind, each of this digest. Raises ForgeError.

    None: GitHub does not know the question. It may have no linked artifacts, keep them from the token, or have nothing of the digest.
    """
    with translated(f"the {kind} records of {owner}"):
        try:
            requester = connection.reader.requester
            _, answer = requester.requestJsonAndCheck("GET", f"/orgs/{owner}/artifacts/{digest}/metadata/{kind}-records")
        except UnknownObjectException:
            return None
        listed = answer.get(f"{kind}_records") if isinstance(answer, dict) else None
        if not isinstance(listed, list):
            raise UnreadableError(f"no {kind} records")
        found = list(objects(listed[:_MAX_RECORDS]))
        if any(text(entry.get("digest")) != digest for entry in found):
            raise UnreadableError(f"a {kind} record of another digest than was asked for")
        return found
