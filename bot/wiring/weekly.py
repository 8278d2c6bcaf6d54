"""What a report writes into the forge: the weekly issue, those of owners beneath it, and what is said of what is past due."""

from dataclasses import dataclass, field
from functools import partial

from bot.model.failure import Failure
from bot.pipeline.attempt import attempt
from bot.pipeline.escalate import Escalated, escalate
from bot.pipeline.owner_issues import OwnerIssues, publish_owner_issues
from bot.pipeline.report import Report
from bot.pipeline.weekly_issue import weekly_issue
from bot.propose.escalation import Ladder
from bot.propose.forge import Forge
from bot.propose.issue import PublishedIssue, publish_issue
from bot.settings.report import Report as ReportSettings
from bot.settings.rule_entries import days


@dataclass(frozen=True, kw_only=True)
class Reported:
    """The weekly issue, and what became of it."""

    report: Report
    issue: PublishedIssue
    owners: OwnerIssues = field(default_factory=OwnerIssues)
    escalated: Escalated = field(default_factory=Escalated)


def publish(forge: Forge, settings: ReportSettings, made: Report, *, repo: str) -> Reported:
    """Write all of it; a second time nothing. Raises ForgeError where the weekly issue itself can't be written."""
    issue = publish_issue(forge, weekly_issue(made.text, repo, settings.labels, made.now))
    owners = _owner_issues(forge, settings, made, repo, issue)
    escalated = escalate(forge, made.exposures, made.pulls, _ladder(settings), now=made.now)
    return Reported(report=made, issue=issue, owners=owners, escalated=escalated)


def _owner_issues(forge: Forge, settings: ReportSettings, made: Report, repo: str, parent: PublishedIssue) -> OwnerIssues:
    """Those beneath the weekly issue; none where they are off."""
    if not settings.owner_issues:
        return OwnerIssues()
    result = attempt("the issues of owners", partial(publish_owner_issues, forge, made, repo=repo, parent=parent, labels=settings.labels))
    return OwnerIssues(failures=(result,)) if isinstance(result, Failure) else result


def _ladder(settings: ReportSettings) -> Ladder:
    set_to = settings.escalation
    return Ladder(
        label=set_to.label,
        label_after=days(set_to.label_after_days),
        comment_after=days(set_to.comment_after_days),
        owners_after=days(set_to.mention_owners_after_days),
        leads_after=days(set_to.mention_leads_after_days),
        leads=set_to.leads,
    )
