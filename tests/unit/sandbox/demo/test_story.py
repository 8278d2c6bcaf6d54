"""The story is lived through as its calendar says, whoever plays the bot."""

from collections import Counter
from datetime import UTC, date, datetime

import httpx
import pytest

from bot.model.run import RunSummary
from bot.sandbox.demo import company
from bot.sandbox.demo.days import CALENDAR, Act
from bot.sandbox.demo.fleet import PEOPLE, REPOS
from bot.sandbox.demo.images import Wave
from bot.sandbox.demo.organisation import Organisation
from bot.sandbox.demo.story import end, tell
from bot.sandbox.pages.views import State
from tests.unit.sandbox.wire import Wire


class Puppet:
    """Plays the bot: asks each day for what the day's deeds are about and for one thing that nobody takes, over the wire."""

    def __init__(self, organisation: Organisation, wire: Wire) -> None:
        self.organisation = organisation
        self.wire = wire

    def run(self) -> RunSummary:
        today = self.organisation.clock().date()
        wanted = [(deed.repo, deed.dependency) for day in CALENDAR if day.date == today for deed in day.deeds]
        for repo, dependency in [("acme/nightly-settlement", "python"), *wanted]:
            branch = f"rebuild-bot/{repo.rpartition('/')[2]}/{dependency}"
            if branch not in self.organisation.github.repo(repo).store.branches():
                self.organisation.github.commit_files(repo, {f"{dependency}.txt": f"{today}\n"}, message="Update", branch=branch)
                self.wire.post(f"/repos/{repo}/pulls", title=f"Update {dependency}", head=branch, base="main")
        return RunSummary(started_at=self.organisation.clock(), repos=13, apps=(), sent=(), exposures=(), failures=())

    def report(self) -> None:
        if not self.organisation.site.source.issues("acme/platform"):
            self.wire.post("/repos/acme/platform/issues", title="Apps", body="<!-- marker -->\n**1 app** is stale.\n")


@pytest.fixture(scope="module")
def organisation(tmp_path_factory):
    with Organisation.running(tmp_path_factory.mktemp("demo")) as organisation:
        yield organisation


@pytest.fixture(scope="module")
def told(organisation):
    with Wire.to(organisation.github_url) as wire:
        puppet = Puppet(organisation, wire)
        scenes = [(scene, list(scene.lines)) for scene in tell(organisation, run_bot=puppet.run, report=puppet.report)]
        return scenes, end(organisation, run_bot=puppet.run)


def test_every_day_is_a_scene_in_the_order_of_time(told):
    scenes, _ = told

    assert [(scene.at.date(), scene.title) for scene, _ in scenes] == [(day.date, day.title) for day in CALENDAR]
    assert all(lines for _, lines in scenes)


def test_each_deed_is_done_by_who_does_it(told):
    scenes, ending = told
    text = "\n".join(line for _, lines in scenes for line in lines)
    fates = Counter((fate.repo, fate.state) for fate in ending.fates)

    assert "finds no open pull request" not in text
    for deed in (deed for day in CALENDAR for deed in day.deeds):
        state = State.CLOSED if deed.act is Act.DECLINE else State.MERGED
        assert fates[deed.repo, state]
        assert f"{deed.who.name} {deed.act.value} {deed.repo}#" in text
    assert fates["acme/nightly-settlement", State.OPEN] == 1
    assert sum(fates.values()) == 1 + sum(len(day.deeds) for day in CALENDAR)


def test_pipelines_build_and_people_deploy(told, organisation):
    text = "\n".join(line for _, lines in told[0] for line in lines)
    built = [image for day in CALENDAR for image in day.builds]
    values = organisation.github.read_file("acme/gitops-shop", "environments/qa/orders-api/values.yaml").decode()

    for image in built:
        assert f"The pipeline of {image.source} publishes {image.reference}." in text
        assert image.tag in organisation.registry.store.repositories[f"{company.COMPANY}/{image.name}"].tags
    assert "Jonas Weber lets registry.acme.example/apps/orders-api:2.3.2 run in dev and production." in text
    assert "repository: apps/orders-api\n  tag: 2.3.1\n" in values


def test_nobody_deploys_what_a_file_does_not_name(organisation):
    with pytest.raises(ValueError, match=r"README\.md of acme/gitops-shop names no apps/orders-api"):
        organisation.deploy("acme/gitops-shop", "README.md", company.ORDERS_WITH_GLIBC, by=PEOPLE[0], stage="qa")


@pytest.mark.usefixtures("told")
def test_a_deed_of_the_platform_team_publishes_the_company_s_base(organisation):
    known = organisation.registry.store.repositories["registry.acme.example/base/python"].tags
    releases = [release.tag for release in organisation.github.repo("acme/base-images").releases]

    assert list(known) == ["3.12-r7", "3.12-r8"]
    assert releases == ["python-3.12-r7", "python-3.12-r8"]


def test_the_ending_has_something_to_read(told, organisation):
    _, ending = told

    assert ending.pull_request.thread.title == "Update python"
    assert ending.pull_request_url == f"{organisation.github_url}/acme/orders-api/pull/2"
    assert httpx.get(ending.pull_request_url).status_code == httpx.get(ending.issue_url).status_code == 200
    assert ending.issue.title == "Apps"
    assert ending.writes_of_second_run == 0
    assert next(fate.days for fate in ending.fates if fate.state is State.OPEN) == 42


def test_the_scenes_of_reports_quote_the_issue(told):
    quoted = [scene.at.date() for scene, lines in told[0] if "The weekly issue, acme/platform#1: “1 app is stale.”" in lines]

    assert quoted == [day.date for day in CALENDAR if day.reports]


def test_what_maintainers_comment_is_on_the_page(told, organisation):
    number = next(fate.number for fate in told[1].fates if fate.state is State.CLOSED)
    page = httpx.get(f"{organisation.github_url}/acme/invoice-worker/pull/{number}").text

    assert "It would run as root, and we have no capacity before the rewrite in spring." in page
    assert "henrik-solberg</strong>\n  closed this on 15 January 2026" in page


def test_what_nobody_listens_to_happens_all_the_same(tmp_path):
    runs = []
    with Organisation.running(tmp_path / "demo") as organisation:
        summary = RunSummary(started_at=organisation.clock(), repos=0, apps=(), sent=(), exposures=(), failures=())

        scenes = sum(1 for _ in tell(organisation, run_bot=lambda: runs.append(1) or summary, report=lambda: None))

    assert scenes == len(runs) == len(CALENDAR)


def test_an_untold_story_has_no_ending(tmp_path):
    with Organisation.running(tmp_path / "demo") as organisation, pytest.raises(LookupError, match="tell it to its end"):
        end(organisation, run_bot=lambda: None)


def test_the_calendar_is_in_order_and_its_people_exist():
    days = [day.date for day in CALENDAR]
    deeds = [deed for day in CALENDAR for deed in day.deeds]

    assert days == sorted(set(days))
    assert {deed.repo for deed in deeds} <= {repo.full_name for repo in REPOS}
    assert {one.who for day in CALENDAR for one in (*day.deeds, *day.deploys)} <= set(PEOPLE)
    assert all(day.publishes is None or day.publishes.value.date() == day.date for day in CALENDAR)
    assert days[-1] - days[0] >= date(2026, 2, 16) - date(2026, 1, 5)
    assert Wave.BEFORE.value < datetime(2026, 1, 5, tzinfo=UTC)
