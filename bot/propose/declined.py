"""What a pull request that was closed without a merge says no to."""

from collections.abc import Sequence

from bot.model.pull_request import Proposal, PullRequest, PullRequestState
from bot.model.update import Update, UpdateKind
from bot.propose.marker import Marker, Target, read
from bot.propose.titles import stem
from bot.propose.weight import is_same_line


def declines(pull: PullRequest, wanted: Marker) -> bool:
    """Whether this pull request is a maintainer's no to all that is wanted. Its branch does not count: groups may be set anew."""
    written = read(pull.body) if pull.state is PullRequestState.CLOSED else None
    return (
        written is not None
        and _is_for_stage(written, wanted)
        and all(set(written.asked_of(app)).issuperset(targets) for app, targets in wanted.by_app.items())
    )


def declines_by_its_title(pull: PullRequest, untold: Proposal) -> bool:
    """The same of one without a marker."""
    is_unmarked = pull.state is PullRequestState.CLOSED and read(pull.body) is None
    return is_unmarked and pull.branch == untold.branch and _says(pull, untold)


def declines_the_like(pull: PullRequest, wanted: Marker) -> bool:
    """Whether it is a no to the same on the same line of releases: another digest, or another third number."""
    written = read(pull.body) if pull.state is PullRequestState.CLOSED else None
    return (
        written is not None
        and _is_for_stage(written, wanted)
        and all(_says_no_to_the_like(written.asked_of(app), one) for app, targets in wanted.by_app.items() for one in targets)
    )


def _is_for_stage(written: Marker, wanted: Marker) -> bool:
    """What was asked of all stages is declined for each of them; what was asked of one is for that one alone."""
    return written.stage in {"", wanted.stage}


def _says_no_to_the_like(declined: Sequence[Target], wanted: Target) -> bool:
    return any(no.dependency == wanted.dependency and is_same_line(no.value, wanted.value) for no in declined)


def _says(pull: PullRequest, untold: Proposal) -> bool:
    """Whether a pull request without its marker asked for this, by its title alone; what is behind it in parentheses varies."""
    if stem(pull.title) != stem(untold.title):
        return False
    return pull.title == untold.title or all(_was_there(update, pull) for update in untold.updates)


def _was_there(update: Update, pull: PullRequest) -> bool:
    """Whether a title without a digest can have meant this one: it was there before the pull request was closed."""
    seen = update.release.first_seen
    return update.kind is not UpdateKind.DIGEST or (seen is not None and pull.closed_at is not None and seen <= pull.closed_at)
