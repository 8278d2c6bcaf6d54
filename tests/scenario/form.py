"""What a scenario is: bases, apps, and what happens on which day. README.md beside this file tells the format."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Day = Annotated[int, Field(ge=0, le=400)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
BaseTag = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}:[A-Za-z0-9_.-]{1,40}$")]


class ScenarioError(Exception):
    """The file is no scenario; the message says what is wrong where."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AppForm(_Part):
    """One app in a repo of its own."""

    name: Name
    base: BaseTag
    pinned: bool = True
    """Whether its Dockerfile names the base's digest; else the tag alone, which moves under it."""
    publishes: bool = True
    stages: tuple[Name, ...] = ()
    """Those it is deployed in, the earliest first."""
    criticality: Literal["low", "medium", "high"] = "medium"
    owner: str = ""


class Release(_Part):
    """A base's publisher builds the tag again."""

    day: Day
    release: BaseTag


class Merge(_Part):
    """Somebody merges the app's open pull request; where there is none, nothing happens."""

    day: Day
    merge: Name


class Build(_Part):
    """The app is built and published."""

    day: Day
    build: Name
    base: Literal["files", "cache", "squashed"] = "files"
    """On what its files name now; on the base of its last build again, out of a cache; or flattened, so that no layer tells its base."""


class Deploy(_Part):
    """A stage gets the newest build, or goes back to the one before the one that it has."""

    day: Day
    deploy: Name
    stage: Name
    build: Literal["newest", "before"] = "newest"


class Outage(_Part):
    """The registry, or an app's repo, can't be reached for some nights."""

    day: Day
    outage: Literal["registry"] | Name
    days: Annotated[int, Field(ge=1, le=60)]


class Retire(_Part):
    """Somebody declares the app retired in the fleet file, or archives its repo: its clocks end with that."""

    day: Day
    retire: Name
    how: Literal["declared", "archived"] = "declared"


class Revive(_Part):
    """The app is cared for again, and its repo no archive."""

    day: Day
    revive: Name


Happening = Release | Merge | Build | Deploy | Outage | Retire | Revive


class Scenario(_Part):
    """Months of a fleet."""

    format: Literal[1]
    start: date = date(2026, 1, 5)
    days: Annotated[int, Field(ge=1, le=400)]
    bases: tuple[BaseTag, ...]
    """Each has its first build before day 0."""
    apps: tuple[AppForm, ...]
    stages: tuple[Name, ...] = ("qa", "production")
    events: tuple[Happening, ...] = ()
    """Those of a day happen in this order; the bot's run is in the night after them."""

    @model_validator(mode="after")
    def _names_what_there_is(self) -> "Scenario":
        apps = {app.name: app for app in self.apps}
        if len(apps) < len(self.apps):
            raise ValueError("two apps have the same name")
        if "registry" in apps:
            raise ValueError("an app must not be called registry: an outage could mean either")
        faults = [f"app {app.name} stands on {app.base}, which is none of the bases" for app in self.apps if app.base not in self.bases]
        faults += [f"app {app.name} is in stage {stage}, which is none" for app in self.apps for stage in {*app.stages} - {*self.stages}]
        faults += [fault for event in self.events for fault in _faults(event, apps, self)]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def on(self, day: int) -> list[Happening]:
        return [event for event in self.events if event.day == day]

    def app(self, name: str) -> AppForm:
        return next(app for app in self.apps if app.name == name)


def load(path: Path) -> Scenario:
    """The scenario in a YAML or JSON file. Raises ScenarioError."""
    try:
        return Scenario.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ScenarioError(f"{path}: {error}") from error
    except ValidationError as error:
        told = "\n".join(f"  {'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}" for fault in error.errors())
        raise ScenarioError(f"{path} is no scenario:\n{told}") from error


def _faults(event: Happening, apps: dict[str, AppForm], scenario: Scenario) -> list[str]:
    where = f"day {event.day}"
    faults = [f"{where} is behind the last day, {scenario.days - 1}"] if event.day >= scenario.days else []
    match event:
        case Release(release=base):
            faults += [f"{where}: {base} is none of the bases"] if base not in scenario.bases else []
        case Merge(merge=name) | Build(build=name) | Deploy(deploy=name):
            faults += [f"{where}: there is no app {name}"] if name not in apps else []
            if name in apps and not isinstance(event, Merge) and not apps[name].publishes:
                faults.append(f"{where}: {name} publishes no image")
            if isinstance(event, Deploy) and name in apps and event.stage not in apps[name].stages:
                faults.append(f"{where}: {name} is not in stage {event.stage}")
        case Retire(retire=name) | Revive(revive=name):
            faults += [f"{where}: there is no app {name}"] if name not in apps else []
        case Outage(outage=what):
            faults += [f"{where}: there is no app {what}, and it is not the registry"] if what not in {"registry", *apps} else []
    return faults
