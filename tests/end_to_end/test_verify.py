"""`verify`, as a newcomer calls it: images in a registry, advisories on loopback."""

import json
from datetime import UTC, datetime

import pytest

from bot.sandbox.osv import OsvSandbox
from bot.sandbox.registry import Layer
from bot.sandbox.server import Server

NAME, BASE = "docker.io/library/shop", "docker.io/library/debian"
OLD, FIXED = "3.0.11-1~deb12u2", "3.0.14-1~deb12u1"
UPGRADE = "RUN /bin/sh -c apt-get update && apt-get -y dist-upgrade # buildkit"
DAY, NEXT = datetime(2026, 8, 6, tzinfo=UTC), datetime(2026, 8, 13, tzinfo=UTC)
RECORD = {
    "schema_version": "1.7.3",
    "id": "DSA-1-1",
    "modified": "2026-08-10T03:04:05Z",
    "published": "2026-08-10T03:04:05Z",
    "upstream": ["CVE-2026-1001"],
    "affected": [
        {
            "package": {"ecosystem": "Debian:12", "name": "openssl"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": FIXED}]}],
        }
    ],
}


def database(version):
    told = f"Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: {version}\n\n"
    return {"var/lib/dpkg/status": told.encode()}


def push(acme, tag, version, *, made, built, base=BASE, app="1"):
    layers = [
        Layer(instruction=UPGRADE, files=database(version), created=made),
        Layer(instruction="COPY . /app", files={"app": app.encode()}),
    ]
    acme.registry.push_image(NAME, tag, layers=layers, base=(base, "12"), created=built)


@pytest.fixture
def shop(acme):
    system = b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
    acme.registry.push_image(BASE, "12", layers=[{"etc/os-release": system, **database(OLD)}], created=DAY)
    push(acme, "old", OLD, made=DAY, built=DAY)
    push(acme, "fixed", FIXED, made=NEXT, built=NEXT, app="2")
    push(acme, "cached", OLD, made=DAY, built=NEXT, app="2")
    text = acme.config.read_text(encoding="utf-8")
    with Server(OsvSandbox([RECORD]).app) as server:
        named = f'{{advisories: osv, end_of_life: shipped, osv_url: "{server.url}"}}'
        acme.config.write_text(text.replace("{advisories: off}", named), encoding="utf-8")
        yield acme


@pytest.mark.parametrize(
    ("arguments", "code", "verdict"),
    [
        pytest.param(["shop:fixed"], 0, "fixed", id="every hole with a fix"),
        pytest.param(["shop:fixed", "--hole", "CVE-2026-1001"], 0, "fixed", id="a hole"),
        pytest.param(["shop:fixed", "--package", "openssl"], 0, "fixed", id="a package by its holes"),
        pytest.param(["shop:fixed", "--package", f"deb/libssl3@{FIXED}"], 0, "fixed", id="a package by its version"),
        pytest.param(["shop:cached"], 10, "cached", id="cached"),
        pytest.param(["shop:cached", "--hole", "DSA-1-1"], 10, "cached", id="cached, by another name of the hole"),
        pytest.param(["shop:old"], 10, "tag_did_not_move", id="not moved"),
        pytest.param(["shop:fixed", "--hole", "CVE-2026-9"], 4, "unknown", id="a hole that it never had"),
        pytest.param(["shop:fixed", "--package", "curl@8"], 4, "unknown", id="a package that it never had"),
        pytest.param(["shop:fixed", "--package", "curl"], 4, "unknown", id="a package without holes"),
        pytest.param(["shop:none"], 4, None, id="no such image"),
        pytest.param(["shop:fixed", "--package", "@1"], 2, None, id="no package"),
        pytest.param(["shop:fixed", "--base", "debian:12"], 0, "fixed", id="on the base"),
    ],
)
def test_the_verdict_and_the_exit_code(shop, arguments, code, verdict):
    result = shop.run("verify", "shop:old", *arguments, "--format", "json")

    assert result.returncode == code, result.stdout + result.stderr
    if verdict is not None:
        told = json.loads(result.stdout)
        assert (told["verdict"], told["is_fixed"]) == (verdict, code == 0)


def test_people_read_why_and_what_helps_with_the_line(shop):
    (shop.folder / "Dockerfile").write_text("FROM debian:12 AS runtime\nRUN apt-get update \\\n && apt-get -y dist-upgrade\nCOPY . /app\n")
    (shop.folder / "build.yml").write_text("steps:\n  - uses: docker/build-push-action@v6\n    with: {cache-from: type=gha}\n")
    built_by = [part for name in ("Dockerfile", "build.yml") for part in ("--built-by", str(shop.folder / name))]

    result = shop.run("verify", "shop:old", "shop:cached", *built_by)
    shown = shop.run("verify", "shop:old", "shop:cached", "--format", "markdown").stdout

    assert result.returncode == 10, result.stderr
    said = " ".join(result.stdout.split())
    assert "Verdict the layer that upgrades packages came out of a cache" in said
    assert f"deb/debian/libssl3 is {OLD} as before; {FIXED} has the fix." in said
    assert "was not run: it is the old image's, of 2026-08-06; the image is of 2026-08-13." in said
    assert "build.yml:2) `no-cache-filters: runtime`" in said
    assert "Dockerfile:2) and use it there." in said
    assert shown.startswith("**the layer that upgrades packages came out of a cache**")


def test_the_base_is_known_by_what_the_image_says_and_its_layers_bear_out(shop):
    digest = shop.registry.store.manifest(BASE, "12").digest
    labels = {"org.opencontainers.image.base.name": "docker.io/library/debian:12", "org.opencontainers.image.base.digest": digest}
    for tag, app in (("a", "1"), ("b", "2")):
        copied = Layer(instruction="COPY . /app", files={"app": app.encode()})
        shop.registry.push_image(NAME, tag, layers=[copied], base=(BASE, "12"), created=NEXT, labels=labels, annotations=labels)

    told = json.loads(shop.run("verify", "shop:a", "shop:b", "--format", "json").stdout)

    assert told["verdict"] == "base_not_taken"
    assert "Its base is the one of before: the 1 lowest layers are the old image's." in told["evidence"]


def test_without_advisories_a_hole_is_not_closed(shop):
    shop.config.write_text(shop.config.read_text(encoding="utf-8").replace("advisories: osv", "advisories: off"), encoding="utf-8")

    result = shop.run("verify", "shop:old", "shop:fixed")

    assert result.returncode == 4
    assert "Nothing tells of holes here" in result.stdout
