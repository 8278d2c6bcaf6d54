"""What the files of the fleet say that should run: the images that manifests and values name at the head of their branch.

Where Argo CD or Flux applies the folder of a file, its source says from which branch and to where: from another branch, tag or commit than
the default one, something else than what was read may run.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from bot.model.dependency import GITHUB_TAGS, OCI, Dependency
from bot.model.deployment import Deployment, SeenBy, Spot
from bot.model.fleet import Repo
from bot.model.git_source import GitSource
from bot.model.image import Digest, ImageReference, InvalidReferenceError
from bot.model.pin import Finding, Pin, Role
from bot.track.deployments.read import StageOf

_TEMPLATE: Final = "{{"
_HEADS: Final = "refs/heads/"
_MAX_SHOWN: Final = 60


def written(
    repo: Repo,
    findings: Iterable[Finding],
    stage_of: StageOf,
    *,
    now: datetime,
    sources: Iterable[GitSource] = (),
    unknown: Iterable[GitSource] = (),
) -> Iterator[Deployment]:
    """The images that the files of a repo name to run, each with its file and line, its stage by the path, else by where it goes.

    `sources` are those of the whole fleet: they may stand in another repo. `unknown` are those that stand in this one: where one does not
    tell which repo it applies, and a folder here has its path, it is taken for this one, and what it applies is in doubt.
    """
    mine = [source for source in sources if is_repo(source.repo, repo)]
    mine += [source for source in unknown if source.problem and source.path]
    for pin in findings:
        if isinstance(pin, Pin) and pin.role is Role.IMAGE and pin.dependency.datasource == OCI:
            image = image_of(pin)
            if image is not None:
                applied = _applied(pin.file, mine)
                yield Deployment(
                    image=image,
                    stage=stage_of(pin.file) or _stage(applied, stage_of),
                    seen_by=SeenBy.MANIFEST,
                    where=f"{repo.full_name} {pin.file}:{pin.line}",
                    as_of=now,
                    spot=_spot(applied),
                    doubt=_doubt(applied, repo),
                )


def image_of(pin: Pin) -> ImageReference | None:
    """What a pin of an image names; without tag and digest it is `latest`, as Docker reads it. None: nothing that a registry has."""
    try:
        name = ImageReference.parse(pin.dependency.name)
        digest = Digest(pin.digest) if pin.digest else None
        return ImageReference.parse(str(name.at(tag=pin.value or (None if digest else "latest"), digest=digest)))
    except InvalidReferenceError:
        return None


def is_repo(named: Dependency | None, repo: Repo) -> bool:
    """Whether an address names a repo of the fleet."""
    if named is None:
        return False
    if named.datasource == GITHUB_TAGS:
        return named.name.lower() == repo.full_name.lower()
    return named.name.removesuffix(".git").lower() == repo.clone_url.removesuffix(".git").lower()


def _applied(file: PurePosixPath, sources: Sequence[GitSource]) -> list[GitSource]:
    """The sources whose folder holds a file, those with the deepest one; none: nobody applies it that is known."""
    holding = [source for source in sources if _TEMPLATE not in source.path and file.is_relative_to(source.path)]
    deepest = max((len(PurePosixPath(source.path).parts) for source in holding), default=0)
    return [source for source in holding if len(PurePosixPath(source.path).parts) == deepest]


def _stage(applied: Sequence[GitSource], stage_of: StageOf) -> str:
    """The one stage that the places speak of where it goes; empty: none, or several."""
    places = (place for source in applied for place in (source.namespace, source.name.partition(" ")[2], source.cluster))
    stages = {stage_of(PurePosixPath(place)) for place in places if place and "://" not in place} - {""}
    return next(iter(stages)) if len(stages) == 1 else ""


def _spot(applied: Sequence[GitSource]) -> Spot | None:
    """Where it goes, if to one place alone."""
    if len(applied) != 1:
        return None
    (source,) = applied
    return Spot(cluster=source.cluster, namespace=source.namespace, workload=source.name)


def _doubt(applied: Sequence[GitSource], repo: Repo) -> str:
    """Why something else may be applied than what stands at the head of the default branch; empty: some source follows that one."""
    if not applied or any(_follows(source.revision, repo) for source in applied if not source.problem):
        return ""
    source = applied[0]
    if source.problem:
        return f"which revision {source.name} ({source.file}:{source.line}) applies is not known: {source.problem}"
    revision = "what a template fills in" if _TEMPLATE in source.revision else source.revision[:_MAX_SHOWN]
    return f"{source.name} ({source.file}:{source.line}) follows {revision}, and not {repo.default_branch}"


def _follows(revision: str, repo: Repo) -> bool:
    return revision.removeprefix(_HEADS) in {"", "HEAD", repo.default_branch}
