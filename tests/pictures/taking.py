"""Bodies and issues -> pages -> pictures."""

import shutil
import subprocess
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from markupsafe import escape

from bot.propose.marker import visible
from bot.sandbox.pages.markdown import render
from tests.pictures.bodies import bodies
from tests.pictures.issues import issues


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a page is looked at."""

    width: int
    """In pixels."""
    is_dark: bool = False


LOOKS: Final = {"light": Look(width=1000), "dark": Look(width=1000, is_dark=True), "phone": Look(width=390)}
_HEIGHT: Final = 1500
_SECONDS: Final = 120


def chromium() -> str | None:
    """The browser; None: there is none."""
    return next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


def shapes() -> dict[str, str]:
    """A page of each pull request and each weekly issue."""
    requests = {name: page(proposal.title, visible(proposal.body)) for name, proposal in bodies().items()}
    return requests | {name: page(text.title, text.body) for name, text in issues().items()}


def page(title: str, markdown: str) -> str:
    """A thread as a page, with the style of the sandbox's own."""
    style = (resources.files("bot.sandbox.pages") / "templates" / "style.css").read_text(encoding="utf-8")
    body = render(markdown, lambda address: address)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(title)}</title><style>{style}</style></head><body>'
        f'<main class="wide"><h1>{escape(title)}</h1><div class="prose">{body}</div></main></body></html>'
    )


def take(folder: Path, *, looks: Collection[str] = tuple(LOOKS)) -> Iterator[Path]:
    """A page of each shape, and its pictures where there is a browser. Raises CalledProcessError, TimeoutExpired."""
    folder.mkdir(parents=True, exist_ok=True)
    browser = chromium()
    for name, html in shapes().items():
        written = folder / f"{name}.html"
        written.write_text(html, encoding="utf-8")
        yield written
        for look in looks if browser else ():
            wanted = LOOKS[look]
            picture = folder / f"{name}-{look}.png"
            command = [
                str(browser),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                f"--user-data-dir={folder}/profile",
            ]
            command += [f"--window-size={wanted.width},{_HEIGHT}", f"--screenshot={picture}", written.as_uri()]
            command[1:1] = ["--blink-settings=preferredColorScheme=0"] if wanted.is_dark else []
            subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)
            yield picture
