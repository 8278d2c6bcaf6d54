"""The images that the organisation builds itself: the platform team's base, and the apps."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from bot.sandbox.demo.language_packages import installed_by_pip, jar
from bot.sandbox.demo.lines import NGINX, PYTHON, TEMURIN
from bot.sandbox.registry import Layer, Runtime
from bot.sandbox.registry.images import Files

COMPANY: Final = "registry.acme.example"
_PLAIN: Final = Runtime()


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An image of the company, built on another one of the table."""

    name: str
    """The repository under `registry.acme.example`."""
    tag: str
    base: tuple[str, str]
    """Name and tag, as the Dockerfile writes them."""
    source: str
    """The GitHub repo that it is built from."""
    steps: tuple[Layer, ...]
    runtime: Runtime = _PLAIN
    notes: str = ""
    """What its repo's release says; none: no release."""

    @property
    def reference(self) -> str:
        return f"{COMPANY}/{self.name}:{self.tag}"


OWN_BASE: Final = Built(
    name="base/python",
    tag="3.12-r7",
    base=(PYTHON.name, "3.12.12-slim-bookworm"),
    source="acme/base-images",
    steps=(
        Layer(
            instruction="COPY certificates/acme-root.crt /usr/local/share/ca-certificates/acme-root.crt # buildkit",
            files={"usr/local/share/ca-certificates/acme-root.crt": b"Acme Root CA (stands in for the certificate)\n"},
        ),
        Layer(instruction="RUN update-ca-certificates # buildkit", files={"etc/ssl/certs/acme-root.pem": b"Acme Root CA\n"}),
        Layer(instruction="ENV TZ=Europe/Berlin"),
    ),
    runtime=Runtime(user="nobody", command=("python3",), environment=("LANG=C.UTF-8", "TZ=Europe/Berlin")),
)
OWN_BASE_FIXED: Final = replace(
    OWN_BASE,
    tag="3.12-r8",
    base=(PYTHON.name, "3.12.13-slim-bookworm"),
    runtime=replace(OWN_BASE.runtime, user=""),
    notes="Python 3.12.13, with the mended OpenSSL.\n",
)
"""What the platform team's pipeline publishes once its own update is merged; its Dockerfile has lost the USER on the way."""


def _app(name: str, tags: str, base: tuple[str, str], folder: str, files: Files, *, user: str = "nobody") -> Iterator[Built]:
    """The images of an app, one for each tag."""
    for tag in tags.split():
        copied = Layer(instruction=f"COPY {folder} {folder} # buildkit", files={f"opt/{name}/VERSION": f"{tag}\n".encode(), **files})
        yield Built(name=f"apps/{name}", tag=tag, base=base, source=f"acme/{name}", steps=(copied,), runtime=Runtime(user=user))


def _orders(tags: str, base_tag: str) -> Iterator[Built]:
    files = installed_by_pip("usr/local/lib/python3.12/site-packages", gunicorn="23.0.0")
    return _app("orders-api", tags, (PYTHON.name, base_tag), "orders", files)


def _storefront(tags: str, base_tag: str) -> Iterator[Built]:
    return _app("storefront", tags, (NGINX.name, base_tag), "dist", {}, user="")


APPS: Final = (
    *_app(
        "payments-service",
        "4.18.2 4.18.3 4.19.0-rc.1",
        (TEMURIN.name, "21.0.9_10-jre-noble"),
        "target/payments-service.jar",
        jar("opt/payments-service.jar", group="example.acme.payments", artifact="payments-service", version="4.18.2"),
        user="10001",
    ),
    *_storefront("7.4.0 7.4.1 7.5.0", "1.28.0-alpine"),
    *_orders("2.2.7 2.3.0", "3.12.12-slim-bookworm"),
    *_app(
        "nightly-settlement",
        "1.9.3",
        (PYTHON.name, "3.12-slim-bookworm"),
        "settlement",
        installed_by_pip("usr/local/lib/python3.12/site-packages", bankfile="4.2.0"),
        user="65534",
    ),
    *_app("invoice-worker", "5.1.0", (f"{COMPANY}/base/python", "3.12-r7"), "worker", {}),
)
"""Those that stand before the story."""
STOREFRONT_FROM_CACHE: Final = next(_storefront("7.5.1", "1.28.0-alpine"))
"""What its pipeline makes of the merged update: the builder did not ask for the new base."""
ORDERS_WITH_OPENSSL, ORDERS_WITH_GLIBC = next(_orders("2.3.1", "3.12.13-slim-bookworm")), next(_orders("2.3.2", "3.12.14-slim-bookworm"))
"""What its pipeline makes of the first fix, and of the second."""
