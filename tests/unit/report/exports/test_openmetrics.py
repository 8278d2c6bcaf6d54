"""OpenMetrics text, read back by the parser of Prometheus' own client."""

from dataclasses import replace

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from bot.model.exposure import Exposure, Step
from bot.model.fleet import App
from bot.report.board import Board
from bot.report.exports.openmetrics import openmetrics
from bot.report.look import Look
from tests.boards import NOW, made_board


def samples(board, name):
    families = {family.name: family for family in text_string_to_metric_families(openmetrics(board))}
    return {tuple(sample.labels.items()): sample.value for sample in families[name].samples}


def test_every_app_and_every_exposure_is_counted_once():
    board = made_board(150)

    assert sum(samples(board, "rebuild_bot_apps").values()) == 150
    assert sum(samples(board, "rebuild_bot_exposures").values()) == len(board.exposures)
    assert sum(samples(board, "rebuild_bot_images").values()) == len(board.bases)
    assert samples(board, "rebuild_bot_report_timestamp_seconds") == {(): NOW.timestamp()}


def test_what_is_not_known_is_left_out():
    empty = Board(now=NOW)

    assert samples(empty, "rebuild_bot_last_run_timestamp_seconds") == {}
    assert samples(empty, "rebuild_bot_fix_days") == {}
    assert samples(empty, "rebuild_bot_oldest_exposure_days") == {}


@pytest.mark.parametrize("owner", ['@a"b', "@a\\b", "@a\nb", "@{x}", "@\u202e", "@" + "a" * 5000])
def test_a_name_of_others_is_a_label_and_no_more(owner):
    app = App(name="shop", repo="acme/shop", owners=(owner,))
    one = Exposure(app=app, dependency="oci: a", old="1", new="2", steps={Step.DETECTED: NOW}, waiting_for=Step.MERGED)
    board = replace(Board(now=NOW), looks=(Look(app=app),), exposures=(one,))

    assert list(samples(board, "rebuild_bot_apps").values()) == [1]
    assert list(samples(board, "rebuild_bot_exposures").values()) == [1]
