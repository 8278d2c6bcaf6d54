"""The scanners' servers that the configuration names, as sources of holes in the order of trust."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from fnmatch import fnmatchcase
from functools import partial
from typing import Final

from bot.assess.servers.patience import Patience
from bot.assess.servers.scanner import Image, Scanner
from bot.assess.servers.servers import server
from bot.assess.servers.source import ServerSource, Setup
from bot.assess.servers.wire import Login, Wire
from bot.clients.address import host_of
from bot.clients.http import HttpClient, HttpLimits
from bot.clients.oci.client import RegistryClient
from bot.clients.shelf import Shelf
from bot.model.contents import Contents
from bot.model.image import Digest, ImageReference
from bot.report.contents.cyclonedx import cyclonedx
from bot.settings import Settings
from bot.settings.scanners import ScannerEntry
from bot.wiring.clients import Now, reach, utc_now

_TRIES: Final = 3
_MAX_KEPT_BYTES: Final = 256 << 20
"""Of reports, some 300 kB each: workflows carry the folder of the cache from run to run."""


@contextmanager
def scanners(settings: Settings, http: HttpClient, registry: RegistryClient, now: Now) -> Iterator[Sequence[ServerSource]]:
    """A source for each; `http` is whose patience with hosts they share. Nothing is asked, and no file opened, where there are none."""
    if not settings.scanners:
        yield ()
        return
    with ExitStack() as stack:
        shelf = stack.enter_context(closing(Shelf(settings.cache_path / "scanners.sqlite3", max_file_bytes=_MAX_KEPT_BYTES)))
        yield [
            _source(stack, settings, http, number, name, shelf=shelf, image_of=partial(_image, registry, now), now=now)
            for number, name in enumerate(_names(settings.scanners))
        ]


@contextmanager
def named_scanners(settings: Settings, http: HttpClient) -> Iterator[Sequence[tuple[str, Scanner]]]:
    """Each server by the name under which it is quoted. Nothing is asked, and no file opened."""
    with ExitStack() as stack:
        yield [(name, _scanner(stack, settings, http, number)) for number, name in enumerate(_names(settings.scanners))]


def _source(
    stack: ExitStack,
    settings: Settings,
    http: HttpClient,
    number: int,
    name: str,
    *,
    shelf: Shelf,
    image_of: Callable[[Contents], Image],
    now: Now,
) -> ServerSource:
    entry = settings.scanners[number]
    kind = server(entry.kind)
    setup = Setup(
        name=name,
        place=" ".join(filter(None, (entry.kind.value, entry.url, entry.application or "", str(entry.organization or "")))),
        trust=number,
        serves=partial(_serves, entry, has_own_registry=kind.has_own_registry),
        submits=kind.lives_on_submissions if entry.submit is None else entry.submit,
    )
    patience = Patience(entry.wait, pause=http.pacing.pause)
    scanner = _scanner(stack, settings, http, number)
    return ServerSource(setup, scanner, image_of=image_of, shelf=shelf, patience=patience, now=now)


def _scanner(stack: ExitStack, settings: Settings, http: HttpClient, number: int) -> Scanner:
    entry, login = settings.scanners[number], settings.secrets.scanners[number]
    limits = HttpLimits(read_timeout=entry.timeout, total_timeout=entry.timeout, tries=_TRIES)
    own = stack.enter_context(HttpClient(reach=reach(settings), limits=limits, pacing=http.pacing))
    wire = Wire(
        http=own,
        base_url=entry.url,
        login=Login(username=login.username, password=login.password, token=login.token),
        now=utc_now,
        issuer=entry.issuer,
        application=entry.application or "",
        stage=entry.stage,
        organization=str(entry.organization or ""),
    )
    return server(entry.kind).make(wire=wire)


def _names(entries: Sequence[ScannerEntry]) -> Iterator[str]:
    """What each is called: no two alike, for holes are told by that name."""
    taken: set[str] = {entry.name for entry in entries if entry.name}
    for entry in entries:
        if entry.name:
            yield entry.name
            continue
        title = server(entry.kind).title
        tries = [title, f"{title} {host_of(entry.url)}", *(f"{title} {number}" for number in range(2, len(entries) + 2))]
        name = next(one for one in tries if one not in taken)
        taken.add(name)
        yield name


def _serves(entry: ScannerEntry, image: Image, *, has_own_registry: bool) -> bool:
    if entry.serves is not None:
        name = ImageReference.parse(image.contents.image).name
        return any(fnmatchcase(name, glob) for glob in entry.serves)
    return not has_own_registry or image.endpoint.host == host_of(entry.url)


def _image(registry: RegistryClient, now: Now, contents: Contents) -> Image:
    reference = ImageReference.parse(contents.image).at(digest=contents.digest)

    def configuration_digest() -> Digest | None:
        config = registry.manifest(reference).config
        return None if config is None else config.digest

    return Image(
        contents=contents,
        endpoint=registry.endpoint(reference),
        configuration_digest=configuration_digest,
        pull_token=partial(registry.pull_token, reference),
        bill_of_materials=lambda: cyclonedx(contents, now()),
    )
