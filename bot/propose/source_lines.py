"""What a pull request says of the way from one source to the other: the same commit, the commits between, where the notes are from."""

from collections.abc import Iterator
from typing import Final, assert_never

from bot.model.notes import NewestNotes, Notes
from bot.propose.contents import Fold
from bot.propose.markdown import Markdown, code, escape, link

_SHORT: Final = 12


def source_lines(notes: Notes) -> Iterator[Markdown]:
    """A rebuild of the same source, how many commits lie between, which changelog was read, and what of the notes is not there yet."""
    if notes.same_revision:
        yield Markdown(f"A pure rebuild: both images say that they were built from the same commit, {code(notes.same_revision[:_SHORT])}")
    if notes.commits is not None:
        yield from _commits(notes)
    if notes.changelog is not None:
        yield Markdown(f"The release notes below are sections of its {code(notes.changelog)}")
    if missing := _missing(notes.newest):
        yield missing


def commit_folds(notes: Notes, *, most: int) -> tuple[Fold, ...]:
    """The subjects of the first commits between, where there is room for any."""
    commits = notes.commits
    if commits is None or not commits.subjects or not most:
        return ()
    shown = commits.subjects[:most]
    more = commits.count - len(shown)
    rest = [link(Markdown(f"and {more} more"), notes.compare_url)] if more > 0 else []
    return (Fold(heading=f"Commits ({commits.count})", table=Markdown(""), notes=(*map(escape, shown), *rest)),)


def _commits(notes: Notes) -> Iterator[Markdown]:
    commits = notes.commits
    if commits is None:
        return
    if commits.count:
        yield Markdown(f"{commits.count} commit{'' if commits.count == 1 else 's'} between the sources of the two")
    if commits.missing:
        lacking = f"{commits.missing} commit{'' if commits.missing == 1 else 's'} of the one in use"
        yield Markdown(f"⚠️ **The new one lacks {lacking}: it was built from another branch, or from an older state**")


def _missing(newest: NewestNotes) -> Markdown | None:
    """Why the notes of the new version are not here; what is told elsewhere, or was never to be expected, is not told again."""
    match newest:
        case NewestNotes.NOT_YET:
            return Markdown("Its source has not published the notes of this version yet")
        case NewestNotes.NO_RELEASES:
            return Markdown("Its source publishes no release notes of this version, and no changelog that names it")
        case (
            NewestNotes.TOLD
            | NewestNotes.EMPTY
            | NewestNotes.NO_SOURCE
            | NewestNotes.NOT_SHOWN
            | NewestNotes.FAILED
            | NewestNotes.NOT_ASKED
        ):
            return None
        case _:
            assert_never(newest)
