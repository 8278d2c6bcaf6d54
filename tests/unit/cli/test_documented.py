"""What the documents tell people to type is there."""

import re
from pathlib import Path

import pytest

from bot.cli.app import _COMMANDS

ROOT = Path(__file__).parents[3]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "config/default.yaml", "config/fleet.yaml")
CALL = re.compile(
    r"(?:rebuild-bot|(?<=`))(?: |(?<=`))(?P<call>(?:" + "|".join(_COMMANDS) + r")(?= |$|`)(?![ ]*(?:osv|off)`)[^`\n#]*)", re.MULTILINE
)


def calls():
    for name in DOCUMENTS:
        text = (ROOT / name).read_text(encoding="utf-8")
        yield from sorted({(name, found["call"].strip()) for found in CALL.finditer(text)})


def options_of(words: list[str]) -> tuple[str, set[str]]:
    """The command that is called, and the options that it takes."""
    name, *rest = words
    command = _COMMANDS[name].load(name)
    inner = getattr(command, "commands", {})
    if inner and rest and rest[0] in inner:
        name, command = f"{name} {rest[0]}", inner[rest[0]]
    return name, {option for param in command.params for option in (*param.opts, *param.secondary_opts)} | {"--help", "-h"}


@pytest.mark.parametrize(("document", "call"), list(calls()))
def test_every_option_that_a_document_names_is_taken(document, call):
    name, known = options_of(call.split())

    named = re.findall(r"(?<![\w-])(--[a-z][a-z-]*|-[a-z](?= |$))", call)
    assert [option for option in named if option not in known] == [], f"{document}: rebuild-bot {name}"


def test_the_documents_are_found():
    assert len(list(calls())) > 40
