import base64
import json

import pytest
from proposal_samples import change, pin, update

from bot.model.image import Digest
from bot.propose.marker import Marker, Part, Target, content_hash, parts_of, read, targets_of, text_hash, visible

MARKER = Marker(
    app="shop", targets=(Target(dependency="oci: docker.io/library/python", value="3.12.5-slim"),), content="c" * 16, text="t" * 16
)
BLOCK = MARKER.write()


def block(data: bytes, *, version: str = "1") -> str:
    return f"<!-- rebuild-bot:pull-request:v{version} {base64.urlsafe_b64encode(data).decode()} -->"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"text\n\n{BLOCK}\n", id="as written"),
        pytest.param(f"text\r\n\r\n{BLOCK}\r\nmore by a person", id="edited on the web"),
        pytest.param(f"{block(b'{}')}\n{BLOCK}", id="an earlier one that means nothing"),
        pytest.param(f"{BLOCK}\n{block(b'{}', version='2')}", id="one of a later version besides"),
    ],
)
def test_a_marker_is_read_again(body):
    assert read(body) == MARKER


def test_the_last_of_several_counts():
    other = Marker(app="other", targets=(), content="", text="")

    assert read(f"{other.write()} {BLOCK}") == MARKER


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("text", id="no marker"),
        pytest.param(BLOCK.replace("rebuild-bot:", ""), id="somebody else's"),
        pytest.param(BLOCK.replace(":v1 ", ":v2 "), id="a version not known"),
        pytest.param("<!-- rebuild-bot:pull-request:v1 A -->", id="no base64"),
        pytest.param(block(b"\xff\xfe"), id="no text"),
        pytest.param(block(b"not json"), id="no JSON"),
        pytest.param(block(b"[]"), id="no object"),
        pytest.param(block(b"[" * 9_000), id="very deep"),
        pytest.param(block(json.dumps({"app": 1, "targets": [], "content": "", "text": ""}).encode()), id="a number for a text"),
        pytest.param(block(json.dumps({"app": "a", "targets": [{}], "content": "", "text": ""}).encode()), id="an empty target"),
        pytest.param(BLOCK[:-8], id="cut short"),
    ],
)
def test_what_is_no_marker_reads_as_none(body):
    assert read(body) is None


def test_names_cannot_end_the_comment_early():
    hostile = Marker(app="--><script>", targets=(Target(dependency="--> x", value="<!--"),), content="", text="")

    assert hostile.write().count("-->") == 1
    assert read(hostile.write()) == hostile


def test_the_text_hash_survives_the_web_and_tells_an_edit():
    body = f"a\n\nb\n\n{BLOCK}\n"

    assert visible(body) == "a\n\nb"
    assert text_hash(body) == text_hash(body.replace("\n", "\r\n") + "\r\n")
    assert text_hash(body) != text_hash(body.replace("b", "b, said a person"))


def test_targets_are_each_named_once_in_order():
    digest = Digest("sha256:" + "0123456789abcdef" * 4)

    assert targets_of([update(value="2"), update(value="1", new_digest=digest), update(value="2")]) == (
        Target(dependency="oci: docker.io/library/python", value="1", digest="0123456789ab"),
        Target(dependency="oci: docker.io/library/python", value="2"),
    )


def test_a_marker_of_before_there_were_groups_of_several_apps_asks_the_same():
    written = {"app": "shop", "targets": [{"dependency": "oci: docker.io/library/python", "value": "3.12.5-slim"}], "content": "c" * 16}
    old = read(block(json.dumps(written).encode()))

    assert old is not None
    assert old.asks_the_same(MARKER)
    assert old.by_app == {"shop": MARKER.targets}
    assert old.asked_of("other") == ()


def test_what_is_asked_of_each_of_several_apps_is_read_again():
    python, redis = update(), update(pin(name="docker.io/library/redis", value="7.2.4"), value="7.2.5")
    asked = {"billing": [python, redis, python], "shop": [redis]}
    marker = Marker(app="", targets=targets_of([python, redis]), content="c", parts=parts_of(asked))

    assert read(marker.write()) == marker
    assert marker.by_app == {app: targets_of(updates) for app, updates in asked.items()}


@pytest.mark.parametrize("places", [(7,), (-1,), (10**30,), (0,) * 2_000])
def test_a_part_names_nothing_that_is_not_there(places):
    marker = Marker(app="", targets=MARKER.targets, content="", parts=(Part(app="shop", targets=places),))

    assert set(marker.asked_of("shop")) <= set(MARKER.targets)


BEFORE, AFTER = "FROM python:3.12.4\nRUN make\n", "FROM python:3.12.5\nRUN make\n"


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        pytest.param([change(BEFORE, AFTER)], True, id="the same"),
        pytest.param([change("# new\n" + BEFORE, "# new\n" + AFTER)], True, id="the file gained a line elsewhere"),
        pytest.param([change(BEFORE, AFTER.replace("3.12.5", "3.12.6"))], False, id="another value"),
        pytest.param([change(BEFORE, AFTER, path="other/Dockerfile")], False, id="another file"),
        pytest.param([change(BEFORE, AFTER), change("a: 1\n", "a: 2\n", path="a.yaml")], False, id="one file more"),
        pytest.param([change(BEFORE, AFTER + "RUN more\n")], False, id="a line more"),
    ],
)
def test_the_content_hash_tells_what_changes_and_not_where(other, is_same):
    assert (content_hash(other) == content_hash([change(BEFORE, AFTER)])) is is_same
