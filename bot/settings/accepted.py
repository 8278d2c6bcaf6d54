"""How accepted risks and put-off fixes are written in the file."""

import re
from datetime import date
from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator

from bot.model.accepted import Accepted
from bot.settings.rule_entries import fault_at
from bot.settings.types import PlainGlob, ReadAs, Section

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{2,99}", re.ASCII)


def _hole(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a hole; write it like CVE-2026-1234 or GHSA-aaaa-bbbb-cccc")
    return name


class AcceptedEntry(Section):
    """A risk that is taken, or a fix that is put off, until a day."""

    app: PlainGlob = "*"
    """The name of an app, as in the fleet file."""
    dependency: PlainGlob = "*"
    """Names in normal form (docker.io/library/python) or, of Docker Hub, as Docker takes them (python)."""
    hole: Annotated[str, AfterValidator(_hole)] | None = None
    """One hole, by any of its names: CVE-2026-1234. A fix that closes others besides stays due."""
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    """Shown in the weekly issue."""
    by: Annotated[str, Field(min_length=1, max_length=100)]
    """Who takes that upon them."""
    until: date
    """The last day on which it holds; what it speaks of comes back the day after."""

    @model_validator(mode="after")
    def _speaks_of_something(self) -> "AcceptedEntry":
        if (self.app, self.dependency, self.hole) == ("*", "*", None):
            raise fault_at("reason", "an entry for every app, dependency and hole would accept all there is; name app, dependency or hole")
        return self

    def accepted(self) -> Accepted:
        return Accepted(app=self.app, dependency=self.dependency, hole=self.hole or "", reason=self.reason, by=self.by, until=self.until)


AcceptedEntries = tuple[Annotated[Accepted, ReadAs(AcceptedEntry, AcceptedEntry.accepted)], ...]
