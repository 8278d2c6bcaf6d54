"""A reviewed table of what real advisories mean for packages (each row: a system, a package, a hole, and what must be told of it)."""

import csv
from pathlib import Path

import pytest

from bot.assess.osv import index
from bot.assess.osv.mirror import OsvMirror, index_path
from bot.assess.osv.query import base
from bot.assess.osv.source import OsvSource
from bot.model.contents import Package
from tests.unit.assess.osv_records.feeds import needs_feeds, records
from tests.unit.assess.osv_records.samples import NOW, Records, contents, package, system, told

pytestmark = needs_feeds

with Path(__file__).with_name("truth.tsv").open(encoding="utf-8", newline="") as table:
    ROWS = list(csv.DictReader(table, delimiter="\t"))


def test_the_table_is_as_long_as_it_says_and_repeats_nothing() -> None:
    assert len(ROWS) >= 150
    assert len({tuple(row.values()) for row in ROWS}) == len(ROWS)
    assert {row["expected"] for row in ROWS} == {"affected", "free", "not certain"}
    assert all(row["expected"] == "affected" or not row["fixed_in"] for row in ROWS)


def _package(row: dict[str, str]) -> Package:
    name, _, version = row["source"].partition(" ")
    return package(row["type"], row["package"], row["version"], source_name=name, source_version=version, module=row["module"])


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['system']}, {row['package']} {row['version']}, {row['hole']}" for row in ROWS])
def test_what_is_told_of_a_package_is_what_its_advisories_mean(row: dict[str, str]) -> None:
    answer = told(Records(records=records()), system(row["system"]), _package(row))

    holes = [hole for hole in answer.holes if row["hole"] in {*hole.names, *hole.source.replace(",", "").split()}]
    got = "affected" if holes else "not certain" if not answer.checked else "free"
    assert (got, {hole.fixed_in for hole in holes}) == (row["expected"], {row["fixed_in"]} if row["expected"] == "affected" else set())


def test_a_mirror_of_these_advisories_comes_to_the_same(tmp_path: Path) -> None:
    ecosystems = {base(entry["package"]["ecosystem"]) for told_ in records() for entry in told_["affected"]}
    for ecosystem in ecosystems:
        path = index_path(tmp_path, ecosystem)
        count = index.build(path, records(), ecosystem)
        index.finish(path, index.About(ecosystem=ecosystem, url="", as_of=NOW, records=count))
    mirror = OsvSource(advisories=OsvMirror(tmp_path))
    packages: dict[str, list[Package]] = {}
    for row in ROWS:
        packages.setdefault(row["system"], []).append(_package(row))

    for name, some in packages.items():
        answer = mirror.told(contents(system(name), *some))
        expected = told(Records(records=records()), system(name), *some)

        assert answer is not None
        assert {(hole.id, hole.package, hole.fixed_in) for hole in answer.holes} == {
            (hole.id, hole.package, hole.fixed_in) for hole in expected.holes
        }
        assert answer.checked == expected.checked
