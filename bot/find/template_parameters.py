"""What fills the templates of Argo CD's objects, where it stands in the same repo: generators of ApplicationSets, values of a chart."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import islice, product
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import ListedTree
from bot.find.syntax.yaml import Mapping as YamlMapping
from bot.find.syntax.yaml import Node, Scalar, read

Parameters = Mapping[str, str]
"""By the dotted name that a template uses."""
_EXPRESSION: Final = re.compile(r"\{\{-?[ \t]{0,9}\.?([A-Za-z_][\w.-]{0,200})(?:[ \t]{0,9}\|[ \t]{0,9}quote)?[ \t]{0,9}-?\}\}", re.ASCII)
_VALUES: Final = "Values"
_MOST: Final = 1_000
_MAX_DEPTH: Final = 8
_MAX_FILE: Final = 1_000_000
_FILLED: Final = 2_000


def filled(text: str, parameters: Parameters) -> str:
    """A text with what is known in the place of its expressions; what is not known, or is no mere name, stays as it is."""
    return _EXPRESSION.sub(lambda match: parameters.get(match[1], match[0])[:_FILLED], text) if "{{" in text else text


def of_generators(manifest: YamlMapping, tree: ListedTree, *, own: Collection[str]) -> Iterator[Parameters]:
    """What each Application of an ApplicationSet is made of; an empty one where a generator asks something beside the repo.

    `own`: the addresses of the repo that the tree is of, as `address` writes them.
    """
    generators = manifest.sequence("spec", "generators")
    for generator in generators.mappings() if generators else ():
        yield from islice(_of_generator(generator, tree, own), _MOST)


def _of_generator(generator: YamlMapping, tree: ListedTree, own: Collection[str]) -> Iterator[Parameters]:
    elements = generator.sequence("list", "elements")
    git, parts = generator.mapping("git"), generator.sequence("matrix", "generators")
    if elements:
        yield from (dict(_flat(element)) for element in elements.mappings())
    elif git is not None and address(git.text("repoURL")) in own and not git.text("revision").startswith("{{"):
        yield from _of_git(git, tree)
    elif parts:
        each = [list(islice(_of_generator(part, tree, own), _MOST)) for part in parts.mappings()]
        yield from ({key: value for one in some for key, value in one.items()} for some in product(*each))
    else:
        yield {}


def _of_git(git: YamlMapping, tree: ListedTree) -> Iterator[Parameters]:
    files, folders = git.sequence("files"), git.sequence("directories")
    for entry in files.mappings() if files else ():
        for path in tree.paths():
            if _matches(path, entry.text("path")):
                text = tree.read(path) or ""
                for document in read(text).mappings() if len(text) <= _MAX_FILE else ():
                    yield {**dict(_flat(document)), **_of_path(path.parent)}
    if folders:
        entries = list(folders.mappings())
        wanted = [entry.text("path") for entry in entries if entry.text("exclude") != "true"]
        not_wanted = [entry.text("path") for entry in entries if entry.text("exclude") == "true"]
        all_folders = {folder for path in tree.paths() for folder in path.parents if folder.parts}
        for folder in sorted(all_folders):
            if any(_matches(folder, one) for one in wanted) and not any(_matches(folder, one) for one in not_wanted):
                yield _of_path(folder)


def _of_path(folder: PurePosixPath) -> Parameters:
    """As Argo CD names them, by plain and by Go templates."""
    return {"path": str(folder), "path.path": str(folder), "path.basename": folder.name}


def of_chart(file: PurePosixPath, tree: ListedTree) -> Parameters | None:
    """The default values of the chart whose template a file is; None: it is none."""
    folder = chart_of(file, tree)
    if folder is None:
        return None
    found = next(iter(read(tree.read(folder / "values.yaml") or "").mappings()), None)
    return {f"{_VALUES}.{name}": value for name, value in _flat(found)} if found else {}


def chart_of(file: PurePosixPath, tree: ListedTree) -> PurePosixPath | None:
    """The folder of the chart whose template a file is."""
    folders = (parent.parent for parent in file.parents if parent.name == "templates")
    return next((folder for folder in folders if folder / "Chart.yaml" in tree.files(folder)), None)


def _flat(node: Node, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(node, Scalar):
        if prefix:
            yield prefix, node.value
    elif isinstance(node, YamlMapping) and depth < _MAX_DEPTH:
        for key, value in node.entries():
            yield from _flat(value, f"{prefix}.{key.value}" if prefix else key.value, depth + 1)


def address(url: str) -> str:
    """An address of a repo, so that those of one repo are equal by the usual ways of writing it."""
    return url.lower().removesuffix("/").removesuffix(".git")


def _matches(path: PurePosixPath, pattern: str) -> bool:
    """As Argo CD matches: `*` within a part of the path, `**` over parts."""
    places = {0}
    wanted = [part for part in pattern.split("/") if part not in {"", "."}]
    for part in path.parts:
        after = set[int]()
        for place in _past_stars(places, wanted):
            if place < len(wanted):
                if wanted[place] == "**":
                    after.add(place)
                elif fnmatchcase(part, wanted[place]):
                    after.add(place + 1)
        places = after
    return len(wanted) in _past_stars(places, wanted)


def _past_stars(places: set[int], wanted: Sequence[str]) -> set[int]:
    found = set(places)
    for place in sorted(places):
        while place < len(wanted) and wanted[place] == "**":
            place += 1  # noqa: PLW2901
            found.add(place)
    return found
