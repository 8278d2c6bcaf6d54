"""The parts of a tag."""

from bot.versions.tag import MAX_CHARACTERS, MAX_SEPARATORS, UNTAUGHT, Lessons, Tag
from bot.versions.tag_head import find_head
from bot.versions.tag_tail import read_tail


def read(text: str, lessons: Lessons = UNTAUGHT) -> Tag | None:
    """The parts of a tag; None where no version stands in it."""
    if len(text) > MAX_CHARACTERS or not text.isascii() or _separators(text) > MAX_SEPARATORS:
        return None
    head = find_head(text, lessons)
    return None if head is None else read_tail(text, head, lessons)


def _separators(text: str) -> int:
    return 0 if len(text) <= MAX_SEPARATORS else sum(not character.isalnum() for character in text)
