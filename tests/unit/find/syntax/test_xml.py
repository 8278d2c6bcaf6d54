"""XML read for its places."""

import pytest

from bot.find.syntax.xml import leaves


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("<a><b>x</b><c>\n y \n</c></a>", [(("a", "b"), "x"), (("a", "c"), "y")], id="elements with text"),
        pytest.param("<a><!-- <b>x</b> --><c>y</c></a>", [(("a", "c"), "y")], id="comments"),
        pytest.param("<?xml version='1'?><!DOCTYPE a><a>x</a>", [(("a",), "x")], id="a prologue"),
        pytest.param("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", [], id="entities are not resolved"),
        pytest.param('<a><b k="1>2">x</b></a>', [(("a", "b"), "x")], id="a bracket inside an attribute"),
        pytest.param("<a><b/><c>x</c></a>", [(("a", "c"), "x")], id="an element without text"),
        pytest.param("<n:a xmlns:n='u'><n:b>x</n:b></n:a>", [(("a", "b"), "x")], id="prefixes of namespaces"),
        pytest.param("<a><![CDATA[<b>x</b>]]></a>", [], id="character data"),
        pytest.param("<a><b>x</a>", [], id="closed in the wrong order"),
        pytest.param("<a>x<b>y</b>z</a>", [(("a", "b"), "y")], id="text beside elements"),
    ],
)
def test_leaves(text: str, expected: list[tuple[tuple[str, ...], str]]) -> None:
    found = list(leaves(text))

    assert [(element.path, element.text) for element in found] == expected
    assert all(text.startswith(element.text, element.start) for element in found)


def test_siblings_have_the_same_parent() -> None:
    first, second, other = leaves("<p><i><n>a</n><t>1</t></i><i><n>b</n></i></p>")

    assert first.parent == second.parent != other.parent


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<a " * 40_000, id="tags that are not closed"),
        pytest.param('<a "' * 30_000, id="quotes that are not closed"),
        pytest.param("<!" * 50_000, id="declarations that are not closed"),
        pytest.param("<!--" * 30_000, id="comments that are not closed"),
        pytest.param("<a>" * 40_000, id="elements that are nested deeply"),
        pytest.param("<" * 100_000, id="brackets"),
        pytest.param("<a b='" + "x" * 1_000_000, id="a line of a megabyte"),
    ],
)
def test_hostile_text_is_passed_over(text: str) -> None:
    assert list(leaves(text)) == []
