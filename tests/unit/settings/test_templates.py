"""Templates of an organisation: what is refused when the file is read, with the remedy."""

import json

import pytest

from bot.settings.pull_requests import TITLE_SAMPLE
from bot.settings.templates import TemplateFaultError, check, render
from tests.unit.settings.reading import faults, load


@pytest.mark.parametrize(
    ("key", "template", "said"),
    [
        pytest.param("title", "{{ titel }}", "nothing is called 'titel' here; did you mean 'title'?", id="a name"),
        pytest.param("title", "{{ updates[0].nme }}", "it can't be filled in: 'dict object' has no attribute 'nme'", id="an attribute"),
        pytest.param("title", "{{ title", "not a template: unexpected end of template", id="no template"),
        pytest.param("title", "{{ title }} {{ updates | list }}", "no filter is called 'list'", id="a filter"),
        pytest.param("title", "{{ title.upper() }}", "'call' is not there in templates (its line 1)", id="a call"),
        pytest.param("title", "{{ ''.__class__ }}", "it can't be filled in: access to attribute '__class__'", id="a way out"),
        pytest.param("title", "{{ 'x' * 1000000000 }}", "'mul' is not there in templates", id="a growth"),
        pytest.param("title", "{% set a = title ~ title %}{{ a }}", "'assign' is not there in templates", id="an assignment"),
        pytest.param("title", "{{ 'aa' | join('bb') | join('cc') }}", "join within join", id="joins"),
        pytest.param("title", "{{ " + "(" * 400 + "1" + ")" * 400 + " }}", "it is nested too deeply", id="parentheses"),
        pytest.param("title", "{{ " + "not " * 900 + "1 }}", "it is nested too deeply", id="a tower of words"),
        pytest.param("title", "{{ title" + "|trim" * 500 + " }}", "it is nested too deeply", id="a chain of filters"),
        pytest.param(
            "title",
            "{% for a in updates %}{% for b in updates %}{{ updates | join('x') }}{% endfor %}{% endfor %}",
            "join within 2 loops is not there",
            id="joins in loops",
        ),
        pytest.param("title", "{% include 'x' %}", "'include' is not there in templates", id="a file"),
        pytest.param("title", "{% if severity %}x{% endif %}", "it gives an empty text", id="empty"),
        pytest.param("title", "a\n\nb", "it gives more than one line", id="lines"),
        pytest.param("title", "x" * 201, "it gives more than 200 characters", id="long"),
        pytest.param("title", "x" * 4001, "it is longer than 4,000 characters", id="a long template"),
        pytest.param("branch", "{{ app }}", "app 'a' with topic 'a' and app 'a' with topic 'b' both get", id="without the topic"),
        pytest.param("branch", "{{ app }}-{{ topic }}", "both get the branch 'a-b-a'; use both, parted by a /", id="not parted"),
        pytest.param("branch", "{{ app }}/{{ topic }}{{ title }}", "nothing is called 'title' here", id="with the title"),
        pytest.param("branch", "{{ app }} / {{ topic }}", "which is no good name of a branch", id="blanks"),
        pytest.param("body", "{{ bodi }}", "nothing is called 'bodi' here; did you mean 'body'?", id="a body"),
        pytest.param("commit_message", "\n", "it gives an empty text", id="an empty commit"),
        pytest.param("commit_prefix", "{scope}: ", "can't be filled in; {type} (fix or chore) and {kind}", id="a placeholder"),
        pytest.param("commit_prefix", "{type.__class__}", "can't be filled in", id="a way out of a prefix"),
        pytest.param("commit_prefix", "x" * 41, "is no prefix; write auto, none, or at most 40 characters", id="a long prefix"),
    ],
)
def test_what_can_be_known_is_told_when_the_file_is_read(tmp_path, key, template, said):
    (fault,) = faults(tmp_path, f"pull_requests:\n  {key}: {json.dumps(template)}\n")

    assert fault.startswith(f"FILE:2: pull_requests.{key}: ")
    assert said in fault


@pytest.mark.parametrize(
    "branch",
    [
        "{{ app }}/{{ topic }}",
        "{{ topic }}/{{ app }}",
        "deps/{{ app }}/to/{{ topic }}",
        "{{ app }}/x-{{ topic }}",
        "{{ app }}__{{ topic }}",
    ],
)
def test_branches_that_are_unique_are_taken(tmp_path, branch):
    assert load(tmp_path, f"pull_requests:\n  branch: '{branch}'\n").pull_requests.branch == branch


def test_loops_are_bounded():
    nested = "{% for a in updates %}" * 3 + "x" + "{% endfor %}" * 3

    with pytest.raises(TemplateFaultError, match="more than 2 loops"):
        check(nested, TITLE_SAMPLE)

    assert check("{% for one in updates %}{{ one.name | upper }}{{ ', ' if not loop.last }}{% endfor %}", TITLE_SAMPLE) == "PYTHON"


def test_no_more_is_put_together_than_anybody_reads():
    many = TITLE_SAMPLE | {"updates": [{"name": "x" * 500}] * 400}

    with pytest.raises(TemplateFaultError, match="more than 200,000 characters"):
        render("{% for a in updates %}{% for b in updates %}{{ a.name }}{{ b.name }}{% endfor %}{% endfor %}", many)
