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
from bot.track.backstage import Component
from bot.track.catalogued import Catalogued, catalogued
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
    catalogue: Sequence[Component] = (),
    phases: Phases,
    properties: Properties,
    now: datetime,
) -> tuple[App, ...]:
    """Every app of a repo, the repo as a whole among them (it has what no folder's app holds), by their folders.

    What the fleet file says counts, else what a custom property of the repo says, else its Backstage catalogue; else the owners come from
    CODEOWNERS and the phase is inferred. The images that an app publishes are, unless declared, those of `published` whose files are the
    app's and no deeper one's.
    """
    entries = [entry for entry in fleet if entry.repo.lower() == repo.full_name.lower()]
    if not any(entry.path == PurePosixPath() for entry in entries):
        entries.append(FleetEntry(name=_free_name(repo, fleet), repo=repo.full_name))
    owners = codeowners.read(read_file)
    said = declared(repo, properties)
    folders = [entry.path for entry in entries]
    built = _images_by_folder(published, folders)
    organisation = repo.full_name.partition("/")[0]

    def made(entry: FleetEntry) -> App:
        listed = catalogued(entry.path, catalogue, folders, phases=properties.phases, organisation=organisation)
        phase, reason = (entry.phase, _DECLARED) if entry.phase else phase_of(repo, said, phases, now, listed=listed)
        app = App(name=entry.name, repo=repo.full_name, path=entry.path, phase=phase, phase_reason=reason, system=listed.system)
        app = _with_owners(_with_criticality(app, entry, said), entry, said, listed, owners)
        return replace(_with_product_owner(app, entry, said, listed), images=entry.images or built.get(entry.path, ()))

    return tuple(made(entry) for entry in sorted(entries, key=lambda entry: entry.path))


def _with_criticality(app: App, entry: FleetEntry, said: Declared) -> App:
    if entry.criticality is not None:
        return replace(app, criticality=entry.criticality, criticality_reason=_DECLARED)
    if said.criticality is not None:
        return replace(app, criticality=said.criticality, criticality_reason=said.criticality_word.source)
    return replace(app, criticality_reason=said.criticality_word.beside(""))


def _with_owners(app: App, entry: FleetEntry, said: Declared, listed: Catalogued, owners: Codeowners) -> App:
    if entry.owners:
        return replace(app, owners=entry.owners, owners_reason=_DECLARED)
    if said.owners:
        return replace(app, owners=said.owners, owners_reason=said.owners_word.source)
    if listed.owners:
        return replace(app, owners=listed.owners, owners_reason=said.owners_word.beside(listed.owners_word.source))
    found = owners.owners_of_app(app.path)
    otherwise = listed.owners_word.beside("CODEOWNERS" if found else "")
    return replace(app, owners=found, owners_reason=said.owners_word.beside(otherwise))


def _with_product_owner(app: App, entry: FleetEntry, said: Declared, listed: Catalogued) -> App:
    if entry.product_owner:
        return replace(app, product_owner=entry.product_owner, product_owner_reason=_DECLARED)
    if said.product_owner:
        return replace(app, product_owner=said.product_owner, product_owner_reason=said.product_owner_word.source)
    return replace(app, product_owner=listed.product_owner, product_owner_reason=listed.product_owner_word.said)


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
