"""The sandbox's API as the bot's token may use it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import httpx

from bot.sandbox.github.sandbox import BOT_TOKEN


@dataclass(frozen=True)
class Wire:
    client: httpx.Client

    @classmethod
    @contextmanager
    def to(cls, url: str) -> Iterator[Self]:
        with httpx.Client(base_url=f"{url}/api/v3", headers={"Authorization": f"Bearer {BOT_TOKEN}"}) as client:
            yield cls(client)

    def post(self, path: str, **body: object) -> None:
        self.client.post(path, json=body).raise_for_status()
