"""Made-up apps, updates and notes for the tests of proposals."""

from datetime import UTC, datetime
from pathlib import PurePosixPath

from bot.model.comparison import Difference
from bot.model.dependency import OCI, Dependency, Release
from bot.model.edit import FileChange
from bot.model.fleet import App, Phase, Repo
from bot.model.image import Digest
from bot.model.notes import ImageFacts, Notes, ReleaseNote
from bot.model.pin import Pin, Role, Site, SiteKind, Span
from bot.model.update import Update, UpdateKind

HEAD = "0123456789abcdef0123456789abcdef01234567"
APP = App(name="shop", repo="acme/shop", phase=Phase.BAU, phase_reason="declared")
REPO = Repo(full_name="acme/shop", default_branch="main", head=HEAD, clone_url="https://github.com/acme/shop.git")


def digest(character: str) -> Digest:
    return Digest("sha256:" + character * 64)


def pin(
    *,
    file: str = "Dockerfile",
    line: int = 1,
    name: str = "docker.io/library/python",
    value: str | None = "3.12.4-slim",
    old_digest: Digest | None = None,
) -> Pin:
    site = Site(kind=SiteKind.TAG, span=Span(12, 12 + len(value or "")), line=line, text=value or "")
    return Pin(
        file=PurePosixPath(file),
        finder="dockerfile",
        dependency=Dependency(datasource=OCI, name=name),
        name=name.removeprefix("docker.io/library/"),
        scheme="docker",
        value=value,
        digest=old_digest,
        role=Role.FINAL_BASE,
        sites=(site,),
        line=line,
        column=13,
    )


def update(
    old: Pin | None = None,
    *,
    value: str = "3.12.5-slim",
    new_digest: Digest | None = None,
    kind: UpdateKind = UpdateKind.PATCH,
    deprecation: str | None = None,
) -> Update:
    old = old or pin()
    release = Release(
        dependency=old.dependency,
        value=value,
        digest=new_digest,
        published_at=datetime(2026, 5, 2, 10, 0, tzinfo=UTC),
        first_seen=datetime(2026, 5, 3, 4, 0, tzinfo=UTC),
        deprecation=deprecation,
    )
    return Update(pin=old, release=release, kind=kind)


def change(old: str = "FROM python:3.12.4-slim\n", new: str = "FROM python:3.12.5-slim\n", *, path: str = "Dockerfile") -> FileChange:
    return FileChange(path=PurePosixPath(path), old=old.encode(), new=new.encode())


NOTES = Notes(
    old=ImageFacts(
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
        size_bytes=45_100_000,
        diff_ids=("a", "b", "c", "d"),
        platforms=("linux/amd64", "linux/arm64"),
    ),
    new=ImageFacts(
        created_at=datetime(2026, 5, 2, tzinfo=UTC),
        size_bytes=44_900_000,
        diff_ids=("a", "b", "e", "f"),
        platforms=("linux/amd64", "linux/arm64"),
    ),
    source_url="https://github.com/python/cpython",
    compare_url="https://github.com/python/cpython/compare/v3.12.4...v3.12.5",
    releases=(
        ReleaseNote(
            name="v3.12.5",
            text="Fixes a crash.\n\n- one\n- two",
            url="https://github.com/python/cpython/releases/tag/v3.12.5",
            published_at=datetime(2026, 5, 1, tzinfo=UTC),
        ),
    ),
    differences=(
        Difference(aspect="user", old="root", new="app", needs_attention=True),
        Difference(aspect="environment", name="PYTHON_VERSION", old="3.12.4", new="3.12.5"),
    ),
    problems=("Could not read the releases of acme/base: GitHub said 502",),
)
