import pytest

from bot.find.syntax.dockerfile.expand import ExpansionError, Words
from bot.find.syntax.dockerfile.traced import Traced

VARIABLES = {"V": "3.19.1", "EMPTY": "", "PATH_": "a/b/c", "P": "v1.2", "_x9": "u"}


def at_home(text: str) -> Traced:
    return Traced(text, tuple(range(len(text))))


def words(text: str, *, escape: str = "\\") -> Words:
    variables = {name: Traced.nowhere(value) for name, value in VARIABLES.items()}
    return Words(at_home(text), variables, escape=escape)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("alpine:3", "alpine:3", id="no variable"),
        pytest.param("alpine:$V", "alpine:3.19.1", id="bare"),
        pytest.param("alpine:${V}-x", "alpine:3.19.1-x", id="braces"),
        pytest.param("$_x9-$V.", "u-3.19.1.", id="a name ends where no name character stands"),
        pytest.param("a$", "a$", id="a dollar at the end is itself"),
        pytest.param("$.x", "$.x", id="a dollar in front of no name is itself"),
        pytest.param("${NO:-d}${EMPTY:-e}${V:-f}", "de3.19.1", id="colon minus: unset or empty"),
        pytest.param("${NO-d}${EMPTY-e}${V-f}", "d3.19.1", id="minus: unset only"),
        pytest.param("${NO:+d}${EMPTY:+e}${V:+f}", "f", id="colon plus: set and not empty"),
        pytest.param("${NO+d}${EMPTY+e}${V+f}", "ef", id="plus: set"),
        pytest.param("${V:?no}${EMPTY?no}", "3.19.1", id="question mark, with a value"),
        pytest.param("${NO:-${V:-x}}", "3.19.1", id="nested default"),
        pytest.param("${NO:-a${NO:-b}c}", "abc", id="nested default between text"),
        pytest.param("${P#v}", "1.2", id="shortest prefix"),
        pytest.param("${PATH_#*/}", "b/c", id="shortest prefix with a star"),
        pytest.param("${PATH_##*/}", "c", id="longest prefix"),
        pytest.param("${PATH_%/*}", "a/b", id="shortest suffix"),
        pytest.param("${PATH_%%/*}", "a", id="longest suffix"),
        pytest.param("${V%.?}", "3.19", id="question mark is one character"),
        pytest.param("${PATH_/\\//-}", "a-b/c", id="first replacement, an escaped slash"),
        pytest.param("${V//./_}", "3_19_1", id="all replacements"),
        pytest.param("${V/*/x}", "x", id="a star is greedy in a replacement"),
        pytest.param("'$V'\"$V\"", "$V3.19.1", id="quotes: single ones keep the dollar"),
        pytest.param('deb:x-"${V}"-y', "deb:x-3.19.1-y", id="quotes inside a word vanish"),
        pytest.param("\\$V\\a", "$Va", id="escaped"),
        pytest.param('"\\$V \\" \\a"', '$V " \\a', id="in double quotes only dollar, quote and the escape are escaped"),
        pytest.param("$5V", "V", id="a number is a name by itself"),
    ],
)
def test_resolves_as_buildkit_does(text: str, value: str) -> None:
    assert words(text).whole().text == value


def test_the_escape_character_may_be_a_backtick() -> None:
    assert words("`$V\\$V", escape="`").whole().text == "$V\\3.19.1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("${V", "missing", id="no closing brace"),
        pytest.param("${}", "holds no variable", id="no name"),
        pytest.param("${{V}}", "holds no variable", id="two braces"),
        pytest.param("${V:#x}", "does not know", id="colon with a pattern"),
        pytest.param("${V!x}", "does not know", id="unknown modifier"),
        pytest.param("${NO:?x}", "NO must be given", id="must be set"),
        pytest.param("${EMPTY:?x}", "EMPTY must be given", id="must not be empty"),
        pytest.param("'a", "single quote", id="open single quote"),
        pytest.param('"a', "double quote", id="open double quote"),
        pytest.param("${V#\\a}", "escapes", id="an escape that a pattern does not know"),
        pytest.param("${NO:-" * 40 + "x" + "}" * 40, "nested", id="nested too deeply"),
        pytest.param("${V#" + "?" * 30_000 + "}", "too long", id="pattern too long"),
        pytest.param("x" * 9000, "too long", id="word too long"),
    ],
)
def test_refuses_what_buildkit_refuses(text: str, message: str) -> None:
    with pytest.raises(ExpansionError, match=message):
        words(text).whole()


def test_names_the_variables_that_have_no_value() -> None:
    one = words("$NO${NO:-x}${OTHER}$V")

    one.whole()

    assert one.unset == ["NO", "OTHER"]


def test_every_character_knows_where_it_stands() -> None:
    value = Words(at_home('x"${V#v}"${NO:-1}'), {"V": Traced("v1.2", (100, 101, 102, 103))}).whole()

    assert value.text == "x1.21"
    assert value.origins == (0, 101, 102, 103, 15)
    assert [(index, run.text) for index, run in value.runs()] == [(0, "x"), (1, "1.2"), (4, "1")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("run cat <<EOF > x", ("run", "cat", "<<EOF", ">", "x"), id="a here-document is a word"),
        pytest.param("<< EOF", ("<< EOF",), id="blanks behind the arrows belong to it"),
        pytest.param('3<<-"a b" c', ('3<<-"a b"', "c"), id="quotes stay and hold together"),
        pytest.param("a\\ b ${X:-y z}", ("a\\ b", "${X:-y", "z}"), id="escapes and unset variables stay"),
    ],
)
def test_splits_raw_words(text: str, found: tuple[str, ...]) -> None:
    assert tuple(word.text for word in Words(at_home(text), {}, keeps_raw=True).split()) == found
