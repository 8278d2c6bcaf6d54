"""The attestations that GitHub keeps of an owner's artifacts, for many digests at once.

Docs, "REST API endpoints for artifact attestations". GitHub checks no signature of what it answers, and neither is one checked here.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

from github.GithubException import UnknownObjectException

from bot.clients.github.connection import Connection
from bot.clients.github.failures import UnreadableError, translated
from bot.clients.json_fields import mapping, objects, text
from bot.model.attestation import Attestation, Attested

MOST_DIGESTS: Final = 1_024
"""That GitHub takes in one request."""
_PAGE: Final = 100
_MAX_PAGES: Final = 20
"""Of the answer to one request."""
_MAX_REPO_PAGES: Final = 100
_MAX_OF_DIGEST: Final = 20
_MAX_BUNDLE_BYTES: Final = 1 << 20
_MAX_NAME: Final = 256
_MAX_LINK: Final = 4_000
_KINDS: Final = ("orgs", "users")


class AttestationReader:
    """Safe to use from several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection
        self._lock: Final = Lock()
        self._kinds: Final[dict[str, str]] = {}
        """What an owner is, as its addresses call it; empty: GitHub does not know the question."""

    def provenance(self, owner: str, digests: Sequence[str]) -> Attested | None:
        """The provenance of each digest: a request for each 1,024, and one for each further hundred attestations. Raises ForgeError.

        None: GitHub does not know the question. It may have no attestations, as Enterprise Server, or keep them from the token.
        """
        found: dict[str, list[Attestation]] = {}
        is_cut = False
        for start in range(0, len(digests), MOST_DIGESTS):
            asked = digests[start : start + MOST_DIGESTS]
            pages = self._pages(owner, asked)
            if pages is None:
                return None
            for number, page in enumerate(pages, 1):
                is_cut = is_cut or (number == _MAX_PAGES and _next(page) != "")
                for digest, listed in _listed(page).items():
                    held = found.setdefault(digest, []) if digest in asked else []
                    is_cut = is_cut or len(held) + len(listed) > _MAX_OF_DIGEST
                    held += map(_attestation, listed[: _MAX_OF_DIGEST - len(held)])
        return Attested(of={digest: tuple(ones) for digest, ones in found.items() if ones}, is_cut=is_cut)

    def repos(self, owner: str) -> Mapping[int, str]:
        """The repos of an organisation that have attested anything, by GitHub's number of each: their names, without the owner's.

        Empty where GitHub does not know the question, as for the account of a person. Raises ForgeError.
        """
        found: dict[int, str] = {}
        with translated(f"the repos of {owner} that attest"):
            requester = self._connection.reader.requester
            after = ""
            for _ in range(_MAX_REPO_PAGES):
                query = f"?per_page={_PAGE}&predicate_type=provenance" + (f"&after={quote(after, safe='')}" if after else "")
                try:
                    headers, answer = requester.requestJsonAndCheck("GET", f"/orgs/{owner}/attestations/repositories{query}")
                except UnknownObjectException:
                    return {}
                if not isinstance(answer, list):
                    raise UnreadableError("no list of repos")
                for one in objects(answer):
                    if isinstance(number := one.get("id"), int) and (name := text(one.get("name"))):
                        found[number] = name.rpartition("/")[2][:_MAX_NAME]
                after = _after(headers)
                if not after:
                    break
        return found

    def _pages(self, owner: str, digests: Sequence[str]) -> Iterator[Mapping[str, Any]] | None:
        """The pages of one answer; None: GitHub does not know the question."""
        first = self._first(owner, digests)
        return None if first is None else self._following(owner, digests, first)

    def _first(self, owner: str, digests: Sequence[str]) -> Mapping[str, Any] | None:
        with self._lock:
            known = self._kinds.get(owner.lower())
        for kind in _KINDS if known is None else filter(None, (known,)):
            page = self._page(kind, owner, digests, "")
            if page is not None:
                with self._lock:
                    self._kinds[owner.lower()] = kind
                return page
        with self._lock:
            self._kinds[owner.lower()] = ""
        return None

    def _following(self, owner: str, digests: Sequence[str], first: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        page: Mapping[str, Any] = first
        for _ in range(_MAX_PAGES - 1):
            yield page
            after = _next(page)
            if not after:
                return
            page = self._page(self._kinds[owner.lower()], owner, digests, after) or {}
        yield page

    def _page(self, kind: str, owner: str, digests: Sequence[str], after: str) -> Mapping[str, Any] | None:
        query = f"?per_page={_PAGE}" + (f"&after={quote(after, safe='')}" if after else "")
        given = {"subject_digests": list(digests), "predicate_type": "provenance"}
        with translated(f"the attestations of {owner}"):
            requester = self._connection.reader.requester
            try:
                _, answer = requester.requestJsonAndCheck("POST", f"/{kind}/{owner}/attestations/bulk-list{query}", input=given)
            except UnknownObjectException:
                return None
            if not isinstance(answer, dict) or not isinstance(answer.get("attestations_subject_digests"), dict):
                raise UnreadableError("no attestations by digest")
            return answer


def _listed(page: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {digest: objects(listed) for digest, listed in mapping(page.get("attestations_subject_digests")).items()}


def _next(page: Mapping[str, Any]) -> str:
    told = mapping(page.get("page_info"))
    return text(told.get("next")) if told.get("has_next") is True else ""


def _attestation(entry: Mapping[str, Any]) -> Attestation:
    number = entry.get("repository_id")
    repo_id = number if isinstance(number, int) and not isinstance(number, bool) else 0
    bundle = entry.get("bundle")
    if not isinstance(bundle, dict):
        return Attestation(repo_id=repo_id, problem="GitHub tells where its bundle lies, and not what is in it")
    # Certificates and the log's proofs are three quarters of a bundle, and nothing here looks at them.
    written = json.dumps({"dsseEnvelope": bundle.get("dsseEnvelope")}).encode()
    if len(written) > _MAX_BUNDLE_BYTES:
        return Attestation(repo_id=repo_id, problem=f"its bundle has {len(written)} bytes, and at most {_MAX_BUNDLE_BYTES} are read")
    return Attestation(repo_id=repo_id, bundle=written)


def _after(headers: Mapping[str, Any]) -> str:
    """The cursor of the next page, by the header Link."""
    for part in str(headers.get("link") or "")[:_MAX_LINK].split(","):
        address, _, relation = part.partition(";")
        if 'rel="next"' in relation:
            asked = parse_qs(urlsplit(address.strip(" <>")).query)
            return next(iter(asked.get("after", [])), "")
    return ""
