"""GitHub Actions: the tags of docker/build-push-action where it pushes, also those that docker/metadata-action makes of `images`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from bot.find.publishes.reader import Context, Reader, published
from bot.find.syntax.yaml import Mapping as YamlMapping
from bot.find.syntax.yaml import Scalar, read
from bot.find.syntax.yaml_paths import select
from bot.model.published import Published

_FILES: Final = re.compile(r"(?:.*/)?\.(?:github|gitea|forgejo)/(?:workflows|actions)/.*\.ya?ml|(?:.*/)?action\.ya?ml")
BUILD: Final = "docker/build-push-action@"
_METADATA: Final = "docker/metadata-action@"
_OF_STEP: Final = re.compile(r"\$\{\{[ \t]*steps\.(?P<id>[\w-]{1,100})\.outputs\.(?:tags|json)\b", re.ASCII)
_OUTPUT_PUSHES: Final = re.compile(r"type=registry|push=true")
_OPTION: Final = re.compile(r"(?:^|,)name=(?P<name>[^,]{1,300})")


class WorkflowsReader:
    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(str(path).lower()) is not None

    def read(self, path: PurePosixPath, text: str, context: Context) -> Iterator[Published]:
        if BUILD not in text:
            return
        stream = read(text)
        for document in stream.mappings():
            jobs = [(node, "steps[]") for node in select(document, "jobs.*")] or [(document, "runs.steps[]")]
            for job, place in jobs:
                if isinstance(job, YamlMapping):
                    known = replace(context, variables={**environment(document), **environment(job)})
                    steps = [step for step in select(job, place) if isinstance(step, YamlMapping)]
                    for scalar, tag in (named for step in steps for named in images_of(step, steps)):
                        found = published(path, stream.line(scalar), tag, by="workflow", context=known)
                        if found:
                            yield found


def environment(node: YamlMapping) -> Mapping[str, str]:
    """The literals of an `env`, as expressions name them."""
    env = node.mapping("env")
    return {f"env.{key.value}": value.value for key, value in env.entries() if isinstance(value, Scalar)} if env else {}


def images_of(step: YamlMapping, steps: Sequence[YamlMapping]) -> Iterator[tuple[Scalar, str]]:
    """Of one of a job's steps: the images that it builds and pushes, as they are written; none where it is no such step."""
    tags = step.scalar("with", "tags")
    if tags is None or not step.text("uses").startswith(BUILD) or not pushes(step):
        return
    of_step = _OF_STEP.search(tags.value)
    images = _made(steps).get(of_step["id"]) if of_step else None
    if images is not None:
        yield from ((images, _name(line)) for line in _lines(images.value))
    else:
        yield from ((tags, line) for line in _lines(tags.value.replace(",", "\n")))


def _made(steps: Sequence[YamlMapping]) -> Mapping[str, Scalar]:
    """By the id of each step that makes tags, the images that it makes them of."""
    makers = (step for step in steps if step.text("uses").startswith(_METADATA))
    return {step.text("id"): images for step in makers if (images := step.scalar("with", "images")) is not None}


def pushes(step: YamlMapping) -> bool:
    """Whether a step of the action pushes what it builds."""
    return step.text("with", "push").lower() not in {"", "false"} or _OUTPUT_PUSHES.search(step.text("with", "outputs")) is not None


def _lines(text: str) -> Iterator[str]:
    """The entries of a list that an input holds as text."""
    return (line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#"))


def _name(line: str) -> str:
    """An entry of metadata-action's `images`: a name, or `name=...` with options."""
    option = _OPTION.search(line)
    return option["name"] if option else line


PLUGIN: Final[Reader] = WorkflowsReader()
