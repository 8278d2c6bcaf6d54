"""What is known of an assessed image: its vulnerabilities, and whether it would be known to have one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.assess.packages import OF_DISTRIBUTIONS
from bot.model.assessment import AssessedImage, Hole, Vulnerability, vulnerabilities
from bot.model.contents import KnownBy, Package


def names_of(one: Vulnerability) -> frozenset[str]:
    """Every name that a vulnerability goes by."""
    return frozenset(name for hole in one for name in hole.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One image, ready to be asked."""

    image: AssessedImage
    vulnerabilities: Sequence[Vulnerability]
    names: frozenset[str]
    checked: frozenset[Package]
    by_name: dict[tuple[str, str, str], list[Package]] = field(default_factory=dict)
    """By type, namespace, and name of the package or of its source."""

    @classmethod
    def of(cls, image: AssessedImage) -> "Known":
        found = vulnerabilities(image.assessment.holes)
        by_name: dict[tuple[str, str, str], list[Package]] = {}
        for package in image.contents.packages:
            for name in {package.name, package.source_name or package.name}:
                by_name.setdefault((package.type, package.namespace, name), []).append(package)
        return cls(
            image=image,
            vulnerabilities=found,
            names=frozenset(name for one in found for name in names_of(one)),
            checked=frozenset(image.assessment.checked),
            by_name=by_name,
        )

    def has(self, one: Vulnerability) -> bool:
        return not self.names.isdisjoint(names_of(one))

    def was_checked_for(self, one: Vulnerability) -> bool:
        """Whether the image would be known to have the vulnerability if it had it."""
        return all(self._was_checked_for(hole) for hole in one)

    def _was_checked_for(self, hole: Hole) -> bool:
        """By one of those at least who tell of the hole."""
        if any(unread.is_layer for unread in self.image.contents.not_read):
            return False
        names = {source.name for source in self.image.assessment.data}
        return any(self._was_checked_by(hole.package, name) for name in hole.told_by if name in names)

    def _was_checked_by(self, package: Package, name: str) -> bool:
        checked = self.image.assessment.checked_by.get(name, self.checked)
        keys = {(package.type, package.namespace, name) for name in (package.name, package.source_name or package.name)}
        here = [other for key in keys for other in self.by_name.get(key, ())]
        if here:
            return checked.issuperset(here)
        return self._would_show(package, checked) and not self.image.contents.not_read

    def _would_show(self, package: Package, checked: frozenset[Package]) -> bool:
        """Whether a package that is not seen would be seen if it were there: of a distribution, by that distribution's own database."""
        contents = self.image.contents
        if package.known_by is KnownBy.DECLARED:
            return any(source.known_by is KnownBy.DECLARED for source in contents.sources)
        if package.type in OF_DISTRIBUTIONS:
            return any((other.type, other.namespace) == (package.type, package.namespace) for other in checked)
        return bool(checked)
