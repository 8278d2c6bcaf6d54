"""Where images stand on their way to production: as rows, as Markdown, as data."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from bot.model.deployment import Deployment
from bot.model.exposure import Known
from bot.model.fleet import App
from bot.model.gap import Gap, Sprawl
from bot.report.markdown import number_of, plain, table

STAGE_COLUMNS: Final = {
    "App": ("app",),
    "Stage": ("stage",),
    "Image": ("image",),
    "Known": ("known",),
    "Since": ("since",),
    "As of": ("as_of",),
    "By": ("where",),
    "Not certain": ("doubt",),
}
GAP_COLUMNS: Final = {
    "Gap": ("kind",),
    "App": ("app",),
    "Stage": ("stage",),
    "Image": ("image",),
    "What": ("said",),
    "Certain": ("certain",),
    "Evidence": ("evidence",),
}
SPRAWL_COLUMNS: Final = {"Dependency": ("dependency",), "Apps": ("apps",), "Values": ("values",), "Which": ("which",)}
_MOST_VALUES: Final = 6


def stage_rows(held: Iterable[tuple[str, Deployment]]) -> Iterator[dict[str, object]]:
    """One row for each image at each place, of (app, deployment)."""
    for app, one in held:
        yield {
            "app": app,
            "stage": one.stage or "not known",
            "image": short(str(one.image)),
            "known": "runs" if one.is_running else "may run" if one.doubt else "written",
            "since": f"{one.since:%Y-%m-%d}" if one.since else "",
            "as_of": f"{one.as_of:%Y-%m-%d %H:%M}",
            "where": one.where,
            "doubt": one.doubt or ("digest by the tag" if one.is_digest_by_tag else ""),
        }


def gap_rows(gaps: Iterable[Gap]) -> Iterator[dict[str, object]]:
    for gap in gaps:
        yield {
            "kind": gap.kind.value,
            "app": gap.app,
            "stage": gap.stage or "not known",
            "image": short(gap.image),
            "said": gap.said,
            "certain": "yes" if gap.is_so is Known.YES else "not known",
            "evidence": "; ".join(gap.evidence),
        }


def sprawl_rows(sprawls: Iterable[Sprawl]) -> Iterator[dict[str, object]]:
    for one in sprawls:
        left = len(one.values) - _MOST_VALUES
        which = ", ".join(f"{value} ({count})" for value, count in one.values[:_MOST_VALUES])
        yield {
            "dependency": one.dependency,
            "apps": one.apps,
            "values": len(one.values),
            "which": which + (f", and {left} more" if left > 0 else ""),
        }


Table = tuple[str, Mapping[str, tuple[str]], Sequence[Mapping[str, object]]]
"""Title, columns (heading -> the key that fills it), rows."""


def stages_markdown(tables: Iterable[Table]) -> str:
    """Titled tables; names of others are neutralised."""
    parts = []
    for title, columns, held in tables:
        if held:
            cells = ([plain(str(row[key]), most=400) for (key,) in columns.values()] for row in held)
            parts.append(f"**{title}**\n\n{table(list(columns), cells)}")
    return "\n".join(parts) or "Nothing is known to run, or written to.\n"


def app_document(app: App | None) -> dict[str, object]:
    """Whose an image is, each with whose word that is; without an app, nothing is known of it."""
    if app is None:
        return {}
    return {
        "app": app.name,
        "repo": app.repo,
        "owners": list(app.owners),
        "owners_reason": app.owners_reason,
        "product_owner": app.product_owner,
        "product_owner_reason": app.product_owner_reason,
        "system": app.system,
        "phase": app.phase.value,
        "phase_reason": app.phase_reason,
    }


def deployment_document(one: Deployment) -> dict[str, object]:
    """Stable for other tools."""
    return {
        "stage": one.stage,
        "image": one.image.name,
        "tag": one.image.tag or "",
        "digest": one.image.digest or "",
        "is_digest_by_tag": one.is_digest_by_tag,
        "seen_by": one.seen_by.value,
        "is_running": one.is_running,
        "where": one.where,
        "as_of": one.as_of.isoformat(),
        "since": one.since and one.since.isoformat(),
        "doubt": one.doubt,
    }


def gap_document(gap: Gap) -> dict[str, object]:
    return {
        "kind": gap.kind.value,
        "app": gap.app,
        "image": gap.image,
        "stage": gap.stage,
        "said": gap.said,
        "is_so": gap.is_so.value,
        "evidence": list(gap.evidence),
    }


def sprawl_document(one: Sprawl) -> dict[str, object]:
    return {"dependency": one.dependency, "apps": one.apps, "values": [{"value": value, "apps": count} for value, count in one.values]}


def short(image: str) -> str:
    """As people write it, with a short digest."""
    named, at, digest = image.partition("@")
    return named.removeprefix("docker.io/").removeprefix("library/") + (f"@{digest.partition(':')[2][:12]}" if at else "")


def summary(images: int, places: int, running: int, gaps: Sequence[Gap]) -> str:
    certain = sum(gap.is_so is Known.YES for gap in gaps)
    unknown = len(gaps) - certain
    said = f"{number_of(images, 'image')} of the fleet in {number_of(places, 'place')}, {running} seen to run; {number_of(certain, 'gap')}"
    return said + (f"; of {unknown} more it is not known, --all shows them" if unknown else "")
