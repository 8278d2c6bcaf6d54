"""Updates that go out together -> the proposal: branch, commit, title and a body that answers in ten seconds what changes for me."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Final

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.model.edit import FileChange
from bot.model.fleet import Repo
from bot.model.notes import NewestNotes, Notes
from bot.model.pull_request import Proposal, PullRequest
from bot.model.rules import Rule
from bot.model.update import Decision, Update
from bot.propose.conventional import prefix_for
from bot.propose.held import held_lines, noticed_lines
from bot.propose.markdown import Markdown, escape
from bot.propose.marker import Marker, content_hash, parts_of, targets_of, visible
from bot.propose.naming import BRANCH_PREFIX, branch_name, commit_message
from bot.propose.subjects import openings, reasons, risk_line, rows, subjects
from bot.propose.takers import Takers
from bot.propose.titles import plain_title, told_title
from bot.propose.weight import weight_of
from bot.propose.wording import Wording, variables_of
from bot.settings.pull_requests import PullRequests

MAX_BODY_CHARACTERS: Final = 58_000
"""GitHub takes 65,536; what others add at the end of a body still fits."""

_OPEN_ROWS: Final = 20
"""Of the table; the others are folded."""
_AWAITED: Final = timedelta(days=5)
"""How long runs look again for release notes that were not published when the text was written; each look costs a few requests."""

TEMPLATES: Final = ImmutableSandboxedEnvironment(
    loader=PackageLoader("bot.propose"),
    # Escaping for HTML would be wrong in Markdown. Instead every value is made Markdown, and only our own text passes as it is.
    autoescape=False,
    finalize=escape,
    undefined=StrictUndefined,
    keep_trailing_newline=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """How much of each part a body may hold."""

    rows: int
    subjects: int
    note_characters: int
    held: int
    fold_rows: int
    """Of each table of holes and packages."""


_ROOMS: Final = (
    _Room(rows=200, subjects=40, note_characters=6_000, held=20, fold_rows=60),
    _Room(rows=200, subjects=40, note_characters=1_500, held=20, fold_rows=60),
    _Room(rows=200, subjects=40, note_characters=300, held=20, fold_rows=30),
    _Room(rows=200, subjects=40, note_characters=0, held=20, fold_rows=10),
    _Room(rows=100, subjects=10, note_characters=0, held=10, fold_rows=0),
    _Room(rows=10, subjects=0, note_characters=0, held=0, fold_rows=0),
    _Room(rows=2, subjects=0, note_characters=0, held=0, fold_rows=0),
)
"""From roomy to bare: the notes give way first."""
_BARE: Final = "What this asks for is more than a text here can hold: its commit tells each place, and what it becomes.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A proposal whose text is not written yet: that takes questions to others, and most runs find a pull request that has its text."""

    untold: Proposal
    """The proposal with an empty body, and the title that the updates give by themselves."""
    marker: Marker
    """What it asks for."""
    today: date
    declined_in: PullRequest | None = None
    """Whose closing was a no to all of it, while others of its group go on; None: that is not known yet."""
    tell: Callable[[], Proposal]
    """The proposal with its text, and the title that says what is known. Asks the sources of the notes."""


def compose(
    *,
    takers: Takers,
    repo: Repo,
    updates: Sequence[Update],
    explain: Callable[[Update], Notes],
    changes: Sequence[FileChange],
    rule: Rule,
    held: Sequence[Decision],
    labels: Sequence[str] = (),
    branch_prefix: str = BRANCH_PREFIX,
    portion: str = "",
    wording: PullRequests | None = None,
    today: date,
    is_draft: bool = False,
    is_auto_merged: bool = False,
    not_merged_for: str = "",
    hears_comments: bool = True,
) -> Draft:
    """What is asked of `takers`. The updates are those of one group (`bot.propose.group`); the same input gives the same text.

    `explain` is not called before the text is wanted; `held` are the decisions on their pins that keep something back; `labels`
    go on besides the rule's own. `portion` is theirs where the group is too large for one pull request.
    """
    settings = wording or PullRequests()
    worded = Wording(settings=settings)
    prefix = prefix_for(repo, updates, settings.commit_prefix)
    group = None if rule.group is None else rule.group.name
    variables = partial(variables_of, takers, repo, group=group, prefix=prefix, today=today)
    plain = plain_title(takers, updates, group=group, prefix=prefix)
    known = variables([(update, None) for update in updates], title=plain)
    headline = worded.title(plain, known)
    untold = Proposal(
        repo=repo.full_name,
        base=repo.default_branch,
        base_head=repo.head,
        branch=branch_name(takers, updates, group=group, portion=portion, prefix=branch_prefix, fill=worded.branch),
        title=headline,
        body="",
        commit_message=worded.commit_message(commit_message(headline, updates), {**known, "title": headline}),
        changes=tuple(changes),
        updates=tuple(updates),
        labels=tuple(dict.fromkeys([*labels, *rule.labels])),
        reviewers=rule.reviewers,
        assignees=rule.assignees,
        milestone=rule.milestone,
        is_draft=is_draft,
        is_auto_merged=is_auto_merged and not is_draft and not not_merged_for,
        not_merged_for=not_merged_for if is_auto_merged and not is_draft else "",
        needs_check=rule.auto_merge_if is not None and rule.auto_merge_if.requires_check,
    )
    marker = Marker(
        app="" if takers.is_shared else takers.apps[0].name,
        parts=parts_of(takers.by_app(updates)) if takers.is_shared else (),
        stage=updates[0].stage,
        targets=targets_of(updates),
        content=content_hash(changes),
        base=repo.default_branch,
    )

    def tell() -> Proposal:
        explained = [(update, explain(update)) for update in updates]
        is_awaited = any(notes.newest is NewestNotes.NOT_YET for _, notes in explained)
        told = replace(
            marker,
            is_partial=any(map(_is_partial, explained)),
            weight=weight_of(notes.step for _, notes in explained),
            awaits=(today + _AWAITED).isoformat() if is_awaited else "",
        )
        built_in = told_title(takers, explained, group=group, prefix=prefix)
        known = variables(explained, title=built_in)
        headline = worded.title(built_in, known)
        message = worded.commit_message(commit_message(headline, updates), {**known, "title": headline})
        page = _Page(
            takers=takers,
            repo=repo,
            updates=explained,
            is_portion=bool(portion),
            hears_comments=hears_comments,
            held=held,
            today=today,
            worded=worded,
            variables={**known, "title": headline},
        )
        # What is hidden in it is ours alone: a mark that came with text of others would be obeyed.
        text = visible(page.body(MAX_BODY_CHARACTERS - len(told.for_text("", title="").write()) - 2))
        marked = told.for_text(text, title=headline).write()
        return replace(untold, title=headline, commit_message=message, body=f"{text}\n{marked}\n")

    return Draft(untold=untold, marker=marker, today=today, tell=tell)


def _is_partial(explained: tuple[Update, Notes]) -> bool:
    """Whether something failed that the text shall tell of once it answers."""
    _, notes = explained
    unknown_holes = notes.step is not None and notes.step.holes.has_failed
    return bool(notes.problems) or unknown_holes or (notes.signatures is not None and notes.signatures.is_unknown)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """All that a body is made of."""

    takers: Takers
    repo: Repo
    updates: Sequence[tuple[Update, Notes]]
    is_portion: bool
    hears_comments: bool
    held: Sequence[Decision]
    today: date
    worded: Wording
    variables: Mapping[str, object]

    def body(self, most: int) -> str:
        """The body without its marker, as much of it as fits into `most` characters; the built-in one where the other has more."""
        has_fault = len(self.worded.faults)
        text = self._fitting(most, self._worded)
        if len(self.worded.faults) == has_fault and len(text) <= most:
            return text
        if len(text) > most:
            self.worded.note("body", f"it gives more than the {most:,} characters that a body takes")
        text = self._fitting(most, lambda built_in: built_in)
        return text if len(text) <= most else _BARE

    def _fitting(self, most: int, made: Callable[[str], str]) -> str:
        text = ""
        for room in _ROOMS:
            text = made(self._render(room))
            if len(text) <= most:
                break
        return text

    def _worded(self, built_in: str) -> str:
        return self.worded.body(Markdown(built_in), Markdown("\n".join(self._summary(most=_ROOMS[0].subjects))), self.variables)

    def _summary(self, *, most: int) -> list[Markdown]:
        """What it does, and the risk."""
        return [*_some(openings(self.updates, self.today), most), Markdown(""), risk_line(self.updates, self.today)]

    def _render(self, room: _Room) -> str:
        plain = [update for update, _ in self.updates]
        known = subjects(self.updates, note_characters=room.note_characters, fold_rows=room.fold_rows, today=self.today)
        return TEMPLATES.get_template("pull_request.md.j2").render(
            openings=_some(openings(self.updates, self.today), max(1, room.subjects)),
            risk=risk_line(self.updates, self.today),
            ours=Markdown,
            open_rows=_OPEN_ROWS,
            is_long=len(known) > 1,
            rows=rows(self.takers, plain[: room.rows], self.repo),
            has_apps=self.takers.is_shared,
            more_rows=max(0, len(plain) - room.rows),
            is_portion=self.is_portion,
            hears_comments=self.hears_comments,
            reasons=reasons(self.takers, self.updates, most_warnings=room.held),
            subjects=known[: room.subjects],
            more_subjects=max(0, len(known) - room.subjects),
            noticed=_some(noticed_lines(self.held, told=[one.release.deprecation for one in plain if one.release.deprecation]), room.held),
            held=_some(held_lines(self.held), room.held),
            faults=self.worded.faults,
        )


def _some(lines: Sequence[Markdown], most: int) -> list[Markdown]:
    """The first lines, and how many more there are."""
    return [*lines[:most], *([Markdown(f"and {len(lines) - most} more")] if len(lines) > most else [])]
