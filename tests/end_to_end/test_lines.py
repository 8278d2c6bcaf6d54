"""What goes out first: the newest that is old enough, on the line that is in use; over the whole way, with every write counted."""

from datetime import timedelta

from bot.model.pull_request import Outcome
from bot.sandbox.registry import Access
from tests.end_to_end.conftest import Acme, outcomes, run

REPO = "acme/one"


def set_up(acme: Acme, dockerfile: str, defaults: str) -> None:
    acme.registry.gate.access = Access.OPEN
    acme.github.create_repo(*REPO.split("/"), {"Dockerfile": dockerfile})
    text = acme.config.read_text(encoding="utf-8")
    acme.config.write_text(text.replace("defaults: {cooldown_days: 0}", f"defaults: {{cooldown_days: 0, {defaults}}}"), encoding="utf-8")


def open_titles(acme: Acme) -> list[str]:
    repo = acme.github.repo(REPO)
    return sorted(acme.github.issue(REPO, issue.number).title for issue, _ in repo.pulls if issue.is_open)


def test_a_step_to_another_cycle_stands_beside_the_patches_of_the_one_in_use(acme: Acme) -> None:
    for tag in ("3.12.6", "3.13.1"):
        acme.release(tag)
    set_up(acme, "FROM python:3.12.6\n", "allow: [cycle, patch, digest]")

    step = run(acme)
    acme.release("3.12.7")
    patch = run(acme)
    again = run(acme)

    assert outcomes(step) == outcomes(patch) == [(REPO, Outcome.OPENED)]
    assert open_titles(acme) == ["Update python to 3.12.7", "Update python to another cycle: 3.13.1"]
    assert not [end for summary in (step, patch, again) for end in summary.closed]
    assert (outcomes(again), acme.writes) == ([(REPO, Outcome.UNCHANGED)], 0)


def test_a_tag_that_is_rebuilt_every_day_moves_in_spite_of_its_cooldown(acme: Acme) -> None:
    built = [acme.release("3.12")]
    set_up(acme, f"FROM python:3.12@{built[0]}\n", "digest_cooldown_days: 3")
    sent = []
    for day in range(6):
        if day:
            acme.github.clock.advance(timedelta(days=1))
            built.append(acme.registry.push_image("docker.io/library/python", "3.12", layers=[{"day": str(day).encode()}]))
        sent += run(acme).sent
    again = run(acme)

    assert [one.outcome for one in sent] == [Outcome.OPENED, Outcome.UPDATED]
    assert [one.proposal.updates[0].release.digest for one in sent] == built[1:3]
    assert (outcomes(again), acme.writes) == ([(REPO, Outcome.UNCHANGED)], 0)
