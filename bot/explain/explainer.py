"""An update -> what a maintainer should know of it."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final

from bot.clients.once import once
from bot.explain.compare import REVISION_LABEL, SOURCE_LABEL, URL_LABEL, VERSION_LABEL, differences
from bot.explain.gaps import Gaps
from bot.explain.neutralise import neutralise
from bot.explain.releases import Between
from bot.explain.source_notes import SourceReader, Step, known_revisions, no_changelog, no_commits
from bot.explain.sources import GITHUB, KNOWN, SourceRepo
from bot.model.chart import ChartStep
from bot.model.comparison import ImageStep
from bot.model.dependency import GITHUB_RELEASES, GITHUB_TAGS, Dependency
from bot.model.image import ImageReference, Platform
from bot.model.notes import ChangelogFile, CommitsBetween, ImageFacts, NamedSource, NewestNotes, Notes, ReleaseNote
from bot.model.signature import SignatureStep
from bot.model.update import Update, UpdateKind

_TAG_NAME: Final = re.compile(r"[A-Za-z0-9][\w.@/+-]{0,150}", re.ASCII)
_BY_TAGS: Final = frozenset({GITHUB_RELEASES, GITHUB_TAGS})
_NUMBER: Final = re.compile(r"[0-9]+", re.ASCII)
_VCS_LABEL: Final = "org.label-schema.vcs-url"
"""What went before the OCI's label of the source."""


class Explainer:
    """Gathers what the registry and the source repo tell of an update. Safe to call from several threads if what it was given is."""

    def __init__(
        self,
        image_facts: Callable[[ImageReference, Platform | None], ImageFacts],
        release_notes: Callable[[str], Sequence[ReleaseNote]],
        *,
        changelog: Callable[[str, str | None, str | None], ChangelogFile | None] = no_changelog,
        commits: Callable[[str, str, str], CommitsBetween | None] = no_commits,
        named: Sequence[NamedSource] = (),
        hosts: Iterable[str] = (GITHUB,),
        values_at: Callable[[Dependency, str], Sequence[str]] = lambda _dependency, _digest: (),
        chart_of: Callable[[Update], ChartStep | None] = lambda _: None,
        step_of: Callable[[Update], ImageStep | None] = lambda _: None,
        signatures_of: Callable[[Update], SignatureStep | None] = lambda _: None,
    ) -> None:
        """`release_notes` is asked for `owner/name` of repos on `hosts` only, the first of which stands for repos named without one.

        `changelog` is asked for a repo, a ref and a path, the latter two where they are known; `commits` for a repo and two commits.
        `named` says where the releases of some dependencies are, the first that fits, before all that images say of themselves.
        `values_at` gives the values of a dependency that are known to have stood at a digest; `step_of` opens both images of an update,
        `chart_of` both charts, `signatures_of` tells who signed both images.
        """
        # Many apps take the same update: each image and each repo is asked about once, also where that fails.
        self._image_facts: Final = once(image_facts)
        self._reader: Final = SourceReader(release_notes, changelog, commits)
        self._named: Final = tuple(named)
        self._hosts: Final = tuple(hosts)
        self._values_at: Final = values_at
        self._step_of: Final = step_of
        self._chart_of: Final = chart_of
        self._signatures_of: Final = signatures_of

    def explain(self, update: Update) -> Notes:
        """All that could be learned. Never raises: a source that fails is a line in `problems`, one that has nothing in `unseen`."""
        gaps = Gaps()
        old, new = self._facts(update, gaps)
        chart = gaps.attempt("what changes in the chart", lambda: self._chart_of(update))
        # What was released between versions of one image says nothing of the way to another one.
        source = None if update.is_migration else self._source(update, new, chart)
        names = self._names(update, gaps)
        step = _step(update, old, new, names)
        told = self._reader.read(source, step, gaps)
        return Notes(
            old=old,
            new=new,
            source_url=source.url if source else None,
            compare_url=_compare_url(source, step, told.found, prefers_tags=update.pin.dependency.datasource in _BY_TAGS),
            releases=tuple(replace(note, text=neutralise(note.text)) for note in told.found.notes),
            older_releases=told.found.older,
            newest=NewestNotes.TOLD if chart and _says_of(chart, update) else told.newest,
            changelog=told.changelog,
            commits=told.commits,
            same_revision=_same_revision(step, old, new),
            may_lack_releases=told.found.may_lack_some,
            differences=differences(old, new) if old and new else (),
            old_name=names[0],
            new_name=names[1],
            step=gaps.attempt("what is inside the images", lambda: self._step_of(update)),
            signatures=gaps.attempt("who signed the images", lambda: self._signatures_of(update)),
            chart=chart,
            problems=(*gaps.problems, *(chart.problems if chart else ())),
            unseen=tuple(gaps.unseen),
        )

    def _names(self, update: Update, gaps: Gaps) -> tuple[str | None, str | None]:
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

    def _facts(self, update: Update, gaps: Gaps) -> tuple[ImageFacts | None, ImageFacts | None]:
        pin, release = update.pin, update.release
        old, new = update.old_image, update.new_image
        if old is None or new is None:
            return None, None

        def facts(image: ImageReference) -> ImageFacts:
            return self._image_facts(image, Platform.parse(pin.platform) if pin.platform else None)

        return (
            gaps.attempt(f"the image {pin.dependency.name} as it is now", lambda: facts(old)),
            gaps.attempt(f"the image {new.name}:{release.value}", lambda: facts(new)),
        )

    def _source(self, update: Update, new: ImageFacts | None, chart: ChartStep | None) -> SourceRepo | None:
        dependency = update.pin.dependency
        named = next((one for one in self._named if any(fnmatchcase(dependency.name, glob) for glob in one.match)), None)
        if named is not None:
            repo = named.repo.replace("*", _last_part(dependency))
            found = SourceRepo.parse(f"{self._hosts[0]}/{repo}", self._hosts)
            return None if found is None else replace(found, tag_prefix=named.tag_prefix, changelog=named.changelog)
        if dependency.datasource in _BY_TAGS:
            return SourceRepo.parse(f"{self._hosts[0]}/{dependency.name}", self._hosts)
        labels = new.labels if new else {}
        labelled = (labels.get(SOURCE_LABEL), labels.get(_VCS_LABEL), update.release.source_url, labels.get(URL_LABEL))
        for text in (*labelled, chart.source_url if chart else None):
            if text and (source := SourceRepo.parse(text, self._hosts)):
                return source
        known = KNOWN.get(dependency.name)
        return SourceRepo.parse(f"{GITHUB}/{known}", self._hosts) if known else None


def _step(update: Update, old: ImageFacts | None, new: ImageFacts | None, names: tuple[str | None, str | None]) -> Step:
    pin, release = update.pin, update.release
    revisions = known_revisions(*(facts.labels.get(REVISION_LABEL, "") if facts else "" for facts in (old, new)))
    ref = revisions[1] if revisions else None
    if pin.dependency.datasource in _BY_TAGS:
        revisions, ref = known_revisions(str(pin.digest or ""), str(release.digest or "")), release.value
    return Step(
        versions=_versions(update, old, new, names),
        revisions=revisions,
        ref=ref,
        package=_last_part(pin.dependency),
        is_rebuild=update.kind is UpdateKind.DIGEST,
    )


def _says_of(chart: ChartStep, update: Update) -> bool:
    """Whether the chart itself says what the new version brings."""
    new = update.range_step[1] if update.range_step else update.release.value
    return any(one.version == new for one in chart.versions)


def _last_part(dependency: Dependency) -> str:
    return dependency.name.rpartition("#")[2].rpartition("/")[2]


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


def _compare_url(source: SourceRepo | None, step: Step, found: Between, *, prefers_tags: bool) -> str | None:
    if source is None:
        return None
    commits = step.revisions if step.revisions and step.revisions[0] != step.revisions[1] else None
    tags = (found.old_tag, found.new_tag) if found.old_tag and found.new_tag else None
    if tags is not None and not all(map(_TAG_NAME.fullmatch, tags)):
        tags = None
    ends = (tags or commits) if prefers_tags else (commits or tags)
    return source.compare_url(*ends) if ends else None


def _same_revision(step: Step, old: ImageFacts | None, new: ImageFacts | None) -> str | None:
    """The commit that both images name, of a source that both name: what one of them leaves out is not the same."""
    if not step.is_rebuild or old is None or new is None or step.revisions is None or step.revisions[0] != step.revisions[1]:
        return None
    sources = {facts.labels.get(SOURCE_LABEL, "") for facts in (old, new)}
    return step.revisions[0] if len(sources) == 1 and "" not in sources else None
