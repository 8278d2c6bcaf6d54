"""A YAML file as plain data, with the line of every key and value: composed, never constructed, and bounded."""

from dataclasses import dataclass, field
from typing import Final, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.settings.fault import Fault
from bot.settings.leaks import is_secret_key, leak_in

Data = dict[str, "Data"] | list["Data"] | str | int | float | bool | None
Place = tuple[str | int, ...]
"""The way from the root of the document to a value: keys and list positions."""

MAX_CHARACTERS: Final = 4_000_000
MAX_VALUES: Final = 200_000
_MAX_DEPTH: Final = 20
_REMEDY: Final = "take it out, revoke it, and give it by the environment (the comments of config/default.yaml name the variables)"


@dataclass(slots=True, kw_only=True)
class Document:
    """What a YAML file says, and where it says it."""

    file: str
    data: Data = None
    lines: dict[Place, int] = field(default_factory=dict)
    """The 1-based line of each key (for its value too) and of each list item."""
    written: dict[Place, str] = field(default_factory=dict)
    """Each scalar as it is written, without quotes: `3.10` where the data has 3.1."""
    faults: list[Fault] = field(default_factory=list)
    withheld: set[Place] = field(default_factory=set)
    """Where something that looks like a secret stood; nothing may show these values."""

    def line_of(self, place: Place) -> int:
        """The line of a place, or of the nearest place around it that is written in the file."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def fault(self, place: Place, what: str) -> Fault:
        return Fault(file=self.file, line=self.line_of(place), what=what)

    def is_withheld(self, place: Place) -> bool:
        """Whether the place, or one around it, held something that looks like a secret."""
        return any(place[:length] in self.withheld for length in range(len(place) + 1))


def read_document(text: str, *, file: str, max_characters: int = MAX_CHARACTERS, max_values: int = MAX_VALUES) -> Document:
    """The document that the text holds; an empty file is an empty mapping. What is wrong in it is in `faults`, never raised.

    A value counts as often as aliases lead to it.

    Numbers, booleans and null are read by the core schema of YAML 1.2; everything else, dates too, stays text.
    """
    document = Document(file=file, data={})
    if len(text) > max_characters:
        document.faults.append(document.fault((), f"the file is larger than {max_characters:,} characters; split it or make it smaller"))
        return document
    try:
        root = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        document.faults.append(Fault(file=file, line=mark.line + 1 if mark else 1, what=f"not YAML: {error.problem or error.context}"))
    except RecursionError:
        document.faults.append(Fault(file=file, line=1, what="nested too deeply to be read"))
    except YAMLError as error:
        document.faults.append(Fault(file=file, line=1, what=f"not YAML: {str(error).partition(chr(10))[0]}"))
    else:
        if root is not None:
            document.data = _Reader(document, max_values).read(root, ())
    return document


class _Reader:
    """Turns nodes into data. Aliases are followed as often as they stand there, so the number of values is bounded."""

    def __init__(self, document: Document, max_values: int) -> None:
        self._document: Final = document
        self._max_values: Final = max_values
        self._values = 0

    def read(self, node: Node, place: Place) -> Data:
        self._values += 1
        if self._values > self._max_values or len(place) > _MAX_DEPTH:
            self._complain(place, f"too much: more than {self._max_values:,} values or {_MAX_DEPTH} levels; make the file smaller")
            return None
        self._document.lines.setdefault(place, node.start_mark.line + 1)
        match node:
            case MappingNode():
                return self._mapping(node, place)
            case SequenceNode():
                return [self.read(item, (*place, position)) for position, item in enumerate(node.value)]
            case _:
                return self._scalar(cast("ScalarNode", node), place)

    def _mapping(self, node: MappingNode, place: Place) -> Data:
        data: dict[str, Data] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._complain(place, "a key must be a plain word")
                continue
            key = str(key_node.value)
            if key in data:
                first = self._document.lines[*place, key]
                self._document.faults.append(
                    Fault(file=self._document.file, line=line, what=f"duplicate key {key!r}, first on line {first}; keep one of them")
                )
                continue
            self._document.lines[*place, key] = line
            data[key] = self.read(value_node, (*place, key))
            if is_secret_key(key) and isinstance(data[key], str | int | float):
                self._withhold((*place, key), f"{key!r} asks for a secret, which has no place in a file")
        return data

    def _scalar(self, node: ScalarNode, place: Place) -> Data:
        text = str(node.value)
        self._document.written[place] = text
        kind = leak_in(text)
        if kind is not None:
            self._withhold(place, f"this looks like {kind}")
        return plain_value(text, str(node.tag))

    def _withhold(self, place: Place, why: str) -> None:
        if place not in self._document.withheld:
            self._document.withheld.add(place)
            self._complain(place, f"{why}; {_REMEDY}")

    def _complain(self, place: Place, what: str) -> None:
        self._document.faults.append(self._document.fault(place, what))


def plain_value(text: str, tag: str) -> str | int | float | bool | None:
    """The value of a scalar by the tag that ruamel.yaml resolved for it; what does not fit its tag stays text."""
    try:
        match tag.rpartition(":")[2]:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return int(text, 0) if text.lower().startswith(("0x", "0o")) else int(text)
            case "float":
                return float(text)
            case _:
                return text
    except ValueError:
        return text
