"""Open pull requests that ask for what the base has by now."""

from bot.model.fleet import Phase
from bot.model.pull_request import PullRequest, PullRequestState
from bot.model.run import AppDecisions
from bot.model.update import UpToDate
from bot.propose.marker import read


def obsolete(app: AppDecisions, pulls: tuple[PullRequest, ...]) -> list[PullRequest]:
    """The open pull requests of an app whose every dependency is up to date in it, or is no longer in it.

    A look-up that failed, a hold or a doubt says nothing, and neither does a dependency that is not found while something in the
    app can't be read: the pull request stays as it is. So does one without the bot's marker.
    """
    if app.app.phase is Phase.RETIRED:
        return []
    present = {str(decision.pin.dependency) for decision in app.decisions}
    unsettled = {str(decision.pin.dependency) for decision in app.decisions if not isinstance(decision.verdict, UpToDate)}
    found = []
    for pull in pulls:
        marker = read(pull.body) if pull.state is PullRequestState.OPEN else None
        if marker is None or marker.app != app.app.name:
            continue
        wanted = {target.dependency for target in marker.targets}
        if not wanted & unsettled and (wanted <= present or not app.skips):
            found.append(pull)
    return found
