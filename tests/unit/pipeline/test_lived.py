"""The ledger's rounds as ways of fixes."""

from datetime import timedelta

from bot.ledger.history import Event, UpdateKey
from bot.ledger.ledger import Ledger
from bot.model.exposure import Step
from bot.pipeline.lived import lived_since
from bot.report.lived import Lived
from tests.boards import NOW

DAY = timedelta(days=1)
KEY = UpdateKey(app="acme/shop", dependency="oci: docker.io/library/python", old="3.11")


def test_each_round_is_a_way_of_its_own_and_the_last_stage_is_production(tmp_path):
    ledger = Ledger.open(f"sqlite:///{tmp_path}/ledger.sqlite3")
    steps = [
        (Step.DETECTED, 40, ""),
        (Step.MERGED, 38, ""),
        (Step.REBUILT, 37, ""),
        (Step.DEPLOYED, 36, "qa"),
        (Step.DEPLOYED, 30, "production"),
        (Step.DETECTED, 9, ""),
    ]
    for step, ago, stage in steps:
        ledger.events.record([Event(key=KEY, step=step, at=NOW - ago * DAY, stage=stage, new="3.12")])

    found = lived_since(ledger, NOW - 90 * DAY, ["qa", "production"])
    ledger.close()

    assert found == [
        Lived(
            app="acme/shop",
            began_at=NOW - 40 * DAY,
            merged_at=NOW - 38 * DAY,
            rebuilt_at=NOW - 37 * DAY,
            in_production_at=NOW - 30 * DAY,
        ),
        Lived(app="acme/shop", began_at=NOW - 9 * DAY),
    ]
