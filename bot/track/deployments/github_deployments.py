"""GitHub deployments: an environment is at a commit, and images say which commit they were built from.

A deployment names a commit and no image. Which image that is may be told by its payload (`{"image": "ghcr.io/acme/shop@sha256:…"}`), else
by the images that carry the commit as `org.opencontainers.image.revision`. Where several of one name do, or one commit made several
images, the deployment does not say which of them it is, and each is in doubt.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from bot.clients.json_fields import mapping, text, texts
from bot.model.deployment import Deployment, SeenBy
from bot.model.image import Digest, ImageReference, InvalidReferenceError
from bot.model.runtime import Environment, Environments
from bot.track.deployments.read import Read, StageOf

_SUCCESS: Final = "SUCCESS"
_NOTHING: Final = "INACTIVE"
_MAX_IMAGES: Final = 100
_COMMIT_DIGITS: Final = 7

ByRevision = Mapping[str, Sequence[ImageReference]]
"""The images of a repo, each with its digest, by the commit that they say they were built from."""


def deployed(repo: str, environments: Environments, built: ByRevision, stage_of: StageOf, *, now: datetime) -> Read:
    """What the environments of a repo (`owner/name`) run."""
    found: list[Deployment] = []
    notes: list[str] = []
    for environment in environments.listed:
        if not environment.commit or environment.state == _NOTHING:
            continue
        if environment.state != _SUCCESS:
            day = f" on {environment.at:%Y-%m-%d}" if environment.at else ""
            notes.append(f"what runs in {environment.name} is not told: its last deployment ended as {environment.state}{day}")
            continue
        images = list(_images(environment, built))
        if not images:
            commit = environment.commit[:_COMMIT_DIGITS]
            notes.append(f"{environment.name} is at commit {commit}, and no image is known to be built from it")
        found += _deployments(repo, environment, images, stage_of, now)
    problems = ("it has more environments than were asked for, and of the others nothing is told",) if environments.is_cut else ()
    return Read(deployments=tuple(found), problems=problems, notes=tuple(notes))


def _deployments(
    repo: str, environment: Environment, images: Sequence[tuple[ImageReference, bool]], stage_of: StageOf, now: datetime
) -> Iterator[Deployment]:
    guessed = sum(not is_told for _, is_told in images)
    for image, is_told in images:
        several = f"commit {environment.commit[:_COMMIT_DIGITS]} made {guessed} images, and the deployment does not say which of them it is"
        yield Deployment(
            image=image,
            stage=stage_of(PurePosixPath(environment.name)),
            seen_by=SeenBy.GITHUB_DEPLOYMENT,
            where=f"{repo}: environment {environment.name} at {environment.commit[:_COMMIT_DIGITS]}",
            as_of=now,
            since=environment.at,
            doubt=several if not is_told and guessed > 1 else "",
        )


def _images(environment: Environment, built: ByRevision) -> Iterator[tuple[ImageReference, bool]]:
    """The images of a deployment, each with whether its payload names it; else by the commit."""
    told = list(_in_payload(environment.payload))
    if told:
        yield from ((image, True) for image in told)
    else:
        yield from ((image, False) for image in built.get(environment.commit, ())[:_MAX_IMAGES])


def _in_payload(payload: str) -> Iterator[ImageReference]:
    """What a payload names under `image` or `images`; one that was written as text is read once more."""
    try:
        told = json.loads(payload) if payload else None
        told = json.loads(told) if isinstance(told, str) else told
    except (ValueError, RecursionError):
        return
    for written in _unique([*texts(mapping(told).get("image")), *texts(mapping(told).get("images"))]):
        try:
            yield _with_digest(ImageReference.parse(written), text(mapping(told).get("digest")))
        except InvalidReferenceError:
            continue


def _unique(written: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(written))[:_MAX_IMAGES]


def _with_digest(image: ImageReference, digest: str) -> ImageReference:
    return image.at(tag=image.tag, digest=Digest(digest)) if digest and image.digest is None else image
