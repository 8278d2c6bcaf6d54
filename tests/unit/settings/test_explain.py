"""What is said of a key is what the commented default configuration says."""

import pytest

from bot.settings import default_text, explain, written_in
from bot.settings.document import read_document
from bot.settings.explain import NoSuchKeyError


def keys(data, above=""):
    for name, value in data.items():
        yield f"{above}{name}"
        if isinstance(value, dict):
            yield from keys(value, f"{above}{name}.")


@pytest.mark.parametrize("key", list(keys(read_document(default_text(), file="").data)))
def test_every_key_is_explained_with_its_default(key):
    found = explain(key)

    assert found.key == key or (found.is_part_of_it and key.startswith(f"{found.key}."))
    assert written_in(default_text(), key)
    assert found.default.startswith(f"{found.key.rpartition('.')[2]}:")


def test_a_key_has_its_comment_its_default_and_nothing_of_the_next_one():
    found = explain("github.report_repo")

    assert found.said == "The repo that gets the weekly issue, as owner/name. null: the one in which the workflow runs."
    assert found.default == "report_repo: null"
    assert explain("github.repos").default == 'repos:\n  include: ["*"]\n  exclude: []'


def test_the_last_word_is_enough_where_it_is_one_key_s():
    assert explain("published_images_per_run").key == "limits.published_images_per_run"


def test_a_key_of_an_entry_is_explained_by_what_it_is_an_entry_of():
    found = explain("rules.versions")

    assert (found.key, found.is_part_of_it) == ("rules", True)
    assert "versions" in found.said


@pytest.mark.parametrize(
    ("key", "said"),
    [
        pytest.param("limits.pull_request_per_run", "Did you mean 'limits.pull_requests_per_run'?", id="a typo"),
        pytest.param("cooldown_dayz", "Did you mean", id="a typo in a last word"),
        pytest.param("labels", "several keys are called so: github.labels, ", id="several"),
        pytest.param("%", "`rebuild-bot config default` shows all", id="nothing like it"),
    ],
)
def test_what_is_no_key_is_told_with_the_nearest(key, said):
    with pytest.raises(NoSuchKeyError, match=said):
        explain(key)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("limits: {pull_requests_per_run: 5}", "pull_requests_per_run: 5\n", id="on one line"),
        pytest.param("limits:\n  pull_requests_per_run: 5 # enough\n", "pull_requests_per_run: 5\n", id="below it"),
        pytest.param("limits: 7", "", id="no section"),
        pytest.param("", "", id="an empty file"),
    ],
)
def test_what_a_file_has_at_a_key_is_shown(text, said):
    assert written_in(text, "limits.pull_requests_per_run") == said
