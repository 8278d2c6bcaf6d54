"""Who has a package: every answer is that of a naive look at each image, and what is not known is said."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import event

from bot.ledger.ledger import Ledger
from bot.ledger.uses import RepoLook
from bot.model.contents import Contents, KnownBy, Layer, NotRead, Package
from bot.model.dependency import Dependency, Release
from bot.model.holding import WhoHas
from bot.model.use import AppOwners, ImageUse, KnownFrom, Place
from bot.pipeline.who_has import who_has
from bot.track.wanted_package import WantedPackage
from bot.versions.package_ranges import PackageRange
from tests.synthetic import DAY, START, MadeImage, digest_of, made_fleet, record_fleet

IMAGES = 10_000
PLACE = Place(app="acme/shop", repo="acme/shop", stage="production", role="image", file="prod.yaml", image="registry.example.com/shop")
LAYER = digest_of("layer", 1)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with closing(Ledger.open("sqlite://")) as ledger:
        yield ledger


def ask(ledger: Ledger, text: str, day: date | None = None, *, now: datetime = START + 200 * DAY) -> WhoHas:
    return who_has(ledger, text, WantedPackage.parse(text), day=day, now=now)


def open_image(
    ledger: Ledger, number: int, *packages: tuple[str, str], not_read: tuple[NotRead, ...] = (), known_by=KnownBy.LAYERS
) -> None:
    made = [
        Package(type="deb", name=name, version=version, layer=LAYER if known_by is KnownBy.LAYERS else "", known_by=known_by)
        for name, version in packages
    ]
    layers = (Layer(diff_id=LAYER, digest=LAYER, size_bytes=1),)
    contents = Contents(image="x", digest=digest_of("image", number), packages=tuple(made), layers=layers, not_read=not_read)
    ledger.contents.record(contents, form="made", now=START)


def use(number: int, **more) -> ImageUse:
    told = {"place": PLACE, "tag": "1", "digest": digest_of("image", number), "line": 3, "known_from": KnownFrom.PINNED}
    return ImageUse(**{**told, **more})


def run(ledger: Ledger, day: int, *uses: ImageUse, repo: str = "acme/shop") -> None:
    ledger.uses.record([RepoLook(repo=repo, uses=uses)], START + day * DAY)


def day(number: int) -> date:
    return (START + number * DAY).date()


class TestUses:
    def test_an_image_in_use_is_told_with_app_stage_owner_and_since(self, ledger):
        open_image(ledger, 1, ("xz-utils", "5.6.1-1"))
        ledger.uses.record_owners([AppOwners(app="acme/shop", name="shop", owners=("@acme/web",))])
        run(ledger, 3, use(1))

        (holder,) = ask(ledger, "xz-utils@>=5.6.0,<5.6.2").holders

        assert (holder.app, holder.owners, holder.since, holder.doubts) == ("shop", ("@acme/web",), START + 3 * DAY, ())
        assert holder.use.use == use(1)
        assert [(one.name, one.version, one.layer) for one in holder.packages] == [("xz-utils", "5.6.1-1", LAYER)]

    def test_a_package_that_came_with_an_older_image_is_there_since_then(self, ledger):
        for number, version in enumerate(["5.4.1-1", "5.6.0-1", "5.6.1-1", "5.6.2-1", "5.6.1-2"]):
            open_image(ledger, number, ("xz-utils", version))
            run(ledger, number * 10, use(number))

        found = {at: [holder.since for holder in ask(ledger, "xz-utils@>=5.6.0,<5.6.2", day(at)).certain] for at in (0, 10, 20, 30, 40)}

        assert found == {0: [], 10: [START + 10 * DAY], 20: [START + 10 * DAY], 30: [], 40: [START + 40 * DAY]}

    def test_a_day_in_the_past_has_the_images_of_that_day(self, ledger):
        open_image(ledger, 1, ("xz-utils", "5.6.1-1"))
        open_image(ledger, 2, ("xz-utils", "5.4.5-1"))
        run(ledger, 10, use(1))
        run(ledger, 12, use(1))
        run(ledger, 15, use(2))

        said = {at: [holder.doubts for holder in ask(ledger, "xz-utils@5.6.1", day(at)).holders] for at in (9, 10, 12, 13, 15, 16)}

        between = f"gone between {day(12)} and {day(15)}"
        assert said == {9: [], 10: [()], 12: [()], 13: [(between,)], 15: [(between,)], 16: []}
        assert ask(ledger, "xz-utils@5.6.1").holders == ()
        assert not ask(ledger, "xz-utils", day(9)).is_known_at_all

    def test_a_repo_that_was_not_read_since_is_in_doubt(self, ledger):
        open_image(ledger, 1, ("xz-utils", "5.6.1-1"))
        run(ledger, 0, use(1))
        run(ledger, 5, repo="acme/other")
        assert [holder.doubts for holder in ask(ledger, "xz-utils").holders] == [()]

        other = Place(app="acme/other", repo="acme/other", file="prod.yaml", image="registry.example.com/other")
        run(ledger, 6, use(1, place=other), repo="acme/other")

        assert [(holder.app, holder.doubts) for holder in ask(ledger, "xz-utils").holders] == [
            ("acme/other", ()),
            ("acme/shop", (f"its repo was not read since {day(0)}",)),
        ]

    def test_a_tag_whose_digest_is_learned_later_counts_from_then_on_and_not_for_days_before(self, ledger):
        open_image(ledger, 1, ("xz-utils", "5.6.1-1"))
        run(ledger, 0, use(1, digest="", known_from=KnownFrom.TAGGED))
        assert [one.image for one in ask(ledger, "xz-utils").never_opened] == ["registry.example.com/shop:1"]

        tagged = Dependency(datasource="oci", name="registry.example.com/shop")
        ledger.sightings.seen(Release(dependency=tagged, value="1", digest=digest_of("image", 1)), START + 9 * DAY)

        assert len(ask(ledger, "xz-utils").certain) == 1
        assert (ask(ledger, "xz-utils", day(0)).holders, len(ask(ledger, "xz-utils", day(0)).never_opened)) == ((), 1)


class TestNotKnown:
    def test_a_version_without_an_order_is_not_certain_and_never_left_out(self, ledger):
        open_image(ledger, 1, ("xz-utils", "not a version"))
        run(ledger, 0, use(1))

        answer = ask(ledger, "xz-utils@<6")

        assert [holder.doubts for holder in answer.holders] == [("the order of its version is not certain",)]
        assert answer.certain == ()

    def test_what_only_a_declaration_names_is_not_certain(self, ledger):
        open_image(ledger, 1, ("xz-utils", "5.6.1-1"), known_by=KnownBy.DECLARED)
        run(ledger, 0, use(1))

        assert [holder.doubts for holder in ask(ledger, "xz-utils").holders] == [("only an attached bill of materials names it",)]

    def test_images_in_use_that_were_never_opened_or_not_wholly_read_are_named(self, ledger):
        broken = (NotRead(what="layer 2", reason="not read"), NotRead(what="layer 3", reason="not read"))
        open_image(ledger, 1, ("xz-utils", "5.6.1-1"), not_read=broken)
        open_image(ledger, 2, ("bash", "5.2-1"), not_read=broken)
        open_image(ledger, 3, ("bash", "5.2-1"))
        places = [replace(PLACE, file=f"{number}.yaml") for number in range(5)]
        run(ledger, 0, *(use(number, place=places[number]) for number in (1, 2, 3, 4)), use(4, place=places[0]))

        answer = ask(ledger, "xz-utils")

        assert (answer.in_use, answer.opened, len(answer.certain)) == (4, 3, 1)
        assert [(one.image.rpartition("0")[2], one.apps, one.reason) for one in answer.never_opened] == [
            ("4", ("acme/shop",), "never opened")
        ]
        assert [(one.image[-1], one.reason) for one in answer.partly_read] == [
            ("2", "not found in what could be read of it; layer 2: not read, and 1 more")
        ]

    def test_an_empty_ledger_knows_nothing(self, ledger):
        answer = ask(ledger, "xz-utils")

        assert (answer.in_use, answer.first_recorded, answer.is_known_at_all) == (0, None, False)


@pytest.fixture(scope="module")
def fleet() -> Iterator[tuple[Ledger, list[MadeImage]]]:
    images = list(made_fleet(IMAGES, base_packages=10))
    with closing(Ledger.open("sqlite://")) as ledger:
        record_fleet(ledger, images)
        yield ledger, images


QUESTIONS = {
    "a range": ("xz-utils@>=5.6.0,<5.6.2", "xz-utils", ">=5.6.0,<5.6.2"),
    "a source": ("openssl", "openssl", ""),
    "a name that is in most images": ("lib6", "lib6", ""),
    "a version": ("liblzma5@5.6.1", "liblzma5", "5.6.1"),
    "versions without an order": ("requests@<2.32", "requests", "<2.32"),
    "one image alone": ("app@1.4321.0", "app", "1.4321.0"),
    "nothing": ("log4j-core", "log4j-core", ""),
}


def naive(images: list[MadeImage], name: str, range_: str, at: date | None) -> tuple[set[tuple[str, str, bool]], set[str]]:
    """Each image and place that holds the package with whether that is certain, and the images in use that were never opened."""
    limits, holders, unopened = PackageRange.parse(range_), set(), set()
    last = (START + 200 * DAY).date()
    for image in images:
        over = image.ends is not None
        if at is None and over:
            continue
        if at is not None and (at < image.begins.date() or (image.ends and at > image.ends.date())):
            continue
        if not image.is_opened:
            unopened.add(image.uses[0].digest)
            continue
        verdicts = [
            (limits.holds(package.type, package.version), package.known_by)
            for package in image.contents.packages
            if name in {package.name.lower(), package.source_name}
        ]
        if all(verdict is False for verdict, _ in verdicts):
            continue
        is_certain = (True, KnownBy.LAYERS) in verdicts
        seen = (max(image.ends - DAY, image.begins) if image.ends else START + 200 * DAY).date()
        doubtful_use = at is not None and image.ends is not None and at > seen
        holders |= {(use_.digest, use_.place.file, is_certain and not doubtful_use) for use_ in image.uses}
    assert at is None or at <= last
    return holders, unopened


@contextmanager
def counted(ledger: Ledger) -> Iterator[list[str]]:
    statements: list[str] = []
    engine = ledger._database._engine

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    yield statements
    event.remove(engine, "before_cursor_execute", count)


@pytest.mark.parametrize("at", [None, (START + 31 * DAY).date()], ids=str)
@pytest.mark.parametrize(("text", "name", "range_"), QUESTIONS.values(), ids=QUESTIONS)
def test_of_ten_thousand_images_every_answer_is_that_of_a_naive_look(fleet, text, name, range_, at):
    ledger, images = fleet

    with counted(ledger) as statements:
        answer = ask(ledger, text, at)

    holders, unopened = naive(images, name, range_, at)
    assert {(one.use.use.digest, one.use.use.place.file, not one.doubts) for one in answer.holders} == holders
    assert {one.image.rpartition("@")[2] for one in answer.never_opened} == unopened
    assert answer.in_use == answer.opened + len(unopened)
    assert len([statement for statement in statements if statement.startswith("SELECT")]) <= 9
