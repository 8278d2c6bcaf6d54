"""The apps of a repo: those that the fleet file declares, and the repo itself."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from bot.model.fleet import App, Repo
from bot.model.published import Published
from bot.settings.properties import Properties
from bot.settings.sections import Phases
from bot.track import codeowners
from bot.track.codeowners import Codeowners
from bot.track.declared import Declared, declared
from bot.track.fleet_file import FleetEntry
from bot.track.phase import phase_of

_DECLARED: Final = "declared"
_OFFICIAL: Final = "docker.io/library/"


def apps_of(
    repo: Repo,
    fleet: Sequence[FleetEntry],
    *,
    read_file: Callable[[PurePosixPath], str | None],
    published: Iterable[Published] = (),
    phases: Phases,
    properties: Properties,
    now: datetime,
) -> tuple[App, ...]:
    """Every app of a repo, the repo as a whole among them (it has what no folder's app holds), by their folders.

    What the fleet file says counts, else what a custom property of the repo says; else the owners come from CODEOWNERS and the phase is
    inferred. The images that an app publishes are, unless declared, those of `published` whose files are the app's and no deeper one's.
    """
    entries = [entry for entry in fleet if entry.repo.lower() == repo.full_name.lower()]
    if not any(entry.path == PurePosixPath() for entry in entries):
        entries.append(FleetEntry(name=_free_name(repo, fleet), repo=repo.full_name))
    owners = codeowners.read(read_file)
    said = declared(repo, properties)
    inferred, reason = phase_of(repo, said, phases, now)
    built = _images_by_folder(published, [entry.path for entry in entries])
    return tuple(
        replace(
            _with_owners(_with_criticality(App(name=entry.name, repo=repo.full_name, path=entry.path), entry, said), entry, said, owners),
            phase=entry.phase or inferred,
            phase_reason=_DECLARED if entry.phase else reason,
            images=entry.images or built.get(entry.path, ()),
        )
        for entry in sorted(entries, key=lambda entry: entry.path)
    )


def _with_criticality(app: App, entry: FleetEntry, said: Declared) -> App:
    if entry.criticality is not None:
        return replace(app, criticality=entry.criticality, criticality_reason=_DECLARED)
    if said.criticality is not None:
        return replace(app, criticality=said.criticality, criticality_reason=said.criticality_word.source)
    return replace(app, criticality_reason=said.criticality_word.beside(""))


def _with_owners(app: App, entry: FleetEntry, said: Declared, owners: Codeowners) -> App:
    if entry.owners:
        return replace(app, owners=entry.owners, owners_reason=_DECLARED)
    if said.owners:
        return replace(app, owners=said.owners, owners_reason=said.owners_word.source)
    found = owners.owners_of_app(app.path)
    return replace(app, owners=found, owners_reason=said.owners_word.beside("CODEOWNERS" if found else ""))


def _images_by_folder(published: Iterable[Published], folders: Sequence[PurePosixPath]) -> dict[PurePosixPath, tuple[str, ...]]:
    """The names that builds make, by the deepest folder that holds the file which says so; each once, in order.

    A name without registry and account (`app`, which is docker.io/library/app) never leaves the machine that builds it.
    """
    found: dict[PurePosixPath, dict[str, None]] = {}
    for image in published:
        holding = [folder for folder in folders if image.file.is_relative_to(folder)]
        if holding and image.name and not image.name.startswith(_OFFICIAL):
            found.setdefault(max(holding, key=lambda folder: len(folder.parts)), {})[image.name] = None
    return {folder: tuple(names) for folder, names in found.items()}


def _free_name(repo: Repo, fleet: Sequence[FleetEntry]) -> str:
    """The repo's name; the whole `owner/name` where an app of the fleet file has taken it."""
    name = repo.full_name.rpartition("/")[2]
    return repo.full_name if any(entry.name == name for entry in fleet) else name
