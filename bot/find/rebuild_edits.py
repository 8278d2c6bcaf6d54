"""The smallest edits of a Dockerfile that have its image built anew, each proved by reading the file again. Pure.

What an image is made of stays as it is: a date moves, and where there is none to move, a comment with one is written.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Final

from bot.clients.text import decode
from bot.find.dockerfile import find_in_dockerfile
from bot.find.edit import CannotEditError, apply
from bot.find.syntax.dockerfile.reader import Dockerfile, Instruction, quoted_words, read
from bot.find.syntax.lines import Lines
from bot.model.edit import Edit, FileChange
from bot.model.pin import Pin, Span

ARGUMENT: Final = "REBUILD_DATE"
"""What a build argument is called that the bot writes."""
_DATED: Final = frozenset(
    {"CACHE_DATE", "CACHEDATE", "CACHE_BUST", "CACHEBUST", "CACHE_BUSTER", "CACHEBUSTER", "LAST_REBUILD", "REBUILD_DATE", "REBUILT_AT"}
    | {"REBUILD", "REBUILT"}
)
"""Names of build arguments that are there to be moved. BUILD_DATE is none: labels hold it, and pipelines give it."""
_DAY: Final = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:\.(?P<number>[0-9]{1,3}))?", re.ASCII)
_COMPACT: Final = re.compile(r"[0-9]{8}", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,6}", re.ASCII)
_MARK: Final = re.compile(r"# rebuilt: (?P<value>[0-9.-]{10,14})", re.ASCII)
_ALL: Final = frozenset(
    {"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL"}
    | {"STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)
"""Every instruction that there is."""
_MAX_CHARACTERS: Final = 1_000_000

Written = tuple[str, tuple[str, ...], str]
"""An instruction as it counts: keyword, flags, arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """A Dockerfile with its edit."""

    change: FileChange
    line: int
    """1-based, of what was written."""
    said: str
    """What was done, in words, without a full stop."""


def rebuilt(path: PurePosixPath, data: bytes, day: date) -> Rebuilt:
    """The Dockerfile with the day in it: in the build argument that is there for it, else in a comment below the last FROM.

    Raises CannotEditError.
    """
    text, dockerfile = _opened(path, data)
    found = list(_dated_arguments(dockerfile))
    moved = _moved(found[0][1], day) if len(found) == 1 else None
    if moved is not None:
        place, value, span = found[0]
        written = [_as_written(one) for one in dockerfile.instructions]
        keyword, flags, arguments = written[place]
        written[place] = (keyword, flags, _replaced(dockerfile.instructions[place], span, moved) or arguments)
        edit = Edit(file=path, span=span, old=value, new=moved)
        name = dockerfile.instructions[place].arguments.text.partition("=")[0]
        return _done(path, data, edit, written, said=f"the build argument {name} moves from {value} to {moved}")
    return _marked(path, data, text, dockerfile, day)


def dated_argument(path: PurePosixPath, data: bytes, line: int, day: date) -> Rebuilt:
    """The Dockerfile with a dated build argument before the RUN in a line, and used in it: its layer comes out of no cache any more.

    Raises CannotEditError where that line is no RUN that a shell reads, or the argument is there already.
    """
    text, dockerfile = _opened(path, data)
    lines = Lines(text)
    place = next((n for n, one in enumerate(dockerfile.instructions) if lines.line(one.offset) == line and one.keyword == "RUN"), None)
    if place is None:
        raise CannotEditError(f"no RUN begins in line {line} of {path}")
    run = dockerfile.instructions[place]
    if run.arguments.text.startswith(("[", "<<")) or any(one.keyword == "SHELL" for one in dockerfile.instructions):
        raise CannotEditError(f"the RUN in line {line} of {path} is not written for the usual shell")
    if any(ARGUMENT in one.arguments.text for one in dockerfile.instructions):
        raise CannotEditError(f"{path} has {ARGUMENT} already")
    begin = run.arguments.origins[0] if run.arguments.origins else None
    if begin is None:
        raise CannotEditError(f"the RUN in line {line} of {path} is empty")
    start, end_of_line = lines.start(line), "\r\n" if "\r\n" in text else "\n"
    use = f': "${ARGUMENT}" && '
    whole = Span(start, begin)
    new = f"ARG {ARGUMENT}={day.isoformat()}{end_of_line}{whole.of(text)}{use}"
    written = [_as_written(one) for one in dockerfile.instructions]
    keyword, flags, arguments = written[place]
    written[place : place + 1] = [("ARG", (), f"{ARGUMENT}={day.isoformat()}"), (keyword, flags, f"{use}{arguments}")]
    said = f"the build argument {ARGUMENT} is new, and the RUN below it uses it"
    return _done(path, data, Edit(file=path, span=whole, old=whole.of(text), new=new), written, said=said)


def copied_run(path: PurePosixPath, data: bytes, line: int) -> Rebuilt:
    """The Dockerfile with the RUN in a line copied to the beginning of the last stage.

    Only where that changes nothing but the place: it stands first in its stage, which is on the very base of the last one, and names no
    variable. Raises CannotEditError elsewhere.
    """
    text, dockerfile = _opened(path, data)
    lines, every = Lines(text), dockerfile.instructions
    place = next((n for n, one in enumerate(every) if lines.line(one.offset) == line and one.keyword == "RUN"), 0)
    last = max(n for n, one in enumerate(every) if one.keyword == "FROM")
    if not 0 < place < last or every[place - 1].keyword != "FROM":
        raise CannotEditError(f"no RUN stands first in another stage than the last one, in line {line} of {path}")
    run, bases = every[place], [_words(every[n]) for n in (place - 1, last)]
    arguments = run.arguments.text
    if run.flags or "$" in arguments or arguments.startswith(("[", "<<")) or any(one.keyword == "SHELL" for one in every):
        raise CannotEditError(f"the RUN in line {line} of {path} is not one that reads the same elsewhere")
    if bases[0] != bases[1] or "$" in bases[0]:
        raise CannotEditError(f"the stage of line {line} of {path} is on another base than the last one")
    known = [origin for origin in every[last].arguments.origins if origin is not None]
    end = text.find("\n", max(known))
    if end == -1 or text[max(known) + 1 : end].strip():
        raise CannotEditError(f"the last FROM of {path} goes on in another line")
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    written = [_as_written(one) for one in every]
    written.insert(last + 1, ("RUN", (), arguments))
    edit = Edit(file=path, span=Span(end + 1, end + 1), old="", new=f"RUN {arguments}{end_of_line}")
    return _done(path, data, edit, written, said=f"the RUN of line {line} is run in the last stage, too")


def _words(instruction: Instruction) -> str:
    """What a FROM names."""
    words = instruction.words()
    return words[0].text.lower() if words else ""


def _opened(path: PurePosixPath, data: bytes) -> tuple[str, Dockerfile]:
    text, _ = decode(data)
    dockerfile = read(text[:_MAX_CHARACTERS], lambda offset: offset, also=_ALL)
    if len(text) > _MAX_CHARACTERS or dockerfile.unreadable or not any(one.keyword == "FROM" for one in dockerfile.instructions):
        raise CannotEditError(f"{path} can't be read as a Dockerfile")
    return text, dockerfile


def _as_written(instruction: Instruction) -> Written:
    return instruction.keyword, tuple(flag.text for flag in instruction.flags), instruction.arguments.text


def _dated_arguments(dockerfile: Dockerfile) -> Iterator[tuple[int, str, Span]]:
    """The place of each ARG that is there to be moved, its value, and where that stands."""
    for place, instruction in enumerate(dockerfile.instructions):
        for word in quoted_words(instruction.arguments, dockerfile.escape) if instruction.keyword == "ARG" else ():
            name, value = word.cut("=")
            if name.text.upper() in _DATED and value is not None and value.text:
                first, last = value.origins[0], value.origins[-1]
                if first is not None and last is not None and last - first == len(value.text) - 1:
                    yield place, value.text, Span(first, last + 1)


def _moved(value: str, day: date) -> str | None:
    """The value for this day, never the one that stands there; None: it is of no form that is known."""
    if found := _DAY.fullmatch(value):
        if found["day"] < day.isoformat():
            return day.isoformat()
        return f"{found['day']}.{int(found['number'] or 1) + 1}"
    if _COMPACT.fullmatch(value):
        return f"{day:%Y%m%d}" if value < f"{day:%Y%m%d}" else None
    return str(int(value) + 1) if _NUMBER.fullmatch(value) else None


def _replaced(instruction: Instruction, span: Span, new: str) -> str:
    """The arguments with other text in the place of a span."""
    arguments = instruction.arguments
    begin = next(n for n, origin in enumerate(arguments.origins) if origin == span.start)
    return f"{arguments.text[:begin]}{new}{arguments.text[begin + span.end - span.start :]}"


def _marked(path: PurePosixPath, data: bytes, text: str, dockerfile: Dockerfile, day: date) -> Rebuilt:
    """With the comment: below the last FROM, so that what stands above a FROM to speak of it still does."""
    last = [one for one in dockerfile.instructions if one.keyword == "FROM"][-1]
    known = [origin for part in (*last.flags, last.arguments) for origin in part.origins if origin is not None]
    end = text.find("\n", max(known, default=last.offset))
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    rest = text[max(known, default=last.offset) + 1 : len(text) if end == -1 else end]
    if rest.strip():
        raise CannotEditError(f"the last FROM of {path} goes on in another line")
    written = [_as_written(one) for one in dockerfile.instructions]
    if end == -1:
        edit = Edit(file=path, span=Span(len(text), len(text)), old="", new=f"{end_of_line}# rebuilt: {day.isoformat()}{end_of_line}")
    else:
        following = text[end + 1 :].partition("\n")[0].rstrip("\r")
        there = _MARK.fullmatch(following)
        moved = None if there is None else _moved(there["value"], day)
        if there is not None and moved is not None:
            span = Span(end + 1 + there.start("value"), end + 1 + there.end("value"))
            edit = Edit(file=path, span=span, old=there["value"], new=moved)
            return _done(path, data, edit, written, said=f"the comment's day moves from {there['value']} to {moved}")
        edit = Edit(file=path, span=Span(end + 1, end + 1), old="", new=f"# rebuilt: {day.isoformat()}{end_of_line}")
    return _done(path, data, edit, written, said="a comment with the day is new")


def _done(path: PurePosixPath, data: bytes, edit: Edit, expected: Sequence[Written], *, said: str) -> Rebuilt:
    """The change, once the file was read again: the instructions are those that were meant, and the pins are the same."""
    change = spliced(path, data, edit)
    after, dockerfile = _opened(path, change.new)
    if [_as_written(one) for one in dockerfile.instructions] != list(expected):
        raise CannotEditError(f"{path} would not read as it was meant")
    if _pins(path, decode(data)[0]) != _pins(path, after):
        raise CannotEditError(f"{path} would change in more than it was meant to")
    first_new = edit.span.start + len(edit.new) - len(edit.new.lstrip("\r\n"))
    return Rebuilt(change=change, line=Lines(after).line(first_new), said=said)


def spliced(path: PurePosixPath, data: bytes, edit: Edit) -> FileChange:
    """A file's bytes with one edit of its text. Raises CannotEditError where its encoding can't hold that."""
    text, encoding = decode(data)
    new = apply(text, [edit])
    try:
        encoded = new.encode(encoding)
    except UnicodeEncodeError as error:
        raise CannotEditError(f"{path} is in {encoding}, which can't hold the new text") from error
    if decode(encoded) != (new, encoding):
        raise CannotEditError(f"{path} would not read back as it was written")
    return FileChange(path=path, old=data, new=encoded)


def _pins(path: PurePosixPath, text: str) -> list[tuple[object, ...]]:
    """All of the pins and skips but where they stand."""
    place: Callable[[int], int] = lambda offset: offset  # noqa: E731 - the file is its own outer one
    found = find_in_dockerfile(text, outer=text, file=path, finder="dockerfile", place=place)
    return [
        (one.dependency, one.value, one.digest, one.role, one.platform, one.opt_out) if isinstance(one, Pin) else (one.text, one.reason)
        for one in found
    ]
