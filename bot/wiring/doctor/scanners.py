"""What the bot needs of scanners' servers: that each one that the configuration names answers, with its credential."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.assess.fields import UnreadableError
from bot.assess.servers.scanner import Scanner
from bot.assess.servers.wire import DeniedError, DownError
from bot.clients.http import HttpClient
from bot.clients.workers import Workers
from bot.model.checkup import Checkup, Subject
from bot.settings import Settings
from bot.wiring.scanners import named_scanners

_ABOUT: Final = Subject("scanners")
_WORKERS: Final = 8
_REMEDY: Final = "Check its address under `scanners`, and that it runs"


def look_at_scanners(settings: Settings, http: HttpClient) -> Iterator[Checkup]:
    """Each server by a question that takes the credential and no image. Whether it knows an image is known once it is asked of one."""
    if not settings.scanners:
        return
    with named_scanners(settings, http) as named, Workers(_WORKERS, "scanners") as pool:
        yield from _missing(settings, [name for name, _ in named])
        yield from pool.map(lambda one: _greeted(*one), named)


def _missing(settings: Settings, names: Sequence[str]) -> Iterator[Checkup]:
    """Credentials that the configuration names and the environment does not have."""
    for name, entry, login in zip(names, settings.scanners, settings.secrets.scanners, strict=True):
        held = {entry.username_from: login.username, entry.password_from: login.password, entry.token_from: login.token}
        unset = [variable for variable, value in held.items() if variable is not None and not value]
        if unset:
            remedy = "Set it in the environment, or take its name out of the configuration"
            yield _ABOUT.wrong(f"{name}: credential", f"{' and '.join(unset)}: not set", remedy)


def _greeted(name: str, scanner: Scanner) -> Checkup:
    try:
        scanner.greet()
        mark = scanner.mark()
    except (DeniedError, DownError, UnreadableError) as error:
        said, _, remedy = str(error).partition(". ")
        return _ABOUT.wrong(name, said.rstrip("."), remedy or _REMEDY)
    day = f", with data of {mark.as_of:%Y-%m-%d}" if mark and mark.as_of else ""
    return _ABOUT.fine(name, f"it answers{day}")
