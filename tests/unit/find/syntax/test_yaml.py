"""What the YAML reader says of text: values, exact places, comments, and what it does with broken or hostile text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.find.syntax.yaml import Mapping, Scalar, Sequence, Stream, inside, read, unfold, walk
from bot.find.syntax.yaml_builder import MAX_DEPTH


def scalars(stream: Stream) -> list[Scalar]:
    return [node for document in stream.documents for node in walk(document) if isinstance(node, Scalar)]


def at(text: str, *keys: str) -> Scalar:
    (document,) = read(text).documents
    assert isinstance(document, Mapping)
    node = document.at(*keys)
    assert isinstance(node, Scalar)
    return node


@pytest.mark.parametrize(
    ("text", "value", "under_span", "is_exact"),
    [
        pytest.param("k: a:1\n", "a:1", "a:1", True, id="plain"),
        pytest.param("k: 'a:1' # c\n", "a:1", "a:1", True, id="single-quoted"),
        pytest.param('k: "a:1"\n', "a:1", "a:1", True, id="double-quoted"),
        pytest.param('k: "a\\t1"\n', "a\t1", "a\\t1", False, id="escape"),
        pytest.param("k: 'it''s'\n", "it's", "it''s", False, id="doubled-quote"),
        pytest.param("k: &x a:1\n", "a:1", "a:1", True, id="anchor"),
        pytest.param("k: !!str &x 'a:1'\n", "a:1", "a:1", True, id="tag-anchor-quotes"),
        pytest.param("k: &x\n  a:1\n", "a:1", "a:1", True, id="anchor-then-next-line"),
        pytest.param("k: >-\n    a:1\nl: 2\n", "a:1", "a:1", True, id="folded-one-line"),
        pytest.param("k: |\n  a:1\n", "a:1", "a:1", True, id="literal-one-line"),
        pytest.param("k: |\n  a\n  b\n", "a\nb\n", "  a\n  b\n", False, id="literal"),
        pytest.param("k: a\n  b\n", "a b", "a\n  b", False, id="plain-two-lines"),
        pytest.param("k: a:1   \n", "a:1", "a:1", True, id="trailing-blanks"),
        pytest.param("\ufeffk: a:1\r\nl: é\r\n", "a:1", "a:1", True, id="byte-order-mark-and-crlf"),
        pytest.param("é: 😀\nk: a:1\n", "a:1", "a:1", True, id="behind-other-planes"),
        pytest.param("{k: a:1, l: b}\n", "a:1", "a:1", True, id="flow"),
        pytest.param('{"k":"a:1"}', "a:1", "a:1", True, id="json"),
        pytest.param('{\n\t"k": "a:1"\n}\n', "a:1", "a:1", True, id="json-with-tabs"),
        pytest.param("k:\ta:1\t\n", "a:1", "a:1", True, id="tabs-between-tokens"),
        pytest.param("k : a:1\n", "a:1", "a:1", True, id="blank-before-colon"),
        pytest.param("k: {{ .Values.k }}\n", "{{ .Values.k }}", "{{ .Values.k }}", True, id="template"),
        pytest.param('k: "{{ tpl "x" . }}:1"\n', '{{ tpl "x" . }}:1', '{{ tpl "x" . }}:1', True, id="template-with-quotes"),
        pytest.param("{{- if .Values.on }}\nk: a:1\n{{- end }}\n", "a:1", "a:1", True, id="between-directives"),
        pytest.param("k: @NAME@\n", "@NAME@", "@NAME@", True, id="token-to-substitute"),
        pytest.param("l: &k x\nk: *k\n", "x", "x", True, id="alias"),
        pytest.param("k: *nowhere\n", "", "", False, id="dangling-alias"),
        pytest.param("k: a\nk: b\n", "b", "b", True, id="last-of-duplicates"),
        pytest.param("b: &b {k: x}\n<<: *b\n", "x", "x", True, id="merged"),
        pytest.param("b: &b {k: x}\n<<: [*b]\nk: y\n", "y", "y", True, id="own-key-before-merged"),
        pytest.param("l: &a 1\nm: &a 2\nk: *a\n", "2", "2", True, id="anchor-defined-twice"),
    ],
)
def test_a_scalar_knows_its_place(text: str, value: str, under_span: str, *, is_exact: bool) -> None:
    scalar = at(text, "k")

    assert (scalar.value, scalar.span.of(text), scalar.is_exact) == (value, under_span, is_exact)


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        pytest.param("k: v # one\n# two\n", {1: "# one", 2: "# two"}, id="behind-and-alone"),
        pytest.param("k: 'v # no' # yes  \n", {1: "# yes"}, id="in-quotes"),
        pytest.param("k: v#no\n", {}, id="without-a-blank"),
        pytest.param("k: | # head\n  # content\nl: v\n", {1: "# head"}, id="in-a-block-scalar"),
        pytest.param("k: [a, # one\r\n  b] # two\r\n", {1: "# one", 2: "# two"}, id="in-a-flow-with-crlf"),
        pytest.param("\ufeff# top\nk: v", {1: "# top"}, id="behind-a-byte-order-mark"),
        pytest.param("k: v # last", {1: "# last"}, id="no-line-end"),
    ],
)
def test_comments_are_told_from_content(text: str, comments: dict[int, str]) -> None:
    stream = read(text)

    found = {line: comment for line in range(1, len(stream.lines) + 1) if (comment := stream.comment(line))}

    assert {line: comment.text for line, comment in found.items()} == comments
    assert all(comment.span.of(text) == comment.text for comment in found.values())


@pytest.mark.parametrize(
    ("text", "is_string"),
    [
        *[
            pytest.param(f"k: {word}", False, id=word or "nothing")
            for word in ("1.10", "41", "1e3", "yes", "no", "~", "0x1F", "", ".5", "true")
        ],
        *[pytest.param(f"k: {word}", True, id=word) for word in ("1.2.3", "v1", "'1.10'", '"41"', "!!str 5", "1.0-alpine", "latest")],
    ],
)
def test_what_readers_take_for_a_string(text: str, *, is_string: bool) -> None:
    assert at(text, "k").is_string is is_string


OUTER = "spec:\n  values: |\n    image:\n      tag: '1' # c\n      deep: |-\n        x: 1\n        y: 2\n\n    # end\n  next: 1\n"


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_yaml_in_a_block_scalar_has_places_in_the_file(line_end: str) -> None:
    text = OUTER.replace("\n", line_end)
    stream = read(text)

    inner = inside(stream, at(text, "spec", "values"))
    assert inner is not None
    (values,) = inner.mappings()
    tag, deep = values.scalar("image", "tag"), values.scalar("image", "deep")
    assert tag is not None
    assert deep is not None
    deeper = inside(inner, deep)
    assert deeper is not None
    (deepest,) = deeper.mappings()
    second = deepest.scalar("y")
    assert second is not None

    assert tag.span.of(text) == "1"
    assert (comment := inner.comment(4)) is not None
    assert comment.text == "# c"
    assert second.span.of(text) == "2"
    assert stream.line(second) == 7


def test_folded_text_of_several_lines_has_no_places() -> None:
    text = "k: >\n  a\n  b\n"

    assert unfold(read(text), at(text, "k")) is None


def test_a_piece_maps_each_character_to_its_place() -> None:
    text = "k: |\n    FROM a\n\n      # b\n    RUN c\nl: 1\n"

    piece = unfold(read(text), at(text, "k"))

    assert piece is not None
    assert piece.text == "FROM a\n\n  # b\nRUN c\n"
    assert all(text[piece.outer(offset)] == character for offset, character in enumerate(piece.text) if character != "\n")


def test_a_templates_line_is_no_part_of_the_text_around_it() -> None:
    text = "k: |\n    a: 1\n  {{- if x }}\n    b: 2\n{{- end }}\n"
    stream = read(text)

    inner = inside(stream, at(text, "k"))

    assert inner is not None
    assert [mapping.text("a") + mapping.text("b") for mapping in inner.mappings()] == ["12"]


def test_one_broken_document_leaves_the_others() -> None:
    stream = read("a: 1\n---\nb: [\n---\nc: 3\n")

    assert [mapping.text("a") or mapping.text("c") for mapping in stream.mappings()] == ["1", "3"]
    assert [problem.line for problem in stream.problems] == [4]


def test_aliases_share_one_node_and_do_not_expand() -> None:
    laughs = "a0: &a0 x\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 60))

    stream = read(laughs)

    assert sum(1 for document in stream.documents for _ in walk(document)) < 200


def test_a_look_up_does_not_follow_merge_keys_without_end() -> None:
    chain = "a0: &a0 {k: x}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 200))
    (document,) = read(chain).mappings()

    near, far = document.mapping("a10"), document.mapping("a199")

    assert near is not None
    assert far is not None
    assert near.text("k") == "x"
    assert far.text("k") == ""


def test_a_collection_that_holds_itself_ends() -> None:
    (document,) = read("&a [1, *a]\n").documents

    assert isinstance(document, Sequence)
    assert len(list(walk(document))) == 3


def test_depth_is_bounded() -> None:
    stream = read("[" * (MAX_DEPTH + 1))

    assert stream.documents == ()
    assert "deeper" in stream.problems[0].message


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        pytest.param("a: 'x'\nb: 'y'\nc: \"z\"\n", "'", id="single"),
        pytest.param("a: 'x'\nb: \"y\"\n", '"', id="even"),
        pytest.param("a: x\n", '"', id="none"),
    ],
)
def test_the_files_own_quote(text: str, quote: str) -> None:
    assert read(text).quote == quote


PIECES = st.sampled_from(
    ["a", "b: ", "- ", "\n", "  ", '"x"', "'y'", "[", "]", "{", "}", ",", "# c", "&a ", "*a ", "!t ", "|\n", ">-\n", "---\n", "\t", "é",
     "{{ x }}", "{{", "}}", "{% if %}", "\r\n", "\x85", "\ufeff", "\x07", "@", "%", "<<: ", "? ", "😀", "1.10", "..."]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_text_is_read_and_exact_means_exact(text: str) -> None:
    stream = read(text)

    for scalar in scalars(stream):
        assert 0 <= scalar.span.start <= scalar.span.end <= len(text)
        assert not scalar.is_exact or scalar.span.of(text) == scalar.value
        inner = inside(stream, scalar)
        for held in scalars(inner) if inner else ():
            assert not held.is_exact or held.span.of(text) == held.value


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_arbitrary_characters_never_raise(text: str) -> None:
    assert read(text).comment(1) is None or "#" in text
