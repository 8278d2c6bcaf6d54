"""A comparison of two images as rows, as Markdown and as plain values."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final

from bot.model.comparison import Change, Comparison, PackageChange
from bot.model.sizes import in_words
from bot.report.contents.document import Row, layer_row
from bot.report.contents.tables import instruction, package_name, size_text
from bot.report.contents.words import system_text
from bot.report.markdown import code, number_of, plain, table
from bot.report.printable import printable

_MAX_NAMES: Final = 6


def facts(comparison: Comparison, today: date) -> Iterator[tuple[str, str]]:
    """What there is to say of both as a whole: heading and text."""
    old, new = comparison.old, comparison.new
    yield "Old", f"{old.image} ({old.digest})"
    yield "New", f"{new.image} ({new.digest})"
    before, after = system_text(old.operating_system, today), system_text(new.operating_system, today)
    yield "System", after if before == after else f"{before} -> {after}"
    size = sum(layer.size_bytes for layer in new.layers) - sum(layer.size_bytes for layer in old.layers)
    kept = f"{number_of(len(comparison.kept_layers), 'layer')} kept, {len(comparison.new_layers)} new"
    yield "Layers", f"{kept}, {len(comparison.old_layers)} gone; {_change_of(size)}"


def _change_of(size_bytes: int) -> str:
    """`4.2 MB more`."""
    return f"{in_words(abs(size_bytes))} {'more' if size_bytes > 0 else 'less'}" if size_bytes else "of the same size"


def summary(comparison: Comparison) -> str:
    """`12 packages differ: 1 downgraded, 11 upgraded`; where not all was compared, it says so."""
    return "nothing differs" if comparison.is_same else _packages_text(comparison)


def _packages_text(comparison: Comparison) -> str:
    counts = Counter(one.change for one in comparison.packages)
    kinds = ", ".join(f"{counts[change]} {change.value}" for change in Change if counts[change])
    count = len(comparison.packages)
    said = f"{number_of(count, 'package')} {'differs' if count == 1 else 'differ'}: {kinds}" if kinds else "no package differs"
    if comparison.not_compared:
        return f"{said} as far as they could be compared; {number_of(len(comparison.not_compared), 'part')} could not"
    return said


def platform_text(platform: str, other: Comparison | str) -> str:
    """What is not the same on another platform of an image, in one line."""
    if isinstance(other, str):
        return f"{platform}: not compared: {other}"
    names = [package_name(one.type, one.namespace, one.name) for one in other.packages]
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    named = f" ({', '.join(names[:_MAX_NAMES])}{more})" if names else ""
    return f"{platform}: {_packages_text(other)}{named}"


def platform_row(platform: str, other: Comparison | str) -> Row:
    """The stable contract of `inspect --format json`, key `other_platforms`."""
    if isinstance(other, str):
        return {"platform": platform, "problem": other, "packages": [], "not_compared": []}
    return {
        "platform": platform,
        "problem": None,
        "packages": [_package_row(one) for one in other.packages],
        "not_compared": list(other.not_compared),
    }


def _package_row(one: PackageChange) -> Row:
    return {
        "change": one.change.value,
        "type": one.type,
        "namespace": one.namespace or None,
        "name": one.name,
        "old": list(one.old),
        "new": list(one.new),
    }


def difference_rows(comparison: Comparison) -> Iterator[dict[str, object]]:
    for one in comparison.differences:
        aspect = f"{one.aspect} {one.name}".strip()
        yield {
            "aspect": printable(aspect),
            "old": printable(one.old),
            "new": printable(one.new),
            "careful": "!" if one.needs_attention else "",
        }


def package_rows(comparison: Comparison) -> Iterator[dict[str, object]]:
    for one in comparison.packages:
        yield {
            "change": one.change.value,
            "type": one.type,
            "name": printable(package_name(one.type, one.namespace, one.name)),
            "old": printable(", ".join(one.old)),
            "new": printable(", ".join(one.new)),
        }


def layer_rows(comparison: Comparison) -> Iterator[dict[str, object]]:
    """The layers that are gone, then those that are new."""
    for which, layers in (("gone", comparison.old_layers), ("new", comparison.new_layers)):
        for layer in layers:
            yield {"which": which, "digest": layer.digest.short, "size": size_text(layer), "instruction": instruction(layer)}


def markdown(comparison: Comparison, today: date) -> str:
    """All of it; names of others are neutralised."""
    parts = [
        table(["", ""], ([heading, plain(text)] for heading, text in facts(comparison, today))),
        _table(["Runs otherwise", "Old", "New", ""], difference_rows(comparison)),
        _table(["Change", "Type", "Package", "Old", "New"], package_rows(comparison)),
        _table(["Layer", "Digest", "Size", "Instruction"], layer_rows(comparison), code_in="instruction"),
    ]
    if comparison.not_compared:
        parts.append("**Not compared**\n\n" + "".join(f"- {plain(line)}\n" for line in comparison.not_compared))
    return "\n".join([*filter(None, parts), f"{plain(summary(comparison))}\n"])


def comparison_row(comparison: Comparison) -> Row:
    """The stable contract of `compare --format json`."""
    return {
        "old": {"image": comparison.old.image, "digest": comparison.old.digest, "platform": comparison.old.platform},
        "new": {"image": comparison.new.image, "digest": comparison.new.digest, "platform": comparison.new.platform},
        "is_same": comparison.is_same,
        "packages": [_package_row(one) for one in comparison.packages],
        "differences": [
            {"aspect": one.aspect, "name": one.name or None, "old": one.old, "new": one.new, "needs_attention": one.needs_attention}
            for one in comparison.differences
        ],
        "layers": {
            "kept": [layer_row(layer) for layer in comparison.kept_layers],
            "gone": [layer_row(layer) for layer in comparison.old_layers],
            "new": [layer_row(layer) for layer in comparison.new_layers],
        },
        "not_compared": list(comparison.not_compared),
    }


def _table(head: list[str], rows: Iterator[dict[str, object]], *, code_in: str = "") -> str:
    cells = [[code(str(value)) if key == code_in else plain(str(value)) for key, value in row.items()] for row in rows]
    return table(head, cells) if cells else ""
