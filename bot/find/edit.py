"""(pin, new value and digest) -> edits -> the edited text. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bot.find.quoting import reads_back
from bot.find.shape import NoSplitError, split
from bot.model.edit import Edit
from bot.model.pin import Pin, Site, SiteKind

_MAX_VALUE_CHARACTERS: Final = 512
READ_AGAIN: Final = "Run again: the file is then read as it is now."
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


class CannotEditError(Exception):
    """The new value can't be written safely; the message says why, and `remedy` what to do in place of it."""

    def __init__(self, what: str, *, remedy: str = "Edit it by hand.") -> None:
        super().__init__(what)
        self.remedy: Final = remedy


def edits_for(pin: Pin, *, value: str | None, digest: str | None) -> tuple[Edit, ...]:
    """What is replaced where so that the pin reads `value` (None: as it is) and `digest` (None: the pin has none, or nothing moves).

    Sites whose text stays are left out; a pin that already reads so gives no edits. Raises CannotEditError where the literals can't express
    the new value, or where a digest would be left behind that belongs to the old value.
    """
    new_value = pin.value if value is None else value
    if new_value is not None and not new_value.strip():
        raise CannotEditError("an empty value pins nothing")
    for text in {new_value, digest} - {None, pin.value, pin.digest}:
        checked(text or "")
    if pin.digest is not None and digest is None and new_value != pin.value:
        raise CannotEditError(
            f"the digest {pin.digest[:19]} belongs to {pin.value} and would stay behind", remedy=f"Give the digest of {new_value} as well."
        )
    new_digest = pin.digest if digest is None else digest
    texts = _new_texts(pin, new_value, new_digest)
    return tuple(
        Edit(file=site.file or pin.file, span=site.span, old=site.text, new=as_written(site, text))
        for site, text in texts
        if text != site.text
    )


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits of one file done.

    Raises CannotEditError where the text under a span is not what was found there, or where edits overlap.
    """
    pieces: list[str] = []
    position = 0
    for edit in sorted(set(edits), key=lambda edit: (edit.span, edit.new)):
        if edit.span.start < position:
            raise CannotEditError(f"two different edits of {edit.old!r} in {edit.file}")
        if edit.span.of(text) != edit.old:
            what = f"{edit.file} has changed: {edit.span.of(text)[:80]!r} stands where {edit.old!r} was found"
            raise CannotEditError(what, remedy=READ_AGAIN)
        pieces += (text[position : edit.span.start], edit.new)
        position = edit.span.end
    return "".join((*pieces, text[position:]))


def _new_texts(pin: Pin, value: str | None, digest: str | None) -> list[tuple[Site, str]]:
    values = pin.sites_of(SiteKind.TAG, SiteKind.VERSION)
    digests = pin.sites_of(SiteKind.DIGEST, SiteKind.COMMIT)
    names = pin.sites_of(SiteKind.NAME)
    comments = pin.sites_of(SiteKind.COMMENT)
    if digest is not None and not digests and any(not comment.text for comment in comments):
        return _version_to_commit(values, comments, value, digest)
    texts = [*_distributed(values, None if value == pin.value else value), *_distributed(digests, digest)]
    texts += [(site, _comment(site, pin.value, value)) for site in comments]
    added = digest if not digests else None
    if not values and not comments and value != pin.value:
        if not names:
            raise CannotEditError(f"there is no literal that {value} could be written to")
        added = f"{value}@{added}" if added else value
        return [*texts, _appended(pin, (names[-1], names[-1].text), f":{added}")]
    if added is None:
        return texts
    if values:
        return [*texts[: len(values) - 1], _appended(pin, texts[len(values) - 1], f"@{added}"), *texts[len(values) :]]
    if names:
        return [*texts, _appended(pin, (names[-1], names[-1].text), f"@{added}")]
    raise CannotEditError("there is no literal that the digest could be written to")


def _version_to_commit(values: Sequence[Site], comments: Sequence[Site], value: str | None, digest: str) -> list[tuple[Site, str]]:
    """`@v4` becomes `@<commit> # v4`: an empty comment site says where the comment goes."""
    if len(values) != 1:
        raise CannotEditError("the version stands in several literals, which a commit can't be split among")
    return [(values[0], digest), *((site, f"{site.before}{value}" if not site.text else site.text) for site in comments)]


def _distributed(sites: Sequence[Site], whole: str | None) -> list[tuple[Site, str]]:
    if not sites or whole is None:
        return [(site, site.text) for site in sites]
    try:
        return list(zip(sites, split(whole, sites), strict=True))
    except NoSplitError as error:
        raise CannotEditError(str(error)) from error


def _appended(pin: Pin, ending: tuple[Site, str], addition: str) -> tuple[Site, str]:
    site, text = ending
    if site.kind is SiteKind.VERSION:
        raise CannotEditError(f"{pin.name} is pinned by a version, behind which no digest can stand")
    if site.after:
        raise CannotEditError(f"the reference goes on behind the literal {site.text!r}: nothing can be added to it there")
    return site, text + addition


def _comment(site: Site, old: str | None, new: str | None) -> str:
    if not site.text or old is None or new is None or old == new:
        return site.text
    bare = site.text.removeprefix("v")
    prefix = old.removesuffix(site.text)
    if prefix.endswith(("-", "_", "/", "v")) and new.startswith(prefix):
        return new.removeprefix(prefix)  # `chart-1.2.3/app-1.2.3.tgz`: what follows names the version alone
    if bare != old.removeprefix("v"):
        raise CannotEditError(f"the comment beside it names {site.text}, not {old}")
    if site.text == old:
        return new
    return f"v{new.removeprefix('v')}" if site.text.startswith("v") else new.removeprefix("v")


def checked(text: str) -> None:
    """Raises CannotEditError for what no file may hold as a value."""
    if _UNPRINTABLE.search(text) or len(text) > _MAX_VALUE_CHARACTERS:
        raise CannotEditError(f"{text[:80]!r} is no value that a file may hold")


def as_written(site: Site, text: str) -> str:
    """A new text of a site, in quotes where YAML would not read it back as the same string."""
    if not site.quote or reads_back(text, like=site.text):
        return text
    escaped = text.replace("'", "''") if site.quote == "'" else text.replace("\\", "\\\\").replace('"', '\\"')
    return f"{site.quote}{escaped}{site.quote}"
