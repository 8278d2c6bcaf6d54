"""Who has a package: as rows, as Markdown, as data, and in words."""

from collections.abc import Iterator

from bot.model.contents import KnownBy
from bot.model.holding import HeldPackage, Holder, NotKnown, WhoHas
from bot.report.markdown import number_of, plain, table

COLUMNS = {
    "App": ("app",),
    "Stage": ("stage",),
    "Owner": ("owner",),
    "Image": ("image",),
    "For": ("role",),
    "Package": ("package",),
    "Since": ("since",),
    "Known": ("known",),
    "Not certain": ("doubt",),
}


def holder_rows(answer: WhoHas) -> Iterator[dict[str, object]]:
    """One row for each image at each place, those that are certain first."""
    for holder in answer.holders:
        use = holder.use.use
        where = f"{use.place.file}:{use.line}" if use.place.file else ""
        yield {
            "app": holder.app,
            "stage": use.place.stage,
            "owner": " ".join(holder.owners) or "not known",
            "image": _short(use.place.image, use.tag, use.digest),
            "role": use.place.role,
            "package": ", ".join(dict.fromkeys(f"{package.name} {package.version}" for package in holder.packages)),
            "since": f"{holder.since:%Y-%m-%d}",
            "known": f"{use.known_from.value} {where}".strip(),
            "doubt": "; ".join(holder.doubts),
        }


def holders_markdown(answer: WhoHas) -> str:
    """The rows, what is not known, and the summary; names of others are neutralised."""
    rows = [[plain(str(cell)) for cell in row.values()] for row in holder_rows(answer)]
    parts = [table(list(COLUMNS), rows)] if rows else []
    unknown = [f"- {plain(one.image)} ({plain(', '.join(one.apps))}): {plain(one.reason)}\n" for one in _not_known(answer)]
    if unknown:
        parts.append("**Not known**\n\n" + "".join(unknown))
    return "\n".join([*parts, plain(summary(answer), most=1000) + "\n"])


def holders_document(answer: WhoHas) -> dict[str, object]:
    """All of it, stable for other tools."""
    return {
        "asked": answer.asked,
        "day": answer.day and answer.day.isoformat(),
        "in_use": answer.in_use,
        "opened": answer.opened,
        "holders": [_holder(holder) for holder in answer.holders],
        "never_opened": [_unknown(one) for one in answer.never_opened],
        "partly_read": [_unknown(one) for one in answer.partly_read],
        "first_recorded": answer.first_recorded and answer.first_recorded.isoformat(),
        "last_recorded": answer.last_recorded and answer.last_recorded.isoformat(),
    }


def summary(answer: WhoHas) -> str:
    """What was found in how many of how many images, and when the images in use were looked at last."""
    if not answer.is_known_at_all:
        began = f" before {answer.first_recorded:%Y-%m-%d}" if answer.first_recorded else ""
        return f"no image in use is known{began}: `rebuild-bot run` records them from its first time on"
    certain = {holder.use.use.digest for holder in answer.certain}
    doubtful = {holder.use.use.digest for holder in answer.holders} - certain
    apps = {holder.use.use.place.app for holder in answer.certain}
    found = f"found in {number_of(len(certain), 'image')}, {number_of(len(apps), 'app')}" if certain else "not found"
    doubt = f"; not certain in {len(doubtful)}" if doubtful else ""
    when = f"on {answer.day}" if answer.day else f"as of the run of {answer.last_recorded:%Y-%m-%d}"
    looked = f"looked into {answer.opened} of {number_of(answer.in_use, 'image')} in use {when}"
    return f"{answer.asked}: {found}{doubt}; {looked}"


def not_known_lines(answer: WhoHas, *, most: int) -> Iterator[str]:
    """What the answer does not cover, a line for each kind."""
    if answer.never_opened:
        count = len(answer.never_opened)
        words = "1 image in use was never opened" if count == 1 else f"{count} images in use were never opened"
        yield f"{words}: {_named(answer.never_opened, most)}; `rebuild-bot inspect IMAGE` opens one"
    for one in answer.partly_read[:most]:
        yield f"{one.image}: {one.reason}"
    if len(answer.partly_read) > most:
        yield f"{len(answer.partly_read) - most} more images could be read in part only"


def _named(images: tuple[NotKnown, ...], most: int) -> str:
    names = ", ".join(one.image for one in images[:most])
    return f"{names} and {len(images) - most} more" if len(images) > most else names


def _not_known(answer: WhoHas) -> tuple[NotKnown, ...]:
    return (*answer.never_opened, *answer.partly_read)


def _short(image: str, tag: str, digest: str) -> str:
    name = image.removeprefix("docker.io/").removeprefix("library/")
    return name + (f":{tag}" if tag else "") + (f"@{digest.partition(':')[2][:12]}" if digest else "")


def _holder(holder: Holder) -> dict[str, object]:
    use = holder.use.use
    return {
        "app": holder.app,
        "repo": use.place.repo,
        "stage": use.place.stage,
        "owners": list(holder.owners),
        "image": use.place.image,
        "tag": use.tag,
        "digest": use.digest,
        "role": use.place.role,
        "known": use.known_from.value,
        "file": use.place.file,
        "line": use.line,
        "since": holder.since.isoformat(),
        "last_seen": holder.use.last_seen.isoformat(),
        "ended_at": holder.use.ended_at and holder.use.ended_at.isoformat(),
        "packages": [_package(package) for package in holder.packages],
        "not_certain": list(holder.doubts),
    }


def _package(package: HeldPackage) -> dict[str, object]:
    return {
        "type": package.type,
        "namespace": package.namespace,
        "name": package.name,
        "version": package.version,
        "source": package.source_name,
        "platform": package.platform,
        "layer": package.layer,
        "declared_only": package.known_by is KnownBy.DECLARED,
        "in_range": package.is_in_range,
    }


def _unknown(one: NotKnown) -> dict[str, object]:
    return {"image": one.image, "apps": list(one.apps), "reason": one.reason}
