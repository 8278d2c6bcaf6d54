"""Files that lie at GitHub: in the newest artifact of a workflow that succeeded, or on a branch; each with its age.

(GitHub REST: "Actions artifacts", "Repository contents", "Commits".) An artifact counts only by a run of the default branch in the repo
itself: whoever opens a pull request, from a fork or not, may upload one of any name.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from bot.clients.http import Answer, HttpClient, HttpError
from bot.clients.json_fields import Object, UnreadableError, mapping, moment, objects, parsed, text
from bot.clients.json_text import read_json
from bot.clients.zip_files import files_of
from bot.model.forge import ForgeError
from bot.model.secret import Secret

_HEADERS: Final = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
_MOST_RUNS: Final = 10
"""Artifacts of one name that are looked at, the newest first, for one whose run succeeded."""
_MOST_FILES: Final = 100
_MAX_ARCHIVE: Final = 64 << 20
_MAX_ANSWER: Final = 8 << 20
_REFUSED: Final = frozenset({401, 403, 404})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One file."""

    name: str
    """For people: `acme/ops artifact inventory: prod.json`."""
    data: bytes
    at: datetime
    """When it was put there, as GitHub says."""


class StoredLists:
    """Reads them. Each call raises ForgeError, or UnreadableError for what is not as it should be; safe to use from several threads."""

    def __init__(
        self, http: HttpClient, base_url: str, token: Callable[[str], Secret | None], *, endings: Sequence[str], max_bytes: int
    ) -> None:
        """`token` is asked for the owner of each repo; `max_bytes` are those of one file, and of all of an artifact."""
        self._http: Final = http
        self._base: Final = base_url.rstrip("/")
        self._token: Final = token
        self._endings: Final = tuple(endings)
        self._max_bytes: Final = max_bytes

    def of_artifact(self, repo: str, name: str) -> list[Stored]:
        """The files in the newest artifact of that name."""
        artifact = self._artifact(repo, name)
        at = moment(artifact.get("created_at"))
        if at is None:
            raise UnreadableError("GitHub does not say when the artifact was made")
        where = f"/repos/{repo}/actions/artifacts/{_number(artifact.get('id'))}/zip"
        data = self._asked(repo, where, "artifact", max_body_bytes=_MAX_ARCHIVE).body
        told = text(artifact.get("digest"))
        if told.startswith("sha256:") and hashlib.sha256(data).hexdigest() != told.removeprefix("sha256:"):
            raise UnreadableError("the artifact that came is not the one that GitHub has by its digest; run again")
        files = files_of(data, endings=self._endings, most_files=_MOST_FILES, max_bytes=self._max_bytes)
        found = [Stored(name=f"{repo} artifact {name}: {file[:200]}", data=body, at=at) for file, body in files]
        if not found:
            raise UnreadableError(f"the artifact holds no list ({', '.join(self._endings)})")
        return found

    def _artifact(self, repo: str, name: str) -> Object:
        branch = text(self._json(repo, f"/repos/{repo}", "repo").get("default_branch"))
        asked = urlencode({"name": name, "per_page": 100})
        listed = objects(self._json(repo, f"/repos/{repo}/actions/artifacts?{asked}", "artifacts").get("artifacts"))
        made = [one for one in listed if text(one.get("name")) == name and _is_own(one, branch)]
        made.sort(key=lambda one: text(one.get("created_at")), reverse=True)
        kept = [one for one in made if one.get("expired") is False]
        for one in kept[:_MOST_RUNS]:
            run = _number(mapping(one.get("workflow_run")).get("id"))
            told = self._json(repo, f"/repos/{repo}/actions/runs/{run}", "run")
            if text(told.get("conclusion")) == "success" and not text(told.get("event")).startswith("pull_request"):
                return one
        if made and not kept:
            raise UnreadableError(f"the artifact {name!r} has expired; run the workflow that makes it")
        raise UnreadableError(f"no artifact {name!r} is of a run of {branch} that succeeded; run the workflow that makes it")

    def of_branch(self, repo: str, ref: str, path: str) -> list[Stored]:
        """A file, or those of a folder, at the end of a branch; each as old as the last commit that changed it."""
        place = f"/repos/{repo}/contents/{quote(path)}?{urlencode({'ref': ref})}"
        told = self._read(repo, place, "file")
        if not isinstance(told, list):
            return [self._file(repo, ref, mapping(told))]
        files = [one for one in map(mapping, told) if text(one.get("type")) == "file" and text(one.get("name")).endswith(self._endings)]
        if not files or len(files) > _MOST_FILES:
            raise UnreadableError(f"the folder holds no list, or more than {_MOST_FILES} ({', '.join(self._endings)})")
        return [self._file(repo, ref, one) for one in files]

    def _file(self, repo: str, ref: str, told: Object) -> Stored:
        path, size = text(told.get("path")), told.get("size")
        if text(told.get("type")) != "file" or not isinstance(size, int):
            raise UnreadableError("it is no file; links are not followed")
        if size > self._max_bytes:
            raise UnreadableError(f"it has more than {self._max_bytes >> 20} MiB")
        asked = urlencode({"sha": ref, "path": path, "per_page": 1})
        commits = self._read(repo, f"/repos/{repo}/commits?{asked}", "commits")
        newest = mapping(commits[0]) if isinstance(commits, list) and commits else {}
        at = moment(mapping(mapping(newest.get("commit")).get("committer")).get("date"))
        if at is None:
            raise UnreadableError("GitHub does not say when it was committed")
        blob = self._json(repo, f"/repos/{repo}/git/blobs/{quote(text(told.get('sha')))}", "file", max_body_bytes=2 * size + _MAX_ANSWER)
        return Stored(name=f"{repo}@{ref}: {path}", data=_decoded(blob), at=at)

    def _json(self, repo: str, where: str, what: str, *, max_body_bytes: int = _MAX_ANSWER) -> Object:
        return parsed(self._asked(repo, where, what, max_body_bytes=max_body_bytes).body)

    def _read(self, repo: str, where: str, what: str) -> Any:  # noqa: ANN401 - whatever it holds
        try:
            return read_json(self._asked(repo, where, what, max_body_bytes=_MAX_ANSWER).body)
        except (ValueError, RecursionError) as error:
            raise UnreadableError("GitHub's answer is no valid JSON") from error

    def _asked(self, repo: str, where: str, what: str, *, max_body_bytes: int) -> Answer:
        token = self._token(repo.partition("/")[0])
        authorization = None if token is None else Secret(f"Bearer {token.reveal()}")
        try:
            answer = self._http.request(
                "GET", f"{self._base}{where}", headers=_HEADERS, authorization=authorization, max_body_bytes=max_body_bytes
            )
        except HttpError as error:
            raise ForgeError(str(error), is_temporary=error.is_temporary) from error
        if answer.status in _REFUSED:
            needs = "actions: read" if what in {"artifact", "artifacts", "run"} else "contents: read"
            why = f"it is not there, or kept from this token. It has to be in the App's reach, with {needs}."
            raise ForgeError(f"GitHub says {answer.status} of its {what}: {why}")
        if not answer.is_success:
            raise ForgeError(f"GitHub says {answer.status} of its {what}. Run again later.", is_temporary=True)
        return answer


def _is_own(artifact: Mapping[str, Any], branch: str) -> bool:
    """Whether it was made in the repo itself, of its default branch."""
    run = mapping(artifact.get("workflow_run"))
    return bool(branch) and text(run.get("head_branch")) == branch and run.get("head_repository_id") == run.get("repository_id") is not None


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnreadableError("GitHub's answer has no number where one belongs")
    return value


def _decoded(blob: Object) -> bytes:
    content = blob.get("content")
    if text(blob.get("encoding")) != "base64" or not isinstance(content, str):
        raise UnreadableError("GitHub's answer has no content")
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("GitHub's answer has content that is no base64") from error
