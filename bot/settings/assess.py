"""The section of the configuration on where what is known of holes comes from."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from bot.settings.sections import Url
from bot.settings.types import Section

OSV: Final = "osv"
OFF: Final = "off"


def _advisories(text: str) -> str:
    if text.lower() in {OSV, OFF} and text != text.lower():
        raise ValueError(f"{text!r} is written in small letters: {text.lower()}; a folder of that name is ./{text}")
    return text


def _path(text: str) -> str:
    if not text.isprintable():
        raise ValueError(f"{text!r} is no path; write it without line ends and control characters")
    return text


PathText = Annotated[str, Field(min_length=1), AfterValidator(_path)]
"""A file or folder, seen from the configuration's."""


class Assess(Section):
    """Where what is known of holes comes from."""

    advisories: Annotated[PathText, AfterValidator(_advisories)] = OSV
    """`osv`: the service is asked; `off`: nothing is; else the folder of a mirror."""
    osv_url: Url = "https://api.osv.dev"
    archives_url: Url = "https://osv-vulnerabilities.storage.googleapis.com"
    """Where the archives of whole ecosystems are, at `<ECOSYSTEM>/all.zip`."""
    vex: tuple[PathText, ...] = ()
    """Files or folders with statements that images are not affected."""
    reports: tuple[PathText, ...] = ()
    """Files or folders with reports of scanners."""
    end_of_life: Literal["refreshed", "shipped"] = "refreshed"
    """Until when distributions are cared for: by endoflife.date, asked once a week for each, or by what ships with the bot."""
    images_per_run: Annotated[int, Field(ge=0, le=100_000)] = 50
    """How many images in use are opened anew in one run, besides those of the updates that it proposes."""
    known_exploited: PathText | None = None
    """CISA's catalogue of known exploited vulnerabilities."""
    epss: PathText | None = None
    """EPSS's scores."""

    @property
    def mirror(self) -> str | None:
        """The mirror's folder as it is written; None: there is none."""
        return None if self.advisories in {OSV, OFF} else self.advisories

    def paths(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every path of this section as it is written, with its place in the configuration."""
        named = {"advisories": self.mirror, "known_exploited": self.known_exploited, "epss": self.epss}
        yield from ((("assess", key), path) for key, path in named.items() if path is not None)
        for key, paths in {"vex": self.vex, "reports": self.reports}.items():
            yield from ((("assess", key, position), path) for position, path in enumerate(paths))
