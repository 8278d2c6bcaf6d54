"""What would help where a rebuild did not, in words, with the file and the line where they are known."""

from collections.abc import Collection, Sequence

from bot.inspect.rebuild import instructions
from bot.model.rebuild import BuildLine, BuildPlace, WantedFix


def cached(instruction: str, places: Sequence[BuildPlace]) -> str:
    """Of a layer that came out of a cache."""
    run = next(iter(runs_of(instruction, places)), None)
    final = next((place.stage for place in places if place.is_final and place.stage), "")
    stage = f"`no-cache-filters: {final}`" if final else "`no-cache-filters:` with the name of the final stage"
    step = f" ({_first(places, BuildLine.BUILD_STEP)})" if _first(places, BuildLine.BUILD_STEP) else ""
    where = f" ({run})" if run else ""
    return (
        f"Let the layer run again: give docker/build-push-action{step} {stage}, or `docker build` `--no-cache-filter`; "
        f"or put a build argument with the day of the build before the RUN{where} and use it there."
    )


def held_back(wanted: WantedFix, how: str, names: Collection[str], places: Sequence[BuildPlace]) -> str:
    """Of a package that an upgrade passed over."""
    run = next((str(place) for place in places if place.kind is BuildLine.RUN and instructions.held_by(place.text, wanted.type, names)), "")
    where = f" ({run})" if run else ""
    if "holds " in how or "(--exclude)" in how:
        return f"Take the hold away{where}, or install {wanted.fixed_in or 'the fixed version'} by name."
    if "names the version" in how:
        return f"Write {wanted.fixed_in or 'the fixed version'} in the place of the version that is named{where}, or name none."
    if wanted.type == "deb":
        return "Upgrade with `apt-get upgrade --with-new-pkgs` or `apt-get dist-upgrade`, or install the package by name."
    return f"Install {wanted.name} by name with its newest version, and look at why the upgrade passes over it."


def nothing_changed(places: Sequence[BuildPlace]) -> str:
    step = f" ({_first(places, BuildLine.BUILD_STEP)})" if _first(places, BuildLine.BUILD_STEP) else ""
    return (
        f"Build without the cache once{step} (`no-cache: true`, or `no-cache-filters:` with the final stage) and with the newest base "
        "(`pull: true`)."
    )


def other_stage(places: Sequence[BuildPlace]) -> str:
    final = next((place for place in places if place.kind is BuildLine.FROM and place.is_final), None)
    where = f" ({final})" if final else ""
    return f"Make the change in the last stage of the Dockerfile{where}: only what is there, or copied there, is in the image."


def old_base(places: Sequence[BuildPlace]) -> str:
    final = next((place for place in places if place.kind is BuildLine.FROM and place.is_final), None)
    if final is not None and "@sha256:" in final.text:
        return f"The base is pinned by its digest ({final}): take the new one there."
    where = f" ({final})" if final else ""
    return (
        f"Let the build ask for the base anew (`pull: true`, `docker build --pull`){where}; where its digest is pinned, take the new one."
    )


def same_base(places: Sequence[BuildPlace]) -> str:
    return f"{old_base(places)} Where there is none with the fix, upgrade the package in the final stage until there is."


def not_in_base(name: str, wanted: WantedFix) -> str:
    upgrade = {"deb": "apt-get upgrade --with-new-pkgs", "apk": "apk upgrade --no-cache", "rpm": "dnf upgrade -y"}.get(wanted.type)
    until = f", or run `{upgrade}` in the final stage until then" if upgrade else ""
    return f"Wait for the next build of {name} by its publisher{until}."


def not_brought(wanted: WantedFix) -> str:
    return (
        f"See whether the package repositories that the build asks have {wanted.fixed_in or 'the fix'} "
        "(a mirror that lags, a release that is not cared for any more)."
    )


def put_back() -> str:
    return "Upgrade after that layer, or copy the new version there."


def copied(wanted: WantedFix) -> str:
    return f"Take a newer {wanted.name} where what is copied there is made: another stage, or the app's own dependencies."


def elsewhere(wanted: WantedFix) -> str:
    return f"Bring {wanted.fixed_in or 'a fixed version'} in the layer that brings {wanted.name}."


def one_platform() -> str:
    return "Build all platforms in one go (`platforms:` of docker/build-push-action), each without its cache, and push them as one index."


def runs_of(instruction: str, places: Sequence[BuildPlace]) -> tuple[BuildPlace, ...]:
    """The lines of what is published that the instruction may have been written in."""
    words = instructions.shown(instruction).rpartition("/bin/sh -c ")[2].removeprefix("RUN ")[:40]
    runs = (one for one in places if one.kind is BuildLine.RUN and one.is_final)
    return tuple(one for one in runs if words and words in " ".join(one.text.split()))


def _first(places: Sequence[BuildPlace], kind: BuildLine) -> BuildPlace | None:
    return next((place for place in places if place.kind is kind), None)
