"""Reads a configuration that a test has written."""

from pathlib import Path

import pytest

from bot import settings
from bot.settings import Settings, SettingsError

HOME = {"HOME": "/home/somebody"}


def load(tmp_path: Path, text: str, environment: dict[str, str] | None = None) -> Settings:
    path = tmp_path / "rebuild-bot.yaml"
    path.write_text(text, encoding="utf-8")
    return settings.load(path, HOME if environment is None else environment)


def faults(tmp_path: Path, text: str, environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text, environment)
    return str(caught.value).replace(str(tmp_path / "rebuild-bot.yaml"), "FILE").splitlines()
