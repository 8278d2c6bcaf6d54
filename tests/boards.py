"""Made-up fleets as a dashboard shows them. The same numbers give the same fleet."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import PurePosixPath
from random import Random

from bot.model.accepted import Accepted
from bot.model.base_state import BaseState
from bot.model.contents import OperatingSystem
from bot.model.deployment import Deployment, SeenBy
from bot.model.exposure import Exposure, KeptBack, Known, Moved, StageState, Step
from bot.model.failure import Failure
from bot.model.fleet import App, Criticality, Phase
from bot.model.gap import Gap, GapKind
from bot.model.image import ImageReference
from bot.model.pin import Role
from bot.model.severity import Severity
from bot.model.trend import Trend, TrendPoint
from bot.report.board import Board
from bot.report.lived import Lived
from bot.report.look import Look, Use

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ACCEPTED = Accepted(dependency="redis", hole="CVE-2026-1", reason="not reachable from outside", by="@dana", until=date(2027, 1, 31))
_BASES = ("python", "node", "eclipse-temurin", "nginx", "golang", "postgres", "redis", "debian", "alpine", "ruby")
_TEAMS = ("payments", "search", "identity", "logistics", "web", "data", "platform", "mobile")
_WORDS = ("checkout", "ledger", "gateway", "basket", "search", "mailer", "profile", "stock", "prices", "jobs", "reports", "images")
_CLOSES = {
    Severity.CRITICAL: "closes 4 holes (1 critical, 3 high)",
    Severity.HIGH: "closes 3 holes (2 high, 1 medium)",
    Severity.MEDIUM: "closes 1 hole (1 medium)",
    Severity.LOW: "closes 1 hole (1 low)",
    Severity.UNKNOWN: "",
}
_BLOCKED = ("", "", "conflict", "declined", "edited by human", "held: freeze until 2027-01-04: year's end", "")
_ENDS = {"debian": date(2024, 8, 14), "alpine": date(2026, 12, 20), "node": date(2027, 4, 30), "python": date(2028, 10, 31)}


def made_board(apps: int, *, seed: int = 7, per_app: int = 4) -> Board:
    """A fleet in which a third of the apps are behind, some long, and not all could be looked at."""
    chance = Random(seed)
    looks = [_look(chance, number, per_app) for number in range(apps)]
    exposures = [one for look in looks if look.is_followed and chance.random() < 0.35 for one in _behind(chance, look)]
    exposures[::20] = [replace(one, accepted=ACCEPTED) for one in exposures[::20]]
    taken = [_moved(chance, look) for look in looks if chance.random() < 0.1]
    refused = [_refused(look) for look in looks if chance.random() < 0.03]
    return Board(
        now=NOW,
        looks=looks,
        exposures=exposures,
        moved=taken,
        kept_back=refused,
        bases=_bases(looks),
        failures=(
            Failure(where="ghcr.io", what="it answered 503 three times.", remedy="Try again later.", last_good=NOW - 3 * DAY),
            Failure(where="acme/vault", what="GitHub lets the bot not read it.", remedy="Install the App for this repo."),
            Failure(where="acme/later", what="the limit of the hour is used up.", resumes_at=NOW + timedelta(hours=1)),
        ),
        empty_repos=("acme/new",),
        last_run=NOW - timedelta(hours=20),
        accepted=(ACCEPTED,),
        trend=_trend(len(exposures)),
        lived=[_lived(chance, look) for look in looks for _ in range(3)],
        deployed=[(look.app, _deployed(look.app, stage)) for look in looks[:400] for stage in ("qa", "production")],
        gaps=[_gap(look.app) for look in looks[::9]],
        web_url="https://github.com",
    )


def _look(chance: Random, number: int, per_app: int) -> Look:
    name = f"{_WORDS[number % len(_WORDS)]}-{number}"
    phase = chance.choices([Phase.DEVELOPMENT, Phase.BAU, Phase.RETIRED], [45, 50, 5])[0]
    app = App(
        name=name,
        repo=f"acme/{name}",
        path=PurePosixPath("services/api") if chance.random() < 0.1 else PurePosixPath(),
        owners=() if chance.random() < 0.04 else (f"@acme/{chance.choice(_TEAMS)}",),
        owners_reason="CODEOWNERS",
        criticality=chance.choice(list(Criticality)),
        criticality_reason="declared" if chance.random() < 0.5 else "",
        phase=phase,
        phase_reason="no person committed for 210 days" if phase is Phase.BAU else "declared",
        images=(f"ghcr.io/acme/{name}",),
    )
    uses = tuple(
        Use(
            dependency=f"oci: docker.io/library/{base}",
            value=_value(chance, base),
            file=f"Dockerfile{'' if not place else f'.{place}'}",
            line=chance.randint(1, 40),
            role=(Role.FINAL_BASE if not place else Role.IMAGE).value,
        )
        for place, base in enumerate(chance.sample(_BASES, min(per_app, len(_BASES))))
    )
    return Look(
        app=app,
        uses=uses,
        unread=chance.random() < 0.02,
        undecided=chance.random() < 0.02,
        held=chance.random() < 0.1,
        skips=chance.random() < 0.05,
        is_followed=phase is not Phase.RETIRED,
    )


def _trend(open_: int) -> Trend:
    points = [_point(NOW - (11 - number) * 7 * DAY, open_ * (30 - number) // 19) for number in range(12)]
    return Trend(points=tuple(points), week_ago=points[-2], begins_at=NOW - 90 * DAY)


def _point(at: datetime, open_: int) -> TrendPoint:
    return TrendPoint(at=at, open=open_, stale=open_ // 3, stale_apps=open_ // 4)


def _lived(chance: Random, look: Look) -> Lived:
    merged = NOW - chance.random() * 80 * DAY
    is_merged, is_built, is_live = (chance.random() < share for share in (0.8, 0.6, 0.5))
    slow = 1 + sum(map(ord, "".join(look.app.owners))) % 4
    return Lived(
        app=look.app.key,
        began_at=merged - chance.expovariate(1 / (5 * slow)) * DAY,
        merged_at=merged if is_merged else None,
        rebuilt_at=merged + DAY if is_merged and is_built else None,
        in_production_at=merged + 4 * DAY if is_merged and is_built and is_live else None,
    )


def _value(chance: Random, base: str) -> str:
    """One of a few dozen: most are at the same."""
    number = min(int(chance.expovariate(0.25)), 40)
    return f"{3 - number // 14}.{13 - number % 14}-slim@{sha256(f'{base} {number}'.encode()).hexdigest()[:12]}"


def _behind(chance: Random, look: Look) -> list[Exposure]:
    return [_exposure(chance, look.app, use) for use in look.uses if chance.random() < 0.5]


def _exposure(chance: Random, app: App, use: Use) -> Exposure:
    severity = chance.choices(list(Severity), [30, 15, 30, 20, 5])[0]
    age = chance.randint(0, 120)
    steps = {Step.DETECTED: NOW - age * DAY}
    if chance.random() < 0.8:
        steps[Step.RELEASED] = steps[Step.DETECTED] - chance.randint(0, 40) * DAY
    reached = chance.randint(0, 3)
    if reached > 0:
        steps[Step.PROPOSED] = steps[Step.DETECTED] + timedelta(days=age * 0.1)
    if reached > 1:
        steps[Step.MERGED] = steps[Step.DETECTED] + timedelta(days=age * 0.4)
    if reached > 2:
        steps[Step.REBUILT] = steps[Step.DETECTED] + timedelta(days=age * 0.5)
    waiting = (Step.PROPOSED, Step.MERGED, Step.REBUILT, Step.DEPLOYED)[reached]
    number = chance.randint(1, 400) if reached else None
    has_places = chance.random() < 0.7
    return Exposure(
        app=app,
        dependency=use.dependency,
        old=use.value,
        new=use.value.replace("-slim@", "-slim@0"),
        steps=steps,
        waiting_for=waiting,
        severity=severity,
        closes=_CLOSES[severity],
        due=steps[Step.DETECTED] + (14 if severity.rank > 2 else 30) * DAY,
        pull_request_url=None if number is None else f"https://github.com/{app.repo}/pull/{number}",
        pull_request_number=number,
        blocked_by=chance.choice(_BLOCKED) if reached < 2 else "",
        unblock={1: f"merge #{number}", 2: "approve the run of build.yml", 3: f"promote {app.name}:1.4.2 from qa"}.get(reached, ""),
        is_exploited=severity is Severity.CRITICAL and chance.random() < 0.2,
        built=_place("", app, Known.YES if reached > 2 else Known.NO, steps.get(Step.REBUILT)) if has_places else None,
        stages=_stages(app, reached, steps.get(Step.REBUILT)) if has_places else (),
    )


def _stages(app: App, reached: int, since: datetime | None) -> tuple[StageState, ...]:
    qa = _place("qa", app, Known.YES if reached > 2 else Known.NO, since + DAY if since else None)
    return (qa, _place("production", app, Known.NO if reached else Known.UNKNOWN, None))


def _place(stage: str, app: App, has_fix: Known, since: datetime | None) -> StageState:
    why = {
        Known.YES: "its layers are of the new base",
        Known.NO: "it stands on the old base",
        Known.UNKNOWN: "its manifest could not be read",
    }
    return StageState(
        stage=stage,
        image=f"{app.name}:1.4.{2 if has_fix is Known.YES else 1}@{'ab' * 6}",
        has_fix=has_fix,
        why=why[has_fix],
        since=since,
        source="inventory prod.json of 2026-11-22" if stage else "",
        is_running=bool(stage),
    )


def _deployed(app: App, stage: str) -> Deployment:
    image = ImageReference.parse(f"{app.images[0]}:1.4.{len(stage) % 3}")
    is_running = stage == "production"
    return Deployment(
        image=image,
        stage=stage,
        seen_by=SeenBy.INVENTORY if is_running else SeenBy.MANIFEST,
        where="cluster prod-1, namespace shop" if is_running else f"{app.repo} overlays/{stage}/app.yaml:12",
        as_of=NOW - DAY,
        since=NOW - 9 * DAY if is_running else None,
    )


def _gap(app: App) -> Gap:
    return Gap(
        kind=GapKind.BEHIND,
        app=app.name,
        image=app.images[0],
        stage="production",
        said="has 1.4.1, 2 releases behind qa, which has 1.4.3",
        evidence=("inventory prod.json of 2026-11-22",),
    )


def _moved(chance: Random, look: Look) -> Moved:
    use = look.uses[0]
    return Moved(
        app=look.app,
        dependency=use.dependency,
        old="1.0-slim@111122223333",
        new=use.value,
        at=NOW - chance.randint(0, 6) * DAY,
        waited_since=NOW - chance.randint(7, 40) * DAY,
        pull_request_url=f"https://github.com/{look.app.repo}/pull/{chance.randint(1, 400)}",
    )


def _refused(look: Look) -> KeptBack:
    use = look.uses[-1]
    return KeptBack(
        app=look.app, dependency=use.dependency, old=use.value, new="4.0", is_opt_out=True, reason="the old client still needs it"
    )


def _bases(looks: list[Look]) -> list[BaseState]:
    apps: dict[tuple[str, str], list[str]] = {}
    for look in looks:
        for use in look.uses:
            apps.setdefault((use.dependency, use.value), []).append(look.app.name)
    return [
        BaseState(
            dependency=dependency,
            value=value,
            apps=tuple(names),
            system=OperatingSystem(
                id="debian", version="12", name="Debian GNU/Linux 12 (bookworm)", end_of_life=_ENDS.get(_base_of(dependency))
            ),
            said="3 holes (1 critical, 2 high) known in 88 packages checked against OSV of 2026-11-22",
            problem="its manifest is gone from the registry" if number % 50 == 1 else "",
        )
        for number, ((dependency, value), names) in enumerate(apps.items())
        if number < 300
    ]


def _base_of(dependency: str) -> str:
    return dependency.rpartition("/")[2]
