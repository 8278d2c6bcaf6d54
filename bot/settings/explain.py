"""What the commented default configuration says of one key: it is the documentation, so that nothing is written twice."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import yaml

from bot.model.exit_code import ExitCode
from bot.model.failure import ToldError
from bot.settings.document import read_document
from bot.settings.fault import nearest
from bot.settings.load import default_text

_KEY: Final = re.compile(r"( *)([a-z_][a-z0-9_]*):(?: |$)")
_COMMENT: Final = re.compile(r" *# ?(.*)")


class NoSuchKeyError(ToldError):
    """What was asked for is no key; the message names the nearest one."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One key, and what is said of it."""

    key: str
    """With its sections before it: `limits.pull_requests_per_run`."""
    said: str
    """The comment above it; empty: there is none."""
    default: str
    """As it stands in the file, with all that is below it."""
    is_part_of_it: bool = False
    """What was asked for stands in the explanation, not as a key of its own: it belongs to the entries of a list or mapping."""


def explain(key: str) -> Explained:
    """A key by its full name, or by its last word where that is the name of one key alone. Raises NoSuchKeyError."""
    known = {one.key: one for one in _read(default_text())}
    if key in known:
        return known[key]
    same = [name for name in known if name.rpartition(".")[2] == key]
    if len(same) == 1:
        return known[same[0]]
    if same:
        raise NoSuchKeyError(f"{key}: several keys are called so: {', '.join(same)}. Say which.")
    above, _, word = key.rpartition(".")
    while above:
        if above in known and re.search(rf"\b{re.escape(word)}\b", f"{known[above].said}\n{known[above].default}"):
            found = known[above]
            return Explained(key=found.key, said=found.said, default=found.default, is_part_of_it=True)
        above = above.rpartition(".")[0]
    near = nearest(key, known) or nearest(key, (name.rpartition(".")[2] for name in known))
    remedy = f"Did you mean {near!r}?" if near else "`rebuild-bot config default` shows all of them."
    raise NoSuchKeyError(f"{key}: no such key of the configuration. {remedy}")


def written_in(text: str, key: str) -> str:
    """What a configuration's text has at a key, as YAML; empty: nothing."""
    found: object = read_document(text, file="").data
    for word in key.split("."):
        if not isinstance(found, Mapping) or word not in found:
            return ""
        found = found[word]
    return yaml.safe_dump({key.rpartition(".")[2]: found}, allow_unicode=True, sort_keys=False)


def _read(text: str) -> Iterator[Explained]:
    """Every key of the file, in its order."""
    lines = text.splitlines()
    path: list[tuple[int, str]] = []
    comment: list[str] = []
    for number, line in enumerate(lines):
        found, said = _KEY.match(line), _COMMENT.fullmatch(line)
        if said:
            comment.append(said[1])
            continue
        if found:
            indent = len(found[1])
            path = [*(one for one in path if one[0] < indent), (indent, found[2])]
            yield Explained(key=".".join(name for _, name in path), said="\n".join(comment), default=_block(lines[number:], indent))
        comment = []


def _block(lines: Sequence[str], indent: int) -> str:
    """A key's own lines: to the next one that stands no deeper, without what is said above that."""
    end = next(
        (number for number, line in enumerate(lines[1:], 1) if line.strip() and len(line) - len(line.lstrip()) <= indent), len(lines)
    )
    own = [line[indent:] for line in lines[:end]]
    while own and (not own[-1].strip() or own[-1].lstrip().startswith("#")):
        own.pop()
    return "\n".join(own)
