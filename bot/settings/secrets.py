"""What comes from the environment and from nowhere else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from bot.model.secret import Secret
from bot.settings.fault import Fault
from bot.settings.scanners import ScannerEntry
from bot.settings.sections import Registry

TOKEN: Final = ("REBUILD_BOT_GITHUB_TOKEN", "GITHUB_TOKEN")
UPSTREAM_TOKEN: Final = "REBUILD_BOT_UPSTREAM_TOKEN"  # noqa: S105 the variable's name
APP_ID: Final = "REBUILD_BOT_APP_ID"
APP_PRIVATE_KEY: Final = "REBUILD_BOT_APP_PRIVATE_KEY"
WEBHOOK_URL: Final = "REBUILD_BOT_WEBHOOK_URL"
LEDGER_URL: Final = "REBUILD_BOT_LEDGER_URL"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKey:
    """A GitHub App's identity."""

    app_id: str
    """The App's number, or its client id."""
    private_key: Secret
    """PEM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a registry is told; it goes only to the host that it was named for."""

    username: str
    password: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerLogin:
    """What a scanner's server is told; it goes only to that server. What is not named, or not set, is empty."""

    username: str = ""
    password: Secret
    token: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """All secrets of a run; each prints as `***`."""

    github_token: Secret | None = None
    upstream_token: Secret | None = None
    """For github.com, where the repos live elsewhere."""
    github_app: AppKey | None = None
    ledger_url: Secret | None = None
    webhook_url: Secret | None = None
    """Of a chat: whoever knows it may write there."""
    registries: Mapping[str, Credential] = field(default_factory=dict)
    """By the host that is really asked: that of the location where the prefix has one."""
    scanners: tuple[ScannerLogin, ...] = ()
    """In the order of the configuration."""


def read_secrets(environment: Mapping[str, str], registries: Mapping[str, Registry], scanners: Sequence[ScannerEntry] = ()) -> Secrets:
    """The secrets that are there. An empty variable counts as none: that is what a secret that is not set looks like in a workflow."""
    values = {name: value.strip() for name, value in environment.items() if value.strip()}
    token = next((values[name] for name in TOKEN if name in values), None)
    app = AppKey(app_id=values[APP_ID], private_key=_pem(values)) if {APP_ID, APP_PRIVATE_KEY} <= values.keys() else None
    return Secrets(
        github_token=None if token is None else Secret(token),
        upstream_token=Secret(values[UPSTREAM_TOKEN]) if UPSTREAM_TOKEN in values else None,
        github_app=app,
        ledger_url=Secret(values[LEDGER_URL]) if LEDGER_URL in values else None,
        webhook_url=Secret(values[WEBHOOK_URL]) if WEBHOOK_URL in values else None,
        registries=dict(_credentials(values, registries)),
        scanners=tuple(_scanner_login(values, entry) for entry in scanners),
    )


def environment_faults(environment: Mapping[str, str]) -> Iterator[Fault]:
    """What is wrong with the variables of the bot itself; no value is shown."""
    has_id, has_key = (bool(environment.get(name, "").strip()) for name in (APP_ID, APP_PRIVATE_KEY))
    if has_id != has_key:
        given, missing = (APP_ID, APP_PRIVATE_KEY) if has_id else (APP_PRIVATE_KEY, APP_ID)
        yield Fault(file="environment", line=0, what=f"{given} is set without {missing}; a GitHub App needs both")
    if has_key and not environment[APP_PRIVATE_KEY].strip().startswith("-----BEGIN"):
        yield Fault(file="environment", line=0, what=f"{APP_PRIVATE_KEY} is no PEM text; set it to the whole content of the .pem file")
    ledger_url = environment.get(LEDGER_URL, "").strip()
    if ledger_url and not ledger_url.startswith(("sqlite://", "postgresql://", "postgresql+")):
        yield Fault(file="environment", line=0, what=f"{LEDGER_URL} is no database URL; begin it with sqlite:/// or postgresql://")


def _pem(values: Mapping[str, str]) -> Secret:
    # Some secret stores keep a text on one line, with its line ends written out.
    return Secret(values[APP_PRIVATE_KEY].replace("\\n", "\n") + "\n")


def _credentials(values: Mapping[str, str], registries: Mapping[str, Registry]) -> Iterator[tuple[str, Credential]]:
    for prefix, registry in registries.items():
        if registry.username_from is None or registry.password_from is None:
            continue
        missing = sorted({registry.username_from, registry.password_from} - values.keys())
        if missing:
            log.warning("credential.missing", registry=prefix, variables=missing, remedy="set them, or take their names out of the file")
            continue
        host = (registry.location or prefix).partition("/")[0]
        yield host, Credential(username=values[registry.username_from], password=Secret(values[registry.password_from]))


def _scanner_login(values: Mapping[str, str], entry: ScannerEntry) -> ScannerLogin:
    missing = sorted(set(entry.variables) - values.keys())
    if missing:
        log.warning("credential.missing", scanner=entry.url, variables=missing, remedy="set them, or take their names out of the file")
    return ScannerLogin(
        username=values.get(entry.username_from or "", ""),
        password=Secret(values.get(entry.password_from or "", "")),
        token=Secret(values.get(entry.token_from or "", "")),
    )
