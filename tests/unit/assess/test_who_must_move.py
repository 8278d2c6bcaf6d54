"""A truth table: what is known of a base, a hole and the days, and whose turn it is."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest

from bot.assess.who_must_move import Standing, who_must_move
from bot.model.assessment import AssessedImage, Assessment, DataSource, Dismissed, FixState, Hole, VexStatement, VexStatus
from bot.model.contents import Contents, KnownBy, Layer, NotRead, OperatingSystem, Package
from bot.model.image import Digest
from bot.model.mover import Mover

TODAY = date(2026, 6, 30)
OSV = DataSource(name="OSV", as_of=None)

# Package, place, fixed in, fix known since, layer built on | newest base: what became of the hole, built on | in Git | whose turn, since.
# Newest: "lacks" (newer version, checked), "gone" (the package is no more), "has", "unchecked", "half read", "other data", "-" not known.
TABLE = """
deb  base    1.1  2026-06-01  2026-05-01 | lacks      2026-06-03 | old | bump now, 2026-06-03
deb  base    1.1  2026-06-01  2026-05-01 | gone       2026-06-03 | old | bump now, 2026-06-03
deb  base    1.1  2026-06-01  2026-05-01 | has        2026-05-20 | old | waits for the base's publisher, 2026-06-01
deb  base    1.1  2026-06-01  2026-05-01 | unchecked  2026-06-03 | old | not known
deb  base    1.1  2026-06-01  2026-05-01 | other data 2026-06-03 | old | not known
deb  base    1.1  2026-06-01  2026-05-01 | half read  2026-06-03 | old | not known
deb  base    1.1  2026-06-01  2026-05-01 | -          -          | old | not known
deb  base    1.1  2026-06-01  2026-05-01 | lacks      2026-06-03 | new | rebuild now, 2026-06-03
deb  base    1.1  2026-06-01  2026-05-01 | gone       2026-06-03 | new | rebuild now, 2026-06-03
deb  base    1.1  2026-06-01  2026-05-01 | has        2026-05-20 | new | waits for the base's publisher, 2026-06-01
deb  base    1.1  -           2026-05-01 | lacks      2026-06-03 | old | bump now, 2026-06-03
deb  base    1.1  -           2026-05-01 | lacks      -          | old | bump now
deb  base    1.1  -           2026-05-01 | has        2026-05-20 | old | waits for the base's publisher
deb  base    1.1  -           2026-05-01 | -          -          | old | not known
deb  base    -    -           2026-05-01 | lacks      2026-06-03 | old | bump now, 2026-06-03
deb  base    -    -           2026-05-01 | gone       2026-06-03 | old | bump now, 2026-06-03
deb  base    -    -           2026-05-01 | gone       2026-06-03 | new | rebuild now, 2026-06-03
deb  base    -    -           2026-05-01 | has        2026-06-03 | old | waits for the distribution
deb  base    -    -           2026-05-01 | unchecked  2026-06-03 | old | waits for the distribution
deb  base    -    -           2026-05-01 | -          -          | old | waits for the distribution
deb  above   1.1  2026-06-01  2026-05-01 | -          -          | old | rebuild now, 2026-06-01
deb  above   1.1  2026-06-01  2026-06-01 | -          -          | old | yours, 2026-06-01
deb  above   1.1  2026-06-01  2026-06-10 | -          -          | old | yours, 2026-06-01
deb  above   1.1  2026-06-01  -          | -          -          | old | rebuild now, 2026-06-01
deb  above   1.1  -           2026-05-01 | -          -          | old | rebuild now
deb  above   1.1  -           -          | -          -          | old | rebuild now
deb  above   1.1  2026-06-01  2026-05-01 | lacks      2026-06-03 | old | rebuild now, 2026-06-01
deb  above   1.1  2026-06-01  2026-05-01 | has        2026-06-03 | old | rebuild now, 2026-06-01
deb  above   1.1  2026-06-01  2026-06-10 | lacks      2026-06-03 | new | yours, 2026-06-01
deb  above   -    -           2026-05-01 | -          -          | old | waits for the distribution
deb  above   -    -           2026-05-01 | gone       2026-06-03 | old | waits for the distribution
apk  base    1.1  2026-06-01  2026-05-01 | lacks      2026-06-03 | old | bump now, 2026-06-03
apk  base    1.1  -           2026-05-01 | has        2026-06-03 | old | waits for the base's publisher
apk  base    1.1  2026-06-01  2026-05-01 | gone       2026-06-03 | new | rebuild now, 2026-06-03
apk  base    -    -           2026-05-01 | has        2026-06-03 | old | waits for the distribution
apk  above   1.1  2026-06-01  2026-05-31 | -          -          | old | rebuild now, 2026-06-01
apk  above   1.1  2026-06-01  2026-06-02 | -          -          | old | yours, 2026-06-01
apk  above   -    -           2026-05-01 | has        2026-06-03 | old | waits for the distribution
rpm  base    1.1  2026-06-01  2026-05-01 | lacks      2026-06-03 | old | bump now, 2026-06-03
rpm  base    1.1  2026-06-01  2026-05-01 | has        2026-06-03 | new | waits for the base's publisher, 2026-06-01
rpm  base    1.1  2026-06-01  2026-05-01 | half read  2026-06-03 | new | not known
rpm  above   1.1  2026-06-01  2026-05-01 | -          -          | new | rebuild now, 2026-06-01
rpm  above   1.1  2026-06-01  2026-06-20 | -          -          | new | yours, 2026-06-01
rpm  above   -    -           -          | -          -          | new | waits for the distribution
pypi base    1.1  2026-06-01  2026-05-01 | lacks      2026-06-03 | old | bump now, 2026-06-03
pypi base    1.1  2026-06-01  2026-05-01 | gone       2026-06-03 | new | rebuild now, 2026-06-03
pypi base    1.1  2026-06-01  2026-05-01 | has        2026-06-03 | old | waits for the base's publisher, 2026-06-01
pypi base    -    -           2026-05-01 | has        2026-06-03 | old | waits for its makers
pypi base    -    -           2026-05-01 | -          -          | old | waits for its makers
pypi above   1.1  2026-06-01  2026-05-01 | -          -          | old | yours, 2026-06-01
pypi above   1.1  2026-06-01  2026-06-05 | lacks      2026-06-03 | old | yours, 2026-06-01
pypi above   1.1  -           2026-06-05 | has        2026-06-03 | new | yours
pypi above   -    -           2026-06-05 | -          -          | new | waits for its makers
npm  above   1.1  2026-06-01  2026-05-01 | gone       2026-06-03 | old | yours, 2026-06-01
npm  base    1.1  -           2026-05-01 | unchecked  2026-06-03 | old | not known
golang above 1.1  2026-06-01  2026-05-01 | -          -          | old | yours, 2026-06-01
deb  unknown 1.1  2026-06-01  2026-05-01 | lacks      2026-06-03 | old | not known
deb  unknown 1.1  2026-06-01  2026-05-01 | has        2026-06-03 | old | not known
deb  unknown 1.1  2026-06-01  2026-05-01 | -          -          | old | not known
deb  unknown -    -           2026-05-01 | -          -          | old | waits for the distribution
pypi unknown 1.1  2026-06-01  2026-05-01 | -          -          | new | not known
pypi unknown -    -           2026-05-01 | -          -          | new | waits for its makers
rpm  no base 1.1  2026-06-01  2026-05-01 | -          -          | old | not known
rpm  no base -    -           2026-05-01 | -          -          | old | waits for the distribution
"""


@dataclass(frozen=True)
class Row:
    kind: str
    place: str
    fixed_in: str
    known: str
    made: str
    newest: str
    built: str
    in_git: str
    mover: Mover
    since: str

    @classmethod
    def parse(cls, line: str) -> "Row":
        about, newest, git, verdict = (part.strip() for part in line.split("|"))
        kind, *place, fixed, known, made = about.split()
        *became, built = newest.split()
        mover, _, since = verdict.partition(", ")
        return cls(kind, " ".join(place), fixed, known, made, " ".join(became), built, git, Mover(mover), since)


ROWS = [pytest.param(Row.parse(line), id=" ".join(line.split())) for line in TABLE.strip().splitlines()]


def moment(day: str) -> datetime | None:
    return None if day in {"-", ""} else datetime.fromisoformat(day).replace(tzinfo=UTC)


def layer(name: str, made: str) -> Layer:
    return Layer(diff_id=name, digest=Digest(f"sha256:{'1' * 64}"), size_bytes=1, created_at=moment(made))


def contents(*packages: Package, layers=(), built="-", not_read=(), system=None, image="app") -> Contents:
    return Contents(
        image=image,
        digest=Digest(f"sha256:{'2' * 64}"),
        packages=packages,
        layers=tuple(layers),
        created_at=moment(built),
        not_read=tuple(not_read),
        operating_system=system,
    )


def newest_base(became: str, built: str, hole: Hole) -> AssessedImage | None:
    if became == "-":
        return None
    old, other = hole.package, Package(type=hole.package.type, name="other", version="1")
    new = Package(type=old.type, name=old.name, version="1.1", layer="newer")
    has, data = became == "has", DataSource(name="another" if became == "other data" else "OSV", as_of=None)
    packages = {"lacks": (new, other), "gone": (other,), "half read": (other,)}.get(became, (old, other))
    unread = [NotRead(what="layer 2", reason="it is broken")] if became == "half read" else []
    assessment = Assessment(holes=(hole,) if has else (), checked=() if became == "unchecked" else packages, data=(data,))
    return AssessedImage(contents=contents(*packages, built=built, not_read=unread, image="base:new"), assessment=assessment)


def a_hole(kind: str, *, layer: str = "below", fixed_in: str = "", known: str = "-") -> Hole:
    package = Package(type=kind, name="openssl", version="1.0", layer=layer, known_by=KnownBy.LAYERS)
    return Hole(
        id="CVE-2026-1", package=package, fixed_in=fixed_in, fix_known_since=moment(known), source="OSV CVE-2026-1", told_by=("OSV",)
    )


def assessed(hole: Hole, *layers: Layer, built: str = "-", system: OperatingSystem | None = None) -> AssessedImage:
    held = contents(hole.package, layers=layers, built=built, system=system)
    return AssessedImage(contents=held, assessment=Assessment(holes=(hole,), checked=(hole.package,), data=(OSV,)))


@pytest.mark.parametrize("row", ROWS)
def test_whose_turn_it_is(row):
    below, above = layer("below", "2026-05-01" if row.place == "above" else row.made), layer("above", row.made)
    came_with = {"above": "above", "unknown": ""}.get(row.place, "below")
    hole = a_hole(row.kind, layer=came_with, fixed_in="" if row.fixed_in == "-" else row.fixed_in, known=row.known)
    standing = Standing(
        image=assessed(hole, below, above),
        base=None if row.place == "no base" else contents(layers=[below]),
        newest_base=newest_base(row.newest, row.built, hole),
        is_newest_in_git=row.in_git == "new",
    )

    (move,) = who_must_move(standing, TODAY)

    assert (move.mover, move.since) == (row.mover, moment(row.since))
    assert move.reason


def test_the_table_has_every_verdict_of_a_hole():
    assert len(ROWS) >= 60
    assert {Row.parse(line).mover for line in TABLE.strip().splitlines()} == set(Mover) - {Mover.NOT_AFFECTED, Mover.HELD}


def test_what_the_bot_holds_itself_is_nobodys_turn_yet():
    hole = a_hole("deb", fixed_in="1.1", known="2026-06-01")
    image = assessed(hole, layer("below", "-"))
    newest = newest_base("lacks", "2026-06-03", hole)
    held = Standing(image=image, base=image.contents, newest_base=newest, held="held by the rule on cooldown until 2026-06-30")

    (move,) = who_must_move(held, TODAY)

    assert (move.mover, move.reason) == (Mover.HELD, "base:new does not have it; held by the rule on cooldown until 2026-06-30")


def test_a_word_that_takes_it_away_in_the_newest_base_is_named():
    hole = a_hole("deb", fixed_in="1.1")
    word = VexStatement(names=hole.names, products=(), status=VexStatus.NOT_AFFECTED, author="Acme", where="acme.vex.json")
    image, newest = assessed(hole, layer("below", "-")), newest_base("lacks", "2026-06-03", hole)
    assert newest is not None
    taken_away = replace(newest, assessment=replace(newest.assessment, dismissed=(Dismissed(hole=hole, statement=word),)))

    (move,) = who_must_move(Standing(image=image, base=image.contents, newest_base=taken_away), TODAY)

    assert (move.mover, move.reason) == (Mover.BUMP_NOW, "of base:new, Acme says 'not affected' in acme.vex.json")


def test_a_layer_older_than_the_fix_in_an_image_newer_than_it_came_from_a_cache():
    hole = a_hole("deb", layer="above", fixed_in="1.1", known="2026-06-01")
    image = assessed(hole, layer("below", "2026-05-01"), layer("above", "2026-05-20"), built="2026-06-15")

    (move,) = who_must_move(Standing(image=image, base=contents(layers=[layer("below", "-")]), newest_base=None), TODAY)

    assert (move.mover, move.reason) == (
        Mover.REBUILD_NOW,
        "without the build's cache: 1.1 is out since 2026-06-01, and the image of 2026-06-15 has a layer of 2026-05-20",
    )


@pytest.mark.parametrize(
    ("kind", "state", "said"),
    [
        pytest.param("deb", FixState.WILL_NOT_FIX, "the distribution says: will not be fixed", id="the distribution will not"),
        pytest.param("deb", FixState.NOT_YET, "the distribution has no fix", id="not yet"),
        pytest.param("deb", FixState.UNKNOWN, "the distribution has no fix", id="nobody said"),
        pytest.param("npm", FixState.DEFERRED, "fix deferred", id="its makers will later"),
    ],
)
def test_what_is_said_of_a_fix_that_is_not_there(kind, state, said):
    image = assessed(replace(a_hole(kind), fix_state=state), layer("below", "-"))

    (move,) = who_must_move(Standing(image=image, base=image.contents, newest_base=None), TODAY)

    assert move.reason == said


@pytest.mark.parametrize(
    ("end", "is_said"), [pytest.param(date(2026, 6, 29), True, id="ended"), pytest.param(date(2026, 6, 30), False, id="its last day")]
)
def test_no_fix_is_to_be_expected_of_a_release_past_its_end(end, is_said):
    hole = a_hole("deb")
    image = assessed(hole, layer("below", "-"), system=OperatingSystem(id="debian", version="10", end_of_life=end))

    (move,) = who_must_move(Standing(image=image, base=image.contents, newest_base=None), TODAY)

    assert move.mover is Mover.WAITS_FOR_DISTRIBUTION
    assert ("move to a newer release" in move.reason) is is_said


def test_a_vendors_word_is_shown_with_whose_it_is():
    hole = a_hole("deb", fixed_in="1.1")
    word = VexStatement(
        names=hole.names,
        products=("pkg:oci/app",),
        status=VexStatus.NOT_AFFECTED,
        reason="vulnerable_code_not_present",
        author="Acme",
        at=moment("2026-06-02"),
        where="acme.vex.json",
    )
    image = AssessedImage(contents=contents(hole.package), assessment=Assessment(dismissed=(Dismissed(hole=hole, statement=word),)))

    (move,) = who_must_move(Standing(image=image, base=None, newest_base=None), TODAY)

    assert (move.mover, move.since) == (Mover.NOT_AFFECTED, moment("2026-06-02"))
    assert move.reason == "Acme says 'not affected' in acme.vex.json: vulnerable_code_not_present"


@pytest.mark.parametrize(
    ("since", "days"),
    [
        pytest.param("2026-06-01", 29, id="29 days"),
        pytest.param("2026-07-05", 0, id="never less than none"),
        pytest.param("-", None, id="not known"),
    ],
)
def test_how_long_they_have_had_their_turn(since, days):
    hole = a_hole("deb", fixed_in="1.1", known=since)
    image = assessed(hole, layer("below", "-"))
    standing = Standing(image=image, base=image.contents, newest_base=newest_base("has", "-", hole))

    (move,) = who_must_move(standing, TODAY)
    waited = move.waits(datetime(2026, 6, 30, tzinfo=UTC))

    assert (None if waited is None else waited.days) == days
