"""Argo CD: what files in an application's folder override of its source (argo-cd: Parameter Overrides).

`.argocd-source.yaml` speaks for each application of the folder, `.argocd-source-<application>.yaml` for one.
They hold fields of a source; a chart in the same folder has the values that they override.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.argo_cd import find_in_source
from bot.find.finder import Finder, Tree
from bot.find.helm_values import base_values
from bot.find.syntax.yaml import read
from bot.find.yaml_pins import YamlSource, distinct
from bot.model.pin import Finding

_FILES: Final = re.compile(r"\.argocd-source(?:-[^/]{1,253})?\.yaml")


class ArgoCdOverridesFinder:
    name = "argo-cd-source"

    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(path.name) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        base = base_values(path, tree)
        for document in source.stream.mappings():
            yield from distinct(find_in_source(source, document, base=base))


PLUGIN: Final[Finder] = ArgoCdOverridesFinder()
