"""Dockerfiles and Containerfiles: FROM, COPY --from, RUN --mount=from=, ONBUILD of these, and the `# syntax=` frontend."""

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.reference import PLACEHOLDER
from bot.find.syntax.dockerfile.expand import ExpansionError
from bot.find.syntax.dockerfile.reader import Dockerfile, Instruction, nested, read
from bot.find.syntax.dockerfile.references import FILLED_IN_LATER, References
from bot.find.syntax.dockerfile.scope import Resolved, Scope
from bot.find.syntax.dockerfile.stages import SCRATCH, Stages, is_index, stage_name
from bot.find.syntax.dockerfile.traced import Traced
from bot.find.syntax.lines import Lines
from bot.model.pin import Finding, Pin, Role

_FILE_NAME: Final = re.compile(r"(?:.*[._-])?(?i:dockerfile|containerfile)(?:[._A-Z0-9-].*)?")
_OTHER_ENDINGS: Final = re.compile(
    r"\.(?:bat|cc?|cpp|cs|css|cue|dockerignore|gif|go|h|hcl|html|ignore|ini|java|jpg|jsx?|json|kt|lock|lua|map|md|mjs|patch|php|pl|png|ps1"
    r"|pyi?|rb|rs|rst|sh|sql|sum|svg|swift|toml|tsx?|txt|vue|xml|ya?ml|zip)",
    re.IGNORECASE,
)
"""A file of such a name is about Dockerfiles, in another language."""
_HOLDS_REFERENCE: Final = re.compile(r"from|syntax", re.IGNORECASE)
_PLATFORM: Final = re.compile(r"[a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9]+)?", re.ASCII)
_TOO_MANY_WORDS: Final = "FROM takes an image, or an image AS a name: Docker would refuse this"
_STAGE_NAME: Final = re.compile(r"[a-z][a-z0-9-_.]*", re.ASCII | re.IGNORECASE)
_MAX_CHARACTERS: Final = 1_000_000
_NO_SOURCE: Final = frozenset({"secret", "ssh", "tmpfs"})
"""The mounts that come from no image."""


class DockerfileFinder:
    name = "dockerfile"
    precedence = 10

    def matches(self, path: PurePosixPath) -> bool:
        return _FILE_NAME.fullmatch(path.name) is not None and _OTHER_ENDINGS.fullmatch(path.suffix) is None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - a Dockerfile includes no other file
        yield from find_in_dockerfile(text, outer=text, file=path, finder=self.name, place=lambda offset: offset)


def find_in_dockerfile(text: str, *, outer: str, file: PurePosixPath, finder: str, place: Callable[[int], int]) -> Iterator[Finding]:
    """The pins and skips of a Dockerfile, in reading order.

    `text` may be held by another format: `outer` is the text of the whole file, and `place` says for each offset of `text` where it
    stands in there.
    """
    references = References(file=file, finder=finder, text=outer, lines=Lines(outer))
    if len(text) > _MAX_CHARACTERS:
        yield references.skip(place(0), "", f"too large for a Dockerfile: read are up to {_MAX_CHARACTERS:,} characters")
    elif _HOLDS_REFERENCE.search(text):
        yield from _Reading(read(text, place), references).findings()


class _Reading:
    """One way through a Dockerfile."""

    def __init__(self, dockerfile: Dockerfile, references: References) -> None:
        self._dockerfile: Final = dockerfile
        self._references: Final = references
        self._scope: Final = Scope(dockerfile.escape)
        self._stages: Final = Stages()
        self._bases: list[tuple[int, Instruction, Resolved, str | None]] = []
        self._sources: list[tuple[Instruction, Resolved, Role]] = []
        self._skips: list[Finding] = []

    def findings(self) -> list[Finding]:
        """All of them, in reading order."""
        for instruction in self._dockerfile.instructions:
            self._read(instruction)
        found = [*self._frontend(), *self._references_to_images(), *self._skips]
        found += (self._references.skip(place.offset, place.text, place.reason) for place in self._dockerfile.unreadable)
        return sorted(found, key=lambda finding: (finding.line, finding.column if isinstance(finding, Pin) else 0))

    def _references_to_images(self) -> Iterator[Finding]:
        final = self._stages.final()
        for stage, instruction, base, platform in self._bases:
            role = Role.FINAL_BASE if stage == final else Role.BUILD_BASE
            yield self._references.pin(base, role=role, used_at=instruction.offset, platform=platform)
        for instruction, source, role in self._sources:
            # COPY may name a stage before it comes, so this is asked when all are known.
            if not self._stages.has(source.text.text):
                yield self._references.pin(source, role=role, used_at=instruction.offset)

    def _read(self, instruction: Instruction) -> None:
        match instruction.keyword:
            case "ARG":
                self._scope.declare(instruction)
            case "FROM":
                self._read_from(instruction)
            case "COPY" | "ADD":
                self._read_copy(instruction, Role.COPY_FROM)
            case "RUN":
                self._read_run(instruction, Role.MOUNT_FROM)
            case "ONBUILD":
                self._read_onbuild(nested(instruction, self._dockerfile.escape))
            case _:
                pass

    def _read_onbuild(self, trigger: Instruction) -> None:
        if trigger.keyword in ("COPY", "ADD"):
            self._read_copy(trigger, Role.ONBUILD_BASE)
        elif trigger.keyword == "RUN":
            self._read_run(trigger, Role.ONBUILD_BASE)

    def _frontend(self) -> Iterator[Finding]:
        frontend = self._dockerfile.frontend
        if frontend is not None and (origin := frontend.origins[0]) is not None:
            yield self._references.pin(Resolved(word=frontend, text=frontend), role=Role.FRONTEND, used_at=origin)

    def _read_from(self, instruction: Instruction) -> None:
        words = instruction.words()
        name = stage_name(words)
        if len(words) != (1 if name is None else 3):
            is_template = PLACEHOLDER.search(instruction.arguments.text.replace("$", ""))
            reason = FILLED_IN_LATER if is_template else _TOO_MANY_WORDS
            self._skips.append(self._references.skip(instruction.offset, instruction.arguments.text, reason))
            return
        try:
            base = self._scope.resolve(words[0])
        except ExpansionError as error:
            self._skip(words[0], f"can't be resolved: {error}")
            base = None
        self._scope.begin_stage()
        index = len(self._stages)
        is_image = self._stages.add(base.text.text if base else "", name) is None
        if base is not None and is_image and base.text.text != SCRATCH:
            self._bases.append((index, instruction, base, self._platform(instruction)))

    def _platform(self, instruction: Instruction) -> str | None:
        for flag in instruction.flags:
            key, value = flag.cut("=")
            if key.text == "--platform" and value is not None:
                try:
                    platform = self._scope.resolve(value).text
                except ExpansionError:
                    return None
                # One that Docker fills in is not fixed by the file.
                return platform.text if None not in platform.origins and _PLATFORM.fullmatch(platform.text) else None
        return None

    def _read_copy(self, instruction: Instruction, role: Role) -> None:
        for flag in instruction.flags:
            key, value = flag.cut("=")
            if key.text == "--from" and value is not None:
                self._add_source(instruction, value, role)

    def _read_run(self, instruction: Instruction, role: Role) -> None:
        for flag in instruction.flags:
            key, value = flag.cut("=")
            if key.text != "--mount" or value is None:
                continue
            fields = {name.text.lower(): content for name, content in (field.cut("=") for field in _split(value)) if content is not None}
            source, kind = fields.get("from"), fields.get("type")
            if source is not None and not (kind and kind.text.lower() in _NO_SOURCE):
                self._add_source(instruction, source, role)

    def _add_source(self, instruction: Instruction, source: Traced, role: Role) -> None:
        if not source.text or is_index(source.text) or source.text == SCRATCH:
            return
        try:
            # BuildKit wants no variable here; Buildah and kaniko resolve one as anywhere in the stage.
            resolved = self._scope.resolve_in_stage(source)
        except ExpansionError as error:
            self._skip(source, f"can't be resolved: {error}")
            return
        if role is Role.ONBUILD_BASE and _STAGE_NAME.fullmatch(resolved.text.text) and not self._stages.has(resolved.text.text):
            self._skip(source, "may be a stage of the Dockerfile that builds on this one")
            return
        self._sources.append((instruction, resolved, role))

    def _skip(self, word: Traced, reason: str) -> None:
        self._skips.append(self._references.skip_word(word, reason))


def _split(fields: Traced) -> Iterator[Traced]:
    start = 0
    while (comma := fields.text.find(",", start)) != -1:
        yield fields.slice(start, comma)
        start = comma + 1
    yield fields.slice(start)


PLUGIN: Final[Finder] = DockerfileFinder()
