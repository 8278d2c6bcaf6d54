"""Images in a workflow beside `container`, `services` and `uses`: in `env`, `with`, commands, and the matrix that a container reads.

A registry's host or a digest makes them certain, and the place says whether they are read or written: what a workflow builds is an output.
"""

import re
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.image_keys import normal_key
from bot.find.publishes.reader import Context
from bot.find.publishes.workflows import PLUGIN as WORKFLOWS
from bot.find.reference import Literal, find_reference
from bot.find.script_words import Script, find_in_script, outputs_of_commands
from bot.find.syntax.yaml import Mapping, Node, Scalar
from bot.find.syntax.yaml_paths import select
from bot.find.yaml_pins import YamlSource, full_reference
from bot.model.pin import Finding, Pin, Role

_ENVIRONMENTS: Final = ("env", "jobs.*.env", "jobs.*.steps[].env", "runs.steps[].env")
_INPUTS: Final = ("jobs.*.with", "jobs.*.steps[].with", "runs.steps[].with")
_COMMANDS: Final = ("jobs.*.steps[].run", "runs.steps[].run", "jobs.*.steps[].with.args", "jobs.*.steps[].with.script")
_BUILD_ARGUMENT: Final = re.compile(r"(?<![^\s\"'])[A-Za-z_]\w{0,100}=(?P<image>[^\s\"'#]{3,400})(?![^\s\"'])", re.ASCII)
_BUILD_ARGUMENTS: Final = frozenset({"buildargs", "buildarg"})
_OUTPUT: Final = re.compile(r"(?:^|[_-])(?:img|target|output|dest|destination|push|publish|tags?|release)(?:[_-]|$)", re.IGNORECASE)
"""Words in the names of variables and inputs for what is built."""
_SPEAKING: Final = ("image", "images", "imagename", "imageref", "builder", "container", "baseimage")
_WRITTEN: Final = re.compile(r"(?:\btags?:|\bpush\b|[ \t]-t\b|--tag\b)[^\n]{0,200}?(?:env\.|\$\{?)(?P<name>\w{1,100})", re.ASCII)
_MATRIX: Final = re.compile(r"\$\{\{[ \t]*matrix\.(?P<way>[\w-]{1,100}(?:\.[\w-]{1,100}){0,3})[ \t]*\}\}", re.ASCII)
_DOUBT: Final = "whether this action reads or writes the image is not known: an annotation makes it a pin"


def outputs_of(path: PurePosixPath, text: str) -> frozenset[str]:
    """The names, in normal form, of the images that a workflow builds."""
    return outputs_of_commands(path, text) | {image.name for image in WORKFLOWS.read(path, text, Context()) if image.name}


def find_in_values(source: YamlSource, document: Mapping, outputs: Collection[str]) -> Iterator[Finding]:
    """The images in variables, inputs and commands of a workflow or action."""
    written = {match["name"] for match in _WRITTEN.finditer(source.stream.text)}
    for environment in _mappings(document, _ENVIRONMENTS):
        for key, value in environment.entries():
            if isinstance(value, Scalar) and not _OUTPUT.search(key.value) and key.value not in written:
                yield from _read(source, value, outputs)
    for inputs in _mappings(document, _INPUTS):
        for key, value in inputs.entries():
            if isinstance(value, Scalar):
                yield from _find_in_input(source, key.value, value, outputs)
    stream = source.stream
    script = Script(file=source.file, finder=source.finder, text=stream.text, lines=stream.lines, role=Role.CI_IMAGE, outputs=outputs)
    for command in (node for place in _COMMANDS for node in select(document, place)):
        if isinstance(command, Scalar):
            yield from find_in_script(script, command.span)


def matrix_values(job: Mapping, image: Scalar) -> tuple[Scalar, ...]:
    """The entries of a job's matrix that an image is, where it is nothing but such an expression; none where they are not written there."""
    match = _MATRIX.fullmatch(image.value)
    matrix = job.mapping("strategy", "matrix") if match else None
    if match is None or matrix is None:
        return ()
    first, *rest = match["way"].split(".")
    listed, included = matrix.sequence(first), matrix.sequence("include")
    nodes: list[Node | None] = [
        *(listed.items if listed else ()),
        *(entry.get(first) for entry in (included.mappings() if included else ())),
    ]
    found = [node.at(*rest) if isinstance(node, Mapping) and rest else node for node in nodes]
    return tuple(dict.fromkeys(node for node in found if isinstance(node, Scalar) and node.value and not node.is_null))


def _find_in_input(source: YamlSource, key: str, value: Scalar, outputs: Collection[str]) -> Iterator[Finding]:
    if normal_key(key) in _BUILD_ARGUMENTS:
        stream = source.stream
        for match in _BUILD_ARGUMENT.finditer(stream.text, value.span.start, value.span.end):
            if full_reference(match["image"]) == match["image"]:
                literal = Literal(
                    file=source.file, finder=source.finder, text=match["image"], start=match.start("image"), lines=stream.lines
                )
                yield find_reference(literal, role=Role.BUILD_BASE)
    elif not _OUTPUT.search(key):
        for found in _read(source, value, outputs):
            is_certain = isinstance(found, Pin) and (found.digest is not None or normal_key(key).endswith(_SPEAKING))
            yield found if is_certain else source.skip(value, _DOUBT)


def _read(source: YamlSource, value: Scalar, outputs: Collection[str]) -> Iterator[Finding]:
    part = full_reference(value.value)
    found = source.reference(value, role=Role.CI_IMAGE, part=part) if part else None
    if found and not (isinstance(found, Pin) and found.dependency.name in outputs):
        yield found


def _mappings(document: Mapping, places: Collection[str]) -> Iterator[Mapping]:
    return (node for place in places for node in select(document, place) if isinstance(node, Mapping))
