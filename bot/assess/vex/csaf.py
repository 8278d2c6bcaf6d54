"""CSAF 2.0 and 2.1 (OASIS): VEX documents and security advisories, as far as their products name packages, images or systems."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bot.assess.fields import MAX_ENTRIES, Object, UnreadableError, mapping, moment, objects, text, texts, within
from bot.model.assessment import VexStatement, VexStatus

_MAX_DEPTH: Final = 30
_STATES: Final = {
    "fixed": VexStatus.FIXED,
    "first_fixed": VexStatus.FIXED,
    "known_not_affected": VexStatus.NOT_AFFECTED,
    "known_affected": VexStatus.AFFECTED,
    "first_affected": VexStatus.AFFECTED,
    "last_affected": VexStatus.AFFECTED,
    "under_investigation": VexStatus.UNDER_INVESTIGATION,
}

Names = tuple[str, ...]


def is_csaf(document: Object) -> bool:
    return bool(text(within(document, "document").get("csaf_version")))


def statements(document: Object, where: str) -> Iterator[VexStatement]:
    """What it says: for each vulnerability and status one statement for the parts of each product. Raises UnreadableError."""
    head = mapping(document.get("document"))
    tree = _Tree.of(mapping(document.get("product_tree")))
    at = moment(within(head, "tracking").get("current_release_date"))
    author = text(within(head, "publisher").get("name"))
    for vulnerability in objects(document.get("vulnerabilities")):
        names = frozenset(_names(vulnerability))
        reasons = tree.reasons(vulnerability)
        told = mapping(vulnerability.get("product_status"))
        for word, status in _STATES.items():
            grouped: dict[tuple[Names, str, bool], list[str]] = {}
            for product_id in texts(told.get(word)):
                products, parts = tree.identity(product_id)
                grouped.setdefault((products, reasons.get(product_id, ""), bool(parts)), []).extend(parts)
            for (whole, reason, _), inside in grouped.items():
                yield VexStatement(
                    names=names,
                    products=whole,
                    subcomponents=tuple(dict.fromkeys(inside)),
                    status=status,
                    reason=reason,
                    author=author,
                    at=at,
                    where=where,
                )


def _names(vulnerability: Object) -> Iterator[str]:
    """The CVE and its other names; a number in somebody's list of bugs is none."""
    yield from texts(vulnerability.get("cve"))
    for told in objects(vulnerability.get("ids")):
        name = text(told.get("text"))
        if name and not name.isdecimal():
            yield name


@dataclass(slots=True)
class _Tree:
    """The products of a document by their ids."""

    names: dict[str, Names] = field(default_factory=dict)
    relations: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The part, and what it is a part of or installed on."""
    groups: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Object) -> "_Tree":
        tree = cls()
        for product in objects(told.get("full_product_names")):
            tree._add(product, is_range=False)
        for branch in objects(told.get("branches")):
            tree._branch(branch, depth=0)
        for relation in objects(told.get("relationships")):
            product = mapping(relation.get("full_product_name"))
            ends = (text(relation.get("product_reference")), text(relation.get("relates_to_product_reference")))
            tree.relations[text(product.get("product_id"))] = ends
        for group in objects(told.get("product_groups")):
            tree.groups[text(group.get("group_id"))] = texts(group.get("product_ids"))
        return tree

    def _branch(self, branch: Object, *, depth: int) -> None:
        if depth > _MAX_DEPTH or len(self.names) > MAX_ENTRIES:
            raise UnreadableError("its tree of products has no end")
        self._add(mapping(branch.get("product")), is_range=branch.get("category") == "product_version_range")
        for inner in objects(branch.get("branches")):
            self._branch(inner, depth=depth + 1)

    def _add(self, product: Object, *, is_range: bool) -> None:
        """A range of versions has a package URL without one, which would name all versions: of it only the words are kept."""
        product_id = text(product.get("product_id"))
        if not product_id:
            return
        helper = mapping(product.get("product_identification_helper"))
        told = (helper.get("purl"), helper.get("purls"), helper.get("cpe"))
        found = () if is_range else tuple(name for value in told for name in texts(value))
        self.names[product_id] = found or (text(product.get("name")) or product_id,)

    def identity(self, product_id: str) -> tuple[Names, Names]:
        """What a product is called, and which part of it is meant; no part: the whole."""
        relation = self.relations.get(product_id)
        if relation is None:
            return self.names.get(product_id, (product_id,)), ()
        part, whole = relation
        for _ in range(_MAX_DEPTH):
            if whole not in self.relations:
                break
            whole = self.relations[whole][1]
        return self.names.get(whole, (whole,)), self.names.get(part, (part,))

    def reasons(self, vulnerability: Object) -> dict[str, str]:
        """Why products are not affected: the label of the specification, and what is said of the impact."""
        found: dict[str, list[str]] = {}
        flags = [(flag, text(flag.get("label"))) for flag in objects(vulnerability.get("flags"))]
        threats = [threat for threat in objects(vulnerability.get("threats")) if threat.get("category") == "impact"]
        for told, said in [*flags, *((threat, text(threat.get("details"))) for threat in threats)]:
            of_groups = [product for group in texts(told.get("group_ids")) for product in self.groups.get(group, [])]
            for product_id in dict.fromkeys([*texts(told.get("product_ids")), *of_groups]):
                found.setdefault(product_id, []).append(said)
        return {product_id: ": ".join(filter(None, dict.fromkeys(said))) for product_id, said in found.items()}
