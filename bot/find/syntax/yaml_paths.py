"""Places in YAML documents, written as paths: `jobs.*.docker[].image`."""

from collections.abc import Iterator

from bot.find.syntax.yaml import Mapping, Node, Sequence, walk


def select(root: Node, path: str) -> Iterator[Node]:
    """The nodes at a path, in reading order.

    Keys are parted by dots; `*` is any key, `[]` behind a key the items of its sequence, `**` the node itself and all below it.
    """
    nodes: list[Node] = [root]
    for step in path.split("."):
        key, items, _ = step.partition("[]")
        nodes = [found for node in nodes for found in _step(node, key)]
        if items:
            nodes = [item for node in nodes if isinstance(node, Sequence) for item in node.items]
    yield from nodes


def _step(node: Node, key: str) -> Iterator[Node]:
    if key == "**":
        yield from walk(node)
    elif isinstance(node, Mapping) and key == "*":
        yield from (value for _, value in node.entries())
    elif isinstance(node, Mapping):
        found = node.get(key)
        if found is not None:
            yield found
