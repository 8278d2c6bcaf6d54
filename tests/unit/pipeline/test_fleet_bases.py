"""The bases of the fleet, put together of what the ledger knows."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.inspect.lineage.kept import judging_form, packed
from bot.ledger.ledger import Ledger
from bot.ledger.uses import RepoLook
from bot.model.base_lag import BaseLag
from bot.model.base_look import BaseLook
from bot.model.catalogue import Catalogue, Standing
from bot.model.contents import Contents, Layer, Package
from bot.model.dependency import Dependency, Release
from bot.model.fleet import App
from bot.model.fleet_bases import FleetBases
from bot.model.image import Digest, ImageReference
from bot.model.lineage import Claim, Confidence, FoundBase, Lineage, Way
from bot.model.listing import Listing
from bot.model.rules import ApprovedBase
from bot.model.use import AppOwners, ImageUse, KnownFrom, Place
from bot.pipeline.fleet_bases import fleet_bases, told_to_publishers
from bot.report.fleet_bases import bases_csv, document, markdown, owner_rows, summary

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PYTHON = "docker.io/library/python"
CATALOGUE = Catalogue(
    entries=(
        ApprovedBase(dependency=PYTHON, status="deprecated", successor="reg.example/base/python:{major}.{minor}", reason="=cmd|ours"),
        ApprovedBase(dependency=PYTHON, tags="3.12-slim*", status="allowed"),
    )
)


def digest(number):
    return Digest(f"sha256:{number:064x}")


def use(app, image, tag, number, *, role="final-stage base"):
    place = Place(app=f"acme/{app}", repo=f"acme/{app}", role=role, file="Dockerfile", image=image)
    return ImageUse(place=place, tag=tag, digest=str(digest(number)) if number else "", line=1, known_from=KnownFrom.PINNED)


def contents(number, *names, not_read=()):
    layer = f"sha256:{'a' * 64}"
    return Contents(
        image="x",
        digest=digest(number),
        layers=(Layer(diff_id=layer, digest=digest(number), size_bytes=1),),
        packages=tuple(Package(type="deb", name=name, version="1", namespace="debian", layer=layer) for name in names),
        not_read=not_read,
    )


@pytest.fixture
def ledger():
    with closing(Ledger.open("sqlite://")) as made:
        uses = [
            use("shop", PYTHON, "3.12", 1),
            use("billing", PYTHON, "3.12", 1),
            use("mail", PYTHON, "3.12-slim", 2),
            use("old", PYTHON, "3.11", 0),
            use("deploy", "reg.example/acme/api", "1.0", 9, role="image"),
        ]
        made.uses.record([RepoLook(repo=one.place.repo, uses=[one]) for one in uses], NOW - timedelta(days=1))
        made.uses.record_owners([AppOwners(app="acme/shop", name="shop", owners=("@acme/web",))])
        for number, names in ((1, ("libc6", "bash")), (2, ("libc6", "bash", "curl"))):
            made.contents.record(contents(number, *names), form="1", now=NOW)
        looks = {1: {"CVE-1": "critical", "CVE-2": "low"}, 2: {"CVE-2": "low"}}
        made.base_looks.record(
            BaseLook(digest=digest(one), system="Debian", holes=holes, is_whole=True, at=NOW) for one, holes in looks.items()
        )
        base = FoundBase(
            base=ImageReference.parse(PYTHON).at(tag="3.12.1-slim", digest=digest(2)),
            confidence=Confidence.PROVED,
            known_by=(Claim(way=Way.LAYERS, base=ImageReference.parse(PYTHON), evidence="layers"),),
            digests=frozenset({digest(2)}),
        )
        known = packed(Lineage(image=ImageReference.parse("reg.example/acme/api"), digest=digest(9), base=base))
        made.known_lineages.keep(digest(9), "", known, form=judging_form(), now=NOW)
        yield made


def test_bases_by_files_and_by_images_each_told(ledger):
    fleet = fleet_bases(ledger, CATALOGUE, now=NOW)

    told = {base.key.tag: (len(base.apps), len(base.in_git), base.in_images, base.judged.standing) for base in fleet.bases}
    assert told == {
        "3.12": (2, 2, 0, Standing.DEPRECATED),
        # Files call it 3.12-slim, the build of the image 3.12.1-slim: at the same digest it is one.
        "3.12-slim": (2, 1, 1, Standing.APPROVED),
        "3.11": (1, 1, 0, Standing.DEPRECATED),
    }
    by_tag = {base.key.tag: base for base in fleet.bases}
    assert (by_tag["3.12"].inside.family, by_tag["3.12"].inside.libc) == ("deb (debian)", "glibc")
    assert by_tag["3.11"].inside is None
    assert "never opened" in by_tag["3.11"].why_unknown
    assert by_tag["3.11"].holes is None


def test_the_cover_and_its_moves(ledger):
    (pick,) = fleet_bases(ledger, CATALOGUE, now=NOW).picks

    assert (pick.base.key.tag, pick.as_it_is, pick.covered) == ("3.12-slim", 2, 4)
    (move,) = pick.swaps
    assert (move.old.key.tag, move.closes, move.brings, move.lost) == ("3.12", ("CVE-1",), (), ())


def test_a_base_that_was_not_read_wholly_tells_nothing_of_its_packages(ledger):
    from bot.model.contents import NotRead  # noqa: PLC0415

    ledger.contents.record(replace(contents(3, "libc6"), not_read=(NotRead(what="a layer", reason="broken"),)), form="1", now=NOW)
    ledger.uses.record([RepoLook(repo="acme/odd", uses=[use("odd", "x", "1", 3)])], NOW)
    odd = next(base for base in fleet_bases(ledger, CATALOGUE, now=NOW).bases if base.key.image == "x")

    assert odd.inside is None
    assert odd.why_unknown == "not wholly read: a layer: broken"


def test_apps_on_bases_that_are_to_be_left_by_owner(ledger):
    rows = owner_rows(fleet_bases(ledger, CATALOGUE, now=NOW))

    assert [(row["owner"], row["app"], row["base"]) for row in rows] == [
        ("@acme/web", "shop", "python:3.12"),
        ("nobody", "acme/billing", "python:3.12"),
        ("nobody", "acme/old", "python:3.11"),
    ]


def test_without_a_catalogue_nothing_is_to_be_left_and_nothing_is_approved(ledger):
    fleet = fleet_bases(ledger, Catalogue(), now=NOW)

    assert owner_rows(fleet) == []
    assert {base.judged.standing for base in fleet.bases} == {Standing.NOT_KNOWN}


def test_written_down(ledger):
    fleet = fleet_bases(ledger, CATALOGUE, now=NOW)

    assert json.loads(json.dumps(document(fleet)))["cover"][0]["moves"][0]["closes"] == ["CVE-1"]
    assert "## Apps on bases that are to be left" in markdown(fleet)
    assert bases_csv(fleet).splitlines()[0].startswith("base,apps,")
    assert summary(fleet) == (
        "5 apps on 3 bases of 1 family; 1 base would cover 4 of them; 3 apps on bases that are to be left; "
        "of 1 base the inside is not known; as of the run of 2026-11-22"
    )


def test_an_empty_ledger_says_so():
    with closing(Ledger.open("sqlite://")) as ledger:
        assert summary(fleet_bases(ledger, Catalogue(), now=NOW)).startswith("no base in use is known")


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        pytest.param("docker.io/library/python", "reg.example/hub/python", ["docker.io/library/python"], id="it stood upstream first"),
        pytest.param("reg.example/hub/python", "docker.io/library/python", [], id="it stood here first"),
        pytest.param("docker.io/library/debian", "reg.example/hub/python", [], id="another name"),
        pytest.param("quay.io/x/python", "docker.io/library/python", [], id="what is public is no mirror"),
    ],
)
def test_a_copy_is_found_by_its_digest(first, then, expected):
    here = then if first.startswith(("docker", "quay")) else first
    with closing(Ledger.open("sqlite://")) as ledger:
        for days, name in ((9, first), (5, then)):
            dependency = Dependency(datasource="oci", name=name)
            listing = Listing(dependency=dependency, releases=(Release(dependency=dependency, value="3.12"),))
            ledger.sightings.record_listing(listing, NOW - timedelta(days=days))
            ledger.sightings.seen(Release(dependency=dependency, value="3.12", digest=digest(5)), NOW - timedelta(days=days))
        ledger.uses.record([RepoLook(repo="acme/shop", uses=[use("shop", here, "3.12", 5)])], NOW)

        fleet = fleet_bases(ledger, Catalogue(), now=NOW)

    assert [lag.upstream for lag in fleet.lags] == expected
    assert all(lag.known_by == "found: the same digest stands at both" for lag in fleet.lags)


@pytest.mark.parametrize(("owner", "expected"), [("", "@acme/base"), ("@acme/ops", "@acme/ops")], ids=["who publishes it", "who is named"])
def test_what_lags_behind_is_told_to_somebody(owner, expected):
    lag = BaseLag(image="reg.example/base/python", tag="3.12", upstream=PYTHON, known_by="bases.copies", owner=owner)
    fleet = FleetBases(bases=(), picks=(), lags=(lag,), names={}, owners={}, has_catalogue=False, recorded=NOW)
    publisher = App(name="base", repo="acme/base", owners=("@acme/base",), images=("reg.example/base/python",))

    assert [one.owner for one in told_to_publishers(fleet, [publisher]).lags] == [expected]


def test_a_successor_that_nobody_stands_on_yet_may_cover_them(ledger):
    ours = Dependency(datasource="oci", name="reg.example/base/python")
    published = Listing(dependency=ours, releases=(Release(dependency=ours, value="3.11"),))
    ledger.sightings.record_listing(published, NOW)

    fleet = fleet_bases(ledger, CATALOGUE, now=NOW)

    # 3.12 of it is not published; 3.11 is, and takes the one app that stands on 3.11.
    assert [(pick.base.key.image, pick.base.key.tag, pick.covered) for pick in fleet.picks] == [
        (PYTHON, "3.12-slim", 4),
        ("reg.example/base/python", "3.11", 5),
    ]
    assert fleet.picks[1].swaps[0].unknown
    assert {base.key.image for base in fleet.bases} == {PYTHON}
