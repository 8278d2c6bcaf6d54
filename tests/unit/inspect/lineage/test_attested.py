"""Who built an image, by its provenance, and what GitHub's attestations add to it: claims, of which layers are the judge."""

import json

import pytest

from bot.inspect.lineage.builder import built_by
from bot.inspect.lineage.detector import NotHeard
from bot.inspect.lineage.dockerfile import WrittenBase
from bot.model.attestation import Attestation
from bot.model.lineage import BuiltBy, Confidence
from bot.sandbox.github.rest_attestations import bundle_of
from tests.lineages import BUILDKIT_V1

DEBIAN, APP = "library/debian", "team/app"
COMMIT, OTHER = "c" * 40, "d" * 40
SOURCE = "https://github.com/acme/app"
WORKFLOW = f"{SOURCE}/.github/workflows/build.yml@refs/tags/v1.4"
V1 = "https://slsa.dev/provenance/v1"


def github(commit=COMMIT, source=SOURCE, *, used=()):
    """As `actions/attest-build-provenance` writes it."""
    workflow = {"ref": "refs/tags/v1.4", "repository": source, "path": ".github/workflows/build.yml"}
    return {
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": {"workflow": workflow},
            "resolvedDependencies": [{"uri": f"git+{source}@refs/tags/v1.4", "digest": {"gitCommit": commit}}, *used],
        },
        "runDetails": {"builder": {"id": WORKFLOW}},
    }


CONTEXT = {"uri": f"git+{SOURCE}", "digest": {"sha1": COMMIT}}
CHECKOUT = {"source": SOURCE, "revision": COMMIT}
BUILDKIT = "https://mobyproject.org/buildkit@v1#metadata"
DOCUMENTS = {
    "a workflow of GitHub": (github(), (WORKFLOW, SOURCE, COMMIT, ".github/workflows/build.yml@refs/tags/v1.4")),
    "BuildKit v0.2 of a repo": ({"builder": {"id": "b"}, "invocation": {"configSource": CONTEXT}}, ("b", SOURCE, COMMIT, "")),
    "BuildKit v0.2 of a folder": ({"metadata": {BUILDKIT: {"vcs": CHECKOUT}}}, ("", SOURCE, COMMIT, "")),
    "BuildKit v1 of a repo": ({"buildDefinition": {"externalParameters": {"configSource": CONTEXT}}}, ("", SOURCE, COMMIT, "")),
    "BuildKit v1 of a folder": (
        {"buildDefinition": {}, "runDetails": {"builder": {"id": "b"}, "metadata": {"buildkit_metadata": {"vcs": CHECKOUT}}}},
        ("b", SOURCE, COMMIT, ""),
    ),
    "another repo's commit": (
        {
            "buildDefinition": {
                "externalParameters": {"workflow": {"repository": SOURCE}},
                "resolvedDependencies": [7, {"uri": "git+https://github.com/acme/library@main", "digest": {"gitCommit": OTHER}}],
            }
        },
        ("", SOURCE, "", ""),
    ),
    "nobody": ({"buildType": "x", "materials": []}, None),
    "odd types": ({"buildDefinition": {"externalParameters": [1], "resolvedDependencies": 7}, "runDetails": "x"}, None),
    "odd types within": ({"builder": {"id": ["b"]}, "invocation": {"configSource": {"uri": 7, "digest": []}}, "metadata": 7}, None),
}


@pytest.mark.parametrize(("document", "told"), DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_who_built_it(document, told):
    found = built_by(document, "here")

    assert found == (None if told is None else BuiltBy(where="here", builder=told[0], source=told[1], revision=told[2], workflow=told[3]))


def test_a_name_without_end_is_cut():
    assert len(built_by({"builder": {"id": "x" * 5_000}}, "here").builder) == 300


def attested(world, digest, predicate, **more):
    """GitHub has one attestation of this digest."""
    bundle = json.dumps(bundle_of(APP, more.pop("subject", digest), predicate, V1)).encode()
    one = Attestation(repo_id=1, **{"bundle": bundle, **more})
    world.lineages = world.lineages.with_attestations(lambda asked: [one] if asked == digest else [])


@pytest.fixture
def debian(world):
    digest = world.push(DEBIAN, "12", steps=["RUN debootstrap"])
    world.remember(f"{DEBIAN}:12")
    return digest


@pytest.mark.parametrize(
    ("kind", "confidence"),
    [
        pytest.param(BUILDKIT_V1, Confidence.PROVED, id="a list that is known to be whole"),
        pytest.param("https://example.org/build", Confidence.AT_LEAST, id="any other list"),
    ],
)
def test_a_base_among_what_was_used_is_judged_by_the_layers(world, debian, kind, confidence):
    digest = world.push(APP, "1", on=f"{DEBIAN}:12")
    predicate = github(used=[world.material(f"{DEBIAN}:12", debian)])
    predicate["buildDefinition"]["buildType"] = kind
    attested(world, digest, predicate)

    found = world.lineage(f"{APP}:1")

    assert (found.base.base.digest, found.base.confidence) == (debian, confidence)
    assert "claimed: its signature is not checked" in found.base.known_by[0].evidence
    assert [(one.builder, one.source, one.revision) for one in found.built_by] == [(WORKFLOW, SOURCE, COMMIT)]


def test_a_lie_about_the_base_is_refuted(world, debian):
    other = world.push("library/alpine", "3", steps=["RUN apk"])
    world.remember("library/alpine:3")
    digest = world.push(APP, "1", on=f"{DEBIAN}:12")
    predicate = github(used=[world.material("library/alpine:3", other)])
    attested(world, digest, predicate)

    found = world.lineage(f"{APP}:1")

    assert found.base.base.digest == debian
    assert all(claim.base.digest != other for claim in found.base.known_by)


@pytest.mark.parametrize("label", [None, OTHER], ids=["no label", "a label that was handed on from the base"])
def test_its_commit_says_which_dockerfile_it_was(world, debian, label):
    labels = {"org.opencontainers.image.revision": label} if label else {}
    digest = world.push(APP, "1", on=f"{DEBIAN}:12", labels=labels)
    attested(world, digest, github())
    asked = []

    def written(_, revision):
        asked.append(revision)
        return (WrittenBase(base=world.reference(f"{DEBIAN}@{debian}"), file="Dockerfile"),)

    world.lineages = world.lineages.with_dockerfiles(written)

    found = world.lineage(f"{APP}:1")

    assert (asked, found.revision) == ([COMMIT], COMMIT)
    assert found.base.known_by[-1].evidence == f"Dockerfile at {COMMIT[:12]} names it"


def test_two_that_name_different_commits_name_none(world, debian):
    digest = world.push(APP, "1", on=f"{DEBIAN}:12", labels={"org.opencontainers.image.revision": OTHER})
    bundles = [json.dumps(bundle_of(APP, digest, github(commit), V1)).encode() for commit in (COMMIT, "e" * 40)]
    world.lineages = world.lineages.with_attestations(lambda _: [Attestation(repo_id=1, bundle=one) for one in (*bundles, *bundles)])

    found = world.lineage(f"{APP}:1")

    assert (found.revision, len(found.built_by)) == (OTHER, 2)
    assert found.base.base.digest == debian


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        pytest.param({"subject": f"sha256:{1:064x}"}, "its statement is about another image", id="another image"),
        pytest.param({"bundle": b"{"}, "it is no valid JSON", id="no JSON"),
        pytest.param({"bundle": b"", "problem": "GitHub tells where"}, "GitHub tells where", id="elsewhere"),
        pytest.param({"bundle": b'{"dsseEnvelope": {"payload": "*"}}'}, "its envelope is broken", id="no envelope"),
    ],
)
def test_one_that_can_not_be_read_is_told_and_the_rest_counts(world, debian, more, reason):
    digest = world.push(APP, "1", on=f"{DEBIAN}:12")
    attested(world, digest, github(), **more)

    found = world.lineage(f"{APP}:1")

    assert found.base.base.digest == debian
    assert [reason in one for one in found.not_read] == [True]
    assert found.built_by == ()


def test_what_is_proved_is_kept_with_who_built_it(world, debian):
    digest = world.push(APP, "1", on=f"{DEBIAN}:12")
    predicate = github(used=[world.material(f"{DEBIAN}:12", debian)])
    predicate["buildDefinition"]["buildType"] = BUILDKIT_V1
    attested(world, digest, predicate)
    world.lineages = world.lineages.with_dockerfiles(lambda *_: NotHeard(what="Dockerfiles", reason="no clone"))
    first = world.lineage(f"{APP}@{digest}")
    world.anew()

    again = world.lineage(f"{APP}@{digest}")

    assert again.built_by == first.built_by != ()


def test_who_built_it_is_kept_as_it_was_first_heard(world, debian):
    digest = world.push(APP, "1", on=f"{DEBIAN}:12")
    for builder in ("first", "later, and anybody's"):
        attested(world, digest, {"builder": {"id": builder}})
        world.lineage(f"{APP}:1")

    assert [one.builder for one in world.ledger.provenances.get(digest)] == ["first"]
    assert world.ledger.provenances.get(debian) == ()


@pytest.mark.parametrize("way", ["att buildkit v1", "bundle other v0.2", "buildkit v0.2"])
@pytest.mark.usefixtures("debian")
def test_provenance_in_the_registry_is_kept_at_what_the_tag_stands_at(world, way):
    world.push(APP, "1", on=f"{DEBIAN}:12")
    world.attest(APP, "1", [], way=way, builder=WORKFLOW)
    stands_at = world.sandbox.store.manifest(APP, "1").digest

    (told,) = world.lineages.built_by(world.reference(f"{APP}:1"))

    assert told.builder == WORKFLOW
    assert world.ledger.provenances.get(stands_at) == (told,)
