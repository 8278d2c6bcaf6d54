"""Who owns a file, by GitHub's rules for CODEOWNERS (GitHub Docs, "About code owners")."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Final

PLACES: Final = (PurePosixPath(".github/CODEOWNERS"), PurePosixPath("CODEOWNERS"), PurePosixPath("docs/CODEOWNERS"))
"""Where GitHub looks, in this order; the first one that is there counts."""

_MAX_CHARACTERS: Final = 3_000_000
"""GitHub takes no notice of a larger file."""
_OWNER: Final = re.compile(r"@[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:/[A-Za-z0-9._-]{1,100})?|[^@\s]{1,64}@[^@\s]{1,255}")


def is_owner(text: str) -> bool:
    """Whether it is `@user`, `@organisation/team` or an e-mail address."""
    return _OWNER.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """One line: a pattern and its owners, who may be nobody."""

    pattern: str
    owners: tuple[str, ...]

    def covers(self, path: PurePosixPath) -> bool:
        """Whether the pattern speaks of a file: as in a .gitignore, but that a last `*` does not reach into folders."""
        body = self.pattern.strip("/")
        wanted = body.split("/")
        if "/" not in self.pattern.rstrip("/"):
            wanted = ["**", *wanted]
        only_inside = self.pattern.endswith("/")
        return _covers(tuple(wanted), path.parts, only_inside=only_inside)


@dataclass(frozen=True, slots=True, kw_only=True)
class Codeowners:
    """All lines of a CODEOWNERS file that GitHub would honour; a wrong line is passed over, as GitHub does."""

    lines: tuple[Ownership, ...] = ()

    def owners_of(self, path: PurePosixPath) -> tuple[str, ...]:
        """The owners of a file: those of the last line that covers it."""
        return next((line.owners for line in reversed(self.lines) if line.covers(path)), ())

    def owners_of_app(self, folder: PurePosixPath) -> tuple[str, ...]:
        """Whom GitHub would ask about a Dockerfile in the folder; where that is nobody, those of the first line that names anybody."""
        asked = self.owners_of(folder / "Dockerfile")
        return asked or next((line.owners for line in self.lines if line.owners), ())


def parse(text: str) -> Codeowners:
    """The lines of a CODEOWNERS file. What GitHub does not support (`!`, `[ ]`, an escaped `#`) makes a line wrong."""
    if len(text) > _MAX_CHARACTERS:
        return Codeowners()
    lines = []
    for line in text.splitlines():
        words = re.sub(r"(?:^|\s)#.*", "", line).replace("\\ ", "\0").split()
        if not words:
            continue
        pattern, owners = words[0].replace("\0", " "), words[1:]
        is_right = not any(sign in pattern for sign in "![]\\") and all(map(is_owner, owners))
        if is_right:
            lines.append(Ownership(pattern=pattern, owners=tuple(dict.fromkeys(owners))))
    return Codeowners(lines=tuple(lines))


def read(read_file: Callable[[PurePosixPath], str | None]) -> Codeowners:
    """The CODEOWNERS of a repo by something that reads its files (None: no such file)."""
    return next((parse(text) for place in PLACES if (text := read_file(place)) is not None), Codeowners())


def _covers(wanted: tuple[str, ...], parts: tuple[str, ...], *, only_inside: bool) -> bool:
    """Whether the pattern's parts cover a path's, or a folder above it. Time grows with the product of both lengths, never faster."""
    # reached[i]: the pattern's parts up to i can stand for the path's parts that were looked at so far.
    reached = {0} | ({1} if wanted[0] == "**" else set())
    for number, part in enumerate(parts, 1):
        is_last = number == len(parts)
        following: set[int] = set()
        for index in reached:
            if index < len(wanted) and (wanted[index] == "**" or fnmatchcase(part, wanted[index])):
                following |= {index, index + 1} if wanted[index] == "**" else {index + 1}
        following |= {index + 1 for index in following if index < len(wanted) and wanted[index] == "**" and index + 1 < len(wanted)}
        if len(wanted) in following and (is_last or wanted[-1] != "*"):
            return not (is_last and only_inside)
        reached = following
    return False
