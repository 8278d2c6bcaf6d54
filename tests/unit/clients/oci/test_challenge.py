"""Challenges are read as registries write them, and credentials go to their own realm only."""

from collections.abc import Iterator
from datetime import timedelta
from time import perf_counter

import httpx
import pytest

from bot.clients.http import HttpClient, HttpError
from bot.clients.oci.challenge import Authorizer, Challenge, ChallengeError, parse_challenges
from bot.clients.oci.credentials import Credential, IdentityToken, Login, RegistryToken
from bot.clients.oci.endpoint import Endpoint
from bot.model.secret import Secret
from bot.sandbox.clock import Clock

LOGIN = Login(username="robot", password=Secret("pass"))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param(
            ['Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"'],
            [("bearer", {"realm": "https://auth.docker.io/token", "service": "registry.docker.io", "scope": "repository:a/b:pull,push"})],
            id="Docker Hub",
        ),
        pytest.param(
            ['Bearer realm="https://gcr.io/v2/token",service=gcr.io'],
            [("bearer", {"realm": "https://gcr.io/v2/token", "service": "gcr.io"})],
            id="unquoted",
        ),
        pytest.param(['Basic realm="a, b=\\"c\\""'], [("basic", {"realm": 'a, b="c"'})], id="escapes and commas in quotes"),
        pytest.param(['BASIC Realm="x"'], [("basic", {"realm": "x"})], id="capitals"),
        pytest.param(
            ['Negotiate, Bearer realm="r" , service = "s",Basic realm="b"'],
            [("negotiate", {}), ("bearer", {"realm": "r", "service": "s"}), ("basic", {"realm": "b"})],
            id="several in one header",
        ),
        pytest.param(
            ['Basic realm="b"', 'Bearer realm="r"'], [("basic", {"realm": "b"}), ("bearer", {"realm": "r"})], id="several headers"
        ),
        pytest.param(['Bearer realm="a",realm="b"'], [("bearer", {"realm": "a"})], id="said twice"),
        pytest.param(["", '"="', "=,=,", 'realm="x"'], [], id="nonsense"),
    ],
)
def test_challenges_are_read(headers: list[str], expected: list[tuple[str, dict[str, str]]]) -> None:
    found = parse_challenges(httpx.Headers([("www-authenticate", header) for header in headers]))

    assert [(challenge.scheme, challenge.parameters) for challenge in found] == expected


@pytest.mark.parametrize("piece", [" ", ",", "a ", 'a="', "a=", '\\"', "é"])
def test_a_hostile_challenge_costs_no_time(piece: str) -> None:
    began = perf_counter()
    parse_challenges(httpx.Headers([(b"www-authenticate", (piece * 8000).encode())]))
    assert perf_counter() - began < 1


class Realm:
    """A token endpoint at any host, seen by what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answer = {"token": "t1", "expires_in": 300}
        self.status = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(self.status, json=self.answer)


@pytest.fixture
def realm() -> Realm:
    return Realm()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def authorizer(realm: Realm, clock: Clock) -> Iterator[Authorizer]:
    with HttpClient(transport=httpx.MockTransport(realm), sleep=pytest.fail) as http:
        yield Authorizer(http=http, now=clock)


def endpoint(host: str, *, scheme: str = "https", repository: str = "team/app") -> Endpoint:
    return Endpoint(scheme=scheme, host=host, repository=repository, credential_host=host)


def bearer(url: str, **parameters: str) -> tuple[Challenge, ...]:
    return (Challenge(scheme="bearer", parameters={"realm": url, **parameters}),)


@pytest.mark.parametrize(
    ("registry", "url"),
    [
        pytest.param("ghcr.io", "https://ghcr.io/token", id="same host"),
        pytest.param("registry-1.docker.io", "https://auth.docker.io/token", id="sibling"),
        pytest.param("registry.gitlab.com", "https://gitlab.com/jwt/auth", id="parent"),
        pytest.param("registry.example.org:5000", "https://registry.example.org:5001/auth", id="other port"),
    ],
)
def test_a_realm_of_the_registry_gets_the_login(authorizer: Authorizer, realm: Realm, registry: str, url: str) -> None:
    secret = authorizer.authorization(bearer(url, service="s"), endpoint(registry), LOGIN)

    assert secret.reveal() == "Bearer t1"
    assert dict(realm.asked[0].url.params) == {"service": "s", "scope": "repository:team/app:pull"}
    assert realm.asked[0].headers["authorization"] == LOGIN.basic().reveal()


@pytest.mark.parametrize(
    ("registry", "url"),
    [
        pytest.param("ghcr.io", "https://evil.example/token", id="another host"),
        pytest.param("ghcr.io", "https://other.io/token", id="same top level"),
        pytest.param("registry.example.org", "https://example.org.evil.net/token", id="parent inside"),
        pytest.param("registry.example.org", "https://evilexample.org/token", id="parent as an end"),
        pytest.param("10.0.0.1:5000", "https://9.0.0.1/token", id="addresses have no parent"),
        pytest.param("ghcr.io", "https://ghcr.io@evil.example/token", id="user information"),
    ],
)
def test_a_foreign_realm_gets_no_credential(authorizer: Authorizer, realm: Realm, registry: str, url: str) -> None:
    secret = authorizer.authorization(bearer(url), endpoint(registry), LOGIN)

    assert secret.reveal() == "Bearer t1"
    assert "pass" not in str(realm.asked[0].headers)
    assert LOGIN.basic().reveal() not in realm.asked[0].headers.values()


def test_a_foreign_realm_that_refuses_says_that_credentials_were_kept_back(authorizer: Authorizer, realm: Realm) -> None:
    realm.status = 401

    with pytest.raises(
        ChallengeError, match=r"no token for team/app .*401.*kept back: the realm is on a foreign host.*docker login ghcr.io"
    ):
        authorizer.authorization(bearer("https://evil.example/token"), endpoint("ghcr.io"), LOGIN)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("http://ghcr.io/token", "not encrypted", id="plain http"),
        pytest.param("http://127.0.0.1/token", "not encrypted", id="plain http on this machine"),
        pytest.param("https://127.0.0.1/token", "on this machine", id="this machine"),
        pytest.param("https://localhost/token", "on this machine", id="localhost"),
        pytest.param("file:///etc/passwd", "is no address", id="file"),
        pytest.param("", "is no address", id="empty"),
        pytest.param("https://[", "is no address", id="broken"),
    ],
)
def test_a_realm_that_may_not_be_asked_is_not(authorizer: Authorizer, realm: Realm, url: str, message: str) -> None:
    with pytest.raises((ChallengeError, HttpError), match=message):
        authorizer.authorization(bearer(url), endpoint("ghcr.io"), LOGIN)

    assert realm.asked == []


def test_a_token_serves_until_it_expires(authorizer: Authorizer, realm: Realm, clock: Clock) -> None:
    for step in (timedelta(), timedelta(seconds=280), timedelta(seconds=20)):
        clock.advance(step)
        authorizer.authorization(bearer("https://ghcr.io/token"), endpoint("ghcr.io"), None)

    assert len(realm.asked) == 2


def test_each_repository_has_its_own_token(authorizer: Authorizer, realm: Realm) -> None:
    for repository in ("a", "b", "a"):
        authorizer.authorization(bearer("https://ghcr.io/token"), endpoint("ghcr.io", repository=repository), None)

    assert [request.url.params["scope"] for request in realm.asked] == ["repository:a:pull", "repository:b:pull"]


def test_the_scope_stays_ours_but_for_known_ways_of_reading(authorizer: Authorizer, realm: Realm) -> None:
    challenge = bearer("https://x.azurecr.io/oauth2/token", scope="repository:other:metadata_read,push,delete")

    authorizer.authorization(challenge, endpoint("x.azurecr.io"), None)

    assert realm.asked[0].url.params["scope"] == "repository:team/app:pull,metadata_read"


def test_an_identity_token_is_changed_by_form(authorizer: Authorizer, realm: Realm) -> None:
    realm.answer = {"access_token": "t2", "expires_in": 300}
    secret = authorizer.authorization(
        bearer("https://x.azurecr.io/oauth2/token", service="x"), endpoint("x.azurecr.io"), IdentityToken(token=Secret("it"))
    )

    assert secret.reveal() == "Bearer t2"
    assert realm.asked[0].method == "POST"
    assert dict(httpx.QueryParams(realm.asked[0].content.decode())) == {
        "grant_type": "refresh_token",
        "service": "x",
        "client_id": "rebuild-bot",
        "scope": "repository:team/app:pull",
        "refresh_token": "it",
    }


@pytest.mark.parametrize(
    ("challenges", "credential", "message"),
    [
        pytest.param(
            (Challenge(scheme="basic"),), None, "wants a user name and password. Log in with `docker login ghcr.io`", id="Basic, anonymous"
        ),
        pytest.param((Challenge(scheme="basic"),), IdentityToken(token=Secret("x")), "wants a user name", id="Basic, identity token"),
        pytest.param((Challenge(scheme="negotiate"),), LOGIN, "answered by negotiate; only Bearer and Basic", id="unknown scheme"),
    ],
)
def test_what_cannot_be_answered_is_said(
    authorizer: Authorizer, challenges: tuple[Challenge, ...], credential: Credential | None, message: str
) -> None:
    with pytest.raises(ChallengeError, match=message):
        authorizer.authorization(challenges, endpoint("ghcr.io"), credential)


@pytest.mark.parametrize("answer", [{}, [], "text", {"token": 1}, {"token": "a\r\nX-Evil: 1"}, {"token": "é"}, {"token": ""}], ids=repr)
def test_an_answer_without_a_usable_token_is_an_error(authorizer: Authorizer, realm: Realm, answer: dict[str, object]) -> None:
    realm.answer = answer

    with pytest.raises(ChallengeError, match="token"):
        authorizer.authorization(bearer("https://ghcr.io/token"), endpoint("ghcr.io"), None)


def test_ready_answers(authorizer: Authorizer, realm: Realm) -> None:
    assert authorizer.authorization((Challenge(scheme="basic"),), endpoint("ghcr.io"), LOGIN).reveal() == "Basic cm9ib3Q6cGFzcw=="
    assert authorizer.authorization(bearer("x"), endpoint("ghcr.io"), RegistryToken(token=Secret("rt"))).reveal() == "Bearer rt"
    assert realm.asked == []
