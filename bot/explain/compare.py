"""Two images, side by side: what is not the same."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.model.comparison import Difference
from bot.model.notes import ImageFacts

VERSION_LABEL: Final = "org.opencontainers.image.version"
REVISION_LABEL: Final = "org.opencontainers.image.revision"
SOURCE_LABEL: Final = "org.opencontainers.image.source"
URL_LABEL: Final = "org.opencontainers.image.url"
_MAX_DIFFERENCES: Final = 40
_SECRET: Final = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|APIKEY|API_KEY|PRIVATE", re.IGNORECASE)


def differences(old: ImageFacts, new: ImageFacts) -> tuple[Difference, ...]:
    """What differs, what can break something first; size and layers are left to the facts themselves. Bounded."""
    found = [*_config(old, new), *_environment(old, new)]
    return tuple(sorted(found, key=lambda difference: not difference.needs_attention)[:_MAX_DIFFERENCES])


def _config(old: ImageFacts, new: ImageFacts) -> Iterator[Difference]:
    lost = [platform for platform in old.platforms if platform not in new.platforms]
    # An index that became a single manifest lists no platforms: nothing is known to be lost.
    if lost and new.platforms:
        yield Difference(aspect="platforms", old=", ".join(lost), new="", needs_attention=True)
    gained = [platform for platform in new.platforms if platform not in old.platforms]
    if gained and old.platforms:
        yield Difference(aspect="platforms", old="", new=", ".join(gained))
    if old.user != new.user:
        yield Difference(aspect="user", old=old.user or "root", new=new.user or "root", needs_attention=True)
    if old.entrypoint != new.entrypoint:
        yield Difference(aspect="entrypoint", old=_command(old.entrypoint), new=_command(new.entrypoint), needs_attention=True)
    if old.command != new.command:
        yield Difference(aspect="command", old=_command(old.command), new=_command(new.command), needs_attention=True)
    yield from _listed("ports", old.exposed_ports, new.exposed_ports)
    yield from _listed("volumes", old.volumes, new.volumes)
    for aspect, before, after in (
        ("working folder", old.working_folder or "/", new.working_folder or "/"),
        ("healthcheck", _command(old.healthcheck), _command(new.healthcheck)),
        ("stop signal", old.stop_signal, new.stop_signal),
    ):
        if before != after:
            yield Difference(aspect=aspect, old=before, new=after, needs_attention=True)
    for name, needs_attention in ((SOURCE_LABEL, True), (VERSION_LABEL, False), (REVISION_LABEL, False)):
        before, after = old.labels.get(name, ""), new.labels.get(name, "")
        if before != after:
            # An image that is built from another repo than before may be somebody else's.
            yield Difference(aspect="label", name=name, old=before, new=after, needs_attention=needs_attention and bool(before))


def _listed(aspect: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
    """What is gone from a list can break something; what is new in it hardly."""
    gone, added = [one for one in old if one not in new], [one for one in new if one not in old]
    if gone or added:
        yield Difference(aspect=aspect, old=", ".join(gone), new=", ".join(added), needs_attention=bool(gone))


def _environment(old: ImageFacts, new: ImageFacts) -> Iterator[Difference]:
    before, after = _variables(old.environment), _variables(new.environment)
    for name in sorted(before.keys() | after.keys()):
        values = (before.get(name), after.get(name))
        if values[0] == values[1]:
            continue
        shown = [("" if value is None else "***" if _SECRET.search(name) else value) for value in values]
        yield Difference(aspect="environment", name=name, old=shown[0], new=shown[1], needs_attention=values[1] is None)


def _variables(environment: Sequence[str]) -> dict[str, str]:
    return {name: value for name, _, value in (entry.partition("=") for entry in environment)}


def _command(words: Sequence[str]) -> str:
    return " ".join(words)
