"""The fleet file: what its owner says of the apps, beyond what the repos show."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.model.fleet import Criticality, Phase
from bot.model.image import ImageReference, InvalidReferenceError
from bot.settings.check import validated
from bot.settings.document import Document, read_document
from bot.settings.fault import Fault, SettingsError
from bot.settings.types import RepoName, Section


class FleetFileError(SettingsError):
    """The fleet file is not right; `faults` has all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetEntry:
    """What is declared of one app; None or empty: not declared."""

    name: str
    repo: str
    path: PurePosixPath = PurePosixPath()
    owners: tuple[str, ...] = ()
    criticality: Criticality | None = None
    phase: Phase | None = None
    product_owner: str = ""
    images: tuple[str, ...] = ()


def _folder(text: str) -> str:
    if text.startswith("/") or "\\" in text or ".." in text.split("/"):
        raise ValueError(f"{text!r} is no folder of the repo; write it from the repo's root, without a slash in front")
    return text


def _owner(text: str) -> str:
    if not text.startswith("@") and "@" not in text:
        raise ValueError(f"{text!r} is no owner; write @user or @organisation/team")
    return text


def _image(text: str) -> str:
    try:
        reference = ImageReference.parse(text)
    except InvalidReferenceError as error:
        raise ValueError(str(error)) from error
    if reference.tag or reference.digest:
        raise ValueError(f"{text!r} names one image; write the name without tag and digest")
    return reference.name


class _App(Section):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    repo: RepoName
    path: Annotated[str, AfterValidator(_folder)] = ""
    owners: tuple[Annotated[str, AfterValidator(_owner)], ...] = ()
    criticality: Criticality | None = None
    phase: Phase | None = None
    product_owner: Annotated[str, Field(max_length=200)] = ""
    images: tuple[Annotated[str, AfterValidator(_image)], ...] = ()


class _Fleet(Section):
    apps: tuple[_App, ...] = ()


def read_fleet(path: Path) -> tuple[FleetEntry, ...]:
    """The entries of a fleet file in its order. Raises FleetFileError with every fault."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise FleetFileError([Fault(file=str(path), line=0, what=f"can't be read: {why}; mend fleet_file in the configuration")]) from error
    document = read_document(text, file=str(path))
    fleet, faults = validated(document, _Fleet)
    all_faults = [*faults, *_doubles(document)]
    if fleet is None or all_faults:
        raise FleetFileError(all_faults)
    return tuple(
        FleetEntry(
            name=app.name,
            repo=app.repo,
            path=PurePosixPath(app.path),
            owners=app.owners,
            criticality=app.criticality,
            phase=app.phase,
            product_owner=app.product_owner,
            images=app.images,
        )
        for app in fleet.apps
    )


def _doubles(document: Document) -> Iterator[Fault]:
    """Apps of the same name, or in the same place of a repo; looked for in the plain data, so that other faults don't hide them."""
    apps = document.data.get("apps") if isinstance(document.data, dict) else None
    names: dict[str, int] = {}
    places: dict[tuple[str, str], int] = {}
    for position, app in enumerate(apps if isinstance(apps, list) else []):
        if not isinstance(app, dict):
            continue
        line = document.line_of(("apps", position))
        name, repo, folder = app.get("name"), app.get("repo"), app.get("path") or ""
        if isinstance(name, str) and (first := names.setdefault(name, line)) != line:
            yield document.fault(("apps", position, "name"), f"an app is called {name!r} already on line {first}; names are unique")
        if isinstance(repo, str) and isinstance(folder, str):
            place = (repo.lower(), str(PurePosixPath(folder)))
            if (first := places.setdefault(place, line)) != line:
                what = f"{repo}, folder {folder or '(the whole repo)'!s}, is an app already on line {first}; give each its own `path`"
                yield document.fault(("apps", position, "path" if folder else "repo"), what)
