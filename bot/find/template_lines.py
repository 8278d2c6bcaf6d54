"""Templates of manifests that even with their braces covered are no YAML: read line by line."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.literal_lines import find_in_lines
from bot.find.syntax.yaml import read
from bot.find.yaml_pins import YamlSource, is_yaml
from bot.model.pin import Finding


class TemplateLinesFinder:
    """The documents of a manifest's file that can't be parsed. Helm's partials (`_helpers.tpl`) hold no manifests."""

    name = "template"
    precedence = -5

    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path) or (path.suffix == ".tpl" and not path.name.startswith("_"))

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - a line stands for itself
        if "apiVersion" not in text or "image:" not in text:
            return
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        for problem in source.stream.problems:
            document = problem.span.of(text)
            if "apiVersion:" in document and "kind:" in document and "kind: ConfigMap" not in document:
                yield from find_in_lines(source, problem.span)


PLUGIN: Final[Finder] = TemplateLinesFinder()
