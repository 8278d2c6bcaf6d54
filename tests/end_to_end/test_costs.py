"""What a run costs, counted at the GitHub and the registry on loopback, and what a run that broke off leaves to the next."""

import shutil
import threading
from datetime import timedelta

import pytest

from bot.model.pull_request import Outcome
from bot.sandbox.faults import DroppedConnection, LostAnswer, ServerError
from bot.sandbox.registry import Access
from bot.settings import load
from bot.watch.release_notes import LIMITS, GitHubReleaseNotes
from bot.wiring import local
from tests.end_to_end.conftest import REPOS, TAGS, Acme, outcomes, run

REQUESTS_PER_RUN = 1
"""To GitHub: a page of the survey, which says as well whom the token belongs to."""
REQUESTS_PER_SHARE = 1
"""To GitHub: what pull requests there are in 25 repos, up to 50 of them. Their files cost nothing while their heads stay."""
BRANCHES = ["main", "rebuild-bot/app-0/python", "rebuild-bot/app-0/redis"]


RELEASES = "GET /api/v3/repos/up/{}/releases"


def publish(acme: Acme, name: str, source: str, *tags: str) -> None:
    """Images that name the repo that they were built from."""
    acme.registry.gate.access = Access.OPEN
    for tag in tags:
        labels = {"org.opencontainers.image.source": f"https://github.com/up/{source}"}
        acme.registry.push_image(f"docker.io/library/{name}", tag, labels=labels)


def pull_requests(acme: Acme, repo: str) -> list[str]:
    return sorted(pull.head for _, pull in acme.github.repo(repo).pulls)


def branches(acme: Acme, repo: str) -> list[str]:
    return sorted(acme.github.repo(repo).store.branches())


def test_a_second_run_writes_nothing_and_asks_little(fleet):
    first = run(fleet)
    second = run(fleet)

    assert outcomes(first) == [(name, Outcome.OPENED) for name in REPOS for _ in TAGS]
    assert outcomes(second) == [(name, Outcome.UNCHANGED) for name in REPOS for _ in TAGS]
    assert fleet.writes == 0
    assert fleet.faults.requests == {"POST /api/graphql": REQUESTS_PER_RUN + REQUESTS_PER_SHARE}


def test_a_night_in_which_nothing_happened_costs_the_survey_alone_and_the_one_repo_where_something_did_one_request(fleet):
    def night() -> tuple[list[Outcome], int]:
        fleet.github.clock.advance(timedelta(days=1))
        summary = run(fleet)
        assert not summary.failures
        return [outcome for _, outcome in outcomes(summary)], fleet.faults.count()

    run(fleet)
    unchanged = [Outcome.UNCHANGED] * len(REPOS) * len(TAGS)
    after_the_first = night()
    quiet = night()
    fleet.github.close_issue(REPOS[0], 1, by="maintainer")
    declined = night()
    quiet_again = night()

    assert after_the_first == (unchanged, REQUESTS_PER_RUN + REQUESTS_PER_SHARE)
    assert quiet == (unchanged, REQUESTS_PER_RUN)
    assert declined == ([Outcome.DECLINED, *unchanged[1:]], REQUESTS_PER_RUN + REQUESTS_PER_SHARE)
    assert quiet_again == ([Outcome.DECLINED, *unchanged[1:]], REQUESTS_PER_RUN)


def test_of_a_repo_whose_head_stays_no_file_is_asked_for_and_nothing_else_comes_of_that(acme):
    """Not even where all clones are lost."""
    acme.registry.gate.access = Access.OPEN
    acme.registry.push_image("docker.io/library/python", "3.12.4")
    for name in ("one", "two", "three"):
        files = {
            "Dockerfile": "FROM python:3.12.4\n",
            "compose.yaml": "services: {app: {image: 'redis:${TAG}'}}\n",
            "docker-bake.hcl": f'target "app" {{ tags = ["ghcr.io/acme/{name}:1"] }}\n',
            ".github/CODEOWNERS": f"* @acme/{name}\n",
        }
        acme.github.create_repo("acme", name, files)

    def night():
        shutil.rmtree(acme.folder / "cache" / "git", ignore_errors=True)
        summary = run(acme)
        assert not summary.failures
        return summary.apps, sorted({route.split(".git")[0].split("/", 1)[1] for route in acme.faults.requests if ".git/" in route})

    first, quiet = run(acme).apps, night()
    acme.github.commit_files("acme/two", {"Dockerfile": "# Changed\nFROM python:3.12.4\n"}, message="Change")
    changed = night()
    (acme.folder / "cache" / "repos.sqlite3").unlink()
    anew = night()

    assert [(app.app.owners, app.app.images, len(app.skips)) for app in first] == [
        ((f"@acme/{name}",), (f"ghcr.io/acme/{name}",), 1) for name in ("one", "three", "two")
    ]
    assert quiet == (first, [])
    assert changed[1] == ["acme/two"]
    assert changed[0] != first
    assert anew == (changed[0], ["acme/one", "acme/three", "acme/two"])


def test_a_repo_costs_one_exchange_at_first_and_one_where_it_changed(acme):
    """Two requests, for each exchange begins with what the server can do."""
    acme.registry.gate.access = Access.OPEN
    acme.registry.push_image("docker.io/library/python", "3.12.4")
    for name in ("one", "two"):
        acme.github.create_repo("acme", name, {"Dockerfile": "FROM python:3.12.4\n", "README.md": "A service.\n"})

    def exchanges():
        assert not run(acme).failures
        return {route: count for route, count in acme.faults.requests.items() if ".git/" in route}

    first = exchanges()
    acme.github.commit_files("acme/two", {"Dockerfile": "# Changed\nFROM python:3.12.4\n", "README.md": "A service!\n"}, message="Change")
    changed = exchanges()

    one, two = ({f"GET /acme/{name}.git/info/refs": 1, f"POST /acme/{name}.git/git-upload-pack": 1} for name in ("one", "two"))
    assert first == one | two
    assert changed == two


def test_every_place_is_asked_once_however_many_want_to_know(fleet):
    run(fleet)

    asked = fleet.registry.faults.requests
    lists = {f"GET /v2/{repository}/tags/list" for repository in TAGS}
    tags = {f"/v2/{repository}/manifests/{tag}" for repository, tags in TAGS.items() for tag in tags}
    digests = {f"HEAD {tag}" for tag in tags}
    platforms = {f"GET {tag}" for tag in tags}
    contents = {route for route in asked if "/manifests/sha256:" in route or "/blobs/sha256:" in route}
    assert contents
    assert asked == dict.fromkeys(lists | digests | platforms | contents, 1)
    assert fleet.faults.count("GET /api/v3/repos/up/stream/releases") == 1


def test_a_second_run_asks_registries_for_what_is_new_alone(fleet):
    run(fleet)
    run(fleet)

    assert fleet.registry.faults.requests == {f"GET /v2/{repository}/tags/list": 1 for repository in TAGS}
    assert fleet.faults.count("GET /api/v3/repos/up/stream/releases") == 0


def test_a_check_asks_for_no_more_than_its_verdicts_need(acme):
    acme.registry.gate.access = Access.OPEN
    images, folder = [f"docker.io/acme/image-{number}" for number in range(5)], acme.folder / "repo"
    for image in images:
        for tag in ("1.4.0", "1.4.1", "1.4.2"):
            acme.registry.push_image(image, tag, platforms=("linux/amd64", "linux/arm64"))
    for app, tag in enumerate(("1.4.0", "1.4.1", "1.4.2")):
        (folder / str(app)).mkdir(parents=True)
        (folder / str(app) / "Dockerfile").write_text("".join(f"FROM {image}:{tag}\n" for image in images), encoding="utf-8")
    settings = load(acme.config, {})

    def asked() -> dict[str, int]:
        acme.registry.faults.forget()
        assert len(local.check(folder, settings, now=acme.github.clock).looked.decisions) == len(images) * 3
        return dict(acme.registry.faults.requests)

    lists = {f"GET /v2/{image}/tags/list": 1 for image in images}
    platforms_of_the_newest = {f"GET /v2/{image}/manifests/1.4.2": 1 for image in images}
    assert asked() == lists | platforms_of_the_newest
    assert asked() == lists


def test_notes_whose_source_failed_are_told_once_it_answers(fleet):
    fleet.faults.switch_on("GET /api/v3/repos/up/stream/releases", ServerError())
    run(fleet)
    asked = fleet.faults.count("GET /api/v3/repos/up/stream/releases")
    fleet.faults.switch_off()
    mended = run(fleet)
    last = run(fleet)

    assert asked == LIMITS.tries, "once for all repos, and again as often as one request may fail"
    assert outcomes(mended) == [(name, Outcome.UPDATED) for name in REPOS for _ in TAGS]
    assert fleet.github.issue(REPOS[0], 1).body.count("Could not read") == 0
    assert {outcome for _, outcome in outcomes(last)} == {Outcome.UNCHANGED}
    assert fleet.faults.count("GET *") == 0


def test_notes_that_are_not_there_are_told_so_and_not_asked_for_again(acme):
    publish(acme, "python", "none", "3.12.4", "3.12.5")
    acme.github.create_repo("acme", "shop", {"Dockerfile": "FROM python:3.12.4\n"})
    first = run(acme)
    asked = [acme.faults.count(RELEASES.format("none"))]
    second = run(acme)
    asked.append(acme.faults.count(RELEASES.format("none")))
    publish(acme, "python", "none", "3.12.6")
    third = run(acme)
    asked.append(acme.faults.count(RELEASES.format("none")))

    assert [outcome for summary in (first, second, third) for _, outcome in outcomes(summary)] == [
        Outcome.OPENED,
        Outcome.UNCHANGED,
        Outcome.UPDATED,
    ]
    assert asked == [1, 0, 0]
    assert "Not there, or not shown to the bot: the releases of up/none" in acme.github.issue("acme/shop", 1).body


def test_the_sources_of_several_apps_are_asked_side_by_side(acme, monkeypatch):
    """Each answer waits for that of the other."""
    for name in ("one", "two"):
        publish(acme, name, name, "1.0.0", "1.1.0")
        acme.github.create_repo("acme", name, {"Dockerfile": f"FROM {name}:1.0.0\n"})
    together = threading.Barrier(2, timeout=30)
    alone = GitHubReleaseNotes.of

    def of(notes, repo):
        together.wait()
        return alone(notes, repo)

    monkeypatch.setattr(GitHubReleaseNotes, "of", of)

    assert outcomes(run(acme)) == [("acme/one", Outcome.OPENED), ("acme/two", Outcome.OPENED)]
    assert not together.broken
    assert "Could not read" not in acme.github.issue("acme/one", 1).body


def test_nothing_is_asked_for_what_the_limits_leave_to_the_next_run(acme):
    acme.config.write_text(f"{acme.config.read_text()}limits: {{pull_requests_per_run: 1}}\n", encoding="utf-8")
    for name in ("one", "two"):
        publish(acme, name, name, "1.0.0", "1.1.0")
        acme.github.create_repo("acme", name, {"Dockerfile": f"FROM {name}:1.0.0\n"})

    assert outcomes(run(acme)) == [("acme/one", Outcome.OPENED)]
    assert acme.faults.count(RELEASES.format("two")) == 0


def test_a_repo_that_fails_stops_nothing_else(fleet):
    fleet.faults.switch_on(f"* /{REPOS[1]}.git/*", ServerError())
    first = run(fleet)
    fleet.faults.switch_off()
    second = run(fleet)

    others = [name for name in REPOS if name != REPOS[1]]
    assert [failure.where for failure in first.failures] == [REPOS[1]]
    assert outcomes(first) == [(name, Outcome.OPENED) for name in others for _ in TAGS]
    assert not second.failures
    assert {repo for repo, outcome in outcomes(second) if outcome is Outcome.OPENED} == {REPOS[1]}


@pytest.mark.parametrize(
    ("place", "fault"),
    [
        pytest.param(3, LostAnswer(), id="a pull request was made, nobody heard of it"),
        pytest.param(3, DroppedConnection(), id="a pull request was not made"),
        pytest.param(-1, DroppedConnection(), id="the pull requests were made, their labels were not"),
        pytest.param(-1, LostAnswer(), id="the labels were put on, nobody heard of it"),
    ],
)
def test_what_was_left_halfway_is_completed_by_this_run_or_the_next(fleet, place, fault):
    at = place if place > 0 else REQUESTS_PER_RUN + REQUESTS_PER_SHARE + len(REPOS) * 2 * len(TAGS)
    fleet.faults.switch_on("POST /api/graphql", fault, after=at)
    run(fleet)
    fleet.faults.switch_off()
    second = run(fleet)
    third = run(fleet)

    assert not second.failures
    assert not third.failures
    assert {outcome for _, outcome in outcomes(third)} == {Outcome.UNCHANGED}
    assert fleet.writes == 0
    assert branches(fleet, REPOS[0]) == BRANCHES
    assert pull_requests(fleet, REPOS[0]) == BRANCHES[1:]
    assert [fleet.github.read_file(REPOS[0], "cache/Dockerfile", ref=branch)[-6:] for branch in BRANCHES] == [
        b"7.2.4\n",
        b"7.2.4\n",
        b"7.2.5\n",
    ]
