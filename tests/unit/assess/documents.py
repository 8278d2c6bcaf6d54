"""Contents of an image, and small reports and VEX documents on it in the forms that their tools write."""

import json

from bot.model.contents import Contents, Layer, OperatingSystem, Package
from bot.model.image import Digest

MANIFEST = Digest("sha256:" + "a" * 64)
INDEX = Digest("sha256:" + "b" * 64)
OTHER = Digest("sha256:" + "c" * 64)
CONFIGURATION = "sha256:" + "d" * 64
LAYERS = ("sha256:" + "1" * 64, "sha256:" + "2" * 64)

OPENSSL = Package(
    type="deb",
    namespace="debian",
    name="libssl3",
    version="3.0.11-1~deb12u2",
    architecture="amd64",
    source_name="openssl",
    source_version="3.0.11-1~deb12u2",
    purl="pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl",
)
PASSWD = Package(
    type="deb",
    namespace="debian",
    name="passwd",
    version="1:4.13+dfsg1-1",
    source_name="shadow",
    source_version="1:4.13+dfsg1-1",
    purl="pkg:deb/debian/passwd@1:4.13%2Bdfsg1-1?distro=debian-12",
)
DJANGO = Package(type="pypi", name="Django", version="4.2.0", path="app/site-packages/Django-4.2.0.dist-info", purl="pkg:pypi/django@4.2.0")
LOG4J = Package(
    type="maven",
    namespace="org.apache.logging.log4j",
    name="log4j-core",
    version="2.14.1",
    path="app/a.jar",
    purl="pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
)
LOG4J_TWICE = Package(
    type="maven",
    namespace="org.apache.logging.log4j",
    name="log4j-core",
    version="2.14.1",
    path="app/b.jar",
    purl="pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
)
NET = Package(
    type="golang", namespace="golang.org/x", name="net", version="v0.10.0", path="bin/tool", purl="pkg:golang/golang.org/x/net@v0.10.0"
)
DEBIAN = OperatingSystem(id="debian", version="12", codename="bookworm")
PACKAGES = (OPENSSL, PASSWD, DJANGO, LOG4J, LOG4J_TWICE, NET)


def contents(**more):
    layers = tuple(Layer(diff_id=diff_id, digest=OTHER, size_bytes=1) for diff_id in LAYERS)
    told = {
        "image": "ghcr.io/acme/shop:1.2",
        "digest": MANIFEST,
        "index_digest": INDEX,
        "platform": "linux/amd64",
        "operating_system": DEBIAN,
        "packages": PACKAGES,
        "layers": layers,
    }
    return Contents(**{**told, **more})


def encoded(document):
    return json.dumps(document).encode()


def trivy_finding(name="CVE-2023-5678", package=OPENSSL, **more):
    kept = {"PkgIdentifier": {"PURL": package.purl}} if package.purl else {}
    return {"VulnerabilityID": name, "PkgName": package.name, "InstalledVersion": package.version, "Severity": "HIGH", **kept, **more}


def trivy(*results, metadata=None, **more):
    told = {"RepoDigests": [f"ghcr.io/acme/shop@{INDEX}"], "RepoTags": ["ghcr.io/acme/shop:1.2"], "ImageID": CONFIGURATION}
    told |= {"DiffIDs": list(LAYERS), "ImageConfig": {"os": "linux", "architecture": "amd64"}}
    return {
        "SchemaVersion": 2,
        "CreatedAt": "2026-10-01T10:20:30.123456789Z",
        "ArtifactName": "ghcr.io/acme/shop:1.2",
        "ArtifactType": "container_image",
        "Metadata": told if metadata is None else metadata,
        "Results": list(results),
        **more,
    }


def system_result(*findings, **more):
    return {"Target": "ghcr.io/acme/shop:1.2 (debian 12)", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": list(findings), **more}


def language_result(kind, *findings, target="", **more):
    return {"Target": target, "Class": "lang-pkgs", "Type": kind, "Vulnerabilities": list(findings), **more}


def grype_match(name="CVE-2023-5678", package=OPENSSL, kind="deb", related=(), more=(), **match):
    artifact = {"name": package.name, "version": package.version, "type": kind, "purl": package.purl, "locations": [{"path": package.path}]}
    vulnerability = {"id": name, "severity": "High", "fix": {"versions": [], "state": "unknown"}, **dict(more)}
    return {"vulnerability": vulnerability, "relatedVulnerabilities": [{"id": other} for other in related], "artifact": artifact, **match}


def grype(*matches, target=None, **more):
    told = {
        "userInput": "ghcr.io/acme/shop:1.2",
        "imageID": CONFIGURATION,
        "manifestDigest": str(MANIFEST),
        "os": "linux",
        "architecture": "amd64",
    }
    return {
        "matches": list(matches),
        "source": {"type": "image", "target": told if target is None else target},
        "distro": {"name": "debian", "version": "12"},
        "descriptor": {
            "name": "grype",
            "timestamp": "2026-10-02T08:00:00.1+02:00",
            "db": {"status": {"schemaVersion": "v6.1.0", "built": "2026-10-01T04:05:06Z"}},
        },
        **more,
    }


def cyclonedx(*vulnerabilities, packages=(OPENSSL, DJANGO), component=None, tool="trivy", **more):
    image = {
        "type": "container",
        "bom-ref": "root",
        "name": "ghcr.io/acme/shop:1.2",
        "properties": [
            {"name": "aquasecurity:trivy:RepoDigest", "value": f"ghcr.io/acme/shop@{INDEX}"},
            *({"name": "aquasecurity:trivy:DiffID", "value": diff_id} for diff_id in reversed(LAYERS)),
        ],
    }
    metadata = {"timestamp": "2026-10-03T00:00:00+00:00", "tools": {"components": [{"name": tool}]}, "supplier": {"name": "Acme"}}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:3ff14136-e09f-4df9-80ea-000000000006",
        "version": 1,
        "metadata": metadata | ({} if component == {} else {"component": component or image}),
        "components": [{"type": "library", "bom-ref": p.purl, "name": p.name, "version": p.version, "purl": p.purl} for p in packages],
        "vulnerabilities": list(vulnerabilities),
        **more,
    }


def cyclonedx_vulnerability(name="CVE-2023-5678", ref=OPENSSL.purl, **more):
    ratings = [
        {"source": {"name": "amazon"}, "severity": "critical"},
        {"source": {"name": "debian"}, "severity": "low"},
        {"source": {"name": "nvd"}, "severity": "medium", "method": "CVSSv31", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N"},
    ]
    return {"id": name, "source": {"name": "debian"}, "ratings": ratings, "affects": [{"ref": ref}], **more}


def trivy_sarif(*packages, properties=None):
    rules = [
        {
            "id": "CVE-2023-5678",
            "name": "OsPackageVulnerability",
            "shortDescription": {"text": "slow check of keys"},
            "help": {"text": "Vulnerability CVE-2023-5678\nSeverity: LOW\nPackage: another\n"},
            "properties": {"cvssv3_vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"},
        },
        {"id": "DS002", "name": "Misconfiguration"},
    ]
    text = "Package: {}\nInstalled Version: {}\nVulnerability CVE-2023-5678\nSeverity: MEDIUM\nFixed Version: {}\nLink: [CVE-2023-5678](https://x.example)"
    results = [{"ruleId": "CVE-2023-5678", "message": {"text": text.format(name, version, fixed)}} for name, version, fixed in packages]
    told = {"imageName": "ghcr.io/acme/shop:1.2", "repoTags": [], "repoDigests": [f"ghcr.io/acme/shop@{INDEX}"], "imageID": CONFIGURATION}
    run = {
        "tool": {"driver": {"name": "Trivy", "rules": rules}},
        "results": [*results, {"ruleId": "DS002", "message": {"text": "USER is root"}}],
    }
    return {"version": "2.1.0", "runs": [run | {"properties": told if properties is None else properties}]}


def grype_sarif():
    lines = "Vulnerability GHSA-abcd-efgh-ijkl\nSeverity: critical\nPackage: Django\nVersion: 4.2.0\nFix Version: 4.2.1\nType: python"
    rule = {
        "id": "GHSA-abcd-efgh-ijkl-Django",
        "name": "PythonMatcherExactDirectMatch",
        "help": {"text": lines},
        "shortDescription": {"text": "x"},
    }
    message = "A critical vulnerability in python package: Django, version 4.2.0 was found in image ghcr.io/acme/shop:1.2 at: x"
    return {
        "version": "2.1.0",
        "runs": [
            {"tool": {"driver": {"name": "grype", "rules": [rule]}}, "results": [{"ruleId": rule["id"], "message": {"text": message}}]}
        ],
    }
