"""What every registry must answer alike: run against the sandbox and against Debian's docker-registry."""

from datetime import UTC, datetime

import pytest

from bot.clients.oci.client import NotFoundError
from bot.model.image import Digest, Platform
from bot.sandbox.clock import Clock
from bot.sandbox.registry import ImageFormat, RegistrySandbox, Runtime
from tests.registries import RunningRegistry

CREATED = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def seeded() -> RegistrySandbox:
    return RegistrySandbox(clock=Clock())


def test_tags_come_through_all_pages(registry: RunningRegistry, seeded: RegistrySandbox) -> None:
    tags = [f"1.{number:02}" for number in range(25)]
    for tag in tags:
        seeded.push_image("library/many", tag)
    registry.publish(seeded)

    assert sorted(registry.client.tags(registry.reference("library/many"))) == tags


@pytest.mark.parametrize("image_format", list(ImageFormat), ids=lambda image_format: image_format.name)
@pytest.mark.parametrize("platforms", [("linux/amd64",), ("linux/amd64", "linux/arm64/v8")], ids=["manifest", "index"])
def test_a_tag_has_the_digest_that_was_pushed(
    registry: RunningRegistry, seeded: RegistrySandbox, image_format: ImageFormat, platforms: tuple[str, ...]
) -> None:
    pushed = seeded.push_image("app", "1.0", platforms=platforms, image_format=image_format)
    registry.publish(seeded)
    reference = registry.reference("app:1.0")

    assert registry.client.digest(reference) == pushed
    assert registry.client.manifest(reference).digest == pushed
    assert registry.client.manifest(reference.at(digest=pushed)).digest == pushed
    assert registry.client.resolve(reference).media_type == image_format.value[0 if len(platforms) > 1 else 1]


def test_facts_are_those_of_the_platform(registry: RunningRegistry, seeded: RegistrySandbox) -> None:
    seeded.push_image(
        "app",
        "1.0",
        layers=[{"a": b"1"}, {"b": b"2"}],
        labels={"org.opencontainers.image.version": "1.0"},
        annotations={"org.opencontainers.image.source": "https://git.example.org/app"},
        platforms=("linux/amd64", "linux/arm64/v8"),
        created=CREATED,
        runtime=Runtime(
            user="nobody", entrypoint=["/app"], command=["--help"], environment=["A=1"], exposed_ports=["80/tcp"], volumes=["/data"]
        ),
        attested=True,
    )
    registry.publish(seeded)
    reference = registry.reference("app:1.0")

    usual = registry.client.facts(reference, None)
    other = registry.client.facts(reference, Platform(os="linux", architecture="arm64"))

    assert usual.labels == {"org.opencontainers.image.version": "1.0", "org.opencontainers.image.source": "https://git.example.org/app"}
    assert usual.created_at == CREATED
    assert usual.platforms == ("linux/amd64", "linux/arm64/v8")
    assert (usual.user, usual.entrypoint, usual.command) == ("nobody", ("/app",), ("--help",))
    assert (usual.environment, usual.exposed_ports, usual.volumes) == (("A=1",), ("80/tcp",), ("/data",))
    assert len(usual.layer_digests) == len(usual.diff_ids) == 2
    assert usual.size_bytes > 0
    assert set(usual.diff_ids).isdisjoint(other.diff_ids)


def test_a_missing_platform_is_no_other_one(registry: RunningRegistry, seeded: RegistrySandbox) -> None:
    seeded.push_image("app", "1.0", platforms=("linux/amd64", "linux/arm64/v8"))
    registry.publish(seeded)

    with pytest.raises(NotFoundError, match=r"linux/s390x.*linux/amd64, linux/arm64/v8"):
        registry.client.facts(registry.reference("app:1.0"), Platform(os="linux", architecture="s390x"))


@pytest.mark.parametrize("text", ["nothing:1.0", "app:2.0"], ids=["no repository", "no tag"])
def test_what_is_not_there_is_not_found(registry: RunningRegistry, seeded: RegistrySandbox, text: str) -> None:
    seeded.push_image("app", "1.0")
    registry.publish(seeded)

    with pytest.raises(NotFoundError, match=f"manifests/{text.partition(':')[2]}: 404"):
        registry.client.digest(registry.reference(text))


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        pytest.param("app:2.0", r"Check the name and the tag\.$", id="a tag"),
        pytest.param("app@sha256:" + "0" * 64, r"Check the name and the digest\.$", id="a digest"),
    ],
)
def test_what_is_not_there_is_told_by_what_was_asked_for(
    registry: RunningRegistry, seeded: RegistrySandbox, reference: str, said: str
) -> None:
    seeded.push_image("app", "1.0")
    registry.publish(seeded)

    with pytest.raises(NotFoundError, match=said):
        registry.client.manifest(registry.reference(reference))


def test_referrers_are_found_by_api_or_by_fallback_tag(registry: RunningRegistry, seeded: RegistrySandbox) -> None:
    subject = seeded.push_image("app", "1.0")
    attached = seeded.attach("app", "1.0", artifact_type="application/x.life", annotations={"end": "2027-01-01"})
    seeded.attach("app", "1.0", artifact_type="application/x.other")
    if not registry.has_referrers:
        index = seeded.store.referrers_index("app", subject, None)
        seeded.store.add_manifest("app", subject.replace(":", "-"), index, "application/vnd.oci.image.index.v1+json")
    registry.publish(seeded)

    found = registry.client.referrers(registry.reference("app").at(digest=subject), artifact_type="application/x.life")

    assert [(child.digest, child.annotations["end"]) for child in found] == [(attached, "2027-01-01")]


def test_nothing_is_attached_to_an_unknown_digest(registry: RunningRegistry, seeded: RegistrySandbox) -> None:
    seeded.push_image("app", "1.0")
    registry.publish(seeded)

    assert registry.client.referrers(registry.reference("app").at(digest=Digest(f"sha256:{'0' * 64}"))) == ()
