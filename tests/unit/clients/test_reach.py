"""What may be reached: by name, by address, by each step of a redirect."""

import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.clients.http import HttpClient, HttpError
from bot.clients.reach import Reach, RefusedHostError
from bot.model.secret import Secret
from bot.sandbox.server import Server


def resolving(*addresses: str, **options: object) -> Reach:
    return Reach(resolve=lambda *_, **__: [(0, 0, 0, "", (address, 443)) for address in addresses], **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        pytest.param("169.254.169.254", "link-local", id="the metadata service of most clouds"),
        pytest.param("fd00:ec2::254", "private", id="Amazon's, by IPv6"),
        pytest.param("100.100.100.200", "private", id="Alibaba's, in shared address space"),
        pytest.param("127.0.0.1", "loopback", id="loopback"),
        pytest.param("127.9.9.9", "loopback", id="all of loopback"),
        pytest.param("::1", "loopback", id="loopback by IPv6"),
        pytest.param("::ffff:127.0.0.1", "loopback", id="IPv4 in IPv6"),
        pytest.param("::ffff:10.0.0.1", "private", id="private in IPv6"),
        pytest.param("64:ff9b::a9fe:a9fe", "link-local", id="behind NAT64"),
        pytest.param("2002:7f00:1::", "loopback", id="6to4"),
        pytest.param("fe80::1%eth0", "link-local", id="with a zone"),
        pytest.param("10.1.2.3", "private", id="10/8"),
        pytest.param("172.20.0.1", "private", id="172.16/12"),
        pytest.param("192.168.1.1", "private", id="192.168/16"),
        pytest.param("0.0.0.0", "private", id="this host"),
        pytest.param("224.0.0.1", "private", id="multicast"),
    ],
)
def test_what_is_not_public_is_refused(address: str, kind: str) -> None:
    with pytest.raises(RefusedHostError, match=f"host.example stands for {address}, a {kind} address.*network.private_hosts"):
        resolving(address).addresses("host.example", 443)


def test_of_several_addresses_only_public_ones_are_connected_to() -> None:
    assert resolving("10.0.0.1", "93.184.215.14", "::1", "2606:4700::1").addresses("host.example", 443) == ("93.184.215.14", "2606:4700::1")


@pytest.mark.parametrize(
    ("host", "port", "options", "is_allowed"),
    [
        pytest.param("registry.corp", 443, {"named": frozenset({"registry.corp:443"})}, True, id="named with its port"),
        pytest.param("REGISTRY.corp.", 443, {"named": frozenset({"registry.corp:443"})}, True, id="capitals and a last dot do not matter"),
        pytest.param("registry.corp", 6443, {"named": frozenset({"registry.corp:443"})}, False, id="another port of a named host"),
        pytest.param("a.corp", 8080, {"private_hosts": ("*.corp",)}, True, id="a glob"),
        pytest.param("acorp", 8080, {"private_hosts": ("*.corp",)}, False, id="what the glob does not fit"),
        pytest.param("a.example", 1, {"private_hosts": ("10.0.0.0/8",)}, True, id="a network"),
        pytest.param("a.example", 1, {"private_hosts": ("10.0.0.9",)}, True, id="an address"),
        pytest.param("a.example", 1, {"private_hosts": ("10.1.0.0/16",)}, False, id="another network"),
    ],
)
def test_what_the_configuration_names_may_be_private(host: str, port: int, options: dict[str, object], *, is_allowed: bool) -> None:
    reach = resolving("10.0.0.9", **options)
    if is_allowed:
        assert reach.addresses(host, port) == ("10.0.0.9",)
    else:
        with pytest.raises(RefusedHostError):
            reach.addresses(host, port)


def test_a_list_of_allowed_hosts_leaves_out_all_others() -> None:
    reach = resolving("93.184.215.14", only_hosts=("*.docker.io", "ghcr.io"), named=frozenset({"git.corp:443"}))

    assert reach.addresses("registry-1.docker.io", 443)
    assert reach.addresses("git.corp", 443)
    with pytest.raises(RefusedHostError, match=r"quay\.io is not among network\.only_hosts"):
        reach.addresses("quay.io", 443)


async def fine(_: Request) -> Response:
    return PlainTextResponse("fine")


def test_a_client_asks_no_loopback_address_unless_it_is_named() -> None:
    with Server(Starlette(routes=[Route("/", fine)])) as server, HttpClient(sleep=pytest.fail) as http:
        with pytest.raises(HttpError, match=r"127\.0\.0\.1 is a loopback address") as caught:
            http.request("GET", server.url)
        assert not caught.value.is_temporary

        with HttpClient(reach=Reach(named=frozenset({f"127.0.0.1:{server.port}"}))) as named:
            assert named.request("GET", server.url).body == b"fine"


def test_a_name_is_looked_up_once_and_connected_to_where_it_was_found() -> None:
    """A second answer of the name server, after the check, would lead elsewhere."""
    answers = iter(["127.0.0.1"])

    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        assert host == "charts.corp"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    with Server(Starlette(routes=[Route("/", fine)])) as server:
        reach = Reach(private_hosts=("charts.corp",), resolve=resolve)
        with HttpClient(reach=reach, sleep=pytest.fail) as http:
            assert http.request("GET", f"http://charts.corp:{server.port}/").body == b"fine"


def test_each_step_of_a_redirect_is_checked() -> None:
    asked: list[str] = []

    async def secret(request: Request) -> Response:
        asked.append(request.url.path)
        return PlainTextResponse("secret")

    with Server(Starlette(routes=[Route("/{path:path}", secret)])) as other:

        async def redirecting(_: Request) -> Response:
            return Response(status_code=302, headers={"location": f"{other.url}/latest/meta-data"})

        with Server(Starlette(routes=[Route("/", redirecting)])) as server:
            http = HttpClient(reach=Reach(named=frozenset({f"127.0.0.1:{server.port}"})), sleep=pytest.fail)
            with http, pytest.raises(HttpError, match="is a loopback address"):
                http.request("GET", server.url)
    assert asked == []


@pytest.mark.parametrize(
    ("host", "is_refused"),
    [("93.184.215.14", False), ("10.0.0.1", True), ("metadata.corp", True), ("unknown.corp", False)],
)
def test_behind_a_proxy_the_same_addresses_are_refused(host: str, *, is_refused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine can't look up the proxy may."""

    def resolve(name: str, port: int, **_: object) -> list[tuple[object, ...]]:
        if name == "unknown.corp":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(0, 0, 0, "", ("169.254.169.254" if name == "metadata.corp" else name, port))]

    with Server(PlainTextResponse("fine")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        with HttpClient(reach=Reach(resolve=resolve), sleep=pytest.fail) as http:
            if is_refused:
                with pytest.raises(HttpError, match="address, which is not asked"):
                    http.request("GET", f"http://{host}/")
            else:
                assert http.request("GET", f"http://{host}/").body == b"fine"


@pytest.mark.parametrize(
    ("url", "plain", "is_sent"),
    [
        pytest.param("http://registry.example/v2/", frozenset(), False, id="in the clear"),
        pytest.param("http://registry.example/v2/", frozenset({"registry.example:80"}), True, id="as configured"),
        pytest.param("http://registry.example:81/v2/", frozenset({"registry.example:80"}), False, id="another port"),
        pytest.param("https://registry.example/v2/", frozenset(), True, id="under TLS"),
        pytest.param("http://127.0.0.1:5000/v2/", frozenset(), True, id="to this machine"),
    ],
)
def test_credentials_go_without_tls_only_where_configured(url: str, plain: frozenset[str], *, is_sent: bool) -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("authorization"))
        return httpx.Response(200)

    with HttpClient(transport=httpx.MockTransport(answer), reach=Reach(plain_http=plain), sleep=pytest.fail) as http:
        if is_sent:
            http.request("GET", url, authorization=Secret("Basic x"))
        else:
            with pytest.raises(HttpError, match="credentials are not sent without TLS"):
                http.request("GET", url, authorization=Secret("Basic x"))
            with pytest.raises(HttpError, match="credentials are not sent without TLS"):
                http.request("POST", url, form={"refresh_token": "x"})
    assert seen == (["Basic x"] if is_sent else [])
