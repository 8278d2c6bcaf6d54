"""The lineage of an image: no token, no folder, no fleet."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from bot.clients.git.tree import GitTree
from bot.clients.oci.client import RegistryClient
from bot.clients.oci.session import RegistryError
from bot.ledger.ledger import Ledger
from bot.model.assessment import AssessedImage, HoleChanges
from bot.model.comparison import Comparison
from bot.model.failure import Failure, ToldError
from bot.model.forge import ForgeError
from bot.model.image import ImageReference, Platform
from bot.model.lineage import Behind, FoundBase, Lineage
from bot.pipeline.attempt import attempt
from bot.pipeline.progress import Progress, silent
from bot.pipeline.steps import compare_contents, step_between
from bot.pipeline.written_bases import written_bases
from bot.settings import Settings
from bot.wiring.assess import Opening, opening
from bot.wiring.clients import http_client, registry_client
from bot.wiring.local import candidates

_COMMIT: Final = re.compile(r"[0-9a-f]{40}", re.ASCII)
_NEWER: Final = frozenset({"chosen", "newer", "held"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuild:
    """What of an image's base would be another one after a new build."""

    comparison: Comparison
    holes: HoleChanges | None = None
    """None: nothing tells of holes, or nobody asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All that there is to say of an image's base."""

    lineage: Lineage
    behind: Behind | None = None
    """None: no base, or no tag of it is known, or it could not be asked."""
    newer: tuple[str, ...] = ()
    """Newer releases on the line of the base's tag, the newest first, by the rules that `check` obeys."""
    rebuild: Rebuild | None = None
    """None: the base is current or not known, or nobody asked."""
    problems: tuple[str, ...] = ()
    """What could not be asked of the base."""


class NoImageError(ToldError):
    """The image can't be had."""


def lineage(
    reference: ImageReference,
    settings: Settings,
    *,
    now: datetime,
    platform: Platform | None = None,
    clone: Path | None = None,
    with_rebuild: bool = True,
    with_holes: bool = True,
    progress: Progress = silent,
) -> Told:
    """Which base an image stands on, how far that is behind, and what a rebuild would bring. Raises NoImageError.

    `clone` is one of the repo that the image was built from: its Dockerfiles are read at the commit that the image names.
    """
    with _opening(settings, now) as (opened, registry):
        lineages = opened.lineages if clone is None else opened.lineages.with_dockerfiles(partial(written_bases, partial(_tree, clone)))
        found = lineages.of(reference, str(platform) if platform else None)
        if isinstance(found, Failure):
            raise NoImageError(str(found))
        if found.base is None:
            return Told(lineage=found)
        behind = opened.lineages.behind(found, registry.digest)
        newer = _newer(found.base, settings)
        problems = [str(one) for one in (behind, newer) if isinstance(one, Failure)]
        known = None if isinstance(behind, Failure) else behind
        rebuild = None
        if with_rebuild and known is not None and not known.is_current:
            made = attempt(str(found.base.base), lambda: _rebuild(opened, found, known, progress, with_holes=with_holes))
            problems += [f"what a rebuild would bring: {made}"] if isinstance(made, Failure) else []
            rebuild = None if isinstance(made, Failure) else made
    return Told(
        lineage=found,
        behind=known,
        newer=() if isinstance(newer, Failure) else newer,
        rebuild=rebuild,
        problems=tuple(problems),
    )


def _tree(clone: Path, _image: ImageReference, revision: str) -> GitTree:
    """The clone's files at a commit. Raises ForgeError."""
    if not _COMMIT.fullmatch(revision):
        raise ForgeError(f"{revision[:80]!r} is no commit.")
    folder = clone / ".git"
    return GitTree(folder if folder.exists() else clone, revision, name=str(clone))


def _newer(found: FoundBase, settings: Settings) -> tuple[str, ...] | Failure:
    """The newer releases of the base's line; none where its tag is not known."""
    if found.base.tag is None:
        return ()
    tagged = replace(found.base, digest=None)
    decided = attempt(str(tagged), lambda: candidates(tagged, settings, largest=None, tags=None))
    if isinstance(decided, Failure):
        return decided
    return tuple(one.value for one in decided.candidates if one.verdict in _NEWER and one.value != tagged.tag)


def _rebuild(opened: Opening, found: Lineage, behind: Behind, progress: Progress, *, with_holes: bool) -> Rebuild:
    """The base as it is in the image, and as its tag stands now. Raises RegistryError."""
    if found.base is None or found.base.base.digest is None:
        raise RegistryError(f"{found.image}: no digest of its base is known.")
    platform = Platform.parse(found.platform)
    before, after = (opened.inspector.inspect(image, platform, progress) for image in (found.base.base, behind.tagged))
    if opened.assessor is None or not with_holes:
        return Rebuild(comparison=compare_contents(before, after))
    step = step_between(*(AssessedImage(contents=each, assessment=opened.assessor.assess(each)) for each in (before, after)))
    return Rebuild(comparison=step.comparison, holes=step.holes)


@contextmanager
def _opening(settings: Settings, now: datetime) -> Iterator[tuple[Opening, RegistryClient]]:
    with ExitStack() as stack:
        http = stack.enter_context(http_client(settings))
        ledger = stack.enter_context(closing(Ledger.open(settings.ledger_url)))
        registry = registry_client(settings, http)
        yield stack.enter_context(opening(settings, http, registry, ledger, now=lambda: now)), registry
