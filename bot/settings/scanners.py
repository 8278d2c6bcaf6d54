"""The section of the configuration on scanners' servers."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, model_validator

from bot.model.scanner import ScannerKind
from bot.settings.rule_entries import fault_at
from bot.settings.sections import Url
from bot.settings.types import EnvironmentName, PlainGlob, Section

_LOGIN: Final = frozenset({"username_from", "password_from"})
_OF_SOME: Final = _LOGIN | {"token_from", "issuer", "application", "stage", "organization"}
"""Keys that say nothing to every kind."""
_TAKES: Final[Mapping[ScannerKind, frozenset[str]]] = {
    ScannerKind.TRIVY: frozenset({"token_from"}),
    ScannerKind.HARBOR: _LOGIN,
    ScannerKind.CLAIR: frozenset({"token_from", "issuer"}),
    ScannerKind.QUAY: frozenset({"token_from"}),
    ScannerKind.DEPENDENCY_TRACK: frozenset({"token_from"}),
    ScannerKind.SONATYPE: _LOGIN | {"application", "stage"},
    ScannerKind.SNYK: frozenset({"token_from", "organization"}),
}
"""What each kind uses of them; of one that is not here: all."""


class ScannerEntry(Section):
    """One server; its place in the list is its place in the order of trust."""

    kind: ScannerKind
    url: Url
    name: (
        Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._'-]*$", examples=["Harbor of ops"])] | None
    ) = None
    """What it is called where it is quoted; null: by its kind."""
    serves: Annotated[tuple[PlainGlob, ...], Field(min_length=1)] | None = None
    """Names of images in normal form; null: of a registry's own scanner those of that registry, else all."""
    username_from: EnvironmentName | None = None
    """The environment variable that holds the user name."""
    password_from: EnvironmentName | None = None
    """The environment variable that holds the password."""
    token_from: EnvironmentName | None = None
    """The environment variable that holds the token, or the key that both sides know."""
    issuer: Annotated[str, Field(min_length=1, max_length=100)] = "rebuild-bot"
    """Under which name tokens are signed; Clair has a list of those it believes."""
    application: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Sonatype: the public id of the application for which images are scanned; best one of its own, for each scan is its newest."""
    stage: Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,39}$", examples=["build", "stage-release"])] = "build"
    """Sonatype: the stage of that application, whose policies act on the scans."""
    organization: UUID | None = None
    """Snyk: the id of the organization that has the images' projects."""
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """For one answer."""
    wait_seconds: Annotated[int, Field(ge=0, le=7200)] = 120
    """How long one run waits in all for scans that are under way."""
    submit: bool | None = None
    """Whether it is handed what it needs to scan an image that it never scanned; null: only where it knows nothing else."""
    plain_http: bool = False
    """Whether the credential may be sent to it without TLS."""

    @property
    def timeout(self) -> timedelta:
        return timedelta(seconds=self.timeout_seconds)

    @property
    def wait(self) -> timedelta:
        return timedelta(seconds=self.wait_seconds)

    @property
    def variables(self) -> tuple[str, ...]:
        """Those of the environment that it names."""
        return tuple(filter(None, (self.username_from, self.password_from, self.token_from)))

    @model_validator(mode="after")
    def _has_both_names(self) -> "ScannerEntry":
        if (self.username_from is None) != (self.password_from is None):
            missing, given = ("username_from", "password_from") if self.username_from is None else ("password_from", "username_from")
            raise fault_at(given, f"{given} without {missing}; name both variables, or neither")
        return self

    @model_validator(mode="after")
    def _names_an_organization(self) -> "ScannerEntry":
        if self.kind is ScannerKind.SNYK and self.organization is None:
            raise fault_at("organization", "the kind snyk knows the images of an organization; name its id (Settings, General)")
        return self

    @model_validator(mode="after")
    def _names_an_application(self) -> "ScannerEntry":
        if self.kind is ScannerKind.SONATYPE and self.application is None:
            raise fault_at("application", "the kind sonatype scans for an application; name its public id")
        return self

    @model_validator(mode="after")
    def _says_nothing_in_vain(self) -> "ScannerEntry":
        takes = _TAKES.get(self.kind, _OF_SOME)
        for key in sorted((self.model_fields_set & _OF_SOME) - takes):
            remedy = "take it out"
            if key in _LOGIN or key == "token_from":
                remedy = f"it takes {' and '.join(sorted(takes & (_LOGIN | {'token_from'}), reverse=True))}"
            raise fault_at(key, f"the kind {self.kind} does not use {key}; {remedy}")
        return self


Scanners = tuple[ScannerEntry, ...]
