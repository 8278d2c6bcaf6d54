"""Attestations by many digests at once, and storage records: what is asked, and that nothing is taken for what it is not."""

import json
from contextlib import closing
from dataclasses import replace

import pytest

from bot.clients.github.attestations import _MAX_BUNDLE_BYTES, _MAX_OF_DIGEST
from bot.clients.short_memory import ShortMemory
from bot.inspect.attached.statement import document
from bot.ledger.ledger import Ledger
from bot.model.built import PublishedBuild
from bot.model.dependency import OCI, Dependency, Release
from bot.model.fleet import App
from bot.model.forge import ForgeError
from bot.model.image import Digest, ImageReference
from bot.model.storage import Kept, NewStorage
from bot.pipeline.attestations import Attestations, AttestationSource
from bot.pipeline.attested_images import with_attested_images
from bot.pipeline.record_storage import StorageWrites, record_storage
from bot.sandbox.faults import ServerError, StrangeAnswer
from bot.sandbox.github.sandbox import BOT_TOKEN
from tests.unit.clients.conftest import SHOP
from tests.unit.pipeline.test_deployments import SHOP as SHOP_IMAGE
from tests.unit.pipeline.test_deployments import pin, scanned
from tests.unit.track.deployments.lists import NOW

BULK, REPOS, STORAGE = "POST *bulk-list*", "GET *attestations/repositories*", "GET *storage-records"
PREDICATE = {"buildDefinition": {"buildType": "https://actions.github.io/buildtypes/workflow/v1"}}


def digest(number):
    return f"sha256:{number:064x}"


def repo_id(github, name=SHOP):
    return github.repo(name).id


def test_a_thousand_and_twenty_four_digests_are_one_request(github, faults, forge):
    github.attest(SHOP, digest(7), PREDICATE)
    faults.forget()

    found = forge.provenance("acme", [digest(number) for number in range(1_024)])

    assert faults.count() == 1
    (one,) = found.of[digest(7)]
    assert (list(found.of), one.repo_id, one.problem, found.is_cut) == ([digest(7)], repo_id(github), "", False)
    assert document(one.bundle, [digest(7)]) == PREDICATE


def test_one_digest_more_is_one_request_more_and_none_is_none(faults, forge):
    faults.forget()

    forge.provenance("acme", [digest(number) for number in range(1_025)])
    assert faults.count(BULK) == 2

    assert forge.provenance("acme", []).of == {}
    assert faults.count(BULK) == 2


def test_each_hundred_attestations_are_a_page(github, faults, forge):
    for number in range(201):
        github.attest(SHOP, digest(number), PREDICATE)
    faults.forget()

    found = forge.provenance("acme", [digest(number) for number in range(300)])

    assert (len(found.of), faults.count(BULK), found.is_cut) == (201, 3, False)


def test_what_is_too_much_is_cut_and_told(github, forge):
    for _ in range(_MAX_OF_DIGEST + 1):
        github.attest(SHOP, digest(1), PREDICATE)
    github.attest(SHOP, digest(2), {"padding": "x" * _MAX_BUNDLE_BYTES})

    found = forge.provenance("acme", [digest(1), digest(2)])

    assert (len(found.of[digest(1)]), found.is_cut) == (_MAX_OF_DIGEST, True)
    (large,) = found.of[digest(2)]
    assert (large.bundle, "bytes, and at most" in large.problem) == (b"", True)


def test_other_kinds_are_not_asked_for_and_a_bundle_elsewhere_is_told(github, forge):
    github.attest(SHOP, digest(1), PREDICATE, kind="sbom")
    github.attest(SHOP, digest(2), None)

    found = forge.provenance("acme", [digest(1), digest(2)]).of

    assert list(found) == [digest(2)]
    assert found[digest(2)][0].problem == "GitHub tells where its bundle lies, and not what is in it"


def test_a_person_has_attestations_too(github, faults, forge):
    github.user("octavia")
    github.create_repo("octavia", "tool", {"a": "b"})
    github.attest("octavia/tool", digest(1), PREDICATE)
    faults.forget()

    assert list(forge.provenance("octavia", [digest(1)]).of) == [digest(1)]
    assert list(forge.provenance("octavia", [digest(1)]).of) == [digest(1)]
    assert faults.count(BULK) == 3, "what the owner is, is asked once"
    assert forge.attesting_repos("octavia") == {}


def test_a_github_without_attestations_and_a_token_that_may_not_read_them(github, faults, forge):
    github.world.tokens[BOT_TOKEN].may_read_attestations = False
    with pytest.raises(ForgeError, match="403"):
        forge.provenance("acme", [digest(1)])

    github.world.has_attestations = False
    faults.forget()
    assert forge.provenance("acme", [digest(1)]) is None
    assert forge.provenance("acme", [digest(1)]) is None
    assert forge.attesting_repos("acme") == {}
    assert faults.count(BULK) == 2, "as an organisation, and as a person"


STRANGE = {
    "no object": [],
    "nothing": {},
    "a list of digests": {"attestations_subject_digests": [1]},
    "nulls": {"attestations_subject_digests": {digest(1): None, "x": 7}, "page_info": None},
    "numbers": {"attestations_subject_digests": {digest(1): [7, None]}, "page_info": {"has_next": "yes", "next": 7}},
    "another digest": {"attestations_subject_digests": {digest(2): [{"bundle": {"x": 1}, "repository_id": 1}]}},
    "no number": {"attestations_subject_digests": {digest(1): [{"bundle": 7, "repository_id": True}]}},
    "for ever": {"attestations_subject_digests": {}, "page_info": {"has_next": True, "next": "again"}},
}


@pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE.keys())
def test_a_strange_answer_ends_in_a_value_or_a_forge_error(faults, forge, answer):
    faults.forget()
    faults.switch_on(BULK, StrangeAnswer(body=json.dumps(answer).encode()))

    if "attestations_subject_digests" not in answer or answer is STRANGE["a list of digests"]:
        with pytest.raises(ForgeError, match="can't be read"):
            forge.provenance("acme", [digest(1)])
    else:
        found = forge.provenance("acme", [digest(1)])
        assert set(found.of) <= {digest(1)}
        assert all((one.bundle, one.repo_id) == (b"", 0) for one in found.of.get(digest(1), ()))
        assert found.is_cut == (answer is STRANGE["for ever"])
    assert faults.count(BULK) <= 20


def test_the_repos_that_attest_are_named_a_hundred_at_a_time(github, faults, forge):
    for number in range(101):
        github.create_repo("acme", f"app-{number}", {"a": "b"})
        github.attest(f"acme/app-{number}", digest(number), PREDICATE)
    faults.forget()

    found = forge.attesting_repos("acme")

    assert (len(found), faults.count(REPOS)) == (101, 2)
    assert found[repo_id(github, "acme/app-100")] == "app-100"


class TestStorage:
    """Where an artifact lies."""

    def new(self, repo="shop", **more):
        lies = {"registry_url": "https://ghcr.io", "repository": "acme/shop"}
        return NewStorage(**{"name": "ghcr.io/acme/shop", "digest": digest(1), "tag": "1.4", "repo": repo, **lies, **more})

    def test_what_is_written_is_there_once(self, forge):
        forge.record_storage("acme", self.new())
        forge.record_storage("acme", self.new())

        (found,) = forge.storage_records("acme", digest(1))

        assert (found.name, found.registry_url, found.repository, found.kept) == (
            *("ghcr.io/acme/shop", "https://ghcr.io", "acme/shop"),
            Kept.ACTIVE,
        )
        assert forge.storage_records("acme", digest(2)) == ()

    def test_one_that_github_does_not_take_is_told(self, github, forge):
        with pytest.raises(ForgeError):
            forge.record_storage("acme", self.new(repo="nowhere"))
        github.world.tokens[BOT_TOKEN].may_write = False
        with pytest.raises(ForgeError, match="403"):
            forge.record_storage("acme", self.new())

    def test_a_github_that_does_not_know_the_question(self, github, forge):
        github.world.tokens[BOT_TOKEN].may_read_records = False

        assert forge.storage_records("acme", digest(1)) is None

    @pytest.mark.parametrize("body", [b"[]", b"{}", b'{"storage_records": [{"digest": "sha256:7"}]}'])
    def test_a_strange_answer_is_no_answer(self, faults, forge, body):
        faults.switch_on(STORAGE, StrangeAnswer(body=body))

        with pytest.raises(ForgeError, match="can't be read"):
            forge.storage_records("acme", digest(1))

    def test_a_word_that_is_none_of_githubs(self, faults, forge):
        answer = {"storage_records": [{"digest": digest(1), "status": "lost", "name": 7, "updated_at": "then"}]}
        faults.switch_on(STORAGE, StrangeAnswer(body=json.dumps(answer).encode()))

        (found,) = forge.storage_records("acme", digest(1))

        assert (found.kept, found.name, found.updated_at) == (Kept.UNKNOWN, "", None)


class TestTelling:
    """From what stands in a registry to what GitHub has."""

    APP = App(name="shop", repo=SHOP, images=("ghcr.io/acme/shop",))

    def writes(self, forge, tmp_path, most=10):
        memory = ShortMemory(tmp_path / "storage.json")
        return StorageWrites(records_of=forge.storage_records, write=forge.record_storage, memory=memory, most=most)

    def published(self, *numbers, app=APP, **more):
        image = ImageReference.parse("ghcr.io/acme/shop")
        return [(app, PublishedBuild(image=image.at(tag="1.4", digest=Digest(digest(number))), lineage=None, **more)) for number in numbers]

    def test_what_lies_there_is_told_once_and_asked_for_no_more(self, faults, forge, tmp_path):
        writes = self.writes(forge, tmp_path)
        faults.forget()

        assert record_storage(writes, self.published(1, 1), NOW) == []
        assert (faults.count(STORAGE), faults.writes) == (1, 1)
        writes.memory.save(NOW)
        assert record_storage(self.writes(forge, tmp_path), self.published(1), NOW) == []
        assert (faults.count(STORAGE), faults.writes) == (1, 1)
        (found,) = forge.storage_records("acme", digest(1))
        assert (found.registry_url, found.repository, found.kept) == ("https://ghcr.io", "acme/shop", Kept.ACTIVE)

    def test_a_copy_in_another_repository_of_the_registry_is_told_too(self, faults, forge, tmp_path):
        forge.record_storage("acme", TestStorage().new(repository="acme/dev/shop"))
        faults.forget()

        assert record_storage(self.writes(forge, tmp_path), self.published(1), NOW) == []
        assert faults.writes == 1

    def test_what_somebody_else_told_is_not_written(self, faults, forge, tmp_path):
        forge.record_storage("acme", TestStorage().new(name="shop", registry_url="https://GHCR.io/"))
        faults.forget()

        assert record_storage(self.writes(forge, tmp_path), self.published(1), NOW) == []
        assert faults.writes == 0

    @pytest.mark.parametrize(
        ("told", "most"),
        [
            pytest.param({"problem": "it is not there"}, 10, id="a build that was not seen"),
            pytest.param({"app": App(name="shop", repo="")}, 10, id="nobody's"),
            pytest.param({}, 0, id="more than a run may ask for"),
        ],
    )
    def test_what_is_not_told(self, faults, forge, tmp_path, told, most):
        faults.forget()

        assert record_storage(self.writes(forge, tmp_path, most), self.published(1, **told), NOW) == []
        assert record_storage(None, self.published(1), NOW) == []
        assert faults.count() == 0

    def test_an_owner_that_refuses_is_told_once_with_the_remedy(self, github, faults, forge, tmp_path):
        github.world.tokens[BOT_TOKEN].may_write = False
        faults.forget()

        (failure,) = record_storage(self.writes(forge, tmp_path), self.published(1, 2, 3), NOW)

        assert "artifact metadata: write" in failure.remedy
        assert faults.count(STORAGE) == 1


def test_an_error_of_the_server_is_told(faults, forge):
    faults.switch_on(BULK, ServerError())

    with pytest.raises(ForgeError):
        forge.provenance("acme", [digest(1)])


class TestPublished:
    """From what GitHub attests to the images of a repo, and what that costs."""

    IMAGE = "ghcr.io/acme/shop"

    def with_images(self, forge, *entries):
        source = AttestationSource(provenance=forge.provenance, attesting_repos=forge.attesting_repos)
        attestations = Attestations(source=source)
        with closing(Ledger.open("sqlite://")) as ledger:
            ledger.sightings.seen(Release(dependency=SHOP_IMAGE, value="1.4", digest=digest(2)), NOW)
            found = with_attested_images(attestations, ledger, entries)
        return {entry.repo.full_name: (entry.apps[0].images, entry.apps[0].attested_images) for entry in found}, attestations

    @pytest.mark.parametrize("used", [pin("1.3", digest(1)), pin("1.4")], ids=["a pinned digest", "the digest at which the tag was seen"])
    def test_an_image_that_no_build_file_names_is_that_of_the_repo_that_attests_it(self, github, faults, forge, used):
        for number in (1, 2):
            github.attest(SHOP, digest(number), PREDICATE, name=self.IMAGE)
        faults.forget()

        found, attestations = self.with_images(forge, scanned(used), scanned(name=SHOP))

        assert found == {"acme/deploy": ((), ()), SHOP: ((self.IMAGE,), (self.IMAGE,))}
        assert (faults.count(), attestations.notes) == (2, []), "the attestations, and whose they are"

    def test_a_copy_under_another_name_is_nobodys(self, github, forge):
        github.attest(SHOP, digest(1), PREDICATE, name="ghcr.io/acme/shop-before-it-was-copied")

        assert self.with_images(forge, scanned(pin("1.3", digest(1))), scanned(name=SHOP))[0][SHOP] == ((), ())

    def test_what_two_repos_claim_is_neithers_and_an_official_image_nobodys(self, github, forge):
        github.create_repo("acme", "other", {"a": "b"})
        official = replace(pin("12", digest(3)), dependency=Dependency(datasource=OCI, name="docker.io/library/debian"))
        for name in (SHOP, "acme/other"):
            github.attest(name, digest(1), PREDICATE, name=self.IMAGE)
        github.attest(SHOP, digest(3), PREDICATE, name="docker.io/library/debian")

        entries = (scanned(pin("1.3", digest(1)), official), scanned(name=SHOP), scanned(name="acme/other"))
        found, _ = self.with_images(forge, *entries)

        assert set(found.values()) == {((), ())}

    def test_where_nothing_is_attested_a_night_costs_one_request_for_a_thousand_images(self, faults, forge):
        faults.forget()

        pins = [pin(str(number), digest(number)) for number in range(1_024)]
        found, _ = self.with_images(forge, scanned(*pins), scanned(name=SHOP))

        assert (found[SHOP], faults.count()) == (((), ()), 1)

    def test_what_an_app_is_known_to_publish_is_not_asked_for(self, faults, forge):
        faults.forget()

        self.with_images(forge, scanned(pin("1.3", digest(1))), scanned(name=SHOP, images=(self.IMAGE,)))

        assert faults.count() == 0

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            pytest.param({"has_attestations": False}, "GitHub has no attestations here", id="Enterprise Server"),
            pytest.param({}, "attestations: read, give it to the App", id="no permission"),
        ],
    )
    def test_what_can_not_be_had_is_told_once_and_is_no_failure(self, github, faults, forge, change, said):
        for name, value in change.items():
            setattr(github.world, name, value)
        github.world.tokens[BOT_TOKEN].may_read_attestations = False

        found, attestations = self.with_images(forge, scanned(pin("1.3", digest(1))), scanned(name=SHOP))
        faults.forget()
        attestations.ask("Acme", [digest(2)])

        assert found[SHOP] == ((), ())
        assert [said in note for note in attestations.notes] == [True]
        assert faults.count() == 0

    def test_each_digest_is_asked_for_once(self, github, faults, forge):
        github.attest(SHOP, digest(1), PREDICATE, name=self.IMAGE)
        _, attestations = self.with_images(forge, scanned(pin("1.3", digest(1))), scanned(name=SHOP))
        faults.forget()

        attestations.ask("acme", [digest(1)])
        assert faults.count() == 0
        attestations.ask("acme", [digest(1), digest(3), "9" * 40])
        assert faults.count() == 1
        assert (len(attestations.at(digest(1))), attestations.at(digest(3))) == (1, ())
