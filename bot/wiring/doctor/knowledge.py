"""What the bot needs to know of holes: that the store of advisories answers, and that the files which the configuration names are read."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from bot.assess.documents import Failure, load
from bot.assess.epss import load as load_scores
from bot.assess.exploited import load as load_exploited
from bot.assess.osv.api import OsvApi, OsvError
from bot.assess.osv.query import Query
from bot.clients.http import HttpClient
from bot.model.checkup import Checkup, Subject
from bot.settings import Settings
from bot.settings.assess import OFF
from bot.wiring.advisories import holdings

_ABOUT: Final = Subject("what is known of holes")
_HARMLESS: Final = Query(ecosystem="PyPI", name="rebuild-bot", version="0")


def look_at_knowledge(settings: Settings, http: HttpClient) -> Iterator[Checkup]:
    """The store of advisories, then each file that is named."""
    named = settings.assess
    yield from _advisories(settings, http)
    documents = load([settings.beside(path) for path in (*named.vex, *named.reports)])
    if named.vex or named.reports:
        said = f"{len(documents.reports)} reports and {len(documents.statements)} statements are read"
        yield _ABOUT.fine("reports and VEX", said)
    yield from (_unread(one) for one in documents.failures)
    for what, path, read in (
        ("known exploited holes", named.known_exploited, load_exploited),
        ("EPSS's scores", named.epss, load_scores),
    ):
        found = None if path is None else read(settings.beside(path))
        if isinstance(found, Failure):
            yield _unread(found)
        elif found is not None:
            yield _ABOUT.fine(what, f"read, of {found.data.as_of:%Y-%m-%d}" if found.data.as_of else "read; it does not say of which day")


def _advisories(settings: Settings, http: HttpClient) -> Iterator[Checkup]:
    what, named = "advisories", settings.assess
    if named.advisories == OFF:
        yield _ABOUT.fine(what, "off: no hole is known but by reports")
    elif (folder := settings.mirror_path) is not None:
        held = holdings(folder)
        if not held:
            said, remedy = f"{folder} holds none", "Fetch them with `rebuild-bot advisories fetch`"
            yield _ABOUT.wrong(what, said, remedy)
        for one in held:
            if one.about is None:
                yield _ABOUT.wrong(f"{what}: {one.ecosystem}", one.problem, "Fetch it anew")
            else:
                yield _ABOUT.fine(f"{what}: {one.ecosystem}", f"of {one.about.as_of:%Y-%m-%d}")
    else:
        where = urlsplit(named.osv_url).netloc
        try:
            OsvApi(http, named.osv_url).pages({_HARMLESS: ""})
        except OsvError as error:
            yield _ABOUT.failed(what, error, "Check assess.osv_url")
        else:
            yield _ABOUT.fine(what, f"{where} answers")


def _unread(failure: Failure) -> Checkup:
    said, _, remedy = failure.reason.partition("; ")
    return _ABOUT.wrong(failure.where, said, remedy or "Mend the file, or take it out")
