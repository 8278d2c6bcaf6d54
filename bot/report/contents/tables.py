"""Contents as rows for people, and as Markdown."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final

from bot.model.contents import Contents, KnownBy, Layer
from bot.model.sizes import in_words
from bot.report.contents.words import facts
from bot.report.markdown import code, plain, table
from bot.report.printable import printable

_INSTRUCTION: Final = 80


def layer_rows(contents: Contents) -> Iterator[dict[str, object]]:
    """Each layer, the lowest first, with what of it is still there."""
    brought = Counter(package.layer for package in contents.packages)
    for number, layer in enumerate(contents.layers, start=1):
        yield {
            "number": number,
            "digest": layer.digest.short,
            "size": size_text(layer),
            "packages": brought[layer.diff_id] or "",
            "instruction": instruction(layer),
        }


def package_rows(contents: Contents) -> Iterator[dict[str, object]]:
    numbers = {layer.diff_id: number for number, layer in enumerate(contents.layers, start=1)}
    for package in contents.packages:
        yield {
            "type": package.type,
            "name": printable(package_name(package.type, package.namespace, package.name)),
            "version": printable(package.version),
            "source": printable(package.source_name if package.source_name != package.name else ""),
            "layer": "declared" if package.known_by is KnownBy.DECLARED else numbers.get(package.layer, ""),
        }


def markdown(contents: Contents, today: date) -> str:
    """The facts, the layers and the packages; names of others are neutralised."""
    parts = [
        table(["", ""], ([heading, plain(text)] for heading, text in facts(contents, today))),
        table(["#", "Layer", "Size", "Packages", "Instruction"], (_cells(row, code_in="instruction") for row in layer_rows(contents))),
        table(["Type", "Package", "Version", "Source", "Layer"], (_cells(row) for row in package_rows(contents))),
    ]
    said = [*map(str, contents.not_read), *contents.disagreements]
    if said:
        parts.append("**Not read, or in doubt**\n\n" + "".join(f"- {plain(line)}\n" for line in said))
    return "\n".join(parts)


def size_text(layer: Layer) -> str:
    return in_words(layer.size_bytes)


def instruction(layer: Layer) -> str:
    """What made the layer, short."""
    return printable(layer.created_by)[:_INSTRUCTION]


def package_name(type_: str, namespace: str, name: str) -> str:
    """As people of that ecosystem write it."""
    if type_ in {"npm", "golang", "maven"} and namespace:
        return f"{namespace}{':' if type_ == 'maven' else '/'}{name}"
    return name


def _cells(row: dict[str, object], code_in: str = "") -> list[str]:
    return [code(str(value)) if key == code_in else plain(str(value)) for key, value in row.items()]
