import pytest

from bot.explain.releases import between
from bot.model.notes import ReleaseNote


def notes(names: str) -> list[ReleaseNote]:
    return [ReleaseNote(name=name, text="") for name in names.split()]


@pytest.mark.parametrize(
    ("releases", "old", "new", "expected"),
    [
        pytest.param("1.3.0 1.2.1 1.2.0 1.1.0", "1.1.0", "1.2.1", "1.2.1 1.2.0", id="plain"),
        pytest.param("v1.2.1 v1.2.0 v1.1.0", "1.1.0", "1.2.1", "v1.2.1 v1.2.0", id="v in the releases"),
        pytest.param("1.2.1 1.2.0", "v1.2.0", "v1.2.1", "1.2.1", id="v in the tags"),
        pytest.param("v3.12.5 v3.12.4", "3.12.4-slim-bookworm", "3.12.5-slim-bookworm", "v3.12.5", id="variant cut"),
        pytest.param(
            "v1.2.1 v1.1.9 v1.2.0 v1.1.8", "1.1.8", "1.2.1", "v1.2.1 v1.2.0 v1.1.9", id="two lines of releases, ordered by version"
        ),
        pytest.param(
            "redis-2.0.0 nginx-1.5.0 redis-1.9.0 nginx-1.4.0",
            "1.4.0",
            "2.0.0",
            "redis-2.0.0 redis-1.9.0",
            id="packages in one repo: that of the new version",
        ),
        pytest.param(
            "app@1.1.0 other@1.1.0 app@1.0.0", "1.0.0", "1.1.0", "app@1.1.0", id="two packages with the same version: the one of the name"
        ),
        pytest.param("a-1.1.0 b-1.1.0 a-1.0.0", "1.0.0", "1.1.0", "", id="two packages and no telling which"),
        pytest.param("helm-chart-1.1.0 1.1.0 1.0.0", "1.0.0", "1.1.0", "1.1.0", id="a prefix only where there is no plain one"),
        pytest.param("2.0.0 2.0.0-rc.1 1.9.0", "1.9.0", "2.0.0", "2.0.0", id="no prereleases for a release"),
        pytest.param("2.0.0-rc.2 2.0.0-rc.1 1.9.0", "1.9.0", "2.0.0-rc.2", "2.0.0-rc.2 2.0.0-rc.1", id="prereleases for a prerelease"),
        pytest.param("2.0.0 2.0.0-rc.2 2.0.0-rc.1", "2.0.0-rc.1", "2.0.0", "2.0.0", id="from a prerelease to its release"),
        pytest.param("2.0.0 2.0.0-rc.10 2.0.0-rc.9", "2.0.0-rc.9", "2.0.0-rc.10", "2.0.0-rc.10", id="from one prerelease to the next"),
        pytest.param("jdk-17.0.10+8 jdk-17.0.10+7", "17.0.10_7-jre", "17.0.10_8-jre", "jdk-17.0.10+8", id="a rebuild's own counter"),
        pytest.param("curl-8_6_0 curl-8_5_0", "8.5.0", "8.6.0", "curl-8_6_0", id="other signs than dots"),
        pytest.param("v1.29.1+k3s2 v1.29.1+k3s1", "v1.29.1-k3s1", "v1.29.1-k3s2", "v1.29.1+k3s2", id="a plus that no image tag can have"),
        pytest.param(
            "RELEASE.2024-02-01T00-00-00Z RELEASE.2024-01-16T16-07-38Z",
            "RELEASE.2024-01-16T16-07-38Z",
            "RELEASE.2024-02-01T00-00-00Z",
            "RELEASE.2024-02-01T00-00-00Z",
            id="dates",
        ),
        pytest.param("app-1.1.0 v1.1.0 app-1.0.0", "1.0.0", "1.1.0", "app-1.1.0", id="its own name before no name"),
        pytest.param("1.2 1.1", "1.1.0", "1.2.0", "1.2", id="fewer parts"),
        pytest.param("1.2.0 1.1.0", "1.1", "1.2", "1.2.0", id="more parts"),
        pytest.param("1.2.0", "1.2.0", "1.2.0", "", id="the same version"),
        pytest.param("1.2.0", "1.3.0", "1.2.0", "", id="backwards"),
        pytest.param("nightly latest", "1.2.0", "1.3.0", "", id="releases without versions"),
        pytest.param("1.2.0", "bookworm", "trixie", "", id="tags without versions"),
    ],
)
def test_the_releases_between_two_versions(releases, old, new, expected):
    found = between(notes(releases), old, new, package="app")

    assert [note.name for note in found.notes] == expected.split()


def test_both_ends_are_named_as_they_are_published():
    found = between(notes("v1.2.1 v1.2.0"), "1.2.0-alpine", "1.2.1-alpine")

    assert (found.old_tag, found.new_tag) == ("v1.2.0", "v1.2.1")


def test_only_the_newest_of_many_are_told():
    found = between(notes(" ".join(f"1.{minor}.0" for minor in range(300))), "1.0.0", "1.299.0")

    assert [note.name for note in found.notes][:2] == ["1.299.0", "1.298.0"]
    assert len(found.notes) == 20
    assert found.older == 299 - 20


@pytest.mark.parametrize(
    ("read", "old", "lacks"),
    [
        pytest.param(299, "0.9.0", False, id="all were read"),
        pytest.param(300, "1.0.0", False, id="down to the old one"),
        pytest.param(300, "0.9.0", True, id="not down to the old one"),
    ],
)
def test_releases_that_were_never_read_are_no_secret(read, old, lacks):
    found = between(notes(" ".join(f"1.{minor}.0" for minor in range(read))), old, "1.298.0")

    assert found.may_lack_some is lacks
