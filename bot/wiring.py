"""The only file that names concrete parts."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from bot import pipeline
from bot.clients.database import Database
from bot.clients.folder import FolderTree
from bot.clients.http import HttpClient
from bot.clients.oci.client import RegistryClient
from bot.clients.oci.credentials import DockerKeychain
from bot.clients.oci.endpoint import Mirror
from bot.decide.candidates import candidates as judge_candidates
from bot.decide.decider import Decider, PinContext
from bot.find.proof import Changed, Wanted, change_files
from bot.find.scan import find_in_file, scan
from bot.model.dependency import OCI, Dependency
from bot.model.edit import FileChange
from bot.model.image import Digest, ImageReference
from bot.model.pin import Finding, Pin
from bot.model.update import Decision, Propose, UpdateKind
from bot.pipeline import Parts, Progress, silent
from bot.settings import Settings
from bot.track.ledger import Ledger
from bot.watch.oci import OciDatasource
from bot.watch.watcher import Watcher

Now = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def find(path: Path, settings: Settings) -> tuple[Finding, ...]:
    """The findings of a folder, or of one file, in the order of the files. `file` is relative to the folder."""
    tree = _tree(path, settings)
    if path.is_dir():
        return tuple(scan(tree, workers=os.cpu_count() or 1))
    name = PurePosixPath(path.name)
    text = tree.read(name)
    return () if text is None else find_in_file(name, text, tree)


def check(path: Path, settings: Settings, *, progress: Progress = silent, now: Now = utc_now) -> list[Decision]:
    """The verdict on every pin of a folder or file, asked of the real places."""
    pins = [finding for finding in find(path, settings) if isinstance(finding, Pin)]
    with _parts(settings, progress=progress) as parts:
        moment = now()
        listings = pipeline.watch(parts, (pin.dependency for pin in pins), now=moment)
        app = path.resolve().name
        contexts = [(pin, PinContext(repo="", app=app, stage=parts.stage_of(pin.file))) for pin in pins]
        return pipeline.decide(parts, contexts, listings, now=moment)


def update(path: Path, settings: Settings, *, progress: Progress = silent, now: Now = utc_now) -> Changed:
    """The files of a folder with every pin moved that may move now."""
    updates = [d.verdict.update for d in check(path, settings, progress=progress, now=now) if isinstance(d.verdict, Propose)]
    return change_files(_tree(path, settings), [pipeline.wanted(update) for update in updates])


def update_to(path: Path, settings: Settings, assignments: Sequence[tuple[str, str]]) -> Changed:
    """Every pin of the named dependencies moved to a given value, offline.

    An assignment is a dependency's name (as written or in normal form) and `value`, `value@digest` or `@digest`.
    """
    pins = [finding for finding in find(path, settings) if isinstance(finding, Pin) and not finding.opt_out]
    wanted = []
    for name, target in assignments:
        value, _, digest = target.partition("@")
        wanted += [
            Wanted(pin=pin, value=value or None, digest=Digest(digest) if digest else None)
            for pin in pins
            if name in {pin.name, pin.dependency.name}
        ]
    return change_files(_tree(path, settings), wanted)


def write(path: Path, changes: Sequence[FileChange]) -> None:
    """Write changed files below a folder, each whole or not at all. Modes stay."""
    root = path if path.is_dir() else path.parent
    for change in changes:
        target = root / change.path
        draft = target.with_name(f".{target.name}.rebuild-bot")
        draft.write_bytes(change.new)
        draft.chmod(target.stat().st_mode)
        draft.replace(target)


def candidates(
    reference: ImageReference, settings: Settings, *, largest: UpdateKind, tags: Sequence[str] | None, now: Now = utc_now
) -> Decision:
    """The verdict on every tag of an image's repository; `tags` takes the place of the registry's list."""
    if reference.tag is None:
        raise ValueError(f"{reference} has no tag to compare with")
    if tags is None:
        with HttpClient() as http:
            tags = _registry(settings, http).tags(reference)
    return judge_candidates(Dependency(datasource=OCI, name=reference.name), reference.tag, tags, allow=largest, now=now())


def _tree(path: Path, settings: Settings) -> FolderTree:
    root = path if path.is_dir() else path.parent
    return FolderTree(root, exclude=settings.find.exclude, max_file_bytes=settings.find.max_file_bytes)


@contextmanager
def _parts(settings: Settings, *, progress: Progress) -> Iterator[Parts]:
    ledger = Ledger(Database(settings.ledger_url))
    with HttpClient() as http:
        registry = _registry(settings, http)
        yield Parts(
            watcher=Watcher([OciDatasource(registry)], workers=settings.limits.parallel_lookups),
            decider=Decider(settings.rules, settings.approved_bases),
            ledger=ledger,
            stage_of=lambda file: "",
            progress=progress,
        )


def _registry(settings: Settings, http: HttpClient) -> RegistryClient:
    mirrors = {
        prefix: Mirror(prefix=prefix, location=registry.location or prefix, plain_http=registry.plain_http)
        for prefix, registry in settings.registries.items()
        if registry.location or registry.plain_http
    }
    return RegistryClient(http=http, keychain=DockerKeychain(), mirrors=mirrors)
