"""What is declared beside what was read: the layers win, and where they differ it is said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.inspect.attached.bills import Bill
from bot.model.contents import Package

_DISTRIBUTIONS: Final = frozenset({"deb", "apk", "rpm"})
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    declared: tuple[Package, ...]
    """To be kept beside what was read."""
    disagreements: tuple[str, ...]


def merge(read: Sequence[Package], bill: Bill, where: str, *, is_whole: bool) -> Merged:
    """What of a bill's packages is kept: what the layers can't contradict.

    A database of a distribution is the whole truth about its packages, where all layers were read (`is_whole`). Of languages the layers
    tell only what is installed as files, so that what else is declared stays, as declared; another version of the same package does not.
    """
    known = {_key(package) for package in read}
    names = {key[:3] for key in known}
    types = {package.type for package in read}
    missing = [package for package in bill.packages if _key(package) not in known]
    contradicted = [package for package in missing if _key(package)[:3] in names or (is_whole and package.type in _DISTRIBUTIONS & types)]
    declared = {_key(package) for package in bill.packages}
    of_bill = {package.type for package in bill.packages}
    unnamed = [package for package in read if package.type in _DISTRIBUTIONS & of_bill and _key(package) not in declared]
    said = []
    if contradicted:
        said.append(f"{bill.form} ({where}) declares {_shown(contradicted)}, not so in the layers, which are believed")
    if unnamed:
        said.append(f"{bill.form} ({where}) does not name {_shown(unnamed)}, which the layers hold")
    refused = {_key(package) for package in contradicted}
    kept = tuple(package for package in missing if _key(package) not in refused)
    return Merged(declared=kept, disagreements=tuple(said))


def _key(package: Package) -> tuple[str, str, str, str]:
    """Type, namespace where it is part of the name, name, version."""
    namespace = "" if package.type in _DISTRIBUTIONS else package.namespace.lower()
    name = package.name.lower().replace("_", "-").replace(".", "-") if package.type == "pypi" else package.name
    return package.type, namespace, name, package.version.removeprefix("v") if package.type == "golang" else package.version


def _shown(packages: Iterable[Package]) -> str:
    names = [f"{package.name} {package.version}" for package in packages]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{len(names)} package{'s' * (len(names) > 1)} ({', '.join(names[:_SHOWN])}{more})"
