"""Which pull request goes out when: limits, the queue, and apps that build on each other."""

import json
import re
from datetime import timedelta

from bot.model.pull_request import Outcome
from bot.model.turn import WaitsFor
from bot.report.summary import step_summary
from tests.end_to_end.conftest import REPOS, TAGS, Acme, run

BASE = "ghcr.io/acme/base"


def configure(acme: Acme, old: str, new: str) -> None:
    acme.config.write_text(acme.config.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def opened(summary) -> list[str]:
    return [sent.proposal.repo for sent in summary.sent if sent.outcome is Outcome.OPENED]


def test_what_the_limit_leaves_waits_in_line_and_goes_out_run_by_run(fleet):
    configure(fleet, "defaults:", "limits: {pull_requests_per_run: 3}\ndefaults:")
    first = run(fleet)
    second = run(fleet)
    third = run(fleet)
    fourth = run(fleet)

    assert [len(opened(one)) for one in (first, second, third, fourth)] == [3, 3, 2, 0]
    assert [one.place for one in first.waiting] == [1, 2, 3, 4, 5]
    assert first.waiting[3].reason == "3 go out in a run (limits.pull_requests_per_run); its turn is in about 2 runs"
    assert [len(one.waiting) for one in (second, third, fourth)] == [2, 0, 0]
    assert any(exposure.blocked_by == f"waits for a later run (place 1): {first.waiting[0].reason}" for exposure in first.exposures)
    assert fleet.writes == 0


def test_a_limit_of_the_owner_holds_over_all_repos(fleet):
    configure(fleet, "defaults:", "limits: {open_pull_requests_per_owner: 2}\ndefaults:")
    summary = run(fleet)

    assert len(opened(summary)) == 2
    assert {one.waits_for for one in summary.waiting} == {WaitsFor.OWNER}
    assert len(summary.waiting) == len(REPOS) * len(TAGS) - 2


def test_the_most_critical_app_goes_first(fleet):
    configure(fleet, "defaults:", "limits: {pull_requests_per_run: 2}\nfleet_file: fleet.yaml\ndefaults:")
    (fleet.folder / "fleet.yaml").write_text(f"apps: [{{repo: {REPOS[3]}, name: shop, criticality: high}}]\n", encoding="utf-8")

    assert opened(run(fleet)) == [REPOS[3], REPOS[3]]


def test_plan_shows_the_turns_and_writes_nothing(fleet):
    configure(fleet, "defaults:", "limits: {pull_requests_per_run: 3}\ndefaults:")
    shown = fleet.run("plan")
    rows = json.loads(fleet.run("plan", "--format", "json").stdout)

    assert shown.returncode == 0, shown.stderr
    assert "the next run opens 3 pull requests; 5 wait" in shown.stderr
    assert [row["turn"] for row in rows] == ["next run"] * 3 + [f"place {number}" for number in range(1, 6)]
    assert "place 5" in shown.stdout
    assert {row["urgency"] for row in rows} == {"holes not known"}
    assert not any(list(fleet.github.repo(name).pulls) for name in REPOS)


def with_a_base(acme: Acme) -> None:
    """An internal image, and an app that builds on it; both are behind."""
    for tag in ("1.0.0", "1.1.0"):
        acme.registry.push_image(BASE, tag, layers=[{"base": f"{tag}\n".encode()}])
    for tag in ("12.5", "12.6"):
        acme.registry.push_image("docker.io/library/debian", tag, layers=[{"debian": f"{tag}\n".encode()}])
    acme.github.create_repo("acme", "base", {"Dockerfile": "FROM debian:12.5\n"})
    acme.github.create_repo("acme", "shop", {"Dockerfile": f"FROM {BASE}:1.0.0\n"})
    (acme.folder / "fleet.yaml").write_text(
        f"apps: [{{repo: acme/base, name: base, images: [{BASE}]}}, {{repo: acme/shop, name: shop}}]\n", encoding="utf-8"
    )
    (address,) = re.findall(r'location: "(.+?)/docker.io"', acme.config.read_text(encoding="utf-8"))
    configure(acme, "registries: {", f'registries: {{ghcr.io: {{location: "{address}/ghcr.io", plain_http: true}}, ')
    configure(acme, "defaults:", "fleet_file: fleet.yaml\ndefaults:")


def merge(acme: Acme, repo: str) -> None:
    (pull,) = [issue for issue, _ in acme.github.repo(repo).pulls if issue.is_open]
    acme.github.merge_pull_request(repo, pull.number, by="ana")


def merge_and_publish(acme: Acme, tag: str) -> None:
    merge(acme, "acme/base")
    acme.github.clock.advance(timedelta(hours=1))
    acme.registry.push_image(BASE, tag, layers=[{"base": f"{tag}\n".encode()}])


def test_an_app_waits_for_the_new_build_of_its_base_and_no_longer(acme):
    with_a_base(acme)
    first = run(acme)
    (waiting,) = first.waiting
    day = acme.github.clock() + timedelta(days=7)

    assert opened(first) == ["acme/base"]
    assert (waiting.repo, waiting.waits_for) == ("acme/shop", WaitsFor.BASE)
    assert waiting.reason == (
        f"base (acme/base), which publishes it, takes debian 12.6 first; goes out by {day:%Y-%m-%d} whatever comes of that"
    )
    assert run(acme).waiting[0].waits_for is WaitsFor.BASE

    merge_and_publish(acme, "1.2.0")
    published = run(acme)

    assert opened(published) == ["acme/shop"]
    assert [sent.proposal.updates[0].release.value for sent in published.sent if sent.proposal.repo == "acme/shop"] == ["1.2.0"]
    assert not run(acme).waiting


def test_apps_that_build_on_each_other_wait_for_nobody_and_are_named(acme):
    with_a_base(acme)
    acme.registry.push_image("ghcr.io/acme/shop", "1.0.0")
    acme.registry.push_image("ghcr.io/acme/shop", "1.1.0", layers=[{"shop": b"1.1.0"}])
    acme.github.commit_files("acme/base", {"Dockerfile": "FROM ghcr.io/acme/shop:1.0.0\n"}, message="Turn round")
    text = (acme.folder / "fleet.yaml").read_text(encoding="utf-8")
    (acme.folder / "fleet.yaml").write_text(text.replace("name: shop}", "name: shop, images: [ghcr.io/acme/shop]}"), encoding="utf-8")
    summary = run(acme)

    assert sorted(opened(summary)) == ["acme/base", "acme/shop"]
    assert [sorted(set(circle.split(" - "))) for circle in summary.circles] == [["base", "shop"]]
    assert "Apps that build on each other, so that none waits for another: `" in step_summary(summary)


def test_after_a_week_it_goes_out_without_it(acme):
    with_a_base(acme)
    run(acme)
    acme.github.clock.advance(timedelta(days=6))
    before = run(acme)
    acme.github.clock.advance(timedelta(days=1, minutes=1))

    assert [one.repo for one in before.waiting] == ["acme/shop"]
    assert opened(run(acme)) == ["acme/shop"]


def test_between_the_merge_and_the_new_build_it_waits_still(acme):
    with_a_base(acme)
    run(acme)
    acme.github.clock.advance(timedelta(hours=1))
    merge(acme, "acme/base")
    run(acme)
    between = run(acme)

    assert not opened(between)
    assert "took its own update on" in between.waiting[0].reason
