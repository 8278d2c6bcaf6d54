"""The hidden block at the end of a pull request's body: what the bot asked for, for the bot to read again.

It is an HTML comment, so nobody sees it; its data is base64, so no text of others can end it early. A body that people have
edited still holds it, and where they removed it the pull request merely counts as one that the bot knows nothing about.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final, Self

from pydantic import TypeAdapter

from bot.model.dependency import OCI
from bot.model.edit import FileChange
from bot.model.pull_request import PullRequest
from bot.model.update import Update
from bot.propose.naming import short_digest

_VERSION: Final = 1
_BLOCK: Final = re.compile(r"<!-- rebuild-bot:pull-request:v(?P<version>[0-9]{1,3}) (?P<data>[A-Za-z0-9_=-]{1,60000}) -->")

REBUILD: Final = "rebuild"
"""In the place of a datasource, in targets that are published images."""
_MAX_CHARACTERS: Final = 50_000
"""Before the hashes of what was written are in it."""
_USUAL_VALUE: Final = 48
"""JSON characters of a value and its short digest."""
_OTHER_FIELDS: Final = 3_000
"""Of what is no app and no target: names of branches and stages above all."""

ORDERS: Final = re.compile(r"<!-- rebuild-bot:orders:v1 (?P<data>[A-Za-z0-9_=-]{1,6000}) -->")
"""The block beside it that `bot.propose.orders` reads."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Target:
    """A dependency and what it was asked to become."""

    dependency: str
    value: str
    digest: str = ""
    """Short: it tells two builds of one tag apart, no more."""

    @classmethod
    def of(cls, update: Update) -> Self:
        digest = short_digest(update.release.digest)
        return cls(dependency=str(update.pin.dependency), value=_asked_value(update), digest=digest)

    @property
    def is_migration(self) -> bool:
        """Whether another image was asked for: its value names that with its tag, and no tag has a slash."""
        return self.dependency.startswith(f"{OCI}: ") and "/" in self.value


def _asked_value(update: Update) -> str:
    return f"{update.release.dependency.name}:{update.release.value}" if update.is_migration else update.release.value


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Part:
    """What a pull request for several apps asks of one of them."""

    app: str
    targets: tuple[int, ...]
    """Their places among all that it asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuild:
    """A published image that is to be built anew by the merge of a pull request: nothing that its files name is updated."""

    image: str
    """Registry, repository and tag."""
    base: str
    """What it should stand on: its name and tag."""
    digest: str
    """Of that base, whole."""
    old: str
    """Where the image stood when it was asked for, whole."""
    attempt: int
    """From 1."""
    because: str = ""
    """The name of the verdict on a build before, which the pull request is a remedy for; empty: the image stands on an old base."""

    @property
    def target(self) -> Target:
        return Target(dependency=f"{REBUILD}: {self.image}", value=self.base, digest=self.digest.partition(":")[2][:12])


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What a pull request was made of."""

    app: str
    """Empty where it is for several."""
    targets: tuple[Target, ...]
    content: str
    """A hash of the changed lines: the same wherever in the files they stand."""
    is_partial: bool = False
    """A source failed when the text was written, so that a later run may tell more."""
    awaits: str = ""
    """The last day, as in 2026-05-09, on which runs look again for release notes that were not published yet; empty: none are awaited."""
    text: str = ""
    """A hash of the body without the marker, as the bot wrote it."""
    stage: str = ""
    """The one that it is for; empty: for all that have no pull requests of their own."""
    weight: str = ""
    """How much spoke for it, in the words of `bot.propose.weight`; empty: that was not certain."""
    title: str = ""
    """A hash of the title as the bot wrote it; empty: it was written before titles were remembered."""
    base: str = ""
    """The branch that it was asked for against; empty: it was written before that was remembered."""
    parts: tuple[Part, ...] = ()
    """One for each app that it is for, where its group is one of several apps; empty: it is for `app` alone."""
    rebuilds: tuple[Rebuild, ...] = ()
    """One for each target of a pull request that has images built anew; empty: it asks for updates."""

    @property
    def by_app(self) -> Mapping[str, tuple[Target, ...]]:
        """What is asked of each app, by its name."""
        if not self.parts:
            return {self.app: self.targets}
        known = range(len(self.targets))
        return {part.app: tuple(self.targets[place] for place in part.targets if place in known) for part in self.parts}

    def asked_of(self, app: str) -> tuple[Target, ...]:
        """What is asked of an app; nothing of one that it is not for."""
        return self.by_app.get(app, ())

    @property
    def is_too_long(self) -> bool:
        """Whether no body can hold it besides its text; that of a group never is (`bot.propose.portions`)."""
        return len(self.write()) > _MAX_CHARACTERS

    def for_text(self, text: str, *, title: str) -> Self:
        """The same for a body with this visible text, under this title; as long as for any other."""
        return replace(self, text=text_hash(text), title=_hash(title))

    def wrote_title(self, title: str) -> bool:
        """Whether people have left the title as the bot wrote it."""
        return not self.title or self.title == _hash(title)

    def asks_the_same(self, other: "Marker") -> bool:
        """Whether both ask for just the same, with just the same edits, and of the same where they are for several apps."""
        is_of_same = not (self.parts or other.parts) or self.by_app == other.by_app
        return is_of_same and (self.targets, self.content) == (other.targets, other.content)

    def tells_less_than(self, told: "Marker") -> bool:
        """Whether a text of later has what this one lacks, and lacks nothing that this one has."""
        return not told.is_partial and (self.is_partial or bool(self.awaits and not told.awaits))

    def write(self) -> str:
        data = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return f"<!-- rebuild-bot:pull-request:v{_VERSION} {base64.urlsafe_b64encode(data.encode()).decode()} -->"


def own_accounts(pull: PullRequest, identity: frozenset[str]) -> frozenset[str]:
    """Who is the bot in a pull request: its logins, and whoever opened the pull request with the bot's marker, for that was the bot."""
    opened_by = {pull.author} if pull.author is not None and read(pull.body) is not None else set()
    return identity | opened_by


def strangers(pull: PullRequest, identity: frozenset[str]) -> frozenset[str]:
    """Who else than the bot committed to its branch."""
    return pull.authors - own_accounts(pull, identity)


def has_other_base(pull: PullRequest, base: str) -> bool:
    """Whether people turned it against another branch than `base`: where the bot did, `base` was another one then."""
    marker = read(pull.body)
    return pull.base != base and (marker is None or marker.base != pull.base)


_READER: Final = TypeAdapter(Marker)


def read(body: str) -> Marker | None:
    """The last marker of a body; None: none that this version of the bot can read."""
    blocks = [match for match in _BLOCK.finditer(body) if match["version"] == str(_VERSION)]
    if not blocks:
        return None
    try:
        return _READER.validate_json(base64.urlsafe_b64decode(blocks[-1]["data"]))
    except ValueError:
        return None


def with_marker(body: str, marker: Marker) -> str:
    """The body with another marker at its end."""
    return f"{_BLOCK.sub('', body).rstrip()}\n{marker.write()}\n"


def visible(body: str) -> str:
    """The body without what is hidden in it, line ends as the bot writes them: what people see and may have edited."""
    return ORDERS.sub("", _BLOCK.sub("", body.replace("\r\n", "\n"))).strip()


def text_hash(body: str) -> str:
    """What tells whether the visible text is the one that was written."""
    return _hash(visible(body))


def parts_of(updates: Mapping[str, Sequence[Update]]) -> tuple[Part, ...]:
    """The parts of what the updates of several apps, by their names, ask for."""
    places = {target: place for place, target in enumerate(targets_of([one for ones in updates.values() for one in ones]))}
    return tuple(Part(app=app, targets=tuple(places[target] for target in targets_of(ones))) for app, ones in updates.items())


def most_characters(updates: Mapping[str, Sequence[Update]], *, is_shared: bool) -> int:
    """An upper limit of what the marker takes that asks for the updates of apps, by their names.

    It is the same for values of every usual length, so that a newer release does not change it.
    """
    targets = [set(targets_of(ones)) for ones in updates.values()]
    found = _OTHER_FIELDS + sum(
        len(json.dumps(one.dependency)) + max(_USUAL_VALUE, len(json.dumps(one.value)) + len(json.dumps(one.digest)))
        for one in set().union(*targets)
    )
    found += 38 * len(set().union(*targets)) + sum(len(json.dumps(app)) for app in updates)
    found += sum(30 + 7 * len(ones) for ones in targets) if is_shared else 0
    return (found + 2) * 4 // 3 + 100


def targets_of(updates: Sequence[Update]) -> tuple[Target, ...]:
    """What the updates ask for, each once, in order."""
    return tuple(sorted({Target.of(update) for update in updates}))


def content_hash(changes: Sequence[FileChange]) -> str:
    """The same for the same changed lines of the same files, whatever else the files gained meanwhile."""
    parts: list[bytes] = []
    for change in sorted(changes, key=lambda change: change.path):
        old, new = change.old.split(b"\n"), change.new.split(b"\n")
        parts.append(str(change.path).encode())
        if len(old) == len(new):
            parts += [line for pair in zip(old, new, strict=True) if pair[0] != pair[1] for line in pair]
        else:
            parts += [change.old, change.new]
    return _hash("\0".join(part.decode("latin-1") for part in parts))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
