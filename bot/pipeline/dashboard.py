"""What a look at the fleet found, as one value for the dashboard and the exports."""

from collections.abc import Iterator, Sequence

from bot.model.deployment import Deployment
from bot.model.fleet import App, Phase, Repo
from bot.model.run import AppDecisions
from bot.model.update import Decision, Frozen, Hold, Undecidable, Unknown
from bot.pipeline.report import Report
from bot.pipeline.stages import StagesSeen
from bot.report.board import Board
from bot.report.look import Look, Use
from bot.track.keys import written


def board_of(report: Report, *, web_url: str = "") -> Board:
    """The same for the same report; `web_url` as in `Board`."""
    repos = {repo.full_name: repo for repo in report.repos}
    return Board(
        now=report.now,
        looks=tuple(_look(one, repos.get(one.app.repo), report.followed) for one in report.apps),
        exposures=report.exposures,
        moved=report.moved,
        kept_back=report.kept_back,
        bases=report.bases,
        failures=report.failures,
        empty_repos=report.empty_repos,
        last_run=report.last_run,
        is_late=report.is_late,
        accepted=report.accepted,
        trend=report.trend,
        lived=report.lived,
        deployed=() if report.stages is None else tuple(_deployed(report.stages)),
        gaps=() if report.stages is None else report.stages.gaps,
        fleet_bases=report.fleet_bases,
        web_url=web_url,
    )


def _deployed(seen: StagesSeen) -> Iterator[tuple[App | None, Deployment]]:
    for image in seen.images:
        for ones in image.stages.values():
            yield from ((image.app, one) for one in ones)
    yield from ((None, one) for one in seen.others)


def _look(one: AppDecisions, repo: Repo | None, followed: frozenset[Phase]) -> Look:
    return Look(
        app=one.app,
        uses=tuple(_uses(one.decisions)),
        unread=_count(one.decisions, Unknown, Frozen),
        undecided=_count(one.decisions, Undecidable),
        held=_count(one.decisions, Hold),
        skips=len(one.skips),
        branch="" if repo is None else repo.default_branch,
        commit="" if repo is None else repo.head,
        is_followed=one.app.phase in followed,
    )


def _count(decisions: Sequence[Decision], *kinds: type) -> int:
    return sum(isinstance(one.verdict, kinds) for one in decisions)


def _uses(decisions: Sequence[Decision]) -> list[Use]:
    return [
        Use(
            dependency=str(one.pin.dependency),
            value=written(one.pin.value, one.pin.digest),
            file=one.pin.file.as_posix(),
            line=one.pin.line,
            role=one.pin.role.value,
            stage=one.stage,
        )
        for one in decisions
    ]
