"""Values of Helm charts: `values*.yaml`, what a folder of values holds, and the other YAML beside a Chart.yaml."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.argo_cd import find_in_source, listed_sources
from bot.find.finder import Finder, Tree
from bot.find.helm_chart import CHART
from bot.find.image_map import find_images
from bot.find.syntax.yaml import Mapping, read
from bot.find.yaml_pins import YamlSource, distinct, is_yaml, may_pin
from bot.model.pin import Finding

_VALUES_FILE: Final = re.compile(r"(?:.*[._-])?values(?:[._-].*)?\.ya?ml(?:\.[a-z0-9]+)?", re.ASCII | re.IGNORECASE)
_BASE: Final = "values.yaml"
_VALUES_FOLDER: Final = re.compile(r"(?:helm-?)?values", re.ASCII | re.IGNORECASE)


class HelmValuesFinder:
    """A file whose name or folder says that it holds values, by name, by the folder's name, or by the chart in it."""

    name = "helm-values"

    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path)

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:
        is_named = bool(_VALUES_FILE.fullmatch(path.name) or _VALUES_FOLDER.fullmatch(path.parent.name))
        if not is_named and (not may_pin(text) or "apiVersion" in text or tree.read(path.parent / CHART) is None):
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        values = [document for document in source.stream.mappings() if not (document.text("apiVersion") and document.text("kind"))]
        base = base_values(path, tree) if values else None
        yield from distinct(found for document in values for found in _find_in_values(source, document, base))


def _find_in_values(source: YamlSource, values: Mapping, base: Mapping | None) -> Iterator[Finding]:
    yield from find_images(source, values, is_helm=True, base=base)
    if "repoURL" in source.stream.text:
        for part in listed_sources(values):
            yield from find_in_source(source, part)


def base_values(path: PurePosixPath, tree: Tree) -> Mapping | None:
    """The values.yaml beside a file, which it overrides; None where there is none, and for that file itself."""
    text = tree.read(path.parent / _BASE) if path.name != _BASE else None
    return next(read(text).mappings(), None) if text else None


PLUGIN: Final[Finder] = HelmValuesFinder()
