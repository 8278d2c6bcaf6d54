"""What templates and faults are covered with: the text keeps its length and its lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.find.syntax.yaml_repair import FILLER, cover_braces, cover_faults, cut_documents


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        pytest.param("a: {{ x }}", "a: ~~~~~~~", id="value"),
        pytest.param("a: x-{{ y }}-z", "a: x-~~~~~~~-z", id="part-of-a-value"),
        pytest.param("{{- if x }}\na: b\n{{- end }}", "           \na: b\n          ", id="directives"),
        pytest.param("a: {{- toYaml . | nindent 2 }}\n  b: c", "a:                            \n  b: c", id="a-tree"),
        pytest.param("a: |\n  {{ x }}\n  {{ y }}", "a: |\n  ~~~~~~~\n         ", id="a-block-scalar-begins"),
        pytest.param("{% if x %}\na: b", "          \na: b", id="jinja"),
        pytest.param("{# a\n b #}\nc: d", "    \n     \nc: d", id="comment-of-two-lines"),
        pytest.param("{{/* a {{ b */}}\nc: d", "                \nc: d", id="comment-with-braces"),
        pytest.param("a: <%= x %>", "a: ~~~~~~~~", id="erb"),
        pytest.param('a: {{ {"b": 1}}}', "a: ~~~~~~~~~~~~~", id="braces-in-braces"),
        pytest.param("a: {{ b %}\nc: {{ d }}", "a: ~~~~~~~\nc: ~~~~~~~", id="never-closed"),
        pytest.param("a: {{ b", "a: ~~~~", id="never-closed-at-the-end"),
        pytest.param("a: {b: c}", "a: {b: c}", id="no-template"),
    ],
)
def test_templates_are_covered(text: str, covered: str) -> None:
    assert cover_braces(text).replace(FILLER, "~") == covered


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        pytest.param("a:\tb\t# c", "a: b # c", id="tabs-between-tokens"),
        pytest.param("\ta: b", "\ta: b", id="a-tab-as-indentation-stays"),
        pytest.param("a: @b@", "a: ~b@", id="forbidden-start"),
        pytest.param("a: x\x07y", "a: x~y", id="control-character"),
        pytest.param("a: b\ufeff", "a: b~", id="byte-order-mark-within"),
    ],
)
def test_faults_are_covered(text: str, covered: str) -> None:
    assert cover_faults(text).replace(FILLER, "~") == covered


def test_documents_are_cut_at_their_markers() -> None:
    text = "a\n---\nb --- c\n--- d\n----\n"

    assert [text[start:end] for start, end in cut_documents(text)] == ["a\n", "---\nb --- c\n", "--- d\n----\n"]


@given(st.text(st.sampled_from("{}%#< >\n\ta:-|/*\ufeff\x07@")))
def test_covering_keeps_length_and_lines(text: str) -> None:
    for covered in (cover_braces(text), cover_faults(text)):
        assert len(covered) == len(text)
        assert [index for index, character in enumerate(covered) if character == "\n"] == [i for i, c in enumerate(text) if c == "\n"]
