"""libyaml's events -> the tree of nodes.

By way of PyYAML, whose libyaml is the one that Go's reader, and so Kubernetes and Helm, was translated from.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from bot.find.syntax.lines import Lines
from bot.find.syntax.yaml_nodes import Mapping, Node, Scalar, Sequence, Style
from bot.find.syntax.yaml_repair import FILLER
from bot.model.pin import Span

MAX_DEPTH: Final = 200
MAX_NODES: Final = 1_000_000
_STYLES: Final = {None: Style.PLAIN, "": Style.PLAIN, "'": Style.SINGLE, '"': Style.DOUBLE, "|": Style.LITERAL, ">": Style.FOLDED}
_QUOTED: Final = {Style.SINGLE, Style.DOUBLE}
_BLOCK: Final = {Style.LITERAL, Style.FOLDED}


class UnreadableError(ValueError):
    """The text is no YAML, or goes beyond the bounds."""

    def __init__(self, message: str, offset_line: int) -> None:
        super().__init__(message)
        self.offset_line: Final = offset_line
        """0-based line in the text that was given."""


@dataclass(slots=True)
class _Frame:
    """A collection whose end has not been seen."""

    is_mapping: bool
    anchor: str | None
    children: list[Node] = field(default_factory=list)

    @property
    def has_mapping_key(self) -> bool:
        return self.is_mapping and any(isinstance(key, Mapping) for key in self.children[::2])

    def collection(self) -> Node:
        if self.is_mapping:
            return Mapping(pairs=tuple(zip(self.children[::2], self.children[1::2], strict=True)))
        return Sequence(items=tuple(self.children))


class Builder:
    """Collects nodes and places of one or several texts."""

    def __init__(self, *, original: str, place: Callable[[int], int], lines: Lines) -> None:
        self.documents: Final[list[Node]] = []
        self.extents: Final[list[tuple[int, int]]] = []
        """Where scalars begin and end, block scalars without their header; in places."""
        self.styles: Final[dict[Style, int]] = dict.fromkeys(Style, 0)
        self._original: Final = original
        self._place: Final = place
        self._lines: Final = lines
        self._nodes = 0

    def build(self, covered: str, *, start: int = 0, has_templates: bool = False) -> None:
        """Add the documents of `covered`, which is the original text from `start` on, perhaps with covered characters.

        `has_templates`: a mapping that is the key of another is taken for what it then is, the template `{{ name }}`, and for unreadable.
        Raises UnreadableError, with nothing added.
        """
        kept = len(self.documents), len(self.extents), self._nodes
        if covered.startswith("\ufeff"):  # libyaml would count from behind it
            covered, start = covered[1:], start + 1
        try:
            self._build(covered, start, has_templates=has_templates)
        except (YAMLError, UnreadableError) as error:
            del self.documents[kept[0] :], self.extents[kept[1] :]
            self._nodes = kept[2]
            if isinstance(error, UnreadableError):
                raise
            mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
            message = str(getattr(error, "problem", None) or error).splitlines()[0]
            raise UnreadableError(message, mark.line if mark else 0) from error

    def _build(self, covered: str, offset: int, *, has_templates: bool) -> None:
        frames: list[_Frame] = []
        anchors: dict[str, Node] = {}
        events: Iterable[Any] = yaml.parse(covered, Loader=yaml.CBaseLoader)
        for event in events:
            kind = type(event)
            if kind is MappingStartEvent or kind is SequenceStartEvent:
                if len(frames) >= MAX_DEPTH:
                    raise UnreadableError(f"nested deeper than {MAX_DEPTH} levels", event.start_mark.line)
                frames.append(_Frame(kind is MappingStartEvent, event.anchor))
            elif kind is ScalarEvent:
                self._add(self._scalar(event, covered, offset), event, event.anchor, frames, anchors)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                frame = frames.pop()
                if has_templates and frame.has_mapping_key:
                    raise UnreadableError("template braces", event.start_mark.line)
                self._add(frame.collection(), event, frame.anchor, frames, anchors)
            elif kind is AliasEvent:
                node = anchors.get(event.anchor) or self._dangling(offset + event.start_mark.index)
                self._add(node, event, None, frames, anchors)
            elif kind is DocumentStartEvent:
                anchors = {}

    def _add(self, node: Node, event: Any, anchor: str | None, frames: list[_Frame], anchors: dict[str, Node]) -> None:  # noqa: ANN401
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise UnreadableError(f"more than {MAX_NODES} nodes", event.start_mark.line)
        if anchor:
            anchors[anchor] = node
        (frames[-1].children if frames else self.documents).append(node)

    def _dangling(self, offset: int) -> Scalar:
        """What an alias to nothing, or to the collection that holds it, stands for."""
        place = self._place(offset)
        return Scalar(value="", style=Style.PLAIN, span=Span(place, place), is_exact=False)

    def _scalar(self, event: Any, covered: str, offset: int) -> Scalar:  # noqa: ANN401 - libyaml's events have no types
        style = _STYLES[event.style]
        self.styles[style] += 1
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor or event.tag:
            start = _after_properties(covered, start, end)
        if style in _QUOTED:
            start, end = start + 1, end - 1
        elif style in _BLOCK:
            return self._block(event, covered, start, end, offset)
        value: str = event.value
        is_exact = covered[start:end] == value
        if is_exact:
            value = self._original[offset + start : offset + end]
        elif FILLER in value:
            value = value.replace(FILLER, "{{}}")
        first = self._place(offset + start)
        last = self._place(offset + end)
        self.extents.append((first, last))
        return Scalar(value=value, style=style, span=Span(first, last), is_exact=is_exact and last - first == end - start, tag=event.tag)

    def _block(self, event: Any, covered: str, start: int, end: int, offset: int) -> Scalar:  # noqa: ANN401
        style = _STYLES[event.style]
        value: str = event.value
        content = covered.find("\n", start, end) + 1 or end
        first = self._lines.start(self._lines.line(self._place(offset + content))) if content < end else self._place(offset + end)
        self.extents.append((first, self._place(offset + end)))
        text = covered[content:end]
        bare = text.strip()
        if bare and bare == value.strip("\n"):  # one line, or a flow of blank ones around it
            start = content + text.index(bare)
            span = Span(self._place(offset + start), self._place(offset + start + len(bare)))
            value = self._original[offset + start : offset + start + len(bare)]
            return Scalar(value=value, style=style, span=span, is_exact=True, tag=event.tag)
        if FILLER in value:
            value = value.replace(FILLER, "{{}}")
        return Scalar(value=value, style=style, span=Span(first, self._place(offset + end)), is_exact=False, tag=event.tag)


def _after_properties(text: str, position: int, end: int) -> int:
    """Where a node's own text begins, behind its anchor and tag."""
    while position < end and text[position] in "&!":
        while position < end and not text[position].isspace():
            position += 1
        while position < end and text[position].isspace():
            position += 1
    return position
