"""YAML and environment -> frozen, validated settings; all faults reported at once, with file and line."""

from bot.settings.explain import explain, written_in
from bot.settings.fault import Fault, SettingsError
from bot.settings.load import default_text, json_schema, load, missing_paths, unknown_apps
from bot.settings.repo_file import check_repo_file, is_repo_file
from bot.settings.repo_file import json_schema as repo_json_schema
from bot.settings.secrets import AppKey, Credential, Secrets
from bot.settings.settings import Settings

__all__ = [
    "AppKey",
    "Credential",
    "Fault",
    "Secrets",
    "Settings",
    "SettingsError",
    "check_repo_file",
    "default_text",
    "explain",
    "is_repo_file",
    "json_schema",
    "load",
    "missing_paths",
    "repo_json_schema",
    "unknown_apps",
    "written_in",
]
