"""A run that was told to stop, in words."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.model.run import Interruption, Stage
from bot.report.markdown import number_of

_STEPS: Final = {
    Stage.CLOSE: "pull requests that stand for nothing any more were not closed, or not all",
    Stage.TRACK: "what became of the updates is not known, nor who is late",
    Stage.INSPECT: "the images in use were not opened, or not all",
    Stage.USES: "which images are in use was not recorded",
}
"""What lacks where a run does not get past a stage."""


def verdict(one: Interruption) -> str:
    """`interrupted (find): 3 repos not looked at; the next run begins with them`, with all that it left."""
    if one.stage is Stage.END:
        return "interrupted at its end: all was done"
    if one.stage is Stage.START:
        return "interrupted (start): no repo was looked at"
    left = [
        *_counted("repo", "not looked at", one.unread),
        *_counted("repo", "read but not judged", one.unjudged),
        *_counted("pull request", "not sent", one.unsent),
        *_counted("pull request", "in doubt", one.in_doubt),
        *_counted("pull request", "without labels", one.unlabelled),
        *(["nobody knows how many more repos there are"] if one.stage is Stage.SURVEY else []),
    ]
    is_behind = one.stage.is_after(Stage.PROPOSE)
    undone = [stage.value for stage in _STEPS if is_behind and not one.stage.is_after(stage)]
    said = [
        f"interrupted ({one.stage})" + (f": {', '.join(left)}" if left else ""),
        *(["the next run begins with them"] if left else []),
        *([f"not done: {', '.join(undone)}"] if undone else []),
    ]
    return "; ".join(said)


def _counted(noun: str, what: str, ones: Sequence[str]) -> Iterator[str]:
    if ones:
        yield f"{number_of(len(ones), noun)} {what}"


def left_by(one: Interruption) -> Iterator[tuple[int, str, Sequence[str]]]:
    """What was left: how much, what, and where."""
    if one.stage in {Stage.START, Stage.SURVEY}:
        yield 1, "the list of repos: nobody knows how many more there are", ()
    for what, where in {
        "repos that were not looked at": one.unread,
        "repos that were read, and nothing decided on what is in them": one.unjudged,
        "pull requests that were not sent": one.unsent,
        "pull requests that were being written: nobody knows whether that came through": one.in_doubt,
        "pull requests without their labels": one.unlabelled,
    }.items():
        if where:
            yield len(where), what, where
    for stage, what in _STEPS.items():
        if not one.stage.is_after(stage):
            yield 1, what, ()
