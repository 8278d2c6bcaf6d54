"""Which few bases would cover most apps, and what a move is known to bring and to cost."""

import pytest

from bot.model.catalogue import Judged, Standing
from bot.model.fleet_bases import BaseKey, Inside, UsedBase
from bot.model.rules import ApprovedBase
from bot.model.traits import has_shell, libc_of
from bot.track.harmonise import HAS_ALL, SAME_VERSION, SUCCESSOR, may_replace, picks, swap

PYTHON = "docker.io/library/python"
OURS = "reg.example/base/python"
DEBIAN = ("libc6", "bash", "python3")
ALPINE = ("musl", "busybox", "python3")


def inside(names):
    held = frozenset(("apk" if name in {"musl", "busybox"} else "deb", name) for name in names)
    family = "apk (alpine)" if "musl" in names else "deb (debian)"
    return Inside(names=held, family=family, libc=libc_of(held), has_shell=has_shell(held))


def base(name, tag, apps=(), *, standing=Standing.NOT_KNOWN, successor=None, names=None, holes=None, whole=True):
    entry = ApprovedBase(dependency="*", status="deprecated", successor=successor) if successor else None
    return UsedBase(
        key=BaseKey(image=name, tag=tag),
        digests=frozenset(),
        in_git=tuple(apps),
        in_images=0,
        judged=Judged(standing=standing, entry=entry),
        inside=None if names is None else inside(names),
        why_unknown="never opened" if names is None else "",
        holes=None if holes is None else dict.fromkeys(holes, "high"),
        holes_are_whole=whole,
    )


OLD = base(PYTHON, "3.12.1-slim", standing=Standing.DEPRECATED, successor="reg.example/base/{name}:{major}.{minor}")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        pytest.param(OLD, base(OURS, "3.12"), SUCCESSOR, id="the catalogue's successor"),
        pytest.param(OLD, base(OURS, "3.11"), "", id="another line of it"),
        pytest.param(OLD, base(OURS, "3.12", standing=Standing.FORBIDDEN), "", id="what is to be left itself"),
        pytest.param(OLD, base(OURS, "3.12", standing=Standing.ANNOUNCED), "", id="what will be left"),
        pytest.param(base(PYTHON, "3.12.1"), base(PYTHON, "3.12-alpine"), SAME_VERSION, id="the same version"),
        pytest.param(base(PYTHON, "3.12"), base(PYTHON, "3.13"), "", id="another version"),
        pytest.param(base(PYTHON, "3"), base(PYTHON, "3-slim"), "", id="one number is no line"),
        pytest.param(base(PYTHON, "latest"), base(PYTHON, "slim"), "", id="no number is none"),
        pytest.param(base("x/debian", "12", names=DEBIAN), base("b", "1", names=(*DEBIAN, "curl")), HAS_ALL, id="every package of Debian"),
        pytest.param(base("x/debian", "12", names=(*DEBIAN, "curl")), base("b", "1", names=DEBIAN), "", id="it lacks one"),
        pytest.param(base("x/debian", "12", names=["bash"]), base("b", "1", names=DEBIAN), "", id="another libc"),
        pytest.param(base("x/debian", "12", names=[]), base("b", "1", names=DEBIAN), "", id="nothing in it says nothing"),
        pytest.param(base("x/node", "20.1", names=DEBIAN), base(PYTHON, "3.12", names=DEBIAN), "", id="a runtime that is in no package"),
        pytest.param(
            base("x/alpine", "3.20", names=ALPINE), base("b", "1", names=(*ALPINE, "curl")), HAS_ALL, id="every package of Alpine"
        ),
        pytest.param(base("x/debian", "12"), base("b", "1", names=DEBIAN), "", id="never opened"),
    ],
)
def test_what_may_take_the_place_of_what(old, new, why):
    assert may_replace(old, new) == why


def test_the_few_that_cover_the_most_are_picked_one_after_the_other():
    bases = [
        base(PYTHON, "3.12-slim", ("a", "b")),
        base(PYTHON, "3.12", ("c",)),
        base(PYTHON, "3.12-alpine", ("d",)),
        base("redis", "7.2", ("a", "e")),
        base("centos", "7.0", ("f",), standing=Standing.FORBIDDEN),
    ]

    found = picks(bases)

    # A pick of its four apps first, then redis; nothing may stand for the forbidden one, and it is no pick itself.
    assert [(pick.base.key.tag, pick.as_it_is, [one.old.key.tag for one in pick.swaps], pick.covered) for pick in found] == [
        ("3.12-slim", 2, ["3.12", "3.12-alpine"], 3),
        ("7.2", 2, [], 5),
    ]


def test_of_those_that_cover_as_much_an_approved_one_is_picked():
    bases = [base(PYTHON, "3.12", ("a",)), base(PYTHON, "3.12-slim", ("b",), standing=Standing.APPROVED)]

    assert picks(bases)[0].base.key.tag == "3.12-slim"


def test_what_a_move_brings_and_costs():
    old = base(PYTHON, "3.12", names=(*DEBIAN, "curl"), holes=["CVE-1", "CVE-2"])
    new = base(PYTHON, "3.12-alpine", names=("musl", "python3"), holes=["CVE-2", "CVE-3"])

    found = swap(old, new, SAME_VERSION)

    assert (found.closes, found.brings, found.lost) == (("CVE-1",), ("CVE-3",), ("bash", "curl", "libc6"))
    assert found.changes == ("libc: glibc becomes musl", "no shell any more")
    assert found.unknown == ""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param({"holes": ["CVE-1"]}, {"holes": [], "whole": False}, (None, ()), id="the new one was not checked wholly"),
        pytest.param({"holes": [], "whole": False}, {"holes": ["CVE-1"]}, ((), None), id="the old one was not"),
        pytest.param({"holes": ["CVE-1"]}, {}, (None, None), id="nobody looked for holes in one"),
    ],
)
def test_nothing_is_closed_because_nobody_looked(old, new, expected):
    found = swap(base("a", "1", names=DEBIAN, **old), base("b", "1", names=DEBIAN, **new), HAS_ALL)

    assert (found.closes, found.brings) == expected
    assert found.unknown


def test_what_was_never_opened_costs_nobody_knows_what():
    found = swap(base("a", "1"), base("b", "1", names=DEBIAN), SUCCESSOR)

    assert (found.lost, found.changes) == (None, ())
    assert "a:1: never opened" in found.unknown
