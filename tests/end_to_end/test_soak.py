"""Nights in which much goes wrong, at small size: what stands in the end is what stands beside it where nothing went wrong.

`make soak` runs the same at full size, as processes; `SEED=1,2,3 pytest tests/end_to_end/test_soak.py` other nights.
"""

import json
import os
from functools import partial
from unittest.mock import patch

import pytest

from bot.cli.rows import run_json
from bot.clients.http import HttpClient
from bot.model.failure import ToldError
from bot.report.json_text import json_text
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.settings import load
from bot.wiring import fleet as fleet_wiring
from tests.bench.soak.fleet import SoakFleet
from tests.bench.soak.nights import Disk, Machine, Soak, Told, as_process
from tests.bench.soak.run import at_time
from tests.bench.soak.small_disk import why_not

SEEDS = [int(seed) for seed in os.environ.get("SEED", "1").split(",")]
REPOS = 12
IMAGES = 16
SHARE = 0.15
"""Of answers that fail: of few repos there are few answers."""


def in_this_process(fleet: SoakFleet, machine: Machine) -> Told:
    """The same as the command line, which takes longer to start than such a small fleet to go through; a full disk needs its process."""
    if machine.disk is Disk.FULL and not why_not():
        return as_process(fleet, machine)
    unhurried = partial(HttpClient, sleep=lambda _: None)
    with at_time(fleet.clock(), machine.clock_off), patch("bot.wiring.clients.HttpClient", unhurried):
        try:
            summary = fleet_wiring.run(load(fleet.config, {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN}))
        except ToldError as error:
            return Told(code=error.exit_code, result={}, log=f"error: {error}")
    return Told(code=4 if summary.failures or summary.not_reached else 0, result=json.loads(json_text(run_json(summary))))


@pytest.mark.parametrize("seed", SEEDS)
def test_bad_nights_leave_what_good_ones_leave(tmp_path, seed):
    with Soak.served(tmp_path, seed=seed, repos=REPOS, images=IMAGES, share=SHARE, run=in_this_process) as soak:
        nights = {night.name: night for night in soak.all_nights()}

    assert not soak.problems, "\n".join(soak.problems)[:5000]
    assert [night.told.code for night in nights.values()] == [4] * 6 + [0] * 3
    assert sum(sum(night.met.values()) for night in nights.values()) > REPOS // 2, "enough went wrong to mean anything"
    assert nights["all goes wrong"].told.result["repos"] == REPOS - len(soak.disturbed.broken)
    assert nights["nothing is new"].writes == 0
