"""`doctor`: every connection, permission and place that a configuration needs, looked at before any work is done. Nothing is written."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from bot.clients.http import HttpClient
from bot.clients.transport import SurroundingsError
from bot.model.checkup import Checkup, Subject
from bot.model.failure import told
from bot.pipeline.progress import Progress, silent
from bot.settings import Settings
from bot.wiring.clients import Now, reach, utc_now
from bot.wiring.doctor.github import look_at_github
from bot.wiring.doctor.knowledge import look_at_knowledge
from bot.wiring.doctor.machine import look_at_machine
from bot.wiring.doctor.registries import look_at_registries
from bot.wiring.doctor.scanners import look_at_scanners
from bot.wiring.doctor.signatures import look_at_signatures

log = structlog.get_logger()
_Look = Callable[[], Iterator[Checkup]]
_REMEDY: Final = "See the log (`-v`), and report it"


def examine(settings: Settings, config_file: Path | None, *, progress: Progress = silent, now: Now = utc_now) -> Iterator[Checkup]:
    """How everything stands that the configuration needs, subject by subject. What breaks one look ends no other."""
    looks: tuple[tuple[str, _Look], ...] = (
        ("this machine", partial(look_at_machine, settings, config_file)),
        ("GitHub", partial(look_at_github, settings, now=now)),
        ("signatures", partial(look_at_signatures, settings)),
        ("web", partial(_look_at_the_web, settings)),
    )
    for number, (about, look) in enumerate(looks):
        progress("look", number, len(looks))
        yield from _guarded(about, look)
    progress("look", len(looks), len(looks))


def _look_at_the_web(settings: Settings) -> Iterator[Checkup]:
    """What is asked by the bot's own HTTP client, which takes proxies and certificates from the environment."""
    try:
        # Without a cache: an answer of yesterday would say that all is well, and a file would be written.
        http = HttpClient(reach=reach(settings))
    except SurroundingsError as error:
        yield Subject("this machine").failed("network", error, "Correct the environment")
        return
    with http:
        yield from _guarded("registries", partial(look_at_registries, settings, http))
        yield from _guarded("scanners", partial(look_at_scanners, settings, http))
        yield from _guarded("what is known of holes", partial(look_at_knowledge, settings, http))


def _guarded(about: str, look: _Look) -> Iterator[Checkup]:
    try:
        yield from look()
    except Exception as error:
        log.exception("doctor.look_failed", about=about)
        yield Subject(about).unknown("the rest", f"the look broke off: {told(error)}", _REMEDY)
