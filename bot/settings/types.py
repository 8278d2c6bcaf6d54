"""Kinds of values that the configuration is made of: each checks itself and says how to mend it."""

import re
import zoneinfo
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from bot.settings.fault import nearest

_ENVIRONMENT_NAME: Final = re.compile(r"[A-Z_][A-Z0-9_]*", re.ASCII)
_REPO: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}", re.ASCII)

_LOGIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,99})(?:\[bot\])?", re.ASCII)
_DATABASE_URL: Final = re.compile(r"(?:sqlite|postgresql)(?:\+[a-z0-9]+)?://", re.ASCII)
_REVIEWER: Final = re.compile(r"@?[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:/[A-Za-z0-9._-]{1,100})?", re.ASCII)
_RANGE_SIGNS: Final = re.compile(r"[<>=^~|,\s]", re.ASCII)
"""None of them can stand in a tag, so that no pattern over tags has one."""
_PLATFORM: Final = re.compile(r"[a-z0-9]{1,40}/[a-z0-9]{1,40}(?:/[a-z0-9.]{1,40})?", re.ASCII)


class Section(BaseModel):
    """A mapping of the file: no unknown keys, no silent conversions, never changed."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True, allow_inf_nan=False, defer_build=True
    )


@dataclass(frozen=True, slots=True)
class ReadAs:
    """Marks a field that is written in the file as `entry` and turned into a value of the model when it is read."""

    entry: type[BaseModel]
    convert: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            self.convert,
            handler.generate_schema(self.entry),
            serialization=core_schema.plain_serializer_function_ser_schema(asdict),
        )


def _glob(pattern: str) -> str:
    body = pattern.removeprefix("!")
    if not body.strip():
        raise ValueError("an empty pattern matches nothing; write what it should match, or * for everything")
    if body != body.strip():
        raise ValueError(f"the pattern {pattern!r} begins or ends with a blank and would never match; take the blank away")
    if "\\" in body:
        raise ValueError(f"the pattern {pattern!r} has a backslash; folders are parted by /, and [*] stands for a plain *")
    rest = body
    while "[" in rest:
        # As in fnmatch: a ] directly behind [ or [! is an ordinary character.
        start = rest.index("[") + 1
        start += rest.startswith("!", start)
        end = rest.find("]", start + rest.startswith("]", start))
        if end < 0:
            raise ValueError(f"the pattern {pattern!r} has a [ that is never closed; close it, or write [[] for a plain [")
        rest = rest[end + 1 :]
    return pattern


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _time_zone(name: str) -> str:
    known = _time_zones()
    if name not in known:
        like = nearest(name, known)
        remedy = f"did you mean {like!r}?" if like else "write it like 'Europe/Berlin' or 'UTC'"
        raise ValueError(f"no time zone is called {name!r}; {remedy}")
    return name


def _plain(pattern: str) -> str:
    if pattern.startswith("!"):
        raise ValueError(f"the pattern {pattern!r} can't be negated here; name what it should match")
    return pattern


def _login(name: str) -> str:
    if not _LOGIN.fullmatch(name):
        raise ValueError(f"{name!r} is no login of an organisation or user; write it as it stands in addresses, without a slash")
    return name


def _database_url(url: str) -> str:
    if not _DATABASE_URL.match(url):
        # Not shown: it may hold a password.
        raise ValueError("this is no database URL; begin it with sqlite:/// or postgresql://")
    return url


def _environment_name(name: str) -> str:
    if not _ENVIRONMENT_NAME.fullmatch(name):
        # Not shown: somebody may have written the secret itself here.
        raise ValueError("this must be the name of an environment variable (capital letters, digits and _), never the secret itself")
    return name


def is_repo_name(name: str) -> bool:
    """Whether the text is `owner/name` as GitHub allows it."""
    return _REPO.fullmatch(name) is not None


def _repo(name: str) -> str:
    if not is_repo_name(name):
        raise ValueError(f"{name!r} is no repo; write it as owner/name")
    return name


def _versions(text: str) -> str:
    if not _RANGE_SIGNS.search(text):
        return text
    # Loads a library that only a range needs.
    from bot.versions.ranges import InvalidRangeError, VersionRange  # noqa: PLC0415

    try:
        VersionRange.parse(text)
    except InvalidRangeError as error:
        raise ValueError(f"{text!r} is no range; write it like '>=1.2 <3', '^2.1', '3.x' or '<4 || 5.*'") from error
    return text


def _reviewer(name: str) -> str:
    if not _REVIEWER.fullmatch(name):
        raise ValueError(f"{name!r} can't be asked for a review; write a login, or a team as organisation/team")
    return name


def _assignee(name: str) -> str:
    if "/" in name or not _REVIEWER.fullmatch(name):
        raise ValueError(f"{name!r} can't be assigned; write the login of a person")
    return name


def _platform(name: str) -> str:
    if not _PLATFORM.fullmatch(name):
        raise ValueError(f"{name!r} is no platform; write os/architecture[/variant]: linux/amd64, linux/arm64, linux/arm/v7")
    return name


Glob = Annotated[str, AfterValidator(_glob), Field(min_length=1)]
"""A shell pattern as fnmatch reads it, `!` in front negates."""
PlainGlob = Annotated[Glob, AfterValidator(_plain)]
"""The same without negation."""
TimeZone = Annotated[str, AfterValidator(_time_zone)]
"""A name of the IANA time zone database."""
EnvironmentName = Annotated[str, AfterValidator(_environment_name)]
"""The name of an environment variable, never a value."""
PlatformName = Annotated[str, AfterValidator(_platform)]
"""`linux/arm/v7`, as in the OCI image index."""
Login = Annotated[str, AfterValidator(_login)]
"""An organisation, a user, or an App's bot (`my-app[bot]`)."""
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
"""As SQLAlchemy reads it."""
Versions = Annotated[str, Field(min_length=1), AfterValidator(_versions)]
"""A range of versions, or a shell pattern over values."""
Assignee = Annotated[str, Field(min_length=1), AfterValidator(_assignee)]
"""The login of a person."""
MilestoneTitle = Annotated[str, Field(min_length=1, max_length=255)]
Reviewer = Annotated[str, Field(min_length=1), AfterValidator(_reviewer)]
"""A login, or `organisation/team`; an @ in front does no harm."""
RepoName = Annotated[str, AfterValidator(_repo)]
"""`owner/name`."""
TagName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,127}$", examples=["prod"])]
"""A tag that is a word, as the OCI distribution spec accepts it."""
Label = Annotated[str, Field(min_length=1, max_length=50)]
"""A label as GitHub allows it."""
GroupName = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$", examples=["runtime", "Web apps"])]
"""A plain word or some."""
Days = Annotated[float, Field(ge=0, le=3650)]
"""A length of time in days; fractions are allowed."""
Count = Annotated[int, Field(ge=1)]
