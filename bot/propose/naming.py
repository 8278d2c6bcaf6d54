"""Names of branches and commits: short, unique, the same from run to run."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from textwrap import wrap
from typing import Final

from bot.model.dependency import OCI, Dependency
from bot.model.fleet import App
from bot.model.image import Digest, ImageReference, InvalidReferenceError
from bot.model.update import STEPS, Update, UpdateKind
from bot.propose.takers import Takers

BRANCH_PREFIX: Final = "rebuild-bot/"
_SHARED: Final = "several_apps"
_MAX_SLUG_CHARACTERS: Final = 60
_MAX_MESSAGE_CHARACTERS: Final = 30_000
"""Of a commit's message below its first line. GitHub names no limit, but puts the message into bodies that have one."""
_MAX_NAME_CHARACTERS: Final = 300
"""Of one path, name or step in it."""
_PLAIN: Final = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_ACTS: Final = re.compile(r"(?<![A-Za-z0-9_])@(?=[\w-])|#(?=[0-9])|\b[Gg][Hh]-(?=[0-9])")
_NOT_PLAIN: Final = re.compile(r"[^a-z0-9]+")


def short_name(update: Update) -> str:
    """The dependency as people call it: `python`, `ghcr.io/acme/base`, `redis` (a chart), `actions/checkout`."""
    return short(update.pin.dependency)


def short(dependency: Dependency) -> str:
    """As `short_name`, of any dependency."""
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
        case UpdateKind.MIGRATE:
            return f"{short(release.dependency)}:{release.value}"
        case _:
            return release.value


def old_value(update: Update) -> str:
    """What the pin holds now, in short."""
    if update.kind is UpdateKind.DIGEST:
        return short_digest(update.pin.digest)
    return update.pin.value or short_digest(update.pin.digest)


def short_digest(digest: Digest | str | None) -> str:
    """The first 12 hexadecimal digits of a digest or commit; empty for None."""
    if digest is None:
        return ""
    return digest.short if isinstance(digest, Digest) else str(digest)[:12]


def branch_name(
    takers: Takers,
    updates: Sequence[Update],
    *,
    group: str | None,
    portion: str = "",
    prefix: str = BRANCH_PREFIX,
    fill: Callable[[str, str], str] | None = None,
) -> str:
    """The branch of an app's updates of one dependency, or of a group: without a version, so that a newer release finds it again.

    The name of a stage that has pull requests of its own is in it, and the `portion` of a group that is too large for one pull request.
    `fill` makes what stands behind the prefix of the app and the topic, where that is not the one, a slash and the other.
    """
    if group is not None:
        topic = _slug(f"group-{group}", group)
    else:
        dependency = updates[0].pin.dependency
        # Names of images alone are told apart by what is shown of them: a chart may be called redis, too.
        shown = short_name(updates[0])
        topic = _slug(shown, str(dependency)) if dependency.datasource == OCI else _marked_slug(shown, str(dependency))
    # No name becomes one with an underscore.
    whose = _SHARED if takers.is_shared else _slug(takers.apps[0].name, takers.apps[0].name)
    parts = whose, f"{topic}{_stage(updates[0])}{f'_{portion}' if portion else ''}{_step(updates)}"
    return f"{prefix}{fill(*parts) if fill else '/'.join(parts)}"


def branch_of_image(app: App, image: str | None, *, prefix: str = BRANCH_PREFIX, fill: Callable[[str, str], str] | None = None) -> str:
    """The branch of the pull request that has an app's images built anew; of one image's remedy, that."""
    # No dependency's topic has an underscore but behind a portion.
    topic = "published_images" if image is None else f"build_{_marked_slug(image, image)}"
    parts = _slug(app.name, app.name), topic
    return f"{prefix}{fill(*parts) if fill else '/'.join(parts)}"


def commit_message(headline: str, updates: Sequence[Update]) -> str:
    """The headline, and one line for each place, as far as there is room."""
    room = _MAX_MESSAGE_CHARACTERS
    lines: list[str] = []
    for line in _lines(updates):
        room -= len(line) + 1
        if room < 0:
            lines.append(f"and {len(updates) - len(lines)} more places")
            break
        lines.append(line)
    return f"{headline}\n\n" + "\n".join(lines) + "\n"


def _lines(updates: Sequence[Update]) -> Iterator[str]:
    """One for each place; linters of commits take 100 characters a line, so that a longer one goes on below."""
    for update in updates:
        what = _shortened(str(update.pin.file)), str(update.pin.line), _shortened(short_name(update)), _shortened(old_to_new(update))
        line = "{}:{} {} {}".format(*map(harmless, what))
        yield "\n".join(wrap(line, 100, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False))


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_NAME_CHARACTERS else f"{text[: _MAX_NAME_CHARACTERS - 1]}…"


def harmless(text: str) -> str:
    """A value of others in a title or a commit, where GitHub looks for mentions and references: it reads the same, and does nothing."""
    return _ACTS.sub("\\g<0>\u200b", "".join(character for character in text if character.isprintable()))


def old_to_new(update: Update) -> str:
    """`3.12.4-slim -> 3.12.5-slim`, with short digests where the digest alone moves."""
    pin = update.pin
    if update.kind in {UpdateKind.DIGEST, UpdateKind.PIN}:
        tag = f"{pin.value}@" if pin.value else ""
        old = f"{tag}{short_digest(pin.digest)}" if pin.digest else (pin.value or "latest")
        return f"{old} -> {tag}{short_digest(update.release.digest)}"
    return f"{pin.value or short_digest(pin.digest)} -> {new_value(update)}"


def _stage(update: Update) -> str:
    return f"-{_slug(update.stage, update.stage)}" if update.stage else ""


def _step(updates: Sequence[Update]) -> str:
    """The end of the branch of updates that stand apart: `-major`, `-cycle`, `-migrate`; empty for all others."""
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
