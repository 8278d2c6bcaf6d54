"""Find: the edit that a verdict's remedy is, where the file and the line are certain."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePosixPath
from typing import Final

from bot.find.build_places import build_places
from bot.find.build_steps import BuildStep, build_steps, without_cache
from bot.find.edit import CannotEditError
from bot.find.rebuild_edits import copied_run, dated_argument
from bot.inspect.rebuild.fates import OF_DISTRIBUTIONS
from bot.inspect.rebuild.instructions import installs
from bot.model.edit import FileChange
from bot.model.image import ImageReference, InvalidReferenceError
from bot.model.rebuild import BuildLine, BuildPlace, RebuildFinding, RebuildVerdict
from bot.pipeline.scanned_tree import ScannedTree
from bot.propose.rebuilt import Place

REMEDIED: Final = frozenset({RebuildVerdict.CACHED.name, RebuildVerdict.OTHER_STAGE.name})
"""The verdicts that an edit can help against."""
NO_EDIT: Final = "No pull request is opened for it: what helps is no edit of a line that is known."
_WORKFLOWS: Final = PurePosixPath(".github/workflows")
_STAGE: Final = re.compile(r"[a-z][a-z0-9._-]{0,60}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A remedy, proved."""

    change: FileChange
    place: Place


def steps_for(tree: ScannedTree, image: ImageReference, *, repo: str) -> tuple[BuildStep, ...]:
    """The steps of a repo's workflows that push an image, by its name. Raises ForgeError."""
    files = [path for path in tree.files(_WORKFLOWS) if path.suffix in {".yml", ".yaml"}]
    steps = (step for path in sorted(files) for step in build_steps(path, tree.read(path) or "", repo=repo))
    return tuple(step for step in steps if image.name in step.names)


def places_for(tree: ScannedTree, files: Sequence[PurePosixPath], steps: Sequence[BuildStep]) -> tuple[BuildPlace, ...]:
    """The lines that an image is built by; none where a workflow publishes another stage than the last one. Raises ForgeError."""
    lines = [place for path in files for place in build_places(path, tree.read(path) or "")]
    last = next((place.stage for place in reversed(lines) if place.kind is BuildLine.FROM), "")
    if any(step.target not in {"", last} for step in steps):
        return ()
    return (*lines, *(BuildPlace(kind=BuildLine.BUILD_STEP, file=str(step.file), line=step.line) for step in steps))


def remedy_for(
    tree: ScannedTree, dockerfile: PurePosixPath, steps: Sequence[BuildStep], finding: RebuildFinding, day: date, *, repo: str
) -> Edited | str:
    """The edit; a text: why there is none. Raises ForgeError."""
    if finding.verdict is RebuildVerdict.OTHER_STAGE:
        return _to_the_last_stage(tree, dockerfile, steps, finding)
    if finding.verdict is not RebuildVerdict.CACHED:
        return f"a build has come to another end since: {finding.verdict.value}."
    by_step = _in_the_step(tree, dockerfile, steps, repo)
    return by_step if isinstance(by_step, Edited) else _in_the_dockerfile(tree, dockerfile, finding, day, by_step)


def _in_the_step(tree: ScannedTree, dockerfile: PurePosixPath, steps: Sequence[BuildStep], repo: str) -> Edited | str:
    mine = [step for step in steps if step.dockerfile == dockerfile]
    if len(mine) != 1 or len(steps) != 1:
        return "which step of a workflow builds it is not certain"
    step = mine[0]
    stage = _stage(tree, dockerfile, step)
    data = tree.read_bytes(step.file)
    if not stage or data is None:
        return "the stage that is published has no name"
    try:
        change, line = without_cache(step, data, stage, repo=repo)
    except CannotEditError as error:
        return str(error)
    said = f"`no-cache-filters` keeps the stage {stage} out of the cache"
    return Edited(change=change, place=Place(file=step.file, line=line, said=said.replace("`", "")))


def _to_the_last_stage(tree: ScannedTree, dockerfile: PurePosixPath, steps: Sequence[BuildStep], finding: RebuildFinding) -> Edited | str:
    runs = [place for place in finding.at if place.kind is BuildLine.RUN and place.file == str(dockerfile)]
    data = tree.read_bytes(dockerfile)
    if len(runs) != 1 or len(finding.at) != 1 or data is None:
        return "which line belongs into the last stage is not certain."
    stages = [place.stage for place in build_places(dockerfile, tree.read(dockerfile) or "") if place.kind is BuildLine.FROM]
    if any(step.target not in {"", stages[-1]} for step in steps):
        return "a workflow publishes another stage than the last one."
    try:
        made = copied_run(dockerfile, data, runs[0].line)
    except CannotEditError as error:
        return f"{error}."
    return Edited(change=made.change, place=Place(file=dockerfile, line=made.line, said=made.said))


def changed_since(places: Sequence[BuildPlace], before: Sequence[BuildPlace], base: str) -> tuple[BuildPlace, ...]:
    """The lines, of which those are marked that were written since, and could have brought the fix.

    That is a FROM that names the base (its name), or a RUN that has a package manager bring something: what else was changed meanwhile
    is not what a rebuild was for.
    """
    there = {(one.kind, " ".join(one.text.split())) for one in before}

    def is_one(place: BuildPlace) -> bool:
        text = " ".join(place.text.split())
        is_for_it = _names(text, base) if place.kind is BuildLine.FROM else any(installs(text, kind) for kind in OF_DISTRIBUTIONS)
        return place.kind is not BuildLine.BUILD_STEP and (place.kind, text) not in there and is_for_it

    return tuple(replace(place, was_changed=is_one(place)) for place in places)


def _names(text: str, base: str) -> bool:
    """Whether a FROM names a base."""
    for word in text.split()[1:]:
        try:
            if not word.startswith("--") and ImageReference.parse(word).name == base:
                return True
        except InvalidReferenceError:
            continue
    return False


def _stage(tree: ScannedTree, dockerfile: PurePosixPath, step: BuildStep) -> str:
    """The name of the stage that is published; empty: it has none that is certain."""
    stages = [place.stage for place in build_places(dockerfile, tree.read(dockerfile) or "") if place.kind is BuildLine.FROM]
    wanted = step.target or (stages[-1] if stages and step.target is not None else "")
    return wanted if wanted and stages.count(wanted) == 1 and _STAGE.fullmatch(wanted) else ""


def _in_the_dockerfile(tree: ScannedTree, dockerfile: PurePosixPath, finding: RebuildFinding, day: date, before: str) -> Edited | str:
    # What a distribution's package manager runs in is its usual shell.
    runs = [one for one in finding.at if one.file == str(dockerfile) and any(installs(one.text, kind) for kind in OF_DISTRIBUTIONS)]
    data = tree.read_bytes(dockerfile)
    if len(runs) != 1 or data is None:
        return f"{before}, and neither is the line of the RUN that was not run."
    try:
        made = dated_argument(dockerfile, data, runs[0].line, day)
    except CannotEditError as error:
        return f"{before}, and {error}."
    return Edited(change=made.change, place=Place(file=dockerfile, line=made.line, said=made.said))
