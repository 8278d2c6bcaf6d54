"""A clone's own file: what it asks for where a folder is looked at, as a run over the fleet obeys it."""

from dataclasses import dataclass
from pathlib import Path

from bot.model.repo_rules import MAX_CHARACTERS, NOTHING, RepoRules
from bot.pipeline.repo_files import place_of_own_file
from bot.settings import Settings
from bot.settings.repo_file import repo_rules
from bot.wiring import folder


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFile:
    """The file, and what it asks for."""

    path: Path
    rules: RepoRules


def own_file_of(path: Path, settings: Settings) -> OwnFile | None:
    """The own file of the clone in which a folder or file lies; None: there is none, it asks for nothing, or the settings come from it."""
    root = _clone(path.resolve())
    tree = folder.tree(root, settings)
    place = place_of_own_file(tree)
    if place is None:
        return None
    text = tree.read(place)
    text = None if text is None else text[: MAX_CHARACTERS + 1]
    rules = NOTHING if text is not None and text == settings.text[: MAX_CHARACTERS + 1] else repo_rules(text)
    return None if rules == NOTHING else OwnFile(path=root / place, rules=rules)


def _clone(path: Path) -> Path:
    """The folder of the clone; where there is none, the folder itself."""
    start = path if path.is_dir() else path.parent
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), start)
