"""The value on a line that an annotation speaks of."""

import pytest

from bot.find.annotated_value import NotFoundError, find_value
from bot.model.pin import SiteKind

DIGEST = f"sha256:{'a' * 64}"
COMMIT = "b" * 40


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("version: 1.2.3", ["version 1.2.3"], id="YAML"),
        pytest.param('version: "1.2.3" # note', ["version 1.2.3"], id="in quotes"),
        pytest.param("- v3.19.2", ["version v3.19.2"], id="an entry of a list"),
        pytest.param("TOOL_VERSION ?= v1.2.3", ["version v1.2.3"], id="make"),
        pytest.param("export TOOL=1.2.3", ["version 1.2.3"], id="shell"),
        pytest.param(': "${TOOL:=1.5.0}"', ["version 1.5.0"], id="a default in shell"),
        pytest.param("ENV TOOL_VERSION 1.2.3", ["version 1.2.3"], id="ENV without an equals sign"),
        pytest.param("ARG A=1.0 B=2.0", ["version 2.0"], id="the last of several"),
        pytest.param("RUN install-tool yarn 1.22.21", ["version 1.22.21"], id="the only version among words"),
        pytest.param(f"image: quay.io/acme/x:1.0@{DIGEST}", ["tag 1.0", f"digest {DIGEST}"], id="an image"),
        pytest.param(f"tag: 1.0@{DIGEST}", ["version 1.0", f"digest {DIGEST}"], id="a tag and digest"),
        pytest.param(f"digest: {DIGEST}", [f"digest {DIGEST}"], id="a digest alone"),
        pytest.param(f"revision: {COMMIT}", [f"commit {COMMIT}"], id="a commit"),
        pytest.param(
            "- https://github.com/a/b/archive/v0.7.1.zip//b-0.7.1/x", ["version v0.7.1", "comment 0.7.1"], id="an address that repeats it"
        ),
        pytest.param("url: https://example.org/x-1.2.3.tar.gz", ["version 1.2.3"], id="a file's name"),
        pytest.param('"q": "v0.5.0",', ["version v0.5.0"], id="JSON"),
        pytest.param("Needs `v1.2.3` or newer.", ["version v1.2.3"], id="in backticks"),
        pytest.param('add("acme/x", "1.2.3")', ["version 1.2.3"], id="an argument"),
        pytest.param("It is 1.2.3.", ["version 1.2.3"], id="the end of a sentence"),
        pytest.param("<b>1.2.3</b>", ["version 1.2.3"], id="in markup"),
    ],
)
def test_a_value_is_found(line: str, expected: list[str]) -> None:
    value = find_value(line, is_image=False, is_yaml=True)

    assert [f"{kind} {line[start:end]}" for kind, start, end in value.parts] == expected


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param("RUN make", "no value was found", id="none"),
        pytest.param("RUN install two 1.0.0 2.0.0", "no value was found", id="two versions among words"),
        pytest.param("TOOL=${VERSION}", "holds a placeholder", id="filled in later"),
        pytest.param("version: {{ .Values.x }}", "holds a placeholder", id="a template"),
        pytest.param("see 1.2.3/x and a1.2.3", "no value was found", id="parts of words"),
        pytest.param("", "no value was found", id="an empty line"),
        pytest.param(f"x = 1.0 {'#' * 5000}", "more than 4000 characters", id="too long a line"),
    ],
)
def test_no_value_is_found(line: str, reason: str) -> None:
    with pytest.raises(NotFoundError, match=reason):
        find_value(line, is_image=False, is_yaml=True)


def test_an_image_behind_an_address_is_an_image_only_where_one_is_asked_for() -> None:
    line = "ref: oci://ghcr.io/acme/x:1.2"

    as_image, as_version = (find_value(line, is_image=is_image, is_yaml=True).parts[0][0] for is_image in (True, False))

    assert (as_image, as_version) == (SiteKind.TAG, SiteKind.VERSION)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("a:1/" * 1000, id="paths"),
        pytest.param("= " * 2000, id="equals signs"),
        pytest.param("https://" * 500, id="addresses"),
        pytest.param("1." * 2000, id="dots"),
        pytest.param('"' * 4000, id="quotes"),
        pytest.param("/1.0-" * 800, id="versions"),
    ],
)
def test_hostile_lines_are_read_in_no_time(line: str) -> None:
    try:
        value = find_value(line, is_image=True, is_yaml=True)
    except NotFoundError:
        return
    assert all(0 <= start < end <= len(line) for _, start, end in value.parts)
