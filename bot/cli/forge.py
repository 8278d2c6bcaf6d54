"""The option that says where the fleet lives."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, assert_never

import typer


class ForgeKind(StrEnum):
    LOCAL = "local"


ForgeOption = Annotated[
    tuple[ForgeKind, Path] | None,
    typer.Option("--forge", metavar="local DIR", help="The fleet are the clones below a folder, and not repos on GitHub."),
]


def clones_of(forge: tuple[ForgeKind, Path] | None) -> Path | None:
    """The folder of clones that is the fleet; None: it lives on GitHub."""
    if forge is None:
        return None
    kind, place = forge
    match kind:
        case ForgeKind.LOCAL:
            return place
        case _:
            assert_never(kind)
