"""The verdict on a rebuild in words, as Markdown and as plain values."""

from collections.abc import Iterator

from bot.model.rebuild import RebuildFinding
from bot.report.contents.document import Row
from bot.report.markdown import plain


def finding_row(finding: RebuildFinding) -> Row:
    """The stable contract of `verify --format json`; absent values are None."""
    return {
        "image": finding.image,
        "old": finding.old,
        "new": finding.new,
        "verdict": finding.verdict.name.lower(),
        "is_fixed": finding.verdict.is_fixed,
        "platforms": finding.platform.split(", ") if finding.platform else None,
        "evidence": list(finding.evidence),
        "remedy": finding.remedy or None,
    }


def finding_facts(finding: RebuildFinding) -> Iterator[tuple[str, str]]:
    """Heading and text of each line."""
    yield "Image", finding.image
    yield "Old", finding.old
    yield "New", finding.new or "none"
    yield "Verdict", verdict_text(finding)
    for number, said in enumerate(finding.evidence):
        yield "" if number else "Why", said
    if finding.remedy:
        yield "Remedy", finding.remedy


def verdict_text(finding: RebuildFinding) -> str:
    """`the package was held back (linux/arm64)`."""
    return f"{finding.verdict.value} ({finding.platform})" if finding.platform else finding.verdict.value


def finding_markdown(finding: RebuildFinding) -> str:
    """All of it; names and instructions of others are neutralised."""
    lines = [f"**{plain(verdict_text(finding))}**: {plain(finding.image)}", ""]
    lines += [f"- {plain(said)}" for said in finding.evidence]
    return "\n".join([*lines, *(["", f"Remedy: {plain(finding.remedy)}"] if finding.remedy else []), ""])
