"""Text of others on a terminal: on one line, and with nothing in it that a terminal would obey."""


def printable(text: str) -> str:
    """The text with blanks for tabs and line ends, and with other control characters written out as escapes."""
    if text.isprintable():
        return text
    shown = (one if one.isprintable() else " " if one.isspace() else one.encode("unicode_escape").decode() for one in text)
    return "".join(shown).rstrip()
