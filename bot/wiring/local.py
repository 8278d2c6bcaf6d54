"""A folder, a clone, a file or an image: no token, no fleet."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from bot.decide.candidates import candidates as judge_candidates
from bot.decide.context import PinContext
from bot.find.proof import Changed, Wanted, change_files
from bot.ledger.ledger import Ledger
from bot.model.dependency import OCI, Dependency
from bot.model.image import Digest, ImageReference
from bot.model.pin import Pin
from bot.model.update import Decision, Propose, UpdateKind
from bot.pipeline.decide import decide
from bot.pipeline.parts import Parts
from bot.pipeline.progress import Progress, silent
from bot.pipeline.watch import watch
from bot.settings import Settings
from bot.watch.github import GitHubApi
from bot.wiring import folder
from bot.wiring.clients import Now, http_client, is_upstream, no_token, registry_client, utc_now
from bot.wiring.look import make_parts, make_watcher, remembered_facts, remembered_platforms


def check(path: Path, settings: Settings, *, progress: Progress = silent, now: Now = utc_now) -> list[Decision]:
    """The verdict on every pin of a folder or file, asked of the real places."""
    pins = [finding for finding in folder.find(path, settings) if isinstance(finding, Pin)]
    moment = now()
    with _parts(settings, progress=progress, now=moment) as parts:
        listings = watch(parts, (pin.dependency for pin in pins), now=moment)
        app = path.resolve().name
        contexts = [(pin, PinContext(repo="", app=app, stage=parts.stage_of(pin.file))) for pin in pins]
        return decide(parts, contexts, listings, now=moment)


def update(path: Path, settings: Settings, *, progress: Progress = silent, now: Now = utc_now) -> Changed:
    """The files of a folder with every pin moved that may move now."""
    updates = [d.verdict.update for d in check(path, settings, progress=progress, now=now) if isinstance(d.verdict, Propose)]
    return change_files(folder.tree(path, settings), [Wanted.by(update) for update in updates])


def update_to(path: Path, settings: Settings, assignments: Sequence[tuple[str, str]]) -> Changed:
    """Every pin of the named dependencies moved to a given value, offline.

    An assignment is a dependency's name (as written or in normal form) and `value`, `value@digest` or `@digest`.
    """
    pins = [finding for finding in folder.find(path, settings) if isinstance(finding, Pin) and not finding.opt_out]
    moves = []
    for name, target in assignments:
        value, _, digest = target.partition("@")
        moves += [
            Wanted(pin=pin, value=value or None, digest=Digest(digest) if digest else None)
            for pin in pins
            if name in {pin.name, pin.dependency.name}
        ]
    return change_files(folder.tree(path, settings), moves)


def candidates(
    reference: ImageReference, settings: Settings, *, largest: UpdateKind, tags: Sequence[str] | None, now: Now = utc_now
) -> Decision:
    """The verdict on every tag of an image's repository; `tags` takes the place of the registry's list."""
    if reference.tag is None:
        raise ValueError(f"{reference} has no tag to compare with")
    if tags is None:
        with http_client(settings) as http:
            tags = registry_client(settings, http).tags(reference)
    return judge_candidates(Dependency(datasource=OCI, name=reference.name), reference.tag, tags, allow=largest, now=now())


@contextmanager
def _parts(settings: Settings, *, progress: Progress, now: datetime) -> Iterator[Parts]:
    with http_client(settings) as http, closing(Ledger.open(settings.ledger_url)) as ledger:
        token = (lambda: settings.secrets.github_token) if is_upstream(settings) else no_token
        upstream = GitHubApi(http=http, base_url=settings.github.upstream_api_url, token=token)
        registry = registry_client(settings, http)
        watcher = make_watcher(settings, http=http, registry=registry, upstream=upstream)
        yield make_parts(
            settings,
            watcher=watcher,
            facts=remembered_facts(registry, watcher, ledger, now),
            platforms_of=remembered_platforms(registry, ledger, now),
            ledger=ledger,
            progress=progress,
        )
