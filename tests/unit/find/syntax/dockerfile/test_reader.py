import pytest

from bot.find.syntax.dockerfile.reader import Dockerfile, nested, quoted_words, read
from bot.find.syntax.dockerfile.traced import Traced


def reading(text: str) -> Dockerfile:
    return read(text, lambda offset: offset)


def shown(text: str) -> list[str]:
    """Each instruction as keyword, flags and arguments."""
    return [
        " ".join([instruction.keyword, *(flag.text for flag in instruction.flags), instruction.arguments.text]).rstrip()
        for instruction in reading(text).instructions
    ]


@pytest.mark.parametrize(
    ("text", "frontend", "escape"),
    [
        pytest.param("FROM a\n", None, "\\", id="none"),
        pytest.param("# syntax=a:1\nFROM a\n", "a:1", "\\", id="syntax"),
        pytest.param("#SYNTAX = a:1 rest\nFROM a\n", "a:1", "\\", id="case and blanks; up to the first blank"),
        pytest.param("# escape=`\n# check=skip=all\n# syntax=a:1\n", "a:1", "`", id="any order"),
        pytest.param("\ufeff# syntax=a:1\r\n# escape=`\r\n", "a:1", "`", id="byte order mark and CRLF"),
        pytest.param("#!/bin/x\n# syntax=a:1\n", "a:1", "\\", id="a line for the system's loader in front"),
        pytest.param("// syntax=a:1\n", "a:1", "\\", id="slashes in place of the number sign"),
        pytest.param("# note\n# syntax=a:1\n# escape=`\n", None, "\\", id="a comment ends the directives"),
        pytest.param("\n# syntax=a:1\n", None, "\\", id="a blank line ends the directives"),
        pytest.param("# other=1\n# syntax=a:1\n", None, "\\", id="an unknown directive is a comment"),
        pytest.param("# escape=x\nFROM a\n", None, "\\", id="an escape that Docker does not take"),
        pytest.param("  # escape=`\n", None, "`", id="blanks in front of escape"),
        pytest.param("  # syntax=a:1\n", None, "\\", id="no blanks in front of syntax"),
        pytest.param("# syntax=a:1\n# syntax=b:2\n", "a:1", "\\", id="the first of two"),
    ],
)
def test_directives(text: str, frontend: str | None, escape: str) -> None:
    found = reading(text)

    assert (found.frontend and found.frontend.text) == frontend
    assert found.escape == escape


@pytest.mark.parametrize(
    ("text", "instructions"),
    [
        pytest.param("from a\n\tFrom b\n", ["FROM a", "FROM b"], id="case and leading blanks"),
        pytest.param("FROM a\nRUN echo FROM b\nCOPY x y\n", ["FROM a"], id="only what can hold a reference"),
        pytest.param("FROM \\\n  a \\\n  AS b\n", ["FROM a   AS b"], id="continuation"),
        pytest.param("FROM \\\n# c\n\n   # d\n  a\n", ["FROM a"], id="comments and blank lines inside a continuation"),
        pytest.param("FROM al\\\npine:3\n", ["FROM alpine:3"], id="continuation inside a word"),
        pytest.param("FROM \\  \t\na\n", ["FROM a"], id="blanks behind the escape"),
        pytest.param("FROM a\\\\\nFROM b\n", ["FROM a\\\\", "FROM b"], id="an escaped escape continues nothing"),
        pytest.param("# escape=`\nFROM `\na\nFROM b\\\n", ["FROM a", "FROM b\\"], id="backtick"),
        pytest.param("FROM a \\", ["FROM a"], id="the file ends in a continuation"),
        pytest.param("FROM \\\r\n a\r\nFROM b\r\n", ["FROM a", "FROM b"], id="CRLF"),
        pytest.param("\ufefffrom a", ["FROM a"], id="byte order mark, no end of line"),
        pytest.param("#FROM a\n  # FROM b\nFROM c", ["FROM c"], id="comments"),
        pytest.param("COPY --link --from='a:1' x y", ["COPY --link --from=a:1 x y"], id="flags lose their quotes"),
        pytest.param("COPY --from=a\\:1 -- --from=b x", ["COPY --from=a:1 --from=b x"], id="two dashes end the flags"),
        pytest.param("COPY x --from=b y", [], id="a flag behind an argument is none"),
        pytest.param("COPY --fr\\om=b x", ["COPY --from=b x"], id="an escape inside a flag"),
        pytest.param("COPY --from=b\xa0c x", ["COPY --from=b\xa0c x"], id="only ASCII blanks end a flag"),
        pytest.param("RUN <<EOF\nFROM a\nEOF\nFROM b", ["FROM b"], id="here-document"),
        pytest.param("RUN <<-EOF\nFROM a\n\t\tEOF\nFROM b", ["FROM b"], id="here-document with tabs before its end"),
        pytest.param("RUN <<EOF\nFROM a\n\tEOF\nEOF\nFROM b", ["FROM b"], id="tabs count without the dash"),
        pytest.param("RUN <<'E F' cat <<\"G\"\nFROM a\nE F\nFROM x\nG\nFROM b", ["FROM b"], id="two here-documents, quoted"),
        pytest.param("COPY <<a <<b /d/\nFROM x\na\nFROM y\nb\nFROM c", ["FROM c"], id="here-documents of COPY"),
        pytest.param("ONBUILD RUN <<E\nFROM a\nE\nFROM b", ["ONBUILD RUN <<E", "FROM b"], id="here-document in ONBUILD"),
        pytest.param("RUN <<E\r\nFROM a\r\nE\r\nFROM b", ["FROM b"], id="here-document with CRLF"),
        pytest.param('RUN echo "<<E"\nFROM b', ["FROM b"], id="in quotes it is none"),
        pytest.param('RUN ["sh", "<<E"]\nFROM b', ["FROM b"], id="in a JSON list it is none"),
        pytest.param("CMD cat <<E\nFROM b", ["FROM b"], id="CMD has none"),
        pytest.param("RUN echo $((1 << 2))\nFROM b\n2))\nFROM c", ["FROM c"], id="a shift is one to BuildKit, too"),
        pytest.param("RUN a <<< b\nFROM c", ["FROM c"], id="a here-string is none"),
        pytest.param("RUN cat ${{x}} <<E\nFROM b", ["FROM b"], id="where BuildKit's word splitting fails there is none"),
    ],
)
def test_instructions(text: str, instructions: list[str]) -> None:
    assert shown(text) == instructions


def test_a_here_document_without_end_is_told() -> None:
    found = reading("FROM a\nRUN <<EOF\nFROM b\n")

    assert [instruction.keyword for instruction in found.instructions] == ["FROM"]
    assert [(place.offset, place.text) for place in found.unreadable] == [(7, "RUN <<EOF")]


def test_every_character_keeps_its_place() -> None:
    text = "# c\r\nFROM al\\\r\n  # c\r\npine:3 AS b\r\n"

    base = reading(text).instructions[0].words()[0]

    assert base.text == "alpine:3"
    assert "".join(text[origin] for origin in base.origins if origin is not None) == "alpine:3"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("A B=1  C='x y'", ["A", "B=1", "C='x y'"], id="quotes hold words together and stay"),
        pytest.param('A="x\\" y" B', ['A="x\\" y"', "B"], id="an escaped quote closes nothing"),
        pytest.param("A=x\\ y B", ["A=x\\ y", "B"], id="an escaped blank splits nothing"),
        pytest.param("A='x\\' B", ["A='x\\'", "B"], id="single quotes know no escape"),
        pytest.param("A=1 B=2\\", ["A=1", "B=2"], id="an escape at the end is dropped"),
        pytest.param("A=1 \\", ["A=1"], id="an escape alone at the end is no word"),
        pytest.param("A='x y", ["A='x y"], id="an open quote holds to the end"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_quoted_words(text: str, words: list[str]) -> None:
    assert [word.text for word in quoted_words(Traced.nowhere(text), "\\")] == words


def test_the_instruction_in_an_onbuild() -> None:
    trigger = nested(reading("ONBUILD copy --from=a:1 x y").instructions[0], "\\")

    assert (trigger.keyword, [flag.text for flag in trigger.flags], trigger.arguments.text) == ("COPY", ["--from=a:1"], "x y")
