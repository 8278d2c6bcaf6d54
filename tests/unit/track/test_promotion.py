"""What is not as it should be on the way to production: each gap where it is, none where it is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.ledger.contents import OpenedImage
from bot.model.dependency import LONG_AGO
from bot.model.deployment import Deployment, SeenBy
from bot.model.exposure import Known
from bot.model.fleet import App
from bot.model.gap import GapKind, Sprawl
from bot.model.image import Digest, ImageReference
from bot.track.deployments.same_image import Kin
from bot.track.drift import drift, unpublished
from bot.track.image_stages import Had, ImageInStages, by_image
from bot.track.promotion import promotion_gaps
from bot.track.sprawl import sprawl

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
STAGES = ("dev", "qa", "production")
NAME = "ghcr.io/acme/shop"
NO_KIN = Kin()
SHOP = App(name="shop", repo="acme/shop", images=(NAME,))
SEEN = {"1.4.0": LONG_AGO, "1.4.1": NOW - 200 * DAY, "1.4.2": NOW - 100 * DAY, "1.4.3": NOW - 10 * DAY, "1.5.0": NOW - DAY}


def digest(number: int) -> Digest:
    return Digest(f"sha256:{number:064x}")


def at(stage, tag, *, number=None, seen_by=SeenBy.INVENTORY, since=None, name=NAME, **more):
    image = ImageReference.parse(name).at(tag=tag, digest=None if number is None else digest(number))
    told = {"image": image, "stage": stage, "seen_by": seen_by, "where": f"list {stage}", "as_of": NOW, "since": since}
    return Deployment(**{**told, **more})


def written(stage, tag, **more):
    return at(stage, tag, seen_by=SeenBy.MANIFEST, **more)


def image(*deployments, had=None, seen=None) -> ImageInStages:
    held = {
        (NAME, stage): [Had(image=ImageReference.parse(f"{NAME}:{tag}"), since=since) for tag, since in ones]
        for stage, ones in (had or {}).items()
    }
    (found,) = by_image(deployments, [SHOP], STAGES, had=held, releases={NAME: SEEN if seen is None else seen})
    return found


def gaps(*deployments, kind, kin=NO_KIN, **more):
    found = promotion_gaps(image(*deployments, **more), STAGES, kin, frozen_after=90 * DAY, now=NOW)
    return [(gap.stage, gap.said, gap.is_so) for gap in found if gap.kind is kind]


SKIPPED = {
    "the same everywhere": ([at("qa", "1.4.3"), at("production", "1.4.3")], {}, []),
    "production is ahead": (
        [at("qa", "1.4.2"), at("production", "1.4.3")],
        {},
        [("production", "1.4.3 is there and was not seen in qa", Known.YES)],
    ),
    "ahead of two stages": (
        [at("dev", "1.4.2"), at("qa", "1.4.1"), at("production", "1.4.3")],
        {},
        [("production", "1.4.3 is there and was not seen in dev and qa", Known.YES)],
    ),
    "it was there before": ([at("qa", "1.4.2"), at("production", "1.4.3")], {"qa": [("1.4.3", NOW - 5 * DAY)]}, []),
    "the stage had it and moved on": ([at("qa", "1.5.0"), at("production", "1.4.3")], {}, []),
    "one of the earlier stages has it": ([at("dev", "1.4.3"), at("qa", "1.4.2"), at("production", "1.4.3")], {}, []),
    "tags without an order": (
        [at("qa", "abc"), at("production", "def")],
        {},
        [("production", "def is there and was not seen in qa", Known.UNKNOWN)],
    ),
    "the same tag by another build": (
        [at("qa", "1.4.3", number=1), at("production", "1.4.3", number=2)],
        {},
        [("production", "1.4.3@000000000000 is there and was not seen in qa", Known.UNKNOWN)],
    ),
    "the same digest by another tag": ([at("qa", "qa", number=1), at("production", "1.4.3", number=1)], {}, []),
    "no stage before it": (
        [at("production", "1.4.3")],
        {},
        [("production", "1.4.3 is there, and nothing is known of a stage before it", Known.UNKNOWN)],
    ),
    "not in production": ([at("qa", "1.4.3")], {}, []),
    "the stage is not known": ([at("", "1.4.2"), at("qa", "1.4.2")], {}, []),
    "what was in doubt there was not there": (
        [at("qa", "1.4.3", doubt="failing"), at("qa", "1.4.2"), at("production", "1.4.3")],
        {},
        [("production", "1.4.3 is there and was not seen in qa", Known.YES)],
    ),
    "what runs counts before what is written": (
        [at("qa", "1.4.3"), at("production", "1.4.3"), written("production", "1.5.0")],
        {},
        [],
    ),
}


@pytest.mark.parametrize(("deployments", "had", "expected"), SKIPPED.values(), ids=SKIPPED.keys())
def test_a_stage_that_was_skipped(deployments, had, expected):
    assert gaps(*deployments, had=had, kind=GapKind.SKIPPED) == expected


def test_an_index_and_its_platform_are_no_skipped_stage():
    platform = OpenedImage(id=1, digest=digest(2), platform="linux/amd64", not_read=())
    kin = Kin.of({digest(1): (platform,), digest(2): (platform,)})

    assert gaps(at("qa", "1.4.3", number=1), at("production", "1.4.3", number=2), kind=GapKind.SKIPPED, kin=kin) == []


BEHIND = {
    "one release": (
        [at("qa", "1.4.3"), at("production", "1.4.2")],
        [("production", "has 1.4.2, 1 release and 90 days behind qa, which has 1.4.3", Known.YES)],
    ),
    "releases between": (
        [at("qa", "1.5.0"), at("production", "1.4.1")],
        [("production", "has 1.4.1, 3 releases and 199 days behind qa, which has 1.5.0", Known.YES)],
    ),
    "what was there before the bot has no days": (
        [at("qa", "1.4.1"), at("production", "1.4.0")],
        [("production", "has 1.4.0, 1 release behind qa, which has 1.4.1", Known.YES)],
    ),
    "a tag that no list has": (
        [at("qa", "1.4.9"), at("production", "1.4.3")],
        [("production", "has 1.4.3, 1 release behind qa, which has 1.4.9", Known.YES)],
    ),
    "each against the stage before": (
        [at("dev", "1.5.0"), at("qa", "1.4.3"), at("production", "1.4.3")],
        [("qa", "has 1.4.3, 1 release and 9 days behind dev, which has 1.5.0", Known.YES)],
    ),
    "the oldest of several counts": (
        [at("qa", "1.4.3"), at("production", "1.4.3"), at("production", "1.4.2")],
        [("production", "has 1.4.2, 1 release and 90 days behind qa, which has 1.4.3", Known.YES)],
    ),
    "what is in doubt proves nothing": (
        [written("qa", "1.4.3"), written("production", "1.4.2", doubt="follows release-1.4")],
        [("production", "has 1.4.2, 1 release and 90 days behind qa, which has 1.4.3", Known.UNKNOWN)],
    ),
    "even": ([at("qa", "1.4.3"), at("production", "1.4.3")], []),
    "ahead": ([at("qa", "1.4.2"), at("production", "1.4.3")], []),
    "no order": ([at("qa", "abc"), at("production", "def")], []),
    "other lines": ([at("qa", "1.5.0-alpine"), at("production", "1.4.2")], []),
    "no tag": ([at("qa", None, number=1), at("production", "1.4.2")], []),
}


@pytest.mark.parametrize(("deployments", "expected"), BEHIND.values(), ids=BEHIND.keys())
def test_a_stage_that_is_behind(deployments, expected):
    assert gaps(*deployments, kind=GapKind.BEHIND) == expected


FROZEN = {
    "for long, with newer ones": (
        [at("qa", "1.4.1", since=NOW - 120 * DAY)],
        {},
        [("qa", "has 1.4.1 for 120 days at least; there are 3 newer releases", Known.YES)],
    ),
    "by what the ledger knows of its files": (
        [written("qa", "1.4.1")],
        {"qa": [("1.4.1", NOW - 150 * DAY)]},
        [("qa", "has 1.4.1 for 150 days at least; there are 3 newer releases", Known.YES)],
    ),
    "not for long": ([at("qa", "1.4.1", since=NOW - 89 * DAY)], {}, []),
    "since when is not known": ([written("qa", "1.4.1")], {"qa": [("1.4.1", LONG_AGO)]}, []),
    "the newest there is": ([at("qa", "1.5.0", since=NOW - 120 * DAY)], {}, []),
}


@pytest.mark.parametrize(("deployments", "had", "expected"), FROZEN.values(), ids=FROZEN.keys())
def test_a_stage_that_takes_nothing(deployments, had, expected):
    assert gaps(*deployments, had=had, kind=GapKind.FROZEN) == expected


DRIFT = {
    "the same": ([written("qa", "1.4.3"), at("qa", "1.4.3", number=1)], {}, []),
    "another one runs": (
        [written("qa", "1.4.3"), at("qa", "1.4.2", number=1)],
        {},
        [
            ("1.4.3 is written to run, and runs nowhere there", Known.YES),
            ("1.4.2@000000000000 runs there, and no file says so", Known.YES),
        ],
    ),
    "one of two runs besides": (
        [written("qa", "1.4.3"), at("qa", "1.4.3"), at("qa", "1.4.2")],
        {},
        [("1.4.2 runs there, and no file says so", Known.YES)],
    ),
    "the file changed after the list was made": (
        [written("qa", "1.4.3"), at("qa", "1.4.2", as_of=NOW - DAY)],
        {"qa": [("1.4.3", NOW - timedelta(hours=1))]},
        [
            ("1.4.3 is written to run, and runs nowhere there", Known.UNKNOWN),
            ("1.4.2 runs there, and no file says so", Known.UNKNOWN),
        ],
    ),
    "one tag at digests of which nothing is proved": (
        [written("qa", "1.4.3", number=1), at("qa", "1.4.3", number=2)],
        {},
        [
            ("1.4.3@000000000000 is written to run, and runs nowhere there", Known.UNKNOWN),
            ("1.4.3@000000000000 runs there, and no file says so", Known.UNKNOWN),
        ],
    ),
    "what is in doubt tells nothing": ([written("qa", "1.4.3"), at("qa", "1.4.2", doubt="Argo CD says Progressing")], {}, []),
    "what is written in doubt tells nothing": ([written("qa", "1.4.3", doubt="follows release-1.4"), at("qa", "1.4.2")], {}, []),
    "nothing is known to run": ([written("qa", "1.4.3")], {}, []),
    "in no known stage": ([written("", "1.4.3"), at("", "1.4.2")], {}, []),
}


@pytest.mark.parametrize(("deployments", "had", "expected"), DRIFT.values(), ids=DRIFT.keys())
def test_what_is_written_against_what_runs(deployments, had, expected):
    found = drift(image(*deployments, had=had), Kin())

    assert [(gap.said, gap.is_so) for gap in found] == expected


def test_a_gap_says_whose_word_it_is_and_of_when():
    found = list(promotion_gaps(image(at("qa", "1.4.3"), at("production", "1.4.2")), STAGES, Kin(), frozen_after=90 * DAY, now=NOW))

    assert [gap.evidence for gap in found] == [
        ("production: 1.4.2 by list production, as of 2026-11-23", "qa: 1.4.3 by list qa, as of 2026-11-23")
    ]


UNPUBLISHED = {
    "of the same account": ([at("qa", "1", name="ghcr.io/acme/ghost")], ["ghcr.io/acme/ghost"]),
    "published": ([at("qa", "1")], []),
    "of others": ([at("qa", "1", name="ghcr.io/other/thing"), at("qa", "1", name="docker.io/library/redis")], []),
    "only written": ([written("qa", "1", name="ghcr.io/acme/ghost")], []),
    "a copy of what is published": ([at("qa", "1", name="ghcr.io/acme/copy", number=7)], []),
}


@pytest.mark.parametrize(("deployments", "names"), UNPUBLISHED.values(), ids=UNPUBLISHED.keys())
def test_what_runs_and_no_repo_makes(deployments, names):
    found = unpublished(deployments, {NAME}, {digest(7)})

    assert [gap.image for gap in found] == names


def test_images_that_nobody_publishes_are_no_images_of_the_fleet():
    foreign = replace(at("qa", "1"), image=ImageReference.parse("docker.io/library/redis:7"))

    assert by_image([foreign], [SHOP], STAGES, had={}, releases={}) == []


def test_sprawl_counts_apps_and_not_places():
    named = [("a", "oci: python", "3.12"), ("a", "oci: python", "3.12"), ("b", "oci: python", "3.11"), ("c", "oci: python", "3.12")]

    assert sprawl([*named, ("a", "oci: redis", "7"), ("b", "oci: redis", "7")]) == [
        Sprawl(dependency="oci: python", apps=3, values=(("3.12", 2), ("3.11", 1)))
    ]


def test_a_stage_that_somebody_was_told_to_leave_is_frozen_at_once():
    held = at("qa", "1.4.3", since=NOW - DAY, frozen="Kustomization flux-system/shop is suspended")

    assert gaps(held, at("production", "1.4.3"), kind=GapKind.FROZEN) == [("qa", "Kustomization flux-system/shop is suspended", Known.YES)]
