"""What can be released: a dependency, and one published value of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.model.image import Digest

OCI: Final = "oci"
"""Images and OCI charts; the name is registry and repository: `docker.io/library/python`."""
HELM: Final = "helm"
"""Charts of an HTTP repository; the name is its URL, `#` and the chart: `https://charts.example.org/stable#redis`."""
GITHUB_RELEASES: Final = "github-releases"
"""Releases of a GitHub repo; the name is `owner/repo`."""
GITHUB_TAGS: Final = "github-tags"
"""Tags of a GitHub repo, with the commit each one stands for; also GitHub Actions. The name is `owner/repo`."""
GIT_TAGS: Final = "git-tags"
"""Tags of any git remote; the name is its URL."""
GIT_REFS: Final = "git-refs"
"""Branches of any git remote, followed by commit; the name is its URL."""
DEPS_DEV: Final = "deps-dev"
"""Language packages; the name is the system of deps.dev and the package: `pypi/requests`."""
ENDOFLIFE: Final = "endoflife-date"
"""Cycles of a product; the name is the product: `python`."""
GOLANG: Final = "golang-version"
"""Releases of the Go toolchain; the name is `go`."""
TERRAFORM_MODULE: Final = "terraform-module"
"""Modules of a registry; the name is `host/namespace/name/provider`."""

LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""First seen of what was there already when the bot began to watch: past every cooldown, and no date to show to anybody."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Dependency:
    """Something that gets releases: where they are listed, and its name there in normal form."""

    datasource: str
    name: str

    def __str__(self) -> str:
        return f"{self.datasource}: {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One published value of a dependency. Digest and dates are None until somebody asks (`Datasource.describe`)."""

    dependency: Dependency
    value: str
    """The tag or version as published."""
    digest: Digest | str | None = None
    """The image's digest; for git datasources the commit, 40 hexadecimal digits."""
    published_at: datetime | None = None
    """What the publisher claims; aware, UTC. Never the base of a cooldown."""
    first_seen: datetime | None = None
    """When this bot first saw the value (at this digest, where that is known); aware, UTC. LONG_AGO: before it began to watch."""
    source_url: str | None = None
    """The repo that it was built from."""
    deprecation: str | None = None
    """What the publisher says against using it (a yanked version, a `Warning: 299` header, an end-of-life date)."""
    is_prerelease: bool = False
    """Whether the publisher marked it so beside its value (a GitHub release)."""
