"""The package that is asked for: a name, `type/name` or a package URL, with a range of versions."""

from dataclasses import dataclass
from typing import Final, Self

from packageurl import PackageURL

from bot.ledger.package_rows import KnownPackage, key_of
from bot.versions.package_ranges import InvalidRangeError, PackageRange

_TYPES: Final = frozenset({"apk", "cargo", "deb", "gem", "generic", "golang", "maven", "npm", "nuget", "pypi", "rpm"})


class InvalidPackageError(ValueError):
    """The text names no package; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPackage:
    """What packages it takes to be an answer."""

    type: str = ""
    """Empty: any."""
    namespace: str = ""
    """Empty: any."""
    name: str
    range: PackageRange

    @classmethod
    def parse(cls, text: str) -> Self:
        """The package that `text` names. Raises InvalidPackageError.

        A name with an `@` behind its last slash, which is not the first sign there, is written as a package URL, with `%40` for it.
        """
        if text.startswith("pkg:"):
            return cls._parse_purl(text)
        named, range_ = _split_range(text.strip())
        head, slash, rest = named.partition("/")
        type_, named = (head, rest) if slash and head in _TYPES else ("", named)
        namespace, _, name = named.replace(":", "/").rpartition("/")
        return cls._made(type_, namespace, name, range_, text)

    @classmethod
    def _parse_purl(cls, text: str) -> Self:
        named, range_ = _split_range(text)
        if range_ and range_[0] not in "<>=":
            # A plain version belongs to the URL, which may write it with escapes and put qualifiers behind it.
            named, range_ = text, None if range_[0] not in "?#" else ""
        try:
            purl = PackageURL.from_string(named)
        except ValueError as error:
            raise InvalidPackageError(f"no package URL: {text[:200]!r}; for example pkg:deb/debian/openssl@3.0.11-1") from error
        return cls._made(purl.type, purl.namespace or "", purl.name, range_ if range_ is not None else purl.version, text)

    @classmethod
    def _made(cls, type_: str, namespace: str, name: str, range_: str | None, text: str) -> Self:
        if not any(sign.isalnum() for sign in name):
            raise InvalidPackageError(f"no package: {text[:200]!r}; write a name, type/name or a package URL, for example openssl@<3.0.12")
        if range_ == "":
            raise InvalidPackageError(f"no limit behind the @: {text[:200]!r}; write one, for example @<3.0.12, or leave the @ out")
        try:
            return cls(type=type_, namespace=namespace, name=name, range=PackageRange.parse(range_ or ""))
        except InvalidRangeError as error:
            raise InvalidPackageError(f"{text[:200]!r}: {error}") from error

    def version_in(self, package: KnownPackage) -> str | None:
        """The version to judge, where the package is called so or was built from a source that is; None: it is another package."""
        if self.type not in {"", package.type} or not self._is_namespace_of(package):
            return None
        if self._is(package.type, package.name):
            return package.version
        if package.source_name and self._is(package.type, package.source_name):
            return package.source_version or package.version
        return None

    def _is_namespace_of(self, package: KnownPackage) -> bool:
        return not self.namespace or self.namespace.lower() == package.namespace.lower()

    def _is(self, package_type: str, name: str) -> bool:
        """Names are told apart as the ecosystem does, but for capitals, which people get wrong."""
        return key_of(name) == key_of(self.name) if package_type == "pypi" else name.lower() == self.name.lower()


def _split_range(text: str) -> tuple[str, str | None]:
    """Name and range of `name@range`; None: no range is written.

    Only a sign within what stands behind the last slash begins a range: one before that, or in front, is part of a name (`@types/node`).
    """
    scope, slash, last = text.rpartition("/")
    name, at, range_ = last.rpartition("@")
    return (f"{scope}{slash}{name}", range_.strip()) if at and name else (text, None)
