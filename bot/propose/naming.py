"""Names of branches, titles and commits: short, unique, the same from run to run."""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from bot.model.dependency import OCI
from bot.model.fleet import App
from bot.model.image import Digest, ImageReference, InvalidReferenceError
from bot.model.update import STEPS, Update, UpdateKind

BRANCH_PREFIX: Final = "rebuild-bot/"
_MAX_TITLE_CHARACTERS: Final = 100
_MAX_SLUG_CHARACTERS: Final = 60
_PLAIN: Final = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_NOT_PLAIN: Final = re.compile(r"[^a-z0-9]+")


def short_name(update: Update) -> str:
    """The dependency as people call it: `python`, `ghcr.io/acme/base`, `redis` (a chart), `actions/checkout`."""
    dependency = update.pin.dependency
    if dependency.datasource == OCI:
        try:
            return ImageReference.parse(dependency.name).familiar
        except InvalidReferenceError:
            return dependency.name
    return dependency.name.rpartition("#")[2] or dependency.name


def new_value(update: Update) -> str:
    """What the pin shall hold, in short: the tag or version, or the short digest where that alone moves."""
    release = update.release
    digest = short_digest(release.digest)
    match update.kind:
        case UpdateKind.DIGEST | UpdateKind.PIN:
            return digest or release.value
        case _:
            return release.value


def short_digest(digest: Digest | str | None) -> str:
    """The first 12 hexadecimal digits of a digest or commit; empty for None."""
    if digest is None:
        return ""
    return digest.short if isinstance(digest, Digest) else str(digest)[:12]


def branch_name(app: App, updates: Sequence[Update], *, group: str | None, prefix: str = BRANCH_PREFIX) -> str:
    """The branch of an app's updates of one dependency, or of one group: without a version, so that a newer release finds it again."""
    if group is not None:
        topic = _slug(f"group-{group}", group)
    else:
        dependency = updates[0].pin.dependency
        # Names of images alone are told apart by what is shown of them: a chart may be called redis, too.
        shown = short_name(updates[0])
        topic = _slug(shown, str(dependency)) if dependency.datasource == OCI else _marked_slug(shown, str(dependency))
    return f"{prefix}{_slug(app.name, app.name)}/{topic}{_step(updates)}"


def title(app: App, updates: Sequence[Update], *, group: str | None) -> str:
    """What the pull request does, on one line: `Update python to 3.12.5-slim in shop`."""
    head = _what(updates) if group is None else _what_group(group, updates)
    place = f" in {app.name}" if app.path.parts else ""
    return _cut(head, _MAX_TITLE_CHARACTERS - len(place)) + place


def commit_message(headline: str, updates: Sequence[Update]) -> str:
    """The headline, and one line for each place."""
    lines = [f"{update.pin.file}:{update.pin.line} {short_name(update)} {old_to_new(update)}" for update in updates]
    return f"{headline}\n\n" + "\n".join(lines) + "\n"


def old_to_new(update: Update) -> str:
    """`3.12.4-slim -> 3.12.5-slim`, with short digests where the digest alone moves."""
    pin = update.pin
    if update.kind in {UpdateKind.DIGEST, UpdateKind.PIN}:
        tag = f"{pin.value}@" if pin.value else ""
        old = f"{tag}{short_digest(pin.digest)}" if pin.digest else (pin.value or "latest")
        return f"{old} -> {tag}{short_digest(update.release.digest)}"
    return f"{pin.value or short_digest(pin.digest)} -> {update.release.value}"


def _what(updates: Sequence[Update]) -> str:
    first = updates[0]
    name = short_name(first)
    values = list(dict.fromkeys(new_value(update) for update in updates))
    kinds = {update.kind for update in updates}
    if kinds == {UpdateKind.PIN}:
        return f"Pin {name} to {_listed(values)}"
    if kinds == {UpdateKind.DIGEST}:
        tagged = f"{name}:{first.pin.value}" if first.pin.value and len({update.pin.value for update in updates}) == 1 else name
        return f"Refresh {tagged} to {_listed(values)}"
    return f"Update {name} to {'another cycle: ' if kinds == {UpdateKind.CYCLE} else ''}{_listed(values)}"


def _what_group(group: str, updates: Sequence[Update]) -> str:
    changes = list(dict.fromkeys(f"{short_name(update)} {new_value(update)}" for update in updates))
    return f"Update {group}: {_listed(changes)}"


def _listed(texts: Sequence[str], *, most: int = 3) -> str:
    if len(texts) == 1:
        return texts[0]
    if len(texts) <= most:
        return ", ".join(texts[:-1]) + f" and {texts[-1]}"
    return ", ".join(texts[: most - 1]) + f" and {len(texts) - most + 1} more"


def _step(updates: Sequence[Update]) -> str:
    """The end of the branch of updates that stand apart: `-major`, `-cycle`; empty for all others."""
    kind = updates[0].kind
    return f"-{kind.value}" if kind in STEPS and all(update.kind is kind for update in updates) else ""


def _slug(shown: str, identity: str) -> str:
    """Fit for a branch's name: as it is where that is plain, so that nothing else reads the same."""
    if _PLAIN.fullmatch(shown) and len(shown) <= _MAX_SLUG_CHARACTERS and not shown.endswith(".lock"):
        return shown
    return _marked_slug(shown, identity)


def _marked_slug(shown: str, identity: str) -> str:
    """Fit for a branch's name, with the first digits of a hash of what it really is."""
    plain = _NOT_PLAIN.sub("-", shown.lower()).strip("-")[:_MAX_SLUG_CHARACTERS].rstrip("-")
    mark = hashlib.sha256(identity.encode()).hexdigest()[:6]
    return f"{plain}-{mark}" if plain else mark


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip(" ,") + "…"
