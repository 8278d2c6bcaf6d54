"""Two runs over the same GitHub at once, each with a ledger and a cache of its own, as two machines have.

While the first one is about to write, the other one does all there is to do. A part of the writes is looked at; every kind of them with
`BOUNDARIES=all pytest tests/end_to_end/test_two_at_once.py`.
"""

import asyncio
from typing import Any

from tests.end_to_end.boundaries import Boundary, a_run, kept, state, to_its_end
from tests.end_to_end.test_boundaries import HOUR, boundaries_of, differing, first_night, is_whole, second_night, world

__all__ = ["world"]
_EACH = 1 if is_whole() else 5


def test_two_runs_at_once_end_as_one(world):
    acme, front = world
    other = acme.folder / "other" / "rebuild-bot.yaml"
    other.parent.mkdir()
    other.write_text(acme.config.read_text(encoding="utf-8").replace(f"{acme.folder}/", f"{other.parent}/"), encoding="utf-8")
    differences: dict[tuple[str, int], object] = {}
    known: set[tuple[tuple[str, ...], int]] = set()

    async def meanwhile() -> bool:
        await asyncio.to_thread(lambda: to_its_end(a_run(acme, config=other)))
        return True

    for begin in (first_night, second_night):
        begin(acme)
        with kept(acme) as restore:
            front.begin()
            to_its_end(a_run(acme))
            places = sorted({boundary.request for boundary in boundaries_of(front, known)})
            acme.github.clock.advance(HOUR)
            to_its_end(a_run(acme))
            alone = state(acme)
            for place in places[::-1][::_EACH]:
                restore()
                front.begin(Boundary(request=place), meanwhile)
                to_its_end(a_run(acme))
                acme.github.clock.advance(HOUR)
                to_its_end(a_run(acme))
                ended = without_issues_taken_back(state(acme))
                if ended != alone:
                    differences[begin.__name__, place] = differing(alone, ended)
            restore()
            to_its_end(a_run(acme))
    assert differences == {}


def without_issues_taken_back(ended: dict[str, Any]) -> dict[str, Any]:
    """GitHub lets no App delete an issue: of two that were opened at once the later one is closed."""
    return {
        name: repo | {"issues": [issue for issue in repo["issues"] if issue["from"] or issue["is open"]]} for name, repo in ended.items()
    }
