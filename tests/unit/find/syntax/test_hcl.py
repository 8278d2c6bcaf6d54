"""HCL read for its places."""

import pytest

from bot.find.syntax.hcl import read

BLOCKS = """resource "docker_image" "web" {
  name = "nginx:1.27" # image = "decoy:1"
  // image = "decoy:2"
  /* image = "decoy:3" */
  nested { deep = "x" }
}
"""


def test_blocks_have_their_labels_and_bodies() -> None:
    outer, inner = read(BLOCKS).walk()

    assert (outer.type, outer.labels) == ("resource", ("docker_image", "web"))
    assert [attribute.name for attribute in outer.body.attributes] == ["name"]
    assert (inner.type, inner.labels) == ("nested", ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('a = "x:1"', "x:1", id="a string"),
        pytest.param('a    =    "x:1"   ', "x:1", id="aligned, with blanks behind"),
        pytest.param('a = "x" # "y"', "x", id="a comment behind"),
        pytest.param("a = 1", None, id="a number"),
        pytest.param('a = f("x")', None, id="a call"),
        pytest.param('a = ["x"]', None, id="a list"),
        pytest.param('a = "x" + "y"', None, id="an operation"),
        pytest.param('a = {b = "x"}', None, id="an object"),
        pytest.param("a = <<E\nx\nE\n", None, id="a here-document"),
        pytest.param('b = ")"\na = "x"', "x", id="a bracket inside a string"),
        pytest.param('b = 1)\na = "x"', "x", id="a bracket too many"),
    ],
)
def test_an_attribute_is_a_string_only_where_nothing_else_is_in_it(text: str, expected: str | None) -> None:
    string = read(text).string("a")

    assert (string.text if string else None) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('a = "${b}"', True, id="interpolation"),
        pytest.param('a = "%{if b}x%{endif}"', True, id="directive"),
        pytest.param(r'a = "x\n"', True, id="escape"),
        pytest.param('a = "${f("}")}y"', True, id="quotes inside an interpolation"),
        pytest.param('a = "x$y"', False, id="a dollar alone"),
        pytest.param('a = "$${"', True, id="an escaped interpolation"),
    ],
)
def test_a_template_is_told_from_a_value(text: str, *, expected: bool) -> None:
    string = read(text).string("a")

    assert string is not None
    assert string.is_template is expected


def test_spans_are_of_what_stands_between_the_quotes() -> None:
    text = 'é = 1\na = "x:1"\n'
    string = read(text).string("a")

    assert string is not None
    assert string.span.of(text) == "x:1"


def test_a_here_document_keeps_its_lines_and_hides_them_from_blocks() -> None:
    text = 'target "a" {\n  inline = <<-EOT\n    FROM alpine:3.20\n    image = "decoy:1"\n  EOT\n  b = "x"\n}\n'
    (block,) = read(text).walk()
    inline, other = block.body.attributes

    assert inline.heredoc is not None
    assert inline.heredoc.span.of(text) == inline.heredoc.text == '    FROM alpine:3.20\n    image = "decoy:1"\n'
    assert not inline.is_string
    assert other.name == "b"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('"' * 100_001, id="quotes that are not closed"),
        pytest.param('a = "${' * 20_000, id="interpolations that are not closed"),
        pytest.param("{" * 100_000, id="braces"),
        pytest.param("a {" * 30_000, id="blocks that are nested deeply"),
        pytest.param("a = {" * 20_000, id="objects that are nested deeply"),
        pytest.param("a = [" * 20_000, id="lists that are nested deeply"),
        pytest.param("a = <<E\n" * 10_000, id="here-documents that are not closed"),
        pytest.param("/*" * 50_000, id="comments that are not closed"),
        pytest.param("a " * 500_000, id="a line of a megabyte"),
    ],
)
def test_hostile_text_is_passed_over(text: str) -> None:
    body = read(text)

    assert sum(1 for _ in body.walk()) <= 100
