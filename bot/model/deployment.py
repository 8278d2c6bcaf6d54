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
    """A listing of what a cluster runs (`kubectl get pods`, Argo CD)."""
    FLUX = "Flux"
    """A listing of Flux's objects says that it applied what is written at that commit, and waited until it was healthy."""
    GITHUB_DEPLOYMENT = "GitHub deployment"
    ARTIFACT_METADATA = "artifact metadata"
    """Deployment records of GitHub's linked artifacts."""
    PURPOSE_TAG = "purpose tag"
    """A tag named for a stage (`:prod`) stands at it in the registry: it should run."""


RUNS = frozenset({SeenBy.INVENTORY, SeenBy.FLUX, SeenBy.GITHUB_DEPLOYMENT, SeenBy.ARTIFACT_METADATA})
"""Sources that tell what does run; the others tell what should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """The place in a cluster where something runs, as far as its source tells. Hostile."""

    cluster: str = ""
    namespace: str = ""
    workload: str = ""
    """Kind and name: `deployment web`."""
    container: str = ""

    def __str__(self) -> str:
        parts = (("cluster ", self.cluster), ("namespace ", self.namespace), ("", self.workload), ("container ", self.container))
        return ", ".join(f"{what}{name}" for what, name in parts if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One image in one stage, by one source. What the source names is hostile."""

    image: ImageReference
    """With its digest where that is known: of the index or of a platform, which is no difference here."""
    stage: str
    """Empty: the source does not tell."""
    seen_by: SeenBy
    where: str
    """`owner/name overlays/prod/app.yaml:12`, `prod-1.json: cluster prod-1, namespace shop, deployment web`."""
    as_of: datetime
    """How old the source's knowledge is; of a manifest, the run that read it."""
    since: datetime | None = None
    """It surely is there since then; it may be for longer. None: the source does not tell."""
    spot: Spot | None = None
    """None: the source tells of no cluster."""
    doubt: str = ""
    """Why it may not run though its source names it: `Argo CD says Progressing`; empty: nothing speaks against it."""
    frozen: str = ""
    """Who was told to bring nothing new there; empty: nobody is known to be."""
    is_digest_by_tag: bool = False
    """The source names the tag alone; the digest is the only one that the bot ever saw it stand at."""

    @property
    def is_running(self) -> bool:
        """Seen to run. What is in doubt is not."""
        return self.seen_by in RUNS and not self.doubt
