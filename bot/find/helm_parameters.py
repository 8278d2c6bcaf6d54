"""Values of a chart that are given one by one, as `helm --set` takes them."""

from collections.abc import Iterator

from bot.find.image_keys import normal_key
from bot.find.syntax.yaml import Sequence
from bot.find.yaml_pins import YamlSource
from bot.model.pin import Finding


def find_in_parameters(source: YamlSource, parameters: Sequence) -> Iterator[Finding]:
    """The images among items of `name` and `value`: `image.tag` goes with `image.repository`, and with registry and digest if there."""
    given = {item.text("name"): value for item in parameters.mappings() if (value := item.scalar("value"))}
    for name, value in given.items():
        stem, _, last = name.rpartition(".")
        key = normal_key(last)
        parts = {field: given.get(f"{stem}.{field}") for field in ("registry", "repository", "tag", "digest")}
        repository, registry = parts["repository"], parts["registry"]
        if key == "image":
            yield source.reference(value)
        elif value is (parts["tag"] or parts["digest"]) and "image" in normal_key(stem):
            if repository is None:
                yield source.skip(value, "the image's name stands in the chart, not here")
                continue
            text = f"{registry.value}/{repository.value}" if registry else repository.value
            yield source.split_reference(text, tag=parts["tag"], digest=parts["digest"])
