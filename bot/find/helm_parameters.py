"""Values of a chart that are given one by one, as `helm --set` takes them."""

from collections.abc import Iterator
from collections.abc import Mapping as Map
from typing import Final

from bot.find.image_keys import normal_key
from bot.find.syntax.yaml import Mapping, Scalar, Sequence
from bot.find.yaml_pins import YamlSource
from bot.model.pin import Finding

_NAMES: Final = ("repository", "name")
"""What a parameter calls an image's name; the second one is what Argo CD's image updater writes."""


def find_in_parameters(source: YamlSource, parameters: Sequence, *, base: Mapping | None = None) -> Iterator[Finding]:
    """The images among items of `name` and `value`: `image.tag` goes with `image.repository`, and with registry and digest if there.

    `base`: the chart's own values, which say what the parameters do not.
    """
    given = {item.text("name"): value for item in parameters.mappings() if (value := item.scalar("value"))}
    for name, value in given.items():
        stem, _, last = name.rpartition(".")
        if normal_key(last) == "image":
            yield source.reference(value)
        elif value is (given.get(f"{stem}.tag") or given.get(f"{stem}.digest")) and "image" in normal_key(stem):
            image = _name(stem, given, base)
            if image is None:
                yield source.skip(value, "the image's name stands in the chart, not here")
            else:
                yield source.split_reference(image, tag=given.get(f"{stem}.tag"), digest=given.get(f"{stem}.digest"))


def _name(stem: str, given: Map[str, Scalar], base: Mapping | None) -> str | None:
    """Registry and repository of the image at a place in the values; None where nothing says it."""

    def text(field: str) -> str:
        value = given.get(f"{stem}.{field}")
        return value.value if value else base.text(*stem.split("."), field) if base else ""

    repository = next(filter(None, map(text, _NAMES)), None)
    registry = text("registry").rstrip("/")
    return f"{registry}/{repository}" if registry and repository else repository
