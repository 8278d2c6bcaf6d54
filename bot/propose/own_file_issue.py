"""The issue in a repo that tells what is wrong in its own file: one, edited in place, closed once that is mended."""

from typing import Final

from bot.model.run import OwnFault
from bot.propose.issue import WantedIssue
from bot.propose.markdown import code

MARKER: Final = "<!-- rebuild-bot:own-file:v1 -->"
_TITLE: Final = "rebuild-bot can't read all of .github/rebuild-bot.yaml"


def issue_of(repo: str, fault: OwnFault | None) -> WantedIssue:
    """The issue as it shall be; None: nothing is wrong any more."""
    if fault is None:
        body = f"{MARKER}\nThe file is in order again, and obeyed.\n"
        return WantedIssue(repo=repo, title=_TITLE, body=body, marker=MARKER, is_open=False)
    holds = (
        "As a fault may hide what was to be kept back, nothing new goes out to this repo until it is mended. What is open stays as it is."
        if fault.is_silencing
        else "All of it is obeyed but its labels and reviewers."
    )
    lines = "\n".join(f"- {code(line, most=_MOST)}" for line in fault.faults)
    end = "Nobody has to answer here: this text follows the file, and the issue is closed once the file is in order."
    return WantedIssue(repo=repo, title=_TITLE, body=f"{MARKER}\n{holds}\n\n{lines}\n\n{end}\n", marker=MARKER, is_open=True)


_MOST: Final = 400
