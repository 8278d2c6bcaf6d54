"""The nights of a soak: a fleet that much goes wrong with, and its twin in which nothing does."""

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final

from bot.sandbox.clock import Clock
from bot.sandbox.github.sandbox import BOT_TOKEN
from tests.bench.soak import state
from tests.bench.soak.fleet import SoakFleet
from tests.bench.soak.small_disk import on_small_disk, why_not

DAY: Final = timedelta(days=1)
SHARE: Final = 0.05
_FREE_BYTES: Final = 48 * 1024
_REMEDY: Final = re.compile(r"\b(Check|Give|Run again|Free|Raise|Install|Make room|free some)\b", re.IGNORECASE)
_MOST_TOLD: Final = 20


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one run said."""

    code: int
    result: dict[str, Any]
    """As `--format json` has it; empty where the run ended early."""
    log: str = ""


class Disk(Enum):
    LARGE = auto()
    FULL = auto()
    """A small one, where this machine has it to offer."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a run takes place on."""

    disk: Disk = Disk.LARGE
    clock_off: timedelta = timedelta()


Runner = Callable[[SoakFleet, Machine], Told]


@dataclass(frozen=True, kw_only=True)
class Night:
    """What one night came to."""

    name: str
    told: Told
    writes: int
    seconds: float
    met: Counter[str] = field(default_factory=Counter)


def as_process(fleet: SoakFleet, machine: Machine) -> Told:
    """The command line, at the fleet's time."""
    command = [sys.executable, "-m", "tests.bench.soak.run", fleet.clock().isoformat(), str(machine.clock_off.total_seconds())]
    command += ["--config", str(fleet.config), "--log-format", "json", "run", "--format", "json"]
    if machine.disk is Disk.FULL and not why_not():
        command = on_small_disk(fleet.folder / "state", command, free_bytes=_FREE_BYTES)
    environment = {"PATH": os.environ["PATH"], "HOME": str(fleet.folder), "LANG": "C.UTF-8", "REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return Told(code=done.returncode, result=json.loads(done.stdout) if done.stdout.startswith("{") else {}, log=done.stderr)


_USUAL: Final = Machine()


@dataclass(kw_only=True)
class Soak:
    """`problems` says what was not as it should be."""

    disturbed: SoakFleet
    calm: SoakFleet
    seed: int
    share: float = SHARE
    """Of all answers, what fails."""
    run: Runner = as_process
    nights: list[Night] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _stood: dict[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def served(
        cls, folder: Path, *, seed: int, repos: int, images: int, share: float = SHARE, run: Runner = as_process
    ) -> Iterator["Soak"]:
        with ExitStack() as stack:
            fleets = []
            for name in ("disturbed", "calm"):
                (folder / name).mkdir()
                fleet = SoakFleet(folder=folder / name, repos=repos, images=images, clock=Clock())
                stack.enter_context(fleet.served())
                fleets.append(fleet)
            yield cls(disturbed=fleets[0], calm=fleets[1], seed=seed, share=share, run=run)

    def all_nights(self) -> Iterator[Night]:
        """Each as it is over."""
        broken, names = self.disturbed.broken, self.disturbed.names
        self.calm.start_other()
        self.disturbed.break_repos()
        yield self._night("all goes wrong", undone=broken)
        self._day_goes_by("1.4.10")
        self.disturbed.shorten_lists()
        yield self._night("lists shrink as well", undone=broken)
        self._day_goes_by("1.4.11")
        yield self._night("the disk is full", undone=names, machine=Machine(disk=Disk.FULL), says="disk")
        self._release("1.4.12")
        yield self._night("the clock is a year ahead", undone=names, machine=Machine(clock_off=365 * DAY), says="365 days ahead of")
        yield self._night("the clock is a day behind", undone=names, machine=Machine(clock_off=-DAY), says="24.0 hours behind")
        self._pass(timedelta(hours=6))
        yield self._night("all but these goes wrong", undone=broken)
        self.disturbed.mend()
        self.disturbed.start_other()
        self._pass(timedelta(hours=6))
        yield self._night("all is mended", is_whole=True)
        self._pass(2 * DAY)
        yield self._night("what had to wait", is_whole=True)
        self.problems += state.differences(self.disturbed, self.calm)
        self._pass(timedelta(hours=6))
        quiet = self._night("nothing is new", is_whole=True)
        if quiet.writes:
            self.problems.append(f"{quiet.name}: {quiet.writes} writes")
        yield quiet

    def _night(
        self,
        name: str,
        *,
        undone: Collection[str] = (),
        machine: Machine = _USUAL,
        says: str = "",
        is_whole: bool = False,
    ) -> Night:
        """One run over the fleet and one over its twin. Of the repos only `undone` may not be done; `says` is to be told, and in vain."""
        fleet = self.disturbed
        if not is_whole:
            fleet.leave_to_chance(seed=self.seed + len(self.nights), share=self.share)
        fleet.forget()
        started = time.perf_counter()
        told = self.run(fleet, machine)
        night = Night(name=name, told=told, writes=fleet.requests().writes, seconds=time.perf_counter() - started, met=fleet.met())
        self.nights.append(night)
        self._check(night, may_be_undone=len(undone), is_whole=is_whole)
        if says and not told.result and (says not in told.log or night.writes):
            self.problems.append(f"{name}: {night.writes} writes, and it did not say {says!r}: {told.log[-500:]}")
        if (calm := self.run(self.calm, _USUAL)).code:
            self.problems.append(f"{name}: the twin's run ended with {calm.code}: {calm.log[-500:]}")
        return night

    def _check(self, night: Night, *, may_be_undone: int, is_whole: bool) -> None:
        told, say = night.told, lambda what: self.problems.append(f"{night.name}: {what}")
        failures: list[str] = [*told.result.get("failures", ()), *(one["what"] for one in told.result.get("not_reached", ()))]
        if told.code != (0 if is_whole else 4):
            say(f"exit code {told.code}: {failures[:_MOST_TOLD]} {told.log[-500:]}")
        if "Traceback" in told.log:
            say(f"a traceback: {told.log[told.log.index('Traceback') :][:3000]}")
        if not told.result and "error: " not in told.log:
            say(f"it ended early and did not say why: {told.log[-500:]}")
        for one in failures:
            if "traceback in the log" in one or not _REMEDY.search(one):
                say(f"a failure without a remedy: {one}")
        done = told.result.get("repos", 0)
        if done < len(self.disturbed.names) - may_be_undone:
            say(f"{done} repos done: {failures[:_MOST_TOLD]}")
        for one in told.result.get("pull_requests", ()):
            if "closed" in str(one["outcome"]):
                say(f"closed: {one}")
        self._check_nothing_is_lower(night)

    def _check_nothing_is_lower(self, night: Night) -> None:
        for (name, branch), title in state.titles(self.disturbed).items():
            version = re.search(r" to (?:\d+\.)*(\d+)", title)
            before = self._stood.get((name, branch), 0)
            now = int(version[1]) if version else before
            if now < before:
                self.problems.append(f"{night.name}: {name} {branch} goes down from {before}: {title}")
            self._stood[name, branch] = now

    def _day_goes_by(self, tag: str) -> None:
        """Some images are released, and some repos have new commits: the same in both fleets."""
        for fleet in (self.disturbed, self.calm):
            fleet.pass_night()
        self._release(tag)

    def _release(self, tag: str) -> None:
        for fleet in (self.disturbed, self.calm):
            fleet.release(tag, every=5)

    def _pass(self, time_: timedelta) -> None:
        for fleet in (self.disturbed, self.calm):
            fleet.clock.advance(time_)
