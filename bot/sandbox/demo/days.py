"""What happens in the story on which day, beside the bot: a table."""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from bot.sandbox.demo import company
from bot.sandbox.demo.company import Built
from bot.sandbox.demo.fleet import HENRIK, JONAS, LEA, MARA, PRIYA, Person
from bot.sandbox.demo.images import Wave


class Act(Enum):
    MERGE = "merged"
    DECLINE = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a maintainer does with the open pull request of a repo whose branch names a dependency."""

    who: Person
    act: Act
    repo: str
    dependency: str
    """A part of the branch's name."""
    words: str = ""
    """What they comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """Somebody lets another build of the orders' service run in some stages."""

    who: Person
    image: Built
    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of the story. The order: upstream publishes, the bot runs, the maintainers work, pipelines build, the report is written."""

    date: date
    title: str
    publishes: Wave | None = None
    news: tuple[str, ...] = ()
    """What upstream says of it."""
    deeds: tuple[Deed, ...] = ()
    builds: tuple[Built, ...] = ()
    deploys: tuple[Deploy, ...] = ()
    reports: bool = False


def _merge(who: Person, repo: str, dependency: str, words: str = "") -> Deed:
    return Deed(who=who, act=Act.MERGE, repo=repo, dependency=dependency, words=words)


CALENDAR: Final = (
    Day(date=date(2026, 1, 5), title="The bot sees Acme for the first time"),
    Day(
        date=date(2026, 1, 6),
        title="A fix is released",
        publishes=Wave.FIX,
        news=(
            "OpenSSL mends a read beyond a buffer; Debian and Alpine ship it, and the images on top of them are built again.",
            "New digests behind python:3.12-slim-bookworm and distroless/static; new versions of Python, Go, Node, nginx, Redis, Grafana.",
        ),
    ),
    Day(
        date=date(2026, 1, 9),
        title="Three days later nobody has withdrawn the new versions: they go out",
        deeds=(
            _merge(LEA, "acme/storefront", "node"),
            _merge(LEA, "acme/storefront", "nginx"),
            _merge(PRIYA, "acme/base-images", "python"),
            _merge(PRIYA, "acme/base-images", "nginx"),
        ),
        builds=(company.OWN_BASE_FIXED, company.STOREFRONT_FROM_CACHE),
    ),
    Day(
        date=date(2026, 1, 12),
        title="The company's own base image has a new revision",
        deeds=(
            _merge(PRIYA, "acme/observability", "grafana"),
            _merge(PRIYA, "acme/observability", "prometheus"),
            _merge(JONAS, "acme/orders-api", "python", "Thanks, the tests are green."),
            _merge(MARA, "acme/gitops-payments", "redis"),
        ),
        builds=(company.ORDERS_WITH_OPENSSL,),
        deploys=(Deploy(who=JONAS, image=company.ORDERS_WITH_OPENSSL, stages=("dev", "qa", "staging")),),
    ),
    Day(
        date=date(2026, 1, 15),
        title="Whoever stands on the company's base is asked as well",
        deeds=(
            Deed(
                who=HENRIK,
                act=Act.DECLINE,
                repo="acme/invoice-worker",
                dependency="python",
                words="It would run as root, and we have no capacity before the rewrite in spring.",
            ),
        ),
        deploys=(Deploy(who=JONAS, image=company.ORDERS_WITH_OPENSSL, stages=("production",)),),
    ),
    Day(date=date(2026, 1, 19), title="The weekly issue begins", reports=True),
    Day(
        date=date(2026, 1, 20),
        title="A critical hole is exploited: its fix does not wait three days",
        publishes=Wave.LATER,
        news=(
            "A crafted DNS answer makes glibc run code of the attacker, and somebody does that already.",
            "Debian mends it, and the images of Python are built on it again.",
            "Java has its quarterly update, oauth2-proxy a security release, and the chart of Redis a new version: these wait.",
        ),
        deeds=(
            _merge(JONAS, "acme/orders-api", "python", "Out to production within the hour, thanks."),
            _merge(PRIYA, "acme/base-images", "python"),
        ),
        builds=(company.ORDERS_WITH_GLIBC,),
        deploys=(Deploy(who=JONAS, image=company.ORDERS_WITH_GLIBC, stages=("dev", "production")),),
    ),
    Day(
        date=date(2026, 1, 23),
        title="The others go out as well",
        deeds=(_merge(MARA, "acme/payments-service", "eclipse-temurin"),),
    ),
    Day(
        date=date(2026, 2, 2),
        title="Debian mends GnuTLS, and nobody builds the base images again",
        publishes=Wave.ADVISORIES,
        news=("There is nothing that an app could take: this one waits for the publisher of its base.",),
        deeds=(_merge(PRIYA, "acme/platform-charts", "oauth2-proxy"), _merge(PRIYA, "acme/platform-charts", "redis")),
        reports=True,
    ),
    Day(date=date(2026, 2, 16), title="Two weeks pass", reports=True),
)
