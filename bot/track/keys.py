"""What the ledger and the reports call apps, and the updates that their clocks hang on."""

from pathlib import PurePosixPath

from bot.ledger.history import UpdateKey
from bot.model.fleet import App
from bot.model.image import Digest
from bot.model.pin import Pin
from bot.model.update import Update


def app_key(app: App) -> str:
    """What the ledger calls an app: where it is, which stays when it gets another name."""
    return app.repo if app.path == PurePosixPath() else f"{app.repo}:{app.path}"


def written(value: str | None, digest: Digest | str | None) -> str:
    """`3.12-slim@1a2b3c4d5e6f`: a value as the report shows it, with the short digest or commit where there is one."""
    short = digest.partition(":")[2][:12] or digest[:12] if digest else ""
    return "@".join(filter(None, (value, short)))


def update_key(app: App, pin: Pin) -> UpdateKey:
    """What the clock of an app's update hangs on."""
    return UpdateKey(app=app_key(app), dependency=str(pin.dependency), old=written(pin.value, pin.digest))


def new_of(update: Update) -> str:
    """What an update moves to, as `written` writes it."""
    return written(update.release.value, update.release.digest)
