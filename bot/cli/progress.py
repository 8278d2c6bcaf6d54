"""Progress of long work, on a terminal only."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bot.pipeline.progress import Progress as Report
from bot.pipeline.progress import silent


@contextmanager
def shown(console: Console) -> Iterator[Report]:
    """A report to hand to the pipeline, shown as one bar a stage (a total below 0: it is not known); in a pipe nothing is shown."""
    if not console.is_terminal:
        yield silent
        return
    columns = (TextColumn("{task.description:<8}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=None if total < 0 else total)
            bars.update(tasks[stage], completed=done, total=None if total < 0 else total)

        yield report
