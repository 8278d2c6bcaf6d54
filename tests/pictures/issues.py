"""The weekly issue of a small and of a large made-up fleet."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from typing import Final

from bot.model.accepted import Accepted
from bot.model.exposure import End, Exposure, KeptBack, Known, Moved, StageState, Step
from bot.model.failure import Failure
from bot.model.fleet import App, Criticality, Phase
from bot.model.severity import Severity
from bot.model.trend import Trend, TrendPoint
from bot.report.weekly import Sight, Style, Text, weekly_issue

NOW: Final = datetime(2026, 5, 11, 7, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_ALLOWED: Final = {Severity.CRITICAL: 7, Severity.HIGH: 14, Severity.UNKNOWN: 30, Severity.MEDIUM: 30, Severity.LOW: 60}
_SAID: Final = {
    Severity.CRITICAL: "closes 6 holes (1 critical, 2 high, 3 medium)",
    Severity.HIGH: "closes 2 holes (1 high, 1 medium)",
    Severity.MEDIUM: "closes 1 hole (1 medium)",
    Severity.LOW: "closes 1 hole (1 low)",
    Severity.UNKNOWN: "",
}
_PYTHON: Final = ("oci: docker.io/library/python", "3.12-slim-bookworm@b7efba4c19aa", "3.12-slim-bookworm@8c4209fe77d1")
_GO: Final = ("oci: docker.io/library/golang", "1.25.5-bookworm", "1.25.6-bookworm")
_REDIS: Final = ("oci: docker.io/library/redis", "8.2.3-alpine3.22", "8.2.4-alpine3.22")
_JAVA: Final = ("oci: gcr.io/distroless/java21-debian12", "nonroot@dcb116f00aa1", "nonroot@1838251bb2c3")
_CHART: Final = ("helm: https://charts.example.org#postgresql", "16.2.1", "16.4.5")
_NODE: Final = ("oci: docker.io/library/node", "22.11.1-alpine3.20", "22.12.0-alpine3.20")


def app(name: str, owner: str, *, criticality: Criticality = Criticality.MEDIUM, phase: Phase = Phase.BAU) -> App:
    return App(name=name, repo=f"acme/{name}", owners=(owner,) if owner else (), criticality=criticality, phase=phase)


def behind(of: App, fix: tuple[str, str, str], severity: Severity, *, days: int, number: int | None = None, why: str = "") -> Exposure:
    """Detected so many days ago."""
    dependency, old, new = fix
    steps = {Step.DETECTED: NOW - days * _DAY} | ({} if number is None else {Step.PROPOSED: NOW - days * _DAY})
    return Exposure(
        app=of,
        dependency=dependency,
        old=old,
        new=new,
        steps=steps,
        waiting_for=Step.PROPOSED if number is None else Step.MERGED,
        severity=severity,
        closes=_SAID[severity],
        due=NOW + (_ALLOWED[severity] - days) * _DAY,
        pull_request_url=None if number is None else f"https://github.com/{of.repo}/pull/{number}",
        pull_request_number=number,
        blocked_by=why,
    )


def _merged(one: Exposure, waiting_for: Step, **changes: object) -> Exposure:
    steps = {**one.steps, Step.MERGED: NOW - 9 * _DAY} | ({Step.REBUILT: NOW - 6 * _DAY} if waiting_for is Step.DEPLOYED else {})
    return replace(one, waiting_for=waiting_for, steps=steps, **changes)


def _trend(now: TrendPoint, stale: tuple[int, ...], open_: tuple[int, ...]) -> Trend:
    monday = NOW.replace(hour=0)
    ends = [monday - weeks * 7 * _DAY for weeks in range(len(stale), 0, -1)]
    points = [TrendPoint(at=at, open=many, stale=late, stale_apps=late * 3 // 4) for at, late, many in zip(ends, stale, open_, strict=True)]
    return Trend(points=(*points, now), week_ago=points[-1], begins_at=ends[0])


def five() -> Text:
    """Five apps, one of them in every kind of trouble."""
    settlement = app("nightly-settlement", "@acme/payments", criticality=Criticality.HIGH)
    rates, shop = app("fxrates", "@acme/treasury"), app("storefront", "@acme/web", phase=Phase.DEVELOPMENT)
    portal, gateway = app("legacy-portal", ""), app("gateway", "@acme/web")
    production = StageState(stage="production", image="gateway:4.18.2", has_fix=Known.NO, why="built before", is_running=True)
    entry = Accepted(app="legacy-portal", dependency="node", reason="replaced in June", by="@acme/portal", until=date(2026, 6, 30))
    exposures = [
        replace(behind(settlement, _PYTHON, Severity.CRITICAL, days=45, number=1), is_exploited=True),
        behind(rates, _GO, Severity.HIGH, days=41, number=2, why="conflict"),
        behind(rates, _JAVA, Severity.UNKNOWN, days=41, number=1),
        behind(portal, _REDIS, Severity.MEDIUM, days=40, why="held: freeze until 2026-05-31: end of quarter"),
        _merged(
            behind(gateway, _NODE, Severity.HIGH, days=20, number=7),
            Step.DEPLOYED,
            stages=(production,),
            unblock="bring gateway:4.19.0 to production",
        ),
        behind(shop, _REDIS, Severity.MEDIUM, days=26, number=12),
        behind(shop, _CHART, Severity.LOW, days=3, number=13),
        replace(behind(portal, _NODE, Severity.HIGH, days=40, number=4), accepted=entry),
    ]
    moved = [
        Moved(
            app=shop,
            dependency=_NODE[0],
            old=_NODE[1],
            new=_NODE[2],
            at=NOW - 2 * _DAY,
            waited_since=NOW - 11 * _DAY,
            pull_request_url="https://github.com/acme/storefront/pull/11",
            end=End.DEPLOYED,
        ),
        Moved(app=gateway, dependency=_CHART[0], old=_CHART[1], new="", at=NOW - 4 * _DAY, end=End.PIN_GONE),
    ]
    kept = [KeptBack(app=gateway, dependency=_GO[0], old=_GO[1], new=_GO[2], is_opt_out=True, reason="the vendor asks for it")]
    unread = Failure(where="oci: registry.acme.example/base/java", what="no answer", last_good=NOW - 3 * _DAY)
    sight = Sight(apps=5, last_run=NOW, unread=[unread], apps_of={unread.where: ["fxrates"]})
    trend = _trend(TrendPoint(at=NOW, open=8, stale=5, stale_apps=4), (1, 1, 3, 4, 6, 6), (9, 6, 8, 8, 9, 9))
    return weekly_issue(exposures, moved, kept, accepted=[entry], now=NOW, sight=sight, trend=trend)


_TEAMS: Final = tuple(f"@acme/{name}" for name in ("payments", "web", "data", "platform", "search", "risk", "mobile", "billing"))
_NAMES: Final = ("orders", "ledger", "invoices", "quotes", "mailer", "reports", "pricing", "catalogue", "sessions", "audit")
_FIXES: Final = (_PYTHON, _GO, _REDIS, _JAVA, _CHART, _NODE)
_SEVERITIES: Final = (Severity.HIGH, Severity.MEDIUM, Severity.UNKNOWN, Severity.LOW, Severity.MEDIUM, Severity.CRITICAL, Severity.UNKNOWN)
_WHYS: Final = ("", "", "", "conflict", "", "declined", "", "edited by human")


def _large() -> Iterator[Exposure]:
    ages, severities, whys = cycle((3, 9, 17, 22, 26, 33, 41, 58, 75, 101)), cycle(_SEVERITIES), cycle(_WHYS)
    for place in range(500):
        owner = "" if place % 41 == 0 else _TEAMS[place % 7 * place % len(_TEAMS)]
        name = f"{_NAMES[place % len(_NAMES)]}-{place // len(_NAMES) + 1}"
        of = app(name, owner, criticality=Criticality.HIGH if place % 11 == 0 else Criticality.MEDIUM)
        for number, fix in enumerate(islice(cycle(_FIXES), place % 6, place % 6 + 1 + place % 3), 1):
            one = behind(of, fix, next(severities), days=next(ages), number=number, why=next(whys))
            yield (
                _merged(one, Step.REBUILT, blocked_by="merged on 2026-05-02, not rebuilt: no run of build.yml since")
                if place % 23 == 0
                else one
            )


def five_hundred() -> Text:
    """Five hundred apps of eight teams, and some of nobody."""
    exposures = list(_large())
    stale = [one for one in exposures if one.is_stale(NOW)]
    now = TrendPoint(at=NOW, open=len(exposures), stale=len(stale), stale_apps=len({one.app for one in stale}))
    before = (214, 231, 260, 305, 342, 371, 402, 448, 471, 490, len(stale) + 17)
    trend = _trend(now, before, tuple(late + 410 - 11 * place for place, late in enumerate(before)))
    moved = [
        Moved(
            app=one.app,
            dependency=_NODE[0],
            old=_NODE[1],
            new=_NODE[2],
            at=NOW - 2 * _DAY,
            pull_request_url=f"https://github.com/{one.app.repo}/pull/9",
            end=End.DEPLOYED if place % 3 else End.MERGED,
        )
        for place, one in enumerate(exposures[::23])
    ]
    gone = [Failure(where=f"acme/archive-{number}", what="404", last_good=NOW - 8 * _DAY) for number in range(3)]
    sight = Sight(apps=742, last_run=NOW, unseen_repos=gone)
    return weekly_issue(exposures, moved, now=NOW, sight=sight, trend=trend, style=Style(dashboard_url="https://acme.github.io/ops/"))


def issues() -> Mapping[str, Text]:
    """By the name of the picture."""
    return {"weekly-5": five(), "weekly-500": five_hundred()}
