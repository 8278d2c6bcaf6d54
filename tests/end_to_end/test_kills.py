"""A run that is killed at any moment, again and again: what stands in the end is what an undisturbed run makes.

`KILLS=50 pytest tests/end_to_end/test_kills.py` for more of them, `SEED=...` for others.
"""

import os
import random
import subprocess
import sys
import time
from contextlib import closing

from bot.ledger.ledger import Ledger
from bot.model.exposure import Step
from bot.sandbox.github.sandbox import BOT_TOKEN
from tests.end_to_end.conftest import REPOS, Acme, organisation, with_repos

KILLS = int(os.environ.get("KILLS", "6"))
SEED = int(os.environ.get("SEED", "20261129"))
_A_RELEASE_EVERY = 3
"""Kills; so that there is always something to be written."""
_MOST_REQUESTS = 30
"""Of one run; a kill comes at one of them, or not at all where the run needs fewer."""


def start(acme: Acme) -> subprocess.Popen[bytes]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(acme.folder), "LANG": "C.UTF-8", "REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN}
    command = [sys.executable, "-m", "bot", "--config", str(acme.config), "run"]
    return subprocess.Popen(command, cwd=acme.folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed_at(acme: Acme, requests: int) -> bool:
    """Whether the run was still at work when so many requests had come."""
    acme.faults.forget()
    acme.registry.faults.forget()
    process = start(acme)
    while process.poll() is None:
        if acme.faults.count() + acme.registry.faults.count() >= requests:
            process.kill()
            process.wait()
            return True
        time.sleep(0.002)
    return False


def state(acme: Acme) -> dict[str, object]:
    """All that people see, but for the commits' names and the times."""
    return {
        name: {
            "pull requests": [
                (issue.title, issue.is_open, sorted(label.name for label in issue.labels), len(issue.comments), pull.head)
                for issue, pull in sorted(acme.github.repo(name).pulls, key=lambda pair: pair[1].head)
            ],
            "files": {
                branch: {
                    path: acme.github.read_file(name, path, ref=branch) for path in ("Dockerfile", "worker/Dockerfile", "cache/Dockerfile")
                }
                for branch in sorted(acme.github.repo(name).store.branches())
            },
        }
        for name in REPOS
    }


def recorded(acme: Acme) -> dict[str, object]:
    """What the ledger holds, but for the times."""
    with closing(Ledger.open(f"sqlite:///{acme.folder}/ledger.sqlite3")) as ledger:
        uses = ledger.uses.until(acme.github.clock().replace(year=2100))
        proposed = ledger.events.events_since(Step.PROPOSED, acme.github.clock().replace(year=2000))
        return {
            "uses": sorted((known.use.place.repo, known.use.place.file, known.use.tag) for known in uses if known.ended_at is None),
            "proposed": sorted({(event.key.app, event.key.dependency, event.key.old) for event in proposed}),
            "doubled": len(proposed) - len({(event.key, event.new, event.url) for event in proposed}),
        }


def test_kills_in_a_row_leave_what_an_undisturbed_run_leaves(tmp_path):
    places = random.Random(SEED)
    for name in ("killed", "calm"):
        (tmp_path / name).mkdir()
    with organisation(tmp_path / "killed") as killed, organisation(tmp_path / "calm") as calm:
        for acme in (killed, calm):
            with_repos(acme)
        hits = 0
        for number in range(KILLS):
            if number and number % _A_RELEASE_EVERY == 0:
                for acme in (killed, calm):
                    acme.release(f"3.12.{10 + number}")
            hits += killed_at(killed, places.randrange(1, _MOST_REQUESTS))
        last = killed.run("run")
        undisturbed = calm.run("run")
        again = killed.run("run")

        assert hits > KILLS // 4, f"seed {SEED}: the kills came too late to mean anything"
        assert (last.returncode, undisturbed.returncode, again.returncode) == (0, 0, 0), last.stderr + undisturbed.stderr + again.stderr
        assert state(killed) == state(calm), f"seed {SEED}"
        assert recorded(killed) == recorded(calm), f"seed {SEED}"
        assert again.stderr.splitlines()[-1].endswith("8 unchanged")
