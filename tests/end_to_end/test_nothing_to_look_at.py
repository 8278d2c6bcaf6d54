"""A fleet without a repo to look at: each command says so, with why that may be, in valid JSON, and by one exit code."""

import json

import pytest

COMMANDS = {
    "run": ("run", "--format", "json"),
    "run --repo": ("run", "--repo", "acme/old", "--format", "json"),
    "plan": ("plan", "--format", "json"),
    "plan --shards": ("plan", "--shards", "2", "--format", "json"),
}


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_where_all_repos_are_archived_it_is_said(acme, arguments):
    acme.github.create_repo("acme", "old", {"Dockerfile": "FROM python:3.12.4\n"}, is_archived=True)
    result = acme.run(*arguments)

    assert result.returncode == 3, result.stderr
    assert json.loads(result.stdout) is not None
    assert "no repo is there to look at; archived ones and those without a commit are left out." in result.stderr


def test_where_no_ledger_is_there_tidying_it_is_valid_json(acme):
    result = acme.run("ledger", "tidy", "--format", "json")

    assert (result.returncode, json.loads(result.stdout)) == (3, [])
