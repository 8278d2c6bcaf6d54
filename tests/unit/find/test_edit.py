from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from bot.find.edit import CannotEditError, apply, edits_for
from bot.model.dependency import OCI, Dependency
from bot.model.edit import Edit
from bot.model.image import Digest
from bot.model.pin import Pin, Role, Site, SiteKind, Span

FILE = PurePosixPath("f")
OLD = "sha256:" + "1" * 64
NEW = "sha256:" + "2" * 64
COMMIT_OLD = "1" * 40
COMMIT_NEW = "2" * 40


def pin(*sites: str, value: str | None = None, digest: str | None = None, **more: str) -> Pin:
    """A pin whose sites are given as `kind text`; they stand one behind the other, with a blank between."""
    made: list[Site] = []
    start = 0
    for site in sites:
        kind, _, text = site.partition(" ")
        facts = more if kind != "version" else {}
        made.append(Site(kind=SiteKind(kind), span=Span(start, start + len(text)), line=1, text=text, **facts))
        start += len(text) + 1
    return Pin(
        file=FILE,
        finder="test",
        dependency=Dependency(datasource=OCI, name="docker.io/library/x"),
        name="x",
        scheme="docker",
        value=value,
        digest=digest and Digest(digest) if digest and ":" in digest else digest,
        role=Role.IMAGE,
        sites=tuple(made),
        line=1,
        column=1,
    )


ROWS = [
    pytest.param(pin("tag 1.2", value="1.2"), "1.3", None, "1.3", id="tag"),
    pytest.param(pin("tag 1.2", value="1.2"), "1.2", None, "1.2", id="the same"),
    pytest.param(pin("tag 1.2", value="1.2"), None, None, "1.2", id="nothing asked"),
    pytest.param(pin("tag 1.2", value="1.2"), None, NEW, f"1.2@{NEW}", id="tag gets a digest"),
    pytest.param(pin("tag 1.2", value="1.2"), "1.3", NEW, f"1.3@{NEW}", id="new tag gets a digest"),
    pytest.param(pin("tag 1.2", f"digest {OLD}", value="1.2", digest=OLD), "1.3", NEW, f"1.3 {NEW}", id="digest moves with the tag"),
    pytest.param(pin("tag 1.2", f"digest {OLD}", value="1.2", digest=OLD), None, NEW, f"1.2 {NEW}", id="digest alone"),
    pytest.param(pin("tag 1.2", f"digest {OLD}", value="1.2", digest=OLD), "1.2", None, f"1.2 {OLD}", id="same tag keeps its digest"),
    pytest.param(pin(f"digest {OLD}", digest=OLD), None, NEW, NEW, id="digest without tag"),
    pytest.param(pin("name x"), None, NEW, f"x@{NEW}", id="name gets a digest"),
    pytest.param(pin("name x"), "1.3", None, "x:1.3", id="name gets a tag"),
    pytest.param(pin("name x"), "1.3", NEW, f"x:1.3@{NEW}", id="name gets both"),
    pytest.param(pin("name a", "name /x"), "1.3", None, "a /x:1.3", id="a name in two literals"),
    pytest.param(pin("tag 1.2", "comment v1.2", value="1.2"), "1.3", None, "1.3 v1.3", id="comment moves along and keeps its v"),
    pytest.param(pin("tag v1.2", "comment 1.2", value="v1.2"), "v1.3", None, "v1.3 1.3", id="comment stays without a v"),
    pytest.param(
        pin(f"commit {COMMIT_OLD}", "comment v4", value="v4", digest=COMMIT_OLD),
        "v5",
        COMMIT_NEW,
        f"{COMMIT_NEW} v5",
        id="commit and comment",
    ),
    pytest.param(pin(f"digest {OLD}", "comment 1.2", value="1.2", digest=OLD), "1.3", NEW, f"{NEW} 1.3", id="digest and comment"),
    pytest.param(
        pin("version v4", "comment ", value="v4", before=" # "), "v5", COMMIT_NEW, f"{COMMIT_NEW}  # v5", id="version becomes commit"
    ),
    pytest.param(pin("version v4", "comment ", value="v4", before=" # "), "v5", None, "v5 ", id="version stays one"),
    pytest.param(pin("tag 1.9", value="1.9", quote="'"), "1.10", None, "'1.10'", id="a number that would be read shorter is quoted"),
    pytest.param(pin("tag 0.40.3", value="0.40.3", quote='"'), "0.41", None, '"0.41"', id="a string stays one"),
    pytest.param(pin("tag 17.4", value="17.4", quote='"'), "17.5", None, "17.5", id="a number may stay one"),
    pytest.param(pin("tag 1.9", value="1.9"), "1.10", None, "1.10", id="no quotes where none are needed"),
]


@pytest.mark.parametrize(("one", "value", "digest", "text"), ROWS)
def test_edits(one: Pin, value: str | None, digest: str | None, text: str) -> None:
    before = " ".join(site.text for site in one.sites)

    assert apply(before, edits_for(one, value=value, digest=digest)) == text


@pytest.mark.parametrize(
    ("one", "value", "digest", "message"),
    [
        pytest.param(pin("tag 1.2", f"digest {OLD}", value="1.2", digest=OLD), "1.3", None, "would stay behind", id="stale digest"),
        pytest.param(pin(f"digest {OLD}", digest=OLD), "1.3", NEW, "no literal", id="a tag has nowhere to go"),
        pytest.param(pin("version 1.2", value="1.2"), None, NEW, "no digest can stand", id="a version takes no digest"),
        pytest.param(pin("tag 1.2", value="1.2-x", after="-x"), "1.3-x", NEW, "goes on behind", id="the reference goes on"),
        pytest.param(pin("tag 1.2", value="1.2-x", after="-x"), "1.3-y", None, "can't be written", id="the rest would have to change"),
        pytest.param(pin("tag 1.2", "comment 1.1", value="1.2"), "1.3", None, "names 1.1, not 1.2", id="a comment that is out of step"),
        pytest.param(pin("tag 1.2", value="1.2"), "", None, "pins nothing", id="empty"),
        pytest.param(pin("tag 1.2", value="1.2"), "1\nFROM x", None, "no value", id="a line end"),
        pytest.param(pin("tag 1.2", value="1.2"), "1" * 600, None, "no value", id="too long"),
    ],
)
def test_refusals(one: Pin, value: str | None, digest: str | None, message: str) -> None:
    with pytest.raises(CannotEditError, match=message):
        edits_for(one, value=value, digest=digest)


def test_an_edit_names_the_file_of_its_site() -> None:
    one = pin("tag 1.2", value="1.2")
    moved = replace(one, sites=(replace(one.sites[0], file=PurePosixPath(".env")),))

    assert [edit.file for edit in edits_for(moved, value="1.3", digest=None)] == [PurePosixPath(".env")]


def test_apply_splices_from_several_edits() -> None:
    edits = [Edit(file=FILE, span=Span(4, 5), old="b", new="BB"), Edit(file=FILE, span=Span(0, 1), old="a", new="")]

    assert apply("a = b;", [*edits, edits[0]]) == " = BB;"


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        pytest.param([Edit(file=FILE, span=Span(1, 2), old="a", new="x")], "has changed", id="another text"),
        pytest.param([Edit(file=FILE, span=Span(9, 10), old="a", new="x")], "has changed", id="behind the end"),
        pytest.param(
            [Edit(file=FILE, span=Span(0, 2), old="a ", new="x"), Edit(file=FILE, span=Span(1, 2), old=" ", new="y")],
            "two different",
            id="overlap",
        ),
        pytest.param(
            [Edit(file=FILE, span=Span(0, 1), old="a", new="x"), Edit(file=FILE, span=Span(0, 1), old="a", new="y")],
            "two different",
            id="two texts",
        ),
    ],
)
def test_apply_refuses(edits: list[Edit], message: str) -> None:
    with pytest.raises(CannotEditError, match=message):
        apply("a = b;", edits)
