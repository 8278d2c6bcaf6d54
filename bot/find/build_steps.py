"""The steps of workflows that build an image and push it: by which Dockerfile, and how one of its layers is kept out of the cache."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from bot.clients.plain_yaml import Plain, read_yaml
from bot.clients.text import decode
from bot.find.edit import CannotEditError
from bot.find.publishes.reader import Context, published
from bot.find.publishes.workflows import BUILD, environment, images_of, pushes
from bot.find.rebuild_edits import spliced
from bot.find.syntax.yaml import Mapping, Scalar, Stream, Style, read
from bot.find.syntax.yaml_paths import select
from bot.model.edit import Edit, FileChange
from bot.model.pin import Span

_FILTERS: Final = "no-cache-filters"
_MAX_CHARACTERS: Final = 1_000_000
_HERE: Final = "{{defaultContext}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildStep:
    """One step of docker/build-push-action that pushes."""

    file: PurePosixPath
    line: int
    """1-based, of its `uses`."""
    names: tuple[str, ...]
    """Registry and repository of each image that it is known to push."""
    dockerfile: PurePosixPath | None
    """Relative to the top of the repo; None: an expression, or another repo's."""
    target: str | None
    """The stage that is published; empty: the last one; None: an expression says."""


def build_steps(path: PurePosixPath, text: str, *, repo: str) -> tuple[BuildStep, ...]:
    """The steps of a workflow or an action that build and push images, in order; `repo` is `owner/name`."""
    if len(text) > _MAX_CHARACTERS or BUILD not in text:
        return ()
    return tuple(step for step, _ in _steps(read(text), path, repo))


def without_cache(step: BuildStep, data: bytes, stage: str, *, repo: str) -> tuple[FileChange, int]:
    """The workflow with `no-cache-filters: STAGE` in the step, and the line that it stands in.

    The edit is proved: read again as plain data, nothing but that input is new. Raises CannotEditError where that is not certain.
    """
    text, _ = decode(data)
    stream = read(text)
    found = next((node for one, node in _steps(stream, step.file, repo) if one.line == step.line), None)
    inputs = None if found is None else found.mapping("with")
    first = next(inputs.entries(), None) if inputs is not None else None
    if inputs is None or first is None:
        raise CannotEditError(f"the step in line {step.line} of {step.file} has no inputs")
    if inputs.get(_FILTERS) is not None or inputs.get("no-cache") is not None:
        raise CannotEditError(f"the step in line {step.line} of {step.file} has a rule of its own for its cache")
    key = first[0]
    start = stream.lines.start(stream.line(key))
    indent = text[start : key.span.start]
    if indent.strip() or not indent or key.style is not Style.PLAIN:
        raise CannotEditError(f"the inputs of the step in line {step.line} of {step.file} are not written one a line")
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    edit = Edit(file=step.file, span=Span(start, start), old="", new=f"{indent}{_FILTERS}: {stage}{end_of_line}")
    change = spliced(step.file, data, edit)
    _prove(step, data, change.new, stage)
    return change, stream.lines.line(start)


def _steps(stream: Stream, path: PurePosixPath, repo: str) -> Iterator[tuple[BuildStep, Mapping]]:
    for document in stream.mappings():
        jobs = [(node, "steps[]") for node in select(document, "jobs.*")] or [(document, "runs.steps[]")]
        for job, place in jobs:
            if not isinstance(job, Mapping):
                continue
            steps = [step for step in select(job, place) if isinstance(step, Mapping)]
            known = replace(Context(repo=repo), variables={**environment(document), **environment(job)})
            for step in steps:
                uses = step.scalar("uses")
                if uses is None or not uses.value.startswith(BUILD) or not pushes(step):
                    continue
                yield _step(stream, path, step, uses, names=_names(stream, path, step, steps, known)), step


def _names(stream: Stream, path: PurePosixPath, step: Mapping, steps: Sequence[Mapping], known: Context) -> tuple[str, ...]:
    found = (published(path, stream.line(scalar), text, by="workflow", context=known) for scalar, text in images_of(step, steps))
    return tuple(dict.fromkeys(one.name for one in found if one is not None and one.name is not None))


def _step(stream: Stream, path: PurePosixPath, step: Mapping, uses: Scalar, *, names: tuple[str, ...]) -> BuildStep:
    target = step.text("with", "target")
    return BuildStep(
        file=path,
        line=stream.line(uses),
        names=names,
        dockerfile=_dockerfile(step.text("with", "context"), step.text("with", "file")),
        target=None if "$" in target else target,
    )


def _dockerfile(context: str, file: str) -> PurePosixPath | None:
    """By the action's own words: `file` stands in the checkout, and is the context's Dockerfile where none is named."""
    folder = context.strip() or "."
    folder = folder.removeprefix(_HERE).removeprefix(":") or "." if folder.startswith(_HERE) else folder
    wanted = file.strip() or f"{folder}/Dockerfile"
    if any(sign in wanted for sign in ("$", "://", "{", "\n")) or wanted.startswith("/"):
        return None
    parts = [part for part in PurePosixPath(wanted).parts if part != "."]
    return PurePosixPath(*parts) if parts and ".." not in parts else None


def _prove(step: BuildStep, old: bytes, new: bytes, stage: str) -> None:
    try:
        before, after = read_yaml(old), read_yaml(new)
    except ValueError as error:
        raise CannotEditError(f"{step.file} can't be read as it was meant") from error
    if list(_new_in(before, after)) != [(_FILTERS, stage)]:
        raise CannotEditError(f"{step.file} would change in more than it was meant to")


def _new_in(before: Plain, after: Plain) -> Iterator[tuple[str, Plain]]:
    """Each key that only the one after has, with its value; anything else that differs comes without a key."""
    match before, after:
        case dict(), dict():
            for key in after.keys() - before.keys():
                yield key, after[key]
            for key, value in before.items():
                yield from _new_in(value, after[key]) if key in after else [("", None)]
        case list(), list() if len(before) == len(after):
            for one, other in zip(before, after, strict=True):
                yield from _new_in(one, other)
        case _:
            if before != after:
                yield "", after
