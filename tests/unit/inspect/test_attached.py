"""Bills of materials: found in each place, unwrapped, believed as declared, and overruled by the layers."""

import base64
import json

import pytest

from bot.clients.oci.documents import OCI_INDEX, OCI_MANIFEST, sha256
from bot.inspect.attached.bills import bill_of
from bot.inspect.attached.look import Look
from bot.inspect.attached.merge import merge
from bot.inspect.attached.statement import document
from bot.inspect.inspector import Inspector
from bot.inspect.reader import UnreadableError
from bot.model.contents import KnownBy, Package
from bot.model.image import ImageReference
from bot.sandbox.clock import Clock
from bot.sandbox.faults import ServerError
from bot.sandbox.registry import Access, RegistrySandbox
from bot.sandbox.registry.store import encode
from bot.sandbox.server import Server
from tests.registries import RegistryClient, plain_http

SPDX_TYPE = "https://spdx.dev/Document"
IMAGE = "sha256:" + "a" * 64
PURLS = ["pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&upstream=openssl", "pkg:npm/%40types/node@20.1.0", "pkg:cargo/serde@1.0.1"]


def spdx(*purls, extra=()):
    packages = [
        {
            "SPDXID": f"P{n}",
            "name": "x",
            "externalRefs": [{"referenceType": "cpe23Type", "referenceLocator": "y"}, {"referenceType": "purl", "referenceLocator": purl}],
        }
        for n, purl in enumerate(purls)
    ]
    root = {"SPDXID": "SPDXRef-root", "name": "image"}
    relations = [{"spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-root", "relationshipType": "DESCRIBES"}]
    return {"spdxVersion": "SPDX-2.3", "packages": [root, *packages, *extra], "relationships": relations}


def cyclonedx(*purls):
    nested = [{"type": "library", "name": "inner", "purl": purls[-1]}]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "components": [
            *({"type": "library", "name": "x", "purl": purl} for purl in purls[:-1]),
            {"type": "application", "name": "lock", "components": nested},
        ],
    }


def statement(predicate, digest=IMAGE, kind=SPDX_TYPE):
    algorithm, _, value = digest.partition(":")
    return {
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": kind,
        "subject": [{"digest": {algorithm: value}}],
        "predicate": predicate,
    }


def envelope(told):
    return {"payloadType": "application/vnd.in-toto+json", "payload": base64.b64encode(encode(told)).decode(), "signatures": []}


def bundle(told):
    return {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": envelope(told)}


@pytest.mark.parametrize(
    ("data", "form", "unnamed"),
    [
        pytest.param(spdx(*PURLS, extra=[{"SPDXID": "F", "name": "no purl"}]), "SPDX 2.3", 1, id="SPDX"),
        pytest.param(cyclonedx(*PURLS), "CycloneDX 1.6", 1, id="CycloneDX, nested"),
        pytest.param(statement(spdx(*PURLS)), "SPDX 2.3", 0, id="statement"),
        pytest.param(envelope(statement(spdx(*PURLS))), "SPDX 2.3", 0, id="envelope"),
        pytest.param(bundle(statement(cyclonedx(*PURLS))), "CycloneDX 1.6", 1, id="bundle"),
        pytest.param(envelope(statement({"Data": json.dumps(spdx(*PURLS))})), "SPDX 2.3", 0, id="cosign's own predicate"),
        pytest.param(statement(json.dumps(spdx(*PURLS))), "SPDX 2.3", 0, id="a document as text"),
    ],
)
def test_a_bill_is_unwrapped_and_read(data, form, unnamed):
    bill = bill_of(document(encode(data), [IMAGE]))

    assert (bill.form, bill.unnamed) == (form, unnamed)
    assert [(p.type, p.namespace, p.name, p.version, p.known_by) for p in bill.packages] == [
        ("deb", "debian", "libssl3", "3.0.11-1", KnownBy.DECLARED),
        ("npm", "@types", "node", "20.1.0", KnownBy.DECLARED),
        ("cargo", "", "serde", "1.0.1", KnownBy.DECLARED),
    ]
    assert bill.packages[0].source_name == "openssl"


def test_an_epoch_comes_back_from_its_qualifier_and_what_is_no_package_is_left_out():
    purls = [
        "pkg:rpm/redhat/bash@5.1-9.el9?epoch=1&upstream=bash-5.1-9.el9.src.rpm",
        "pkg:oci/debian@sha256:1",
        "pkg:npm/unversioned",
        "rubbish",
        "pkg:",
    ]

    assert [(p.name, p.version, p.source_name) for p in bill_of(spdx(*purls)).packages] == [("bash", "1:5.1-9.el9", "")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"rubbish", "no valid JSON", id="no JSON"),
        pytest.param(b"[" * 100_000, "no valid JSON", id="nested without end"),
        pytest.param(b"[]", "no JSON object", id="no object"),
        pytest.param(encode(statement(spdx(), "sha256:" + "b" * 64)), "about another image", id="another image"),
        pytest.param(encode({"predicateType": SPDX_TYPE, "subject": None, "predicate": spdx()}), "about another image", id="about nothing"),
        pytest.param(encode(statement([1])), "no document", id="no document"),
        pytest.param(encode({"payload": "§"}), "envelope is broken", id="broken envelope"),
        pytest.param(encode(envelope(envelope(envelope(envelope(envelope({})))))), "too often", id="wrapped without end"),
        pytest.param(encode({"version": "2.1.0", "runs": []}), "neither SPDX", id="another document"),
        pytest.param(encode({"spdxVersion": "SPDX-2.3", "packages": {"a": 1}, "relationships": 7}), None, id="fields of other types"),
        pytest.param(encode({"bomFormat": "CycloneDX", "components": [1, {"components": [[]]}]}), None, id="components of other types"),
    ],
)
def test_odd_documents_end_in_an_answer(data, said):
    if said is None:
        assert bill_of(document(data, [IMAGE])).packages == ()
        return
    with pytest.raises(UnreadableError, match=said):
        bill_of(document(data, [IMAGE]))


def package(text, **more):
    kind, name, version = text.split()
    return Package(type=kind, name=name, version=version, **more)


@pytest.mark.parametrize(
    ("read", "declared", "is_whole", "kept", "said"),
    [
        pytest.param(["deb a 1"], ["pkg:deb/debian/a@1"], True, [], 0, id="agreed"),
        pytest.param(["deb a 2"], ["pkg:deb/debian/a@1"], True, [], 2, id="another version: the layers win"),
        pytest.param(["deb a 1"], ["pkg:deb/debian/a@1", "pkg:deb/debian/b@1"], True, [], 1, id="not in the database"),
        pytest.param(
            ["deb a 1"], ["pkg:deb/debian/a@1", "pkg:deb/debian/b@1"], False, ["b"], 0, id="a layer was not read: it stays declared"
        ),
        pytest.param(["deb a 1", "deb b 1"], ["pkg:deb/debian/a@1"], True, [], 1, id="the bill is short"),
        pytest.param(["deb a 1"], ["pkg:cargo/serde@1"], True, ["serde"], 0, id="what the layers can't tell"),
        pytest.param([], ["pkg:deb/debian/a@1"], True, ["a"], 0, id="no database at all"),
        pytest.param(["npm a 1"], ["pkg:npm/a@1", "pkg:npm/b@1"], True, ["b"], 0, id="languages: more may be true"),
        pytest.param(["npm a 1"], ["pkg:npm/a@2"], True, [], 1, id="languages: another version is not"),
        pytest.param(["pypi Zope.Interface 6.0"], ["pkg:pypi/zope-interface@6.0"], True, [], 0, id="the same name written otherwise"),
        pytest.param(["golang x v1.2"], ["pkg:golang/x@1.2"], True, [], 0, id="the same version written otherwise"),
    ],
)
def test_the_layers_win(read, declared, is_whole, kept, said):
    merged = merge([package(text) for text in read], bill_of(spdx(*declared)), "referrer", is_whole=is_whole)

    assert [p.name for p in merged.declared] == kept
    assert len(merged.disagreements) == said


@pytest.fixture
def shop():
    sandbox = RegistrySandbox(clock=Clock(), access=Access.OPEN)
    with Server(sandbox.app) as server, plain_http() as http:
        yield sandbox, RegistryClient(http=http), ImageReference.parse(f"127.0.0.1:{server.port}/team/app:1")


def put(sandbox, layers, *, tag=None, media_type=OCI_MANIFEST, **more):
    """A manifest of blobs, each a document, its media type and its annotations."""
    store = sandbox.store
    config = store.add_blob(b"{}")
    described = [
        {"mediaType": kind, "digest": store.add_blob(encode(told)), "size": len(encode(told)), "annotations": annotations}
        for told, kind, annotations in layers
    ]
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": {"mediaType": "application/json", "digest": config, "size": 2},
        "layers": described,
        **more,
    }
    body = encode(manifest)
    stored = store.add_manifest("team/app", tag or sha256(body), body, media_type)
    return {"mediaType": media_type, "digest": stored.digest, "size": len(body)}


def attach_buildkit(sandbox, image, told, kind=SPDX_TYPE):
    annotations = {"in-toto.io/predicate-type": kind}
    provenance = ({"x": 1}, "application/vnd.in-toto+json", {"in-toto.io/predicate-type": "https://slsa.dev/provenance/v1"})
    child = put(sandbox, [provenance, (told, "application/vnd.in-toto+json", annotations)])
    child |= {"platform": {"os": "unknown", "architecture": "unknown"}}
    child["annotations"] = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": image["digest"]}
    platform = {**image, "platform": {"os": "linux", "architecture": "amd64"}}
    index = encode({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [platform, child]})
    sandbox.store.add_manifest("team/app", "1", index, OCI_INDEX)


def attach_referrer(sandbox, image, told):
    put(sandbox, [(told, "application/spdx+json", {})], artifactType="application/spdx+json", subject=image)


def attach_bundle(sandbox, image, told):
    kind = "application/vnd.dev.sigstore.bundle.v0.3+json"
    put(
        sandbox,
        [({"dsseEnvelope": envelope(told)}, kind, {})],
        artifactType=kind,
        subject=image,
        annotations={"dev.sigstore.bundle.predicateType": "https://spdx.dev/Document/v2.3"},
    )


def attach_att(sandbox, image, told):
    annotations = {"predicateType": SPDX_TYPE}
    put(sandbox, [(envelope(told), "application/vnd.dsse.envelope.v1+json", annotations)], tag=image["digest"].replace(":", "-") + ".att")


def attach_sbom(sandbox, image, told):
    put(sandbox, [(told["predicate"], "text/spdx+json", {})], tag=image["digest"].replace(":", "-") + ".sbom")


@pytest.mark.parametrize(
    "attach", [attach_buildkit, attach_referrer, attach_bundle, attach_att, attach_sbom], ids=lambda function: function.__name__
)
def test_a_bill_is_found_wherever_it_is_attached(shop, attach):
    sandbox, client, reference = shop
    image = pushed(sandbox)
    attach(sandbox, image, statement(spdx(*PURLS), image["digest"]))

    contents = Inspector(registry=client).inspect(reference)

    assert [(p.name, p.known_by.value) for p in contents.packages] == [("serde", "declared"), ("libssl3", "layers"), ("node", "declared")]
    assert [source.known_by.value for source in contents.sources] == ["layers", "declared"]
    assert contents.not_read == ()
    assert any("libssl3 3.0.11-1" in line and "layers, which are believed" in line for line in contents.disagreements)


def pushed(sandbox):
    digest = sandbox.push_image(
        "team/app", "1", layers=[{"var/lib/dpkg/status": b"Package: libssl3\nVersion: 3.0.12-1\nArchitecture: amd64\n"}]
    )
    manifest = sandbox.store.manifest("team/app", digest)
    return {"mediaType": manifest.media_type, "digest": manifest.digest, "size": len(manifest.body)}


VEX_TYPE = "https://openvex.dev/ns/v0.2.0"
VEX = {"@context": VEX_TYPE, "statements": []}


def attach_vex_to_index(sandbox, image):
    told = statement(VEX, image["digest"], VEX_TYPE)
    attach_buildkit(sandbox, image, told, kind=VEX_TYPE)


def attach_vex_bundle(sandbox, image):
    kind = "application/vnd.dev.sigstore.bundle.v0.3+json"
    told = bundle(statement(VEX, image["digest"], VEX_TYPE))
    put(sandbox, [(told, kind, {})], artifactType=kind, subject=image, annotations={"dev.sigstore.bundle.predicateType": VEX_TYPE})


def attach_vex_att(sandbox, image):
    layer = (envelope(statement(VEX, image["digest"], VEX_TYPE)), "application/vnd.dsse.envelope.v1+json", {"predicateType": VEX_TYPE})
    put(sandbox, [layer], tag=image["digest"].replace(":", "-") + ".att")


def attach_vex_file(sandbox, image):
    put(sandbox, [(VEX, "application/vnd.openvex+json", {})], artifactType="application/vnd.openvex+json", subject=image)


@pytest.mark.parametrize(
    "attach", [attach_vex_to_index, attach_vex_bundle, attach_vex_att, attach_vex_file], ids=lambda function: function.__name__
)
def test_vex_is_found_wherever_it_is_attached_and_is_no_bill(shop, attach):
    sandbox, client, reference = shop
    image = pushed(sandbox)
    attach(sandbox, image)
    contents = Inspector(registry=client).inspect(reference)

    look = Look(registry=client, reference=reference)

    assert [found.document for found in look.statements(contents)] == [VEX]
    assert look.not_read == []
    assert [source.name for source in contents.sources] == ["deb"], "it is no bill of materials"
    assert contents.not_read == ()


def test_a_registry_that_fails_may_have_vex(shop):
    sandbox, client, reference = shop
    pushed(sandbox)
    contents = Inspector(registry=client).inspect(reference)
    sandbox.faults.switch_on("*referrers*", ServerError())

    look = Look(registry=client, reference=reference)

    assert look.statements(contents) == ()
    assert "attached VEX document (referrers): not read" in str(look.not_read[0])


def test_a_statement_about_another_image_is_said_and_not_believed(shop):
    sandbox, client, reference = shop
    attach_att(sandbox, pushed(sandbox), statement(spdx(*PURLS)))

    contents = Inspector(registry=client).inspect(reference)

    assert [p.name for p in contents.packages] == ["libssl3"]
    assert "about another image" in contents.not_read[0].reason


def test_a_registry_that_fails_may_have_attachments_and_one_that_refuses_has_none(shop):
    sandbox, client, reference = shop
    pushed(sandbox)
    sandbox.faults.switch_on("*referrers*", ServerError())
    failing = Inspector(registry=client).inspect(reference)
    sandbox.faults.switch_off()
    sandbox.faults.switch_on("*referrers*", ServerError(status=405))
    refusing = Inspector(registry=client).inspect(reference)

    assert "502" in failing.not_read[0].reason
    assert refusing.not_read == ()
    assert [p.name for p in failing.packages] == [p.name for p in refusing.packages] == ["libssl3"]


def test_ids_of_odd_types_are_no_end_of_the_reading():
    relations = [{"relationshipType": "DESCRIBES", "relatedSpdxElement": odd} for odd in (["x"], {})]

    assert bill_of({"spdxVersion": "SPDX-2.3", "relationships": relations, "packages": [{"SPDXID": {"a": 1}}, {"SPDXID": 7}]}).unnamed == 2
