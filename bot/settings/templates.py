"""Templates that an organisation writes: a small part of Jinja2 over plain data, without calls and assignments, bounded in its cost."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from bot.settings.fault import suggestion

MAX_TEMPLATE_CHARACTERS: Final = 4_000
MAX_LINE_CHARACTERS: Final = 200
"""Of a title or a commit's first line; GitHub takes 256."""
MAX_TEXT_CHARACTERS: Final = 50_000
_MOST_CHARACTERS: Final = 200_000
"""Before what is made of it is looked at: no more than this is ever put together."""
_MAX_LOOPS: Final = 2
_TOO_DEEP: Final = "it is nested too deeply"
_BRANCH: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._+=/-]{0,180}[A-Za-z0-9])?", re.ASCII)
_FILTERS: Final = frozenset(
    {"capitalize", "count", "d", "default", "first", "join", "last", "length", "lower", "map", "rejectattr", "selectattr", "trim"}
    | {"truncate", "unique", "upper"}
)
_NODES: Final = frozenset(
    {"Template", "Output", "TemplateData", "Name", "Const", "Getattr", "Getitem", "If", "CondExpr", "For", "Compare", "Operand", "And"}
    | {"Or", "Not", "Filter", "Concat", "Test", "Keyword", "List", "Tuple"}
)
_REMEDY: Final = "plain values, if, for and filters are there"


class TemplateFaultError(ValueError):
    """The template is no template, or what it gives can't be used; the message says which and why."""


def render(template: str, variables: Mapping[str, object], *, finalize: Callable[[object], object] = str) -> str:
    """What the template gives. Raises TemplateFaultError."""
    from jinja2 import TemplateError  # noqa: PLC0415 - loaded where somebody wrote a template

    try:
        return _joined(_compiled(template, finalize).generate(variables)).strip()
    except RecursionError as error:
        raise TemplateFaultError(_TOO_DEEP) from error
    except TemplateFaultError:
        raise
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise TemplateFaultError(f"it can't be filled in: {str(error)[:200]}") from error


def _joined(pieces: Iterable[str]) -> str:
    found: list[str] = []
    left = _MOST_CHARACTERS
    for piece in pieces:
        found.append(piece)
        left -= len(piece)
        if left < 0:
            raise TemplateFaultError(f"it gives more than {_MOST_CHARACTERS:,} characters")
    return "".join(found)


def line(text: str) -> str:
    """A title, or the first line of a commit. Raises TemplateFaultError where it is empty, too long, or more than a line."""
    if not text:
        raise TemplateFaultError("it gives an empty text")
    if "\n" in text or not text.isprintable():
        raise TemplateFaultError("it gives more than one line")
    if len(text) > MAX_LINE_CHARACTERS:
        raise TemplateFaultError(f"it gives more than {MAX_LINE_CHARACTERS} characters")
    return text


def message(text: str) -> str:
    """A commit message. Raises TemplateFaultError."""
    line(text.partition("\n")[0])
    if len(text) > MAX_TEXT_CHARACTERS:
        raise TemplateFaultError(f"it gives more than {MAX_TEXT_CHARACTERS:,} characters")
    return text


def branch(text: str) -> str:
    """A branch as git takes it (git-check-ref-format(1)), without what a shell would need quotes for. Raises TemplateFaultError."""
    parts = text.split("/")
    if not _BRANCH.fullmatch(text) or ".." in text or any(not part or part[0] in ".-" or part.endswith((".lock", ".")) for part in parts):
        raise TemplateFaultError(f"it gives {text[:80]!r}, which is no good name of a branch: letters, digits, - _ . + = and / are")
    return text


def check(template: str, sample: Mapping[str, object]) -> str:
    """What the template gives for a sample. Raises TemplateFaultError for all that can be known before it is used."""
    from jinja2 import TemplateSyntaxError, nodes  # noqa: PLC0415

    if len(template) > MAX_TEMPLATE_CHARACTERS:
        raise TemplateFaultError(f"it is longer than {MAX_TEMPLATE_CHARACTERS:,} characters")
    try:
        tree = _environment(str).parse(template)
    except TemplateSyntaxError as error:
        raise TemplateFaultError(f"not a template: {error.message} (its line {error.lineno})") from error
    except RecursionError as error:
        raise TemplateFaultError(_TOO_DEEP) from error
    try:
        fault = next(_faults(tree, nodes, sample, 0), None)
    except RecursionError as error:
        raise TemplateFaultError(_TOO_DEEP) from error
    if fault is not None:
        raise TemplateFaultError(fault)
    return render(template, sample)


def check_branch(template: str) -> None:
    """Raises TemplateFaultError where two apps, or two topics of one, could get the same branch: a pull request is found again by it."""
    apps, topics = ("a", "b", "a-b", "a.b", "b-a", "a-b-a"), ("a", "b", "b-a", "b.a", "a-b", "b-a-major")
    seen: dict[str, tuple[str, str]] = {}
    for app in apps:
        for topic in topics:
            name = branch(check(template, {"app": app, "topic": topic}))
            if name.lower() in seen:
                raise TemplateFaultError(
                    f"app {seen[name.lower()][0]!r} with topic {seen[name.lower()][1]!r} and app {app!r} with topic {topic!r} both get the "
                    f"branch {name!r}; use both, parted by a /: '{{{{ app }}}}/{{{{ topic }}}}'"
                )
            if any(f"{name}/".lower().startswith(f"{other}/") or other.startswith(f"{name}/".lower()) for other in seen):
                raise TemplateFaultError(f"the branch {name!r} and another would be file and folder at once, which git refuses")
            seen[name.lower()] = (app, topic)


def _faults(node: Any, nodes: Any, known: Mapping[str, object], loops: int) -> Iterator[str]:  # noqa: ANN401 - the library's own types
    kind = type(node).__name__
    if kind not in _NODES:
        yield f"{kind.lower()!r} is not there in templates (its line {node.lineno}); {_REMEDY}"
        return
    if isinstance(node, nodes.Filter):
        yield from _faults_of_filter(node, nodes, loops)
    if isinstance(node, nodes.Name) and node.ctx == "load" and node.name not in known:
        yield f"nothing is called {node.name!r} here{suggestion(node.name, known)}"
    if isinstance(node, nodes.For):
        loops += 1
        names = [name.name for name in (node.target, *node.target.find_all(nodes.Name)) if isinstance(name, nodes.Name)]
        known = {**known, **dict.fromkeys(names), "loop": None}
        if loops > _MAX_LOOPS:
            yield f"more than {_MAX_LOOPS} loops in one another are not there in templates"
        yield from _faults(node.iter, nodes, known, loops)
        for inner in (*node.body, *node.else_, *([node.test] if node.test else [])):
            yield from _faults(inner, nodes, known, loops)
        return
    for inner in node.iter_child_nodes():
        yield from _faults(inner, nodes, known, loops)


def _faults_of_filter(node: Any, nodes: Any, loops: int) -> Iterator[str]:  # noqa: ANN401
    if node.name not in _FILTERS:
        yield f"no filter is called {node.name!r}{suggestion(node.name, _FILTERS)}"
    if node.name == "join" and node.node is not None and _joins(node.node, nodes):
        yield "join within join is not there in templates"
    if node.name == "join" and loops == _MAX_LOOPS:
        yield f"join within {_MAX_LOOPS} loops is not there in templates"


def _joins(node: Any, nodes: Any) -> bool:  # noqa: ANN401
    return any(isinstance(inner, nodes.Filter) and inner.name == "join" for inner in (node, *node.find_all(nodes.Filter)))


@lru_cache(maxsize=64)
def _compiled(template: str, finalize: Callable[[object], object]) -> Any:  # noqa: ANN401
    return _environment(finalize).from_string(template)


@lru_cache(maxsize=8)
def _environment(finalize: Callable[[object], object]) -> Any:  # noqa: ANN401
    from jinja2 import StrictUndefined  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=finalize, trim_blocks=True, lstrip_blocks=True)
    environment.globals.clear()
    return environment
