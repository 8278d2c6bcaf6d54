"""Compose (Compose specification): a service with `build` names its result by `image`, and more by `build.tags`."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.publishes.reader import Context, Reader, published
from bot.find.syntax.yaml import Mapping, Scalar, read
from bot.find.syntax.yaml_paths import select
from bot.find.yaml_pins import is_yaml
from bot.model.published import Published

_BUILD: Final = re.compile(r"[\s{,\"'?]build[\"']?\s*:")


class ComposeReader:
    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path)

    def read(self, path: PurePosixPath, text: str, context: Context) -> Iterator[Published]:
        if "services" not in text or not _BUILD.search(text) or "apiVersion:" in text:
            return
        stream = read(text)
        for service in (node for document in stream.mappings() for node in select(document, "services.*")):
            build = service.get("build") if isinstance(service, Mapping) else None
            if build is None or not isinstance(service, Mapping):
                continue
            tags = build.sequence("tags") if isinstance(build, Mapping) else None
            for image in (service.scalar("image"), *(tags.scalars() if tags else ())):
                found = (
                    published(path, stream.line(image), image.value, by="compose", context=context) if isinstance(image, Scalar) else None
                )
                if found:
                    yield found


PLUGIN: Final[Reader] = ComposeReader()
