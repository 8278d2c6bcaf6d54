"""What people are told is written for people: names of classes are for the log."""

import ast
from collections.abc import Iterator
from pathlib import Path

BOT = Path(__file__).parents[2] / "bot"
FILES = sorted(path for path in BOT.rglob("*.py") if "sandbox" not in path.parts)


def told_class_names(tree: ast.AST, *, in_log: bool = False) -> Iterator[int]:
    """The lines where the name of an object's class goes into a text that is not the log's."""
    for node in ast.iter_child_nodes(tree):
        is_log = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "log"
        is_text = isinstance(node, ast.FormattedValue) and ").__name__" in ast.unparse(node)
        if is_text and not in_log and not is_log:
            yield node.lineno
        yield from told_class_names(node, in_log=in_log or is_log)


def test_no_text_for_people_names_a_class():
    found = {str(path.relative_to(BOT)): list(told_class_names(ast.parse(path.read_text(encoding="utf-8")))) for path in FILES}

    assert {path: lines for path, lines in found.items() if lines} == {}


def test_the_law_sees_what_it_is_about():
    source = 'raise ValueError(f"{where}: {type(error).__name__}")\nlog.info("failed", error=f"{type(error).__name__}")\n'

    assert list(told_class_names(ast.parse(source))) == [1]
