"""The own version of a chart moves along with what the chart holds, where that is asked for."""

from pathlib import Path

import pytest

from bot.clients.folder import FolderTree
from bot.find.proof import Changed, Wanted, change_files
from bot.find.scan import scan
from bot.model.pin import Pin
from bot.model.update import ChartBump

CHART = """apiVersion: v2
name: shop
version: {version} # ours
dependencies:
  - {{name: redis, version: 1.0.0, repository: "https://charts.example.org"}}
"""
VALUES = "image:\n  repository: acme/shop\n  tag: 1.0.0\n"
WORKFLOW = "on: push\njobs: {a: {runs-on: x, steps: [{uses: acme/do@1.0.0}]}}\n"
JOB = """apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers: [{name: a, image: "acme/job:1.0.0"}]
"""
FILES = {
    "c/Chart.yaml": CHART.format(version="0.9.9"),
    "c/values.yaml": VALUES,
    "c/templates/job.yaml": JOB,
    "c/charts/sub/Chart.yaml": 'version: "2.0.0"\nname: sub\n',
    "c/charts/sub/values.yaml": VALUES,
    "c/.github/workflows/ci.yaml": WORKFLOW,
    "other/values.yaml": VALUES,
}


def change(root: Path, *wanted: tuple[str, ChartBump], **more: str) -> Changed:
    """Every pin of the named files set to 1.0.1."""
    for name, text in {**FILES, **{f"c/{key}.yaml": text for key, text in more.items()}}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    tree = FolderTree(root, exclude=())
    pins = [finding for finding in scan(tree) if isinstance(finding, Pin)]
    return change_files(
        tree, [Wanted(pin=pin, value="1.0.1", bump_chart=bump) for name, bump in wanted for pin in pins if str(pin.file) == name]
    )


@pytest.mark.parametrize(
    ("wanted", "versions"),
    [
        pytest.param({"c/values.yaml": "none"}, [], id="not asked for"),
        pytest.param({"c/values.yaml": "patch"}, ["0.9.10"], id="values"),
        pytest.param({"c/values.yaml": "minor"}, ["0.10.0"], id="minor"),
        pytest.param({"c/templates/job.yaml": "patch"}, ["0.9.10"], id="template"),
        pytest.param({"c/Chart.yaml": "patch"}, ["0.9.10"], id="dependency"),
        pytest.param({"c/Chart.yaml": "patch", "c/values.yaml": "minor"}, ["0.10.0"], id="the larger step of several"),
        pytest.param({"c/values.yaml": "patch", "c/templates/job.yaml": "patch"}, ["0.9.10"], id="once"),
        pytest.param({"c/charts/sub/values.yaml": "patch"}, ["0.9.10", "2.0.1"], id="subchart and its parent"),
        pytest.param({"c/.github/workflows/ci.yaml": "patch"}, [], id="beside a chart"),
        pytest.param({"other/values.yaml": "patch"}, [], id="no chart"),
    ],
)
def test_the_version_is_raised(tmp_path: Path, wanted: dict[str, str], versions: list[str]) -> None:
    changed = change(tmp_path, *((name, ChartBump(bump)) for name, bump in wanted.items()))

    assert (changed.failures, len(changed.done)) == ((), len(wanted))
    new = {str(one.path): one.new.decode() for one in changed.changes}
    own = [text for name, text in new.items() if name == "c/Chart.yaml"]
    own_version = versions[0] if versions else "0.9.9"
    redis = "1.0.1" if "c/Chart.yaml" in wanted else "1.0.0"
    assert own == [CHART.format(version=own_version).replace("1.0.0", redis)] * bool(versions)
    assert [new[name] for name in new if name == "c/charts/sub/Chart.yaml"] == [f'version: "{v}"\nname: sub\n' for v in versions[1:]]
    assert set(wanted) <= set(new)


@pytest.mark.parametrize("version", ["1.2", "1.2.3-alpha", "{{ .Version }}"])
def test_another_form_of_version_is_refused(tmp_path: Path, version: str) -> None:
    changed = change(tmp_path, ("c/values.yaml", ChartBump.PATCH), Chart=CHART.format(version=version))

    assert changed.changes == ()
    assert [failure.remedy for failure in changed.failures] == ["Write one, or set bump_chart: none for it."]
