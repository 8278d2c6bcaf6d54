from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

from bot.model.dependency import Dependency, Release
from bot.model.fleet import App, Phase
from bot.model.pin import Pin, Role
from bot.model.run import AppDecisions
from bot.model.update import OPT_OUT, Decision, NotAllowed, Update, UpdateKind, UpToDate
from bot.track.kept_back import kept_back

SHOP = App(name="shop", repo="acme/shop")
PYTHON = Dependency(datasource="oci", name="docker.io/library/python")
PIN = Pin(
    file=PurePosixPath("Dockerfile"),
    finder="dockerfile",
    dependency=PYTHON,
    name="python",
    scheme="docker",
    value="3.12.1",
    role=Role.FINAL_BASE,
    sites=(),
    line=1,
    column=6,
)
UNTIL = datetime(2026, 12, 1, tzinfo=UTC)


def refused(policy: str, *, pin: Pin = PIN, until: datetime | None = None) -> Decision:
    update = Update(pin=pin, release=Release(dependency=PYTHON, value="3.13.0"), kind=UpdateKind.MINOR)
    return Decision(pin=pin, verdict=NotAllowed(update=update, policy=policy, reason="no", until=until))


def test_each_refusal_of_an_app_is_told_once_the_owners_first():
    elsewhere = replace(PIN, line=9)
    decisions = (
        refused("kinds"),
        refused(OPT_OUT, pin=elsewhere, until=UNTIL),
        refused(OPT_OUT, until=UNTIL),
        refused("kinds", pin=elsewhere),
    )

    found = kept_back([AppDecisions(app=SHOP, decisions=tuple(decisions))])

    assert [(one.is_opt_out, one.reason, one.old, one.new, one.until) for one in found] == [
        (True, "no", "3.12.1", "3.13.0", UNTIL),
        (False, "no", "3.12.1", "3.13.0", None),
    ]


def test_what_is_up_to_date_or_retired_is_not_kept_back():
    retired = replace(SHOP, phase=Phase.RETIRED)

    assert kept_back([AppDecisions(app=SHOP, decisions=(Decision(pin=PIN, verdict=UpToDate(pin=PIN)),))]) == []
    assert kept_back([AppDecisions(app=retired, decisions=(refused(OPT_OUT),))]) == []
