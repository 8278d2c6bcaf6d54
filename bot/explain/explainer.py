"""An update -> what a maintainer should know of it."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from textwrap import shorten
from typing import Final, TypeVar

import structlog

from bot.clients.oci.session import NotFoundError
from bot.clients.once import once
from bot.explain.compare import REVISION_LABEL, SOURCE_LABEL, URL_LABEL, VERSION_LABEL, differences
from bot.explain.neutralise import neutralise
from bot.explain.releases import Between, between
from bot.explain.sources import GITHUB, KNOWN, SourceRepo
from bot.model.comparison import ImageStep
from bot.model.dependency import GITHUB_RELEASES, GITHUB_TAGS, Dependency
from bot.model.failure import ToldError, told
from bot.model.image import ImageReference, Platform
from bot.model.listing import NotListedError
from bot.model.notes import ImageFacts, Notes, ReleaseNote
from bot.model.update import Update, UpdateKind

log = structlog.get_logger()
_T = TypeVar("_T")
_REVISION: Final = re.compile(r"[0-9a-f]{7,64}")
_TAG_NAME: Final = re.compile(r"[A-Za-z0-9][\w.@/+-]{0,150}", re.ASCII)
_MAX_PROBLEM_CHARACTERS: Final = 300
_NUMBER: Final = re.compile(r"[0-9]+", re.ASCII)


class Explainer:
    """Gathers what the registry and the source repo tell of an update. Safe to call from several threads if what it was given is."""

    def __init__(
        self,
        image_facts: Callable[[ImageReference, Platform | None], ImageFacts],
        release_notes: Callable[[str], Sequence[ReleaseNote]],
        *,
        hosts: Iterable[str] = (GITHUB,),
        values_at: Callable[[Dependency, str], Sequence[str]] = lambda _dependency, _digest: (),
        step_of: Callable[[Update], ImageStep | None] = lambda _: None,
    ) -> None:
        """`release_notes` is asked for `owner/name` of repos on `hosts` only, the first of which stands for repos named without one.

        `values_at` gives the values of a dependency that are known to have stood at a digest; `step_of` opens both images of an update.
        """
        # Many apps take the same update: each image and each repo is asked about once, also where that fails.
        self._image_facts: Final = once(image_facts)
        self._release_notes: Final = once(release_notes)
        self._hosts: Final = tuple(hosts)
        self._values_at: Final = values_at
        self._step_of: Final = step_of

    def explain(self, update: Update) -> Notes:
        """All that could be learned. Never raises: a source that fails is a line in `problems`, one that has nothing in `unseen`."""
        gaps = _Gaps()
        old, new = self._facts(update, gaps)
        source = self._source(update, new)
        names = self._names(update, gaps)
        found = self._between(update, source, _versions(update, old, new, names), gaps)
        return Notes(
            old=old,
            new=new,
            source_url=source.url if source else None,
            compare_url=_compare_url(source, old, new, found),
            releases=tuple(replace(note, text=neutralise(note.text)) for note in found.notes),
            older_releases=found.older,
            may_lack_releases=found.may_lack_some,
            differences=differences(old, new) if old and new else (),
            old_name=names[0],
            new_name=names[1],
            step=gaps.attempt("what is inside the images", lambda: self._step_of(update)),
            problems=tuple(gaps.problems),
            unseen=tuple(gaps.unseen),
        )

    def _names(self, update: Update, gaps: "_Gaps") -> tuple[str | None, str | None]:
        """What the digests are beside a floating value: `v4` is v4.2.1 by now."""
        pin, release = update.pin, update.release
        if update.kind is not UpdateKind.DIGEST:
            return None, None

        def name(digest: str | None) -> str | None:
            values = self._values_at(pin.dependency, str(digest)) if digest else ()
            others = [value for value in values if value not in {pin.value, release.value}]
            return max(others, key=lambda value: (len(_NUMBER.findall(value)), -len(value), value), default=None)

        return (
            gaps.attempt("what else the digest in use is called", lambda: name(pin.digest)),
            gaps.attempt("what else the new digest is called", lambda: name(release.digest)),
        )

    def _facts(self, update: Update, gaps: "_Gaps") -> tuple[ImageFacts | None, ImageFacts | None]:
        pin, release = update.pin, update.release
        old, new = update.old_image, update.new_image
        if old is None or new is None:
            return None, None

        def facts(image: ImageReference) -> ImageFacts:
            return self._image_facts(image, Platform.parse(pin.platform) if pin.platform else None)

        return (
            gaps.attempt(f"the image {pin.dependency.name} as it is now", lambda: facts(old)),
            gaps.attempt(f"the image {pin.dependency.name}:{release.value}", lambda: facts(new)),
        )

    def _source(self, update: Update, new: ImageFacts | None) -> SourceRepo | None:
        dependency = update.pin.dependency
        if dependency.datasource in {GITHUB_RELEASES, GITHUB_TAGS}:
            return SourceRepo.parse(f"{self._hosts[0]}/{dependency.name}", self._hosts)
        labels = new.labels if new else {}
        for text in (labels.get(SOURCE_LABEL), update.release.source_url, labels.get(URL_LABEL)):
            if text and (source := SourceRepo.parse(text, self._hosts)):
                return source
        known = KNOWN.get(dependency.name)
        return SourceRepo.parse(f"{GITHUB}/{known}", self._hosts) if known else None

    def _between(self, update: Update, source: SourceRepo | None, versions: tuple[str, str] | None, gaps: "_Gaps") -> Between:
        if source is None or versions is None:
            return Between()
        releases = gaps.attempt(f"the releases of {source.name}", lambda: self._release_notes(source.name))
        package = update.pin.dependency.name.rpartition("#")[2].rpartition("/")[2]
        return between(releases or (), *versions, package=package)


def _versions(
    update: Update, old: ImageFacts | None, new: ImageFacts | None, names: tuple[str | None, str | None]
) -> tuple[str, str] | None:
    """The versions that the notes shall lie between: as written, as the labels say, or as the digests are called; None: the same."""
    written = update.range_step or (update.pin.value or "", update.release.value)
    labelled = (old.labels.get(VERSION_LABEL, "") if old else "", new.labels.get(VERSION_LABEL, "") if new else "")
    for before, after in (written, labelled, names):
        if before and after and before != after:
            return before, after
    return None


def _compare_url(source: SourceRepo | None, old: ImageFacts | None, new: ImageFacts | None, found: Between) -> str | None:
    if source is None:
        return None
    revisions = [facts.labels.get(REVISION_LABEL, "") if facts else "" for facts in (old, new)]
    if revisions[0] != revisions[1] and all(_REVISION.fullmatch(revision) for revision in revisions):
        return source.compare_url(revisions[0], revisions[1])
    if found.old_tag and found.new_tag and all(_TAG_NAME.fullmatch(tag) for tag in (found.old_tag, found.new_tag)):
        return source.compare_url(found.old_tag, found.new_tag)
    return None


@dataclass(slots=True)
class _Gaps:
    """What could not be learned of an update."""

    problems: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    def attempt(self, what: str, call: Callable[[], _T]) -> _T | None:
        """What the source says; None where it fails, which is noted."""
        try:
            return call()
        except (NotListedError, NotFoundError) as error:
            log.info("notes.nothing_there", what=what, error=str(error))
            self.unseen.append(f"Not there, or not shown to the bot: {what}")
        except ToldError as error:
            log.warning("notes.source_failed", what=what, error=str(error))
            said = shorten(told(error, where=error.where), _MAX_PROBLEM_CHARACTERS, placeholder=" …")
            self.problems.append(f"Could not read {what}: {said}")
        except Exception as error:
            log.exception("notes.source_failed", what=what)
            self.problems.append(f"Could not read {what}: {told(error)}")
        return None
