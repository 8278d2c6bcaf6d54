"""What the files of unchanged repos say, and what is to be changed in them, kept on a shelf."""

import hashlib
import sys
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any, Final

import structlog
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

import bot
from bot.clients.shelf import Shelf
from bot.model.edit import FileChange
from bot.model.fleet import Repo
from bot.model.image import Digest, InvalidReferenceError
from bot.model.pin import Finding, Pin
from bot.pipeline.repo_files import KnownChanges, RepoFiles
from bot.settings import Settings

log = structlog.get_logger()

_KIND: Final = "files"
_CHANGES: Final = "changes"
READERS: Final = (
    "find",
    "model",
    "versions",
    "clients/git",
    "clients/folder.py",
    "clients/plain_yaml.py",
    "clients/private.py",
    "clients/text.py",
    "pipeline/repo_files.py",
    "pipeline/scanned_tree.py",
    "track/backstage.py",
    "track/codeowners.py",
    "wiring/folder.py",
)
"""The code that decides on what is found in a repo's files."""
_LIBRARIES: Final = ("GitPython", "packaging", "PyYAML", "ruamel.yaml", "univers")
"""What it reads with."""
_FORM: Final[TypeAdapter[tuple[RepoFiles]]] = TypeAdapter(tuple[RepoFiles], config=ConfigDict(arbitrary_types_allowed=True))
"""A digest, a text that knows what it is, is for pydantic of an arbitrary type."""


class ShelvedFiles:
    """`bot.pipeline.repo_files.KnownFiles` on a shelf: good for one head, one version of the finders and the settings that they obey."""

    def __init__(self, shelf: Shelf, settings: Settings) -> None:
        self._shelf: Final = shelf
        self._readers: Final = f"{readers_version()}\n{settings.find.model_dump_json()}"

    def of(self, repo: Repo) -> RepoFiles | None:
        value = self._shelf.get(_KIND, repo.full_name, mark=self._mark(repo))
        return None if value is None else _read(value, repo)

    def keep(self, repo: Repo, files: RepoFiles) -> None:
        try:
            value = _FORM.dump_python((files,), mode="json")
        except PydanticSerializationError as error:
            log.warning("files.not_kept", repo=repo.full_name, error=str(error))
            return
        if _read(value, repo) == files:
            self._shelf.put(_KIND, repo.full_name, value, mark=self._mark(repo))
        else:
            log.warning("files.not_kept", repo=repo.full_name, error="it reads otherwise than it was written")

    def changes_of(self, repo: Repo, app: str) -> KnownChanges:
        value = self._shelf.get(_CHANGES, _place(repo, app), mark=self._mark(repo))
        if value is None:
            return {}
        try:
            return {
                key: tuple(
                    FileChange(path=PurePosixPath(path), old=b64decode(old, validate=True), new=b64decode(new, validate=True))
                    for path, old, new in changes
                )
                for key, changes in value.items()
            }
        except (ValueError, TypeError, AttributeError) as error:
            log.warning("changes.not_understood", repo=repo.full_name, error=str(error))
            return {}

    def keep_changes(self, repo: Repo, app: str, changes: KnownChanges) -> None:
        value = {
            key: [(str(change.path), b64encode(change.old).decode(), b64encode(change.new).decode()) for change in made]
            for key, made in changes.items()
        }
        if value:
            self._shelf.put(_CHANGES, _place(repo, app), value, mark=self._mark(repo))
        else:
            self._shelf.forget(_CHANGES, _place(repo, app))

    def _mark(self, repo: Repo) -> str:
        return f"{self._readers}\n{repo.node_id}\n{repo.head}"


def _place(repo: Repo, app: str) -> str:
    return f"{repo.full_name}\n{app}"


def _read(value: Any, repo: Repo) -> RepoFiles | None:  # noqa: ANN401 - whatever JSON holds
    try:
        (files,) = _FORM.validate_python(value)
    except ValidationError as error:
        log.warning("files.not_understood", repo=repo.full_name, faults=error.error_count())
        return None
    return replace(files, findings=tuple(map(_with_digest, files.findings)))


def _with_digest(finding: Finding) -> Finding:
    """JSON does not tell a digest from a commit; its text does."""
    if isinstance(finding, Pin) and finding.digest is not None:
        with suppress(InvalidReferenceError):
            return replace(finding, digest=Digest(finding.digest))
    return finding


@cache
def readers_version() -> str:
    """Another one for each version of the code that finds pins, and of what it reads with."""
    root = Path(bot.__file__).parent
    digest = hashlib.sha256(sys.version.encode())
    for library in _LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    for reader in READERS:
        place = root / reader
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()
