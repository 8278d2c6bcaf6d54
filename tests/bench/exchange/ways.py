"""Ways to bring what is new in a repo: each knows the old commit of a step, or nothing, and gives the bytes of files of the new one."""

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from bot.clients.git import GitAccess, GitCache
from bot.clients.http import Answer, HttpClient
from bot.find.scan import is_candidate
from bot.model.fleet import Repo
from bot.model.secret import Secret
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.sandbox.server import LOOPBACK
from tests.bench.exchange.cases import Step

_DOCUMENT_BLOBS: Final = 100
"""That many are asked for by one GraphQL document; GitHub gives up on those that take it longer than 10 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a repo is served, and a folder for what a way keeps on disk."""

    url: str
    full_name: str
    folder: Path


class Way(Protocol):
    """A new one for each step: it remembers what it has."""

    name: str

    def prepare(self, old: str) -> None:
        """Have what was there at the commit; this is not measured."""
        ...

    def bring(self, step: Step) -> Mapping[PurePosixPath, bytes]:
        """The contents of the step's files; one that can't be had this way is not among them."""
        ...


class ByGit:
    """As the bot does it: what differs from the old head, in one pack."""

    name = "git, one exchange"

    def __init__(self, place: Place) -> None:
        self._place: Final = place
        self._cache: Final = GitCache(place.folder, access=GitAccess(prefix=f"{place.url}/", token=lambda: Secret(BOT_TOKEN)))

    def prepare(self, old: str) -> None:
        self._cache.tree(self._repo(old), is_candidate)

    def bring(self, step: Step) -> Mapping[PurePosixPath, bytes]:
        tree = self._cache.tree(self._repo(step.new), is_candidate)
        return {path: data for path in sorted(step.blobs) if (data := tree.read_bytes(path)) is not None}

    def _repo(self, head: str) -> Repo:
        name = self._place.full_name
        return Repo(full_name=name, default_branch="main", head=head, clone_url=f"{self._place.url}/{name}.git")


class ByTarball:
    """The whole commit each time: no old one makes it smaller."""

    name = "tarball"

    def __init__(self, place: Place) -> None:
        self._address: Final = f"{place.url}/api/v3/repos/{place.full_name}/tarball"

    def prepare(self, old: str) -> None:
        pass

    def bring(self, step: Step) -> Mapping[PurePosixPath, bytes]:
        with _client() as http:
            answer = _good(http.request("GET", f"{self._address}/{step.new}", authorization=_TOKEN, max_body_bytes=1 << 30))
        found: dict[PurePosixPath, bytes] = {}
        with tarfile.open(fileobj=io.BytesIO(answer.body), mode="r|gz") as archive:
            for member in archive:
                path = PurePosixPath(*PurePosixPath(member.name).parts[1:])
                if path in step.blobs and (opened := archive.extractfile(member)) is not None:
                    found[path] = opened.read()
        return found


class ByBlobs:
    """The list of all files by REST; of those whose blob is another the texts by GraphQL."""

    name = "tree + GraphQL blobs"

    def __init__(self, place: Place) -> None:
        self._api: Final = f"{place.url}/api"
        self._full_name: Final = place.full_name
        self._known: dict[PurePosixPath, str] = {}

    def prepare(self, old: str) -> None:
        with _client() as http:
            self._known = self._listed(http, old)

    def bring(self, step: Step) -> Mapping[PurePosixPath, bytes]:
        with _client() as http:
            listed = self._listed(http, step.new)
            wanted = sorted(path for path in step.blobs if self._known.get(path) != listed[path])
            found: dict[PurePosixPath, bytes] = {}
            for start in range(0, len(wanted), _DOCUMENT_BLOBS):
                found.update(self._texts(http, {path: listed[path] for path in wanted[start : start + _DOCUMENT_BLOBS]}))
        return found

    def _listed(self, http: HttpClient, commit: str) -> dict[PurePosixPath, str]:
        address = f"{self._api}/v3/repos/{self._full_name}/git/trees/{commit}?recursive=1"
        entries = json.loads(_good(http.request("GET", address, authorization=_TOKEN)).body)["tree"]
        return {PurePosixPath(entry["path"]): entry["sha"] for entry in entries if entry["type"] == "blob"}

    def _texts(self, http: HttpClient, blobs: Mapping[PurePosixPath, str]) -> dict[PurePosixPath, bytes]:
        asked = json.dumps(document(self._full_name, list(blobs.values()))).encode()
        answer = _good(http.request("POST", f"{self._api}/blobs", authorization=_TOKEN, json=asked))
        given = json.loads(answer.body)["data"]["repository"].values()
        pairs = zip(blobs, given, strict=True)
        return {path: blob["text"].encode() for path, blob in pairs if blob["text"] is not None and not blob["isTruncated"]}


WAYS: Final[Sequence[type[ByGit] | type[ByTarball] | type[ByBlobs]]] = (ByGit, ByTarball, ByBlobs)
_TOKEN: Final = Secret(f"Bearer {BOT_TOKEN}")


def document(full_name: str, oids: Sequence[str]) -> dict[str, object]:
    """By object name, which the list of files tells: shorter than an expression with a path, and true to the commit."""
    owner, _, name = full_name.partition("/")
    declared = "".join(f"$o{number}:GitObjectID!" for number in range(len(oids)))
    fields = "".join(f"b{number}:object(oid:$o{number}){{...B}}" for number in range(len(oids)))
    query = f"query($owner:String!$name:String!{declared}){{repository(owner:$owner,name:$name){{{fields}}}}}"
    fragment = "fragment B on Blob{text isTruncated isBinary}"
    return {
        "query": f"{query}{fragment}",
        "variables": {"owner": owner, "name": name, **{f"o{number}": oid for number, oid in enumerate(oids)}},
    }


def _client() -> HttpClient:
    return HttpClient(reach=LOOPBACK)


def _good(answer: Answer) -> Answer:
    if not answer.is_success:
        raise RuntimeError(str(answer))
    return answer
