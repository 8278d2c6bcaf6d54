"""A headless Chromium that is driven by its own protocol over a pipe: pages are opened, asked, typed into and photographed."""

import json
import os
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from select import select
from time import monotonic

from tests.pictures.taking import chromium

_SECONDS = 60
_OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--remote-debugging-pipe"),
    *("--disable-background-networking", "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND"),
)


class BrowserError(Exception):
    """It ended, said nothing in time, or the page threw."""


@dataclass
class Page:
    """One tab."""

    _write: int
    _read: int
    session: str = ""
    events: list[dict] = field(default_factory=list)
    _number: int = 0
    _left: bytes = b""

    def send(self, method: str, **params: object) -> dict:
        """Call a method of the DevTools protocol, and wait for its answer."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": params} | ({"sessionId": self.session} if self.session else {})
        os.write(self._write, json.dumps(asked).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == self._number:
                if "error" in told:
                    raise BrowserError(f"{method}: {told['error']}")
                return told["result"]
            self.events.append(told)

    def open(self, address: str) -> None:
        """Go to a page, and wait until it is loaded."""
        self.events.clear()
        self.send("Page.navigate", url=address)
        self.wait("Page.loadEventFired")

    def wait(self, event: str) -> None:
        while not any(one.get("method") == event for one in self.events):
            self.events.append(self._next())

    def ask(self, script: str) -> object:
        """The value of an expression in the page; of a promise what it comes to."""
        told = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            raise BrowserError(str(told["exceptionDetails"].get("exception", told["exceptionDetails"])))
        return told["result"].get("value")

    def press(self, key: str, *, text: str = "") -> None:
        """One key: `Tab`, `Enter`; or a letter."""
        code = {"Tab": 9, "Enter": 13, " ": 32}.get(key, ord(key[0]))
        about = {"key": key, "code": key, "windowsVirtualKeyCode": code} | ({"text": text} if text else {})
        self.send("Input.dispatchKeyEvent", type="keyDown", **about)
        self.send("Input.dispatchKeyEvent", type="keyUp", **about)

    def look(self, *, width: int, height: int = 1400, is_dark: bool = False, media: str = "") -> None:
        """As wide as a screen, light or dark, or as on paper (`print`)."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.send("Emulation.setEmulatedMedia", media=media, features=[scheme])

    def picture(self) -> bytes:
        """A PNG of what is seen."""
        return b64decode(self.send("Page.captureScreenshot", format="png")["data"])

    def _next(self) -> dict:
        end = monotonic() + _SECONDS
        while b"\0" not in self._left:
            ready, _, _ = select([self._read], [], [], max(end - monotonic(), 0))
            got = os.read(self._read, 1 << 20) if ready else b""
            if not got:
                raise BrowserError("the browser said nothing in time" if not ready else "the browser ended")
            self._left += got
        told, _, self._left = self._left.partition(b"\0")
        return json.loads(told)


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """A tab of a browser of its own, which ends with it. Raises BrowserError, OSError."""
    to_browser, write = os.pipe()
    read, from_browser = os.pipe()
    program = [str(chromium()), *_OPTIONS, f"--user-data-dir={profile}", "about:blank"]

    def as_third_and_fourth() -> None:
        # The two may stand in each other's place.
        first, second = os.dup(to_browser), os.dup(from_browser)
        os.dup2(first, 3)
        os.dup2(second, 4)

    process = subprocess.Popen(program, preexec_fn=as_third_and_fourth, close_fds=False, stderr=subprocess.DEVNULL)  # noqa: PLW1509
    os.close(to_browser)
    os.close(from_browser)
    try:
        page = Page(write, read)
        (target, *_) = [one for one in page.send("Target.getTargets")["targetInfos"] if one["type"] == "page"]
        page.session = page.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            page.send(f"{domain}.enable")
        yield page
    finally:
        page.session = ""
        os.close(write)
        os.close(read)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
