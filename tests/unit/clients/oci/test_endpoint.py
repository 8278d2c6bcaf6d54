import pytest

from bot.clients.address import is_loopback
from bot.clients.oci.endpoint import Mirror, resolve
from bot.model.image import ImageReference

MIRRORS = {
    "hub": Mirror(prefix="docker.io", location="cache.example.org:5000/hub"),
    "official": Mirror(prefix="docker.io/library", location="official.example.org"),
    "plain": Mirror(prefix="quay.io/org", location="10.0.0.1:5000", plain_http=True),
    "whole": Mirror(prefix="ghcr.io/org/app", location="registry.example.org/copies/app"),
    "back": Mirror(prefix="old.example.org", location="docker.io"),
}


@pytest.mark.parametrize(
    ("image", "url", "credential_host"),
    [
        pytest.param("python", "https://official.example.org/v2/python/x", "official.example.org", id="longest prefix"),
        pytest.param(
            "bitnami/redis", "https://cache.example.org:5000/v2/hub/bitnami/redis/x", "cache.example.org:5000", id="path of a mirror"
        ),
        pytest.param("quay.io/org/app", "http://10.0.0.1:5000/v2/app/x", "10.0.0.1:5000", id="plain http"),
        pytest.param("quay.io/organisation/app", "https://quay.io/v2/organisation/app/x", "quay.io", id="prefixes end at a slash"),
        pytest.param("ghcr.io/org/app", "https://registry.example.org/v2/copies/app/x", "registry.example.org", id="a whole name"),
        pytest.param(
            "ghcr.io/org/app/sub", "https://registry.example.org/v2/copies/app/sub/x", "registry.example.org", id="below a whole name"
        ),
        pytest.param("old.example.org/library/python", "https://registry-1.docker.io/v2/library/python/x", "docker.io", id="to Docker Hub"),
        pytest.param("localhost:5000/app", "http://localhost:5000/v2/app/x", "localhost:5000", id="this machine"),
    ],
)
def test_a_reference_is_asked_for_at_its_endpoint(image: str, url: str, credential_host: str) -> None:
    endpoint = resolve(ImageReference.parse(image), MIRRORS)

    assert (endpoint.url("x"), endpoint.credential_host) == (url, credential_host)


def test_docker_hub_has_a_host_of_its_own() -> None:
    endpoint = resolve(ImageReference.parse("python"), {})

    assert (endpoint.url("tags/list"), endpoint.credential_host) == (
        "https://registry-1.docker.io/v2/library/python/tags/list",
        "docker.io",
    )


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("localhost:5000", True),
        ("registry.localhost", True),
        ("127.0.0.1:5000", True),
        ("127.8.8.8", True),
        ("[::1]:5000", True),
        ("127.0.0.1.example.org", False),
        ("localhost.example.org", False),
        ("10.0.0.1", False),
        ("[::2]", False),
        ("", False),
    ],
)
def test_this_machine_is_told_from_others(host: str, expected: bool) -> None:  # noqa: FBT001 a column of the table
    assert is_loopback(host) is expected
