"""Every kind of server that is known: the file of this folder that bears its name, loaded where it is configured."""

from importlib import import_module
from typing import cast

from bot.assess.servers.scanner import Server
from bot.model.scanner import ScannerKind


def server(kind: ScannerKind) -> Server:
    """How servers of a kind are asked."""
    return cast("Server", import_module(f"bot.assess.servers.{kind.value}").SERVER)
