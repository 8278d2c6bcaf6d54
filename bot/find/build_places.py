"""Where an image is built: the lines of a Dockerfile and of a workflow that a remedy speaks of."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.syntax.dockerfile.expand import ExpansionError
from bot.find.syntax.dockerfile.reader import Instruction, read
from bot.find.syntax.dockerfile.scope import Scope
from bot.find.syntax.dockerfile.stages import Stages, stage_name
from bot.find.syntax.lines import Lines
from bot.model.rebuild import BuildLine, BuildPlace

_STEP: Final = re.compile(r"^[ \t]*(?:-[ \t]*)?uses:[ \t]*['\"]?docker/(?:build-push|bake)-action@", re.ASCII | re.MULTILINE)
_KEPT: Final = frozenset({"RUN"})
_MAX_CHARACTERS: Final = 1_000_000
_MAX_TEXT: Final = 2_000
_MAX_PLACES: Final = 500


def build_places(path: PurePosixPath, text: str) -> tuple[BuildPlace, ...]:
    """The FROM and RUN lines of a Dockerfile with their stages, or the steps of a workflow that build an image; at most 500.

    A stage that the last one is built on is part of what is published. That another target may be built is not known here.
    """
    if len(text) > _MAX_CHARACTERS:
        return ()
    found = _of_workflow(path, text) if path.suffix in {".yml", ".yaml"} else _of_dockerfile(path, text)
    return tuple(found)[:_MAX_PLACES]


def _of_workflow(path: PurePosixPath, text: str) -> Iterator[BuildPlace]:
    lines = Lines(text)
    for step in _STEP.finditer(text):
        line = lines.line(step.end())
        written = text[lines.start(line) :].partition("\n")[0].strip()[:_MAX_TEXT]
        yield BuildPlace(kind=BuildLine.BUILD_STEP, file=str(path), line=line, text=written)


def _of_dockerfile(path: PurePosixPath, text: str) -> Iterator[BuildPlace]:
    dockerfile = read(text, lambda offset: offset, also=_KEPT)
    lines, scope, stages, names = Lines(text), Scope(dockerfile.escape), Stages(), list[str]()
    below: list[int | None] = []
    found: list[tuple[int, Instruction]] = []
    for instruction in dockerfile.instructions:
        match instruction.keyword:
            case "ARG":
                scope.declare(instruction)
            case "FROM":
                words = instruction.words()
                name = stage_name(words)
                below.append(stages.add(_base(scope, instruction), name))
                names.append(name or str(len(names)))
                scope.begin_stage()
                found.append((len(names) - 1, instruction))
            case "RUN" if names:
                found.append((len(names) - 1, instruction))
            case _:
                pass
    published = set(_down(below))
    for stage, instruction in found:
        kind = BuildLine.FROM if instruction.keyword == "FROM" else BuildLine.RUN
        yield BuildPlace(
            kind=kind,
            file=str(path),
            line=lines.line(instruction.offset),
            text=f"{instruction.keyword} {instruction.arguments.text}"[:_MAX_TEXT],
            stage=names[stage],
            is_final=stage in published,
        )


def _base(scope: Scope, instruction: Instruction) -> str:
    words = instruction.words()
    try:
        return scope.resolve(words[0]).text.text if words else ""
    except ExpansionError:
        return ""


def _down(below: list[int | None]) -> Iterator[int]:
    """The last stage, and those that it is built on."""
    stage = len(below) - 1 if below else None
    while stage is not None:
        yield stage
        stage = below[stage]
