"""The board in every format, as files below the site."""

from collections.abc import Iterator
from importlib import resources

from bot.report.board import Board
from bot.report.export import exposures_json
from bot.report.exports.csv_files import apps_csv, exposures_csv
from bot.report.exports.cyclonedx_vex import cyclonedx_vex
from bot.report.exports.openmetrics import openmetrics
from bot.report.exports.openvex import openvex
from bot.report.exports.sarif import sarif_by_repo, uploads
from bot.report.json_text import json_text
from bot.report.names import file_stem


def data_files(board: Board) -> Iterator[tuple[str, bytes]]:
    """Each file's path below the top of the site, and its bytes."""
    yield "data/exposures.json", _json(_exposures(board))
    yield "data/exposures.schema.json", (resources.files("bot.report.exports") / "exposures.schema.json").read_bytes()
    yield "data/exposures.csv", exposures_csv(board.exposures, now=board.now).encode()
    yield "data/apps.csv", apps_csv(board).encode()
    yield "data/metrics.txt", openmetrics(board).encode()
    yield "data/openvex.json", _json(openvex(board))
    yield "data/vex.cdx.json", _json(cyclonedx_vex(board))
    documents = [(one, f"sarif/{file_stem(one.repo)}.sarif") for one in sarif_by_repo(board)]
    for one, file in documents:
        yield f"data/{file}", _json(one.document, indent=None)
    yield "data/sarif/uploads.json", _json(uploads(documents))


def _exposures(board: Board) -> dict[str, object]:
    return exposures_json(
        board.exposures,
        board.moved,
        board.kept_back,
        board.bases,
        now=board.now,
        last_run=board.last_run,
        failures=board.failures,
        empty_repos=board.empty_repos,
    )


def _json(value: object, *, indent: int | None = 2) -> bytes:
    return (json_text(value, indent=indent) + "\n").encode("utf-8", "replace")
