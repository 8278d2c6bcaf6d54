"""What the bot answers to a command. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from bot.model.comment import Reaction
from bot.model.pull_request import Outcome, PullRequest, PullRequestState, Sent
from bot.model.update import Candidate, Decision, Propose
from bot.propose.commands import WORD, Command, Unknown, Verb
from bot.propose.held import held_lines
from bot.propose.markdown import Markdown, code, escape
from bot.propose.marker import read as read_marker
from bot.propose.naming import old_to_new
from bot.propose.threads import Request, answer_mark

_MOST: Final = 10
_MOST_CANDIDATES: Final = 12
_MAX_CHARACTERS: Final = 20_000
_DONE: Final = frozenset({Outcome.OPENED, Outcome.UPDATED, Outcome.UNCHANGED})
_HELP: Final = f"""\
One line of a comment, by somebody who may write to this repo:

| line | the bot |
|---|---|
| `{WORD} rebase` | writes the commit anew on the head of the base |
| `{WORD} recreate` | writes commit and text anew, without commits of others; takes back what was said here before |
| `{WORD} split` | gives each update in here a pull request of its own; of several apps each app |
| `{WORD} ignore this`, `{WORD} ignore this until 2027-01-31` | closes this, and asks for it no more |
| `{WORD} snooze 14d` | closes this, and asks again after that |
| `{WORD} urgent` | lets newer releases of this go first, without their cooldown |
| `{WORD} explain` | says why it asks for this |
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    reaction: Reaction
    body: str
    """Empty: the sign alone."""


def refusal(request: Request) -> str:
    """Why a command is not done, as far as that is known beforehand; empty: it is."""
    if isinstance(request.said, Unknown):
        return request.said.why
    is_open = request.pull.state is PullRequestState.OPEN
    if not is_open and request.said.verb in {Verb.REBASE, Verb.SPLIT, Verb.URGENT}:
        return f"this pull request is closed; `{WORD} recreate` asks for it anew"
    marker = read_marker(request.pull.body)
    if marker is None:
        return "the bot can't read any more what it asked for here; its hidden mark is gone from the text above"
    if marker.rebuilds and request.said.verb in {Verb.SPLIT, Verb.URGENT}:
        return "this asks for a build of the app, which waits for nothing and can't be split"
    is_one = len(marker.by_app) < 2 and len({target.dependency for target in marker.targets}) < 2  # noqa: PLR2004 - one is no group
    if request.said.verb is Verb.SPLIT and is_one:
        return "there is only one update in here"
    return ""


def reply(request: Request, *, sent: Sent | None, decisions: Sequence[Decision], kept_open: str = "") -> Reply | None:
    """The answer; None: not in this run, for what was asked for failed for now.

    `sent` is what this run did for the pull request's branch, `decisions` are those on what it asks for, and `kept_open` says why it was
    not closed, though it should be.
    """
    if isinstance(request.said, Unknown):
        return _not_understood(request, request.said)
    if why := refusal(request):
        return _said(request, Reaction.NOT_DONE, f"Not done: {why}.")
    if (for_build := _of_rebuild(request, request.said)) is not None:
        return for_build
    if request.said.verb in {Verb.REBASE, Verb.RECREATE}:
        has_failed = sent is not None and sent.outcome in {Outcome.FAILED, Outcome.NOT_REACHED}
        return None if has_failed else _written(request, sent, decisions)
    return _said(request, Reaction.DONE, _text(request.said, request.pull, decisions, kept_open))


def _of_rebuild(request: Request, said: Command) -> Reply | None:
    """Of a pull request that has images built anew, which a run sends after its answers; None: or the usual answer does."""
    marker = read_marker(request.pull.body)
    if marker is None or not marker.rebuilds:
        return None
    if said.verb is Verb.EXPLAIN:
        lines = [f"- {code(one.image)} was at {code(one.old[:19])}, and is to stand on {code(one.base)}" for one in marker.rebuilds[:_MOST]]
        return _said(request, Reaction.DONE, "\n".join(["The published images were not built since their base was:", "", *lines]))
    if said.verb in {Verb.REBASE, Verb.RECREATE}:
        return _said(request, Reaction.DONE, "Heard: it is written anew where the image still has to be built.")
    return None


def _text(said: Command, pull: PullRequest, decisions: Sequence[Decision], kept_open: str) -> str:
    """Of a command that is done by now."""
    match said.verb:
        case Verb.IGNORE | Verb.SNOOZE:
            return _ended(said, pull, kept_open)
        case Verb.SPLIT:
            return f"Split: {_parts_of(pull)} get a pull request each, as the limits allow.{kept_open}"
        case Verb.URGENT:
            return f"Urgent: while this is open, newer releases of {_named(pull)} go first, and wait for no cooldown."
        case Verb.EXPLAIN:
            return explained(decisions)
        case Verb.REBASE | Verb.RECREATE:
            return ""
        case _:
            assert_never(said.verb)


def explained(decisions: Sequence[Decision]) -> str:
    """Why the bot asks for this: of each place the verdict, and the published values that were looked at."""
    if not decisions:
        return "Nothing that the bot reads in this repo asks for this any more."
    parts: list[str] = []
    for decision in decisions[:_MOST]:
        pin = decision.pin
        place = f"{code(pin.name)} in {code(f'{pin.file}:{pin.line}')}"
        match decision.verdict:
            case Propose(update=update):
                head = f"**{place}**: {code(old_to_new(update))} ({escape(update.kind.value)})"
            case _:
                head = f"**{place}**: nothing is asked for now"
        rows = [f"| {code(one.value)} | {escape(one.verdict)} | {escape(one.reason)} |" for one in _looked_at(decision.candidates)]
        held = [f"- {line}" for line in held_lines([decision])[:_MOST]] if not isinstance(decision.verdict, Propose) else []
        table = ["", "| published | verdict | why |", "|---|---|---|", *rows] if rows else []
        parts.append("\n".join([head, *([""] if held else []), *held, *table]))
    shown = _fitting(parts)
    if not shown:
        return "There is too much to say of it here: `rebuild-bot candidates` tells the verdict on each published value."
    left = len(decisions) - len(shown)
    return "\n\n".join([*shown, *([f"and {left} more place{'' if left == 1 else 's'}"] if left else [])])


def _fitting(parts: Sequence[str]) -> Sequence[str]:
    """The first, as far as there is room."""
    room = _MAX_CHARACTERS
    for count, part in enumerate(parts):
        room -= len(part) + 2
        if room < 0:
            return parts[:count]
    return parts


def _looked_at(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Best first, as they were looked at."""
    return candidates[:_MOST_CANDIDATES]


def _not_understood(request: Request, said: Unknown) -> Reply:
    if request.is_help_known:
        return Reply(reaction=Reaction.NOT_UNDERSTOOD, body="")
    text = _HELP if said.is_help else f"Not understood: {said.why}. {_HELP}"
    return Reply(reaction=Reaction.NOT_UNDERSTOOD, body=f"{text}\n{answer_mark(request, is_help=True)}\n")


def _written(request: Request, sent: Sent | None, decisions: Sequence[Decision]) -> Reply:
    is_open = request.pull.state is PullRequestState.OPEN
    taken_back = "" if is_open else "Taken back. "
    if sent is None or sent.outcome not in _DONE:
        why = _why_not(sent, decisions)
        reaction = Reaction.NOT_DONE if is_open else Reaction.DONE
        return _said(request, reaction, f"{taken_back or 'Not done. '}The bot does not ask for this now: {why}")
    pull = sent.pull_request
    if not is_open:
        return _said(request, Reaction.DONE, f"{taken_back}It is asked for{f' in #{pull.number}' if pull else ' anew'}.")
    head = f"{code(sent.proposal.base)} at {code(sent.proposal.base_head[:12])}"
    return _said(request, Reaction.DONE, f"The branch is one commit on {head}.")


def _why_not(sent: Sent | None, decisions: Sequence[Decision]) -> str:
    if sent is not None:
        more = f" `{WORD} recreate` hands it back, without those commits." if sent.outcome is Outcome.EDITED_BY_HUMAN else ""
        return f"{escape(sent.note)}.{more}"
    lines = held_lines([decision for decision in decisions if not isinstance(decision.verdict, Propose)])
    if lines:
        return "\n\n" + "\n".join(f"- {line}" for line in lines[:_MOST])
    if any(isinstance(decision.verdict, Propose) for decision in decisions):
        return "the limits of this run are used up; a later one does."
    return "nothing that it reads in this repo asks for it any more."


def _ended(said: Command, pull: PullRequest, kept_open: str) -> str:
    until = f"until {said.until.isoformat()}" if said.until else "from now on"
    word = "Snoozed" if said.verb is Verb.SNOOZE else "Ignored"
    return f"{word} {until}: {_named(pull)}. `{WORD} recreate` in here takes it back.{kept_open}"


def _parts_of(pull: PullRequest) -> Markdown:
    """What it falls apart into: its apps, or of one app the updates."""
    marker = read_marker(pull.body)
    apps = list(marker.by_app) if marker else []
    return _named(pull) if len(apps) < 2 else _listed(map(code, apps))  # noqa: PLR2004 - several


def _named(pull: PullRequest) -> Markdown:
    marker = read_marker(pull.body)
    names = dict.fromkeys(code(_short(target.dependency)) for target in marker.targets) if marker else {}
    return _listed(names)


def _short(dependency: str) -> str:
    """`docker.io/library/python` of `oci: docker.io/library/python`."""
    return dependency.partition(": ")[2] or dependency


def _listed(names: Iterable[str]) -> Markdown:
    every = list(names)
    more = f" and {len(every) - _MOST} more" if len(every) > _MOST else ""
    return Markdown(", ".join(every[:_MOST]) + more)


def _said(request: Request, reaction: Reaction, text: str) -> Reply:
    return Reply(reaction=reaction, body=f"{text}\n\n{answer_mark(request)}\n")
