"""What a cluster says that it applied: the images that the files of that commit name, or the values of that release."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from bot.find.flux import PLUGIN as FLUX
from bot.find.git_url import git_dependency
from bot.find.kustomize_reach import NAMES, TooManyError, overrides, reached
from bot.find.scan import SourceTree, find_in_file
from bot.model.dependency import OCI
from bot.model.deployment import Deployment, SeenBy
from bot.model.failure import Failure
from bot.model.fleet import Repo
from bot.model.image import ImageReference, InvalidReferenceError
from bot.model.image_override import overridden
from bot.model.pin import Finding, Pin, Role
from bot.pipeline.attempt import attempt
from bot.pipeline.deployment_sources import DeploymentSources
from bot.pipeline.scanned import Scanned
from bot.track.deployments.manifest import image_of, is_repo
from bot.track.deployments.read import Applied, AppliedFolder, AppliedRelease, Read

MOST_COMMITS: Final = 100
"""Other commits than heads that a run fetches at most."""
_SHORT: Final = 7
_KUSTOMIZE: Final = "kustomize"
_SEVERAL: Final = "its files name several values of this image, and a patch may leave one of them"
_OF_CONTROLLERS: Final = frozenset({"flux", "argo-cd"})
"""Finders of what is applied as an object, which something else then makes run, or not."""


def by_applied(sources: DeploymentSources, scanned: Sequence[Scanned], applied: Iterable[Applied]) -> Iterator[tuple[str, Read | Failure]]:
    """What runs by it; with the name of the list that says so."""
    look = _Look(sources=sources, scanned=scanned)
    for one in applied:
        yield one.listing.name, attempt(one.where, partial(look.of, one))


@dataclass(slots=True, kw_only=True)
class _Look:
    """Each commit is opened once."""

    sources: DeploymentSources
    scanned: Sequence[Scanned]
    trees: dict[tuple[str, str], SourceTree | Failure] = field(default_factory=dict)
    files: dict[tuple[str, str, PurePosixPath], tuple[Finding, ...]] = field(default_factory=dict)

    def of(self, one: Applied) -> Read:
        match one:
            case AppliedFolder():
                return self._folder(one)
            case AppliedRelease():
                return self._release(one)
            case _:
                raise TypeError(type(one).__name__)

    def _folder(self, one: AppliedFolder) -> Read:
        url = git_dependency(one.url)
        entry = next((entry for entry in self.scanned if is_repo(url, entry.repo)), None)
        if entry is None:
            return Read(notes=(f"{one.spot} applies {one.url[:200]}, which is not looked at: what runs by it is not told",))
        tree = self._tree(entry, one.commit)
        if isinstance(tree, Failure):
            return Read(problems=(f"{one.spot} applies {_at(entry.repo, one)}, which can't be read: {tree.what}",))
        try:
            files = reached(tree, PurePosixPath(one.path))
        except TooManyError as error:
            return Read(problems=(f"{one.spot} applies {_at(entry.repo, one)}: {error}",))
        found = self._deployments(one, entry.repo, tree, files)
        return Read(deployments=tuple(found), notes=() if files else (f"{one.spot}: {_at(entry.repo, one)} has no such folder",))

    def _deployments(self, one: AppliedFolder, repo: Repo, tree: SourceTree, files: Sequence[PurePosixPath]) -> Iterator[Deployment]:
        pins = [pin for file in files for pin in self._pins(repo, one.commit, tree, file)]
        inner = [override for file in files if file.name in NAMES for override in overrides(tree.read(file) or "")]
        replacing = {_name(override.new_name or override.name) for override in inner}
        written = [(pin, image_of(pin)) for pin in pins if pin.finder != _KUSTOMIZE or pin.dependency.name not in replacing]
        images = [(pin, overridden(image, (*inner, *one.overrides))) for pin, image in written if image is not None]
        values: dict[str, set[ImageReference]] = {}
        for _, image in images:
            if image is not None:
                values.setdefault(image.name, set()).add(image)
        for pin, image in images:
            if image is not None:
                doubt = one.doubt or (_SEVERAL if len(values[image.name]) > 1 else "")
                yield self._deployment(one, image, f"{_at(repo, one)}, {pin.file}:{pin.line}", pin.file, doubt)

    def _deployment(self, one: Applied, image: ImageReference, by: str, file: PurePosixPath, doubt: str) -> Deployment:
        stage_of = self.sources.stage_of
        return Deployment(
            image=image,
            stage=one.listing.stage_at((*one.names, str(file)), stage_of) or stage_of(file),
            seen_by=SeenBy.FLUX,
            where=f"{one.where}: {by}",
            as_of=one.listing.as_of,
            since=one.since,
            spot=one.spot,
            doubt=doubt,
            frozen=one.frozen,
        )

    def _release(self, one: AppliedRelease) -> Read:
        file = PurePosixPath("release.yaml")
        found = find_in_file(file, one.document, _NoFiles(), finders=(FLUX,))
        images = [image for pin in _images(found) if (image := image_of(pin)) is not None]
        notes = () if images else ("HelmReleases name no image in their values",)
        return Read(
            deployments=tuple(self._deployment(one, image, "its values", PurePosixPath(), one.doubt) for image in images), notes=notes
        )

    def _tree(self, entry: Scanned, commit: str) -> SourceTree | Failure:
        if commit == entry.repo.head:
            return entry.tree
        key = (entry.repo.full_name, commit)
        if key not in self.trees:
            self.trees[key] = self._opened(replace(entry.repo, head=commit))
        return self.trees[key]

    def _opened(self, repo: Repo) -> SourceTree | Failure:
        open_tree = self.sources.open_tree
        if open_tree is None or len(self.trees) >= MOST_COMMITS:
            why = (
                "no older commit can be had" if open_tree is None else f"{MOST_COMMITS} other commits were read, and no more are in one run"
            )
            return Failure(where=repo.full_name, what=why)
        return attempt(repo.full_name, lambda: open_tree(repo))

    def _pins(self, repo: Repo, commit: str, tree: SourceTree, file: PurePosixPath) -> tuple[Pin, ...]:
        key = (repo.full_name, commit, file)
        if key not in self.files:
            self.files[key] = find_in_file(file, tree.read(file) or "", tree, finders=self.sources.finders)
        return tuple(pin for pin in _images(self.files[key]) if pin.finder not in _OF_CONTROLLERS)


class _NoFiles:
    """An object stands alone."""

    def read(self, path: PurePosixPath) -> str | None:  # noqa: ARG002 - the signature of trees
        return None

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:  # noqa: ARG002
        return ()


def _images(found: Iterable[Finding]) -> Iterator[Pin]:
    return (pin for pin in found if isinstance(pin, Pin) and pin.role is Role.IMAGE and pin.dependency.datasource == OCI)


def _name(written: str) -> str:
    try:
        return ImageReference.parse(written).name
    except InvalidReferenceError:
        return ""


def _at(repo: Repo, one: AppliedFolder) -> str:
    return f"{repo.full_name} {one.path or '.'} at {one.commit[:_SHORT]}"
