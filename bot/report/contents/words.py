"""What is said of an image's contents, in the same words wherever it is said."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from bot.model.contents import Contents, KnownBy, OperatingSystem
from bot.report.markdown import number_of
from bot.settings.leaks import is_secret_key, leak_in


def summary(contents: Contents) -> str:
    """`88 packages (80 deb, 8 pypi) in 3 layers; 1 part could not be read`. No number is given where nothing was found to read."""
    counts = Counter(package.type for package in contents.packages)
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    layers = number_of(len(contents.layers), "layer")
    unread = f"; {number_of(len(contents.not_read), 'part')} could not be read" if contents.not_read else ""
    if not contents.packages:
        return f"no list of packages of a known form in {layers}{unread}"
    declared = sum(package.known_by is KnownBy.DECLARED for package in contents.packages)
    said = f", {declared} of them only declared" if declared else ""
    return f"{number_of(len(contents.packages), 'package')} ({kinds}) in {layers}{said}{unread}"


def system_text(system: OperatingSystem | None, today: date) -> str:
    """The operating system with until when it is cared for."""
    if system is None:
        return "not told (no os-release)"
    name = system.name or f"{system.id} {system.version}".strip()
    if system.end_of_life is None:
        return f"{name}; until when it is cared for is not known"
    usual = "its usual security updates ended on" if system.end_of_life < today else "has security updates until"
    extended = ""
    if system.extended_until:
        extended = f", extended ones {'ended on' if system.extended_until < today else 'go on until'} {system.extended_until}"
    return f"{name}; {usual} {system.end_of_life}{extended} ({system.end_of_life_source})"


def system_short(system: OperatingSystem | None, today: date) -> str:
    """The same in a cell of a table: `Debian GNU/Linux 12 (bookworm), ended 2026-07-11`; empty: none is told."""
    if system is None:
        return ""
    name = system.name or f"{system.id} {system.version}".strip()
    if system.end_of_life is None:
        return f"{name}, end not known"
    return f"{name}, {'ended' if system.end_of_life < today else 'until'} {system.end_of_life}"


def facts(contents: Contents, today: date) -> Iterator[tuple[str, str]]:
    """What there is to say of the image as a whole: heading and text."""
    digest = f"{contents.digest}" + (f" of the index {contents.index_digest}" if contents.index_digest else "")
    yield "Image", contents.image
    yield "Digest", digest
    others = [platform for platform in contents.platforms if platform != contents.platform]
    yield "Platform", contents.platform + (f" (also {', '.join(others)})" if others else "")
    if contents.created_at:
        yield "Created", f"{contents.created_at:%Y-%m-%d %H:%M} UTC, says its publisher"
    yield "System", system_text(contents.operating_system, today)
    if contents.base:
        digest = f"@{contents.base.digest}" if contents.base.digest else ""
        yield "Base", f"{contents.base.name}{digest}, say {contents.base.source}"
    yield "Runs as", "root" if contents.configuration.runs_as_root else contents.configuration.user
    for source in contents.sources:
        word = "declared by" if source.known_by is KnownBy.DECLARED else "read in"
        yield "Packages", f"{source.packages} {source.name} {word} {source.where}"


def shown_variable(text: str) -> str:
    """An environment variable, without its value where that may be a secret."""
    name, _, value = text.partition("=")
    return f"{name}=***" if is_secret_key(name) or leak_in(value) else text
