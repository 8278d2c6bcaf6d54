"""Which holes publishers closed in their images, and how long that took: the first image with the fix counts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import select

from bot.clients.database import Database, in_parts
from bot.ledger.tables import BASE_FIXES
from bot.model.base_state import BaseFix


class BaseFixes:
    """Reads and writes fixes. Each call is one transaction and safe to make twice. Raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def record(self, dependency: str, fixes: Iterable[BaseFix]) -> None:
        """Remember fixes of one dependency's images; of a hole that was closed before, an earlier image takes the later one's place."""
        rows = {fix.hole: fix for fix in sorted(fixes, key=lambda fix: fix.built_at, reverse=True)}
        known = {fix.hole: fix for fix in self.of([dependency])[dependency]} if rows else {}
        earlier = [fix for hole, fix in rows.items() if hole in known and fix.built_at < known[hole].built_at]
        new = [fix for hole, fix in rows.items() if hole not in known]
        if not new and not earlier:
            return
        with self._database.writing() as connection:
            self._database.insert_new(connection, BASE_FIXES, [_row(dependency, fix) for fix in new])
            for fix in earlier:
                same = (BASE_FIXES.c.dependency == dependency) & (BASE_FIXES.c.hole == fix.hole)
                connection.execute(BASE_FIXES.update().where(same).values(built_at=fix.built_at))

    def of(self, dependencies: Iterable[str]) -> dict[str, Sequence[BaseFix]]:
        """The fixes of each dependency, by the hole's name."""
        found: dict[str, list[BaseFix]] = defaultdict(list)
        with self._database.reading() as connection:
            for part in in_parts(sorted(set(dependencies))):
                query = select(BASE_FIXES).where(BASE_FIXES.c.dependency.in_(part)).order_by(BASE_FIXES.c.hole)
                for row in connection.execute(query):
                    found[row.dependency].append(BaseFix(hole=row.hole, fix_known_since=row.fix_known_since, built_at=row.built_at))
        return defaultdict(tuple, {dependency: tuple(fixes) for dependency, fixes in found.items()})


def _row(dependency: str, fix: BaseFix) -> dict[str, object]:
    return {"dependency": dependency, "hole": fix.hole, "fix_known_since": fix.fix_known_since, "built_at": fix.built_at}
