"""A folder, a clone, a file or an image: no token, no fleet."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from bot.clients.address import git_prefix
from bot.clients.database import DatabaseError, url_of
from bot.decide.candidates import NOWHERE, judging, pin_of, up_to
from bot.decide.candidates import candidates as judge_candidates
from bot.decide.case import Detail
from bot.decide.context import PinContext
from bot.find.proof import Changed, Wanted, change_files
from bot.ledger.ledger import Ledger
from bot.model.base_lag import BaseLag
from bot.model.base_state import BaseState
from bot.model.dependency import OCI, Dependency
from bot.model.exit_code import ExitCode
from bot.model.failure import ToldError
from bot.model.fleet import App
from bot.model.image import Digest, ImageReference
from bot.model.pin import Pin, Skip
from bot.model.rules import Rule
from bot.model.run import AppDecisions
from bot.model.update import Decision, Propose, UpdateKind
from bot.pipeline.bases import base_states
from bot.pipeline.copies import copy_behind
from bot.pipeline.decide import decide
from bot.pipeline.parts import Parts
from bot.pipeline.progress import Progress, silent
from bot.pipeline.stages_before import with_stages_of_folder
from bot.pipeline.watch import watch
from bot.settings import Settings
from bot.settings.fault import suggestion
from bot.watch.github import GitHubApi
from bot.wiring import folder
from bot.wiring.assess import opening
from bot.wiring.clients import Now, http_client, is_upstream, registry_client, upstream_token, utc_now
from bot.wiring.look import make_parts, make_watcher, remembered_facts, remembered_platforms
from bot.wiring.own_file import OwnFile, own_file_of
from bot.wiring.trust import make_trust

log = structlog.get_logger()

_NO_REPO: Final = ""
"""A folder has no name on a forge."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a look at a folder came to."""

    looked: AppDecisions
    images: tuple[BaseState, ...] = ()
    """What is inside the images in use; empty where nobody asked."""
    own_file: OwnFile | None = None
    """The clone's own file, where the verdicts obey one."""


def check(path: Path, settings: Settings, *, with_images: bool = False, progress: Progress = silent, now: Now = utc_now) -> Checked:
    """The verdict on every pin of a folder or file, asked of the real places, and what can't be read or edited safely.

    `with_images` opens the images in use. Raises NothingToAskError where nothing is configured that tells of holes.
    """
    findings = folder.find(path, settings, progress=progress)
    pins = [finding for finding in findings if isinstance(finding, Pin)]
    skips = tuple(finding for finding in findings if isinstance(finding, Skip))
    moment, own = now(), own_file_of(path, settings)
    with _parts(settings, progress=progress, now=moment) as made:
        parts = made if own is None else replace(made, decider=made.decider.within({_NO_REPO: own.rules}))
        listings = watch(parts, (pin.dependency for pin in pins), now=moment)
        app = path.resolve().name
        contexts = [(pin, PinContext(repo=_NO_REPO, app=app, stage=parts.stage_of(pin.file))) for pin in pins]
        decisions = decide(parts, with_stages_of_folder(parts, contexts), listings, now=moment)
        looked = AppDecisions(app=App(name=app, repo=_NO_REPO), decisions=tuple(decisions), skips=skips)
        if not with_images:
            return Checked(looked=looked, own_file=own)
        if parts.steps is None:
            raise NothingToAskError(
                "no image was opened: `assess` of the configuration names nothing that tells of holes; set `assess.advisories`"
            )
        images = tuple(base_states(parts, [looked], most_new=len(pins), now=moment))
        return Checked(looked=looked, images=images, own_file=own)


class NothingToAskError(ToldError):
    """Holes shall be told, and nothing is configured that knows of them."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, kw_only=True)
class Updated:
    """What an update of a folder came to."""

    looked: AppDecisions
    """On every pin; those that could not be looked at are among them."""
    changed: Changed
    own_file: OwnFile | None = None


def update(path: Path, settings: Settings, *, progress: Progress = silent, now: Now = utc_now) -> Updated:
    """The files of a folder with every pin moved that may move now."""
    checked = check(path, settings, progress=progress, now=now)
    looked = checked.looked
    updates = [decision.verdict.update for decision in looked.decisions if isinstance(decision.verdict, Propose)]
    changed = _change(path, settings, [Wanted.by(update) for update in updates])
    return Updated(looked=looked, changed=changed, own_file=checked.own_file)


def _change(path: Path, settings: Settings, wanted: Sequence[Wanted]) -> Changed:
    return change_files(folder.tree(path, settings), wanted, finders=folder.finders(settings))


class NoSuchPinError(ToldError):
    """A name that no pin has."""

    exit_code = ExitCode.USAGE


def update_to(path: Path, settings: Settings, assignments: Sequence[tuple[str, str]]) -> Changed:
    """Every pin of the named dependencies moved to a given value, offline.

    An assignment is a dependency's name (as written or in normal form) and `value`, `value@digest` or `@digest`. Raises NoSuchPinError.
    """
    found = [finding for finding in folder.find(path, settings) if isinstance(finding, Pin)]
    pins = [pin for pin in found if not pin.opt_out]
    names = {name for pin in found for name in (pin.name, pin.dependency.name)}
    moves = []
    for name, target in assignments:
        if name not in names:
            raise NoSuchPinError(f"no pin in {path} is called {name!r}{suggestion(name, names) or '; there is none at all'}")
        value, _, digest = target.partition("@")
        moves += [
            Wanted(pin=pin, value=value or None, digest=Digest(digest) if digest else None)
            for pin in pins
            if name in {pin.name, pin.dependency.name}
        ]
    return _change(path, settings, moves)


def candidates(
    reference: ImageReference,
    settings: Settings,
    *,
    largest: UpdateKind | None,
    tags: Sequence[str] | None,
    behind: Callable[[BaseLag], None] = lambda _: None,
    now: Now = utc_now,
) -> Decision:
    """The verdict on every tag of an image's repository, by the rules that `check` obeys; `tags` takes the place of the registry's list.

    `largest` is the largest step that may be taken, whatever the rules say; None: what they say. `behind` hears what the upstream
    of a copy (`bases.copies`) has beyond it.
    """
    if reference.tag is None:
        raise ValueError(f"{reference} has no tag to compare with")
    dependency, moment = Dependency(datasource=OCI, name=reference.name), now()
    rules, bases = settings.rules, settings.catalogue.entries
    if tags is not None:
        return judge_candidates(dependency, reference.tag, tags, allow=largest, rules=rules, approved_bases=bases, now=moment)
    pin = pin_of(dependency, reference.tag)
    with _parts(settings, progress=silent, now=moment, above=up_to(largest), detail=Detail.ALL) as parts:
        listings = watch(parts, [dependency], now=moment)
        judges = replace(parts, decider=judging(parts.decider, largest))
        (decision,) = decide(judges, [(pin, NOWHERE)], listings, now=moment)
        lag = copy_behind(parts, reference, settings.catalogue, listings[dependency], now=moment)
        if lag is not None:
            behind(lag)
    return decision


def _memory(settings: Settings) -> Ledger:
    """What looks at folders remember: a ledger of their own, so that they leave no trace in the fleet's; one that can be lost."""
    try:
        return Ledger.open(url_of(settings.cache_path / "looks.sqlite3"))
    except DatabaseError as error:
        log.warning("looks.not_remembered", error=str(error))
        return Ledger.open("sqlite://")


@contextmanager
def _parts(
    settings: Settings, *, progress: Progress, now: datetime, above: Sequence[Rule] = (), detail: Detail = Detail.NEWER
) -> Iterator[Parts]:
    with ExitStack() as stack:
        http = stack.enter_context(http_client(settings))
        ledger = stack.enter_context(closing(_memory(settings)))
        token = settings.secrets.github_token if is_upstream(settings) else upstream_token(settings)
        url = settings.github.upstream_api_url
        upstream = GitHubApi(http=http, base_url=url, web_url=git_prefix(url).rstrip("/"), token=lambda: token)
        registry = registry_client(settings, http)
        watcher = make_watcher(settings, http=http, registry=registry, upstream=upstream)
        steps = stack.enter_context(opening(settings, http, registry, ledger, now=lambda: now)).steps
        yield make_parts(
            settings,
            watcher=watcher,
            facts=remembered_facts(registry, watcher, ledger, now),
            platforms_of=remembered_platforms(registry, ledger, now),
            ledger=ledger,
            progress=progress,
            above=above,
            detail=detail,
            steps=steps,
            signature_of=make_trust(settings, registry, upstream, now=now).check,
        )
