"""What is written to run against what runs; and what runs that no repo makes."""

from collections.abc import Collection, Iterable, Iterator

from bot.model.deployment import Deployment, SeenBy
from bot.model.exposure import Known
from bot.model.gap import Gap, GapKind
from bot.track.deployments.same_image import Kin
from bot.track.image_stages import ImageInStages, is_likely_same, shown, told


def drift(image: ImageInStages, kin: Kin) -> Iterator[Gap]:
    """Of each stage where both are known: what is written and runs nowhere, and what runs and is written nowhere."""
    for stage, deployments in image.stages.items():
        declared = [one for one in deployments if one.seen_by is SeenBy.MANIFEST and not one.doubt]
        running = [one for one in deployments if one.is_running]
        if not stage or not declared or not running:
            continue
        for one, others, words in (
            *((one, running, "is written to run, and runs nowhere there") for one in _distinct(declared)),
            *((one, declared, "runs there, and no file says so") for one in _distinct(running)),
        ):
            answers = {is_likely_same(one.image, other.image, kin) for other in others}
            if Known.YES in answers:
                continue
            is_so = _is_so(image, one, others) if Known.UNKNOWN not in answers else Known.UNKNOWN
            yield Gap(
                kind=GapKind.DRIFT,
                app=image.app_name,
                image=image.name,
                stage=stage,
                said=f"{shown(one.image)} {words}",
                is_so=is_so,
                evidence=(told(one), *map(told, _distinct(others))),
            )


def _is_so(image: ImageInStages, one: Deployment, others: Iterable[Deployment]) -> Known:
    """What a file has said only since after the lists were made can't be in them."""
    for written, seen in ((a, b) if a.seen_by is SeenBy.MANIFEST else (b, a) for a, b in ((one, other) for other in others)):
        since = image.since(written)
        if since is not None and since > seen.as_of:
            return Known.UNKNOWN
    return Known.YES


def unpublished(deployments: Iterable[Deployment], published: Collection[str], known_digests: Collection[str]) -> Iterator[Gap]:
    """What runs under a name beside those that the fleet publishes (the same registry and account) and is made by no repo of it.

    What others publish is no finding; a copy under another name that has a digest of the fleet's is none either.
    """
    homes = {_home(name) for name in published}
    found: dict[tuple[str, str], list[Deployment]] = {}
    for one in deployments:
        name = one.image.name
        if one.is_running and name not in published and _home(name) in homes and one.image.digest not in known_digests:
            found.setdefault((name, one.stage), []).append(one)
    for (name, stage), ones in sorted(found.items()):
        tags = ", ".join(dict.fromkeys(shown(one.image) for one in ones[:_MOST_SHOWN]))
        said = f"runs ({tags}), and no repo that is looked at is known to make it"
        evidence = tuple(map(told, _distinct(ones)[:_MOST_SHOWN]))
        yield Gap(kind=GapKind.UNPUBLISHED, app="", image=name, stage=stage, said=said, evidence=evidence)


_MOST_SHOWN = 5


def _home(name: str) -> str:
    """Registry and account: `ghcr.io/acme`."""
    return "/".join(name.split("/")[:2]) if name.count("/") > 1 else name.partition("/")[0]


def _distinct(deployments: Iterable[Deployment]) -> list[Deployment]:
    return list({str(one.image): one for one in deployments}.values())
