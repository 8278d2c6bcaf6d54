"""A made-up fleet for `who-has`: images on a few bases, each in use somewhere. The same numbers give the same fleet."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from bot.ledger.ledger import Ledger
from bot.ledger.uses import RepoLook
from bot.model.contents import Contents, KnownBy, Layer, NotRead, Package
from bot.model.image import Digest
from bot.model.use import AppOwners, ImageUse, KnownFrom, Place

START = datetime(2026, 1, 1, 6, tzinfo=UTC)
DAY = timedelta(days=1)
STAGES = ("", "qa", "production")
VERSIONS = {
    "deb": ["5.4.1-0.2", "5.6.0-0.2", "5.6.1-1", "5.6.1+really5.4.5-1", "1:5.6.1-1"],
    "apk": ["5.4.3-r0", "5.6.0-r1", "5.6.1-r2", "5.6.2-r0"],
    "rpm": ["5.2.5-8.el9", "5.6.0-3.fc40", "5.6.1-1.fc40"],
}


def digest_of(kind: str, number: int) -> Digest:
    return Digest(f"sha256:{kind.encode().hex():0>24}{number:040x}")


@dataclass(frozen=True, kw_only=True)
class MadeImage:
    """An image, and what its packages are, layer by layer already put together."""

    contents: Contents
    uses: tuple[ImageUse, ...]
    begins: datetime
    ends: datetime | None
    is_opened: bool


def made_fleet(images: int, *, per_base: int = 300, base_packages: int = 40, seed: int = 7) -> Iterator[MadeImage]:
    """Images on a base each; some upgrade or remove packages of it, some were never opened, some are over."""
    random = Random(seed)
    for number in range(images):
        base, layers, packages = number // per_base, [], []
        type_ = list(VERSIONS)[base % len(VERSIONS)]
        layers = [digest_of("base", base), digest_of("layer", number)]
        packages = _base_packages(base, type_, base_packages, layers[0])
        packages = [_changed(package, random, type_, layers[1]) for package in packages if random.random() > 0.01]
        packages += _own_packages(number, random, layers[1])
        yield _in_use(number, base, tuple(packages), layers, random)


def _base_packages(base: int, type_: str, count: int, layer: str) -> list[Package]:
    names = [("xz-utils", "xz-utils"), ("liblzma5", "xz-utils"), ("libssl3", "openssl"), *((f"lib{n}", "") for n in range(count - 3))]
    versions = VERSIONS[type_]
    return [
        Package(type=type_, name=name, source_name=source, version=versions[(base + len(name)) % len(versions)], layer=layer, path="db")
        for name, source in names
    ]


def _changed(package: Package, random: Random, type_: str, layer: str) -> Package:
    return replace(package, version=random.choice(VERSIONS[type_]), layer=layer) if random.random() < 0.02 else package


def _own_packages(number: int, random: Random, layer: str) -> Iterator[Package]:
    yield Package(type="pypi", name="Requests", version=random.choice(["2.31.0", "2.32.0", "garbage"]), layer=layer)
    yield Package(type="npm", namespace="@acme", name="app", version=f"1.{number}.0", layer=layer)
    if number % 50 == 0:
        yield Package(type="golang", namespace="github.com/acme", name="xz-utils", version="v5.6.0", known_by=KnownBy.DECLARED)


def _in_use(number: int, base: int, packages: tuple[Package, ...], layers: list[Digest], random: Random) -> MadeImage:
    has_index = number % 3 == 0
    contents = Contents(
        image=f"registry.example.com/acme/app-{number}",
        digest=digest_of("image", number),
        index_digest=digest_of("index", number) if has_index else None,
        platform="linux/amd64",
        packages=packages,
        layers=tuple(Layer(diff_id=layer, digest=layer, size_bytes=1) for layer in layers),
        not_read=(NotRead(what="layer 2", reason="not read: broken"),) if number % 400 == 0 else (),
    )
    begins = START + random.randrange(60) * DAY
    uses = [
        ImageUse(
            place=Place(
                app=f"acme/repo-{number}",
                repo=f"acme/repo-{number}",
                stage=STAGES[(number + copy) % len(STAGES)],
                role="image",
                file=f"deploy/{copy}.yaml",
                image=f"registry.example.com/acme/base-{base}-app-{number}",
            ),
            tag="1",
            digest=contents.index_digest or contents.digest,
            line=copy + 1,
            known_from=KnownFrom.PINNED,
        )
        for copy in range(1 + number % 2)
    ]
    ends = begins + random.randrange(1, 60) * DAY if number % 5 == 0 else None
    return MadeImage(contents=contents, uses=tuple(uses), begins=begins, ends=ends, is_opened=number % 100 != 99)


def record_fleet(ledger: Ledger, images: list[MadeImage]) -> datetime:
    """Put it into a ledger, as inspections and daily runs would have; the time of the last run."""
    for image in images:
        if image.is_opened:
            ledger.contents.record(image.contents, form="made", now=START)
    record_uses(ledger, images)
    return START + 200 * DAY


def record_uses(ledger: Ledger, images: list[MadeImage]) -> None:
    ledger.uses.record_owners(
        AppOwners(app=use.place.app, name=use.place.app.rpartition("/")[2], owners=("@acme/team",)) for one in images for use in one.uses
    )
    for moment in sorted({image.begins for image in images}):
        ledger.uses.record([look(image) for image in images if image.begins == moment], moment)
    for moment in sorted({image.ends for image in images if image.ends}):
        ledger.uses.record([look(image) for image in images if image.ends == moment], moment - DAY)
        ledger.uses.record([replace(look(image), uses=()) for image in images if image.ends == moment], moment)
    ledger.uses.record([look(image) for image in images if image.ends is None], START + 200 * DAY)


def look(image: MadeImage) -> RepoLook:
    return RepoLook(repo=image.uses[0].place.repo, uses=image.uses)
