"""How the big registries answer, as their documentation and users' bug reports show it; each row names where it is told.

The hosts are real names, and nothing leaves this process: httpx's own MockTransport stands for the network.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from bot.clients.http import HttpClient
from bot.clients.oci.client import NotFoundError, RegistryClient, RegistryError
from bot.clients.oci.credentials import Credential, Login
from bot.model.image import ImageReference
from bot.model.secret import Secret

DIGEST = f"sha256:{'ab' * 32}"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A registry as seen from outside."""

    image: str
    host: str
    """Where its API is."""
    challenge: str
    """`{scope}` stands for the scope where the registry names one."""
    realm: str | None
    """None: Basic."""
    actions: dict[str, str] = field(default_factory=dict)
    """The action that the registry wants for `tags` or `manifests`; else `pull`."""
    pages: tuple[tuple[str, ...], ...]
    link: str
    """The next page's Link, with `{last}` and `{repository}`."""
    headers: dict[str, str] = field(default_factory=dict)
    missing: tuple[int, str]
    """Status and body for a tag that does not exist."""
    refuses_page_size: bool = False


SHAPES = {
    # Docker Hub: docs.docker.com "Docker Hub pull usage and limits"; distribution "Token Authentication Specification".
    "Docker Hub": Shape(
        image="docker.io/library/python",
        host="registry-1.docker.io",
        challenge='Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="{scope}"',
        realm="https://auth.docker.io/token",
        pages=(("3.11", "3.12"), ("latest",)),
        link='</v2/{repository}/tags/list?last={last}&n=1000>; rel="next"',
        headers={"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "95;w=21600", "docker-ratelimit-source": "192.0.2.1"},
        missing=(404, '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":"unknown tag=none"}]}'),
    ),
    # GHCR: werf/werf issue 3660 and fluxcd issue 142 (pages of 100 with Link); 403 DENIED for what is not visible.
    "GHCR": Shape(
        image="ghcr.io/org/app",
        host="ghcr.io",
        challenge='Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="{scope}"',
        realm="https://ghcr.io/token",
        pages=(("v1",), ("v2",), ("v3",)),
        link='</v2/{repository}/tags/list?last={last}&n=0>; rel="next"',
        missing=(404, '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}'),
    ),
    # Quay: OctopusDeploy/Issues issue 5076 (no scope in the challenge); next_page tokens, regclient/regclient issue 272.
    "Quay": Shape(
        image="quay.io/org/app",
        host="quay.io",
        challenge='Bearer realm="https://quay.io/v2/auth",service="quay.io"',
        realm="https://quay.io/v2/auth",
        pages=(("1.0",), ("1.1",)),
        link='</v2/{repository}/tags/list?n=50&next_page=gAAAAABk{last}>; rel="next"',
        missing=(404, '{"errors":[{"code":"MANIFEST_UNKNOWN","detail":{},"message":"manifest unknown"}]}'),
    ),
    # Amazon ECR: deitch/docker_registry2 issue 34 (absolute Link, text/plain), google/go-containerregistry issue 681 (page size refused).
    "ECR": Shape(
        image="123456789012.dkr.ecr.eu-west-1.amazonaws.com/app",
        host="123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        challenge='Basic realm="https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com"',
        realm=None,
        pages=(("18", "161"), ("3",)),
        link='<https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/v2/{repository}/tags/list?last=LONG{last}>; rel="next"',
        headers={"content-type": "text/plain; charset=utf-8"},
        missing=(404, '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"Requested image not found"}]}'),
        refuses_page_size=True,
    ),
    # Google Artifact Registry: nicholas-fedor/watchtower pull request 1895 (no service), cloudflare/serverless-registry 122 (unquoted).
    "GAR": Shape(
        image="europe-docker.pkg.dev/project/repo/app",
        host="europe-docker.pkg.dev",
        challenge='Bearer realm="https://europe-docker.pkg.dev/v2/token",service=europe-docker.pkg.dev',
        realm="https://europe-docker.pkg.dev/v2/token",
        pages=(("1", "2", "3"),),
        link="",
        missing=(404, '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"Failed to fetch \\"none\\""}]}'),
    ),
    # Azure: azure.github.io/acr "Getting Bearer token using Basic Authentication"; renovatebot/renovate issue 14708 (metadata_read).
    "ACR": Shape(
        image="contoso.azurecr.io/hello-world",
        host="contoso.azurecr.io",
        challenge='Bearer realm="https://contoso.azurecr.io/oauth2/token",service="contoso.azurecr.io",scope="{scope}"',
        realm="https://contoso.azurecr.io/oauth2/token",
        actions={"tags": "metadata_read"},
        pages=(("v1",), ("v2",)),
        link='</v2/{repository}/tags/list?last={last}&n=1000&orderby=>; rel="next"',
        missing=(404, '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest tagged by \\"none\\" is not found"}]}'),
    ),
    # Harbor: goharbor/harbor issues 12192 (challenge) and 10522; its errors carry no detail.
    "Harbor": Shape(
        image="harbor.example.org/project/app",
        host="harbor.example.org",
        challenge='Bearer realm="https://harbor.example.org/service/token",service="harbor-registry",scope="{scope}"',
        realm="https://harbor.example.org/service/token",
        pages=(("1.0.0",), ("1.1.0",)),
        link='</v2/{repository}/tags/list?n=1000&last={last}>; rel="next"',
        headers={"set-cookie": "sid=1; Path=/; HttpOnly"},
        missing=(404, '{"errors":[{"code":"NOT_FOUND","message":"artifact project/app:none not found"}]}'),
    ),
}


class Registry:
    """Answers as its shape says, and remembers what was asked."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.asked: list[httpx.Request] = []
        self._page = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.shape.realm is not None and str(request.url).startswith(self.shape.realm):
            return httpx.Response(200, json={"token": request.url.params["scope"]})
        assert request.url.host == self.shape.host
        _, _, rest = request.url.path.partition("/v2/")
        repository, _, path = rest.partition("/tags/" if "/tags/" in rest else "/manifests/")
        kind = "tags" if "/tags/" in rest else "manifests"
        scope = f"repository:{repository}:{self.shape.actions.get(kind, 'pull')}"
        if not self._is_let_in(request, scope):
            return httpx.Response(401, headers={"www-authenticate": self.shape.challenge.format(scope=scope)})
        return self._tags(request, repository) if kind == "tags" else self._manifest(path)

    def _is_let_in(self, request: httpx.Request, scope: str) -> bool:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if self.shape.realm is None:
            return kind == "Basic"
        prefix, _, actions = token.rpartition(":")
        wanted_prefix, _, wanted = scope.rpartition(":")
        return kind == "Bearer" and prefix == wanted_prefix and wanted in actions.split(",")

    def _tags(self, request: httpx.Request, repository: str) -> httpx.Response:
        if self.shape.refuses_page_size and "n" in request.url.params:
            message = "Invalid parameter at 'maxResults' failed to satisfy constraint"
            return httpx.Response(405, json={"errors": [{"code": "UNSUPPORTED", "message": message}]})
        tags = self.shape.pages[self._page]
        headers = dict(self.shape.headers)
        self._page += 1
        if self._page < len(self.shape.pages):
            headers["link"] = self.shape.link.format(repository=repository, last=tags[-1])
        return httpx.Response(200, json={"name": repository, "tags": list(tags)}, headers=headers)

    def _manifest(self, reference: str) -> httpx.Response:
        if reference == "none":
            return httpx.Response(self.shape.missing[0], text=self.shape.missing[1])
        headers = {**self.shape.headers, "docker-content-digest": DIGEST, "content-type": "application/vnd.oci.image.index.v1+json"}
        return httpx.Response(200, headers=headers)


class AnyLogin:
    def credential(self, registry: str) -> Credential:
        del registry
        return Login(username="AWS", password=Secret("token"))


@pytest.fixture(params=SHAPES)
def shaped(request: pytest.FixtureRequest) -> Iterator[tuple[Registry, RegistryClient, ImageReference]]:
    registry = Registry(SHAPES[request.param])
    with HttpClient(transport=httpx.MockTransport(registry), sleep=pytest.fail) as http:
        yield registry, RegistryClient(http=http, keychain=AnyLogin()), ImageReference.parse(registry.shape.image)


def test_all_tags_of_all_pages(shaped: tuple[Registry, RegistryClient, ImageReference]) -> None:
    registry, client, reference = shaped

    assert client.tags(reference) == tuple(tag for page in registry.shape.pages for tag in page)


def test_the_digest_of_a_tag(shaped: tuple[Registry, RegistryClient, ImageReference]) -> None:
    _, client, reference = shaped

    assert client.digest(reference.at(tag="1.0")) == DIGEST


def test_a_missing_tag_is_not_found(shaped: tuple[Registry, RegistryClient, ImageReference]) -> None:
    _, client, reference = shaped

    with pytest.raises(NotFoundError, match="manifests/none: 404"):
        client.digest(reference.at(tag="none"))


def test_one_login_serves_tags_and_manifests(shaped: tuple[Registry, RegistryClient, ImageReference]) -> None:
    registry, client, reference = shaped
    client.tags(reference)
    client.digest(reference.at(tag="1.0"))
    before = len(registry.asked)

    client.digest(reference.at(tag="1.1"))

    assert len(registry.asked) == before + 1


def test_what_github_hides_is_a_refusal_with_a_remedy() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            return httpx.Response(403, json={"errors": [{"code": "DENIED", "message": "requested access to the resource is denied"}]})
        return httpx.Response(401, headers={"www-authenticate": 'Bearer realm="https://ghcr.io/token",service="ghcr.io"'})

    with HttpClient(transport=httpx.MockTransport(handler), sleep=pytest.fail) as http:
        client = RegistryClient(http=http)
        with pytest.raises(RegistryError, match=r"no token for org/hidden .*403.*docker login ghcr.io"):
            client.tags(ImageReference.parse("ghcr.io/org/hidden"))
