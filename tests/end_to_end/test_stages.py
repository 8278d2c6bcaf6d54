"""Stages that wait for each other: weeks of releases, nights and merges, with a pull request for each stage."""

import json
from collections.abc import Iterator
from datetime import timedelta

from bot.model.pull_request import Outcome
from tests.end_to_end.conftest import Acme, run

OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
images:
  - name: python
    newTag: {tag}
"""
STAGES = ("dev", "qa", "production")
SOAK = "rules: [{name: soak, match: {stages: [qa, production]}, soak_days: 7}]\n"
BRANCHES = {"dev": "rebuild-bot/shop/python", "qa": "rebuild-bot/shop/python-qa", "production": "rebuild-bot/shop/python-production"}


class Shop:
    """An app with an overlay for each stage, in one repo or in one repo for each."""

    def __init__(self, acme: Acme, repo_of: dict[str, str], rules: str = SOAK) -> None:
        self.acme, self.repo_of = acme, repo_of
        acme.release("3.12.0")
        for repo in dict.fromkeys(repo_of.values()):
            files = {f"overlays/{stage}/kustomization.yaml": OVERLAY.format(tag="3.12.0") for stage in STAGES if repo_of[stage] == repo}
            acme.github.create_repo(*repo.split("/"), files)
        owners = ", ".join(dict.fromkeys(repo.partition("/")[0] for repo in repo_of.values()))
        text = acme.config.read_text(encoding="utf-8").replace("owners: [acme]", f"owners: [{owners}]")
        acme.config.write_text(text + rules, encoding="utf-8")

    def tag(self, stage: str) -> str:
        """What the stage has on its default branch."""
        text = self.acme.github.read_file(self.repo_of[stage], f"overlays/{stage}/kustomization.yaml") or b""
        return text.decode().rpartition("newTag: ")[2].strip()

    def open(self) -> dict[str, tuple[str, int]]:
        """The open pull requests, by their branches."""
        found = {}
        for name in dict.fromkeys(self.repo_of.values()):
            found |= {pull.head: (name, issue.number) for issue, pull in self.acme.github.repo(name).pulls if issue.is_open}
        return found

    def merge(self, *stages: str) -> None:
        there = self.open()
        for stage in stages:
            if BRANCHES[stage] in there:
                self.acme.github.merge_pull_request(there[BRANCHES[stage]][0], there[BRANCHES[stage]][1], by="ana")

    def days(self, count: int) -> Iterator[int]:
        """Nights with a run each."""
        for day in range(count):
            self.summary = run(self.acme)
            yield day
            self.acme.github.clock.advance(timedelta(days=1))


ONE = dict.fromkeys(STAGES, "acme/shop")


def opened(shop: Shop) -> list[str]:
    return [sent.proposal.branch.rpartition("/")[2] for sent in shop.summary.sent if sent.outcome is Outcome.OPENED]


def test_a_release_goes_from_stage_to_stage_with_a_soak_between_and_one_pull_request_each(acme):
    shop = Shop(acme, ONE)
    acme.release("3.12.1")
    seen = {}
    for day in shop.days(18):
        for branch in opened(shop):
            seen[branch] = day
        shop.merge(*STAGES)

    assert seen == {"python": 0, "python-qa": 8, "python-production": 16}, "a night after each merge it is seen in the next stage's past"
    assert [shop.tag(stage) for stage in STAGES] == ["3.12.1"] * 3
    assert len(list(acme.github.repo("acme/shop").pulls)) == 3


def test_releases_every_few_days_starve_nobody(acme):
    shop = Shop(acme, ONE)
    behind = dict.fromkeys(STAGES, 0)
    for day in shop.days(40):
        newest = 1 + day // 3
        shop.merge(*STAGES)
        acme.release(f"3.12.{newest}")
        patches = {stage: int(shop.tag(stage).rpartition(".")[2]) for stage in STAGES}
        assert patches["production"] <= patches["qa"] <= patches["dev"], "never ahead"
        behind = {stage: max(behind[stage], newest - patches[stage]) for stage in STAGES}

    assert behind["dev"] <= 1
    assert behind["qa"] <= 4, "a soak of 7 days is not three releases of 3 days, and a night each for the pull request and its sight"
    assert behind["production"] <= 7


def test_the_open_pull_request_of_a_stage_takes_what_soaks_next_and_what_dev_asks_for_does_not_touch_it(acme):
    shop = Shop(acme, ONE)
    acme.release("3.12.1")
    for day in shop.days(14):
        shop.merge("dev")
        if day == 3:
            acme.release("3.12.2")
        if day in {8, 12}:
            qa = next(sent for sent in shop.summary.sent if sent.proposal.branch == BRANCHES["qa"])
            assert (qa.outcome, qa.proposal.updates[0].release.value) == {
                8: (Outcome.OPENED, "3.12.1"),
                12: (Outcome.UPDATED, "3.12.2"),
            }[day]

    assert shop.tag("dev") == "3.12.2"
    assert list(shop.open()) == [BRANCHES["qa"]]


def test_what_is_taken_back_in_one_stage_does_not_reach_the_next(acme):
    shop = Shop(acme, ONE)
    acme.release("3.12.1")
    for day in shop.days(20):
        if day < 5:
            shop.merge("dev")
        if day == 5:
            acme.github.commit_files("acme/shop", {"overlays/dev/kustomization.yaml": OVERLAY.format(tag="3.12.0")}, message="Back")

    assert shop.tag("qa") == "3.12.0"
    assert BRANCHES["qa"] not in shop.open()


def test_what_is_taken_back_while_the_next_stage_is_asked_for_it_is_asked_no_more(acme):
    shop = Shop(acme, ONE)
    acme.release("3.12.1")
    for day in shop.days(12):
        if day < 5:
            shop.merge("dev")
        if day == 10:
            assert BRANCHES["qa"] in shop.open()
            acme.github.commit_files("acme/shop", {"overlays/dev/kustomization.yaml": OVERLAY.format(tag="3.12.0")}, message="Back")

    assert BRANCHES["qa"] not in shop.open()
    (closed,) = shop.summary.closed
    assert closed.reason == (
        "oci: docker.io/library/python 3.12.1: qa gets 3.12.1 once dev has held it for 7 days; dev fell back behind it and is on 3.12.0. "
        "It is proposed anew once the rules allow it."
    )


def test_a_look_at_a_folder_says_what_it_cannot_know(acme):
    Shop(acme, ONE)
    acme.release("3.12.1")
    for stage, tag in (("dev", "3.12.1"), ("qa", "3.12.0")):
        folder = acme.folder / "clone" / "overlays" / stage
        folder.mkdir(parents=True)
        (folder / "kustomization.yaml").write_text(OVERLAY.format(tag=tag), encoding="utf-8")
    rows = json.loads(acme.run("check", "clone", "--format", "json").stdout)

    (waits,) = (row for row in rows if row["verdict"] == "held")
    assert waits["reason"] == "soak: qa gets 3.12.1 once dev has held it for 7 days; since when it has is not known here"


def test_stages_may_be_in_repos_of_several_owners_that_name_the_app_alike(acme):
    shop = Shop(acme, {"dev": "acme/shop", "qa": "acme/shop", "production": "live/shop"})
    acme.release("3.12.1")
    for _ in shop.days(18):
        shop.merge(*STAGES)

    assert shop.tag("production") == "3.12.1"
    assert [len(list(acme.github.repo(name).pulls)) for name in ("acme/shop", "live/shop")] == [2, 1]


def test_a_hold_is_told_with_what_the_stage_before_has_and_a_quiet_night_writes_nothing(acme):
    shop = Shop(acme, ONE)
    acme.release("3.12.1")
    for day in shop.days(4):
        if day == 1:
            shop.merge("dev")
    since = f"{acme.github.clock() - timedelta(days=2):%Y-%m-%d}"
    summary = run(acme)

    blocked = {one.blocked_by for one in summary.exposures}
    assert f"held: qa gets 3.12.1 once dev has held it for 7 days (since {since})" in blocked
    assert not acme.writes


def test_a_rule_that_parts_the_stages_closes_the_pull_request_of_all(acme):
    shop = Shop(acme, ONE, rules="")
    acme.release("3.12.1")
    for _ in shop.days(1):
        pass
    assert list(shop.open()) == ["rebuild-bot/shop/python"]

    acme.config.write_text(acme.config.read_text(encoding="utf-8").replace("defaults: {", "defaults: {soak_days: 7, "), encoding="utf-8")
    for _ in shop.days(2):
        pass

    assert list(shop.open()) == ["rebuild-bot/shop/python-dev"]
    assert [(end.pull_request.state, end.reason) for end in shop.summary.closed] == []
    closed = next(issue for issue, pull in acme.github.repo("acme/shop").pulls if pull.head == "rebuild-bot/shop/python")
    assert "each stage gets pull requests of its own for oci: docker.io/library/python now" in closed.comments[-1].body


def test_a_purpose_tag_gets_by_a_pull_request_what_the_one_before_has_held(acme):
    image = "docker.io/library/shop"
    old = acme.registry.push_image(image, "prod", layers=[{"release": b"1"}])
    acme.registry.push_image(image, "qa", layers=[{"release": b"1"}])
    pinned = "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec: {{containers: [{{name: app, image: 'shop:{tag}@{digest}'}}]}}\n"
    files = {f"overlays/{tag}/web.yaml": pinned.format(tag=tag, digest=old) for tag in ("qa", "prod")}
    acme.github.create_repo("acme", "deploy", files)
    text = acme.config.read_text(encoding="utf-8")
    acme.config.write_text(text + "rules: [{name: p, promote: [{tag: prod, follows: qa, after_days: 3}]}]\n", encoding="utf-8")
    run(acme)
    new = acme.registry.push_image(image, "qa", layers=[{"release": b"2"}])

    titles = []
    for _ in range(5):
        titles.append([sent.proposal.title for sent in run(acme).sent if sent.outcome is Outcome.OPENED])
        acme.github.clock.advance(timedelta(days=1))

    assert titles == [["Rebuild shop:qa"], [], [], [f"Promote qa to shop:prod in production ({new[7:19]})"], []]
    (prod,) = [pull for _, pull in acme.github.repo("acme/deploy").pulls if "production" in pull.head]
    assert acme.github.read_file("acme/deploy", "overlays/prod/web.yaml", ref=prod.head) == pinned.format(tag="prod", digest=new).encode()
