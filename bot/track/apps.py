"""The apps of a repo: those that the fleet file declares, and the repo itself."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from bot.model.fleet import App, Repo
from bot.model.published import Published
from bot.settings.sections import Phases
from bot.track import codeowners
from bot.track.fleet_file import FleetEntry
from bot.track.phase import infer_phase

_OFFICIAL: Final = "docker.io/library/"


def apps_of(
    repo: Repo,
    fleet: Sequence[FleetEntry],
    *,
    read_file: Callable[[PurePosixPath], str | None],
    published: Iterable[Published] = (),
    phases: Phases,
    now: datetime,
) -> tuple[App, ...]:
    """Every app of a repo, the repo as a whole among them (it has what no folder's app holds), by their folders.

    Owners come from the fleet file, else from CODEOWNERS; the phase from the fleet file, else it is inferred; the images that an app
    publishes from the fleet file, else they are those of `published` whose files are the app's and no deeper one's.
    """
    entries = [entry for entry in fleet if entry.repo.lower() == repo.full_name.lower()]
    if not any(entry.path == PurePosixPath() for entry in entries):
        entries.append(FleetEntry(name=_free_name(repo, fleet), repo=repo.full_name))
    owners = codeowners.read(read_file)
    inferred, reason = infer_phase(repo, phases, now)
    built = _images_by_folder(published, [entry.path for entry in entries])
    return tuple(
        App(
            name=entry.name,
            repo=repo.full_name,
            path=entry.path,
            owners=entry.owners or owners.owners_of_app(entry.path),
            criticality=entry.criticality,
            phase=entry.phase or inferred,
            phase_reason="declared" if entry.phase else reason,
            images=entry.images or built.get(entry.path, ()),
        )
        for entry in sorted(entries, key=lambda entry: entry.path)
    )


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
