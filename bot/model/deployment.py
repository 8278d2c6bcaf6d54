"""Where images run, or are written to run, and whose word that is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.image import ImageReference


class SeenBy(StrEnum):
    """The source of what is known of a deployment."""

    MANIFEST = "manifest"
    """Written at the head of the branch that the stage follows: it should run."""
    INVENTORY = "inventory"
    """A listing of what a cluster runs (`kubectl get pods`, Argo CD, Flux)."""
    GITHUB_DEPLOYMENT = "GitHub deployment"
    ARTIFACT_METADATA = "artifact metadata"
    """Deployment records of GitHub's linked artifacts."""
    PURPOSE_TAG = "purpose tag"
    """A tag named for a stage (`:prod`) stands at it in the registry: it should run."""


RUNS = frozenset({SeenBy.INVENTORY, SeenBy.GITHUB_DEPLOYMENT, SeenBy.ARTIFACT_METADATA})
"""Sources that tell what does run; the others tell what should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One image in one stage, by one source. What the source names is hostile."""

    image: ImageReference
    """With its digest where that is known: of the index or of a platform, which is no difference here."""
    stage: str
    """Empty: the source does not tell."""
    seen_by: SeenBy
    where: str
    """`owner/name overlays/prod/app.yaml:12`, `cluster prod-1, namespace shop, deployment web`."""
    as_of: datetime
    """How old the source's knowledge is; of a manifest, the run that read it."""
    since: datetime | None = None
    """Since when the source says so; None: it does not tell."""

    @property
    def is_running(self) -> bool:
        return self.seen_by in RUNS
