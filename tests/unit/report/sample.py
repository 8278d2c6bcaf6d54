"""A fleet in every state that the report can show."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from bot.model.exposure import Exposure, KeptBack, Moved, Step
from bot.model.fleet import App, Criticality, Phase

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)

CHECKOUT = App(name="checkout", repo="acme/checkout", owners=("@acme/payments",), criticality=Criticality.HIGH, phase=Phase.BAU)
JOBS = App(name="nightly-jobs", repo="acme/jobs", path=PurePosixPath("jobs"), owners=("@acme/payments", "@dana"), phase=Phase.BAU)
SEARCH = App(name="search", repo="acme/search", owners=("@acme/search",), phase=Phase.DEVELOPMENT)
ORPHAN = App(name="legacy-gateway", repo="acme/legacy-gateway", phase=Phase.BAU)


def exposure(
    app: App,
    dependency: str,
    old: str,
    new: str,
    *,
    days: int,
    allowed: int = 30,
    number: int | None = None,
    opened: int | None = None,
    blocked_by: str = "",
) -> Exposure:
    """Detected some days ago; its pull request opened some days ago."""
    steps = {Step.DETECTED: NOW - days * DAY}
    if number is not None:
        steps[Step.PROPOSED] = NOW - (days if opened is None else opened) * DAY
    return Exposure(
        app=app,
        dependency=dependency,
        old=old,
        new=new,
        steps=steps,
        waiting_for=Step.PROPOSED if number is None else Step.MERGED,
        due=NOW + (allowed - days) * DAY,
        pull_request_url=None if number is None else f"https://github.com/{app.repo}/pull/{number}",
        pull_request_number=number,
        blocked_by=blocked_by,
    )


PYTHON = "oci: docker.io/library/python"
DISTROLESS = "oci: gcr.io/distroless/java21-debian12"
OLD_BUILD = "3.12-slim-bookworm@1a2b3c4d5e6f"
NEW_BUILD = "3.12-slim-bookworm@99aabbccddee"

EXPOSURES = [
    exposure(SEARCH, PYTHON, OLD_BUILD, NEW_BUILD, days=26, number=31),
    exposure(CHECKOUT, DISTROLESS, "nonroot@aaaaaaaaaaaa", "nonroot@bbbbbbbbbbbb", days=61, allowed=14, number=12, opened=60),
    exposure(CHECKOUT, "oci: docker.io/library/maven", "3.9.5", "3.9.11", days=45, allowed=14, number=14, blocked_by="conflict"),
    exposure(JOBS, PYTHON, OLD_BUILD, NEW_BUILD, days=40, number=7, blocked_by="declined"),
    exposure(ORPHAN, "oci: docker.io/library/nginx", "1.25.3", "1.27.4", days=33, blocked_by="held: freeze until 2027-01-04: year's end"),
    exposure(JOBS, "helm: https://charts.example.org/stable#redis", "18.0.1", "18.19.4", days=31, number=9, blocked_by="edited by human"),
    exposure(SEARCH, "github-tags: actions/checkout", "v4.1.0", "v4.2.2", days=2),
]
KEPT_BACK = [
    KeptBack(app=JOBS, dependency=PYTHON, old="3.9", new="3.12", is_opt_out=True, reason="leave it alone: <b>legacy"),
    KeptBack(
        app=SEARCH,
        dependency=PYTHON,
        old=OLD_BUILD,
        new=NEW_BUILD,
        is_opt_out=True,
        reason="not now",
        until=NOW + 9 * DAY - timedelta(hours=7),
    ),
    *(
        KeptBack(
            app=replace(SEARCH, name=f"app-{number}", repo=f"acme/app-{number}"),
            dependency=PYTHON,
            old="3.12.1",
            new="4.0.0",
            is_opt_out=False,
            reason="kinds: major is not among what may be proposed",
        )
        for number in range(7)
    ),
]
MOVED = [
    Moved(
        app=SEARCH,
        dependency=PYTHON,
        old="3.11-slim@1111aaaa2222",
        new="3.12-slim@3333bbbb4444",
        at=NOW - 2 * DAY,
        waited_since=NOW - 11 * DAY,
        pull_request_url="https://github.com/acme/search/pull/29",
    ),
    Moved(app=CHECKOUT, dependency="oci: docker.io/library/node", old="20.1", new="", at=NOW - 4 * DAY),
]
