"""From the configuration to the word of servers on an image: trust, names, which images each serves."""

from base64 import b64encode
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.assess.assessor import Assessor
from bot.assess.source import Told
from bot.model.assessment import DataSource, Hole
from bot.model.contents import Contents
from bot.model.secret import Secret
from bot.model.severity import Severity
from bot.sandbox.clock import Clock
from bot.sandbox.registry import Access, RegistrySandbox
from bot.sandbox.scanners.clair import ClairSandbox
from bot.sandbox.scanners.harbor import HarborSandbox
from bot.sandbox.scanners.qualys import QualysSandbox
from bot.sandbox.scanners.quay import QuaySandbox
from bot.sandbox.scanners.scans import Finding, Scan
from bot.sandbox.scanners.sonatype import SonatypeSandbox
from bot.sandbox.server import Server
from bot.wiring.clients import http_client, registry_client, utc_now
from bot.wiring.scanners import scanners
from tests.unit.assess.servers.worlds import DIGEST, OPENSSL, PACKAGES, contents
from tests.unit.settings.reading import load

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


class Osv:
    """Our own data, which rates the hole critical."""

    def told(self, image: Contents) -> Told | None:
        hole = Hole(id="CVE-2026-0001", package=OPENSSL, severity=Severity.CRITICAL, source="OSV CVE-2026-0001")
        return Told(holes=(hole,), checked=image.packages, data=(DataSource(name="OSV", as_of=NOW),))


@pytest.fixture
def stack():
    with ExitStack() as stack:
        yield stack


def assess(stack: ExitStack, tmp_path: Path, text: str, image: Contents, environment: dict[str, str] | None = None):
    settings = load(tmp_path, f"cache_folder: {tmp_path}/cache\n{text}", environment or {})
    http = stack.enter_context(http_client(settings))
    servers = stack.enter_context(scanners(settings, http, registry_client(settings, http), lambda: NOW))
    return Assessor(sources=[*servers, Osv()]).assess(image)


def scan(severity: Severity) -> dict:
    return {DIGEST: Scan(packages=PACKAGES, findings=(Finding(id="CVE-2026-0001", package=OPENSSL, severity=severity),))}


@pytest.mark.parametrize(
    ("first", "second", "decided", "told"),
    [
        pytest.param("harbor", "quay", Severity.LOW, "Harbor says low, Quay medium, OSV critical", id="the first"),
        pytest.param("quay", "harbor", Severity.MEDIUM, "Quay says medium, Harbor low, OSV critical", id="the other way round"),
    ],
)
def test_the_first_in_the_order_of_trust_decides_and_all_are_told(stack, tmp_path, *, first, second, decided, told):
    urls = {
        "harbor": stack.enter_context(Server(HarborSandbox(scans=scan(Severity.LOW)).app)).url,
        "quay": stack.enter_context(Server(QuaySandbox(scans=scan(Severity.MEDIUM)).app)).url,
    }
    text = "scanners:\n" + "".join(f"  - {{kind: {kind}, url: '{urls[kind]}', serves: ['*']}}\n" for kind in (first, second))

    (hole,) = assess(stack, tmp_path, text, contents()).holes

    assert (hole.severity, hole.disagreement) == (decided, told)


def test_a_first_one_that_does_not_rate_it_does_not_decide(stack, tmp_path):
    urls = [stack.enter_context(Server(QuaySandbox(scans=scan(rated)).app)).url for rated in (Severity.UNKNOWN, Severity.HIGH)]
    text = "scanners:\n" + "".join(f"  - {{kind: quay, url: '{url}', serves: ['*']}}\n" for url in urls)

    (hole,) = assess(stack, tmp_path, text, contents()).holes

    assert hole.severity is Severity.HIGH
    assert [rating.by for rating in hole.ratings] == ["Quay", f"Quay {urls[1].removeprefix('http://')}", "OSV"]


def test_without_a_servers_word_the_worst_of_our_own_data_counts(stack, tmp_path):
    (hole,) = assess(stack, tmp_path, "", contents()).holes

    assert (hole.severity, hole.disagreement) == (Severity.CRITICAL, "")


@pytest.mark.parametrize(
    ("serves", "image", "requests"),
    [
        pytest.param("", "registry.example.com/shop/app:1", 0, id="another registry's image"),
        pytest.param("", "127.0.0.1:{port}/shop/app:1", 2, id="its own registry's"),
        pytest.param(", serves: ['docker.io/shop/*']", "docker.io/shop/app:1", 2, id="what it serves"),
        pytest.param(", serves: ['docker.io/shop/*']", "docker.io/other/app:1", 0, id="what it does not serve"),
    ],
)
def test_a_server_is_asked_of_the_images_that_it_serves_alone(stack, tmp_path, serves, image, requests):
    sandbox = HarborSandbox(scans=scan(Severity.LOW))
    server = stack.enter_context(Server(sandbox.app))

    assess(stack, tmp_path, f"scanners: [{{kind: harbor, url: '{server.url}'{serves}}}]", contents(image=image.format(port=server.port)))

    assert sandbox.faults.count() == requests


def test_a_credential_comes_from_the_environment_and_is_never_shown(stack, tmp_path):
    sandbox = HarborSandbox(scans=scan(Severity.LOW))
    url = stack.enter_context(Server(sandbox.app)).url
    text = f"scanners: [{{kind: harbor, url: '{url}', serves: ['*'], username_from: U, password_from: P}}]"

    found = assess(stack, tmp_path, text, contents(), {"U": "robot", "P": "pa55word"})

    assert found.holes
    assert "pa55" not in repr(load(tmp_path, text, {"U": "robot", "P": "pa55word"}).secrets)


def test_a_server_that_compared_the_package_and_knows_no_hole_is_named(stack, tmp_path):
    url = stack.enter_context(Server(QuaySandbox(scans={DIGEST: Scan(packages=PACKAGES)}).app)).url

    (hole,) = assess(stack, tmp_path, f"scanners: [{{kind: quay, url: '{url}', serves: ['*']}}]", contents()).holes

    assert (hole.severity, hole.disagreement) == (Severity.CRITICAL, "OSV tells of it, Quay does not")


def test_what_one_application_was_told_is_not_anothers(stack, tmp_path):
    sandbox = SonatypeSandbox(applications={"one": "1", "other": "2"}, would_find=scan(Severity.HIGH))
    url = stack.enter_context(Server(sandbox.app)).url

    for application in ("one", "one", "other"):
        assess(stack, tmp_path, f"scanners: [{{kind: sonatype, url: '{url}', application: {application}, stage: operate}}]", contents())

    assert (sandbox.faults.count("POST *"), sandbox.stages) == (2, ["operate", "operate"])


def test_a_server_that_knows_images_by_their_configuration_is_asked_by_what_the_registry_says(stack, tmp_path):
    registry = RegistrySandbox(clock=Clock(NOW), access=Access.OPEN)
    digest = registry.push_image("docker.io/shop/app", "1")
    host = stack.enter_context(Server(registry.app)).url.removeprefix("http://")
    configuration = registry.store.manifest("docker.io/shop/app", digest).read()["config"]["digest"]
    qualys = QualysSandbox(scans={digest: scan(Severity.HIGH)[DIGEST]}, image_id=lambda _: configuration)
    url = stack.enter_context(Server(qualys.app)).url
    text = f"""registries: {{docker.io: {{location: "{host}/docker.io", plain_http: true}}}}
scanners: [{{kind: qualys, url: "{url}"}}]"""

    found = assess(stack, tmp_path, text, contents(digest=digest, image="docker.io/shop/app:1"))

    assert found.holes[0].told_by == ("Qualys", "OSV")
    assert configuration != digest


def test_a_server_that_does_not_say_what_it_compared_is_not_silent(stack, tmp_path):
    url = stack.enter_context(Server(HarborSandbox(scans={DIGEST: Scan(packages=PACKAGES)}).app)).url

    (hole,) = assess(stack, tmp_path, f"scanners: [{{kind: harbor, url: '{url}', serves: ['*']}}]", contents()).holes

    assert not hole.disagreement


def test_a_token_lives_by_the_time_of_day_however_long_ago_the_run_began(stack, tmp_path):
    key = b64encode(b"a key of thirty-two bytes or more that both sides know").decode()
    sandbox = ClairSandbox(secret=Secret(key), scans=scan(Severity.LOW), now=utc_now)
    url = stack.enter_context(Server(sandbox.app)).url

    found = assess(stack, tmp_path, f"scanners: [{{kind: clair, url: '{url}', token_from: K}}]", contents(), {"K": key})

    assert [hole.severity for hole in found.holes] == [Severity.LOW]
