"""Apps, phases and stages: whom an update concerns."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from bot.model.fleet import App, Criticality, OnlyBots, PersonsCommit, Phase, Repo
from bot.model.published import Published
from bot.settings.properties import Properties
from bot.settings.sections import Phases
from bot.settings.settings import DEFAULT_STAGES
from bot.track.apps import apps_of
from bot.track.fleet_file import FleetEntry
from bot.track.phase import infer_phase
from bot.track.stages import stage_of

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
REPO = Repo(
    full_name="acme/shop",
    default_branch="main",
    head="0" * 40,
    clone_url="https://github.com/acme/shop.git",
    last_commit=PersonsCommit(at=NOW - 3 * DAY),
)
BOTS = OnlyBots(commits=10, since=NOW - 5 * DAY, is_all=False)

PHASES = {
    "archived": (replace(REPO, is_archived=True, topics=("bau",)), Phase.RETIRED, "the repo is archived"),
    "topic": (replace(REPO, topics=("java", "Maintenance")), Phase.BAU, "topic Maintenance"),
    "topic of the retired": (replace(REPO, topics=("deprecated",)), Phase.RETIRED, "topic deprecated"),
    "release today": (replace(REPO, last_release_at=NOW), Phase.DEVELOPMENT, "last release today"),
    "release lately": (replace(REPO, last_release_at=NOW - 90 * DAY), Phase.DEVELOPMENT, "last release 90 days ago"),
    "release long ago, though pushed": (replace(REPO, last_release_at=NOW - 91 * DAY), Phase.BAU, "last release 91 days ago"),
    "no release, pushed lately": (
        replace(REPO, last_commit=PersonsCommit(at=NOW - DAY)),
        Phase.DEVELOPMENT,
        "last commit by a person yesterday",
    ),
    "no release, pushed long ago": (
        replace(REPO, last_commit=PersonsCommit(at=NOW - 400 * DAY)),
        Phase.BAU,
        "last commit by a person 400 days ago",
    ),
    "no release, and lately only bots": (
        replace(REPO, last_commit=BOTS),
        Phase.BAU,
        "no release, and none of the last 10 commits, back to 2026-11-18, is by a person",
    ),
    "no release, and ever only bots": (
        replace(REPO, last_commit=replace(BOTS, is_all=True)),
        Phase.BAU,
        "no release and no commit by a person",
    ),
    "release lately, though only bots commit": (
        replace(REPO, last_commit=BOTS, last_release_at=NOW - DAY),
        Phase.DEVELOPMENT,
        "last release yesterday",
    ),
    "nothing": (replace(REPO, last_commit=None), Phase.BAU, "no release and no commit"),
}


@pytest.mark.parametrize(("repo", "phase", "reason"), PHASES.values(), ids=PHASES.keys())
def test_the_phase_is_inferred_with_its_reason(repo: Repo, phase: Phase, reason: str) -> None:
    assert infer_phase(repo, Phases(), NOW) == (phase, reason)


STAGES = {
    "folder": ("overlays/prod/kustomization.yaml", "production"),
    "folder of several words": ("clusters/prd-eu-west/app.yaml", "production"),
    "file": ("charts/shop/values-staging.yaml", "staging"),
    "the part nearest to the end": ("prod/charts/values.dev.yaml", "dev"),
    "capitals": ("environments/QA/values.yaml", "qa"),
    "a word inside another": ("product/devices/values.yaml", ""),
    "Dockerfile": ("Dockerfile", ""),
    "dev Dockerfile": ("Dockerfile.dev", "dev"),
}


@pytest.mark.parametrize(("file", "stage"), STAGES.values(), ids=STAGES.keys())
def test_the_stage_of_a_file(file: str, stage: str) -> None:
    assert stage_of(PurePosixPath(file), DEFAULT_STAGES) == stage


def test_patterns_count_before_words() -> None:
    stages = {"canary": ("clusters/eu-1/*",), "production": ("clusters", "prod")}

    assert stage_of(PurePosixPath("clusters/eu-1/prod/app.yaml"), stages) == "canary"
    assert stage_of(PurePosixPath("clusters/eu-2/app.yaml"), stages) == "production"


def apps(*fleet: FleetEntry, owners: str = "* @acme/all\n/jobs/ @acme/jobs\n") -> tuple[App, ...]:
    files = {"CODEOWNERS": owners}
    return apps_of(REPO, fleet, read_file=lambda path: files.get(str(path)), phases=Phases(), properties=Properties(), now=NOW)


def test_a_repo_that_nobody_declared_is_one_app() -> None:
    assert apps() == (
        App(
            name="shop",
            repo="acme/shop",
            owners=("@acme/all",),
            owners_reason="CODEOWNERS",
            phase=Phase.DEVELOPMENT,
            phase_reason="last commit by a person 3 days ago",
        ),
    )


def test_declared_apps_stand_beside_the_rest_of_their_repo() -> None:
    jobs = FleetEntry(
        name="jobs",
        repo="Acme/Shop",
        path=PurePosixPath("jobs"),
        criticality=Criticality.HIGH,
        phase=Phase.BAU,
        images=("ghcr.io/acme/jobs",),
    )

    whole, part = apps(jobs, FleetEntry(name="other", repo="acme/other"))

    assert (whole.name, whole.path, whole.owners) == ("shop", PurePosixPath(), ("@acme/all",))
    assert part == App(
        name="jobs",
        repo="acme/shop",
        path=PurePosixPath("jobs"),
        owners=("@acme/jobs",),
        owners_reason="CODEOWNERS",
        criticality=Criticality.HIGH,
        criticality_reason="declared",
        phase=Phase.BAU,
        phase_reason="declared",
        images=("ghcr.io/acme/jobs",),
    )


def built(file: str, name: str | None) -> Published:
    return Published(file=PurePosixPath(file), line=1, text=name or "$IMAGE", name=name, tag=None, by="workflow")


BUILDS = (
    built(".github/workflows/ci.yaml", "ghcr.io/acme/shop"),
    built(".github/workflows/ci.yaml", "ghcr.io/acme/shop"),
    built("docker-compose.yaml", "docker.io/library/app"),
    built("docker-compose.yaml", None),
    built("jobs/Makefile", "ghcr.io/acme/jobs"),
    built("jobs/nightly/Makefile", "ghcr.io/acme/nightly"),
    built("jobs-old/Makefile", "docker.io/acme/old"),
)
JOBS = FleetEntry(name="jobs", repo="acme/shop", path=PurePosixPath("jobs"))


@pytest.mark.parametrize(
    ("fleet", "images"),
    [
        pytest.param(
            (),
            {"shop": ("ghcr.io/acme/shop", "ghcr.io/acme/jobs", "ghcr.io/acme/nightly", "docker.io/acme/old")},
            id="of a repo that is one app",
        ),
        pytest.param(
            (JOBS,),
            {"shop": ("ghcr.io/acme/shop", "docker.io/acme/old"), "jobs": ("ghcr.io/acme/jobs", "ghcr.io/acme/nightly")},
            id="of a folder",
        ),
        pytest.param(
            (JOBS, replace(JOBS, name="nightly", path=PurePosixPath("jobs/nightly"))),
            {"shop": ("ghcr.io/acme/shop", "docker.io/acme/old"), "jobs": ("ghcr.io/acme/jobs",), "nightly": ("ghcr.io/acme/nightly",)},
            id="the deepest folder has them",
        ),
        pytest.param(
            (replace(JOBS, images=("ghcr.io/acme/declared",)),),
            {"shop": ("ghcr.io/acme/shop", "docker.io/acme/old"), "jobs": ("ghcr.io/acme/declared",)},
            id="what is declared counts alone",
        ),
    ],
)
def test_an_app_publishes_what_the_builds_in_its_folder_name(fleet: tuple[FleetEntry, ...], images: dict[str, tuple[str, ...]]) -> None:
    found = apps_of(REPO, fleet, read_file=lambda _: None, published=BUILDS, phases=Phases(), properties=Properties(), now=NOW)

    assert {app.name: app.images for app in found} == images


def test_a_declared_whole_repo_replaces_the_inferred_one() -> None:
    (app,) = apps(FleetEntry(name="the shop", repo="acme/shop", owners=("@dana",)))

    assert (app.name, app.owners) == ("the shop", ("@dana",))


def test_no_two_apps_have_one_name() -> None:
    names = [app.name for app in apps(FleetEntry(name="shop", repo="acme/shop", path=PurePosixPath("shop")))]

    assert names == ["acme/shop", "shop"]
