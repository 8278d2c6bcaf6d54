"""The scanners' servers that can be asked of an image."""

from enum import StrEnum


class ScannerKind(StrEnum):
    """By whose interface it is asked, in the word of the configuration."""

    TRIVY = "trivy"
    HARBOR = "harbor"
    CLAIR = "clair"
    QUAY = "quay"
    DEPENDENCY_TRACK = "dependencytrack"
    SONATYPE = "sonatype"
    XRAY = "xray"
    QUALYS = "qualys"
    SNYK = "snyk"
