"""What vendors publish of the answers of their scanners, and of the questions, as JSON Schemas of what is used of them.

Trivy: `rpc/{cache,scanner,common}/service.proto`, written as Twirp's JSON. Harbor: `api/v2.0/swagger.yaml`, `src/pkg/scan/vuln/report.go`.
Clair: `httptransport/types/v1/*.schema.json` of API 1.2.0. Quay: `endpoints/api/secscan.py` and `data/secscan_model/datatypes.py`.
Dependency-Track: `resources/v1/*Resource.java`, `resources/v1/vo/*.java` `model/{Finding,Project}.java` (5.0).
Qualys: the OpenAPI of `csapi/v1.3`, in which no key is required and `details` is wrongly no list, and the samples of docs.qualys.com/en/cs.
Sonatype IQ: `spec/openapi.yaml` of 1.182, in which no key is required, and which does not say what may be null.
Xray: samples and tables of Artifact Summary (v2), Artifact Scan Status, Scan Now at docs.jfrog.com, and the structures of jfrog-client-go.
Snyk: `rest-spec.json` of its user documentation (2024-10-15), and the reference of Projects (v1).
"""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
DIGEST: Schema = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
EMPTY: Schema = {"type": "object", "additionalProperties": False}
NO_JSON: Schema = {}
"""Of a form, or of a text."""


def listed(of: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": of, **more}


def mapped(to: Schema) -> Schema:
    return {"type": "object", "additionalProperties": to}


def whole(required: dict[str, Schema], **optional: Schema) -> Schema:
    """An object with these keys and no others."""
    return {"type": "object", "required": list(required), "properties": {**required, **optional}, "additionalProperties": False}


def holding(required: dict[str, Schema], **optional: Schema) -> Schema:
    """An object with these keys among others."""
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


_TRIVY_NUMBER: Schema = {"type": "integer"}
_TRIVY_PACKAGE = whole(
    {"name": TEXT, "version": TEXT},
    release=TEXT,
    epoch=_TRIVY_NUMBER,
    arch=TEXT,
    src_name=TEXT,
    src_version=TEXT,
    src_release=TEXT,
    src_epoch=_TRIVY_NUMBER,
    file_path=TEXT,
    identifier=whole({}, purl=TEXT, bom_ref=TEXT, uid=TEXT),
)
_TRIVY_BLOB = whole(
    {"schema_version": _TRIVY_NUMBER},
    os=whole({"family": TEXT, "name": TEXT}),
    package_infos=listed(whole({"packages": listed(_TRIVY_PACKAGE)}, file_path=TEXT)),
    applications=listed(whole({"type": TEXT, "packages": listed(_TRIVY_PACKAGE)}, file_path=TEXT)),
)
_TRIVY_ARTIFACT = whole({"schema_version": _TRIVY_NUMBER}, architecture=TEXT, os=TEXT)
_TRIVY_OPTIONS = whole(
    {"pkg_types": listed({"enum": ["os", "library"]}), "scanners": listed({"enum": ["vuln"]})},
    vuln_type=listed(TEXT),
    security_checks=listed(TEXT),
    list_all_packages={"type": "boolean"},
)
_TRIVY_VULNERABILITY = holding(
    {
        "vulnerability_id": TEXT,
        "pkg_name": TEXT,
        "installed_version": TEXT,
        "severity": {"enum": ["UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL"]},
        "status": {"type": "integer", "minimum": 0, "maximum": 7},
    }
)
_TRIVY_RESULT = holding(
    {"target": TEXT, "class": TEXT, "type": TEXT, "packages": listed(_TRIVY_PACKAGE), "vulnerabilities": listed(_TRIVY_VULNERABILITY)}
)

_HARBOR_REPORT = holding(
    {
        "generated_at": TEXT,
        "scanner": whole({"name": TEXT, "vendor": TEXT, "version": TEXT}),
        "severity": TEXT,
        "vulnerabilities": listed(
            holding(
                dict.fromkeys(("id", "package", "version", "fix_version", "severity", "description"), TEXT),
                links=listed(TEXT),
                preferred_cvss=holding({"vector_v3": TEXT, "vector_v2": TEXT}),
            )
        ),
    }
)
_HARBOR_STATES = ["Pending", "Scheduled", "Running", "Success", "Error", "Stopped"]
_HARBOR_ARTIFACT = holding(
    {"digest": DIGEST}, scan_overview=mapped(holding({"report_id": TEXT, "scan_status": {"enum": _HARBOR_STATES}, "severity": TEXT}))
)

_CLAIR_PACKAGE = whole(
    {"name": TEXT, "version": TEXT}, id=TEXT, kind={"enum": ["BINARY", "SOURCE", "binary", "source"]}, arch=TEXT, source={"type": "object"}
)
_CLAIR_SEVERITIES = ["Unknown", "Negligible", "Low", "Medium", "High", "Critical"]
_CLAIR_VULNERABILITY = whole(
    {"id": TEXT, "updater": TEXT, "name": TEXT, "normalized_severity": {"enum": _CLAIR_SEVERITIES}},
    description=TEXT,
    issued=TEXT,
    links=TEXT,
    severity=TEXT,
    fixed_in_version=TEXT,
    distribution={"type": "object"},
)
_CLAIR_REPORT = whole(
    {
        "manifest_hash": DIGEST,
        "packages": mapped(_CLAIR_PACKAGE),
        "distributions": mapped({"type": "object"}),
        "environments": mapped(listed(whole({}, package_db=TEXT, introduced_in=DIGEST, distribution_id=TEXT, repository_ids=listed(TEXT)))),
        "vulnerabilities": mapped(_CLAIR_VULNERABILITY),
        "package_vulnerabilities": mapped(listed(TEXT)),
    },
    repository={"type": "object"},
    enrichments=mapped({"type": "array"}),
)
_CLAIR_MANIFEST = whole(
    {"hash": DIGEST, "layers": listed(whole({"hash": DIGEST, "uri": TEXT, "headers": mapped(listed(TEXT))}), minItems=1)}
)

_QUAY_FEATURE = holding(
    {
        "Name": TEXT,
        "Version": TEXT,
        "Vulnerabilities": listed(holding({"Name": TEXT, "Severity": TEXT, "FixedBy": TEXT, "Link": TEXT, "Description": TEXT})),
    }
)
_QUAY_REPORT = whole(
    {
        "status": {"enum": ["scanned", "failed", "queued", "unsupported", "manifest_layer_too_large"]},
        "data": {"anyOf": [{"type": "null"}, whole({"Layer": holding({"Features": listed(_QUAY_FEATURE)})})]},
    }
)

_UUID: Schema = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
_MILLISECONDS: Schema = {"type": "integer", "minimum": 0}
_DT_TOKEN = whole({"token": _UUID})
_DT_BILL = whole(
    {"projectName": TEXT, "projectVersion": TEXT, "bom": {"type": "string", "pattern": "^[A-Za-z0-9+/]*={0,2}$"}},
    autoCreate={"type": "boolean"},
)
_DT_PROJECT = holding({"name": TEXT, "uuid": _UUID}, version=TEXT, lastBomImport=_MILLISECONDS, lastVulnerabilityAnalysis=_MILLISECONDS)
_DT_ALIASES = listed(whole({}, **dict.fromkeys(("cveId", "ghsaId", "sonatypeId", "osvId", "snykId", "vulnDbId"), TEXT)))
_DT_SEVERITIES = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO", "UNASSIGNED"]
_DT_FINDING = holding(
    {
        "component": holding({"uuid": _UUID, "name": TEXT, "project": _UUID}, group=TEXT, version=TEXT, purl=TEXT),
        "vulnerability": holding(
            {"uuid": _UUID, "source": TEXT, "vulnId": TEXT, "aliases": _DT_ALIASES},
            severity={"enum": _DT_SEVERITIES}, cvssV3Vector=TEXT, cvssV4Vector=TEXT, title=TEXT, description=TEXT,
        ),
        "analysis": holding({"isSuppressed": {"type": "boolean"}}),
        "matrix": TEXT,
    }
)  # fmt: skip


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_IQ_TEXT = _or_null(TEXT)
_IQ_COUNT: Schema = {"type": "integer"}
_IQ_FLAG: Schema = {"type": "boolean"}
_IQ_COUNTS = whole({}, critical=_IQ_COUNT, moderate=_IQ_COUNT, severe=_IQ_COUNT)
_IQ_TICKET = whole({"statusUrl": TEXT})
_IQ_STATUS = whole(
    {"isError": _IQ_FLAG},
    **dict.fromkeys(
        ("policyAction", "reportHtmlUrl", "reportPdfUrl", "reportDataUrl", "embeddableReportHtmlUrl", "errorMessage"), _IQ_TEXT
    ),
    **dict.fromkeys(("componentsAffected", "openPolicyViolations"), _IQ_COUNTS),
    **dict.fromkeys(("grandfatheredPolicyViolations", "legacyViolations"), _IQ_COUNT),
)
_IQ_ISSUE = whole(
    {"reference": TEXT, "severity": {"type": "number"}},
    **dict.fromkeys(("source", "status", "url", "threatCategory", "cwe", "cvssVector", "cvssVectorSource"), _IQ_TEXT),
    analysis=whole({}, **dict.fromkeys(("detail", "justification", "response", "state"), TEXT)),
)
_IQ_COMPONENT = whole(
    {},
    **dict.fromkeys(("packageUrl", "displayName", "hash", "sha256", "matchState", "cpe", "identificationSource"), _IQ_TEXT),
    **dict.fromkeys(("proprietary", "thirdParty"), _IQ_FLAG),
    componentIdentifier=_or_null(whole({"format": TEXT, "coordinates": {"type": "object"}})),
    dependencyData=_or_null({"type": "object"}),
    licenseData=_or_null({"type": "object"}),
    pathnames=listed(TEXT),
    securityData=whole({"securityIssues": listed(_IQ_ISSUE)}),
)
_IQ_REPORT = whole(
    {"components": listed(_IQ_COMPONENT)},
    globalInformation=whole({}, dataVersionDate=_IQ_TEXT),
    matchSummary=whole({}, knownComponentCount=_IQ_COUNT, totalComponentCount=_IQ_COUNT),
)
_IQ_APPLICATION = holding({"id": TEXT, "publicId": TEXT, "name": TEXT, "organizationId": TEXT})
_XRAY_STATE = holding(
    {"status": {"enum": ["NOT_SUPPORTED", "NOT_SCANNED", "PENDING", "SCANNING", "DONE", "PARTIAL", "FAILED"]}, "time": TEXT}
)
_XRAY_COMPONENT = holding({"component_id": TEXT}, version=TEXT, pkg_type=TEXT, fixed_versions=listed(TEXT))
_XRAY_ISSUE = holding(
    {"issue_id": TEXT, "summary": TEXT, "issue_type": {"enum": ["security", "license", "operational_risk"]}, "severity": TEXT},
    cves=listed(holding({}, cve=TEXT, cvss_v2=TEXT, cvss_v3=TEXT)),
    impact_path=listed(TEXT),
    components={"anyOf": [{"type": "null"}, listed(_XRAY_COMPONENT)]},
)
_XRAY_ARTIFACT = holding(
    {"general": holding({"name": TEXT, "path": TEXT, "pkg_type": TEXT, "sha256": TEXT}), "issues": listed(_XRAY_ISSUE)},
    licenses=listed(holding({"name": TEXT, "components": listed(TEXT)})),
)
_XRAY_SUMMARY = whole(
    {"artifacts": {"anyOf": [{"type": "null"}, listed(_XRAY_ARTIFACT)]}}, errors=listed(whole({"identifier": TEXT, "error": TEXT}))
)

_QUALYS_SHA: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_QUALYS_TIME = _or_null({"type": "string", "pattern": "^[0-9]+$"})
_QUALYS_SOFTWARE = whole(
    {"name": TEXT, "version": TEXT}, **dict.fromkeys(("fixVersion", "scanType", "packagePath"), _or_null(TEXT)), vulnerabilities={}
)
_QUALYS_VULNERABILITY = holding(
    {"qid": {"type": "integer"}, "title": TEXT, "cveids": listed(TEXT), "software": listed(_QUALYS_SOFTWARE)},
    severity=_or_null({"type": "integer", "minimum": 1, "maximum": 5}),
    typeDetected={"enum": ["CONFIRMED", "POTENTIAL"]},
    patchAvailable={"type": "boolean"},
    result=_or_null(TEXT),
    category=TEXT,
    risk={"type": "integer"},
    published={"type": "integer"},
    **dict.fromkeys(("firstFound", "lastFound"), _QUALYS_TIME),
)
_QUALYS_IMAGE = holding(
    {"sha": _QUALYS_SHA, "lastScanned": _QUALYS_TIME},
    repo=listed(whole({"registry": TEXT, "repository": TEXT, "tag": TEXT})),
    repoDigests=listed(whole({"registry": TEXT, "repository": TEXT, "digest": _QUALYS_SHA})),
    softwares=_or_null(listed(_QUALYS_SOFTWARE)),
    vulnerabilities=_or_null(listed(_QUALYS_VULNERABILITY)),
    scanStatus=_or_null(TEXT),
    scanErrorCode=_or_null(TEXT),
)
_SNYK_TIME: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T"}


def _snyk_list(kind: str, attributes: Schema, id: Schema = _UUID) -> Schema:  # noqa: A002 - the key is called so
    entry = whole({"type": {"const": kind}, "id": id, "attributes": attributes}, relationships={"type": "object"}, meta={"type": "object"})
    links = {"type": "object", "additionalProperties": {"anyOf": [TEXT, holding({"href": TEXT})]}}
    return whole({"jsonapi": whole({"version": TEXT}), "data": listed(entry), "links": links}, meta={"type": "object"})


_SNYK_IMAGES = _snyk_list("container_image", holding({"platform": TEXT, "layers": listed(DIGEST, minItems=1)}, names=listed(TEXT)), DIGEST)
_SNYK_TARGETS = _snyk_list("image_target_reference", holding({}, platform=TEXT, target_id=_UUID, target_reference=TEXT))
_SNYK_PROJECTS = _snyk_list(
    "project",
    holding(
        dict.fromkeys(("name", "type", "target_file", "target_reference", "origin"), TEXT)
        | {
            "created": _SNYK_TIME,
            "status": {"enum": ["active", "inactive"]},
            "read_only": {"type": "boolean"},
            "settings": {"type": "object"},
        }
    ),
)
_SNYK_COORDINATE = holding(
    {}, state={"enum": ["open", "resolved"]}, is_fixable_upstream={"type": "boolean"},
    representations=listed(holding({}, dependency=holding({"package_name": TEXT, "package_version": TEXT})), minItems=1),
)  # fmt: skip
_SNYK_ISSUES = _snyk_list(
    "issue",
    holding(
        {
            "key": TEXT,
            "title": {"type": "string", "maxLength": 2048, "minLength": 1},
            "type": {"enum": ["package_vulnerability", "license", "cloud", "code", "custom", "config"]},
            "effective_severity_level": {"enum": ["info", "low", "medium", "high", "critical"]},
            "created_at": _SNYK_TIME,
            "updated_at": _SNYK_TIME,
            "status": {"enum": ["open", "resolved"]},
            "ignored": {"type": "boolean"},
        },
        problems=listed(holding({"id": TEXT, "type": TEXT, "source": TEXT})),
        severities=listed(
            whole({**dict.fromkeys(("level", "source", "vector", "version", "modification_time"), TEXT), "score": {"type": "number"}})
        ),
        coordinates=listed(_SNYK_COORDINATE, minItems=1),
    ),
)

QUESTIONS: dict[str, Schema] = {
    "POST /twirp/trivy.cache.v1.Cache/MissingBlobs": whole({"artifact_id": TEXT, "blob_ids": listed(TEXT)}),
    "POST /twirp/trivy.cache.v1.Cache/PutBlob": whole({"diff_id": TEXT, "blob_info": _TRIVY_BLOB}),
    "POST /twirp/trivy.cache.v1.Cache/PutArtifact": whole({"artifact_id": TEXT, "artifact_info": _TRIVY_ARTIFACT}),
    "POST /twirp/trivy.scanner.v1.Scanner/Scan": whole(
        {"target": TEXT, "artifact_id": TEXT, "blob_ids": listed(TEXT), "options": _TRIVY_OPTIONS}
    ),
    "POST /api/v2.0/projects/*/scan": whole({}, scan_type={"enum": ["vulnerability", "sbom"]}),
    "POST /indexer/api/v1/index_report": _CLAIR_MANIFEST,
    "PUT /api/v1/bom": _DT_BILL,
    "POST /auth": NO_JSON,
    "POST /api/v2/scan/applications/*/sources/cyclonedx": holding(
        {"bomFormat": {"const": "CycloneDX"}, "specVersion": {"enum": ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6"]}, "components": listed({})}
    ),
    "POST /xray/api/v2/summary/artifact": whole({}, paths=listed(TEXT), checksums=listed(TEXT)),
    "POST /xray/api/v1/artifact/status": whole({"repo": TEXT, "path": TEXT}),
    "POST /xray/api/v2/index": whole({"repo_path": TEXT}),
}
"""Of each body that is sent."""

ANSWERS: dict[str, Schema] = {
    "GET /version": holding({"Version": TEXT}, VulnerabilityDB=holding({"UpdatedAt": TEXT})),
    "POST /twirp/trivy.cache.v1.Cache/MissingBlobs": whole({"missing_artifact": {"type": "boolean"}, "missing_blob_ids": listed(TEXT)}),
    "POST /twirp/trivy.cache.v1.Cache/Put*": EMPTY,
    "POST /twirp/trivy.scanner.v1.Scanner/Scan": holding({"results": listed(_TRIVY_RESULT)}),
    "GET /api/v2.0/projects/*/additions/vulnerabilities": mapped(_HARBOR_REPORT),
    "GET /api/v2.0/projects/*": _HARBOR_ARTIFACT,
    "GET /matcher/api/v1/vulnerability_report/*": _CLAIR_REPORT,
    "GET /matcher/api/v1/internal/update_operation": mapped(
        listed(holding({"ref": TEXT, "updater": TEXT, "date": TEXT, "fingerprint": TEXT}))
    ),
    "POST /indexer/api/v1/index_report": holding({"manifest_hash": DIGEST, "state": TEXT, "success": {"type": "boolean"}, "err": TEXT}),
    "GET /api/v1/repository/*/security": _QUAY_REPORT,
    "PUT /api/v1/bom": _DT_TOKEN,
    "GET /api/v1/event/token/*": whole({"processing": {"type": "boolean"}}),
    "GET /api/v1/project/lookup": _DT_PROJECT,
    "GET /api/v1/finding/project/*": listed(_DT_FINDING),
    "GET /rest/orgs/*/container_images": _SNYK_IMAGES,
    "GET /rest/orgs/*/image_target_refs": _SNYK_TARGETS,
    "GET /rest/orgs/*/projects": _SNYK_PROJECTS,
    "GET /rest/orgs/*/issues": _SNYK_ISSUES,
    "GET /v1/org/*/project/*": holding({"id": _UUID, "name": TEXT, "type": TEXT}, imageId=TEXT, imageTag=TEXT, lastTestedDate=_SNYK_TIME),
    "POST /xray/api/v2/summary/artifact": _XRAY_SUMMARY,
    "POST /xray/api/v1/artifact/status": holding({"overall": _XRAY_STATE, "details": mapped(_XRAY_STATE)}),
    "POST /xray/api/v2/index": holding({"info": TEXT}),
    "GET /api/v1/component/project/*": listed(holding({"uuid": _UUID, "name": TEXT}, version=TEXT, purl=TEXT)),
    "POST /auth": NO_JSON,
    "GET /csapi/v1.3/images/*/vuln": whole({"details": listed(_QUALYS_VULNERABILITY), "vulnSummary": {"type": "object"}}),
    "GET /csapi/v1.3/images/*": _QUALYS_IMAGE,
    "GET /api/v2/applications": whole({"applications": listed(_IQ_APPLICATION)}),
    "POST /api/v2/scan/applications/*/sources/cyclonedx": _IQ_TICKET,
    "GET /api/v2/scan/applications/*/status/*": _IQ_STATUS,
    "GET /api/v2/applications/*/reports/*/raw": _IQ_REPORT,
}
"""Of each answer with status 200, 201 or 202; the first that fits the route counts."""
