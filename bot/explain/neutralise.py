"""Foreign Markdown -> Markdown that does nothing to anybody.

What stands in release notes was written by strangers for another place. Shown in a pull request it must notify no one, close and
cross-reference nothing, load no picture, hide no text, and not outgrow or imitate the text around it. Each rule here is safe wherever
it is applied, in code as in prose, so that no disagreement about where code begins can be used: a zero-width space goes between the
characters that GitHub would act upon. The caller puts the result into a block quote, which ends every block left open.
"""

import html
import re
import unicodedata
from typing import Final

from bot.clients.html import without_comments
from bot.model.notes import CUT, cut

MAX_CHARACTERS: Final = 6_000
_MAX_INPUT_CHARACTERS: Final = 60_000
_MAX_LINE_CHARACTERS: Final = 2_000
_HEADING_SHIFT: Final = 3
_DEEPEST_HEADING: Final = 6
_SPACE: Final = "\u200b"

_FENCE: Final = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})")
_HEADING: Final = re.compile(r"(?P<indent> {0,3})(?P<marks>#{1,6})(?=[ \t]|$)")
_UNDERLINE: Final = re.compile(r" {0,3}(?:=+|-+)[ \t]*")
_CHECKBOX: Final = re.compile(r"^(?P<item>[ \t>]{0,40}(?:[-*+]|[0-9]{1,9}[.)])[ \t]{1,4})\[(?P<tick>[ xX])\](?=[ \t])")
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]{0,1000}>")
_HTML_START: Final = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY_START: Final = re.compile(r"&(?=#|[A-Za-z][A-Za-z0-9]{1,31};)")
_MENTION: Final = re.compile(r"@(?=[A-Za-z0-9_-])")
_REFERENCE: Final = re.compile(r"(?:#|(?i:\bGH-))(?=[0-9])")
_IMAGE: Final = re.compile(r"!(?=\[)")
_ALERT: Final = re.compile(r"\[(?=!)")
_CLOSING: Final = re.compile(
    r"\b(?P<first>c|f|r)(?P<rest>lose[sd]?|ix(?:es|ed)?|esolve[sd]?)(?=:?\s{1,9}(?:#|GH-|https?:|[\w.-]{1,80}/))", re.IGNORECASE
)
_GITHUB_LINK: Final = re.compile(
    r"(?:https?:)?//(?:www\\?\.)?github\\?\.com(?=/[^\s/]{1,100}/[^\s/]{1,100}/(?:issues|pull|pulls|discussions|commit)/)|(?<![\w/.])www\\?\.github\\?\.com(?=/)",
    re.IGNORECASE,
)


def neutralise(text: str, *, most: int = MAX_CHARACTERS) -> str:
    """Harmless Markdown that reads the same, of at most `most` characters; cut at the end of a line, and marked as cut.

    Pure, and neutral on its own result: doing it twice changes nothing that acts.
    """
    bounded = text[:_MAX_INPUT_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n")
    visible = "".join(character for character in html.unescape(bounded) if _is_plain(character))
    lines = _lines(without_comments(visible))
    harmless = "\n".join(_defused(line) for line in lines).strip("\n")
    is_whole = len(text) <= _MAX_INPUT_CHARACTERS or len(harmless) > most or harmless.endswith(CUT)
    return cut(harmless if is_whole else f"{harmless}\n{CUT}", most)


def harmless_url(url: str) -> str:
    """The address, where it leads to an issue or a pull request of GitHub's by a way that leaves no mark there."""
    return _GITHUB_LINK.sub("https://redirect.github.com", url)


def _is_plain(character: str) -> bool:
    """Whether the character shows itself: no control, no change of direction, nothing invisible."""
    return character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _lines(text: str) -> list[str]:
    """The lines with headings of our size, boxes that can't be ticked, and tags taken out, but for those in fenced code.

    All this is for the eye alone: nothing dangerous depends on where the fences are.
    """
    lines: list[str] = []
    fence = ""
    for whole in text.split("\n"):
        line = whole if len(whole) <= _MAX_LINE_CHARACTERS else f"{whole[: _MAX_LINE_CHARACTERS - 1]}…"
        opening = _FENCE.match(line)
        if fence:
            lines.append(f"{_SPACE}{line}" if _UNDERLINE.fullmatch(line) else line)
            if opening and opening["fence"].startswith(fence) and not line[opening.end() :].strip():
                fence = ""
            continue
        if opening:
            fence = opening["fence"]
            lines.append(line)
        elif _UNDERLINE.fullmatch(line):
            lines.append("")
        else:
            lines.append(_CHECKBOX.sub(_ticked, _lowered(_TAG.sub("", line))))
    return lines


def _lowered(line: str) -> str:
    heading = _HEADING.match(line)
    if heading is None:
        return line
    level = min(len(heading["marks"]) + _HEADING_SHIFT, _DEEPEST_HEADING)
    return "#" * level + line[heading.end() :]


def _ticked(box: re.Match[str]) -> str:
    return f"{box['item']}{'☐' if box['tick'] == ' ' else '☑'}"


def _defused(line: str) -> str:
    line = _GITHUB_LINK.sub("https://redirect.github.com", line)
    line = _CLOSING.sub(rf"\g<first>{_SPACE}\g<rest>", line)
    for trigger in (_HTML_START, _ENTITY_START, _MENTION, _REFERENCE, _IMAGE, _ALERT):
        line = trigger.sub(rf"\g<0>{_SPACE}", line)
    return line
