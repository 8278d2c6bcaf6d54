"""Credentials are found where Docker and Podman keep them, helpers are run as Docker runs them."""

import base64
import json
import stat
from pathlib import Path

import pytest

from bot.clients.oci.credentials import CredentialError, DockerKeychain, IdentityToken, Login, RegistryToken
from bot.model.secret import Secret

LOGIN = Login(username="robot", password=Secret("pass:word"))
AUTH = base64.b64encode(b"robot:pass:word").decode()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".docker").mkdir()
    return tmp_path


def write(home: Path, config: object) -> None:
    (home / ".docker" / "config.json").write_text(json.dumps(config))


def keychain(home: Path, **environment: str) -> DockerKeychain:
    return DockerKeychain(environment={"HOME": str(home), "PATH": f"{home}/bin:/usr/bin:/bin", **environment})


def install_helper(home: Path, name: str, script: str) -> None:
    path = home / "bin" / f"docker-credential-{name}"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'#!/bin/sh\nread -r server\necho "$1 $server" >> "{home}/asked"\n{script}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.mark.parametrize(
    ("registry", "key", "entry", "expected"),
    [
        pytest.param("ghcr.io", "ghcr.io", {"auth": AUTH}, LOGIN, id="auth"),
        pytest.param("ghcr.io", "https://ghcr.io", {"auth": AUTH}, LOGIN, id="with a scheme"),
        pytest.param("ghcr.io", "https://ghcr.io/v1/", {"auth": AUTH}, LOGIN, id="old style"),
        pytest.param("localhost:5000", "localhost:5000", {"auth": AUTH}, LOGIN, id="port"),
        pytest.param("docker.io", "https://index.docker.io/v1/", {"auth": AUTH}, LOGIN, id="Docker Hub"),
        pytest.param("docker.io", "docker.io", {"auth": AUTH}, LOGIN, id="Docker Hub, Podman's way"),
        pytest.param("ghcr.io", "ghcr.io", {"username": "robot", "password": "pass:word"}, LOGIN, id="plain fields"),
        pytest.param("ghcr.io", "ghcr.io", {"auth": AUTH, "identitytoken": "it"}, IdentityToken(token=Secret("it")), id="identity token"),
        pytest.param("ghcr.io", "ghcr.io", {"registrytoken": "rt"}, RegistryToken(token=Secret("rt")), id="registry token"),
        pytest.param("ghcr.io", "quay.io", {"auth": AUTH}, None, id="another registry"),
        pytest.param("ghcr.io", "evil.example/ghcr.io", {"auth": AUTH}, None, id="name inside another"),
        pytest.param("localhost:5000", "localhost:5001", {"auth": AUTH}, None, id="another port"),
        pytest.param("ghcr.io", "ghcr.io", {}, None, id="empty entry"),
        pytest.param("ghcr.io", "ghcr.io", "nonsense", None, id="entry of another kind"),
    ],
)
def test_auths(home: Path, registry: str, key: str, entry: object, expected: object) -> None:
    write(home, {"auths": {key: entry}})

    assert keychain(home).credential(registry) == expected


def test_without_any_file_it_is_anonymous(tmp_path: Path) -> None:
    assert keychain(tmp_path).credential("ghcr.io") is None
    assert DockerKeychain(environment={}).credential("ghcr.io") is None


def test_what_is_known_goes_before_the_environment_and_that_before_the_files(home: Path) -> None:
    write(home, {"auths": {"ghcr.io": {"auth": AUTH}, "quay.io": {"auth": AUTH}, "docker.io": {"auth": AUTH}}})
    text = {"auths": {name: {"username": "from", "password": "variable"} for name in ("ghcr.io", "quay.io")}}
    known = RegistryToken(token=Secret("known"))
    environment = {"HOME": str(home), "DOCKER_AUTH_CONFIG": json.dumps(text)}
    keys = DockerKeychain(known={"ghcr.io": known}, environment=environment)

    assert keys.credential("ghcr.io") == known
    assert keys.credential("quay.io") == Login(username="from", password=Secret("variable"))
    assert keys.credential("docker.io") == LOGIN


def test_docker_config_names_another_folder(home: Path, tmp_path: Path) -> None:
    write(home, {"auths": {"ghcr.io": {"auth": AUTH}}})
    other = tmp_path / "other"
    other.mkdir()

    assert keychain(home, DOCKER_CONFIG=str(other)).credential("ghcr.io") is None


def test_podmans_file_is_read(home: Path, tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text(json.dumps({"auths": {"ghcr.io": {"auth": AUTH}}}))

    assert keychain(home, REGISTRY_AUTH_FILE=str(tmp_path / "auth.json")).credential("ghcr.io") == LOGIN


@pytest.mark.parametrize(
    ("config", "registry", "server"),
    [
        pytest.param({"credsStore": "store"}, "docker.io", "https://index.docker.io/v1/", id="credsStore, Docker Hub"),
        pytest.param({"credsStore": "store"}, "ghcr.io", "ghcr.io", id="credsStore"),
        pytest.param({"credsStore": "other", "credHelpers": {"ghcr.io": "store"}}, "ghcr.io", "ghcr.io", id="credHelpers first"),
    ],
)
def test_helpers_are_asked_as_docker_asks_them(home: Path, config: object, registry: str, server: str) -> None:
    write(home, config)
    install_helper(home, "store", """echo '{"ServerURL": "x", "Username": "robot", "Secret": "pass:word"}'""")
    keys = keychain(home)

    assert [keys.credential(registry) for _ in range(2)] == [LOGIN, LOGIN]
    assert (home / "asked").read_text() == f"get {server}\n"


def test_a_helper_marks_identity_tokens(home: Path) -> None:
    write(home, {"credHelpers": {"example.azurecr.io": "acr"}})
    install_helper(home, "acr", """echo '{"Username": "<token>", "Secret": "it"}'""")

    assert keychain(home).credential("example.azurecr.io") == IdentityToken(token=Secret("it"))


def test_a_store_that_does_not_know_leaves_it_to_auths(home: Path) -> None:
    write(home, {"credsStore": "store", "auths": {"ghcr.io": {"auth": AUTH}}})
    install_helper(home, "store", 'echo "credentials not found in native keychain"; exit 1')

    assert keychain(home).credential("ghcr.io") == LOGIN
    assert keychain(home).credential("quay.io") is None


@pytest.mark.parametrize(
    ("config", "script", "message"),
    [
        pytest.param('{"credsStore": "absent"}', "", "docker-credential-absent, which it names, is not installed", id="no such helper"),
        pytest.param('{"credsStore": "../../bin/sh"}', "", "is no name of a credential helper", id="a path"),
        pytest.param('{"credsStore": "bad"}', "echo no session >&2; exit 2", "failed for ghcr.io: no session", id="failing helper"),
        pytest.param('{"credsStore": "bad"}', "echo hello", "docker-credential-bad: no valid JSON", id="helper without JSON"),
        pytest.param("{", "", "config.json: no valid JSON", id="broken file"),
        pytest.param("[]", "", "config.json: no JSON object", id="no object"),
        pytest.param("[" * 100_000, "", "config.json: no valid JSON", id="nested too deeply"),
        pytest.param('{"auths": {"ghcr.io": {"auth": "*"}}}', "", "`auth` is no base64 text", id="no base64"),
        pytest.param('{"auths": {"ghcr.io": {"auth": "cm9ib3Q="}}}', "", "holds no user name and password", id="no colon"),
    ],
)
def test_what_cannot_be_read_is_said(home: Path, config: str, script: str, message: str) -> None:
    (home / ".docker" / "config.json").write_text(config)
    install_helper(home, "bad", script)

    with pytest.raises(CredentialError, match=message):
        keychain(home).credential("ghcr.io")


def test_secrets_do_not_show() -> None:
    shown = f"{LOGIN} {LOGIN!r} {LOGIN.basic()} {IdentityToken(token=Secret('hidden'))!r} {RegistryToken(token=Secret('hidden'))}"

    assert not any(secret in shown for secret in ("pass:word", AUTH, "hidden"))
