import pytest

from bot.clients.plain_yaml import read_yaml
from bot.explain.charts import defaults_of, dependencies_of, moves, source_of, value_changes, version_changes
from bot.model.chart import Change, ChartEntry, ChartMove


@pytest.mark.parametrize(
    ("annotation", "entries"),
    [
        pytest.param("- Adds a thing\n- 'Mends: another'\n", [("", "Adds a thing", ()), ("", "Mends: another", ())], id="texts"),
        pytest.param(
            "- kind: fixed\n  description: Mends it\n  links:\n  - {name: The issue, url: 'https://github.com/a/b/issues/1'}\n  - {url: https://e.example}\n",
            [("fixed", "Mends it", (("The issue", "https://redirect.github.com/a/b/issues/1"), ("link", "https://e.example")))],
            id="mappings, with links that leave no mark",
        ),
        pytest.param("- {kind: added}\n- 5\n- ''\n- [a]\n- null\n- {description: [x]}\n", [("", "5", ())], id="odd ones are passed over"),
        pytest.param("- description: x\n  links: none\n  kind: [1]\n", [("", "x", ())], id="odd fields"),
        pytest.param("just a text", [], id="no list"),
        pytest.param("{a: [", [], id="no YAML"),
        pytest.param("- &a x\n- *a\n- " + "[" * 100, [], id="too deep"),
        pytest.param("- x\n" * 20_000, [], id="too long"),
        pytest.param(None, [], id="nothing"),
        pytest.param({"a": "b"}, [], id="no text"),
    ],
)
def test_what_a_chart_says_of_a_version(annotation, entries):
    told = version_changes("1.0.0", annotation)

    assert [(one.kind, one.description, one.links) for one in (told.entries if told else ())] == entries


OLD = """\
# defaults
image: {repository: acme/api, tag: "1.0", pullPolicy: null}
replicas: 1
gone: true
old:
  a: 1
  b: {c: 2}
resources: {}
tolerations: []
hosts: [a, {b: c}]
shared: &shared {x: 1}
again: *shared
dotted.key: {in.it: 1}
"""
NEW = """\
image: {repository: acme/api, tag: "1.1", pullPolicy: ""}
replicas: 1
metrics:
  enabled: false
  port: 9090
resources: {limits: {cpu: 1}}
tolerations: []
hosts: [a, {b: d}]
shared: &shared {x: 1}
again: *shared
dotted.key: {in.it: 2, other: 3}
"""


def test_defaults_side_by_side():
    changes = value_changes(*(defaults_of(read_yaml(text)) for text in (OLD, NEW)))

    assert [(one.change.value, one.key, one.old, one.new, one.count) for one in changes] == [
        ("removed", "gone", "true", "", 1),
        ("removed", "old", "", "", 2),
        ("changed", "image.tag", "1.0", "1.1", 1),
        ("changed", "image.pullPolicy", "null", '""', 1),
        ("changed", "hosts", '["a", {"b": "c"}]', '["a", {"b": "d"}]', 1),
        ("changed", r"dotted\.key.in\.it", "1", "2", 1),
        ("added", "metrics", "", "", 2),
        ("added", "resources.limits.cpu", "", "1", 1),
        ("added", r"dotted\.key.other", "", "3", 1),
    ]


def test_a_long_value_is_shown_from_where_it_differs():
    (change,) = value_changes({("a",): "x" * 5_000 + "old"}, {("a",): "x" * 5_000 + "new"})

    assert (change.old, change.new) == ("…" + "x" * 20 + "old", "…" + "x" * 20 + "new")


def test_a_long_value_that_only_grew_differs_too():
    (change,) = value_changes({("a",): "x" * 200}, {("a",): "x" * 201})

    assert (change.change, change.old) != (Change.CHANGED, change.new)


@pytest.mark.parametrize("values", [pytest.param(None, id="empty"), pytest.param("text", id="a text"), pytest.param(["a"], id="a list")])
def test_values_that_are_no_mapping_are_none(values):
    assert defaults_of(values) == {}


def test_values_beyond_bounds_are_not_compared():
    with pytest.raises(ValueError, match="more than 20,000 values"):
        defaults_of({str(number): "1" for number in range(20_001)})


def test_dependencies_move_by_name_or_alias():
    old = {"dependencies": [{"name": "redis", "version": "1.x"}, {"name": "redis", "alias": "cache", "version": "2"}, {"name": "gone"}]}
    new = {
        "dependencies": [{"name": "redis", "version": "1.x"}, {"name": "redis", "alias": "cache", "version": "3"}, "odd", {"name": ["x"]}]
    }

    assert moves(dependencies_of(old), dependencies_of(new)) == (
        ChartMove(name="cache", old="2", new="3"),
        ChartMove(name="gone", old="any", new=""),
    )


@pytest.mark.parametrize(
    ("chart", "url"),
    [
        pytest.param({"sources": ["git://x", "https://e.example/a"], "home": "https://e.example"}, "https://e.example/a", id="a source"),
        pytest.param({"home": "https://e.example"}, "https://e.example", id="its home"),
        pytest.param({"sources": {"a": "https://e.example"}, "home": "javascript:alert(1)"}, None, id="neither"),
    ],
)
def test_where_the_source_of_a_chart_is(chart, url):
    assert source_of(chart) == url


def test_an_entry_is_a_value():
    assert version_changes("1", "- x").entries == (ChartEntry(description="x"),)
