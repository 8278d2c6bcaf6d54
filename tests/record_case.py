"""Print the answers that the finders give for a case folder, as its expected.json would hold them, for review."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.clients.folder import FolderTree
from bot.find.config_maps import OPTIONAL as CONFIG_MAPS
from bot.find.finder import Finder
from bot.find.plugins import with_optional
from bot.find.scan import scan
from bot.model.pin import Pin, Site, Skip

CASES = Path(__file__).parent / "cases"


OPTIONAL = {finder.name: finder for finder in (CONFIG_MAPS,)}


def finders_of(answers: Mapping[str, Any]) -> tuple[Finder, ...]:
    """The finders that are always on, and those that the case names."""
    return with_optional(*(OPTIONAL[name] for name in answers.get("with", ())))


def site_line(site: Site) -> str:
    return f"{site.kind} {site.line} {site.text}" + (f" in {site.file}" if site.file else "")


def pin_facts(pin: Pin) -> dict[str, object]:
    """Every fact of a pin that a case may state."""
    return {
        "file": str(pin.file),
        "line": pin.line,
        "finder": pin.finder,
        "datasource": pin.dependency.datasource,
        "dependency": pin.dependency.name,
        "name": pin.name,
        "scheme": pin.scheme,
        "value": pin.value,
        "digest": pin.digest,
        "role": str(pin.role),
        "sites": [site_line(site) for site in pin.sites],
        "platform": pin.platform,
        "extract_version": pin.extract_version,
        "opt_out": pin.opt_out and {"reason": pin.opt_out.reason, "until": pin.opt_out.until and pin.opt_out.until.isoformat()},
    }


def skip_facts(skip: Skip) -> dict[str, object]:
    return {"file": str(skip.file), "line": skip.line, "reason": skip.reason}


def case_tree(folder: Path) -> FolderTree:
    """The files of a case; nothing in it is left out but the answers."""
    return FolderTree(folder, exclude=("/expected.json",))


if __name__ == "__main__":
    known = CASES / sys.argv[1] / "expected.json"
    findings = list(scan(case_tree(known.parent), finders=finders_of(json.loads(known.read_text("utf-8")) if known.exists() else {})))
    answers = {
        "about": "",
        "pins": [{key: fact for key, fact in pin_facts(found).items() if fact is not None} for found in findings if isinstance(found, Pin)],
        "skips": [skip_facts(found) for found in findings if isinstance(found, Skip)],
    }
    sys.stdout.write(json.dumps(answers, indent=2, ensure_ascii=False) + "\n")
