"""Text of others on a terminal: on one line, and with nothing in it that a terminal would obey."""

from typing import Final

HIDDEN: Final = (
    r"\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e01ef"
    r"\ud800-\udfff"
)
"""Signs that are not seen, for a class of a regular expression: controls (C0, C1), those that turn the direction of writing (Unicode
standard annex 9), those of no width, tags and selectors, and halves of characters."""


def printable(text: str) -> str:
    """The text with blanks for tabs and line ends, and with other control characters written out as escapes."""
    if text.isprintable():
        return text
    shown = (one if one.isprintable() else " " if one.isspace() else one.encode("unicode_escape").decode() for one in text)
    return "".join(shown).rstrip()
