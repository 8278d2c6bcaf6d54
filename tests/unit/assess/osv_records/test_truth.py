"""A reviewed table of what real advisories mean for packages (each row: a system, a package, a hole, and what must be told of it)."""

import csv
from pathlib import Path

import pytest

from tests.unit.assess.osv_records.feeds import needs_feeds, records
from tests.unit.assess.osv_records.samples import Records, package, system, told

pytestmark = needs_feeds

with Path(__file__).with_name("truth.tsv").open(encoding="utf-8", newline="") as table:
    ROWS = list(csv.DictReader(table, delimiter="\t"))


def test_the_table_is_as_long_as_it_says_and_repeats_nothing() -> None:
    assert len(ROWS) >= 150
    assert len({tuple(row.values()) for row in ROWS}) == len(ROWS)
    assert {row["expected"] for row in ROWS} == {"affected", "free", "not certain"}
    assert all(row["expected"] == "affected" or not row["fixed_in"] for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['system']}, {row['package']} {row['version']}, {row['hole']}" for row in ROWS])
def test_what_is_told_of_a_package_is_what_its_advisories_mean(row: dict[str, str]) -> None:
    source, _, source_version = row["source"].partition(" ")
    one = package(row["type"], row["package"], row["version"], source_name=source, source_version=source_version, module=row["module"])

    answer = told(Records(records=records()), system(row["system"]), one)

    holes = [hole for hole in answer.holes if row["hole"] in {*hole.names, *hole.source.replace(",", "").split()}]
    got = "affected" if holes else "not certain" if not answer.checked else "free"
    assert (got, {hole.fixed_in for hole in holes}) == (row["expected"], {row["fixed_in"]} if row["expected"] == "affected" else set())
