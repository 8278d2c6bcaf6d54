"""What a source repo tells of the way from one version, or one revision, to another: releases, else its changelog; commits."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.clients.once import once
from bot.explain.changelog import sections
from bot.explain.gaps import Gaps
from bot.explain.releases import Between, between
from bot.explain.sources import SourceRepo
from bot.model.notes import ChangelogFile, CommitsBetween, NewestNotes, ReleaseNote

_REVISION: Final = re.compile(r"[0-9a-f]{7,64}")


def no_changelog(_repo: str, _ref: str | None, _path: str | None) -> ChangelogFile | None:
    """For those who ask nobody."""
    return None


def no_commits(_repo: str, _old: str, _new: str) -> CommitsBetween | None:
    """For those who ask nobody."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From where to where an update goes, in the words of its source."""

    versions: tuple[str, str] | None = None
    """None: not known, or the same."""
    revisions: tuple[str, str] | None = None
    """The commits that both were built from; None: one of them is not known."""
    ref: str | None = None
    """Where the source stood when the new one was built; None: not known."""
    package: str = ""
    is_rebuild: bool = False
    """Whether the value stays and the digest alone moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNotes:
    """What was told."""

    found: Between = field(default_factory=Between)
    newest: NewestNotes
    changelog: str | None = None
    commits: CommitsBetween | None = None


class SourceReader:
    """Asks a source repo no more than it must: for its changelog where releases tell nothing, for commits where nothing else tells."""

    def __init__(
        self,
        releases: Callable[[str], Sequence[ReleaseNote]],
        changelog: Callable[[str, str | None, str | None], ChangelogFile | None],
        commits: Callable[[str, str, str], CommitsBetween | None],
    ) -> None:
        # Many apps take the same update: each question is asked once, also where that fails.
        self._releases: Final = once(releases)
        self._changelog: Final = once(changelog)
        self._commits: Final = once(commits)

    def read(self, source: SourceRepo | None, step: Step, gaps: Gaps) -> SourceNotes:
        """What the source tells; what it fails to tell is in the gaps."""
        if source is None:
            return SourceNotes(newest=NewestNotes.NO_SOURCE)
        told = SourceNotes(newest=NewestNotes.NOT_ASKED) if step.versions is None else self._versions(source, step, step.versions, gaps)
        if told.newest in {NewestNotes.NOT_SHOWN, NewestNotes.FAILED}:
            return told
        is_silent = not any(note.text.strip() for note in told.found.notes)
        if step.revisions is None or step.revisions[0] == step.revisions[1] or not (step.is_rebuild or is_silent):
            return told
        old, new = step.revisions
        commits = gaps.attempt(f"the commits of {source.name} between the two", lambda: self._commits(source.name, old, new))
        return replace(told, commits=commits)

    def _versions(self, source: SourceRepo, step: Step, versions: tuple[str, str], gaps: Gaps) -> SourceNotes:
        before = len(gaps.problems)
        releases = gaps.attempt(f"the releases of {source.name}", lambda: self._releases(source.name))
        if releases is None:
            return SourceNotes(newest=NewestNotes.FAILED if len(gaps.problems) > before else NewestNotes.NOT_SHOWN)
        found = between(releases, *versions, package=step.package, tag_prefix=source.tag_prefix)
        if any(note.text.strip() for note in found.notes):
            return SourceNotes(found=found, newest=_newest(found))
        ref = step.ref or found.new_tag
        file = gaps.attempt(f"the changelog of {source.name}", lambda: self._changelog(source.name, ref, source.changelog))
        listed = Between() if file is None else between(sections(file), *versions, package=step.package)
        if file is not None and listed.notes:
            return SourceNotes(
                found=replace(listed, old_tag=found.old_tag, new_tag=found.new_tag), newest=_newest(listed), changelog=file.path
            )
        if len(gaps.problems) > before:
            return SourceNotes(found=found, newest=NewestNotes.FAILED)
        return SourceNotes(found=found, newest=NewestNotes.NOT_YET if listed.has_own and not found.has_own else _newest(found))


def _newest(found: Between) -> NewestNotes:
    if found.new_tag is None:
        return NewestNotes.NOT_YET if found.has_own else NewestNotes.NO_RELEASES
    has_text = any(note.name == found.new_tag and note.text.strip() for note in found.notes)
    return NewestNotes.TOLD if has_text else NewestNotes.EMPTY


def known_revisions(old: str, new: str) -> tuple[str, str] | None:
    """Both, where both are commits."""
    return (old, new) if _REVISION.fullmatch(old) and _REVISION.fullmatch(new) else None
