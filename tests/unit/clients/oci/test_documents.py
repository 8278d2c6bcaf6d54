import json
from datetime import UTC, datetime

import pytest

from bot.clients.oci.documents import DOCKER_INDEX, OCI_INDEX, OCI_MANIFEST, normal_platform, parse_time, read_manifest, sha256
from bot.model.image import Platform

DIGESTS = [f"sha256:{number:064x}" for number in range(9)]
ATTESTATION = {"vnd.docker.reference.type": "attestation-manifest"}


def platform(text: str) -> Platform:
    system, architecture, *variant = text.split("/")
    return Platform(os=system, architecture=architecture, variant="".join(variant))


def index(*children: tuple[str, dict[str, str]]) -> bytes:
    manifests = []
    for digest, (text, annotations) in zip(DIGESTS, children, strict=False):
        wanted = platform(text)
        told = {"os": wanted.os, "architecture": wanted.architecture, "variant": wanted.variant}
        manifests.append({"mediaType": OCI_MANIFEST, "digest": digest, "size": 1, "platform": told, "annotations": annotations})
    return json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests}).encode()


@pytest.mark.parametrize(
    ("children", "wish", "expected"),
    [
        pytest.param(["linux/arm64/v8", "linux/amd64"], None, 1, id="amd64 unless told otherwise"),
        pytest.param(["linux/s390x", "linux/ppc64le"], None, 0, id="the first where there is no amd64"),
        pytest.param(["linux/arm/v6", "linux/arm/v7"], "linux/arm/v7", 1, id="variants are told apart"),
        pytest.param(["linux/arm/v6", "linux/arm/v7"], "linux/arm", 1, id="arm is v7"),
        pytest.param(["linux/amd64", "linux/arm64/v8"], "linux/arm64", 1, id="arm64 is v8"),
        pytest.param(["linux/amd64", "linux/arm64"], "linux/arm64/v8", 1, id="v8 is arm64"),
        pytest.param(["windows/amd64", "linux/amd64"], "linux/amd64", 1, id="systems are told apart"),
        pytest.param(["linux/amd64"], "linux/arm64", None, id="none is none"),
        pytest.param(["unknown/unknown", "linux/amd64"], None, 1, id="attestations are no images"),
        pytest.param(["unknown/unknown"], None, None, id="nothing but attestations"),
    ],
)
def test_the_child_for_a_platform(children: list[str], wish: str | None, expected: int | None) -> None:
    body = index(*((text, {}) for text in children))
    manifest = read_manifest(body, content_type="", digest=sha256(body))

    child = manifest.child(platform(wish) if wish else None)

    assert (None if child is None else child.digest) == (None if expected is None else DIGESTS[expected])


def test_the_platforms_of_an_index_leave_out_what_is_no_image() -> None:
    body = index(("linux/amd64", {}), ("linux/amd64", ATTESTATION), ("unknown/unknown", {}), ("linux/amd64", {}), ("linux/arm/v7", {}))

    manifest = read_manifest(body, content_type="", digest=sha256(body))

    assert [str(found) for found in manifest.platforms] == ["linux/amd64", "linux/arm/v7"]


@pytest.mark.parametrize(
    ("told", "content_type", "expected"),
    [
        pytest.param({"manifests": []}, f"{DOCKER_INDEX}; charset=utf-8", DOCKER_INDEX, id="by the header"),
        pytest.param({"mediaType": OCI_INDEX, "manifests": []}, "text/plain", OCI_INDEX, id="by its own word"),
        pytest.param({"manifests": []}, "text/plain", OCI_INDEX, id="by its fields"),
        pytest.param({"config": {"digest": DIGESTS[0]}}, "", OCI_MANIFEST, id="a manifest by its fields"),
    ],
)
def test_the_type_of_a_manifest(told: dict[str, object], content_type: str, expected: str) -> None:
    body = json.dumps(told).encode()

    assert read_manifest(body, content_type=content_type, digest=sha256(body)).media_type == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm/v7", "linux/arm"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/arm/v6", "linux/arm/v6"),
        ("linux/amd64/v2", "linux/amd64/v2"),
    ],
)
def test_the_usual_variant_goes_without_saying(text: str, expected: str) -> None:
    assert str(normal_platform(platform(text))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02-03T04:05:06Z", datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ("2026-02-03T04:05:06.123456789Z", datetime(2026, 2, 3, 4, 5, 6, 123456, tzinfo=UTC)),
        ("2026-02-03T04:05:06+02:00", datetime(2026, 2, 3, 2, 5, 6, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", None),
        ("1980-01-01T00:00:01Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (5, None),
    ],
)
def test_times_that_builders_write(text: object, expected: datetime | None) -> None:
    assert parse_time(text) == expected
