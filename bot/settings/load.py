"""Reading the configuration: one file, the environment, and every fault at once."""

from collections.abc import Collection, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from bot.settings.check import validated
from bot.settings.document import Data, Document, read_document
from bot.settings.fault import Fault, SettingsError, suggestion
from bot.settings.secrets import environment_faults, read_secrets
from bot.settings.sections import PUBLIC_API, GitHub
from bot.settings.settings import DEFAULT_STAGES, Settings
from bot.settings.signatures import signature_paths

_CHECKOUT: Final = Path(__file__).parents[2] / "config" / "default.yaml"


def load(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """The settings of a file over the defaults, and what the environment adds; None: the defaults alone.

    Read from the environment: `REBUILD_BOT_GITHUB_TOKEN`, else `GITHUB_TOKEN`; `REBUILD_BOT_APP_ID` and
    `REBUILD_BOT_APP_PRIVATE_KEY`; `REBUILD_BOT_UPSTREAM_TOKEN`; `REBUILD_BOT_LEDGER_URL`; `REBUILD_BOT_WEBHOOK_URL`; the variables
    that `registries` and `scanners` name; and, where the file leaves them at their defaults, `GITHUB_API_URL` and `GITHUB_REPOSITORY`,
    which GitHub Actions sets.

    Raises SettingsError with every fault.
    """
    document = read_document("", file="") if path is None else _read(path)
    settings, faults = validated(document, Settings)
    all_faults = [*faults, *_disagreements(document), *environment_faults(environment)]
    if settings is None or all_faults:
        raise SettingsError(all_faults)
    settings = settings.model_copy(update={"github": _with_environment(settings.github, environment)})
    return settings.with_surroundings(
        secrets=read_secrets(environment, settings.registries, settings.scanners),
        home=Path(environment["HOME"]) if environment.get("HOME") else Path.home(),
        folder=Path() if path is None else path.parent,
        text="" if path is None else path.read_text(encoding="utf-8-sig", errors="replace"),
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the configuration, for editors; config/schema.json holds the same."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Settings.model_json_schema(by_alias=True),
        "title": "rebuild-bot configuration",
    }


def default_text() -> str:
    """The commented file that is the default and the documentation, as it stands in a checkout or in the installed package."""
    packaged = resources.files("bot") / "default-config.yaml"
    return (packaged if packaged.is_file() else _CHECKOUT).read_text(encoding="utf-8")


def unknown_apps(path: Path, apps: Collection[str]) -> Iterator[Fault]:
    """The places of a configuration without fault where an app is to be followed that is not among these."""
    document = _read(path)
    data = _mapping(document.data)
    places: list[tuple[str | int, ...]] = [("defaults", "follow")]
    places += [("rules", position, "follow") for position in range(len(_list(data.get("rules"))))]
    for place in places:
        name = document.written.get(place)
        if name and name != "null" and name not in apps:
            yield document.fault(place, f"follow: no app of the fleet file is called {name!r}{suggestion(name, apps)}")


def missing_paths(path: Path, settings: Settings) -> Iterator[Fault]:
    """The places of a configuration without fault that name a file or folder which is not there, as `settings` were loaded from it."""
    document = _read(path)
    signed = (*signature_paths(settings.signatures), *settings.admission.paths())
    for place, written in (*settings.assess.paths(), *settings.track.paths(), *signed):
        found = settings.beside(written)
        name = ".".join(str(step) for step in place if isinstance(step, str))
        if place[-1] == "advisories":
            if not found.is_dir():
                remedy = "make it with `rebuild-bot advisories fetch`, or write osv or off"
                yield document.fault(place, f"{name}: there is no folder {str(found)!r}; {remedy}")
        elif not found.exists():
            yield document.fault(place, f"{name}: there is no file or folder {str(found)!r}; correct the path; it is seen from here")


def _read(path: Path) -> Document:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsError([Fault(file=str(path), line=0, what=f"can't be read: {error.strerror or error}")]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([Fault(file=str(path), line=1, what="is not UTF-8; save it as UTF-8")]) from error
    return read_document(text, file=str(path))


def _with_environment(github: GitHub, environment: Mapping[str, str]) -> GitHub:
    """What GitHub Actions says of itself, where the file says nothing: a first run on one repo needs no file."""
    found: dict[str, Any] = {}
    api_url, repo = environment.get("GITHUB_API_URL"), environment.get("GITHUB_REPOSITORY")
    if api_url and github.api_url == PUBLIC_API:
        found["api_url"] = api_url
    if repo:
        if github.report_repo is None:
            found["report_repo"] = repo
        if not github.owners:
            found |= {"owners": (repo.partition("/")[0],), "repos": {"include": (repo,)}}
    try:
        return GitHub.model_validate(github.model_dump() | found)
    except ValidationError as error:
        names = {"GITHUB_API_URL" if "api_url" in detail["loc"] else "GITHUB_REPOSITORY" for detail in error.errors()}
        what = f"{' and '.join(sorted(names))}: not what GitHub Actions sets; mend or unset it"
        raise SettingsError([Fault(file="environment", line=0, what=what)]) from error


def _disagreements(document: Document) -> Iterator[Fault]:
    """What two places of the file say against each other; looked for in the plain data, so that other faults don't hide it."""
    yield from _twice(document, "rules", "name", "the rule")
    yield from _twice(document, "approved_bases", "dependency", "the base")
    yield from _twice(document, "scanners", "name", "the scanner")
    stages = _mapping(document.data).get("stages", DEFAULT_STAGES)
    known = list(_mapping(stages)) or list(DEFAULT_STAGES)
    for position, entry in enumerate(_list(_mapping(_mapping(document.data).get("track")).get("inventories"))):
        stage = _mapping(entry).get("stage")
        if isinstance(stage, str) and stage not in known:
            place: tuple[str | int, ...] = ("track", "inventories", position, "stage")
            yield document.fault(place, f"no stage is called {stage!r}{suggestion(stage, known)}")
    for position, rule in enumerate(_list(_mapping(document.data).get("rules"))):
        wanted = _list(_mapping(_mapping(rule).get("match")).get("stages"))
        for index, stage in enumerate(wanted):
            if isinstance(stage, str) and stage.isalnum() and stage not in known:
                place = ("rules", position, "match", "stages", index)
                yield document.fault(place, f"no stage is called {stage!r}{suggestion(stage, known)}")


def _twice(document: Document, section: str, key: str, noun: str) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for position, entry in enumerate(_list(_mapping(document.data).get(section))):
        name = _mapping(entry).get(key)
        if isinstance(name, str):
            place = (section, position, key)
            if name in seen:
                yield document.fault(place, f"{noun} {name!r} stands here a second time, first on line {seen[name]}; keep one of them")
            seen.setdefault(name, document.line_of(place))


def _mapping(data: object) -> Mapping[str, Data]:
    return data if isinstance(data, dict) else {}


def _list(data: object) -> list[Data]:
    return data if isinstance(data, list) else []
