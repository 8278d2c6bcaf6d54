"""Images as releases, and what a run costs a registry."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clients.http import HttpClient
from bot.clients.oci.client import RegistryClient
from bot.clients.oci.endpoint import Mirror
from bot.model.dependency import OCI, Dependency, Release
from bot.model.image import Digest
from bot.model.listing import DatasourceError, NotListedError
from bot.sandbox.clock import Clock
from bot.sandbox.faults import ServerError, TooManyRequests
from bot.sandbox.registry import Access, RegistrySandbox
from bot.sandbox.server import LOOPBACK, Server
from bot.watch.oci import OciDatasource
from bot.watch.watcher import Watcher

LIFECYCLE = "application/vnd.microsoft.artifact.lifecycle"


@contextmanager
def watching(sandbox: RegistrySandbox, *, cache: Path | None = None, registry: str = "docker.io") -> Iterator[OciDatasource]:
    with Server(sandbox.app) as server, HttpClient(reach=LOOPBACK, sleep=lambda _: None, cache=cache) as http:
        mirrors = {registry: Mirror(prefix=registry, location=f"127.0.0.1:{server.port}")}
        yield OciDatasource(RegistryClient(http=http, mirrors=mirrors))


def image(name: str) -> Dependency:
    return Dependency(datasource=OCI, name=name)


@pytest.fixture
def sandbox() -> RegistrySandbox:
    return RegistrySandbox(clock=Clock(), access=Access.BEARER)


def test_tags_are_releases_whose_digest_is_asked_lazily(sandbox: RegistrySandbox) -> None:
    digest = sandbox.push_image("library/app", "1.0")
    sandbox.push_image("library/app", "1.1")

    with watching(sandbox) as datasource:
        releases = datasource.releases(image("docker.io/library/app"))
        described = datasource.describe(releases[0])

    assert [(release.value, release.digest) for release in releases] == [("1.0", None), ("1.1", None)]
    assert (described.value, described.digest) == ("1.0", digest)
    assert sandbox.faults.count("GET *manifests*") == 0


def test_a_digest_is_asked_for_by_itself(sandbox: RegistrySandbox) -> None:
    before = sandbox.push_image("library/app", "1.0", layers=[{"a": b"before"}])
    sandbox.push_image("library/app", "1.0", layers=[{"a": b"now"}])
    release = Release(dependency=image("docker.io/library/app"), value="1.0", digest=before)

    with watching(sandbox) as datasource:
        watcher = Watcher([datasource])
        assert watcher.describe(release).digest == before
        assert watcher.describe(replace(release, digest=None)).digest != before
        with pytest.raises(NotListedError):
            watcher.describe(replace(release, digest=Digest(f"sha256:{'0' * 64}")))


def test_a_deprecated_repository_says_so_with_each_release(sandbox: RegistrySandbox) -> None:
    sandbox.push_image("library/app", "1.0")
    sandbox.deprecate("library/app", "deprecated in favour of new/app")

    with watching(sandbox) as datasource:
        [release] = datasource.releases(image("docker.io/library/app"))
        described = datasource.describe(release)

    assert release.deprecation == described.deprecation == "deprecated in favour of new/app"


@pytest.mark.parametrize("day", ["2026-11-10", "2026-11-10T00:00:00Z"])
def test_a_life_that_ends_is_said(sandbox: RegistrySandbox, day: str) -> None:
    sandbox.push_image("dotnet/runtime", "6.0")
    sandbox.attach("dotnet/runtime", "6.0", artifact_type=LIFECYCLE, annotations={"vnd.microsoft.artifact.lifecycle.end-of-life.date": day})
    sandbox.attach("dotnet/runtime", "6.0", artifact_type=LIFECYCLE, annotations={"vnd.microsoft.artifact.lifecycle.end-of-life.date": "?"})

    with watching(sandbox, registry="mcr.microsoft.com") as datasource:
        [release] = datasource.releases(image("mcr.microsoft.com/dotnet/runtime"))
        assert datasource.describe(release).deprecation == "end of life on 2026-11-10"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        pytest.param("docker.io/library/none", NotListedError, id="unknown"),
        pytest.param("docker.io/Library/APP", DatasourceError, id="no name"),
    ],
)
def test_what_is_not_listed_is_an_error(sandbox: RegistrySandbox, name: str, error: type[DatasourceError]) -> None:
    with watching(sandbox) as datasource, pytest.raises(error):
        datasource.releases(image(name))


def test_a_failing_registry_is_temporary(sandbox: RegistrySandbox) -> None:
    sandbox.push_image("library/app", "1")
    sandbox.faults.switch_on("HEAD *", TooManyRequests(retry_after=timedelta(hours=1)))

    with watching(sandbox) as datasource:
        [release] = datasource.releases(image("docker.io/library/app"))
        with pytest.raises(DatasourceError, match="may be asked again at") as caught:
            datasource.describe(release)

    assert caught.value.is_temporary
    assert not isinstance(caught.value, NotListedError)


def test_one_failing_dependency_stops_no_other(sandbox: RegistrySandbox) -> None:
    sandbox.push_image("library/bad", "1")
    sandbox.push_image("library/good", "1")
    sandbox.faults.switch_on("GET */bad/*", ServerError())

    with watching(sandbox) as datasource:
        names = ["docker.io/library/bad", "docker.io/library/good", "docker.io/library/none"]
        listings = Watcher([datasource]).look_up(map(image, names))

    assert [bool(listing.problem) for listing in listings.values()] == [True, False, True]
    assert [listing.dependency.name for listing in listings.values()] == names
    assert [release.value for release in listings[image(names[1])].releases] == ["1"]


def test_a_dependency_of_no_known_datasource_is_a_problem() -> None:
    listing = Watcher([]).look_up([Dependency(datasource="x", name="y")])[Dependency(datasource="x", name="y")]

    assert listing.problem == "x: y: there is no datasource 'x'; there are: none."


class Listed:
    """A datasource that lists what it is given."""

    name = "listed"

    def __init__(self, *values: str) -> None:
        self._values = values

    def releases(self, dependency: Dependency) -> list[Release]:
        return [Release(dependency=dependency, value=value) for value in self._values]

    def describe(self, release: Release) -> Release:
        return release


@pytest.mark.parametrize("value", ["v1.2.3", "@scope/pkg@1.0.0", "release/1.0", "1.0.0+build.5", "1:2.3~rc1-4", "chart-1.0", "3"])
def test_values_that_versions_have_are_listed(value: str) -> None:
    dependency = Dependency(datasource="listed", name="x")

    assert [release.value for release in Watcher([Listed(value)]).look_up([dependency])[dependency].releases] == [value]


@pytest.mark.parametrize(
    "value",
    ["--exec=x", "-1", "$(id)", "`id`", "a b", "a\nb", "a\x1b[31m", "<img>", "[a](b)", "a|b", "a;b", "a'b", "é", "", "x" * 256],
)
def test_values_that_mean_something_elsewhere_are_passed_over(value: str) -> None:
    dependency = Dependency(datasource="listed", name="x")

    assert [release.value for release in Watcher([Listed("1.0", value)]).look_up([dependency])[dependency].releases] == ["1.0"]


class TestCosts:
    """500 pins of 40 dependencies, each with 5 tags in use: as many questions as there are distinct things to know."""

    NAMES = tuple(f"docker.io/library/app{number}" for number in range(40))
    TAGS = tuple(f"1.{number}" for number in range(5))

    @pytest.fixture
    def fleet(self, sandbox: RegistrySandbox) -> RegistrySandbox:
        for name in self.NAMES:
            repository = name.removeprefix("docker.io/")
            sandbox.push_image(repository, self.TAGS[0])
            for tag in self.TAGS[1:]:
                sandbox.tag(repository, tag, self.TAGS[0])
        return sandbox

    def run(self, datasource: OciDatasource) -> None:
        pins = [(image(self.NAMES[number % 40]), self.TAGS[number // 40 % 5]) for number in range(500)]
        watcher = Watcher([datasource])
        listings = watcher.look_up(dependency for dependency, _ in pins)
        assert len(listings) == 40
        assert not any(listing.problem for listing in listings.values())
        for dependency, tag in pins:
            assert watcher.describe(Release(dependency=dependency, value=tag)).digest is not None

    def test_each_thing_is_asked_once(self, fleet: RegistrySandbox) -> None:
        with watching(fleet) as datasource:
            self.run(datasource)

        assert fleet.faults.count("GET *tags/list") == 40 + 1, "one more, to learn how the registry wants to be asked"
        assert fleet.faults.count("HEAD *") == 40 * 5
        assert fleet.faults.count("GET /token") == 40
        assert fleet.faults.count("GET *manifests*") == 0

    def test_a_second_run_only_validates_the_lists(self, fleet: RegistrySandbox, tmp_path: Path) -> None:
        validated = 0

        async def counting(scope, receive, send):
            async def watch(message):
                nonlocal validated
                validated += message["type"] == "http.response.start" and message["status"] == 304
                await send(message)

            await fleet.app(scope, receive, watch)

        with Server(counting) as server:
            for _ in range(2):
                with HttpClient(reach=LOOPBACK, cache=tmp_path / "http.db") as http:
                    mirrors = {"": Mirror(prefix="docker.io", location=f"127.0.0.1:{server.port}")}
                    self.run(OciDatasource(RegistryClient(http=http, mirrors=mirrors)))

        assert validated == 40

    def test_a_failure_is_asked_once_too(self, fleet: RegistrySandbox) -> None:
        release = Release(dependency=image(self.NAMES[0]), value="none")
        with watching(fleet) as datasource:
            watcher = Watcher([datasource])
            for _ in range(3):
                with pytest.raises(NotListedError):
                    watcher.describe(release)
        assert fleet.faults.count("HEAD *") == 2, "once before and once after the challenge"


def test_a_digest_is_never_older_than_the_question(sandbox: RegistrySandbox, tmp_path: Path) -> None:
    old = sandbox.push_image("library/app", "1", labels={"v": "1"})
    with watching(sandbox, cache=tmp_path / "http.db") as datasource:
        release = Release(dependency=image("docker.io/library/app"), value="1")
        assert datasource.describe(release).digest == old
        new = sandbox.push_image("library/app", "1", labels={"v": "2"})
        assert datasource.describe(release).digest == new


def test_what_was_known_of_a_release_stays_known(sandbox: RegistrySandbox) -> None:
    clock = Clock()
    digest = sandbox.push_image("library/app", "1")
    release = Release(dependency=image("docker.io/library/app"), value="1", first_seen=clock(), source_url="https://git.example.org/app")

    with watching(sandbox) as datasource:
        described = Watcher([datasource]).describe(release)

    assert described.digest == digest
    assert (described.first_seen, described.source_url) == (release.first_seen, release.source_url)
