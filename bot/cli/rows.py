"""Model values as rows of plain values: the stable contract of `--format json` and `jsonl`."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Final, assert_never

from bot.model.alarm import Alarm
from bot.model.base_state import BaseState
from bot.model.dependency import OCI
from bot.model.failure import Failure
from bot.model.image import ImageReference, InvalidReferenceError
from bot.model.mover import Mover
from bot.model.pin import Pin, Skip
from bot.model.published import Published
from bot.model.pull_request import Closed, Sent
from bot.model.rebuild_order import RebuildTold
from bot.model.run import RunSummary
from bot.model.turn import Waiting
from bot.model.update import Candidate, Decision, Frozen, Hold, NotAllowed, Propose, Undecidable, Unknown, UpToDate
from bot.report.alarms import ToldAlarm, alarms
from bot.report.contents.words import system_short
from bot.report.export import base_row
from bot.report.not_done import NotDone, not_done

Row = dict[str, object]


def finding_row(finding: Pin | Skip) -> Row:
    """A pin or a skip. Offsets are in characters of the decoded text; absent values are None."""
    match finding:
        case Pin():
            return {
                "type": "pin",
                "file": str(finding.file),
                "line": finding.line,
                "column": finding.column,
                "finder": finding.finder,
                "datasource": finding.dependency.datasource,
                "dependency": finding.dependency.name,
                "name": finding.name,
                "value": finding.value,
                "digest": finding.digest,
                "role": finding.role.value,
                "sites": [
                    {
                        "kind": site.kind.value,
                        "start": site.span.start,
                        "end": site.span.end,
                        "line": site.line,
                        "text": site.text,
                        **({"file": str(site.file)} if site.file else {}),
                    }
                    for site in finding.sites
                ],
                **({"platform": finding.platform} if finding.platform else {}),
                **({"opt_out": finding.opt_out.reason or "rebuild-bot: ignore"} if finding.opt_out else {}),
            }
        case Skip():
            return {"type": "skip", "file": str(finding.file), "line": finding.line, "text": finding.text, "reason": finding.reason}
        case _:
            assert_never(finding)


def published_row(published: Published) -> Row:
    """An image that a build makes; `name` and `tag` are None where a variable stands in them that is not known."""
    return {
        "type": "publishes",
        "file": str(published.file),
        "line": published.line,
        "image": published.text,
        "name": published.name,
        "tag": published.tag,
        "by": published.by,
    }


_ROW: Final[Row] = {
    "file": "",
    "line": 0,
    "datasource": None,
    "dependency": None,
    "name": None,
    "role": None,
    "from": None,
    "from_digest": None,
    "to": None,
    "to_digest": None,
    "kind": None,
    "verdict": "",
    "reason": None,
    "until": None,
    "warning": None,
    "remarks": [],
}


def skipped_row(skip: Skip) -> Row:
    """A skip among decisions: `verdict` is `skipped`, and `name` the text that was passed over."""
    return _ROW | {"file": str(skip.file), "line": skip.line, "name": skip.text, "verdict": "skipped", "reason": skip.reason}


def image_row(state: BaseState, now: datetime) -> Row:
    """An image in use among decisions: `verdict` is `image`, and `image` all that is known of what is inside."""
    name = state.dependency.partition(": ")[2]
    return _ROW | {
        "datasource": OCI,
        "dependency": name,
        "name": f"{state.dependency} {state.value}",
        "verdict": "image",
        "image": base_row(state, now) | {"dependency": name},
    }


def image_rows(states: Iterable[BaseState], now: datetime) -> Iterator[Row]:
    """The same for people."""
    for state in states:
        turns = Counter(move.mover.value for move in state.moves)
        yield {
            "name": f"{_familiar(state.dependency.partition(': ')[2])} {state.value}",
            "system": system_short(state.system, now.date()),
            "said": state.problem or state.said,
            "turns": ", ".join(f"{count} {mover.value}" for mover in Mover if (count := turns[mover.value])),
        }


def _familiar(name: str) -> str:
    """As people write it: `python` for `docker.io/library/python`."""
    try:
        return ImageReference.parse(name).familiar
    except InvalidReferenceError:
        return name


def decision_row(decision: Decision) -> Row:
    """A pin with the verdict on it.

    `verdict` is the kind of the update, `held`, `not allowed`, `up to date`, `undecidable`, `frozen` or `unknown`; `remarks` say what is
    wrong with what the pin has now, `warning` what its publisher says against the new release.
    """
    pin = decision.pin
    row = _ROW | {
        "file": str(pin.file),
        "line": pin.line,
        "datasource": pin.dependency.datasource,
        "dependency": pin.dependency.name,
        "name": pin.name,
        "role": pin.role.value,
        "from": pin.value,
        "from_digest": pin.digest,
        "remarks": [remark.reason for remark in decision.remarks],
    }
    match decision.verdict:
        case Propose(update=update):
            row |= {"to": update.release.value, "to_digest": update.release.digest, "kind": update.kind.value, "verdict": update.kind.value}
        case Hold(update=update, policy=policy, reason=reason, until=until):
            row |= {"to": update.release.value, "to_digest": update.release.digest, "kind": update.kind.value, "verdict": "held"}
            row |= {"reason": f"{policy}: {reason}", "until": until.isoformat() if until else None}
        case NotAllowed(update=update, policy=policy, reason=reason, until=until, refused=refused):
            row |= {"to": update.release.value, "to_digest": update.release.digest, "kind": update.kind.value, "verdict": "not allowed"}
            row |= {"reason": f"{policy}: {reason}", "until": until.isoformat() if until else None, "refused": list(refused)}
        case Frozen(reason=reason):
            row |= {"verdict": "frozen", "reason": reason}
        case UpToDate():
            row["verdict"] = "up to date"
        case Undecidable(reason=reason):
            row |= {"verdict": "undecidable", "reason": reason}
        case Unknown(reason=reason):
            row |= {"verdict": "unknown", "reason": reason}
        case _:
            assert_never(decision.verdict)
    if isinstance(decision.verdict, Propose | Hold | NotAllowed):
        update = decision.verdict.update
        row["warning"] = update.release.deprecation
        row |= {"to": f"{update.release.dependency.name}:{update.release.value}"} if update.is_migration else {}
    return row


def candidate_row(candidate: Candidate) -> Row:
    return {"tag": candidate.value, "verdict": candidate.verdict, "reason": candidate.reason}


def sent_row(sent: Sent, closes: str = "") -> Row:
    """A proposal and what became of it; `closes` is what it is known to close, in words."""
    pull = sent.pull_request
    return {
        "repo": sent.proposal.repo,
        "branch": sent.proposal.branch,
        "title": sent.proposal.title,
        "outcome": sent.outcome.value,
        "url": pull.url if pull else None,
        "number": pull.number if pull else None,
        "closes": closes or None,
        "note": sent.note or None,
    }


def closed_row(closed: Closed) -> Row:
    """A pull request that the bot closed, or would close, in the form of `sent_row`."""
    pull = closed.pull_request
    return {
        "repo": pull.repo,
        "branch": pull.branch,
        "title": pull.title,
        "outcome": "closed" if closed.is_done else "would be closed",
        "url": pull.url,
        "number": pull.number,
        "closes": None,
        "note": closed.reason,
    }


def going_row(sent: Sent) -> Row:
    """A proposal that the next run opens, in the form of those that wait."""
    proposal = sent.proposal
    return {
        "turn": "next run",
        "repo": proposal.repo,
        "title": proposal.title,
        "urgency": sent.urgency.in_words if sent.urgency else None,
        "waits_for": None,
        "reason": "",
        "place": None,
    }


def waiting_row(waiting: Waiting) -> Row:
    """A proposal whose turn has not come, and what it waits for."""
    return {
        "turn": "later" if waiting.place is None else f"place {waiting.place}",
        "repo": waiting.repo,
        "app": waiting.app,
        "title": waiting.title,
        "urgency": waiting.urgency.in_words,
        "waits_for": waiting.waits_for.value,
        "reason": waiting.reason,
        "place": waiting.place,
    }


def not_done_row(one: NotDone) -> Row:
    """One thing that a run did not do; times as ISO 8601 in UTC, None for what is not known."""
    return {
        "why": one.why.value,
        "what": one.what,
        "reason": one.reason,
        "since": one.since.isoformat() if one.since else None,
        "until": one.until.isoformat() if one.until else None,
        "count": one.count,
        "where": list(one.where),
    }


def rebuild_row(told: RebuildTold) -> Row:
    """One published image that the rules have built again, and how far that is."""
    since = told.since.isoformat() if told.since else None
    return {**asdict(told), "standing": told.standing.name.lower(), "url": told.url or None, "since": since}


def _tag_rows(alarm: Alarm) -> list[Row]:
    return [{"tag": tag.value, "last_good": tag.last_good, "now": tag.now, "at": tag.at.isoformat()} for tag in alarm.tags]


def alarm_row(told: ToldAlarm) -> Row:
    """A dependency with tags that moved and should not have, and who pins it; `takes_it` says of a place that it takes what moved."""
    alarm = told.alarm
    return {
        "datasource": alarm.dependency.datasource,
        "dependency": alarm.dependency.name,
        "kind": alarm.kind.value,
        "reason": alarm.reason,
        "since": told.since.isoformat(),
        "tags": _tag_rows(alarm),
        "project": alarm.project if told.others else None,
        "others": [
            {"datasource": one.dependency.datasource, "dependency": one.dependency.name, "kind": one.kind.value, "tags": _tag_rows(one)}
            for one in told.others
        ],
        "where": [
            {"app": place.app, "place": place.place, "takes_it": place.takes_it, "asked": list(place.asked)} for place in told.places
        ],
    }


def not_reached_rows(failures: Iterable[Failure]) -> list[Row]:
    """What a limit left for the next run, and when that may be."""
    return [
        {"where": one.where, "reason": one.what, "resumes_at": one.resumes_at.isoformat() if one.resumes_at else None} for one in failures
    ]


def run_json(summary: RunSummary) -> Row:
    """A run: what was sent, decided and skipped, what failed, and all that was not done with its reason.

    `interruption` is None for one that came to its end, else where it was, and the repos and pull requests that it left.
    """
    return {
        "started_at": summary.started_at.isoformat(),
        "last_run": summary.last_run.isoformat() if summary.last_run else None,
        "repos": summary.repos,
        "pull_requests": [*(sent_row(one, summary.closes(one)) for one in summary.sent), *map(closed_row, summary.closed)],
        "alarms": [alarm_row(one) for one in alarms(summary.apps)],
        "waiting": [waiting_row(one) for one in summary.waiting],
        "circles": list(summary.circles),
        "idle_rules": list(summary.idle_rules),
        "notes": list(summary.notes),
        "own_faults": [asdict(fault) for fault in summary.own_faults],
        "rebuilds": [rebuild_row(told) for told in summary.rebuilds],
        "apps": [
            {
                "app": entry.app.name,
                "repo": entry.app.repo,
                "owners": list(entry.app.owners),
                "owners_reason": entry.app.owners_reason,
                "product_owner": entry.app.product_owner,
                "product_owner_reason": entry.app.product_owner_reason,
                "system": entry.app.system,
                "criticality": entry.app.criticality.value,
                "criticality_reason": entry.app.criticality_reason,
                "phase": entry.app.phase.value,
                "phase_reason": entry.app.phase_reason,
                "images": list(entry.app.images),
                "attested_images": list(entry.app.attested_images),
                "decisions": [decision_row(decision) for decision in entry.decisions],
                "migrations": [decision_row(decision) for decision in entry.migrations],
                "skips": [finding_row(skip) for skip in entry.skips],
            }
            for entry in summary.apps
        ],
        "images": [base_row(state, summary.started_at) for state in summary.bases],
        "not_done": [not_done_row(one) for one in not_done(summary)],
        "failures": [str(failure) for failure in summary.failures],
        "not_reached": not_reached_rows(summary.not_reached),
        "interruption": None if summary.interruption is None else asdict(summary.interruption),
    }
