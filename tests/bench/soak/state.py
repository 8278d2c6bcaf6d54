"""What stands in the end: on GitHub for people, and in the ledger."""

import re
import sqlite3
from collections import Counter
from contextlib import closing
from difflib import unified_diff
from pathlib import Path
from pprint import pformat
from typing import Any, Final

from tests.bench.night.fleet import OWNER
from tests.bench.soak.fleet import SoakFleet

_FILES: Final = ("Dockerfile", "tool/Dockerfile")
_ROWS: Final = {
    "sightings": "SELECT name, value FROM sightings JOIN dependencies ON dependencies.id = dependency_id WHERE digest = ''",
    # What came in a night that was lost was never proposed there; what stands in the end was, on both sides.
    "last steps": "SELECT app, dependency, old, step, new FROM events WHERE id IN "
    "(SELECT MAX(id) FROM events GROUP BY app, dependency, old, step)",
    "uses": "SELECT repo, file, image, tag, digest, known_from FROM image_uses JOIN image_places "
    "ON image_places.id = place_id WHERE ended_at IS NULL",
    "last times": "SELECT what FROM last_times",
}
"""Without times: a disturbed fleet may be late."""
_TWICE: Final = "SELECT app, dependency, old, step, new, url FROM events GROUP BY app, dependency, old, step, new, url HAVING COUNT(*) > 1"
_OF_ITS_OWN: Final = re.compile(r"<!--.*?-->|(?<=127\.0\.0\.1:)\d+|\b[0-9a-f]{40}\b|\b\d{4}-\d\d-\d\d\b", re.DOTALL)
"""Of a text: its mark, ports, commits and days."""
_AGE: Final = re.compile(r" The image in use was \d+ days? old when this was written\.")


def pull_requests(fleet: SoakFleet) -> dict[str, list[Any]]:
    """All that people see of them, but for the commits' names and the times."""
    found: dict[str, list[Any]] = {}
    for name in fleet.names:
        repo = fleet.github.repo(f"{OWNER}/{name}")
        for issue, pull in sorted(repo.pulls, key=lambda pair: pair[1].head):
            files = [fleet.github.read_file(repo.full_name, path, ref=pull.head) for path in _FILES] if issue.is_open else []
            labels = sorted(label.name for label in issue.labels)
            told = [
                pull.head,
                issue.title,
                issue.is_open,
                labels,
                [comment.body for comment in issue.comments],
                _OF_ITS_OWN.sub("…", _AGE.sub("", issue.body)),
                files,
            ]
            found.setdefault(name, []).append(told)
    return found


def titles(fleet: SoakFleet) -> dict[tuple[str, str], str]:
    """Of the open pull requests, by repo and branch."""
    pulls = [(name, issue, pull) for name in fleet.names for issue, pull in fleet.github.repo(f"{OWNER}/{name}").pulls]
    return {(name, pull.head): issue.title for name, issue, pull in pulls if issue.is_open}


def branches(fleet: SoakFleet) -> dict[str, list[str]]:
    return {name: sorted(fleet.github.repo(f"{OWNER}/{name}").store.branches()) for name in fleet.names}


def ledger(folder: Path) -> dict[str, Counter[tuple[Any, ...]]]:
    """How often each row stands there, by subject."""
    with closing(sqlite3.connect(folder / "state" / "ledger.sqlite3")) as file:
        return {subject: Counter(file.execute(query).fetchall()) for subject, query in _ROWS.items()}


def differences(disturbed: SoakFleet, calm: SoakFleet) -> list[str]:
    """Where the two are not alike, in words; none: nothing was done twice, and nothing was lost."""
    found = []
    for what, look in (("pull requests", pull_requests), ("branches", branches)):
        here, there = look(disturbed), look(calm)
        for name in sorted({*here, *there}):
            mine, its = pformat(here.get(name)).splitlines(), pformat(there.get(name)).splitlines()
            found += [f"{what} of {name}: {line}" for line in unified_diff(its, mine, "calm", "disturbed", n=0, lineterm="")]
    rows, others = ledger(disturbed.folder), ledger(calm.folder)
    for subject in _ROWS:
        found += [f"ledger, {subject}, too much: {row} x{count}" for row, count in (rows[subject] - others[subject]).items()]
        found += [f"ledger, {subject}, missing: {row} x{count}" for row, count in (others[subject] - rows[subject]).items()]
    with closing(sqlite3.connect(disturbed.folder / "state" / "ledger.sqlite3")) as file:
        found += [f"ledger, a step twice: {row}" for row in file.execute(_TWICE)]
    return found
