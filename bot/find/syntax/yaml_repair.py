"""Text that is nearly YAML, covered by characters of the same length so that it reads as YAML: offsets stay what they are."""

import re
from collections.abc import Iterator
from typing import Final

FILLER: Final = "\ue000"
"""Stands for each character of a template; of Unicode's private use area, which YAML accepts anywhere in a plain scalar."""
_TREE: Final = "\ue001"
"""The same, of a template that renders lines of its own."""
_BRACES: Final = {"{{": "}}", "{%": "%}", "{#": "#}", "<%": "%>"}
_OPENING: Final = re.compile(r"\{[{%#]|<%")
_COMMENTS: Final = ("/*", "- /*", "!--", "#")
_STRUCTURE: Final = re.compile(r"\bn?indent [0-9]|\btoYaml\b")
_VISIBLE: Final = re.compile(r"[^\r\n]")
_TAB: Final = re.compile(r"(?<=\S)([ \t]*\t[ \t]*)")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|(?<=[\s\S])\ufeff")
_FORBIDDEN_START: Final = re.compile(r"(?<=[ \t])[@%`](?=\S)")
_BLOCK_HEADER: Final = re.compile(r"[|>][-+0-9]{0,2}\Z")
_MARKER: Final = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)


def has_braces(text: str) -> bool:
    """Whether template braces of Go, Jinja or ERB may stand in the text."""
    return _OPENING.search(text) is not None


def cover_braces(text: str) -> str:
    """The text with each template expression covered by FILLER, and by blanks where it has its lines for itself or renders a tree.

    What stands alone on its lines directs the template (`{{- if .Values.x }}`, `{{ include "labels" . }}`), and what is indented brings
    lines of its own (`{{ toYaml . | nindent 4 }}`); anything else beside other text is a value that is not known.
    """
    pieces: list[str] = []
    done = 0
    closings: dict[str, int] = {}
    while opening := _OPENING.search(text, done):
        start = opening.start()
        end = _expression_end(text, opening, closings)
        expression = text[start:end]
        pieces += [text[done:start], _VISIBLE.sub(_TREE if _STRUCTURE.search(expression) else FILLER, expression)]
        done = end
    pieces.append(text[done:])
    return "\n".join(_directives_blanked("".join(pieces)))


def _expression_end(text: str, opening: re.Match[str], closings: dict[str, int]) -> int:
    """Where a template expression ends; one that is not closed before the next one opens in another line ends with its own line.

    `closings` remembers where each kind of closing was found last, so that a text of openings alone is passed once.
    """
    closing = _BRACES[opening.group()]
    start = opening.end()
    end = closings.get(closing, 0)
    if end < start:
        found = text.find(closing, start)
        end = closings[closing] = found if found != -1 else len(text)
    line_end = text.find("\n", start)
    is_comment = closing == "#}" or text.startswith(_COMMENTS, start)
    if line_end != -1 and line_end < end and (end == len(text) or (not is_comment and _OPENING.search(text, line_end, end))):
        return line_end
    end = min(end + len(closing), len(text))
    while closing == "}}" and text.startswith("}", end):  # `{{ {"a": 1}}}`
        end += 1
    return end


def _directives_blanked(covered: str) -> Iterator[str]:
    """The lines, those that hold nothing but templates blanked; not where a block scalar begins with one, which sets its indentation."""
    above = ""
    for line in covered.split("\n"):
        bare = line.strip()
        is_directive = bool(bare) and not bare.replace(FILLER, "").replace(_TREE, "").strip()
        if is_directive and _BLOCK_HEADER.search(above):
            yield line.replace(_TREE, FILLER)
        else:
            yield (line.replace(FILLER, " ") if is_directive else line).replace(_TREE, " ")
        above = bare or above


def cover_faults(text: str) -> str:
    """The text with tabs between tokens as blanks, and with characters covered that YAML forbids where they stand.

    Go's reader, and so Kubernetes and Helm, takes tabs behind a colon and at line ends, which libyaml refuses.
    """
    text = _TAB.sub(lambda found: " " * len(found.group()), text)
    text = _CONTROL.sub(FILLER, text)
    return _FORBIDDEN_START.sub(FILLER, text)


def cut_documents(text: str) -> Iterator[tuple[int, int]]:
    """Where each document of a stream begins and ends, by the `---` lines alone (YAML 1.2, 9.1.2: they can stand nowhere else)."""
    starts = [0, *(found.start() for found in _MARKER.finditer(text) if found.start())]
    yield from zip(starts, [*starts[1:], len(text)], strict=True)
