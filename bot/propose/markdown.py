"""Values -> pieces of Markdown that say just that value, whatever is in it."""

import re
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlsplit

_SPACE: Final = "\u200b"
_HIDING: Final = "<!--"
"""By which the bot's own marks begin: those that text of others brings along shall not be read as such."""
_BAR: Final = "\N{DIVIDES}"
_MAX_CODE_CHARACTERS: Final = 160
_MAX_TEXT_CHARACTERS: Final = 500
_MAX_URL_CHARACTERS: Final = 1_000
_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>|~&!$]")
_TRIGGER: Final = re.compile(r"@(?=[\w-])|#(?=[0-9])|\b[Gg][Hh]-(?=[0-9])|//(?=\S)|\bwww(?=\.)")
_BACK_LINK: Final = re.compile(r"/[^/]{1,100}/[^/]{1,100}/(?:issues|pull|pulls|discussions|commit|commits)/.", re.IGNORECASE)
"""What GitHub tells the other side of: a thread or commit there would say that it was mentioned here."""
_QUIET_HOST: Final = "redirect.github.com"
_TICKS: Final = re.compile(r"`+")


class Markdown(str):
    """A piece of Markdown that is ours: it goes into the body as it is. Any other text is escaped on its way."""

    __slots__ = ()


def escape(value: object) -> Markdown:
    """A text on one line that reads as it is written: no markup, no mention, no reference, no link. `Markdown` stays as it is."""
    if isinstance(value, Markdown):
        return value
    line = _one_line(str(value), _MAX_TEXT_CHARACTERS)
    return Markdown(_TRIGGER.sub(rf"\g<0>{_SPACE}", _SPECIAL.sub(r"\\\g<0>", line)))


def code(text: str, *, most: int = _MAX_CODE_CHARACTERS) -> Markdown:
    """The text, or so much of it, as a code span, also right in the cell of a table, and with no hidden mark in it that is ours."""
    line = _one_line(text, most).replace(_HIDING, f"<{_SPACE}{_HIDING[1:]}")
    if not line:
        return Markdown("")
    longest = max((len(run) for run in _TICKS.findall(line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    # A table's cell ends at a bar even within code, so a look-alike stands for it.
    return Markdown(f"{fence}{pad}{line.replace('|', _BAR)}{pad}{fence}")


def link(text: Markdown, url: str | None) -> Markdown:
    """The text as a link, where the address is one of the web that cannot break out of the link, and of no thread; else the text alone."""
    if url is None or len(url) > _MAX_URL_CHARACTERS:
        return text
    try:
        address = urlsplit(url)
    except ValueError:
        return text
    # Blanks before the scheme are dropped by `urlsplit`, and would make the link one into our own pages.
    if not url.startswith(("http://", "https://")) or not address.netloc or _tells_others(address):
        return text
    return Markdown(f"[{text}]({quote(url, safe=':/?#@!$&+,;=~%-._', errors='replace')})")


def _tells_others(address: SplitResult) -> bool:
    """Whether GitHub would say at the other end that it was mentioned here; by way of its own redirect it does not."""
    return address.hostname != _QUIET_HOST and _BACK_LINK.match(unquote(address.path)) is not None


def quoted(text: str) -> Markdown:
    """Neutralised Markdown in a block quote, which ends whatever is left open in it."""
    return Markdown("\n".join(f"> {line}".rstrip() for line in text.split("\n")))


def _one_line(text: str, most: int) -> str:
    line = " ".join("".join(character for character in text if character.isprintable() or character.isspace()).split())
    return line if len(line) <= most else line[: most - 1] + "…"
