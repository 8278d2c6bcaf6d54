"""Variables and quotes in a Dockerfile's words, as BuildKit resolves them (frontend/dockerfile/shell)."""

from collections.abc import Callable, Mapping
from typing import Final

from bot.find.syntax.dockerfile.pattern import PatternError, with_replacement, without_prefix, without_suffix
from bot.find.syntax.dockerfile.traced import SPACE, Traced

_MAX_CHARACTERS: Final = 8192
"""Of a resolved word. Longer is no reference; ARGs that double each other would otherwise fill the memory."""
_MAX_DEPTH: Final = 32
_SPECIAL_PARAMETERS: Final = "@*#?-$!0"

_Characters = list[tuple[str, int | None]]


class ExpansionError(Exception):
    """BuildKit would refuse the word, or nobody can know its value; the message says why."""


class Words:
    """One resolution of a text. `unset` names the variables without a value that were asked for theirs."""

    def __init__(
        self,
        source: Traced,
        variables: Mapping[str, Traced],
        *,
        escape: str = "\\",
        keeps_unset: bool = False,
        keeps_raw: bool = False,
    ) -> None:
        """`keeps_unset` leaves variables without a value as they are written, `keeps_raw` quotes and escapes too."""
        self.unset: Final[list[str]] = []
        self._text: Final = source.text
        self._origins: Final = source.origins
        self._position = 0
        self._depth = 0
        self._variables: Final = variables
        self._escape: Final = escape
        self._keeps_raw: Final = keeps_raw
        self._keeps_unset: Final = keeps_unset or keeps_raw
        self._raw_escapes = keeps_raw
        # BuildKit shares one buffer between the nested levels, so that a nested level forgets the word begun outside it.
        self._word: _Characters = []

    def whole(self) -> Traced:
        """The text as one word, quotes removed and variables resolved. Raises ExpansionError."""
        return _traced(self._until(None, raw_escapes=self._raw_escapes)[0])

    def split(self) -> tuple[Traced, ...]:
        """The text's words, split after resolution where no quotes hold them together. Raises ExpansionError."""
        return tuple(_traced(word) for word in self._until(None, raw_escapes=self._raw_escapes)[1])

    def _peek(self) -> str:
        return self._text[self._position : self._position + 1]

    def _next(self) -> _Characters:
        taken: _Characters = [(self._peek(), self._origins[self._position])] if self._position < len(self._text) else []
        self._position += len(taken)
        return taken

    def _until(self, stop: str | None, *, raw_escapes: bool) -> tuple[_Characters, list[_Characters]]:
        """The result and the words up to the stop character, or the end where it is None."""
        outer, self._raw_escapes = self._raw_escapes, raw_escapes
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ExpansionError("its variables are nested too deeply")
        result: _Characters = []
        words = _WordList(self._word)
        while character := self._peek():
            if character == stop:
                self._next()
                break
            if character in "$<'\"":
                piece = self._special(character)
                words.add(piece, splits=character == "$")
            else:
                piece = self._plain(words)
            result += piece
            if len(result) > _MAX_CHARACTERS and not self._keeps_unset:
                raise ExpansionError("it is too long")
        else:
            if stop is not None:
                raise ExpansionError(f"`{stop}` is missing")
        self._raw_escapes = outer
        self._depth -= 1
        return result, words.finish()

    def _special(self, character: str) -> _Characters:
        if character == "$":
            return self._dollar()
        if character == "<":
            return self._possible_heredoc()
        return self._single_quoted() if character == "'" else self._double_quoted()

    def _plain(self, words: "_WordList") -> _Characters:
        taken = self._next()
        if taken[0][0] != self._escape:
            words.add(taken, splits=True)
            return taken
        result: _Characters = taken if self._raw_escapes else []
        escaped = self._next()
        words.add([*result, *escaped], splits=False)
        return [*result, *escaped]

    def _single_quoted(self) -> _Characters:
        opening = self._next()
        end = self._text.find("'", self._position)
        if end == -1:
            raise ExpansionError("a single quote is not closed")
        inner: _Characters = list(zip(self._text[self._position : end], self._origins[self._position : end], strict=True))
        self._position = end
        closing = self._next()
        return [*opening, *inner, *closing] if self._keeps_raw else inner

    def _double_quoted(self) -> _Characters:
        opening = self._next()
        result: _Characters = opening if self._keeps_raw else []
        while (character := self._peek()) != '"':
            if not character:
                raise ExpansionError("a double quote is not closed")
            if character == "$":
                result += self._dollar()
                continue
            taken = self._next()
            if character == self._escape:
                if self._raw_escapes:
                    result += taken
                if not self._peek():
                    continue
                if self._peek() in ('"', "$", self._escape):
                    taken = self._next()
            result += taken
        closing = self._next()
        return [*result, *closing] if self._keeps_raw else result

    def _possible_heredoc(self) -> _Characters:
        result = self._next()
        if self._peek() == "<":
            result += self._next()
            while self._peek() and self._peek() in "\t\r ":
                result += self._next()
        return result

    def _dollar(self) -> _Characters:
        dollar = self._next()
        if self._peek() != "{":
            name = self._name()
            return self._value(name, written=f"${name}") if name else dollar
        self._next()
        if self._peek() in ("", "{", "}", ":"):
            raise ExpansionError("a `${` holds no variable")
        name = self._name()
        modifier = "".join(character for character, _ in self._next())
        if modifier == "}":
            return self._value(name, written=f"${{{name}}}")
        if modifier == "/":
            return self._replaced(name)
        null_is_unset = modifier == ":"
        if null_is_unset:
            modifier = "".join(character for character, _ in self._next())
        if not modifier:
            raise ExpansionError("`}` is missing")
        if modifier not in ("+", "-", "?", "#", "%") or (null_is_unset and modifier in "#%"):
            raise ExpansionError(f"`${{{name}` goes on in a way that Docker does not know")
        word, _ = self._until("}", raw_escapes=modifier in "#%")
        if self._keeps_unset and name not in self._variables:
            return _nowhere(f"${{{name}{':' if null_is_unset else ''}{modifier}{_traced(word).text}}}")
        return self._modified(name, modifier, word, null_is_unset=null_is_unset)

    def _modified(self, name: str, modifier: str, word: _Characters, *, null_is_unset: bool) -> _Characters:
        known = self._variables.get(name)
        has_value = known is not None and not (null_is_unset and not known.text)
        match modifier:
            case "-":
                return self._value(name, written="") if has_value else word
            case "+":
                return word if has_value else []
            case "?":
                if not has_value:
                    raise ExpansionError(f"{name} must be given at build time")
                return self._value(name, written="")
            case _:
                is_greedy = _traced(word[:1]).text == modifier
                pattern = _traced(word[1:] if is_greedy else word).text
                trim = without_prefix if modifier == "#" else without_suffix
                return self._matched(name, lambda value: trim(value, pattern, greedy=is_greedy))

    def _replaced(self, name: str) -> _Characters:
        replaces_all = self._peek() == "/"
        if replaces_all:
            self._next()
        pattern = _traced(self._until("/", raw_escapes=True)[0])
        replacement = _traced(self._until("}", raw_escapes=True)[0])
        if self._keeps_unset and name not in self._variables:
            return _nowhere(f"${{{name}/{pattern.text}/{replacement.text}}}")
        return self._matched(name, lambda value: with_replacement(value, pattern.text, replacement, replaces_all=replaces_all))

    def _matched(self, name: str, change: Callable[[Traced], Traced]) -> _Characters:
        value = _traced(self._value(name, written=""))
        try:
            changed = change(value)
        except PatternError as error:
            raise ExpansionError(str(error)) from error
        return list(zip(changed.text, changed.origins, strict=True))

    def _value(self, name: str, *, written: str) -> _Characters:
        value = self._variables.get(name)
        if value is not None:
            return list(zip(value.text, value.origins, strict=True))
        if name not in self.unset:
            self.unset.append(name)
        return _nowhere(written) if self._keeps_unset else []

    def _name(self) -> str:
        first = self._peek()
        if first and not first.isdigit() and first in _SPECIAL_PARAMETERS:
            self._next()
            return first
        start = self._position
        allowed = str.isdigit if first.isdigit() else _is_name_character
        while self._peek() and allowed(self._peek()):
            self._position += 1
        return self._text[start : self._position]


class _WordList:
    """Words as they come, split at white space that no quotes hold."""

    def __init__(self, buffer: _Characters) -> None:
        buffer.clear()
        self._buffer: Final = buffer
        self._words: list[_Characters] = []

    def add(self, piece: _Characters, *, splits: bool) -> None:
        for character in piece:
            if not splits or character[0] not in SPACE:
                self._buffer.append(character)
            else:
                self._close()

    def finish(self) -> list[_Characters]:
        self._close()
        return self._words

    def _close(self) -> None:
        if self._buffer:
            self._words.append(self._buffer.copy())
            self._buffer.clear()


def _is_name_character(character: str) -> bool:
    return character.isalnum() or character == "_"


def _traced(characters: _Characters) -> Traced:
    return Traced("".join(character for character, _ in characters), tuple(origin for _, origin in characters))


def _nowhere(text: str) -> _Characters:
    return [(character, None) for character in text]
