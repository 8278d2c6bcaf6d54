"""What a whole run shows of a source's own words, and what it asks for them."""

import pytest

from bot.model.pull_request import Outcome
from bot.sandbox.registry import Access
from tests.end_to_end.conftest import Acme, outcomes, run

SOURCE = "org.opencontainers.image.source"
REVISION = "org.opencontainers.image.revision"
CHANGELOG = """\
# Changelog

## [1.2.0] - 2026-05-06
Ask @octocat, closes #1 <img src="https://e.example/beacon">

## [1.1.0] - 2026-05-01
Middle.

## [1.0.0] - 2026-04-01
In use already.
"""


def publish(acme: Acme, tag: str, *, name: str = "tool", revision: str = "", version: str = "") -> str:
    """An image that names the repo that it was built from."""
    acme.registry.gate.access = Access.OPEN
    labels = {SOURCE: "https://github.com/up/stream", **({REVISION: revision} if revision else {})}
    return acme.registry.push_image(
        f"docker.io/acme/{name}", tag, labels=labels, layers=[{"etc/built": f"{tag} {revision} {version}".encode()}]
    )


def commit(acme: Acme, *subjects: str) -> str:
    """The head of the source after some commits."""
    for number, subject in enumerate(subjects):
        head = acme.github.commit_files("up/stream", {f"file-{number}": subject}, message=f"{subject}\n\nWhy.")
    return head


def body(acme: Acme) -> str:
    return acme.github.issue("acme/shop", 1).body


@pytest.fixture
def shop(acme: Acme) -> Acme:
    acme.github.create_repo("up", "stream", {"README.md": "upstream\n"})
    acme.github.create_repo("acme", "shop", {"Dockerfile": "FROM acme/tool:1.0.0\n"})
    return acme


def asked(acme: Acme) -> dict[str, int]:
    return {route.replace("/api/v3/repos/up/stream", ""): count for route, count in acme.faults.requests.items() if "/up/stream" in route}


def test_a_changelog_stands_in_for_releases_that_there_are_none_of(shop):
    shop.github.commit_files("up/stream", {"docs/CHANGELOG.md": CHANGELOG}, message="Notes")
    for tag in ("1.0.0", "1.1.0", "1.2.0"):
        publish(shop, tag)

    first = run(shop)
    costs = asked(shop)
    second = run(shop)

    assert [outcome for summary in (first, second) for _, outcome in outcomes(summary)] == [Outcome.OPENED, Outcome.UNCHANGED]
    assert "- The release notes below are sections of its `docs/CHANGELOG.md`" in body(shop)
    assert "> Ask @\u200boctocat, c\u200bloses #\u200b1" in body(shop)
    assert "Middle." in body(shop)
    assert "In use already." not in body(shop)
    assert "<img" not in body(shop)
    assert costs == {"GET /releases": 1, "GET /contents": 1, "GET /contents/docs": 1, "GET /contents/docs/CHANGELOG.md": 1}
    assert asked(shop) == {}


def test_a_rebuilt_tag_shows_the_commits_between(shop):
    old = shop.github.repo("up/stream").store.head("main")
    was = publish(shop, "1.0.0", revision=old)
    shop.github.commit_files("acme/shop", {"Dockerfile": f"FROM acme/tool:1.0.0@{was}\n"}, message="Pin")
    new = commit(shop, "Mend the parser, closes #7", *(f"Step {number} by @octocat" for number in range(11)))
    publish(shop, "1.0.0", revision=new)

    run(shop)

    compare = f"https://github.com/up/stream/compare/{old}...{new}"
    assert f"- [12 commits between the sources of the two]({compare})" in body(shop)
    assert "<details><summary>Commits (12)</summary>" in body(shop)
    assert "- Mend the parser, closes #\u200b7" in body(shop)
    assert f"- [and 2 more]({compare})" in body(shop)
    assert "@octocat" not in body(shop)
    assert asked(shop) == {f"GET /compare/{old}...{new}": 1}


@pytest.mark.parametrize(("revision", "is_told"), [pytest.param("a" * 40, True, id="named"), pytest.param("", False, id="not named")])
def test_a_pure_rebuild_is_told_where_it_is_known(shop, revision, is_told):
    was = publish(shop, "1.0.0", revision=revision, version="one")
    shop.github.commit_files("acme/shop", {"Dockerfile": f"FROM acme/tool:1.0.0@{was}\n"}, message="Pin")
    publish(shop, "1.0.0", revision=revision, version="two")

    run(shop)

    assert ("A pure rebuild: both images say that they were built from the same commit, `aaaaaaaaaaaa`" in body(shop)) is is_told
    assert asked(shop) == {}


def test_what_the_configuration_names_is_believed_first(shop):
    shop.config.write_text(f"{shop.config.read_text()}sources: [{{match: [docker.io/acme/*], repo: up/*, tag_prefix: tool-}}]\n")
    shop.github.create_repo("up", "tool", {"README.md": "upstream\n"})
    for tag, text in (("tool-1.1.0", "Ours."), ("v1.1.0", "Theirs.")):
        shop.github.add_release("up/tool", tag, body=text)
    for tag in ("1.0.0", "1.1.0"):
        publish(shop, tag)

    run(shop)

    assert "> Ours." in body(shop)
    assert "Theirs." not in body(shop)
    assert asked(shop) == {}


def test_notes_that_are_not_published_yet_are_said_to_be_so(shop):
    shop.github.add_release("up/stream", "v1.0.0", body="Old.")
    for tag in ("1.0.0", "1.1.0"):
        publish(shop, tag)

    run(shop)

    assert "- Its source has not published the notes of this version yet" in body(shop)
