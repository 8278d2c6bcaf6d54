"""What an instruction of an image's history does to packages, read from its words.

The words are the builder's own, and what a script does that they call is not known: this tells why a package is old, never that it is not.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from typing import Final

_MAX_CHARACTERS: Final = 20_000
_MAX_SHOWN: Final = 100
_SIGNS: Final = ("&&", "||", ";", "|", "\n", "(", ")", "{", "}")
"""What ends a command in a shell. Quotes are not told apart: a command in quotes is one to a person as well."""
_WITH_VALUE: Final = frozenset(
    {"-o", "-t", "-c", "-x", "-X", "--option", "--target-release", "--repo", "--repository", "--setopt", "--releasever", "--exclude"}
)
_EXCLUDES: Final = ("-x", "--exclude", "--excludepkgs")


class Act(Enum):
    UPGRADE = auto()
    INSTALL = auto()
    HOLD = auto()


@dataclass(frozen=True, slots=True)
class _Manager:
    upgrade: frozenset[str]
    install: frozenset[str]
    hold: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_APT: Final = _Manager(_words("upgrade dist-upgrade full-upgrade safe-upgrade"), _words("install reinstall"), _words("hold"))
_DNF: Final = _Manager(
    _words("upgrade update upgrade-minimal update-minimal distro-sync dist-upgrade up dup patch"),
    _words("install in reinstall localinstall groupinstall"),
    _words("versionlock addlock al"),
)
_PIP: Final = _Manager(frozenset(), _words("install sync add"))
_MANAGERS: Final = {
    "deb": {"apt-get": _APT, "apt": _APT, "aptitude": _APT, "apt-mark": _Manager(frozenset(), frozenset(), _words("hold"))},
    "apk": {"apk": _Manager(_words("upgrade fix"), _words("add"))},
    "rpm": dict.fromkeys(("dnf", "dnf5", "microdnf", "yum", "tdnf", "zypper"), _DNF),
    "pypi": dict.fromkeys(("pip", "pip3", "uv", "poetry", "pipenv", "pdm"), _PIP),
    "npm": dict.fromkeys(("npm", "yarn", "pnpm"), _Manager(_words("update upgrade up"), _words("install ci i add"))),
    "gem": dict.fromkeys(("bundle", "gem"), _Manager(_words("update"), _words("install"))),
}
_ALL_OF_IT: Final = {"deb": _words("unattended-upgrade unattended-upgrades")}
"""Programs that upgrade without being told to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One call of a package manager."""

    act: Act
    verb: str
    names: tuple[str, ...] = ()
    """What it names, with versions as written; none: everything."""
    options: tuple[str, ...] = ()
    excluded: tuple[str, ...] = field(default=())


@lru_cache(maxsize=4096)
def commands(instruction: str, package_type: str) -> tuple[Command, ...]:
    """The calls of the package managers that look after packages of a type."""
    managers, own = _MANAGERS.get(package_type, {}), _ALL_OF_IT.get(package_type, frozenset())
    return tuple(
        command
        for words in _split(instruction[:_MAX_CHARACTERS])
        for place, word in enumerate(words)
        if (command := _command(word.rpartition("/")[2], words[place + 1 :], managers, own)) is not None
    )


def _split(text: str) -> Iterator[Sequence[str]]:
    text = text.replace("\\\n", " ")
    for sign in _SIGNS:
        text = text.replace(sign, "\0")
    for part in text.split("\0"):
        if words := part.replace('"', " ").replace("'", " ").split():
            yield words


def _command(program: str, words: Sequence[str], managers: dict[str, _Manager], own: Collection[str]) -> Command | None:
    if program in own:
        return Command(act=Act.UPGRADE, verb=program)
    manager = managers.get(program)
    if manager is None:
        return None
    for place, word in enumerate(words):
        acts = {Act.UPGRADE: manager.upgrade, Act.INSTALL: manager.install, Act.HOLD: manager.hold}
        act = next((act for act, verbs in acts.items() if word in verbs), None)
        if act is not None:
            return _told(act, word, [*words[:place], *words[place + 1 :]])
    return None


def _told(act: Act, verb: str, words: Sequence[str]) -> Command:
    names, options, excluded = [], [], []
    is_value_of = ""
    for word in words:
        if is_value_of:
            excluded += [word] if is_value_of in _EXCLUDES else []
            is_value_of = ""
        elif word.startswith("-"):
            option, _, value = word.partition("=")
            options.append(option)
            excluded += value.split(",") if option in _EXCLUDES and value else []
            is_value_of = option if option in _WITH_VALUE and not value else ""
        elif word.startswith("#"):
            break
        else:
            names.append(word)
    return Command(act=act, verb=verb, names=tuple(names), options=tuple(options), excluded=tuple(excluded))


def fetches(instruction: str, package_type: str, names: Collection[str]) -> bool:
    """Whether it brings the newest of one of these packages when it is run: it upgrades all, or names one."""
    return any(
        (command.act is Act.UPGRADE and not command.names) or (command.act is not Act.HOLD and any(_named(command, name) for name in names))
        for command in commands(instruction, package_type)
    )


def installs(instruction: str, package_type: str) -> bool:
    """Whether it has a package manager bring packages of the type at all."""
    return any(command.act is not Act.HOLD for command in commands(instruction, package_type))


def upgrades(instruction: str, package_type: str) -> bool:
    """Whether it upgrades all packages of the type that are there."""
    return any(command.act is Act.UPGRADE and not command.names for command in commands(instruction, package_type))


def keeps_from_new_packages(instruction: str) -> bool:
    """Whether it is an upgrade of apt-get that leaves alone what needs a package that is not there yet (apt-get(8), `upgrade`)."""
    found = [command for command in commands(instruction, "deb") if command.act is Act.UPGRADE and command.verb == "upgrade"]
    return bool(found) and all("--with-new-pkgs" not in command.options for command in found)


def held_by(instruction: str, package_type: str, names: Collection[str]) -> str:
    """How it holds one of these packages at a version (`pins openssl=3.0.11-1`); empty: it does not."""
    for command in commands(instruction, package_type):
        for name in sorted(names):
            pinned = next((word for word in command.names if _pins(word, package_type, name)), None)
            if pinned and command.act is not Act.HOLD:
                return f"names the version: {shown(pinned)}"
            if command.act is Act.HOLD and any(_is(word, name) for word in command.names):
                return f"holds {name} ({command.verb})"
            if any(_is(word, name) for word in command.excluded):
                return f"leaves {name} out (--exclude)"
    return ""


def is_copy(instruction: str) -> bool:
    """Whether it copies files, from the build's folder or from another stage."""
    words = instruction[:_MAX_SHOWN].removeprefix("/bin/sh -c ").removeprefix("#(nop)").split()
    return bool(words) and words[0] in {"COPY", "ADD"}


def shown(instruction: str) -> str:
    """The instruction in one line, cut."""
    text = " ".join(instruction[: 10 * _MAX_SHOWN].split()).removesuffix(" # buildkit")
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def _named(command: Command, name: str) -> bool:
    return any(_is(word, name) or _pins(word, "", name) for word in command.names)


def _is(word: str, name: str) -> bool:
    """`libssl*`, `libssl3:amd64` and `libssl3` are all `libssl3`."""
    word = word.partition(":")[0]
    return name.startswith(word[:-1]) if word.endswith("*") and len(word) > 1 else word == name


def _pins(word: str, package_type: str, name: str) -> bool:
    rest = word.removeprefix(name)
    if rest == word or not rest:
        return False
    if package_type in {"rpm", ""} and rest[0] == "-" and rest[1:2].isdigit():
        return True
    return package_type != "rpm" and rest.startswith(("=", "<", "~", "=="))
