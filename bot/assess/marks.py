"""What is known of a hole's being exploited, put on it: from the catalogue of known exploited ones, and from EPSS."""

from dataclasses import dataclass, replace

from bot.assess.epss import Scores
from bot.assess.exploited import Catalogue
from bot.model.assessment import Hole


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Safe to use from several threads."""

    exploited: Catalogue | None = None
    scores: Scores | None = None

    def on(self, hole: Hole) -> Hole:
        """The hole with the first day that any list tells, and the score of this day before an older one that a report brought along."""
        cves = sorted(name.upper() for name in hole.names if name.upper().startswith("CVE-"))
        days = [entry.added_on for cve in cves if self.exploited and (entry := self.exploited.entries.get(cve))]
        days += [hole.exploited_since] if hole.exploited_since else []
        likely = [score.probability for cve in cves if self.scores and (score := self.scores.of(cve))]
        return replace(
            hole,
            exploited_since=min(days, default=None),
            exploit_probability=max(likely, default=hole.exploit_probability),
        )
