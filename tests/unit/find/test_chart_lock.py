"""When a lock can't be brought in step with its chart, the reason says what to run."""

import hashlib
from pathlib import PurePosixPath

import pytest

from bot.find.chart_lock import lock_edits
from bot.find.edit import CannotEditError, apply

CHART = """apiVersion: v2
dependencies:
  - name: redis
    version: 1.0.0
    repository: https://charts.example.org
    tags: [a, b]
    enabled: true
    import-values: [data, {parent: x, child: y}]
    alias: <r&d>
"""
# What Helm hashes (resolver.HashReq): both lists as Go's encoder writes them, fields in the order of the type, maps by key.
HASHED = (
    '[[{"name":"redis","version":"1.0.0","repository":"https://charts.example.org","tags":["a","b"],"enabled":true,'
    '"import-values":["data",{"child":"y","parent":"x"}],"alias":"\\u003cr\\u0026d\\u003e"}],'
    '[{"name":"redis","version":"1.0.0","repository":"https://charts.example.org"}]]'
)
LOCK = """dependencies:
- name: redis
  repository: https://charts.example.org
  version: 1.0.0
digest: {digest}
generated: "2024-05-01T10:00:00Z"
"""


def digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


IN_STEP = LOCK.format(digest=digest(HASHED))
OUT_OF_STEP = LOCK.format(digest=digest("another"))


class Files:
    def __init__(self, **texts: str) -> None:
        self.texts = {PurePosixPath("chart") / name.replace("_", "."): text for name, text in texts.items()}

    def read(self, path: PurePosixPath) -> str | None:
        return self.texts.get(path)

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        return tuple(path for path in self.texts if path.parent == folder)


def edits(tree: Files, new: str) -> str:
    made = lock_edits(PurePosixPath("chart/Chart.yaml"), new, tree)
    return apply(tree.texts[PurePosixPath("chart/Chart.lock")], made) if made else ""


def test_version_and_digest_follow() -> None:
    tree = Files(Chart_yaml=CHART, Chart_lock=IN_STEP)

    assert edits(tree, CHART.replace("1.0.0", "1.1.0")) == LOCK.replace("1.0.0", "1.1.0").format(
        digest=digest(HASHED.replace("1.0.0", "1.1.0"))
    )


@pytest.mark.parametrize(
    ("tree", "new"),
    [
        pytest.param(Files(Chart_yaml=CHART), CHART.replace("1.0.0", "1.1.0"), id="no-lock"),
        pytest.param(Files(Chart_yaml=CHART, Chart_lock=IN_STEP), CHART.replace("v2", "v1"), id="no-dependency-changes"),
        pytest.param(Files(Chart_yaml=CHART, Chart_lock=OUT_OF_STEP), CHART.replace("1.0.0", "1.1.0"), id="out-of-step-before"),
        pytest.param(Files(Chart_yaml=CHART, Chart_lock="{"), CHART.replace("1.0.0", "1.1.0"), id="no-yaml"),
    ],
)
def test_nothing_follows(tree: Files, new: str) -> None:
    assert lock_edits(PurePosixPath("chart/Chart.yaml"), new, tree) == ()


@pytest.mark.parametrize(
    ("lock", "new_version", "reason"),
    [
        pytest.param(IN_STEP, "^1.1.0", "is not known here", id="range"),
        pytest.param(IN_STEP, "1.1.0\n  - name: more", "can't follow Chart.yaml", id="one-more"),
    ],
)
def test_what_only_helm_knows_is_refused(lock: str, new_version: str, reason: str) -> None:
    tree = Files(Chart_yaml=CHART, Chart_lock=lock)

    with pytest.raises(CannotEditError) as refused:
        edits(tree, CHART.replace("1.0.0", new_version))

    assert reason in str(refused.value)
    assert refused.value.remedy == "Run `helm dependency update chart`."
