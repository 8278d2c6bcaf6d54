"""Image steps for tests: what an update does to an image, made up."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from bot.inspect.compare import compare
from bot.model.assessment import DataSource, Hole, HoleChanges
from bot.model.comparison import Difference, ImageStep
from bot.model.contents import Contents, Layer, OperatingSystem, Package
from bot.model.image import Digest
from bot.model.severity import Severity

OSV = DataSource(name="OSV", as_of=datetime(2026, 11, 22, tzinfo=UTC))
OPENSSL = Package(type="deb", namespace="debian", name="libssl3", version="3.0.11-1~deb12u2", layer="sha256:base")


def hole(name: str, severity: Severity = Severity.HIGH, *, package: Package = OPENSSL, **more) -> Hole:
    return Hole(**{"id": name, "severity": severity, "package": package, "fixed_in": "3.0.14-1~deb12u1", "source": f"OSV {name}", **more})


def image(
    *packages: Package, built: datetime | None = None, end_of_life: date | None = None, layers: Sequence[str] = ("base",)
) -> Contents:
    digest = Digest(f"sha256:{'2' * 64}")
    return Contents(
        image="docker.io/library/nginx:1.27",
        digest=digest,
        packages=packages or (OPENSSL,),
        created_at=built,
        layers=tuple(
            Layer(diff_id=f"sha256:{name}", digest=digest, size_bytes=1_000_000, created_by=f"RUN make {name}") for name in layers
        ),
        operating_system=OperatingSystem(id="debian", version="12", name="Debian GNU/Linux 12 (bookworm)", end_of_life=end_of_life),
    )


def step(
    *,
    closed: Sequence[Hole] = (),
    left: Sequence[Hole] = (),
    brought: Sequence[Hole] = (),
    unclear: Sequence[Hole] = (),
    data: Sequence[DataSource] = (OSV,),
    not_checked: Sequence[str] = (),
    old: Contents | None = None,
    new: Contents | None = None,
    differences: Sequence[Difference] = (),
) -> ImageStep:
    """Each hole is a vulnerability of its own."""
    groups = {"closed": closed, "left": left, "brought": brought, "unclear": unclear}
    holes = HoleChanges(
        **{kind: tuple((one,) for one in holes) for kind, holes in groups.items()},
        data=tuple(data),
        checked=len(data),
        not_checked=tuple(not_checked),
    )
    return ImageStep(comparison=compare(old or image(), new or image(), differences), holes=holes)
