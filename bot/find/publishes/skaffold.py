"""Skaffold (skaffold.yaml reference): the images of `build.artifacts`, those of profiles among them."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.publishes.reader import Context, Reader, published
from bot.find.syntax.yaml import Scalar, read
from bot.find.syntax.yaml_paths import select
from bot.find.yaml_pins import is_yaml
from bot.model.published import Published

_API: Final = "skaffold/v"
_PLACES: Final = ("build.artifacts[].image", "profiles[].build.artifacts[].image")


class SkaffoldReader:
    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path)

    def read(self, path: PurePosixPath, text: str, context: Context) -> Iterator[Published]:
        if _API not in text:
            return
        stream = read(text)
        documents = [document for document in stream.mappings() if document.text("apiVersion").startswith(_API)]
        for node in (node for document in documents for place in _PLACES for node in select(document, place)):
            found = published(path, stream.line(node), node.value, by="skaffold", context=context) if isinstance(node, Scalar) else None
            if found:
                yield found


PLUGIN: Final[Reader] = SkaffoldReader()
