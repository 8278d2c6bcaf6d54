"""Credentials of registries, found where Docker and Podman keep them. Nothing is ever written."""

import base64
import binascii
import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final, Protocol

import structlog

from bot.clients.trouble import unreadable_json
from bot.model.image import DOCKER_HUB
from bot.model.secret import Secret

log = structlog.get_logger()

_HUB_SERVER: Final = "https://index.docker.io/v1/"
"""The name that Docker keeps Docker Hub's credentials under."""
_HELPER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)
_HELPER_TIMEOUT_SECONDS: Final = 60
_MAX_CONFIG_BYTES: Final = 1 << 20
_IDENTITY_TOKEN_USER: Final = "<token>"  # noqa: S105 the user name by which helpers mark identity tokens


class CredentialError(Exception):
    """Credentials are set up but can't be read; the message says where and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user name and password: for Basic, or to be changed into a token."""

    username: str
    password: Secret

    def basic(self) -> Secret:
        """The value of an Authorization header."""
        return Secret("Basic " + base64.b64encode(f"{self.username}:{self.password.reveal()}".encode()).decode())


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityToken:
    """A long-lived token that the token endpoint changes into a Bearer token (OAuth 2 refresh token)."""

    token: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryToken:
    """A Bearer token to be sent as it is."""

    token: Secret


Credential = Login | IdentityToken | RegistryToken


class Keychain(Protocol):
    """Where credentials are looked up. Safe to call from several threads."""

    def credential(self, registry: str) -> Credential | None:
        """What to show to a registry (`docker.io`, `ghcr.io`, `registry.example.org:5000`); None: be anonymous. Raises CredentialError."""
        ...


class Anonymous:
    """A keychain without keys."""

    def credential(self, registry: str) -> None:
        """None, whatever the registry."""


class DockerKeychain:
    """Credentials as Docker finds them, each registry looked up once.

    In order: what is `known` already, by registry; `DOCKER_AUTH_CONFIG` (the text of a config.json); the file that `REGISTRY_AUTH_FILE`
    names (Podman's); `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. In a file: credHelpers, then credsStore, then auths
    (Docker's `configfile` package).
    """

    def __init__(
        self,
        *,
        known: Mapping[str, Credential] | None = None,
        environment: Mapping[str, str] = os.environ,
        run: Callable[..., subprocess.CompletedProcess[bytes]] = subprocess.run,
    ) -> None:
        self._environment = environment
        self._run = run
        self._lock = Lock()
        self._known: dict[str, Credential | None] = dict(known or {})

    def credential(self, registry: str) -> Credential | None:
        with self._lock:
            if registry not in self._known:
                self._known[registry] = self._look_up(registry)
            return self._known[registry]

    def hosts(self) -> set[str]:
        """The registries that credentials are set up for, as far as files name them. A file that can't be read is told when it is used."""
        named = set(self._known)
        with suppress(CredentialError):
            for _, config in self._configs():
                for entries in (config.get("auths"), config.get("credHelpers")):
                    named |= {_hostname(key) for key in entries} if isinstance(entries, dict) else set()
        return {host for host in named if host}

    def _look_up(self, registry: str) -> Credential | None:
        candidates = (self._from_config(registry, config, where) for where, config in self._configs())
        found = next((credential for credential in candidates if credential is not None), None)
        log.debug("credential.looked_up", registry=registry, kind=type(found).__name__ if found else "anonymous")
        return found

    def _configs(self) -> list[tuple[str, dict[str, Any]]]:
        configs = []
        text = self._environment.get("DOCKER_AUTH_CONFIG")
        if text:
            configs.append(("DOCKER_AUTH_CONFIG", _config(text.encode(), "DOCKER_AUTH_CONFIG")))
        for path in self._files():
            try:
                with path.open("rb") as file:
                    data = file.read(_MAX_CONFIG_BYTES + 1)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise CredentialError(f"{path}: {error.strerror}. Make it readable, or set DOCKER_CONFIG to another folder.") from error
            configs.append((str(path), _config(data, str(path))))
        return configs

    def _files(self) -> list[Path]:
        files = []
        if self._environment.get("REGISTRY_AUTH_FILE"):
            files.append(Path(self._environment["REGISTRY_AUTH_FILE"]))
        if self._environment.get("DOCKER_CONFIG"):
            files.append(Path(self._environment["DOCKER_CONFIG"]) / "config.json")
        elif self._environment.get("HOME"):
            files.append(Path(self._environment["HOME"]) / ".docker" / "config.json")
        return files

    def _from_config(self, registry: str, config: dict[str, Any], where: str) -> Credential | None:
        servers = _servers(registry)
        helpers = config.get("credHelpers")
        named = next((helpers[server] for server in servers if server in helpers), None) if isinstance(helpers, dict) else None
        helper = named or config.get("credsStore")
        if isinstance(helper, str) and helper:
            found = self._from_helper(helper, servers[0], where)
            if found is not None or named:
                return found
        auths = config.get("auths")
        return _from_auths(auths, servers, where) if isinstance(auths, dict) else None

    def _from_helper(self, helper: str, server: str, where: str) -> Credential | None:
        """What `docker-credential-<helper> get` answers (the protocol of docker-credential-helpers)."""
        if not _HELPER.fullmatch(helper):
            raise CredentialError(f"{where}: {helper[:80]!r} is no name of a credential helper. Correct credsStore or credHelpers.")
        program = f"docker-credential-{helper}"
        try:
            done = self._run(
                [program, "get"],
                input=server.encode(),
                capture_output=True,
                check=False,
                timeout=_HELPER_TIMEOUT_SECONDS,
                env=dict(self._environment),
            )
        except FileNotFoundError as error:
            raise CredentialError(f"{where}: {program}, which it names, is not installed. Install it, or remove its entry.") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            why = f"no answer within {_HELPER_TIMEOUT_SECONDS} s" if isinstance(error, subprocess.TimeoutExpired) else error.strerror
            raise CredentialError(f"{where}: {program} failed for {server}: {why}. Run `echo {server} | {program} get`.") from error
        if done.returncode != 0:
            said = (done.stdout + done.stderr).decode(errors="replace").strip()
            if "credentials not found" in said.lower():
                return None
            raise CredentialError(
                f"{where}: {program} failed for {server}: {said[:300] or done.returncode}. Run `echo {server} | {program} get`."
            )
        answer = _config(done.stdout, program)
        username, secret = answer.get("Username"), answer.get("Secret")
        if not isinstance(username, str) or not isinstance(secret, str) or not secret:
            return None
        if username == _IDENTITY_TOKEN_USER:
            return IdentityToken(token=Secret(secret))
        return Login(username=username, password=Secret(secret))


def _servers(registry: str) -> tuple[str, ...]:
    """The names under which a registry may stand in a file, the one that helpers are asked by first."""
    if registry == DOCKER_HUB:
        return (_HUB_SERVER, "index.docker.io", DOCKER_HUB, "registry-1.docker.io")
    return (registry, f"https://{registry}")


def _config(data: bytes, where: str) -> dict[str, Any]:
    try:
        config = json.loads(data[:_MAX_CONFIG_BYTES])
    except (ValueError, RecursionError) as error:
        raise CredentialError(f"{where}: {unreadable_json(error)}. Log in again to write it anew.") from error
    if not isinstance(config, dict):
        raise CredentialError(f"{where}: no JSON object. Log in again to write it anew.")
    return config


def _from_auths(auths: dict[str, Any], servers: tuple[str, ...], where: str) -> Credential | None:
    by_host = {_hostname(key): key for key in auths}
    key = next((server for server in servers if server in auths), None) or by_host.get(_hostname(servers[0]))
    entry = auths.get(key) if key is not None else None
    if not isinstance(entry, dict):
        return None
    for name, kind in (("registrytoken", RegistryToken), ("identitytoken", IdentityToken)):
        token = entry.get(name)
        if isinstance(token, str) and token:
            return kind(token=Secret(token))
    username, password = entry.get("username"), entry.get("password")
    auth = entry.get("auth")
    if isinstance(auth, str) and auth:
        username, password = _decoded(auth, f"{where}: auths of {key!r}")
    if not isinstance(username, str) or not isinstance(password, str) or not username:
        return None
    return Login(username=username, password=Secret(password))


def _decoded(auth: str, where: str) -> tuple[str, str]:
    try:
        username, colon, password = base64.b64decode(auth, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise CredentialError(f"{where}: `auth` is no base64 text. Log in again.") from error
    if not colon:
        raise CredentialError(f"{where}: `auth` holds no user name and password. Log in again.")
    return username, password.rstrip("\0")


def _hostname(server: str) -> str:
    """The host of an old-style entry (`https://registry.example.org/v1/`), as Docker's ConvertToHostname reads it."""
    return server.partition("://")[2].partition("/")[0] if "://" in server else server.partition("/")[0]
