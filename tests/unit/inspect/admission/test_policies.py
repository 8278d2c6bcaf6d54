"""Policies of admission controllers: which images and whose signatures, and what is not understood is never taken for consent."""

import json

import pytest
import yaml

from bot.inspect.admission.policy import Enforcement, ImagePattern
from bot.inspect.admission.read import load_policies, read_policies
from bot.inspect.trust.cosign import Cosign
from bot.inspect.trust.keys import read_key
from bot.inspect.trust.trust import AdmissionGuard, Trust
from bot.model.image import ImageReference
from bot.model.signature import Demand, DemandedBy, SignatureState
from tests.signatures import IMAGE, RECORDED, Shelf, recorded, shelf_image

PEM = (RECORDED / "p256.pub").read_text()
OTHER = (RECORDED / "other.pub").read_text()
KEY = {"keys": {"publicKeys": PEM}}
GITHUB = {"issuer": "https://token.actions.githubusercontent.com", "subject": "https://github.com/acme/*"}


EACH = "images.containers.map(i, verifyImageSignatures(i, [attestors.acme])).all(e, e > 0)"


def kyverno(*verifications, action="Enforce", **rule):
    one = {"name": "signed", "match": {"any": [{"resources": {"kinds": ["Pod"]}}]}, "verifyImages": list(verifications), **rule}
    spec = {"validationFailureAction": action, "rules": [one]}
    return {"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": {"name": "check"}, "spec": spec}


def verifies(*entries, images=("ghcr.io/*",), count=None, **more):
    return {"imageReferences": list(images), "attestors": [{"count": count, "entries": list(entries)}], **more}


def validating(*, attestors=(), expression=EACH, **spec):
    told = {"matchImageReferences": [{"glob": "ghcr.io/*"}], "attestors": list(attestors), "validations": [{"expression": expression}]}
    return {
        "apiVersion": "policies.kyverno.io/v1alpha1",
        "kind": "ImageValidatingPolicy",
        "metadata": {"name": "check"},
        "spec": {**told, **spec},
    }


def sigstore(*authorities, globs=("ghcr.io/**",), **spec):
    told = {"images": [{"glob": glob} for glob in globs], "authorities": list(authorities), **spec}
    return {"apiVersion": "policy.sigstore.dev/v1beta1", "kind": "ClusterImagePolicy", "metadata": {"name": "check"}, "spec": told}


def connaisseur(*policy, **more):
    roots = [{"name": "default", "key": PEM}, {"name": "ops", "key": OTHER}, {"name": "far", "key": "awskms:///x"}]
    validators = [
        {"name": "default", "type": "cosign", "trustRoots": roots},
        {"name": "allow", "type": "static", "approve": True},
        {"name": "deny", "type": "static", "approve": False},
        {"name": "dockerhub", "type": "notaryv1", "trustRoots": [{"name": "default", "key": PEM}]},
    ]
    return {"application": {"validators": validators, "policy": list(policy), **more}}


COSIGN_ATTESTOR = {"name": "acme", "cosign": {"key": {"data": PEM}}}
VALID, INVALID, UNKNOWN = SignatureState.VALID, SignatureState.INVALID, SignatureState.UNKNOWN


def judged(document, image="v2/p256"):
    """What the policies in a document say to an image that the key p256 signed."""
    shelf = Shelf(recorded().store)
    policies = list(read_policies(yaml.safe_dump(document).encode(), "policies/check.yaml"))
    guards = [
        AdmissionGuard(
            policy=policy,
            demand=Demand.REQUIRE,
            problem=wanted.problem,
            gaps=wanted.gaps,
            schemes=() if wanted.problem else (Cosign(registry=shelf, keys=[read_key(key.encode(), "key") for key in wanted.keys]),),
        )
        for policy in policies
        for wanted in policy.wanted
    ]
    return Trust([], lambda: guards, digest_of=lambda _: IMAGE).at_admission(shelf_image(image))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(kyverno(verifies(KEY)), [VALID], id="Kyverno: key"),
        pytest.param(kyverno(verifies({"keys": {"publicKeys": OTHER}})), [INVALID], id="Kyverno: another key"),
        pytest.param(kyverno(verifies({"keys": {"publicKeys": OTHER + PEM}})), [INVALID, VALID], id="Kyverno: every key of a list"),
        pytest.param(kyverno(verifies(KEY, {"keys": {"publicKeys": OTHER}})), [VALID, INVALID], id="Kyverno: all entries"),
        pytest.param(kyverno(verifies(KEY, {"keys": {"publicKeys": OTHER}}, count=1)), [VALID], id="Kyverno: one of two"),
        pytest.param(kyverno(verifies({"keys": {"publicKeys": OTHER + PEM}}, count=1)), [VALID], id="Kyverno: one key of a list"),
        pytest.param(kyverno(verifies(KEY, KEY, KEY, count=2)), [UNKNOWN], id="Kyverno: two of three"),
        pytest.param(kyverno(verifies({"keys": {"secret": {"name": "x"}}})), [UNKNOWN], id="Kyverno: a secret"),
        pytest.param(kyverno(verifies({"keys": {"publicKeys": "k8s://ns/key"}})), [UNKNOWN], id="Kyverno: a key elsewhere"),
        pytest.param(kyverno(verifies({"certificates": {"cert": "x"}})), [UNKNOWN], id="Kyverno: certificates"),
        pytest.param(kyverno(verifies({"attestor": {"entries": [KEY]}})), [UNKNOWN], id="Kyverno: nested"),
        pytest.param(kyverno(verifies({**KEY, "annotations": {"env": "prod"}})), [UNKNOWN], id="Kyverno: annotations"),
        pytest.param(kyverno(verifies(KEY, attestations=[{"type": "x"}])), [UNKNOWN, VALID], id="Kyverno: attestations too"),
        pytest.param(kyverno(verifies(KEY, type="Notary")), [UNKNOWN], id="Kyverno: Notary"),
        pytest.param(kyverno(verifies(KEY), preconditions={"all": [1]}), [UNKNOWN, VALID], id="Kyverno: preconditions"),
        pytest.param(kyverno({"imageReferences": ["*"], "attestors": 7}), [UNKNOWN], id="Kyverno: attestors of another type"),
        pytest.param(kyverno(verifies(KEY, images=["docker.io/*"])), [], id="Kyverno: other images"),
        pytest.param(kyverno(verifies(KEY, skipImageReferences=["ghcr.io/v2/*"])), [], id="Kyverno: images left out"),
        pytest.param(kyverno(verifies(KEY, required=False)), [], id="Kyverno: not required"),
        pytest.param(kyverno({"imageReferences": ["*"]}), [], id="Kyverno: digests alone"),
        pytest.param(kyverno({"image": "ghcr.io/*", "key": PEM}), [VALID], id="Kyverno: the oldest form"),
        pytest.param(validating(attestors=[COSIGN_ATTESTOR]), [VALID], id="IVP: key"),
        pytest.param(validating(attestors=[COSIGN_ATTESTOR], expression="true"), [UNKNOWN], id="IVP: another expression"),
        pytest.param(
            validating(attestors=[COSIGN_ATTESTOR], expression=EACH.replace("Signatures(i", "Signatures(j")),
            [UNKNOWN],
            id="IVP: of another variable",
        ),
        pytest.param(validating(attestors=[]), [UNKNOWN], id="IVP: an attestor that is not there"),
        pytest.param(validating(attestors=[{"name": "acme", "notary": {"certs": "x"}}]), [UNKNOWN], id="IVP: Notary"),
        pytest.param(validating(attestors=[COSIGN_ATTESTOR], matchConditions=[{"name": "x"}]), [VALID, UNKNOWN], id="IVP: ifs"),
        pytest.param(
            validating(attestors=[COSIGN_ATTESTOR], matchImageReferences=[{"expression": "true"}]),
            [VALID, UNKNOWN],
            id="IVP: by CEL",
        ),
        pytest.param(sigstore({"key": {"data": PEM}}), [VALID], id="policy-controller: key"),
        pytest.param(sigstore({"key": {"data": PEM}}, images=[{"glob": []}]), [UNKNOWN], id="policy-controller: images of another type"),
        pytest.param(sigstore({"key": {"data": OTHER}}), [INVALID], id="policy-controller: another key"),
        pytest.param(sigstore({"key": {"data": OTHER}}, {"key": {"data": PEM}}), [VALID], id="policy-controller: any authority"),
        pytest.param(sigstore({"key": {"data": OTHER}}, {"key": {"kms": "x"}}), [UNKNOWN], id="policy-controller: or a key service"),
        pytest.param(sigstore({"static": {"action": "pass"}}), [], id="policy-controller: all pass"),
        pytest.param(sigstore({"static": {"action": "fail"}}), [UNKNOWN], id="policy-controller: none passes"),
        pytest.param(sigstore({"key": {"data": PEM}, "attestations": [{"name": "a"}]}), [UNKNOWN], id="policy-controller: attestations"),
        pytest.param(sigstore({"key": {"data": PEM}}, policy={"type": "cue"}), [UNKNOWN], id="policy-controller: CUE"),
        pytest.param(sigstore({"key": {"data": PEM}}, globs=["ghcr.io/*"]), [], id="policy-controller: * stays in a segment"),
        pytest.param(sigstore({"key": {"data": PEM}}, globs=["ghcr.io/v2/*"]), [VALID], id="policy-controller: the right segment"),
        pytest.param(connaisseur({"pattern": "*:*"}), [VALID], id="Connaisseur: default"),
        pytest.param(connaisseur({"pattern": "*:*", "with": {"trustRoot": "ops"}}), [INVALID], id="Connaisseur: another root"),
        pytest.param(connaisseur({"pattern": "*:*", "with": {"trustRoot": "*"}}), [VALID], id="Connaisseur: any root"),
        pytest.param(connaisseur({"pattern": "*:*", "with": {"trustRoot": "*", "threshold": 2}}), [UNKNOWN], id="Connaisseur: two"),
        pytest.param(connaisseur({"pattern": "*:*", "with": {"trustRoot": "far"}}), [UNKNOWN], id="Connaisseur: a key service"),
        pytest.param(connaisseur({"pattern": "*:*", "validator": "dockerhub"}), [UNKNOWN], id="Connaisseur: Notary v1"),
        pytest.param(connaisseur({"pattern": "*:*", "validator": "gone"}), [UNKNOWN], id="Connaisseur: a validator that is not there"),
        pytest.param(connaisseur({"pattern": "*:*", "validator": "deny"}), [UNKNOWN], id="Connaisseur: denied"),
        pytest.param(
            connaisseur({"pattern": "*:*", "validator": "deny"}, {"pattern": "ghcr.io/v2/*:*", "validator": "allow"}),
            [],
            id="Connaisseur: the closest pattern wins",
        ),
        pytest.param(
            {"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "RatifyVerification", "metadata": {"name": "r"}, "spec": {}},
            [UNKNOWN],
            id="Ratify",
        ),
        pytest.param({"apiVersion": "v1", "kind": "List", "items": [kyverno(verifies(KEY))]}, [VALID], id="a list of manifests"),
        pytest.param({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "verifyImages"}}, [], id="another manifest"),
    ],
)
def test_what_a_policy_says_of_a_signed_image(document, expected):
    assert [check.verdict.state for check in judged(document)] == expected


@pytest.mark.parametrize(
    ("document", "enforcement"),
    [
        pytest.param(kyverno(verifies(KEY)), Enforcement.REFUSED, id="Kyverno enforces"),
        pytest.param(kyverno(verifies(KEY), action="Audit"), Enforcement.REPORTED, id="Kyverno audits"),
        pytest.param(kyverno(verifies(KEY, failureAction="Audit")), Enforcement.REPORTED, id="one of its rules audits"),
        pytest.param(validating(validationActions=["Audit"]), Enforcement.REPORTED, id="IVP audits"),
        pytest.param(sigstore(mode="warn"), Enforcement.REPORTED, id="policy-controller warns"),
        pytest.param(sigstore(), Enforcement.REFUSED, id="policy-controller enforces"),
        pytest.param(connaisseur({"pattern": "*"}, features={"detectionMode": True}), Enforcement.REPORTED, id="Connaisseur detects"),
    ],
)
def test_who_only_reports_is_told_apart(document, enforcement):
    (policy,) = read_policies(yaml.safe_dump(document).encode(), "x.yaml")

    assert policy.enforcement is enforcement


def test_identities_are_read_with_their_expressions():
    keyless = {"issuer": GITHUB["issuer"], "subjectRegExp": "^https://github\\.com/acme/[^/]+/"}
    (policy,) = read_policies(yaml.safe_dump(kyverno(verifies({"keyless": keyless}))).encode(), "x.yaml")
    ((who,),) = [wanted.identities for wanted in policy.wanted]

    assert who.fits(issuer=GITHUB["issuer"], subject="https://github.com/acme/app/x")
    assert not who.fits(issuer=GITHUB["issuer"], subject="https://github.com/other/app/x")
    assert not who.fits(issuer="https://accounts.example", subject="https://github.com/acme/app/x")


@pytest.mark.parametrize("keyless", [{}, {"issuer": "x"}, {"issuer": 7, "subject": []}, {"issuer": "x", "subjectRegExp": "("}])
def test_identities_of_nobody_are_not_understood(keyless):
    assert [check.verdict.state for check in judged(kyverno(verifies({"keyless": keyless})))] == [UNKNOWN]


@pytest.mark.parametrize(
    ("pattern", "image", "fits"),
    [
        pytest.param("nginx:*", "nginx:1", True, id="short name"),
        pytest.param("docker.io/nginx:*", "nginx:1", True, id="with its registry"),
        pytest.param("index.docker.io/library/nginx*", "nginx:1", True, id="as ggcr names it"),
        pytest.param("ghcr.io/a*:v1", "ghcr.io/acme/app:v1", True, id="crosses slashes"),
        pytest.param("ghcr.io/[a]cme/*", "ghcr.io/acme/app:v1", False, id="brackets are brackets"),
        pytest.param("*" * 200 + "x", "ghcr.io/acme/app:v1", False, id="many stars"),
    ],
)
def test_patterns_fit_as_their_controllers_read_them(pattern, image, fits):
    assert ImagePattern(text=pattern).fits(ImageReference.parse(image)) is fits


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"verifyImages: [", id="cut off"),
        pytest.param(b"{{ if .Values.verifyImages }}\n  a: b\n{{ end }}\n: [", id="a template"),
        pytest.param(b"verifyImages: " + b"[" * 10_000, id="nested"),
    ],
)
def test_a_file_that_can_not_be_read_demands_what_is_not_known(data):
    (policy,) = read_policies(data, "x.yaml")

    assert policy.fits(shelf_image("anything"))
    assert "could not be read" in policy.wanted[0].problem


@pytest.mark.parametrize("value", [None, 7, "x", [], [1], {}, {"a": 1}, [[]]])
@pytest.mark.parametrize("key", ["rules", "images", "authorities", "attestors", "validations", "policy", "validators"])
def test_odd_types_never_break(key, value):
    for document in (kyverno(verifies(KEY)), validating(attestors=[COSIGN_ATTESTOR]), sigstore({"key": {"data": PEM}})):
        document["spec"][key] = value
        list(read_policies(yaml.safe_dump(document).encode(), "x.yaml"))
    values = connaisseur({"pattern": "*"})
    values["application"][key] = value
    list(read_policies(yaml.safe_dump(values).encode(), "x.yaml"))


def test_files_below_a_folder_are_read_and_named(tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "a.yaml").write_text(yaml.safe_dump_all([{"kind": "Namespace"}, kyverno(verifies(KEY))]))
    (tmp_path / "policies" / "b.json").write_text(json.dumps(sigstore({"key": {"data": PEM}})))
    (tmp_path / "policies" / "template.yaml").write_text("{{ range }}: [")

    found = load_policies([tmp_path / "policies", tmp_path / "gone.yaml"])

    assert [str(policy) for policy in found] == [
        "the policy check/signed (Kyverno, policies/a.yaml)",
        "the policy check (Sigstore policy-controller, policies/b.json)",
        "the policy that could not be read (admission, gone.yaml)",
    ]


def test_a_policy_that_reports_is_told_as_such():
    (check,) = judged(kyverno(verifies({"keys": {"publicKeys": OTHER}}), action="Audit"))

    assert (check.demanded_by, check.entry) == (DemandedBy.AUDIT, "the policy check/signed (Kyverno, policies/check.yaml)")


@pytest.mark.parametrize("value", [7, "x", [1], {"a": 1}, [[]]])
@pytest.mark.parametrize("place", [("spec",), ("spec", "rules"), ("spec", "rules", 0), ("spec", "rules", 0, "verifyImages")])
def test_what_should_demand_and_is_something_else_is_no_consent(place, value):
    if isinstance(value, dict) and place in {("spec",), ("spec", "rules", 0)}:
        pytest.skip("a mapping of another content demands nothing here")
    document = kyverno(verifies(KEY))
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value

    (policy,) = read_policies(f"# verifyImages\n{yaml.safe_dump(document)}".encode(), "x.yaml")

    assert "could not be read" in policy.wanted[0].problem
