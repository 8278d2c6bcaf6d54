"""What is inside images, kept by layer: an answer never names what an image no longer has."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from bot.ledger.ledger import Ledger
from bot.ledger.tables import PACKAGE_SET_GAPS, PACKAGE_SET_MEMBERS, PACKAGE_SETS
from bot.model.contents import Contents, KnownBy, Layer, NotRead, Package
from bot.model.image import Digest

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BASE, APP = "sha256:" + "b" * 64, "sha256:" + "c" * 64
BASE_PACKAGES = [("bash", "5.2-1", BASE), ("libssl3", "3.0.11-1", BASE), ("xz-utils", "5.4.1-1", BASE), ("zlib1g", "1.3-1", BASE)]


def digest(number: int) -> Digest:
    return Digest(f"sha256:{number:064x}")


def deb(name, version, layer, **more):
    return Package(type="deb", namespace="debian", name=name, version=version, layer=layer, path="var/lib/dpkg/status", **more)


def image(number, packages, *, layers=(BASE,), **more) -> Contents:
    return Contents(
        image=f"team/app:{number}",
        digest=digest(number),
        platform="linux/amd64",
        packages=tuple(package if isinstance(package, Package) else deb(*package) for package in packages),
        layers=tuple(Layer(diff_id=diff_id, digest=digest(9), size_bytes=1) for diff_id in layers),
        **more,
    )


def record(ledger: Ledger, *images: Contents, form: str = "one") -> None:
    for contents in images:
        ledger.contents.record(contents, form=form, now=NOW)


def held(ledger: Ledger, name: str) -> set[tuple[int, str, str, str]]:
    """Of each image that holds a package of this name: its number, name and version of the package, the layer."""
    packages = {package.id: package for package in ledger.contents.packages_called([name])}
    images = {image.id: digest_ for digest_, images in ledger.contents.opened().items() for image in images if image.digest == digest_}
    return {
        (int(images[one.image_id][7:], 16), packages[one.package_id].name, packages[one.package_id].version, one.diff_id)
        for one in ledger.contents.carriers(packages)
    }


def rows(ledger: Ledger, table) -> int:
    with ledger.contents._database.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_package_is_found_in_every_image_that_has_it_with_the_layer_that_brought_it(ledger):
    upgraded = [*BASE_PACKAGES[:1], ("libssl3", "3.0.12-1", APP), *BASE_PACKAGES[2:]]
    record(ledger, image(1, BASE_PACKAGES), image(2, upgraded, layers=(BASE, APP)), image(3, BASE_PACKAGES[:1]))

    assert held(ledger, "libssl3") == {(1, "libssl3", "3.0.11-1", BASE), (2, "libssl3", "3.0.12-1", APP)}
    assert {number for number, *_ in held(ledger, "bash")} == {1, 2, 3}
    assert held(ledger, "curl") == set()


@pytest.mark.parametrize("is_base_first", [True, False], ids=["base first", "base last"])
def test_what_a_layer_above_took_away_is_not_found(ledger, is_base_first):
    left = [BASE_PACKAGES[0], BASE_PACKAGES[3], ("curl", "8-1", APP)]
    images = [image(1, BASE_PACKAGES), image(2, left, layers=(BASE, APP)), image(3, [], layers=(BASE,))]
    record(ledger, *(images if is_base_first else reversed(images)))

    assert held(ledger, "xz-utils") == {(1, "xz-utils", "5.4.1-1", BASE)}
    assert held(ledger, "zlib1g") == {(1, "zlib1g", "1.3-1", BASE), (2, "zlib1g", "1.3-1", BASE)}


def test_images_on_one_base_share_its_rows_and_those_that_lack_a_few_keep_the_gaps_alone(ledger):
    record(ledger, image(1, BASE_PACKAGES))
    many = [image(number, [*BASE_PACKAGES, ("app", f"{number}", APP)], layers=(BASE, APP)) for number in range(2, 12)]
    few = [image(number, [*BASE_PACKAGES[1:], ("app", f"{number}", APP)], layers=(BASE, APP)) for number in range(12, 22)]
    record(ledger, *many, *few)

    assert rows(ledger, PACKAGE_SET_MEMBERS) == len(BASE_PACKAGES) + 20
    assert (rows(ledger, PACKAGE_SETS), rows(ledger, PACKAGE_SET_GAPS)) == (1 + 20 + 1, 1)
    assert len(held(ledger, "xz-utils")) == 21
    assert len(held(ledger, "bash")) == 11


def test_a_base_that_no_image_has_all_of_is_kept_once_all_the_same(ledger):
    base = [(f"lib{number}", "1", BASE) for number in range(40)]
    for number in range(20):
        record(ledger, image(number, [package for place, package in enumerate(base) if place != number], layers=(BASE, APP)))

    assert rows(ledger, PACKAGE_SET_MEMBERS) == 39 + 40
    assert rows(ledger, PACKAGE_SET_GAPS) == 19
    for number in (0, 1, 19, 20, 39):
        assert {one for one, *_ in held(ledger, f"lib{number}")} == set(range(20)) - {number}


def test_a_package_is_found_by_its_source(ledger):
    record(ledger, image(1, [deb("libssl3", "3.0.11-1+b1", BASE, source_name="openssl", source_version="3.0.11-1")]))

    assert held(ledger, "openssl") == held(ledger, "LibSSL3") == {(1, "libssl3", "3.0.11-1+b1", BASE)}


def test_what_only_a_declaration_names_is_kept_as_such(ledger):
    declared = Package(type="golang", namespace="golang.org/x", name="net", version="v0.1.0", known_by=KnownBy.DECLARED)
    record(ledger, image(1, [*BASE_PACKAGES, declared]))

    assert held(ledger, "net") == {(1, "net", "v0.1.0", "")}
    assert [package.known_by for package in ledger.contents.packages_called(["net"])] == [KnownBy.DECLARED]
    assert ledger.contents.layers_of(digest(1)) == (BASE,)


def test_an_image_is_known_by_each_index_that_it_stands_in(ledger):
    record(ledger, image(1, [], index_digest=digest(70)), image(1, [], index_digest=digest(71)), image(2, [], index_digest=digest(70)))

    opened = ledger.contents.opened()

    assert {key: [one.digest for one in images] for key, images in opened.items()} == {
        digest(1): [digest(1)],
        digest(2): [digest(2)],
        digest(70): [digest(1), digest(2)],
        digest(71): [digest(1)],
    }


def test_layers_stand_in_their_order_even_where_one_comes_twice(ledger):
    record(ledger, image(1, BASE_PACKAGES, layers=(APP, BASE, APP)))

    assert ledger.contents.layers_of(digest(1)) == (APP, BASE, APP)
    assert ledger.contents.layers_of(digest(2)) == ()
    assert len(held(ledger, "bash")) == 1


class TestAgain:
    def test_what_other_code_reads_takes_its_place(self, ledger):
        record(ledger, image(1, BASE_PACKAGES))
        record(ledger, image(1, BASE_PACKAGES[:1], not_read=(NotRead(what="layer 2", reason="not read"),)), form="two")

        assert held(ledger, "xz-utils") == set()
        assert len(held(ledger, "bash")) == 1
        assert ledger.contents.opened()[digest(1)][0].not_read == ("layer 2: not read",)

    def test_what_the_same_code_could_read_more_of_takes_its_place_and_never_the_reverse(self, ledger):
        broken = replace(image(1, BASE_PACKAGES[:1]), not_read=(NotRead(what="layer 2", reason="not read"),))
        record(ledger, broken, image(1, BASE_PACKAGES), broken)

        assert len(held(ledger, "xz-utils")) == 1
        assert ledger.contents.opened()[digest(1)][0].not_read == ()


def test_hostile_names_are_kept_bounded_and_are_no_fault(ledger):
    names = ["a\0b", "\ud800", "x" * 100_000, "'; DROP TABLE packages; --", ""]
    record(ledger, image(1, [(name, name, BASE) for name in names], not_read=(NotRead(what="\0", reason="\ud800" * 5000),) * 1000))

    assert {len(name) for _, name, *_ in held(ledger, "x" * 200)} == {1000}
    assert len(held(ledger, names[3])) == 1
    assert len(ledger.contents.opened()[digest(1)][0].not_read) == 100


def test_many_images_of_one_base_are_recorded_side_by_side(ledger):
    base = [(f"lib{number}", "1", BASE) for number in range(60)]
    images = [image(number, [package for place, package in enumerate(base) if place % 8 != number % 8]) for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: record(ledger, one), images))

    for number in range(8):
        assert {one for one, *_ in held(ledger, f"lib{number}")} == {one for one in range(40) if one % 8 != number}
