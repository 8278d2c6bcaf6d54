"""What may be handed to somebody who shall pull one repository for us: a token for some minutes, and never a credential that lasts."""

import httpx
import pytest

from bot.clients.http import HttpClient
from bot.clients.oci.client import RegistryClient
from bot.clients.oci.credentials import Anonymous, Keychain
from bot.model.image import ImageReference
from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.registry import Access, RegistrySandbox
from bot.sandbox.server import LOOPBACK, Server
from tests.registries import PASSWORD, USER, OneLogin


@pytest.mark.parametrize(
    ("access", "keychain", "expected"),
    [
        pytest.param(Access.OPEN, Anonymous(), None, id="none is wanted"),
        pytest.param(Access.BASIC, OneLogin(), None, id="only a password would do"),
        pytest.param(Access.BEARER, Anonymous(), 200, id="a token for anybody"),
        pytest.param(Access.BEARER, OneLogin(), 200, id="a token for a user"),
    ],
)
def test_a_token_for_one_repository_or_none(access: Access, keychain: Keychain, expected: int | None) -> None:
    sandbox = RegistrySandbox(clock=Clock(), access=access, users={USER: Secret(PASSWORD)}, private=["other"])
    for repository in ("app", "other"):
        sandbox.push_image(repository, "1")
    with Server(sandbox.app) as server, HttpClient(reach=LOOPBACK, sleep=lambda _: None) as http:
        reference = ImageReference.parse(f"127.0.0.1:{server.port}/app:1")
        token = RegistryClient(http=http, keychain=keychain).pull_token(reference)
        if expected is None:
            assert token is None
            return
        assert token is not None
        headers = {"authorization": token.reveal()}
        statuses = [httpx.head(f"{server.url}/v2/{name}/manifests/1", headers=headers).status_code for name in ("app", "other")]

    assert statuses == [expected, 401]
    assert PASSWORD not in token.reveal()
